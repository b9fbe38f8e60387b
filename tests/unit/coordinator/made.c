#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "model/area.h"
#include "model/theme.h"
#include "protocol/bundle.h"
#include "protocol/codec.h"
#include "protocol/hello.h"
#include "protocol/talk.h"

#define DAY 86400u

static const char *const forces[MADE_FORCES] = { "W15000002", "W15000003",
	"W15000004" };

/* Parties and the roster ---------------------------------------------- */

static uint64_t
clock_utc(void *ctx)
{
	return ((struct made *)ctx)->utc_s;
}

static uint64_t
clock_mono(void *ctx)
{
	return ((struct made *)ctx)->mono_ms;
}

struct party_id
made_id(const char *id)
{
	struct party_id out;

	assert_int_equal(party_id_parse(&out, id, strlen(id)), E_OK);
	return out;
}

const struct sign_key *
made_key(const struct made *m, const char *id)
{
	for (unsigned i = 0; i < m->n; i++)
		if (strcmp(m->parties[i].id.s, id) == 0)
			return &m->parties[i].key;
	fail_msg("no party %s", id);
	return NULL;
}

struct member *
made_member(struct made *m, const char *id)
{
	for (unsigned i = 0; i < m->roster->n; i++)
		if (strcmp(m->roster->members[i].id.s, id) == 0)
			return &m->roster->members[i];
	fail_msg("no member %s", id);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct member *)a)->id.s, ((const struct member *)b)->id.s);
}

static struct member *
add(struct made *m, const char *id, unsigned roles, const char *organisation)
{
	struct member *who = &m->roster->members[m->roster->n++];

	assert_true(m->n < MADE_PARTIES);
	memset(who, 0, sizeof(*who));
	who->id = made_id(id);
	m->parties[m->n].id = who->id;
	assert_int_equal(sign_new(&m->parties[m->n].key), E_OK);
	memcpy(who->sign_public, m->parties[m->n++].key.public, SIGN_PUBLIC);
	hash_label(who->tls_fingerprint, "test/tls", id, strlen(id));
	(void)snprintf(who->name, sizeof(who->name), "The %s", id);
	(void)snprintf(
	    who->organisation, sizeof(who->organisation), "%s", organisation);
	who->roles = roles;
	who->valid_from = MADE_NOW - DAY;
	who->valid_until = MADE_NOW + 365 * DAY;
	qsort(m->roster->members, m->roster->n, sizeof(*who), compare);
	return made_member(m, id);
}

static void
add_node(struct made *m, const char *id, enum sector sector, const char *force)
{
	struct member *who = add(m, id, ROLE_NODE, id);

	who->sector = sector;
	who->synthetic = sector == SECTOR_NHS;
	who->sources = sector == SECTOR_NHS
			   ? SOURCE_NHS_ED
			   : SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB;
	who->first_month = 612;
	who->n_months = 12;
	who->n_covers = 1;
	memcpy(who->covers[0], force, GSS);
}

void
made_seal(struct made *m, uint32_t epoch)
{
	struct fault fault = { "" };
	char *text, *one, *two;
	size_t one_len, two_len;

	m->roster->epoch = epoch;
	assert_int_equal(roster_text(&text, m->roster), E_OK);
	assert_int_equal(note_make(&one, &one_len, text, strlen(text), "g1",
			     &m->governors[0]),
	    E_OK);
	assert_int_equal(
	    note_append(&two, &two_len, one, one_len, "g2", &m->governors[1]),
	    E_OK);
	free(text);
	free(one);
	free(m->roster);
	free(m->note);
	m->note = two;
	m->note_len = two_len;
	m->roster = NULL;
	if (roster_read(&m->roster, &m->identity.governance, two, two_len,
		&fault) != E_OK)
		fail_msg("%s", fault.text);
}

static void
make_governance(struct made *m)
{
	struct governance *g = &m->identity.governance;
	char yaml[2048];
	char key[BASE64_LEN(SIGN_PUBLIC)];
	int n = snprintf(yaml, sizeof(yaml),
	    "federation: \"Test federation\"\nneed: 2\nkeys:\n");

	for (unsigned i = 0; i < MADE_GOVERNORS; i++) {
		assert_int_equal(sign_new(&m->governors[i]), E_OK);
		base64_text(key, m->governors[i].public, SIGN_PUBLIC);
		n += snprintf(yaml + n, sizeof(yaml) - (size_t)n,
		    "  - name: g%u\n    public: %s\n", i + 1, key);
	}
	assert_int_equal(
	    governance_read(g, yaml, (size_t)n, "governance.yaml", NULL), E_OK);
}

static void
make_roster(struct made *m)
{
	m->roster = calloc(1, sizeof(*m->roster));
	assert_non_null(m->roster);
	strcpy(m->roster->federation, m->identity.governance.federation);
	m->roster->demo = true;
	m->roster->valid_from = MADE_NOW - DAY;
	m->roster->valid_until = MADE_NOW + 365 * DAY;
	add(m, "coordinator", ROLE_COORDINATOR, "Coordinators");
	add_node(m, "gwent", SECTOR_POLICE, forces[0]);
	add_node(m, "hospital", SECTOR_NHS, forces[1]);
	add_node(m, "south-wales", SECTOR_POLICE, forces[1]);
	add(m, "analyst", ROLE_RESEARCHER, "University");
	add(m, "author", ROLE_RESEARCHER | ROLE_APPROVER, "Institute");
	add(m, "alpha", ROLE_APPROVER, "Ethics Board");
	add(m, "beta", ROLE_APPROVER, "Information Board");
	add(m, "gamma", ROLE_APPROVER, "Ethics Board");
	add(m, "delta", ROLE_APPROVER, "University");
	add(m, "inspector", ROLE_AUDITOR, "Inspectorate");
	made_seal(m, 1);
}

/* The coordinator ------------------------------------------------------- */

static void
net_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct made *m = ctx;
	struct made_frame *s = &m->sent[m->n_sent++];

	assert_true(m->n_sent < MADE_FRAMES);
	assert_true(f->len <= FRAME_BODY_MAX);
	assert_false(made_dropped(m, conn));
	*s = (struct made_frame){ .kind = f->kind, .conn = conn };
	memcpy(s->id, f->id, FRAME_ID);
	s->body = malloc(f->len == 0 ? 1 : f->len);
	assert_non_null(s->body);
	if (f->len > 0)
		memcpy(s->body, f->body, f->len);
	s->len = f->len;
}

static void
net_drop(void *ctx, uint64_t conn)
{
	struct made *m = ctx;

	assert_true(m->n_dropped < MADE_FRAMES);
	m->dropped[m->n_dropped++] = conn;
}

static void
net_admit(void *ctx, uint64_t conn)
{
	(void)ctx;
	assert_true(conn != 0);
}

bool
made_dropped(const struct made *m, uint64_t conn)
{
	for (size_t i = 0; i < m->n_dropped; i++)
		if (m->dropped[i] == conn)
			return true;
	return false;
}

static enum err
decode(void *ctx, struct query *out, const uint8_t *buf, size_t len)
{
	struct made *m = ctx;

	m->decoded++;
	return m->decoder_says != E_OK ? m->decoder_says
				       : codec_query_read(out, buf, len);
}

static enum err
read_roster(void *ctx, char **note, size_t *len)
{
	struct made *m = ctx;

	*note = malloc(m->note_len + 1);
	assert_non_null(*note);
	memcpy(*note, m->note, m->note_len + 1);
	*len = m->note_len;
	return E_OK;
}

void
made_start(struct made *m)
{
	struct merge_config c = { .identity = &m->identity,
		.clock = &m->clock,
		.net = { m, net_send, net_drop, net_admit },
		.decode = decode,
		.decode_ctx = m,
		.read_roster = read_roster,
		.roster_ctx = m };

	assert_int_equal(db_open(&m->db, m->db_path, DB_WRITE), E_OK);
	assert_int_equal(
	    pages_open(&m->pages, m->db, WARD_MAP, WARD_DATA), E_OK);
	c.db = m->db;
	c.pages = m->pages;
	assert_int_equal(merge_new(&m->merge, &c), E_OK);
	m->core = merge_core(m->merge);
}

void
made_stop(struct made *m)
{
	merge_free(m->merge);
	pages_close(m->pages);
	db_close(m->db);
	m->merge = NULL;
	made_drain(m);
}

struct made *
made_new(void)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	assert_int_equal(random_start(), E_OK);
	m->utc_s = MADE_NOW;
	m->mono_ms = 5000000;
	m->clock = (struct clock){ clock_utc, clock_mono, m };
	strcpy(m->dir, "/tmp/ward-test-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	(void)snprintf(
	    m->db_path, sizeof(m->db_path), "%s/coordinator.db", m->dir);
	make_governance(m);
	make_roster(m);
	/* as identity_load would have it: a roster of its own */
	assert_int_equal(
	    roster_read(&m->identity.roster, &m->identity.governance, m->note,
		m->note_len, NULL),
	    E_OK);
	m->identity.key = *made_key(m, "coordinator");
	m->identity.me = roster_find(
	    m->identity.roster, &(struct party_id){ "coordinator" });
	assert_non_null(m->identity.me);
	made_start(m);
	return m;
}

void
made_free(struct made *m)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[128];

	made_stop(m);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", m->db_path, ends[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(m->dir), 0);
	free(m->identity.roster);
	free(m->roster);
	free(m->note);
	free(m);
}

void
made_tick(struct made *m, uint64_t seconds)
{
	m->utc_s += seconds;
	m->mono_ms += seconds * 1000;
	assert_int_equal(m->core.tick(m->core.ctx), E_OK);
}

/* Connections ----------------------------------------------------------- */

uint64_t
made_up(struct made *m, const char *party)
{
	uint64_t conn = ++m->last_conn;
	struct ipc_up up = { .party = made_id(party), .address = "192.0.2.1" };

	hash_label(up.fingerprint, "test/tls", party, strlen(party));
	memset(up.exporter, (int)conn, sizeof(up.exporter));
	assert_int_equal(m->core.up(m->core.ctx, conn, &up), E_OK);
	return conn;
}

void
made_hello(struct made *m, uint64_t conn, const char *party, uint32_t epoch)
{
	struct party_id me = made_id(party), to = made_id("coordinator");
	struct hello h = { .roster_epoch = epoch, .utc_s = m->utc_s };
	uint8_t exporter[32], *body;
	size_t len;

	memset(exporter, (int)conn, sizeof(exporter));
	memcpy(h.roster_hash, m->roster->hash, sizeof(h.roster_hash));
	assert_int_equal(
	    hello_make(&body, &len, &me, &to, exporter, &h, made_key(m, party)),
	    E_OK);
	made_say(m, conn, FRAME_HELLO, NULL, body, len);
	free(body);
}

uint64_t
made_connect(struct made *m, const char *party)
{
	uint64_t conn = made_up(m, party);
	struct made_frame f;

	made_hello(m, conn, party, m->roster->epoch);
	f = made_take(m, conn);
	assert_int_equal(f.kind, FRAME_WELCOME);
	free(f.body);
	return conn;
}

void
made_say(struct made *m, uint64_t conn, enum frame_kind kind, const uint8_t *id,
    const void *body, size_t len)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len); /* ASan sees overreads */
	struct frame f = { .kind = kind, .body = exact, .len = len };

	assert_non_null(exact);
	if (len > 0)
		memcpy(exact, body, len);
	if (id != NULL)
		memcpy(f.id, id, FRAME_ID);
	assert_int_equal(m->core.frame(m->core.ctx, conn, &f), E_OK);
	free(exact);
}

struct made_frame
made_take(struct made *m, uint64_t conn)
{
	struct made_frame f = { .conn = 0 };

	for (size_t i = 0; i < m->n_sent; i++) {
		if (m->sent[i].conn != conn)
			continue;
		f = m->sent[i];
		memmove(&m->sent[i], &m->sent[i + 1],
		    (--m->n_sent - i) * sizeof(m->sent[0]));
		break;
	}
	return f;
}

void
made_drain(struct made *m)
{
	while (m->n_sent > 0)
		free(m->sent[--m->n_sent].body);
}

/* Queries --------------------------------------------------------------- */

static void
set_places(struct made *m, struct question *q, uint32_t geo, uint16_t levels)
{
	const struct areas *areas = pages_areas(m->pages);
	struct placing *p;
	uint8_t *hash = q->areas_hash;

	q->geo = geo;
	q->n_areas = MADE_FORCES;
	for (unsigned i = 0; i < MADE_FORCES; i++)
		memcpy(q->areas[i], forces[i], GSS);
	q->n_levels = levels;
	for (unsigned l = 0; l < levels; l++) {
		assert_int_equal(placing_new(&p, areas, geo + l,
				     (const char(*)[GSS])q->areas, MADE_FORCES),
		    E_OK);
		q->level_places[l] = placing_count(p);
		placing_free(p);
	}
	q->n_places = q->level_places[0];
	assert_int_equal(hash_file(hash, WARD_DATA "/areas/lsoa11.csv"), E_OK);
}

void
made_query(struct made *m, struct query *q)
{
	*q = (struct query){ .version = QUERY_VERSION,
		.title = "Violence, \"2021\"",
		.purpose = "violence-prevention",
		.project = "A partnership",
		.researcher = made_id("analyst"),
		.roster_epoch = m->roster->epoch,
		.created_at = m->utc_s,
		.send_at = m->utc_s + 10,
		.close_at = m->utc_s + 100,
		.not_after = m->utc_s + 7 * DAY,
		.quorum = 2 };
	memcpy(q->roster_hash, m->roster->hash, QUERY_ID);
	q->q.measure = MEASURE_COUNT;
	q->q.sources = SOURCE_ALL;
	q->q.n_themes = 2;
	q->q.themes[0] = THEME_VIOLENCE;
	q->q.themes[1] = THEME_ASB;
	q->q.first_month = 612;
	q->q.n_months = 12;
	q->q.slicing = SLICE_SUM;
	set_places(m, &q->q, GEO_LAD, 1);
	q->q.c = q->q.k = q->q.d = q->q.g = 1;
	q->q.strategy = STRATEGY_NESTED;
	q->q.noise = NOISE_GAUSS;
	q->q.n_histograms = 1;
	q->q.histograms[0] =
	    (struct histogram){ .by = BY_THEME | BY_TIME, .num = 50, .den = 1 };
	q->q.charge_nrho = 10000000;
	assert_int_equal(
	    hash_file(q->q.rules_hash, WARD_DATA "/rules/themes.csv"), E_OK);
	q->q.mode = MODE_PER_NODE;
	q->q.n_nodes = 3;
	q->q.nodes[0] = made_id("gwent");
	q->q.nodes[1] = made_id("hospital");
	q->q.nodes[2] = made_id("south-wales");
	assert_int_equal(query_check(q), E_OK);
}

static void
append(struct made_bundle *b, uint8_t *bytes, size_t len)
{
	b->bytes = realloc(b->bytes, b->len + len);
	assert_non_null(b->bytes);
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	free(bytes);
}

static void
approve(struct made *m, struct made_bundle *b, const char *name,
    const struct query *q)
{
	struct approval a = { .veto = name[0] == '-',
		.not_before = q->created_at,
		.not_after = q->not_after,
		.reason = "within the agreement" };
	bool broken = name[0] == '~', brief = name[0] == '<';
	uint8_t buf[APPROVAL_MAX], *whole;
	struct envelope e = { .purpose = PURPOSE_APPROVAL, .bytes = buf };
	size_t len;

	name += a.veto || broken || brief;
	if (brief)
		a.not_after = q->created_at + MADE_BRIEF;
	e.sender = made_id(name);
	memcpy(e.id, b->id, QUERY_ID);
	e.len = approval_write(buf, &a);
	assert_int_equal(
	    envelope_make(&whole, &len, &e, made_key(m, name)), E_OK);
	whole[len - 1] ^= broken;
	append(b, whole, len);
}

void
made_levels(struct made *m, struct query *q)
{
	static const struct histogram parts[] = {
		{ .by = BY_THEME | BY_TIME, .num = 60, .den = 1 },
		{ .by = BY_THEME, .num = 40, .den = 1 },
		{ .by = BY_THEME | BY_TIME, .level = 1, .num = 40, .den = 1 },
		{ .by = BY_TIME, .level = 2, .num = 61, .den = 2 },
		{ .by = 0, .level = 3, .num = 20, .den = 1 },
	};

	made_query(m, q);
	set_places(m, &q->q, GEO_LSOA11, 4);
	q->q.n_months = 3;
	q->q.slicing = SLICE_MONTH;
	q->q.n_histograms = sizeof(parts) / sizeof(parts[0]);
	memcpy(q->q.histograms, parts, sizeof(parts));
	assert_int_equal(query_check(q), E_OK);
}

void
made_running(struct made *m, struct query *q)
{
	made_query(m, q);
	q->q.n_months = 5;
	q->q.slicing = SLICE_MONTH;
	q->q.strategy = STRATEGY_RUNNING;
	q->q.n_histograms = 3;
	for (uint8_t i = 0; i < 3; i++)
		q->q.histograms[i] =
		    (struct histogram){ .by = BY_THEME | BY_TIME,
			    .level = i,
			    .num = 50,
			    .den = 1 };
	assert_int_equal(query_check(q), E_OK);
}

struct made_bundle
made_bundle(struct made *m, const struct query *q, const char *signer,
    const char *approvers)
{
	struct made_bundle b = { .len = 0 };
	struct envelope e = { .purpose = PURPOSE_QUERY,
		.sender = made_id(signer) };
	char names[128], *rest = names, *name;
	uint8_t *bytes, *whole;
	size_t len;

	assert_int_equal(codec_query_write(&bytes, &e.len, q, NULL), E_OK);
	bundle_query_id(b.id, bytes, e.len);
	memcpy(e.id, b.id, QUERY_ID);
	e.bytes = bytes;
	assert_int_equal(
	    envelope_make(&whole, &len, &e, made_key(m, signer)), E_OK);
	append(&b, whole, len);
	free(bytes);
	(void)snprintf(names, sizeof(names), "%s", approvers);
	while ((name = strsep(&rest, " ")) != NULL)
		if (name[0] != '\0')
			approve(m, &b, name, q);
	return b;
}

/* The reply to a request: its JSON, or NULL and the error of a FAIL. */
static json_t *
take_reply(
    struct made *m, uint64_t conn, const uint8_t id[QUERY_ID], enum err *why)
{
	struct made_frame f = made_take(m, conn);
	struct talk_words words;
	struct talk_part part;
	json_t *json = NULL;
	json_error_t error;

	while (f.kind == FRAME_ASK) { /* to a node of the same name */
		free(f.body);
		f = made_take(m, conn);
	}
	assert_memory_equal(f.id, id, QUERY_ID);
	if (f.kind == FRAME_FAIL) {
		assert_int_equal(talk_words_parse(&words, f.body, f.len), E_OK);
		assert_true(strlen(words.words) > 10);
		*why = words.err;
	} else {
		assert_int_equal(f.kind, FRAME_REPLY);
		assert_int_equal(talk_part_parse(&part, f.body, f.len), E_OK);
		assert_int_equal(part.parts, 1);
		json =
		    json_loadb((const char *)part.bytes, part.len, 0, &error);
		assert_non_null(json);
		*why = E_OK;
	}
	free(f.body);
	return json;
}

json_t *
made_submit(struct made *m, uint64_t conn, const struct made_bundle *b,
    bool now, enum err *why)
{
	uint8_t *body = malloc(b->len + 1);

	assert_non_null(body);
	body[0] = now ? TALK_NOW : 0;
	memcpy(body + 1, b->bytes, b->len);
	made_say(m, conn, FRAME_SUBMIT, b->id, body, b->len + 1);
	free(body);
	return take_reply(m, conn, b->id, why);
}

json_t *
made_status(struct made *m, uint64_t conn, const uint8_t id[QUERY_ID])
{
	enum err why;
	json_t *json;

	made_say(m, conn, FRAME_STATUS, id, NULL, 0);
	json = take_reply(m, conn, id, &why);
	assert_int_equal(why, E_OK);
	return json;
}

const char *
made_state(json_t *status)
{
	return json_string_value(json_object_get(status, "state"));
}

const char *
made_node(json_t *status, const char *node, const char *word)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(status, "nodes"), i,
	    one) if (strcmp(json_string_value(json_object_get(one, "id")),
			 node) ==
		     0) return json_string_value(json_object_get(one, word));
	fail_msg("no node %s", node);
	return NULL;
}

/* Nodes ----------------------------------------------------------------- */

struct made_answer
made_honest(struct made *m, const char *node, const struct query *q,
    const uint8_t id[QUERY_ID], int64_t first)
{
	struct made_answer a = { .signer = node,
		.sender = node,
		.recipient = "coordinator",
		.node = made_id(node),
		.n_cells = question_answer(&q->q),
		.first = first };
	uint8_t *bytes;
	size_t len;

	(void)m;
	memcpy(a.envelope_id, id, QUERY_ID);
	memcpy(a.query_id, id, QUERY_ID);
	assert_int_equal(
	    codec_query_write(&bytes, &len, q, a.question_id), E_OK);
	free(bytes);
	return a;
}

/* As good as random, and the same for the same cell of the same node. */
static int64_t
swing(uint32_t i, const struct made_answer *a)
{
	uint64_t z = i * UINT64_C(0x9e3779b97f4a7c15) + (uint8_t)a->node.s[0];

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z ^= z >> 27;
	return (int64_t)(z % (2 * (uint64_t)a->swing + 1)) - a->swing;
}

/* The envelope of an answer. */
static uint8_t *
answer_bytes(struct made *m, const struct made_answer *a, size_t *len)
{
	struct envelope e = { .purpose = PURPOSE_ANSWER,
		.sender = made_id(a->sender),
		.recipient = made_id(a->recipient),
		.seq = m->utc_s };
	struct answer said = {
		.node = a->node, .epoch = MADE_NOW - DAY, .n_cells = a->n_cells
	};
	uint8_t *bytes, *whole;

	memcpy(e.id, a->envelope_id, QUERY_ID);
	memcpy(said.query_id, a->query_id, QUERY_ID);
	memcpy(said.question_id, a->question_id, QUERY_ID);
	said.cells = calloc(a->n_cells, sizeof(*said.cells));
	assert_non_null(said.cells);
	for (uint32_t i = 0; i < a->n_cells; i++)
		said.cells[i] = a->first + (a->swing == 0 ? i : swing(i, a));
	assert_int_equal(codec_answer_write(&bytes, &e.len, &said), E_OK);
	e.bytes = bytes;
	assert_int_equal(
	    envelope_make(&whole, len, &e, made_key(m, a->signer)), E_OK);
	free(bytes);
	free(said.cells);
	return whole;
}

/* Send the chunk that a PULL asks for. */
static void
send_chunk(struct made *m, const struct made_frame *pull, const uint8_t *bytes,
    size_t len)
{
	struct rd r = rd_over(pull->body, pull->len);
	uint32_t chunk = rd_be32(&r);
	size_t at = (size_t)chunk * FRAME_CHUNK_BYTES;
	size_t n = len - at < FRAME_CHUNK_BYTES ? len - at : FRAME_CHUNK_BYTES;
	uint8_t *body = malloc(n + 4);
	struct wr w = wr_over(body, n + 4);

	assert_int_equal(rd_end(&r), E_OK);
	assert_true(at < len);
	wr_be32(&w, chunk);
	wr_bytes(&w, bytes + at, n);
	made_say(m, pull->conn, FRAME_CHUNK, pull->id, body, n + 4);
	free(body);
}

void
made_send(struct made *m, uint64_t conn, const uint8_t id[QUERY_ID],
    const struct made_answer *a)
{
	uint8_t ready[12], *bytes;
	struct wr w = wr_over(ready, sizeof(ready));
	struct made_frame f;
	size_t len;

	bytes = answer_bytes(m, a, &len);
	wr_be64(&w, len);
	wr_be32(&w, FRAME_CHUNK_BYTES);
	made_say(m, conn, FRAME_READY, id, ready, sizeof(ready));
	while ((f = made_take(m, conn)).kind != 0) {
		if (f.kind == FRAME_PULL)
			send_chunk(m, &f, bytes, len);
		free(f.body);
	}
	free(bytes);
}

void
made_refuse(struct made *m, uint64_t conn, const char *node,
    const uint8_t id[QUERY_ID], unsigned code, const char *words)
{
	struct refused r = { .code = (uint16_t)code };
	uint8_t buf[REFUSED_MAX], *whole;
	struct envelope e = { .purpose = PURPOSE_REFUSAL,
		.sender = made_id(node),
		.recipient = made_id("coordinator"),
		.seq = m->utc_s,
		.bytes = buf };
	size_t len;

	(void)snprintf(r.reason, sizeof(r.reason), "%s", words);
	memcpy(e.id, id, QUERY_ID);
	e.len = refused_write(buf, &r);
	assert_int_equal(
	    envelope_make(&whole, &len, &e, made_key(m, node)), E_OK);
	made_say(m, conn, FRAME_REFUSED, id, whole, len);
	free(whole);
}

struct made_bundle
made_release(struct made *m, struct query *q)
{
	static const char *const nodes[] = { "gwent", "hospital",
		"south-wales" };
	static const int64_t firsts[] = { 1000, 100, 10 };
	uint64_t conns[3], analyst = made_connect(m, "analyst");
	struct made_bundle b;
	enum err why;

	for (size_t i = 0; i < 3; i++)
		conns[i] = made_connect(m, nodes[i]);
	b = made_bundle(m, q, "analyst", "alpha beta");
	json_decref(made_submit(m, analyst, &b, false, &why));
	assert_int_equal(why, E_OK);
	made_tick(m, 10);
	for (size_t i = 0; i < 3; i++) {
		struct made_answer a =
		    made_honest(m, nodes[i], q, b.id, firsts[i]);

		a.swing = m->swing;
		if (a.swing != 0)
			a.first = 0;
		made_send(m, conns[i], b.id, &a);
	}
	made_tick(m, 0);
	made_drain(m);
	return b;
}
