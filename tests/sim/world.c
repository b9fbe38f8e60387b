#include "world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "crypto/hash.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "model/month.h"
#include "policies/govern.h"
#include "policies/price.h"
#include "protocol/codec.h"
#include "protocol/hello.h"
#include "protocol/talk.h"

#define START_S 1800000000 /* mid January 2027 */
#define GOOD(x) assert((x) == E_OK)

enum { COORDINATOR, ANALYST, FIRST_APPROVER, SECOND_APPROVER, FIRST_NODE };

static const struct {
	const char *id, *organisation;
	unsigned roles;
} parties[WORLD_PARTIES] = {
	{ "coordinator", "Coordinating body", ROLE_COORDINATOR },
	{ "analyst", "University", ROLE_RESEARCHER },
	{ "approver-a", "Ethics board", ROLE_APPROVER },
	{ "approver-b", "Health board", ROLE_APPROVER },
	{ "node-a", "Force A", ROLE_NODE },
	{ "node-b", "Force B", ROLE_NODE },
	{ "node-c", "Force C", ROLE_NODE },
};

/* Of every node's records: of no secret. */
static const struct keys store_keys = { .check = { 1 }, .seal = { 2 } };

/* Randomness and time --------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood 2014): a fixed stream for a fixed seed. */
static uint64_t
next(struct world *w)
{
	uint64_t z = w->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t
world_random(struct world *w, uint32_t n)
{
	return (uint32_t)(next(w) % n);
}

static enum err
fill(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)next(ctx);
	return E_OK;
}

static uint64_t
utc_of(void *ctx)
{
	return ((struct world *)ctx)->utc_s;
}

static uint64_t
mono_of(void *ctx)
{
	return ((struct world *)ctx)->mono_ms;
}

/* The network ------------------------------------------------------------ */

static void
post(struct world *w, bool to_node, uint64_t conn, const struct frame *f)
{
	struct packet *p = &w->queue[w->n_queue];

	assert(w->n_queue < WORLD_QUEUE);
	*p = (struct packet){ .at_ms = w->mono_ms + world_random(w, 40),
		.conn = conn,
		.to_node = to_node };
	/* a line keeps the order of what is sent over it */
	for (size_t i = 0; i < w->n_queue; i++)
		if (w->queue[i].conn == conn &&
		    w->queue[i].to_node == to_node &&
		    w->queue[i].at_ms > p->at_ms)
			p->at_ms = w->queue[i].at_ms;
	GOOD(frame_write(&p->bytes, &p->len, f));
	w->n_queue++;
}

static struct node *
node_of(struct world *w, uint64_t conn)
{
	for (int i = 0; i < WORLD_NODES; i++)
		if (conn != 0 && w->nodes[i].conn == conn)
			return &w->nodes[i];
	return NULL;
}

/* Ends a connection; whoever is told hears it at once. */
static void
hang_up(struct world *w, uint64_t conn, bool tell_node, bool tell_merge)
{
	struct node *n = node_of(w, conn);
	struct core core;
	size_t kept = 0;

	for (size_t i = 0; i < w->n_queue; i++)
		if (w->queue[i].conn == conn)
			free(w->queue[i].bytes);
		else
			w->queue[kept++] = w->queue[i];
	w->n_queue = kept;
	if (conn == w->ward)
		w->ward = 0;
	if (n != NULL)
		n->conn = 0;
	if (tell_node && n != NULL && n->gate != NULL) {
		core = gate_core(n->gate);
		GOOD(core.down(core.ctx, conn));
	}
	if (tell_merge && w->merge != NULL) {
		core = merge_core(w->merge);
		GOOD(core.down(core.ctx, conn));
	}
}

static void
node_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct node *n = ctx;

	if (conn == n->conn)
		post(n->world, false, conn, f);
}

static void
node_drop(void *ctx, uint64_t conn)
{
	struct node *n = ctx;

	if (conn == n->conn)
		hang_up(n->world, conn, false, true);
}

static void
merge_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct world *w = ctx;

	if (conn != 0 && (conn == w->ward || node_of(w, conn) != NULL))
		post(w, true, conn, f);
}

static void
merge_drop(void *ctx, uint64_t conn)
{
	hang_up(ctx, conn, true, false);
}

static void
admit(void *ctx, uint64_t conn)
{
	(void)ctx;
	(void)conn;
}

static enum err
decode(void *ctx, struct query *out, const uint8_t *buf, size_t len)
{
	(void)ctx;
	return codec_query_read(out, buf, len);
}

/* A line between a party and the merge comes up: both ends are told. */
static void
come_up(struct world *w, uint64_t conn, const struct party_id *party,
    struct node *n)
{
	const struct roster *r = w->identity[COORDINATOR].roster;
	struct ipc_up who = { .address = "fake" };
	struct core core = merge_core(w->merge);

	GOOD(fill(w, who.exporter, sizeof(who.exporter)));
	who.party = *party;
	memcpy(who.fingerprint, roster_find(r, party)->tls_fingerprint, 32);
	GOOD(core.up(core.ctx, conn, &who));
	if (n == NULL)
		return;
	who.party = w->identity[COORDINATOR].me->id;
	memcpy(
	    who.fingerprint, w->identity[COORDINATOR].me->tls_fingerprint, 32);
	core = gate_core(n->gate);
	GOOD(core.up(core.ctx, conn, &who));
}

static void
dial(struct world *w)
{
	for (int i = 0; i < WORLD_NODES; i++) {
		struct node *n = &w->nodes[i];

		if (w->merge == NULL || n->gate == NULL || n->conn != 0 ||
		    n->cut)
			continue;
		n->conn = ++w->next_conn;
		come_up(w, n->conn, &n->identity->me->id, n);
	}
}

static void
deliver(struct world *w, const struct packet *p)
{
	struct node *n = node_of(w, p->conn);
	struct frame f;
	struct core core;

	GOOD(frame_parse(&f, p->bytes, p->len));
	if (!p->to_node && n != NULL && w->watch != NULL)
		w->watch(w, n, &f);
	if (p->to_node && n == NULL)
		return; /* to `ward`, which does not listen here */
	if (p->to_node ? n->gate == NULL : w->merge == NULL)
		return;
	core = p->to_node ? gate_core(n->gate) : merge_core(w->merge);
	GOOD(core.frame(core.ctx, p->conn, &f));
}

/* The oldest packet whose time has come, taken out of the queue. */
static bool
due(struct world *w, struct packet *out)
{
	size_t best = w->n_queue;

	for (size_t i = 0; i < w->n_queue; i++)
		if (w->queue[i].at_ms <= w->mono_ms &&
		    (best == w->n_queue ||
			w->queue[i].at_ms < w->queue[best].at_ms))
			best = i;
	if (best == w->n_queue)
		return false;
	*out = w->queue[best];
	memmove(&w->queue[best], &w->queue[best + 1],
	    (--w->n_queue - best) * sizeof(w->queue[0]));
	return true;
}

void
world_step(struct world *w, unsigned ms)
{
	uint64_t before_s = w->mono_ms / 1000;
	struct packet p;
	struct core core;

	w->mono_ms += ms;
	w->utc_s += w->mono_ms / 1000 - before_s;
	dial(w);
	while (due(w, &p)) {
		deliver(w, &p);
		free(p.bytes);
	}
	if (w->merge != NULL) {
		core = merge_core(w->merge);
		GOOD(core.tick(core.ctx));
	}
	for (int i = 0; i < WORLD_NODES; i++)
		if (w->nodes[i].gate != NULL) {
			core = gate_core(w->nodes[i].gate);
			GOOD(core.tick(core.ctx));
		}
}

/* Life and death --------------------------------------------------------- */

void
world_kill_node(struct world *w, struct node *n)
{
	if (n->conn != 0)
		hang_up(w, n->conn, false, true);
	gate_free(n->gate);
	ledger_close(n->ledger);
	records_close(n->records);
	n->gate = NULL;
	n->ledger = NULL;
	n->records = NULL;
}

static void
path_of(char out[FILE_PATH], const char *dir, const char *name)
{
	GOOD(file_path(out, dir, name));
}

void
world_start_node(struct world *w, struct node *n)
{
	char path[FILE_PATH];
	struct gate_config c = { .identity = n->identity,
		.coordinator = w->identity[COORDINATOR].me->id,
		.policy = &n->policy,
		.areas = w->areas,
		.themes = w->themes,
		.areas_hash = w->areas_hash,
		.rules_hash = w->rules_hash,
		.clock = &w->clock,
		.rng = &w->rng,
		.net = n->net,
		.decode = decode };

	path_of(path, n->dir, "ledger.db");
	GOOD(ledger_open(&n->ledger, path));
	path_of(path, n->dir, "records.db");
	GOOD(records_open(&n->records, path, RECORDS_COUNT, &store_keys));
	c.ledger = n->ledger;
	c.records = n->records;
	GOOD(gate_new(&n->gate, &c));
}

static enum err
read_roster(void *ctx, char **note, size_t *len)
{
	struct world *w = ctx;
	char path[FILE_PATH], dir[64];

	snprintf(dir, sizeof(dir), "%s/coordinator", w->dir);
	path_of(path, dir, "roster.note");
	return file_read(note, len, path, NOTE_MAX);
}

void
world_kill_merge(struct world *w)
{
	for (int i = 0; i < WORLD_NODES; i++)
		if (w->nodes[i].conn != 0)
			hang_up(w, w->nodes[i].conn, true, false);
	if (w->ward != 0)
		hang_up(w, w->ward, false, false);
	merge_free(w->merge);
	pages_close(w->pages);
	db_close(w->db);
	w->merge = NULL;
}

void
world_start_merge(struct world *w)
{
	char path[FILE_PATH];
	struct merge_config c = { .identity = &w->identity[COORDINATOR],
		.clock = &w->clock,
		.net = { w, merge_send, merge_drop, admit },
		.decode = decode,
		.read_roster = read_roster,
		.roster_ctx = w };

	path_of(path, w->dir, "coordinator.db");
	GOOD(db_open(&w->db, path, DB_WRITE));
	GOOD(pages_open(&w->pages, w->db, WARD_MAP, WARD_DATA));
	c.db = w->db;
	c.pages = w->pages;
	GOOD(merge_new(&w->merge, &c));
}

void
world_cut(struct world *w, struct node *n, bool cut)
{
	n->cut = cut;
	if (cut && n->conn != 0)
		hang_up(w, n->conn, true, true);
}

/* Founding ---------------------------------------------------------------- */

static void
enrol(struct world *w, const char *governance, int i)
{
	struct enrol_request *r = calloc(1, sizeof(*r));
	char dir[64], path[FILE_PATH], *text;
	size_t len;

	snprintf(dir, sizeof(dir), "%s/%s", w->dir, parties[i].id);
	GOOD(party_id_parse(
	    &r->member.id, parties[i].id, strlen(parties[i].id)));
	snprintf(r->member.name, ROSTER_NAME, "%s", parties[i].id);
	snprintf(
	    r->member.organisation, ROSTER_NAME, "%s", parties[i].organisation);
	r->member.roles = parties[i].roles;
	if (parties[i].roles == ROLE_NODE) {
		r->member.sector = SECTOR_POLICE;
		r->member.sources = SOURCE_POLICE_CRIME;
		r->member.first_month = 612;
		r->member.n_months = 12;
		r->member.n_covers = 1;
		memcpy(r->member.covers[0], "W15000002", GSS);
	}
	GOOD(enrol_init(dir, r, NULL));
	path_of(path, dir, "join-request.yaml");
	GOOD(file_read(&text, &len, path, YAML_MAX));
	GOOD(govern_add(governance, text, len, path, w->utc_s, NULL));
	free(text);
	free(r);
}

static void
join(struct world *w, const char *governance, int i)
{
	struct party_id id;
	struct governance g;
	char dir[64], *slip;

	GOOD(party_id_parse(&id, parties[i].id, strlen(parties[i].id)));
	snprintf(dir, sizeof(dir), "%s/%s", w->dir, parties[i].id);
	GOOD(govern_admit(&slip, governance, &id, NULL));
	GOOD(enrol_join(&g, dir, slip, strlen(slip), NULL));
	free(slip);
	GOOD(identity_load(&w->identity[i], dir, &id, 1, NULL));
}

static void
found(struct world *w)
{
	static const char *const keys[] = { "g1", "g2" };
	struct govern_new n = {
		.federation = "Simulation", .keys = 3, .need = 2
	};
	char governance[64];

	snprintf(governance, sizeof(governance), "%s/governance", w->dir);
	GOOD(govern_new(governance, &n, w->utc_s, NULL));
	for (int i = 0; i < WORLD_PARTIES; i++)
		enrol(w, governance, i);
	GOOD(govern_sign(governance, keys, 2, w->utc_s, NULL));
	for (int i = 0; i < WORLD_PARTIES; i++)
		join(w, governance, i);
}

static enum err
at_time(void *ctx, uint64_t *utc_s)
{
	*utc_s = *(const uint64_t *)ctx;
	return E_OK;
}

/* The i-th record of a node. */
static void
put(struct records *s, unsigned i)
{
	static const char *const codes[] = { "Violence and sexual offences",
		"Other theft", "Drugs" };
	struct incident r = { .record_id = { (uint8_t)i, (uint8_t)(i >> 8) },
		.kind.source = SOURCE_POLICE_CRIME,
		.kind.codelist = "police.uk",
		.month = (uint16_t)(612 + i % 12),
		.has_point = true,
		.east = 330000 + 1000 * (i % 10),
		.north = 190000 + 1000 * (i % 7),
		.area = "W01001561" };

	strcpy(r.kind.code, codes[i % 3]);
	r.occurred_from = month_start(r.month);
	r.occurred_to = month_start(r.month + 1);
	r.time_precision = PRECISION_MONTH;
	r.geo_method = GEO_SNAP;
	GOOD(records_put(s, &r));
}

void
world_load(struct world *w, struct node *n, enum records_act act,
    unsigned first, unsigned records, unsigned step)
{
	struct records_batch b = { .digest = { (uint8_t)act, (uint8_t)first },
		.act = act,
		.loader = "test",
		.name = "test" };
	struct records_change change;
	struct records *s;
	char path[FILE_PATH];
	uint64_t loaded_at;

	path_of(path, n->dir, "records.db");
	GOOD(records_open(&s, path, RECORDS_LOAD, &store_keys));
	GOOD(records_begin(s, &b, &loaded_at));
	for (unsigned i = 0; i < records; i++)
		put(s, first + i * step);
	GOOD(records_merge(s, &change, NULL, NULL));
	GOOD(records_commit(s, at_time, &w->utc_s, "{}"));
	records_close(s);
}

static void *
data_file(const char *name, size_t *len, uint8_t hash[32])
{
	char path[FILE_PATH], *text;

	path_of(path, WARD_DATA, name);
	GOOD(file_read(&text, len, path, 64U * 1024 * 1024));
	GOOD(hash_file(hash, path));
	return text;
}

void
world_open(struct world *w, uint64_t seed)
{
	char *text;
	size_t len, line;

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->utc_s = START_S;
	w->clock = (struct clock){ utc_of, mono_of, w };
	w->rng = (struct rng){ fill, w };
	GOOD(random_start());
	snprintf(w->dir, sizeof(w->dir), "/tmp/ward-sim-XXXXXX");
	assert(mkdtemp(w->dir) != NULL);
	found(w);
	text = data_file("areas/lsoa11.csv", &len, w->areas_hash);
	GOOD(areas_parse(&w->areas, text, len, &line));
	free(text);
	text = data_file("rules/themes.csv", &len, w->rules_hash);
	GOOD(themes_parse(&w->themes, text, len, &line));
	free(text);
	for (int i = 0; i < WORLD_NODES; i++) {
		struct node *n = &w->nodes[i];

		n->world = w;
		n->identity = &w->identity[FIRST_NODE + i];
		n->net = (struct core_net){ n, node_send, node_drop, admit };
		snprintf(n->dir, sizeof(n->dir), "%s/%s", w->dir,
		    parties[FIRST_NODE + i].id);
		policy_default(&n->policy, &n->identity->me->id,
		    SOURCE_POLICE_CRIME, 612, 12);
		world_load(w, n, RECORDS_ADD, 0, 120, 1);
		world_start_node(w, n);
	}
	world_start_merge(w);
}

void
world_close(struct world *w)
{
	char command[64];

	for (int i = 0; i < WORLD_NODES; i++)
		world_kill_node(w, &w->nodes[i]);
	world_kill_merge(w);
	while (w->n_queue > 0)
		free(w->queue[--w->n_queue].bytes);
	for (int i = 0; i < WORLD_PARTIES; i++)
		identity_free(&w->identity[i]);
	areas_free(w->areas);
	themes_free(w->themes);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	assert(system(command) == 0);
}

/* Asking ------------------------------------------------------------------ */

/* The i-th histogram, the last one now. */
static void
add(struct question *u, unsigned by, unsigned level, unsigned x, unsigned y)
{
	u->histograms[u->n_histograms++] =
	    (struct histogram){ .by = (uint8_t)by,
		    .level = (uint8_t)level,
		    .x = (uint8_t)x,
		    .y = (uint8_t)y };
}

/* The histograms of that kind, yet without noise. */
static void
add_all(struct question *u, enum world_kind kind)
{
	const unsigned all = BY_THEME | BY_TIME;

	u->strategy = kind == WORLD_RUNNING ? STRATEGY_RUNNING
		      : kind == WORLD_HAAR  ? STRATEGY_HAAR
					    : STRATEGY_NESTED;
	u->noise = kind == WORLD_LAPLACE ? NOISE_LAPLACE : NOISE_GAUSS;
	for (unsigned i = 0; i < 12 && kind == WORLD_HAAR; i++)
		add(u, all, 0, i % 4, i / 4);
	for (unsigned i = 0; i < 3 && kind == WORLD_RUNNING; i++)
		add(u, all, i, 0, 0);
	for (unsigned i = 0; i < u->n_levels && u->strategy == STRATEGY_NESTED;
	     i++) {
		add(u, all, i, 0, 0);
		if (kind == WORLD_LEVELS)
			add(u, BY_TIME, i, 0, 0);
	}
}

/* The levels of an area question. */
static void
set_levels(struct world *w, struct question *u, uint16_t n)
{
	u->geo = GEO_LAD;
	u->n_areas = 1;
	strcpy(u->areas[0], "W15000002");
	u->n_levels = n;
	for (uint16_t i = 0; i < n; i++) {
		struct placing *p;

		GOOD(placing_new(&p, w->areas, GEO_LAD + i,
		    (const char(*)[GSS])u->areas, 1));
		u->level_places[i] = placing_count(p);
		placing_free(p);
	}
	u->n_places = u->level_places[0];
	memcpy(u->areas_hash, w->areas_hash, 32);
}

/* 8 by 4 squares; some records are outside. */
static void
set_grid(struct question *u)
{
	u->geo = GEO_GRID;
	u->cell_m = 1000;
	u->west = 330000;
	u->south = 190000;
	u->cols = 8;
	u->rows = 4;
	u->n_levels = 1;
	u->n_places = u->level_places[0] = u->cols * u->rows;
}

/* Noise for equal shares of the price, and what it costs. */
static void
set_noise(struct world *w, struct question *u)
{
	uint64_t nano = u->noise == NOISE_GAUSS ? 15000000 : 300000000;
	uint32_t asked = 0;
	struct charge_bound bound = { .c = u->c, .d = u->d };
	struct price price;

	for (unsigned i = 0; i < u->n_themes; i++)
		asked |= UINT32_C(1) << u->themes[i];
	bound.k = themes_multiplicity(w->themes, u->sources, asked);
	u->k = (uint16_t)bound.k;
	for (unsigned i = 0; i < u->n_histograms; i++) {
		struct noise_law law = { .noise = u->noise };
		bool folded = (u->histograms[i].by & BY_THEME) == 0;

		GOOD(charge_fit(&law, &bound, folded, nano / u->n_histograms));
		u->histograms[i].num = law.num;
		u->histograms[i].den = law.den;
	}
	GOOD(price_make(&price, u));
	u->charge_nrho = price.cost.nrho;
	u->charge_neps = price.cost.neps;
	u->charge_tv = price.cost.tv;
}

void
world_question(struct world *w, struct query *q, enum world_kind kind,
    uint16_t month, uint8_t theme, uint64_t life_s)
{
	const struct roster *r = w->identity[ANALYST].roster;
	struct question *u = &q->q;

	memset(q, 0, sizeof(*q));
	*q = (struct query){ .version = QUERY_VERSION,
		.title = "Simulated",
		.purpose = "testing",
		.project = "simulation",
		.researcher = w->identity[ANALYST].me->id,
		.roster_epoch = r->epoch,
		.created_at = w->utc_s,
		.send_at = w->utc_s + 2,
		.close_at = w->utc_s + 2 + life_s,
		.not_after = w->utc_s + 86400,
		.quorum = 1 };
	memcpy(q->roster_hash, r->hash, sizeof(q->roster_hash));
	*u = (struct question){ .measure = MEASURE_COUNT,
		.sources = SOURCE_POLICE_CRIME,
		.n_themes = 1,
		.themes = { theme },
		.first_month = month,
		.n_months = kind == WORLD_RUNNING ? 3 : 1,
		.slicing = kind == WORLD_RUNNING ? SLICE_MONTH : SLICE_SUM,
		.c = 1,
		.d = 1,
		.g = 1,
		.mode = MODE_PER_NODE,
		.n_nodes = WORLD_NODES };
	if (kind == WORLD_LEVELS)
		u->themes[u->n_themes++] = (uint8_t)(theme + 1);
	if (kind == WORLD_HAAR)
		set_grid(u);
	else
		set_levels(w, u,
		    kind == WORLD_LEVELS || kind == WORLD_LAPLACE ? 2 : 1);
	memcpy(u->rules_hash, w->rules_hash, 32);
	add_all(u, kind);
	set_noise(w, u);
	for (int i = 0; i < WORLD_NODES; i++)
		u->nodes[i] = w->nodes[i].identity->me->id;
	GOOD(query_check(q));
}

/* One envelope by party i, appended to the bundle. */
static size_t
append(struct world *w, uint8_t *bundle, size_t at, int i, struct envelope *e)
{
	uint8_t *bytes;
	size_t len;

	e->sender = w->identity[i].me->id;
	GOOD(envelope_make(&bytes, &len, e, &w->identity[i].key));
	memcpy(bundle + at, bytes, len);
	free(bytes);
	return at + len;
}

static void
say_hello(struct world *w)
{
	const struct identity *me = &w->identity[ANALYST];
	const struct party_id *to = &w->identity[COORDINATOR].me->id;
	struct hello h = { .roster_epoch = me->roster->epoch,
		.utc_s = w->utc_s };
	struct ipc_up who = { .party = me->me->id, .address = "fake" };
	struct core core = merge_core(w->merge);
	struct frame f = { .kind = FRAME_HELLO };
	uint8_t *body;
	size_t len;

	memcpy(who.fingerprint, me->me->tls_fingerprint, 32);
	memcpy(h.roster_hash, me->roster->hash, 32);
	w->ward = ++w->next_conn;
	GOOD(core.up(core.ctx, w->ward, &who));
	GOOD(hello_make(
	    &body, &len, &me->me->id, to, who.exporter, &h, &me->key));
	f.body = body;
	f.len = len;
	GOOD(core.frame(core.ctx, w->ward, &f));
	free(body);
}

void
world_ask(struct world *w, struct query *q, uint8_t id[QUERY_ID])
{
	static uint8_t bundle[BUNDLE_MAX + 1];
	uint8_t vote[APPROVAL_MAX], *bytes;
	struct approval a = { .not_after = q->not_after };
	struct envelope e = { .purpose = PURPOSE_QUERY };
	struct frame f = { .kind = FRAME_SUBMIT, .body = bundle };
	struct core core;

	GOOD(codec_query_write(&bytes, &e.len, q, NULL));
	e.bytes = bytes;
	bundle_query_id(id, bytes, e.len);
	memcpy(e.id, id, QUERY_ID);
	bundle[0] = 0; /* no TALK_NOW */
	f.len = append(w, bundle, 1, ANALYST, &e);
	e = (struct envelope){ .purpose = PURPOSE_APPROVAL, .bytes = vote };
	memcpy(e.id, id, QUERY_ID);
	e.len = approval_write(vote, &a);
	f.len = append(w, bundle, f.len, FIRST_APPROVER, &e);
	f.len = append(w, bundle, f.len, SECOND_APPROVER, &e);
	free(bytes);
	if (w->merge == NULL)
		return;
	if (w->ward == 0)
		say_hello(w);
	memcpy(f.id, id, QUERY_ID);
	core = merge_core(w->merge);
	GOOD(core.frame(core.ctx, w->ward, &f));
}
