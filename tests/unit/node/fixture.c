#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rd.h"
#include "base/wr.h"
#include "cli/file.h"
#include "crypto/hash.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "model/month.h"
#include "policies/decide.h"
#include "policies/price.h"
#include "protocol/bundle.h"
#include "protocol/codec.h"
#include "protocol/hello.h"

/* The keys of every node's records: of no secret. */
static const struct keys fixture_keys = { .check = { 1 }, .seal = { 2 } };

#define DAY 86400u

/* Parties and the roster ---------------------------------------------- */

static uint64_t
clock_utc(void *ctx)
{
	return ((struct fixture *)ctx)->utc_s;
}

static uint64_t
clock_mono(void *ctx)
{
	return ((struct fixture *)ctx)->utc_s * 1000;
}

/* SplitMix64: good enough to tell one draw from another. */
static enum err
rng_fill(void *ctx, void *buf, size_t len)
{
	struct fixture *f = ctx;
	uint8_t *p = buf;

	if (f->rng_fails > 0) {
		f->rng_fails--;
		return E_RNG;
	}
	for (size_t i = 0; i < len; i++) {
		uint64_t z = f->chance += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		p[i] = (uint8_t)(z >> 31);
	}
	return E_OK;
}

struct party_id
fixture_id(const char *id)
{
	struct party_id out;

	assert_int_equal(party_id_parse(&out, id, strlen(id)), E_OK);
	return out;
}

const struct sign_key *
fixture_key(const struct fixture *f, const char *id)
{
	struct party_id want = fixture_id(id);

	for (unsigned i = 0; i < f->n; i++)
		if (party_id_same(&f->parties[i].id, &want))
			return &f->parties[i].key;
	fail_msg("no party %s", id);
	return NULL;
}

struct member *
fixture_member(struct fixture *f, const char *id)
{
	for (unsigned i = 0; i < f->roster->n; i++)
		if (strcmp(f->roster->members[i].id.s, id) == 0)
			return &f->roster->members[i];
	fail_msg("no member %s", id);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct member *)a)->id.s, ((const struct member *)b)->id.s);
}

struct member *
fixture_add(
    struct fixture *f, const char *id, unsigned roles, const char *organisation)
{
	struct member *m = &f->roster->members[f->roster->n++];

	assert_true(f->n < FIXTURE_PARTIES);
	memset(m, 0, sizeof(*m));
	m->id = fixture_id(id);
	f->parties[f->n].id = m->id;
	assert_int_equal(sign_new(&f->parties[f->n].key), E_OK);
	memcpy(m->sign_public, f->parties[f->n++].key.public, SIGN_PUBLIC);
	hash_label(m->tls_fingerprint, "test/tls", id, strlen(id));
	strcpy(m->name, id);
	strcpy(m->organisation, organisation);
	m->roles = roles;
	m->valid_from = FIXTURE_NOW - DAY;
	m->valid_until = FIXTURE_NOW + 365 * DAY;
	if ((roles & ROLE_NODE) != 0) {
		m->sector = SECTOR_POLICE;
		m->sources = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB;
		m->first_month = FIXTURE_MONTH;
		m->n_months = FIXTURE_MONTHS;
		m->n_covers = 1;
		strcpy(m->covers[0], FIXTURE_FORCE);
	}
	qsort(f->roster->members, f->roster->n, sizeof(*m), compare);
	return fixture_member(f, id);
}

void
fixture_seal(struct fixture *f, uint32_t epoch)
{
	char *text, *one, *two;
	size_t one_len, two_len;
	struct fault fault = { "" };

	f->roster->epoch = epoch;
	assert_int_equal(roster_text(&text, f->roster), E_OK);
	assert_int_equal(note_make(&one, &one_len, text, strlen(text), "g1",
			     &f->governors[0]),
	    E_OK);
	assert_int_equal(
	    note_append(&two, &two_len, one, one_len, "g2", &f->governors[1]),
	    E_OK);
	free(text);
	free(one);
	free(f->roster);
	free(f->note);
	f->note = two;
	f->note_len = two_len;
	f->roster = NULL;
	if (roster_read(&f->roster, &f->governance, two, two_len, &fault) !=
	    E_OK)
		fail_msg("%s", fault.text);
}

static void
make_governance(struct fixture *f)
{
	struct governance *g = &f->governance;

	strcpy(g->federation, "Test federation");
	g->need = 2;
	g->n = FIXTURE_GOVERNORS;
	for (unsigned i = 0; i < g->n; i++) {
		assert_int_equal(sign_new(&f->governors[i]), E_OK);
		snprintf(g->keys[i].name, PARTY_ID, "g%u", i + 1);
		memcpy(g->keys[i].public, f->governors[i].public, SIGN_PUBLIC);
	}
	governance_seal(g);
}

/* The public files, read once: they are large. */
static struct public
{
	struct areas *areas;
	struct themes *themes;
	uint8_t areas_hash[32], rules_hash[32];
}
public;

static void
read_public(void)
{
	char *text;
	size_t len, line;

	assert_int_equal(
	    file_read(&text, &len, WARD_DATA "/areas/lsoa11.csv", 64 << 20),
	    E_OK);
	assert_int_equal(areas_parse(&public.areas, text, len, &line), E_OK);
	hash_bytes32(public.areas_hash, text, len);
	free(text);
	assert_int_equal(
	    file_read(&text, &len, WARD_DATA "/rules/themes.csv", 64 << 20),
	    E_OK);
	assert_int_equal(themes_parse(&public.themes, text, len, &line), E_OK);
	hash_bytes32(public.rules_hash, text, len);
	free(text);
}

static void
read_data(struct fixture *f)
{
	if (public.areas == NULL)
		read_public();
	f->areas = public.areas;
	f->themes = public.themes;
	memcpy(f->areas_hash, public.areas_hash, sizeof(f->areas_hash));
	memcpy(f->rules_hash, public.rules_hash, sizeof(f->rules_hash));
}

struct fixture *
fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(random_start(), E_OK);
	f->utc_s = FIXTURE_NOW;
	f->clock = (struct clock){ clock_utc, clock_mono, f };
	f->rng = (struct rng){ rng_fill, f };
	make_governance(f);
	read_data(f);
	f->roster = calloc(1, sizeof(*f->roster));
	assert_non_null(f->roster);
	strcpy(f->roster->federation, f->governance.federation);
	f->roster->valid_from = FIXTURE_NOW - DAY;
	f->roster->valid_until = FIXTURE_NOW + 365 * DAY;
	fixture_add(f, "coordinator", ROLE_COORDINATOR, "Coordinators");
	fixture_add(f, "north", ROLE_NODE, "North Police");
	fixture_add(f, "south", ROLE_NODE, "South Police");
	fixture_add(f, "analyst", ROLE_RESEARCHER, "University");
	fixture_add(f, "author", ROLE_RESEARCHER | ROLE_APPROVER, "Institute");
	fixture_add(f, "alpha", ROLE_APPROVER, "Ethics Board");
	fixture_add(f, "beta", ROLE_APPROVER, "Information Board");
	fixture_add(f, "gamma", ROLE_APPROVER, "Ethics Board");
	fixture_seal(f, 1);
	return f;
}

void
fixture_free(struct fixture *f)
{
	free(f->roster);
	free(f->note);
	free(f);
}

/* Queries ------------------------------------------------------------- */

/* The true multiplicity. */
static uint16_t
multiplicity(const struct fixture *f, const struct query *q)
{
	uint32_t asked = 0;

	for (uint16_t i = 0; i < q->q.n_themes; i++)
		asked |= UINT32_C(1) << q->q.themes[i];
	return (uint16_t)themes_multiplicity(f->themes, q->q.sources, asked);
}

void
fixture_charge(struct fixture *f, struct query *q)
{
	struct price p;

	q->q.k = multiplicity(f, q);
	assert_int_equal(price_make(&p, &q->q), E_OK);
	q->q.charge_nrho = p.cost.nrho;
	q->q.charge_neps = p.cost.neps;
	q->q.charge_tv = p.cost.tv;
}

void
fixture_price(struct fixture *f, struct query *q, uint64_t nrho)
{
	struct charge_bound bound = {
		.c = q->q.c, .k = multiplicity(f, q), .d = q->q.d
	};
	struct noise_law law = { .noise = NOISE_GAUSS };

	assert_int_equal(charge_fit(&law, &bound, false, nrho), E_OK);
	q->q.strategy = STRATEGY_NESTED;
	q->q.noise = NOISE_GAUSS;
	q->q.n_histograms = 1;
	memset(q->q.histograms, 0, sizeof(q->q.histograms));
	q->q.histograms[0] = (struct histogram){
		.by = BY_THEME | BY_TIME, .num = law.num, .den = law.den
	};
	fixture_charge(f, q);
}

void
fixture_title(struct query *q, const char *title)
{
	assert_true(strlen(title) < sizeof(q->title));
	memset(q->title, 0, sizeof(q->title));
	memcpy(q->title, title, strlen(title));
}

void
fixture_levels(struct fixture *f, struct query *q, uint16_t n)
{
	q->q.n_levels = n;
	memset(q->q.level_places, 0, sizeof(q->q.level_places));
	for (uint16_t i = 0; i < n; i++) {
		struct placing *p;

		assert_int_equal(
		    placing_new(&p, f->areas, q->q.geo + i,
			(const char(*)[GSS])q->q.areas, q->q.n_areas),
		    E_OK);
		q->q.level_places[i] = placing_count(p);
		placing_free(p);
	}
	q->q.n_places = q->q.level_places[0];
}

void
fixture_places(struct fixture *f, struct query *q, uint32_t geo)
{
	q->q.geo = geo;
	q->q.n_areas = 1;
	strcpy(q->q.areas[0], FIXTURE_FORCE);
	fixture_levels(f, q, 1);
}

void
fixture_grid(struct query *q, uint32_t cols, uint32_t rows)
{
	q->q.geo = GEO_GRID;
	q->q.cell_m = 1000;
	q->q.west = q->q.south = 0;
	q->q.cols = cols;
	q->q.rows = rows;
	q->q.n_places = cols * rows;
	q->q.n_levels = 1;
	memset(q->q.level_places, 0, sizeof(q->q.level_places));
	q->q.level_places[0] = q->q.n_places;
	q->q.n_areas = 0;
	memset(q->q.areas, 0, sizeof(q->q.areas));
	memset(q->q.areas_hash, 0, sizeof(q->q.areas_hash));
}

void
fixture_query(struct fixture *f, struct query *q)
{
	memset(q, 0, sizeof(*q));
	q->version = QUERY_VERSION;
	fixture_title(q, "Violence in the north");
	strcpy(q->purpose, "violence-prevention");
	strcpy(q->project, "A partnership");
	q->researcher = fixture_id("analyst");
	q->roster_epoch = f->roster->epoch;
	memcpy(q->roster_hash, f->roster->hash, QUERY_ID);
	q->created_at = f->utc_s;
	q->send_at = f->utc_s + 4;
	q->close_at = f->utc_s + 600;
	q->not_after = f->utc_s + 7 * DAY;
	q->quorum = 1;
	q->q.measure = MEASURE_COUNT;
	q->q.sources = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB;
	q->q.n_themes = 2;
	q->q.themes[0] = THEME_VIOLENCE;
	q->q.themes[1] = THEME_ASB;
	q->q.first_month = FIXTURE_MONTH;
	q->q.n_months = 3;
	q->q.slicing = SLICE_SUM;
	fixture_places(f, q, GEO_LAD);
	memcpy(q->q.areas_hash, f->areas_hash, QUERY_ID);
	memcpy(q->q.rules_hash, f->rules_hash, QUERY_ID);
	q->q.c = q->q.d = q->q.g = 1;
	q->q.mode = MODE_PER_NODE;
	q->q.n_nodes = 2;
	q->q.nodes[0] = fixture_id("north");
	q->q.nodes[1] = fixture_id("south");
	fixture_price(f, q, 1000000);
}

static void
append(struct fixture_bundle *b, uint8_t *bytes, size_t len)
{
	b->bytes = realloc(b->bytes, b->len + len);
	assert_non_null(b->bytes);
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	free(bytes);
}

static void
approve(struct fixture *f, struct fixture_bundle *b, const char *name,
    const struct query *q)
{
	struct approval a = { .veto = name[0] == '-',
		.not_before = q->created_at,
		.not_after = q->not_after };
	uint8_t buf[APPROVAL_MAX], *whole;
	struct envelope e = { .purpose = PURPOSE_APPROVAL, .bytes = buf };
	size_t len;

	name += a.veto;
	e.sender = fixture_id(name);
	memcpy(e.id, b->id, QUERY_ID);
	e.len = approval_write(buf, &a);
	assert_int_equal(
	    envelope_make(&whole, &len, &e, fixture_key(f, name)), E_OK);
	append(b, whole, len);
}

struct fixture_bundle
fixture_bundle(struct fixture *f, const struct query *q, const char *signer,
    const char *approvers)
{
	struct fixture_bundle b = { .len = 0 };
	struct envelope e = { .purpose = PURPOSE_QUERY,
		.sender = fixture_id(signer) };
	char names[128], *rest = names, *name;
	uint8_t *bytes, *whole;
	size_t len;

	assert_int_equal(codec_query_write(&bytes, &e.len, q, NULL), E_OK);
	bundle_query_id(b.id, bytes, e.len);
	memcpy(e.id, b.id, QUERY_ID);
	e.bytes = bytes;
	assert_int_equal(
	    envelope_make(&whole, &len, &e, fixture_key(f, signer)), E_OK);
	append(&b, whole, len);
	free(bytes);
	b.at = b.len;
	snprintf(names, sizeof(names), "%s", approvers);
	while ((name = strsep(&rest, " ")) != NULL)
		if (name[0] != '\0')
			approve(f, &b, name, q);
	return b;
}

void
fixture_drop(struct fixture_bundle *b)
{
	free(b->bytes);
	b->bytes = NULL;
}

/* Nodes --------------------------------------------------------------- */

static void
net_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct fixture_node *n = ctx;
	struct fixture_frame *s = &n->sent[n->n++];

	assert_true(n->n < FIXTURE_FRAMES);
	*s = (struct fixture_frame){
		.kind = f->kind, .conn = conn, .len = f->len
	};
	memcpy(s->id, f->id, FRAME_ID);
	s->body = malloc(f->len + 1);
	assert_non_null(s->body);
	if (f->len > 0)
		memcpy(s->body, f->body, f->len);
}

static void
net_drop(void *ctx, uint64_t conn)
{
	struct fixture_node *n = ctx;

	if (conn == n->conn)
		n->dropped = true;
}

static void
net_admit(void *ctx, uint64_t conn)
{
	struct fixture_node *n = ctx;

	n->admitted = conn == n->conn;
}

static enum err
decode(void *ctx, struct query *out, const uint8_t *buf, size_t len)
{
	((struct fixture_node *)ctx)->decoded++;
	return codec_query_read(out, buf, len);
}

static enum err
keep(void *ctx, const char *note, size_t len)
{
	(void)note;
	(void)len;
	((struct fixture_node *)ctx)->kept++;
	return E_OK;
}

/* As if the folder had been read: with the roster as it is now. */
static void
make_identity(struct fixture_node *n)
{
	struct identity *id = &n->identity;

	id->governance = n->f->governance;
	id->roster = malloc(sizeof(*id->roster));
	assert_non_null(id->roster);
	*id->roster = *n->f->roster;
	id->me = roster_find(id->roster, &n->id);
	assert_non_null(id->me);
	id->key = *fixture_key(n->f, n->id.s);
}

void
fixture_start(struct fixture_node *n)
{
	struct gate_config c = { .identity = &n->identity,
		.coordinator = fixture_id("coordinator"),
		.policy = &n->policy,
		.areas = n->f->areas,
		.themes = n->f->themes,
		.areas_hash = n->f->areas_hash,
		.rules_hash = n->f->rules_hash,
		.clock = &n->f->clock,
		.rng = &n->f->rng,
		.net = { n, net_send, net_drop, net_admit },
		.decode = decode,
		.decode_ctx = n,
		.keep_roster = keep,
		.keep_ctx = n };

	assert_int_equal(ledger_open(&n->ledger, n->ledger_path), E_OK);
	assert_int_equal(records_open(&n->records, n->store_path, RECORDS_COUNT,
			     &fixture_keys),
	    E_OK);
	c.ledger = n->ledger;
	c.records = n->records;
	assert_int_equal(gate_new(&n->gate, &c), E_OK);
	n->core = gate_core(n->gate);
}

void
fixture_stop(struct fixture_node *n)
{
	gate_free(n->gate);
	records_close(n->records);
	ledger_close(n->ledger);
	n->gate = NULL;
	n->records = NULL;
	n->ledger = NULL;
}

static void
welcome(struct fixture_node *n)
{
	const struct fixture *f = n->f;
	struct party_id coordinator = fixture_id("coordinator");
	struct hello h = { .roster_epoch = f->roster->epoch,
		.utc_s = f->utc_s };
	struct frame frame = { .kind = FRAME_WELCOME };
	uint8_t *body;

	memcpy(h.roster_hash, f->roster->hash, 32);
	assert_int_equal(hello_make(&body, &frame.len, &coordinator, &n->id,
			     n->exporter, &h, fixture_key(f, "coordinator")),
	    E_OK);
	frame.body = body;
	assert_int_equal(n->core.frame(n->core.ctx, n->conn, &frame), E_OK);
	free(body);
}

void
fixture_connect(struct fixture_node *n)
{
	struct ipc_up up = { .party = fixture_id("coordinator"),
		.address = "192.0.2.1" };
	struct fixture_frame hello;

	n->conn++;
	n->admitted = n->dropped = false;
	memset(n->exporter, (int)n->conn, sizeof(n->exporter));
	memcpy(up.exporter, n->exporter, sizeof(up.exporter));
	memcpy(up.fingerprint,
	    fixture_member(n->f, "coordinator")->tls_fingerprint, 32);
	assert_int_equal(n->core.up(n->core.ctx, n->conn, &up), E_OK);
	hello = fixture_take(n);
	assert_int_equal(hello.kind, FRAME_HELLO);
	free(hello.body);
	welcome(n);
	assert_true(n->admitted && !n->dropped);
	assert_true(gate_connected(n->gate));
}

static enum err
at_time(void *ctx, uint64_t *utc_s)
{
	*utc_s = *(const uint64_t *)ctx;
	return E_OK;
}

void
fixture_records(struct fixture_node *n, uint16_t month, unsigned records)
{
	struct records *s;
	struct records_batch b = {
		.act = RECORDS_ADD, .loader = "police", .name = "x"
	};
	struct records_change change;
	uint64_t at;

	assert_int_equal(
	    records_open(&s, n->store_path, RECORDS_LOAD, &fixture_keys), E_OK);
	assert_int_equal(n->f->rng.fill(n->f, b.digest, 32), E_OK);
	assert_int_equal(records_begin(s, &b, &at), E_OK);
	for (unsigned i = 0; i < records; i++) {
		struct incident in = { .kind.source = SOURCE_POLICE_CRIME,
			.month = month,
			.occurred_from = month_start(month),
			.occurred_to = month_start(month) + 1,
			.time_precision = PRECISION_MONTH,
			.geo_method = GEO_SNAP,
			.has_point = true,
			.east = 320000 + 1000 * (i % 20),
			.north = 190000 + 1000 * (i % 10),
			.area = "W01001444",
			.kind.codelist = "police.uk",
			.kind.code = "Violence and sexual offences" };

		assert_int_equal(
		    n->f->rng.fill(n->f, in.record_id, sizeof(in.record_id)),
		    E_OK);
		assert_int_equal(records_put(s, &in), E_OK);
	}
	assert_int_equal(records_merge(s, &change, NULL, NULL), E_OK);
	assert_int_equal(change.added, records);
	assert_int_equal(records_commit(s, at_time, &n->f->utc_s, "{}"), E_OK);
	records_close(s);
}

struct fixture_node *
fixture_node(struct fixture *f, const char *id)
{
	struct fixture_node *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->sent = calloc(FIXTURE_FRAMES, sizeof(*n->sent));
	assert_non_null(n->sent);
	n->f = f;
	n->id = fixture_id(id);
	strcpy(n->dir, "/tmp/ward-test-XXXXXX");
	assert_non_null(mkdtemp(n->dir));
	snprintf(
	    n->ledger_path, sizeof(n->ledger_path), "%s/ledger.db", n->dir);
	snprintf(n->store_path, sizeof(n->store_path), "%s/records.db", n->dir);
	policy_default(&n->policy, &n->id,
	    SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB, FIXTURE_MONTH,
	    FIXTURE_MONTHS);
	make_identity(n);
	fixture_records(n, FIXTURE_MONTH, 30);
	fixture_start(n);
	fixture_connect(n);
	return n;
}

void
fixture_node_free(struct fixture_node *n)
{
	static const char *const files[] = { "ledger.db", "ledger.db-wal",
		"ledger.db-shm", "ledger.db.lock", "records.db",
		"records.db-wal", "records.db-shm" };
	char path[128];

	fixture_stop(n);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", n->dir, files[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(n->dir), 0);
	for (size_t i = 0; i < n->n; i++)
		free(n->sent[i].body);
	free(n->sent);
	free(n->identity.roster);
	free(n);
}

void
fixture_tell(struct fixture_node *n, enum frame_kind kind, const uint8_t *id,
    const void *body, size_t len)
{
	struct frame f = { .kind = kind, .body = body, .len = len };

	if (id != NULL)
		memcpy(f.id, id, FRAME_ID);
	assert_int_equal(n->core.frame(n->core.ctx, n->conn, &f), E_OK);
}

struct fixture_frame
fixture_take(struct fixture_node *n)
{
	struct fixture_frame f = { .len = 0 };

	if (n->n == 0)
		return f;
	f = n->sent[0];
	memmove(n->sent, n->sent + 1, --n->n * sizeof(*n->sent));
	return f;
}

/* Is the envelope from the node to the coordinator, about that query? */
static void
check_envelope(struct envelope *out, const struct fixture_node *n,
    enum purpose purpose, const uint8_t id[QUERY_ID], const uint8_t *bytes,
    size_t len)
{
	assert_int_equal(envelope_parse(out, bytes, len), E_OK);
	assert_int_equal(out->purpose, purpose);
	assert_string_equal(out->sender.s, n->id.s);
	assert_string_equal(out->recipient.s, "coordinator");
	assert_memory_equal(out->id, id, QUERY_ID);
	assert_true(envelope_good(out, fixture_key(n->f, n->id.s)->public));
}

unsigned
fixture_ask(struct fixture_node *n, const struct fixture_bundle *b)
{
	struct fixture_frame f;
	struct envelope e;
	struct refused r = { .code = REFUSAL_NONE };

	fixture_tell(n, FRAME_ASK, b->id, b->bytes, b->len);
	f = fixture_take(n);
	if (f.kind == FRAME_TAKEN && n->n > 0) { /* and then it failed */
		free(f.body);
		f = fixture_take(n);
		assert_int_equal(f.kind, FRAME_REFUSED);
	}
	assert_memory_equal(f.id, b->id, QUERY_ID);
	if (f.kind == FRAME_REFUSED) {
		check_envelope(&e, n, PURPOSE_REFUSAL, b->id, f.body, f.len);
		assert_int_equal(refused_parse(&r, e.bytes, e.len), E_OK);
		assert_int_not_equal(r.code, REFUSAL_NONE);
	} else {
		assert_int_equal(f.kind, FRAME_TAKEN);
		assert_int_equal(f.len, 0);
	}
	free(f.body);
	assert_int_equal(n->n, 0); /* one thing was said */
	return r.code;
}

/* Pulls chunk i into bytes + at; how many came. */
static size_t
pull(struct fixture_node *n, const uint8_t id[QUERY_ID], uint32_t i,
    uint8_t *bytes)
{
	uint8_t body[4];
	struct wr w = wr_over(body, sizeof(body));
	struct fixture_frame f;
	struct rd r;
	size_t len;

	wr_be32(&w, i);
	fixture_tell(n, FRAME_PULL, id, body, sizeof(body));
	f = fixture_take(n);
	assert_int_equal(f.kind, FRAME_CHUNK);
	assert_memory_equal(f.id, id, QUERY_ID);
	r = rd_over(f.body, f.len);
	assert_int_equal(rd_be32(&r), i);
	len = r.left;
	memcpy(bytes, r.p, len);
	free(f.body);
	return len;
}

struct answer
fixture_fetch(struct fixture_node *n, const uint8_t id[QUERY_ID])
{
	struct fixture_frame f;
	struct envelope e;
	struct answer a;
	uint8_t *bytes;
	uint64_t len;
	uint32_t chunk;
	struct rd r;

	assert_int_equal(n->core.tick(n->core.ctx), E_OK);
	f = fixture_take(n);
	assert_int_equal(f.kind, FRAME_READY);
	assert_memory_equal(f.id, id, QUERY_ID);
	r = rd_over(f.body, f.len);
	len = rd_be64(&r);
	chunk = rd_be32(&r);
	assert_int_equal(rd_end(&r), E_OK);
	free(f.body);
	bytes = malloc(len);
	assert_non_null(bytes);
	for (uint64_t at = 0; at < len; at += chunk)
		assert_int_equal(
		    pull(n, id, (uint32_t)(at / chunk), bytes + at),
		    len - at < chunk ? len - at : chunk);
	check_envelope(&e, n, PURPOSE_ANSWER, id, bytes, len);
	assert_int_equal(codec_answer_read(&a, e.bytes, e.len), E_OK);
	assert_memory_equal(a.query_id, id, QUERY_ID);
	assert_string_equal(a.node.s, n->id.s);
	free(bytes);
	return a;
}

struct cost
fixture_cost(struct fixture_node *n, uint16_t month)
{
	struct cost spent;

	assert_int_equal(ledger_spent(n->ledger, &spent, month, 1), E_OK);
	return spent;
}

uint64_t
fixture_spent(struct fixture_node *n, uint16_t month)
{
	return fixture_cost(n, month).nrho;
}
