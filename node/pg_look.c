#include "node/pg_look.h"

#include <assert.h>
#include <string.h>

#include "node/pg_schema.h"
#include "node/tally.h"

#define AT_ONCE "1000" /* rows fetched */

/*
 * A kind or area that there are no words for reads as -2, which take_group
 * refuses.
 *
 * Values of a count: $1, $2 months [$1, $2); $3 the batch it is as of; $4 theme
 * bits by kind; $5 is each month a slice?; then
 *	areas	$6 place by area
 *	grid	$6 west, $7 south, $8 east and $9 north ends, $10 metres of a
 *		square, $11 columns, $12 the place "not placed"
 * and of the bounded ones, last, C.
 */
#define IN_AREA "coalesce(($6::integer[])[area + 1], -2)"
#define IN_SQUARE                                             \
	"CASE WHEN NOT has_point THEN $12"                    \
	" WHEN east >= $6 AND east < $8 AND north >= $7"      \
	"  AND north < $9"                                    \
	"  THEN (north - $7) / $10 * $11 + (east - $6) / $10" \
	" ELSE -1 END"

/* Records that match: slice, place and theme bits of each. */
#define MATCHING(place, persons)                                         \
	"(SELECT * FROM (SELECT month, unit, turn,"                      \
	" CASE WHEN $5 THEN month ELSE $1 END AS slice,"                 \
	" " place " AS place,"                                           \
	" coalesce(($4::integer[])[kind + 1], -2) AS bits"               \
	" FROM ward.counting WHERE month >= $1 AND month < $2"           \
	" AND born <= $3 AND (died = 0 OR died > $3) AND " persons ") a" \
	" WHERE bits <> 0 AND place <> -1) m"
#define UNBOUNDED(place)                                      \
	"SELECT slice, place, bits, count(*) FROM " MATCHING( \
	    place, "NOT has_person") " GROUP BY slice, place, bits"
#define BOUNDED(place, c)                                           \
	"SELECT slice, place, bits, count(*) FROM (SELECT slice,"   \
	" place, bits, row_number() OVER (PARTITION BY month, unit" \
	" ORDER BY turn) AS nth FROM " MATCHING(place,              \
	    "has_person") ") k WHERE nth <= " c " GROUP BY slice, place, bits"

static const char areas_unbounded[] = UNBOUNDED(IN_AREA);
static const char areas_bounded[] = BOUNDED(IN_AREA, "$7");
static const char grid_unbounded[] = UNBOUNDED(IN_SQUARE);
static const char grid_bounded[] = BOUNDED(IN_SQUARE, "$13");

/* Transactions ----------------------------------------------------------- */

static enum err
begin(struct pg *p)
{
	return pg_run(p, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

/* Ends a transaction that only read; e, or what ending it says. */
static enum err
end(struct pg *p, enum err e)
{
	enum err rolled = pg_run(p, "ROLLBACK");

	return e != E_OK ? e : rolled;
}

/* The last batch at that time, 0: none. */
static enum err
batch_at(struct pg *p, uint64_t as_of_s, int32_t *out)
{
	struct pg_args a = { 0 };
	int64_t n;
	enum err e;

	pg_arg_i64(&a, as_of_s > INT64_MAX ? INT64_MAX : (int64_t)as_of_s);
	e = pg_ask_number(p,
	    "SELECT coalesce(max(number), 0) FROM ward.batch"
	    " WHERE loaded_at <= $1",
	    &a, &n);
	if (e != E_OK)
		return e;
	if (n >= CHUNK_NUMBER_MAX)
		return E_DB;
	*out = (int32_t)n;
	return E_OK;
}

/* Counting --------------------------------------------------------------- */

struct counting {
	struct tally *tally;
	const struct question *q;
};

static enum err
take_group(void *ctx, struct pg_row *r)
{
	struct counting *c = ctx;
	const struct question *q = c->q;
	int64_t last =
	    q->first_month + (q->slicing == SLICE_MONTH ? q->n_months : 1) - 1;
	int64_t month = pg_number(r, 0, q->first_month, last);
	int64_t place = pg_number(r, 1, 0, q->n_places);
	int64_t bits = pg_number(r, 2, 1, (INT64_C(1) << q->n_themes) - 1);
	int64_t n = pg_number(r, 3, 1, INT64_MAX);

	if (r->err == E_OK)
		tally_add(c->tally, (uint16_t)month, (uint32_t)place,
		    (uint32_t)bits, (uint64_t)n);
	return r->err;
}

/* $1 ... $5 */
static enum err
shared_args(struct pg_args *a, const struct counting *c,
    const struct lexicon *w, int32_t as_of)
{
	const struct question *q = c->q;
	enum err e;

	static_assert(QUERY_THEMES_MAX < 31, "theme bits are a positive int");
	pg_arg_i32(a, q->first_month);
	pg_arg_i32(a, q->first_month + q->n_months);
	pg_arg_i32(a, as_of);
	e = pg_arg_array(a, (const int32_t *)tally_kinds(c->tally), w->n_kinds);
	if (e == E_OK)
		pg_arg_bool(a, q->slicing == SLICE_MONTH);
	return e;
}

/* $6 ... $12 of a grid */
static void
grid_args(struct pg_args *a, const struct question *q)
{
	pg_arg_i32(a, (int32_t)q->west);
	pg_arg_i32(a, (int32_t)q->south);
	pg_arg_i32(a, (int32_t)(q->west + q->cols * q->cell_m));
	pg_arg_i32(a, (int32_t)(q->south + q->rows * q->cell_m));
	pg_arg_i32(a, (int32_t)q->cell_m);
	pg_arg_i32(a, (int32_t)q->cols);
	pg_arg_i32(a, (int32_t)q->n_places);
}

/* Records without a person, then those with one. */
static enum err
ask(struct pg *p, struct counting *c, const struct lexicon *w, int32_t as_of)
{
	bool grid = c->q->geo == GEO_GRID;
	struct pg_args a = { 0 };
	enum err e = shared_args(&a, c, w, as_of);

	if (e == E_OK && grid)
		grid_args(&a, c->q);
	else if (e == E_OK)
		e = pg_arg_array(&a, tally_places(c->tally), w->n_areas);
	if (e == E_OK)
		e = pg_ask(p, grid ? grid_unbounded : areas_unbounded, &a, 4,
		    take_group, c);
	if (e == E_OK) {
		pg_arg_i32(&a, c->q->c);
		e = pg_ask(p, grid ? grid_bounded : areas_bounded, &a, 4,
		    take_group, c);
	}
	pg_args_free(&a);
	return e;
}

static enum err
count(uint32_t *cells, struct pg *p, struct lexicon *w,
    const struct question *q, uint64_t as_of_s, const struct areas *areas,
    const struct themes *rules)
{
	struct counting c = { .q = q };
	struct tally_words of = { 0 };
	int32_t as_of;
	enum err e;

	if ((e = batch_at(p, as_of_s, &as_of)) != E_OK ||
	    (e = pg_schema_words(p, w)) != E_OK)
		return e;
	of.kinds = w->kinds;
	of.n_kinds = w->n_kinds;
	of.areas = (const char(*)[INCIDENT_AREA])w->areas;
	of.n_areas = w->n_areas;
	if ((e = tally_new(&c.tally, cells, q, (uint32_t)as_of, areas, rules,
		 &of)) != E_OK)
		return e;
	e = ask(p, &c, w, as_of);
	tally_free(c.tally);
	return e;
}

enum err
pg_look_count(uint32_t *cells, struct pg *p, struct lexicon *w,
    const struct question *q, uint64_t as_of_s, const struct areas *areas,
    const struct themes *rules)
{
	enum err e = begin(p);

	if (e == E_OK)
		e = end(p, count(cells, p, w, q, as_of_s, areas, rules));
	if (e != E_OK)
		explicit_bzero(cells, question_cells(q) * sizeof(*cells));
	return e;
}

/* Looking through -------------------------------------------------------- */

struct looking {
	const struct lexicon *w;
	enum err (*each)(void *ctx, const struct incident *i);
	void *ctx;
	uint64_t rows;
};

static void
take_place(struct incident *i, struct pg_row *r)
{
	i->has_point = pg_number(r, 10, 0, 1) == 1;
	i->east = (uint32_t)pg_number(r, 6, 0, INT32_MAX);
	i->north = (uint32_t)pg_number(r, 7, 0, INT32_MAX);
	i->geo_precision_m = (uint16_t)pg_number(r, 8, 0, UINT16_MAX);
	i->geo_method = (uint8_t)pg_number(r, 9, 0, GEO_METHODS - 1);
}

static enum err
take_record(void *ctx, struct pg_row *r)
{
	struct looking *l = ctx;
	struct incident i = { 0 };
	uint32_t kind, area;
	uint8_t unit[PG_KEY];
	enum err e;

	i.occurred_from = (uint64_t)pg_number(r, 0, 0, INT64_MAX);
	i.occurred_to = (uint64_t)pg_number(r, 1, 0, INT64_MAX);
	i.recorded_at = (uint64_t)pg_number(r, 2, 0, INT64_MAX);
	i.month = (uint16_t)pg_number(r, 3, 0, UINT16_MAX);
	kind = (uint32_t)pg_number(r, 4, 0, (int64_t)l->w->n_kinds - 1);
	area = (uint32_t)pg_number(r, 5, 0, (int64_t)l->w->n_areas - 1);
	take_place(&i, r);
	i.time_precision = (uint8_t)pg_number(r, 11, 0, PRECISIONS - 1);
	i.has_person = pg_number(r, 12, 0, 1) == 1;
	pg_key(r, 13, unit);
	pg_key(r, 14, i.record_id);
	if (r->err == E_OK) {
		if (i.has_person)
			memcpy(i.person_key, unit, sizeof(unit));
		lexicon_put(l->w, &i, kind, area);
		l->rows++;
	}
	e = r->err == E_OK ? l->each(l->ctx, &i) : r->err;
	explicit_bzero(&i, sizeof(i));
	explicit_bzero(unit, sizeof(unit));
	return e;
}

static enum err
look_through(struct pg *p, struct lexicon *w, struct looking *l, uint16_t first,
    uint16_t n, uint64_t as_of_s)
{
	struct pg_args a = { 0 };
	int32_t as_of;
	enum err e;

	if ((e = batch_at(p, as_of_s, &as_of)) != E_OK ||
	    (e = pg_schema_words(p, w)) != E_OK)
		return e;
	pg_arg_i32(&a, first);
	pg_arg_i32(&a, (int32_t)first + n);
	pg_arg_i32(&a, as_of);
	if ((e = pg_do(p,
		 "DECLARE looking BINARY NO SCROLL CURSOR FOR SELECT"
		 " occurred_from, occurred_to, recorded_at, month, kind, area,"
		 " east, north, precision_m, geo_method, has_point,"
		 " time_precision, has_person, unit, id FROM ward.record"
		 " WHERE month >= $1 AND month < $2 AND born <= $3"
		 " AND (died = 0 OR died > $3) ORDER BY month, unit, id",
		 &a, NULL)) != E_OK)
		return e;
	do {
		l->rows = 0;
		e = pg_ask(p, "FETCH " AT_ONCE " FROM looking", NULL, 15,
		    take_record, l);
	} while (e == E_OK && l->rows > 0);
	return e;
}

enum err
pg_look_each(struct pg *p, struct lexicon *w, uint16_t first, uint16_t n,
    uint64_t as_of_s, enum err (*each)(void *ctx, const struct incident *i),
    void *ctx)
{
	struct looking l = { .w = w, .each = each, .ctx = ctx };
	enum err e = begin(p);

	return e != E_OK ? e
			 : end(p, look_through(p, w, &l, first, n, as_of_s));
}

/* History and size ------------------------------------------------------- */

struct history {
	void (*each)(void *ctx, const struct records_load *l);
	void *ctx;
};

static enum err
take_load(void *ctx, struct pg_row *r)
{
	struct history *h = ctx;
	struct records_load l = { 0 };

	l.loaded_at = (uint64_t)pg_number(r, 0, 0, INT64_MAX);
	l.act =
	    (enum records_act)pg_number(r, 1, RECORDS_ADD, RECORDS_WITHDRAW);
	pg_text(r, 2, l.loader, sizeof(l.loader));
	pg_text(r, 3, l.name, sizeof(l.name));
	l.change.added = (uint64_t)pg_number(r, 4, 0, INT64_MAX);
	l.change.changed = (uint64_t)pg_number(r, 5, 0, INT64_MAX);
	l.change.withdrawn = (uint64_t)pg_number(r, 6, 0, INT64_MAX);
	l.change.held = (uint64_t)pg_number(r, 7, 0, INT64_MAX);
	l.change.unknown = (uint64_t)pg_number(r, 8, 0, INT64_MAX);
	l.change.months = (uint32_t)pg_number(r, 9, 0, UINT16_MAX + 1);
	if (r->err == E_OK)
		h->each(h->ctx, &l);
	return r->err;
}

enum err
pg_look_history(struct pg *p,
    void (*each)(void *ctx, const struct records_load *l), void *ctx)
{
	struct history h = { each, ctx };

	return pg_ask(p,
	    "SELECT loaded_at, act, loader, name, added, changed, withdrawn,"
	    " held, unknown, months FROM ward.batch ORDER BY number DESC",
	    NULL, 10, take_load, &h);
}

static enum err
take_size(void *ctx, struct pg_row *r)
{
	struct records_size *s = ctx;

	s->records = (uint64_t)pg_number(r, 0, 0, INT64_MAX);
	s->past = (uint64_t)pg_number(r, 1, 0, INT64_MAX);
	s->bytes = (uint64_t)pg_number(r, 2, 0, INT64_MAX);
	s->first_month = (uint16_t)pg_number(r, 3, 0, UINT16_MAX);
	s->last_month = (uint16_t)pg_number(r, 4, 0, UINT16_MAX);
	s->months = s->records > 0;
	return r->err;
}

enum err
pg_look_size(struct pg *p, struct records_size *out)
{
	struct records_size s = { 0 };
	enum err e = pg_ask(p,
	    "SELECT count(*) FILTER (WHERE died = 0),"
	    " count(*) FILTER (WHERE died <> 0),"
	    " (SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint"
	    "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	    "  WHERE n.nspname = 'ward' AND c.relkind = 'r'),"
	    " coalesce(min(month) FILTER (WHERE died = 0), 0),"
	    " coalesce(max(month) FILTER (WHERE died = 0), 0)"
	    " FROM ward.counting",
	    NULL, 5, take_size, &s);

	if (e == E_OK)
		*out = s;
	return e;
}
