/*
 * A batch lies in stage.  One statement (two, where months are complete) works
 * out the fate of the records that are there, by their ids; the others only do
 * what fate says, and must change just as many rows.  record meets reference
 * tables only.
 */
#include "node/pg_load.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/chunk.h"
#include "node/pg_schema.h"

#define WHOLE_MAX 4096
#define MONTHS 65536

/* What becomes of a record that is there, in table fate. */
enum fate { HELD, CHANGED, WITHDRAWN };

struct whole { /* months of a source and feed that are complete */
	uint32_t source;
	uint16_t first, n;
	char feed[INCIDENT_FEED];
};

struct pg_load {
	struct pg *pg;
	struct lexicon *words;
	struct records_batch b;
	uint8_t digest[32];
	char loader[RECORDS_NAME], name[RECORDS_NAME];
	int32_t number;              /* of the batch, from 1 */
	int64_t last_at;             /* when the last one was loaded */
	size_t had_kinds, had_areas; /* words that the server has */
	uint64_t puts;
	bool copying, merged, done;
	struct records_change change;
	size_t n_whole;
	struct whole whole[WHOLE_MAX];
	uint32_t left[MONTHS]; /* records of the batch that are not there */
	bool touched[MONTHS];
};

/* Columns of a record, in the order that put sends them. */
#define COLUMNS                                                        \
	"occurred_from, occurred_to, recorded_at, month, kind, area, " \
	"east, north, precision_m, time_precision, geo_method, "       \
	"has_person, has_point, unit, id"
#define STAGED 16 /* those, and seq */
#define OF(t)                                                           \
	t ".occurred_from, " t ".occurred_to, " t ".recorded_at, " t    \
	  ".month, " t ".kind, " t ".area, " t ".east, " t ".north, " t \
	  ".precision_m, " t ".time_precision, " t ".geo_method, " t    \
	  ".has_person, " t ".has_point, " t ".unit"
#define SAME "((" OF("r") ") = (" OF("s") "))"

/* The records that are there and in the batch; $1: WITHDRAWN, or less: it
 * depends. */
static const char fate_of_staged[] =
    "INSERT INTO ward.fate (id, month, now, fate)"
    " SELECT r.id, r.month, s.month, CASE WHEN $1 > 1 THEN $1"
    "  WHEN " SAME " THEN 0 ELSE 1 END"
    " FROM ward.record r JOIN ward.stage s ON s.id = r.id"
    " WHERE r.died = 0";

/* The records of complete months that the batch lacks; $1: those months, so
 * that the index on month is of use. */
static const char fate_of_lacking[] =
    "INSERT INTO ward.fate (id, month, now, fate)"
    " SELECT r.id, r.month, r.month, 2 FROM ward.record r"
    " JOIN ward.kind k ON k.number = r.kind"
    " JOIN (SELECT DISTINCT source, feed, month FROM ward.whole) w"
    "  ON w.source = k.source AND w.feed = k.feed AND w.month = r.month"
    " LEFT JOIN ward.stage s ON s.id = r.id"
    " WHERE r.died = 0 AND r.month = ANY($1) AND s.id IS NULL";

/* $1: the batch.  Clustered by month, so that a count of some months reads a
 * part of the table, and within it as bounding needs, so that a sort finds most
 * of its work done. */
static const char end_records[] =
    "UPDATE ward.record r SET died = $1 FROM ward.fate f"
    " WHERE f.id = r.id AND r.died = 0 AND f.fate <> 0";
static const char add_records[] =
    "INSERT INTO ward.record (" COLUMNS ", born, died)"
    " SELECT " OF("s") ", s.id, $1, 0"
		       " FROM ward.stage s LEFT JOIN ward.fate f ON f.id = "
		       "s.id AND f.fate = 0"
		       " WHERE f.id IS NULL ORDER BY s.month, s.unit, s.id";

/* Beginning -------------------------------------------------------------- */

struct known {
	bool found;
	int64_t at;
};

static enum err
take_known(void *ctx, struct pg_row *r)
{
	struct known *k = ctx;

	k->at = pg_number(r, 0, 0, INT64_MAX);
	k->found = true;
	return E_OK;
}

/* E_EXISTS: the records are as that batch left them, or it added and they were
 * only added to since. */
static enum err
check_digest(struct pg_load *l, uint64_t *loaded_at)
{
	struct pg_args a = { 0 };
	struct known k = { 0 };
	enum err e;

	pg_arg_bytes(&a, l->digest, sizeof(l->digest));
	e = pg_ask(l->pg,
	    "SELECT loaded_at FROM ward.batch b WHERE digest = $1"
	    " AND b.number >= (SELECT coalesce(max(o.number), 0)"
	    "  FROM ward.batch o WHERE o.act <> 1"
	    "  AND o.added + o.changed + o.withdrawn > 0)"
	    " AND (b.act = 1 OR NOT EXISTS (SELECT FROM ward.batch o"
	    "  WHERE o.number > b.number"
	    "  AND o.added + o.changed + o.withdrawn > 0))"
	    " ORDER BY number DESC LIMIT 1",
	    &a, 1, take_known, &k);
	if (e != E_OK || !k.found)
		return e;
	*loaded_at = (uint64_t)k.at;
	return E_EXISTS;
}

static enum err
lock(struct pg_load *l)
{
	int64_t got;
	enum err e = pg_ask_number(l->pg,
	    "SELECT pg_try_advisory_xact_lock(" PG_SCHEMA_LOCK ")", NULL, &got);

	return e != E_OK ? e : got == 1 ? E_OK : E_AGAIN;
}

/* The number of the batch, and the words as they stand. */
static enum err
look(struct pg_load *l)
{
	int64_t last;
	enum err e;

	lexicon_free(l->words);
	if ((e = pg_schema_words(l->pg, l->words)) != E_OK ||
	    (e = pg_ask_number(l->pg,
		 "SELECT coalesce(max(number), 0) FROM ward.batch", NULL,
		 &last)) != E_OK ||
	    (e = pg_ask_number(l->pg,
		 "SELECT coalesce(max(loaded_at), 0) FROM ward.batch", NULL,
		 &l->last_at)) != E_OK)
		return e;
	if (last >= CHUNK_NUMBER_MAX - 1)
		return E_DB;
	l->number = (int32_t)last + 1;
	l->had_kinds = l->words->n_kinds;
	l->had_areas = l->words->n_areas;
	return E_OK;
}

static enum err
start(struct pg_load *l, uint64_t *loaded_at)
{
	enum err e;

	if ((e = pg_run(l->pg, "BEGIN ISOLATION LEVEL READ COMMITTED")) !=
		E_OK ||
	    (e = lock(l)) != E_OK || (e = check_digest(l, loaded_at)) != E_OK ||
	    (e = look(l)) != E_OK ||
	    (e = pg_run(l->pg, "TRUNCATE ward.stage, ward.whole, ward.fate")) !=
		E_OK)
		return e;
	e = pg_copy(l->pg,
	    "COPY ward.stage (" COLUMNS ", seq) FROM STDIN (FORMAT binary)");
	l->copying = e == E_OK;
	return e;
}

static void
cut(char out[RECORDS_NAME], const char *s)
{
	size_t n = strnlen(s, RECORDS_NAME - 1);

	/* not within a character: the server would refuse half a one */
	while (n > 0 && s[n] != '\0' && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, s, n);
	out[n] = '\0';
}

enum err
pg_load_begin(struct pg_load **out, struct pg *p, struct lexicon *words,
    const struct records_batch *b, uint64_t *loaded_at)
{
	struct pg_load *l = calloc(1, sizeof(*l));
	enum err e;

	if (l == NULL)
		return E_NOMEM;
	l->pg = p;
	l->words = words;
	l->b = *b;
	memcpy(l->digest, b->digest, sizeof(l->digest));
	cut(l->loader, b->loader);
	cut(l->name, b->name);
	if ((e = start(l, loaded_at)) != E_OK) {
		pg_load_free(l);
		return e;
	}
	*out = l;
	return E_OK;
}

void
pg_load_free(struct pg_load *l)
{
	if (l == NULL)
		return;
	if (!l->done) {
		pg_copy_stop(l->pg);
		pg_rollback(l->pg);
		lexicon_free(l->words);
	}
	explicit_bzero(l, sizeof(*l));
	free(l);
}

/* Putting ---------------------------------------------------------------- */

enum err
pg_load_put(struct pg_load *l, const struct incident *i)
{
	struct pg *p = l->pg;
	uint32_t kind, area;
	enum err e;

	assert(l->copying && !l->merged);
	assert(i->east <= INT32_MAX && i->north <= INT32_MAX &&
	       i->occurred_from <= INT64_MAX && i->occurred_to <= INT64_MAX &&
	       i->recorded_at <= INT64_MAX);
	if ((e = lexicon_kind(l->words, &kind, i)) != E_OK ||
	    (e = lexicon_area(l->words, &area, i)) != E_OK ||
	    (e = pg_copy_row(p, STAGED)) != E_OK)
		return e;
	pg_copy_i64(p, (int64_t)i->occurred_from);
	pg_copy_i64(p, (int64_t)i->occurred_to);
	pg_copy_i64(p, (int64_t)i->recorded_at);
	pg_copy_i32(p, i->month);
	pg_copy_i32(p, (int32_t)kind);
	pg_copy_i32(p, (int32_t)area);
	pg_copy_i32(p, i->has_point ? (int32_t)i->east : 0);
	pg_copy_i32(p, i->has_point ? (int32_t)i->north : 0);
	pg_copy_i32(p, i->geo_precision_m);
	pg_copy_i16(p, i->time_precision);
	pg_copy_i16(p, i->geo_method);
	pg_copy_bool(p, i->has_person);
	pg_copy_bool(p, i->has_point);
	pg_copy_key(p, i->has_person ? i->person_key : i->record_id);
	pg_copy_key(p, i->record_id);
	pg_copy_i64(p, (int64_t)l->puts++);
	return E_OK;
}

enum err
pg_load_replace(struct pg_load *l, uint32_t source, const char *feed,
    uint16_t first, uint16_t n)
{
	struct whole *w;

	assert(!l->merged && l->b.act == RECORDS_REPLACE);
	assert(strlen(feed) < INCIDENT_FEED && first + n <= MONTHS);
	if (l->n_whole == WHOLE_MAX)
		return E_LIMIT;
	w = &l->whole[l->n_whole++];
	*w = (struct whole){ .source = source, .first = first, .n = n };
	memcpy(w->feed, feed, strlen(feed));
	return E_OK;
}

/* Merging ---------------------------------------------------------------- */

/* The words that the server lacks. */
static enum err
send_kinds(struct pg_load *l)
{
	const struct lexicon *w = l->words;
	struct pg *p = l->pg;
	uint64_t rows;
	enum err e;

	if ((e = pg_copy(p,
		 "COPY ward.kind (number, source, codelist, code, weapon,"
		 " victim, setting, feed) FROM STDIN (FORMAT binary)")) != E_OK)
		return e;
	for (size_t i = l->had_kinds; i < w->n_kinds; i++) {
		if ((e = pg_copy_row(p, 8)) != E_OK)
			return e;
		pg_copy_i32(p, (int32_t)i);
		pg_copy_i32(p, (int32_t)w->kinds[i].source);
		pg_copy_text(p, w->kinds[i].codelist);
		pg_copy_text(p, w->kinds[i].code);
		pg_copy_i16(p, w->kinds[i].weapon);
		pg_copy_i16(p, w->kinds[i].victim);
		pg_copy_i16(p, w->kinds[i].setting);
		pg_copy_text(p, w->feeds[i]);
	}
	return pg_copy_end(p, &rows);
}

static enum err
send_areas(struct pg_load *l)
{
	const struct lexicon *w = l->words;
	struct pg *p = l->pg;
	uint64_t rows;
	enum err e;

	if ((e = pg_copy(p, "COPY ward.area (number, code, published, vintage)"
			    " FROM STDIN (FORMAT binary)")) != E_OK)
		return e;
	for (size_t i = l->had_areas; i < w->n_areas; i++) {
		if ((e = pg_copy_row(p, 4)) != E_OK)
			return e;
		pg_copy_i32(p, (int32_t)i);
		pg_copy_text(p, w->areas[i]);
		pg_copy_text(p, w->published[i].code);
		pg_copy_i32(p, w->published[i].vintage);
	}
	return pg_copy_end(p, &rows);
}

/* Ends the stream; of two records with the same id the last stays: *n in all.
 */
static enum err
settle(struct pg_load *l, uint64_t *n)
{
	uint64_t rows, twice;
	enum err e;

	if ((e = pg_copy_end(l->pg, &rows)) != E_OK)
		return e;
	if (rows != l->puts)
		return E_DB;
	if ((e = send_kinds(l)) != E_OK || (e = send_areas(l)) != E_OK ||
	    (e = pg_do(l->pg,
		 "DELETE FROM ward.stage s USING (SELECT id, seq, lead(id)"
		 " OVER (ORDER BY id, seq) AS next FROM ward.stage) t"
		 " WHERE t.next = t.id AND s.id = t.id AND s.seq = t.seq",
		 NULL, &twice)) != E_OK)
		return e;
	*n = rows - twice;
	return E_OK;
}

static enum err
take_staged(void *ctx, struct pg_row *r)
{
	struct pg_load *l = ctx;
	int64_t month = pg_number(r, 0, 0, MONTHS - 1);

	l->left[month] = (uint32_t)pg_number(r, 1, 1, UINT32_MAX);
	return r->err;
}

/* (month there, month in the batch, fate, how many) */
static enum err
take_fate(void *ctx, struct pg_row *r)
{
	struct pg_load *l = ctx;
	int64_t month = pg_number(r, 0, 0, MONTHS - 1);
	int64_t now = pg_number(r, 1, 0, MONTHS - 1);
	int64_t fate = pg_number(r, 2, HELD, WITHDRAWN);
	int64_t n = pg_number(r, 3, 1, UINT32_MAX);

	if (r->err != E_OK)
		return r->err;
	if (fate == HELD && (month != now || n > l->left[now]))
		return E_DB; /* an id is there twice */
	if (fate == HELD)
		l->left[now] -= (uint32_t)n;
	else
		l->touched[month] = true;
	*(fate == HELD        ? &l->change.held
	    : fate == CHANGED ? &l->change.changed
			      : &l->change.withdrawn) += (uint64_t)n;
	return E_OK;
}

/* Which (source, feed, month) are complete: those of the batch's records and
 * those that the caller named. */
static enum err
send_whole(struct pg_load *l)
{
	struct pg *p = l->pg;
	uint64_t rows;
	enum err e;

	if ((e = pg_do(p,
		 "INSERT INTO ward.whole SELECT DISTINCT k.source, k.feed,"
		 " s.month FROM ward.stage s JOIN ward.kind k"
		 " ON k.number = s.kind",
		 NULL, NULL)) != E_OK ||
	    (e = pg_copy(p, "COPY ward.whole (source, feed, month)"
			    " FROM STDIN (FORMAT binary)")) != E_OK)
		return e;
	for (size_t i = 0; i < l->n_whole; i++)
		for (int32_t m = 0; m < l->whole[i].n; m++) {
			if ((e = pg_copy_row(p, 3)) != E_OK)
				return e;
			pg_copy_i32(p, (int32_t)l->whole[i].source);
			pg_copy_text(p, l->whole[i].feed);
			pg_copy_i32(p, l->whole[i].first + m);
		}
	return pg_copy_end(p, &rows);
}

struct months {
	size_t n;
	int32_t of[MONTHS];
};

static enum err
take_month(void *ctx, struct pg_row *r)
{
	struct months *m = ctx;

	if (m->n == MONTHS)
		return E_DB;
	m->of[m->n++] = (int32_t)pg_number(r, 0, 0, MONTHS - 1);
	return r->err;
}

/* The records that complete months have and the batch lacks. */
static enum err
find_lacking(struct pg_load *l)
{
	struct months *m = NULL;
	struct pg_args a = { 0 };
	enum err e;

	if ((e = send_whole(l)) != E_OK)
		return e;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return E_NOMEM;
	e = pg_ask(l->pg, "SELECT DISTINCT month FROM ward.whole", NULL, 1,
	    take_month, m);
	if (e == E_OK && (e = pg_arg_array(&a, m->of, m->n)) == E_OK)
		e = pg_do(l->pg, fate_of_lacking, &a, NULL);
	pg_args_free(&a);
	free(m);
	return e;
}

/* Fills fate, and l->left, l->touched, l->change from it. */
static enum err
find_fates(struct pg_load *l)
{
	struct pg_args a = { 0 };
	enum err e;

	pg_arg_i32(&a, l->b.act == RECORDS_WITHDRAW ? WITHDRAWN : HELD);
	if ((e = pg_do(l->pg, fate_of_staged, &a, NULL)) != E_OK ||
	    (l->b.act == RECORDS_REPLACE && (e = find_lacking(l)) != E_OK) ||
	    (e = pg_ask(l->pg,
		 "SELECT month, count(*) FROM ward.stage GROUP BY month", NULL,
		 2, take_staged, l)) != E_OK)
		return e;
	return pg_ask(l->pg,
	    "SELECT month, now, fate, count(*) FROM ward.fate GROUP BY month,"
	    " now, fate",
	    NULL, 4, take_fate, l);
}

/* A statement that must change just n rows, with the batch's number as $1. */
static enum err
change_rows(struct pg_load *l, const char *sql, uint64_t n)
{
	struct pg_args a = { 0 };
	uint64_t rows;
	enum err e;

	if (n == 0)
		return E_OK;
	pg_arg_i32(&a, l->number);
	if ((e = pg_do(l->pg, sql, &a, &rows)) != E_OK)
		return e;
	return rows == n ? E_OK : E_DB;
}

/* Lets the planner know what it is about, before a count asks. */
static enum err
settle_record(struct pg_load *l)
{
	int64_t ranges;
	enum err e = pg_ask_number(l->pg,
	    "SELECT brin_summarize_new_values('ward.record_month')", NULL,
	    &ranges);

	return e != E_OK ? e : pg_run(l->pg, "ANALYZE ward.record");
}

/* Does what fate says, with the staged records. */
static enum err
apply(struct pg_load *l, uint64_t staged)
{
	struct records_change *c = &l->change;
	bool adds = l->b.act != RECORDS_WITHDRAW;
	enum err e;

	if (c->held + c->changed + (adds ? 0 : c->withdrawn) > staged)
		return E_DB; /* an id is there twice */
	if (adds)
		c->added = staged - c->held - c->changed;
	else
		c->unknown = staged - c->withdrawn;
	for (size_t m = 0; m < MONTHS; m++)
		c->months += l->touched[m] || (adds && l->left[m] > 0);
	if ((e = change_rows(l, end_records, c->changed + c->withdrawn)) !=
		E_OK ||
	    (adds && (e = change_rows(l, add_records, c->added + c->changed)) !=
			 E_OK) ||
	    (e = pg_run(l->pg, "TRUNCATE ward.stage, ward.whole, ward.fate")) !=
		E_OK)
		return e;
	return c->months == 0 ? E_OK : settle_record(l);
}

enum err
pg_load_merge(struct pg_load *l, struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total), void *ctx)
{
	uint64_t staged;
	enum err e;

	assert(l->copying && !l->merged);
	if ((e = settle(l, &staged)) != E_OK || (e = find_fates(l)) != E_OK ||
	    (e = apply(l, staged)) != E_OK)
		return e;
	l->merged = true;
	if (progress != NULL)
		progress(ctx, l->change.months, l->change.months);
	*out = l->change;
	return E_OK;
}

/* Committing ------------------------------------------------------------- */

static enum err
write_batch(struct pg_load *l, int64_t at, const char *report)
{
	const struct records_change *c = &l->change;
	struct pg_args a = { 0 };
	uint64_t rows;
	enum err e;

	pg_arg_i32(&a, l->number);
	pg_arg_i64(&a, at);
	pg_arg_bytes(&a, l->digest, sizeof(l->digest));
	pg_arg_i32(&a, (int32_t)l->b.act);
	pg_arg_text(&a, l->loader);
	pg_arg_text(&a, l->name);
	pg_arg_i64(&a, (int64_t)c->added);
	pg_arg_i64(&a, (int64_t)c->changed);
	pg_arg_i64(&a, (int64_t)c->withdrawn);
	pg_arg_i64(&a, (int64_t)c->held);
	pg_arg_i64(&a, (int64_t)c->unknown);
	pg_arg_i32(&a, (int32_t)c->months);
	pg_arg_text(&a, report);
	e = pg_do(l->pg,
	    "INSERT INTO ward.batch (number, loaded_at, digest, act, loader,"
	    " name, added, changed, withdrawn, held, unknown, months, report)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	    &a, &rows);
	return e == E_OK && rows != 1 ? E_DB : e;
}

enum err
pg_load_commit(struct pg_load *l, enum err (*when)(void *ctx, uint64_t *utc_s),
    void *ctx, const char *report)
{
	uint64_t at;
	enum err e;

	assert(l->merged && !l->done);
	if ((e = when(ctx, &at)) != E_OK)
		return e;
	if (at < (uint64_t)l->last_at || at > INT64_MAX)
		return E_CLOCK;
	if ((e = write_batch(l, (int64_t)at, report)) != E_OK ||
	    (e = pg_commit(l->pg)) != E_OK)
		return e;
	l->done = true;
	return E_OK;
}
