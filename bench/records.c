/*
 * records -- a node's store of records, looked at by `./dev bench records`.
 *
 *	records facts DB KEY OUT	what other databases are given: rows of
 *					month,category,place,east,north,person,
 *					order as CSV, in the order of the store
 *	records count DB KEY ASK...	counts, through node/records
 *	records floor DB KEY ASK...	the same by a tight loop over packed
 *					arrays in memory; the program fails
 *					unless every cell is the same
 *	records seal DB KEY ASK...	the same columns in memory: what it
 *					takes to count, and to open them
 *	records memory DB KEY ASK	one count, and the memory that it took
 *	records answer DB KEY		a whole private answer
 *	records open DB KEY		to open the store and read of it
 *
 * DB is records.db, KEY store.key, ASK one of bench/ask.  Times are CPU time,
 * medians; one JSON object a question.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/ask.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "model/answer.h"
#include "model/ladder.h"
#include "node/chunk.h"
#include "node/measure.h"
#include "node/records.h"
#include "node/tally.h"
#include "policies/price.h"
#include "privacy/release.h"
#include "protocol/codec.h"
#include "protocol/envelope.h"

#define RUNS_MAX 21
#define RUNS_LEAST 5
#define ENOUGH_S 2.0
#define AS_OF (UINT64_C(1) << 40) /* UTC second: all that is loaded */

struct bench {
	struct areas *areas;
	struct themes *rules;
	struct keys keys;
	struct records *records;
	uint64_t n; /* records in the store */
	struct question q;
	uint32_t *cells; /* [question_cells(&q)] */
	struct random *random;
	struct rng rng;
};

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *
need_memory(size_t n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size);

	if (p == NULL)
		ask_need(E_NOMEM, "records");
	return p;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median CPU seconds of a piece of work, from a few runs. */
static double
timed(void (*work)(void *ctx), void *ctx)
{
	double took[RUNS_MAX], all = 0;
	unsigned n = 0;

	while (n < RUNS_LEAST || (n < RUNS_MAX && all < ENOUGH_S)) {
		double start = cpu_s();

		work(ctx);
		took[n] = cpu_s() - start;
		all += took[n++];
	}
	qsort(took, n, sizeof(*took), compare);
	return took[n / 2];
}

static void
load_keys(struct keys *out, const char *path)
{
	uint8_t secret[KEYS_STORE];

	ask_need(keyfile_load(path, "store", secret, sizeof(secret)), path);
	keys_derive(out, secret);
	random_wipe(secret, sizeof(secret));
}

static void
open_store(struct bench *b, const char *db)
{
	struct records_size size;

	ask_need(records_open(&b->records, db, RECORDS_COUNT, &b->keys), db);
	ask_need(records_size(b->records, &size), db);
	b->n = size.records;
}

static void
count(void *ctx)
{
	struct bench *b = ctx;

	ask_need(records_count(
		     b->cells, b->records, &b->q, AS_OF, b->areas, b->rules),
	    "count");
}

/* Seconds and sums as JSON; more says what follows. */
static void
print_count(const struct bench *b, double seconds, const char *more)
{
	uint64_t sums[ASK_SUMS];

	ask_sums(sums, b->cells, question_cells(&b->q));
	printf("{\"rows\": %" PRIu64 ", \"cells\": %" PRIu32
	       ", \"ns\": %.4f, \"sums\": ",
	    b->n, question_cells(&b->q), seconds * 1e9 / (double)b->n);
	ask_print_sums(sums);
	printf("%s}\n", more);
}

/* The next question to count. */
static enum ask
start_ask(struct bench *b, const char *text)
{
	enum ask ask = ask_parse(text);

	b->q = ask_question(ask, b->areas);
	free(b->cells);
	b->cells = need_memory(question_cells(&b->q), sizeof(*b->cells));
	return ask;
}

static void
run_count(struct bench *b, char *const *asks)
{
	for (; *asks != NULL; asks++) {
		(void)start_ask(b, *asks);
		print_count(b, timed(count, b), "");
	}
}

static void
run_memory(struct bench *b)
{
	char line[200], more[100] = "";
	uint64_t kib = 0;
	FILE *f;

	count(b);
	if ((f = fopen("/proc/self/status", "r")) == NULL)
		ask_need(E_IO, "/proc/self/status");
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmHWM: %" SCNu64, &kib) == 1)
			break;
	fclose(f);
	snprintf(more, sizeof(more), ", \"peak_bytes\": %" PRIu64, kib * 1024);
	print_count(b, 1, more);
}

/* The records as plain arrays -------------------------------------------- */

struct fact {
	uint8_t unit[INCIDENT_KEY], id[INCIDENT_KEY];
	uint32_t east, north;
	uint16_t place;
	uint8_t kind;
};

struct arrays {
	size_t n, room;
	struct fact *facts; /* of the month */
	size_t n_facts, room_facts;
	size_t month_at[ASK_MONTHS + 1];
	uint8_t *kind;  /* a category of ASK_CROSS */
	uint8_t *start; /* a unit starts */
	uint16_t *place;
	uint32_t *east, *north;
	const struct themes *rules;
	struct placing *placing;
	uint16_t month;
	FILE *out; /* or NULL */
	uint32_t *hits;
	const struct question *q; /* as b->q changes */
	uint32_t *cells;
};

static unsigned
category(const struct themes *rules, const struct kind *k)
{
	uint32_t bits = themes_of(rules, k);

	for (unsigned t = 0; t < THEMES; t++)
		if (bits == UINT32_C(1) << t)
			return (unsigned)ask_category(t);
	ask_need(E_RANGE, "a record of no category");
	return 0;
}

static int64_t
number_of(const uint8_t key[INCIDENT_KEY])
{
	uint64_t x = 0;

	for (unsigned i = 0; i < 8; i++)
		x = x << 8 | key[i];
	return (int64_t)(x >> 1);
}

static void
print_fact(struct arrays *a, const struct fact *f)
{
	fprintf(a->out, "%u,%u,%u,%u,%u,", a->month - ASK_MONTH,
	    (unsigned)f->kind, (unsigned)f->place, (unsigned)f->east,
	    (unsigned)f->north);
	fprintf(a->out, "%" PRId64 ",%" PRId64 "\n", number_of(f->unit),
	    number_of(f->id));
}

static int
compare_facts(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;
	int order = memcmp(x->unit, y->unit, INCIDENT_KEY);

	return order != 0 ? order : memcmp(x->id, y->id, INCIDENT_KEY);
}

/* The month, by unit: an order as random as that in which records arrive, not
 * the one in which our store has put them for its own good; but for persons,
 * whom the floor finds together as we do. */
static void
end_facts(struct arrays *a)
{
	if (a->n_facts > 0)
		qsort(a->facts, a->n_facts, sizeof(*a->facts), compare_facts);
	for (size_t i = 0; i < a->n_facts; i++, a->n++) {
		const struct fact *f = &a->facts[i];

		a->start[a->n] =
		    i == 0 || memcmp(f->unit, f[-1].unit, INCIDENT_KEY) != 0;
		a->kind[a->n] = f->kind;
		a->place[a->n] = f->place;
		a->east[a->n] = f->east;
		a->north[a->n] = f->north;
		if (a->out != NULL)
			print_fact(a, f);
	}
	a->n_facts = 0;
}

static struct fact *
new_fact(struct arrays *a)
{
	size_t room = 2 * a->room_facts + 65536;

	if (a->n_facts == a->room_facts) {
		a->facts = realloc(a->facts, room * sizeof(*a->facts));
		ask_need(a->facts == NULL ? E_NOMEM : E_OK, "facts");
		a->room_facts = room;
	}
	return &a->facts[a->n_facts++];
}

static enum err
take(void *ctx, const struct incident *i)
{
	struct arrays *a = ctx;
	int64_t place = placing_of(a->placing, i->area);
	struct fact *f;

	if (a->n + a->n_facts == a->room || i->month < ASK_MONTH ||
	    i->month >= ASK_MONTH + ASK_MONTHS || place < 0 ||
	    place >= UINT16_MAX || !i->has_point)
		return E_RANGE;
	if (a->month < i->month)
		end_facts(a);
	for (; a->month < i->month; a->month++)
		a->month_at[a->month + 1 - ASK_MONTH] = a->n;
	f = new_fact(a);
	*f = (struct fact){ .east = i->east,
		.north = i->north,
		.place = (uint16_t)place,
		.kind = (uint8_t)category(a->rules, &i->kind) };
	memcpy(f->unit, i->has_person ? i->person_key : i->record_id,
	    INCIDENT_KEY);
	memcpy(f->id, i->record_id, INCIDENT_KEY);
	return E_OK;
}

static struct arrays
read_arrays(struct bench *b, FILE *out)
{
	struct arrays a = { .room = b->n,
		.kind = need_memory(b->n + 8, 1),
		.start = need_memory(b->n, 1),
		.place = need_memory(b->n, sizeof(uint16_t)),
		.east = need_memory(b->n, sizeof(uint32_t)),
		.north = need_memory(b->n, sizeof(uint32_t)),
		.hits = need_memory(b->n, sizeof(uint32_t)),
		.rules = b->rules,
		.month = ASK_MONTH,
		.out = out,
		.q = &b->q };

	ask_need(placing_new(
		     &a.placing, b->areas, GEO_LSOA11, ask_forces, ASK_FORCES),
	    "places");
	ask_need(records_each(
		     b->records, ASK_MONTH, ASK_MONTHS, UINT64_MAX, take, &a),
	    "records");
	end_facts(&a);
	free(a.facts);
	for (; a.month < ASK_MONTH + ASK_MONTHS; a.month++)
		a.month_at[a.month + 1 - ASK_MONTH] = a.n;
	return a;
}

/* Floors: honest tight loops over packed columns.  The compiler is free to use
 * whatever the machine has. */

/* Eight kinds at a time: where is the asked one?  Into hits[], which is as long
 * as there are records. */
static size_t
find_kind(uint32_t *hits, const struct arrays *a, uint8_t want, size_t end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t n = 0;

	for (size_t i = 0; i < end; i += 8) {
		uint64_t x;

		memcpy(&x, a->kind + i, 8);
		x ^= ones * want;
		if (((x - ones) & ~x & ones << 7) == 0)
			continue;
		for (size_t j = i; j < i + 8 && j < end; j++)
			if (a->kind[j] == want)
				hits[n++] = (uint32_t)j;
	}
	return n;
}

static void
floor_map(void *ctx)
{
	const struct arrays *a = ctx;
	const struct question *q = a->q;
	size_t n = find_kind(a->hits, a, (uint8_t)ask_category(q->themes[0]),
	    a->month_at[q->n_months]);

	memset(a->cells, 0, question_cells(q) * sizeof(*a->cells));
	for (size_t h = 0; h < n; h++)
		a->cells[a->place[a->hits[h]]]++;
}

static void
floor_grid(void *ctx)
{
	const struct arrays *a = ctx;
	const struct question *q = a->q;
	const uint32_t side = q->cols * ASK_CELL;
	size_t n = find_kind(a->hits, a, (uint8_t)ask_category(q->themes[0]),
	    a->month_at[q->n_months]);

	memset(a->cells, 0, question_cells(q) * sizeof(*a->cells));
	for (size_t h = 0; h < n; h++) {
		uint32_t x = a->east[a->hits[h]] - q->west;
		uint32_t y = a->north[a->hits[h]] - q->south;

		if (x < side && y < side)
			a->cells[y / ASK_CELL * q->cols + x / ASK_CELL]++;
	}
}

static void
floor_cross(void *ctx)
{
	const struct arrays *a = ctx;
	const struct question *q = a->q;
	uint32_t *row[THEMES];

	memset(a->cells, 0, question_cells(q) * sizeof(*a->cells));
	for (unsigned m = 0; m < ASK_MONTHS; m++) {
		for (unsigned t = 0; t < q->n_themes; t++)
			row[t] = a->cells + question_cell(q, t, m, 0);
		for (size_t i = a->month_at[m]; i < a->month_at[m + 1]; i++)
			row[a->kind[i]][a->place[i]]++;
	}
}

/* First where the hits are, without a branch, then the hits. */
static void
floor_box(void *ctx)
{
	const struct arrays *a = ctx;
	const struct question *q = a->q;
	const uint32_t side = q->cols * ASK_CELL, west = q->west;
	const uint32_t south = q->south, cols = q->cols;
	/* All categories are asked, each of its own cells. */
	const uint32_t slice = q->n_places + 1;
	static uint32_t hits[4096];

	memset(a->cells, 0, question_cells(q) * sizeof(*a->cells));
	for (size_t from = 0; from < a->n; from += 4096) {
		size_t left = a->n - from, n = 0;
		uint32_t block = left < 4096 ? (uint32_t)left : 4096;
		const uint32_t *east = a->east + from;
		const uint32_t *north = a->north + from;

		for (uint32_t i = 0; i < block; i++) {
			hits[n] = i;
			n +=
			    (east[i] - west < side) & (north[i] - south < side);
		}
		for (size_t h = 0; h < n; h++) {
			uint32_t i = hits[h];

			a->cells[a->kind[from + i] * slice +
				 (north[i] - south) / ASK_CELL * cols +
				 (east[i] - west) / ASK_CELL]++;
		}
	}
}

static void
floor_bound(void *ctx)
{
	const struct arrays *a = ctx;
	const struct question *q = a->q;
	uint32_t *row[THEMES], left = 0;

	memset(a->cells, 0, question_cells(q) * sizeof(*a->cells));
	for (unsigned m = 0; m < ASK_MONTHS; m++) {
		for (unsigned t = 0; t < q->n_themes; t++)
			row[t] = a->cells + question_cell(q, t, m, 0);
		for (size_t i = a->month_at[m]; i < a->month_at[m + 1]; i++) {
			uint32_t keep;

			left = a->start[i] ? q->c : left;
			keep = left > 0;
			row[a->kind[i]][a->place[i]] += keep;
			left -= keep;
		}
	}
}

/* Every cell as the store counts it? */
static void
compare_cells(struct bench *b, const uint32_t *cells, const char *ask)
{
	count(b);
	for (uint32_t i = 0; i < question_cells(&b->q); i++)
		if (cells[i] != b->cells[i]) {
			fprintf(stderr,
			    "records: %s, cell %" PRIu32 ": the store counts "
			    "%" PRIu32 ", the arrays %" PRIu32 "\n",
			    ask, i, b->cells[i], cells[i]);
			exit(1);
		}
}

static void
run_floor(struct bench *b, char *const *asks)
{
	static void (*const floors[ASKS])(void *ctx) = { floor_map, floor_grid,
		floor_cross, floor_box, floor_bound };
	struct arrays a = read_arrays(b, NULL);

	for (; *asks != NULL; asks++) {
		enum ask ask = start_ask(b, *asks);
		double seconds;

		a.cells = need_memory(question_cells(&b->q), sizeof(*a.cells));
		seconds = timed(floors[ask], &a);
		compare_cells(b, a.cells, *asks);
		print_count(b, seconds, "");
		free(a.cells);
	}
}

static void
run_facts(struct bench *b, const char *path)
{
	FILE *out = fopen(path, "w");

	if (out == NULL || setvbuf(out, NULL, _IOFBF, 1 << 20) != 0)
		ask_need(E_IO, path);
	(void)read_arrays(b, out);
	if (fclose(out) != 0)
		ask_need(E_IO, path);
	printf("{\"rows\": %" PRIu64 "}\n", b->n);
}

/* What sealing adds --------------------------------------------------------
 *
 * The columns that a count reads, made anew in memory: counted as they are, and
 * opened first. */

struct piece { /* a chunk */
	uint16_t month;
	struct chunk_about about;
	struct chunk_bytes open[CHUNK_COLD], closed[CHUNK_COLD];
	uint8_t *room[CHUNK_COLD]; /* to open into */
	bool passed;               /* by the last count */
};

struct pieces {
	size_t n, room;
	struct piece *at;
	struct bench *b;
	bool sealed; /* open them when counting */
	struct seal *seal;
	struct kind kinds[ASK_KINDS];
	uint32_t n_kinds;
	char (*areas)[INCIDENT_AREA];
	struct placing *placing;
	uint16_t month;
	struct row *rows; /* of the month, [room_rows] */
	size_t n_rows, room_rows;
	uint8_t *parts[CHUNK_PARTS];
};

static void
keep_part(struct pieces *p, struct piece *out, unsigned i,
    const struct chunk_bytes *part)
{
	size_t n = part->n;

	out->open[i] = (struct chunk_bytes){ need_memory(n, 1), n };
	out->closed[i] = (struct chunk_bytes){ need_memory(n + SEAL_OVER, 1),
		n + SEAL_OVER };
	out->room[i] = need_memory(n, 1);
	if (n > 0)
		memcpy(out->open[i].at, part->at, n);
	ask_need(
	    seal_close(p->seal, out->closed[i].at, part->at, n, "bench", 5),
	    "seal");
}

static int
compare_rows(const void *a, const void *b)
{
	return chunk_order(a, b);
}

/* A chunk of rows [first, first + n) of the month. */
static void
add_piece(struct pieces *p, size_t first, size_t n)
{
	struct chunk_bytes parts[CHUNK_PARTS];
	struct piece *out = &p->at[p->n];

	if (p->n++ == p->room)
		ask_need(E_LIMIT, "chunks");
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		parts[i] = (struct chunk_bytes){ p->parts[i], 0 };
	chunk_write(&out->about, parts, p->rows + first, n,
	    first > 0 ? &p->rows[first - 1] : NULL);
	out->month = p->month;
	for (unsigned i = 0; i < CHUNK_COLD; i++)
		keep_part(p, out, i, &parts[i]);
}

/* The month, in the order of the numbers that its words have here. */
static void
end_month(struct pieces *p)
{
	if (p->n_rows > 0)
		qsort(p->rows, p->n_rows, sizeof(*p->rows), compare_rows);
	for (size_t i = 0; i < p->n_rows; i += CHUNK_ROWS)
		add_piece(p, i,
		    p->n_rows - i < CHUNK_ROWS ? p->n_rows - i : CHUNK_ROWS);
	p->n_rows = 0;
}

static struct row *
new_row(struct pieces *p)
{
	size_t room = 2 * p->room_rows + CHUNK_ROWS;

	if (p->n_rows == p->room_rows) {
		p->rows = realloc(p->rows, room * sizeof(*p->rows));
		ask_need(p->rows == NULL ? E_NOMEM : E_OK, "rows");
		p->room_rows = room;
	}
	return &p->rows[p->n_rows++];
}

static uint32_t
kind_number(struct pieces *p, const struct kind *k)
{
	for (uint32_t i = 0; i < p->n_kinds; i++)
		if (strcmp(p->kinds[i].code, k->code) == 0)
			return i;
	if (p->n_kinds == ASK_KINDS)
		ask_need(E_LIMIT, "kinds");
	p->kinds[p->n_kinds] = *k;
	return p->n_kinds++;
}

static enum err
take_row(void *ctx, const struct incident *i)
{
	struct pieces *p = ctx;
	struct row *r;

	if (i->month != p->month) {
		end_month(p);
		p->month = i->month;
	}
	r = new_row(p);
	*r = (struct row){ .kind = kind_number(p, &i->kind),
		.area = (uint32_t)placing_of(p->placing, i->area),
		.born = 1,
		.east = i->east,
		.north = i->north,
		.person = i->has_person,
		.point = i->has_point };
	memcpy(r->unit, i->has_person ? i->person_key : i->record_id,
	    INCIDENT_KEY);
	memcpy(r->id, i->record_id, INCIDENT_KEY);
	return E_OK;
}

/* The i-th part, opened or as it is. */
static const uint8_t *
read_part(struct pieces *p, struct piece *c, unsigned i)
{
	if (!p->sealed)
		return c->open[i].at;
	ask_need(seal_open(p->seal, c->room[i], c->closed[i].at, c->closed[i].n,
		     "bench", 5),
	    "open");
	return c->room[i];
}

static void
count_pieces(void *ctx)
{
	struct pieces *p = ctx;
	struct bench *b = p->b;
	struct tally_words words = { p->kinds, p->n_kinds,
		(const char(*)[INCIDENT_AREA])p->areas,
		placing_count(p->placing) };
	struct tally *t;
	enum chunk_part where;
	uint16_t month = 0;

	ask_need(tally_new(&t, b->cells, &b->q, 1, b->areas, b->rules, &words),
	    "tally");
	where = tally_part(t);
	for (size_t i = 0; i < p->n; i++) {
		struct piece *c = &p->at[i];

		if (c->month >= b->q.first_month + b->q.n_months)
			break;
		if (c->month != month)
			tally_month(t, month = c->month);
		c->passed = tally_passes(t, &c->about);
		if (!c->passed)
			ask_need(tally_chunk(t, &c->about,
				     read_part(p, c, CHUNK_HOT),
				     c->open[CHUNK_HOT].n,
				     read_part(p, c, where), c->open[where].n),
			    "tally");
	}
	tally_free(t);
}

static void
read_pieces(struct pieces *p)
{
	const struct bench *b = p->b;

	p->room = b->n / CHUNK_ROWS + 2 * ASK_MONTHS;
	p->at = need_memory(p->room + 1, sizeof(*p->at));
	ask_need(placing_new(
		     &p->placing, b->areas, GEO_LSOA11, ask_forces, ASK_FORCES),
	    "places");
	p->areas = need_memory(placing_count(p->placing), INCIDENT_AREA);
	for (uint32_t i = 0; i < placing_count(p->placing); i++)
		strcpy(p->areas[i], placing_at(p->placing, i).code);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		p->parts[i] = need_memory(chunk_room(), 1);
	ask_need(seal_new(&p->seal, b->keys.seal), "seal");
	ask_need(records_each(b->records, ASK_MONTH, ASK_MONTHS, UINT64_MAX,
		     take_row, p),
	    "records");
	end_month(p);
}

/* Opens what the last count_pieces did, and does nothing with it. */
static void
open_pieces(void *ctx)
{
	struct pieces *p = ctx;
	const struct question *q = &p->b->q;
	bool grid = q->geo == GEO_GRID;

	for (size_t i = 0;
	     i < p->n && p->at[i].month < q->first_month + q->n_months; i++) {
		if (p->at[i].passed)
			continue;
		(void)read_part(p, &p->at[i], CHUNK_HOT);
		(void)read_part(p, &p->at[i], grid ? CHUNK_POINT : CHUNK_AREA);
	}
}

static void
run_seal(struct bench *b, char *const *asks)
{
	struct pieces p = { .b = b };

	read_pieces(&p);
	for (; *asks != NULL; asks++) {
		double counting_s;
		char more[100];

		start_ask(b, *asks);
		p.sealed = false;
		counting_s = timed(count_pieces, &p);
		p.sealed = true;
		snprintf(more, sizeof(more), ", \"opening_ns\": %.4f",
		    timed(open_pieces, &p) * 1e9 / (double)b->n);
		print_count(b, counting_s, more);
	}
	seal_free(p.seal);
}

/* A whole answer ---------------------------------------------------------- */

struct parts { /* seconds since the start */
	double counted, measured, noised, written, signed_;
};

static struct parts
answer(struct bench *b, const struct ladder *ladder, const struct sign_key *key,
    const struct price *price)
{
	uint32_t n = question_answer(&b->q);
	int64_t *exact = need_memory(n, sizeof(*exact));
	int64_t *noisy = need_memory(n, sizeof(*noisy));
	struct release_plan plan = price_plan(price, &b->q);
	struct answer a = { .n_cells = n, .cells = noisy };
	struct envelope e = { .purpose = PURPOSE_ANSWER };
	uint8_t *bytes, *whole;
	struct parts took;
	struct grant grant;
	double start = cpu_s();

	strcpy(a.node.s, "bench");
	e.sender = e.recipient = a.node;
	count(b);
	took.counted = cpu_s() - start;
	ask_need(measure_counts(exact, b->cells, &b->q, ladder), "measure");
	took.measured = cpu_s() - start;
	grant_new(&grant, &price->cost);
	ask_need(
	    release_counts(noisy, exact, &grant, &plan, &b->rng), "release");
	took.noised = cpu_s() - start;
	ask_need(codec_answer_write(&bytes, &e.len, &a), "answer");
	took.written = cpu_s() - start;
	e.bytes = bytes;
	ask_need(envelope_make(&whole, &e.len, &e, key), "sign");
	took.signed_ = cpu_s() - start;
	free(exact);
	free(noisy);
	free(bytes);
	free(whole);
	return took;
}

static int
compare_parts(const void *a, const void *b)
{
	return compare(&((const struct parts *)a)->signed_,
	    &((const struct parts *)b)->signed_);
}

static void
run_answer(struct bench *b)
{
	struct parts took[RUNS_LEAST], *t = &took[RUNS_LEAST / 2];
	struct ladder *ladder;
	struct sign_key key;
	struct price price;

	ask_need(ladder_new(&ladder, &b->q, b->areas), "levels");
	ask_need(price_make(&price, &b->q), "price");
	ask_need(sign_new(&key), "key");
	for (unsigned i = 0; i < RUNS_LEAST; i++)
		took[i] = answer(b, ladder, &key, &price);
	qsort(took, RUNS_LEAST, sizeof(*took), compare_parts);
	printf("{\"rows\": %" PRIu64 ", \"cells\": %" PRIu32
	       ", \"ms\": %.3f, \"count\": %.3f, \"measure\": %.3f, "
	       "\"noise\": %.3f, \"write\": %.3f, \"sign\": %.3f}\n",
	    b->n, question_answer(&b->q), t->signed_ * 1e3, t->counted * 1e3,
	    (t->measured - t->counted) * 1e3, (t->noised - t->measured) * 1e3,
	    (t->written - t->noised) * 1e3, (t->signed_ - t->written) * 1e3);
	ladder_free(ladder);
	sign_wipe(&key);
}

/* Wall time, in a process of its own: nothing of it is in our caches. */
static void
run_open(struct bench *b, const char *db)
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	open_store(b, db);
	count(b);
	clock_gettime(CLOCK_MONOTONIC, &to);
	print_count(b,
	    (double)(to.tv_sec - from.tv_sec) +
		1e-9 * (double)(to.tv_nsec - from.tv_nsec),
	    "");
}

int
main(int argc, char **argv)
{
	static char bound[] = "bound";
	char *usual[] = { bound, NULL };
	char **with = argc > 4 ? argv + 4 : usual;
	const char *what = argc > 3 ? argv[1] : "";
	struct bench b = { 0 };

	if (argc < 4)
		return 2;
	ask_need(random_start(), "random");
	ask_need(random_new(&b.random), "random");
	b.rng = random_rng(b.random);
	ask_world(&b.areas, &b.rules);
	load_keys(&b.keys, argv[3]);
	(void)start_ask(&b, strcmp(what, "facts") == 0 ? bound : with[0]);
	if (strcmp(what, "open") == 0)
		run_open(&b, argv[2]);
	else
		open_store(&b, argv[2]);
	if (strcmp(what, "facts") == 0)
		run_facts(&b, with[0]);
	else if (strcmp(what, "count") == 0)
		run_count(&b, with);
	else if (strcmp(what, "floor") == 0)
		run_floor(&b, with);
	else if (strcmp(what, "memory") == 0)
		run_memory(&b);
	else if (strcmp(what, "seal") == 0)
		run_seal(&b, with);
	else if (strcmp(what, "answer") == 0)
		run_answer(&b);
	else if (strcmp(what, "open") != 0)
		return 2;
	records_close(b.records);
	keys_wipe(&b.keys);
	random_free(b.random);
	return 0;
}
