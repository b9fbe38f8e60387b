/*
 * What lies where in the vault: the catalog is its root; the words have a
 * number that the catalog says; batch n is described by BATCH n, and its report
 * is REPORT n; a chunk's parts have one number that the catalog says.
 *
 * BATCH: digest (32), act (1), added, changed, withdrawn, held, unknown (8
 * each), months (4), loader, name (each a length (1) and its bytes).
 */
#include "node/records_db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "node/catalog.h"
#include "node/match.h"
#include "node/merge.h"
#include "node/records_store.h"
#include "node/runs.h"
#include "node/scope.h"
#include "node/shelf.h"
#include "node/tally.h"
#include "node/vault.h"
#include "node/wordbook.h"

#define ROOT 1
#define ROOT_MAX (UINT32_C(1) << 28) /* bytes */
#define WORDS_MAX (UINT32_C(1) << 28)
#define BATCH (32 + 1 + 5 * 8 + 4 + 2 * RECORDS_NAME) /* bytes at most */
#define REPLACED_MAX 4096
#define MONTHS 65536U
#define UNKNOWN UINT64_MAX

#define RECORDS_MEMORY (UINT32_C(64) << 20) /* bytes, of a batch's records */

size_t records_db_memory = RECORDS_MEMORY;

struct batch {                     /* one that is open */
	struct records_batch what; /* its names are the next two */
	char loader[RECORDS_NAME], name[RECORDS_NAME];
	uint32_t number;
	struct runs *runs;
	struct scope scope;
	unsigned n_replaced;
	size_t n_kinds, n_areas; /* words before it */
	bool merged;
	struct records_change change;
};

struct db {
	struct vault *vault;
	struct shelf *shelf;
	enum records_mode mode;
	char *path;
	struct catalog catalog; /* as of the last transaction */
	struct lexicon words;   /* blob words_id of the vault */
	uint64_t words_id;      /* 0: none; UNKNOWN: they are nothing's */
	struct batch *batch;    /* or NULL */
};

/* Transactions ------------------------------------------------------------ */

/* Ends what is under way; what was read may not be so. */
static void
end(struct db *d)
{
	struct batch *b = d->batch;

	vault_rollback(d->vault);
	if (b == NULL)
		return;
	runs_free(b->runs);
	scope_free(&b->scope);
	explicit_bzero(b, sizeof(*b));
	free(b);
	d->batch = NULL;
	d->words_id = UNKNOWN;
}

/* Reads the words unless they are known. */
static enum err
read_words(struct db *d)
{
	struct vault_bytes b = { 0 };
	enum err e = E_OK;

	if (d->words_id == d->catalog.words)
		return E_OK;
	lexicon_free(&d->words);
	d->words_id = UNKNOWN;
	if (d->catalog.words != 0 && (e = vault_get(d->vault, &b, VAULT_WORDS,
					  d->catalog.words, WORDS_MAX)) == E_OK)
		e = wordbook_read(&d->words, b.at, b.n);
	vault_bytes_free(&b);
	if (e != E_OK)
		return e == E_NOMEM ? e : E_DB;
	d->words_id = d->catalog.words;
	return E_OK;
}

/* Reads catalog and words in the transaction that has begun. */
static enum err
read_root(struct db *d)
{
	struct vault_bytes b = { 0 };
	enum err e;

	catalog_free(&d->catalog);
	e = vault_get(d->vault, &b, VAULT_ROOT, ROOT, ROOT_MAX);
	if (e == E_OK)
		e = catalog_read(&d->catalog, b.at, b.n);
	else if (e == E_NOTFOUND && !vault_taken(d->vault))
		e = E_OK; /* nothing was loaded yet */
	vault_bytes_free(&b);
	if (e != E_OK)
		return e == E_NOMEM ? e : E_DB;
	return read_words(d);
}

/* A transaction that reads, with catalog and words. */
static enum err
look(struct db *d)
{
	enum err e;

	assert(d->batch == NULL);
	if ((e = vault_look(d->vault)) == E_OK && (e = read_root(d)) != E_OK)
		end(d);
	return e;
}

static void
db_close(void *s)
{
	struct db *d = s;

	if (d == NULL)
		return;
	if (d->vault != NULL)
		end(d);
	lexicon_free(&d->words);
	catalog_free(&d->catalog);
	shelf_free(d->shelf);
	free(d->path);
	vault_close(d->vault);
	free(d);
}

static enum err
db_open(void **out, const char *where, enum records_mode mode,
    const struct keys *keys)
{
	struct db *d = calloc(1, sizeof(*d));
	enum err e;

	if (d == NULL)
		return E_NOMEM;
	d->mode = mode;
	d->catalog.next = 1;
	if ((d->path = strdup(where)) == NULL)
		e = E_NOMEM;
	else if ((e = vault_open(&d->vault, where,
		      mode == RECORDS_LOAD ? VAULT_WRITE : VAULT_READ, keys)) ==
		 E_OK)
		e = shelf_new(&d->shelf, d->vault);
	if (e != E_OK) {
		db_close(d);
		return e;
	}
	*out = d;
	return E_OK;
}

/* Batches ------------------------------------------------------------------ */

static void
put_name(struct wr *w, const char *s)
{
	wr_u8(w, (uint8_t)strlen(s));
	wr_bytes(w, s, strlen(s));
}

static enum err
write_batch(struct db *d)
{
	const struct batch *b = d->batch;
	uint8_t buf[BATCH];
	struct wr w = wr_over(buf, sizeof(buf));

	wr_bytes(&w, b->what.digest, 32);
	wr_u8(&w, (uint8_t)b->what.act);
	wr_be64(&w, b->change.added);
	wr_be64(&w, b->change.changed);
	wr_be64(&w, b->change.withdrawn);
	wr_be64(&w, b->change.held);
	wr_be64(&w, b->change.unknown);
	wr_be32(&w, b->change.months);
	put_name(&w, b->loader);
	put_name(&w, b->name);
	assert(w.err == E_OK);
	return vault_put(d->vault, VAULT_BATCH, b->number, buf, w.len);
}

/* A name of a batch into out[RECORDS_NAME]. */
static void
take_name(struct rd *r, char *out)
{
	uint8_t n = rd_u8(r);

	if (n >= RECORDS_NAME)
		r->err = E_FORMAT;
	else
		rd_copy(r, out, n);
}

/* Batch number n as *l (but for its time) and digest. */
static enum err
read_batch(struct db *d, uint32_t n, struct records_load *l, uint8_t digest[32])
{
	struct records_load x = { 0 };
	struct vault_bytes b = { 0 };
	struct rd r;
	enum err e;

	if ((e = vault_get(d->vault, &b, VAULT_BATCH, n, BATCH)) != E_OK) {
		vault_bytes_free(&b);
		return e == E_NOMEM ? e : E_DB;
	}
	r = rd_over(b.at, b.n);
	rd_copy(&r, digest, 32);
	x.act = (enum records_act)rd_u8(&r);
	x.change.added = rd_be64(&r);
	x.change.changed = rd_be64(&r);
	x.change.withdrawn = rd_be64(&r);
	x.change.held = rd_be64(&r);
	x.change.unknown = rd_be64(&r);
	x.change.months = rd_be32(&r);
	take_name(&r, x.loader);
	take_name(&r, x.name);
	e = rd_end(&r) == E_OK ? E_OK : E_DB;
	vault_bytes_free(&b);
	if (e == E_OK)
		*l = x;
	return e;
}

static bool
changes(const struct records_change *c)
{
	return c->added + c->changed + c->withdrawn > 0;
}

/* E_EXISTS and *loaded_at: loading that again would change nothing. */
static enum err
find_known(struct db *d, const uint8_t digest[32], uint64_t *loaded_at)
{
	struct records_load l;
	uint8_t other[32];
	bool changed = false; /* by a batch after this one */
	enum err e;

	for (size_t n = d->catalog.n_batches; n > 0; n--) {
		if ((e = read_batch(d, (uint32_t)n, &l, other)) != E_OK)
			return e;
		if (memcmp(other, digest, sizeof(other)) == 0) {
			if (changed && l.act != RECORDS_ADD)
				break;
			*loaded_at = d->catalog.times[n - 1];
			return E_EXISTS;
		}
		changed = changed || changes(&l.change);
		if (l.act != RECORDS_ADD && changes(&l.change))
			break;
	}
	return E_OK;
}

/* As much of a name as fits. */
static void
copy_name(char out[RECORDS_NAME], const char *s)
{
	size_t n = strlen(s);

	if (n >= RECORDS_NAME)
		for (n = RECORDS_NAME - 1; n > 0 && (s[n] & 0xc0) == 0x80;)
			n--; /* not within a letter of UTF-8 */
	memcpy(out, s, n);
	out[n] = '\0';
}

static enum err
make_batch(struct db *d, const struct records_batch *what)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return E_NOMEM;
	d->batch = b;
	b->what = *what;
	copy_name(b->loader, what->loader);
	copy_name(b->name, what->name);
	b->what.loader = b->loader;
	b->what.name = b->name;
	b->number = (uint32_t)d->catalog.n_batches + 1;
	b->n_kinds = d->words.n_kinds;
	b->n_areas = d->words.n_areas;
	if (b->number >= CHUNK_NUMBER_MAX)
		return E_LIMIT;
	return runs_new(&b->runs, d->path, records_db_memory,
	    what->act == RECORDS_WITHDRAW);
}

static enum err
db_begin(void *s, const struct records_batch *what, uint64_t *loaded_at)
{
	struct db *d = s;
	enum err e;

	assert(d->batch == NULL);
	if (d->mode != RECORDS_LOAD)
		return E_DB;
	if ((e = vault_begin(d->vault)) != E_OK)
		return e;
	if ((e = read_root(d)) != E_OK ||
	    (e = find_known(d, what->digest, loaded_at)) != E_OK ||
	    (e = make_batch(d, what)) != E_OK)
		end(d);
	return e;
}

/* A file beside the store fails as the store does. */
static enum err
as_db(enum err e)
{
	return e == E_IO ? E_DB : e;
}

/* All of a record but its words; its times are in range. */
static void
row_of(struct row *out, const struct incident *i)
{
	struct row r = { .east = i->has_point ? i->east : 0,
		.north = i->has_point ? i->north : 0,
		.from = i->occurred_from,
		.recorded = i->recorded_at,
		.lasts = (uint32_t)(i->occurred_to - i->occurred_from),
		.precision_m = i->geo_precision_m,
		.time_precision = i->time_precision,
		.geo_method = i->geo_method,
		.person = i->has_person,
		.point = i->has_point };

	memcpy(r.id, i->record_id, INCIDENT_KEY);
	memcpy(
	    r.unit, i->has_person ? i->person_key : i->record_id, INCIDENT_KEY);
	*out = r;
}

static enum err
db_put(void *s, const struct incident *i)
{
	struct db *d = s;
	struct batch *b = d->batch;
	struct row row = { 0 };
	enum err e;

	assert(b != NULL && !b->merged);
	if (b->what.act == RECORDS_WITHDRAW) {
		memcpy(row.id, i->record_id, INCIDENT_KEY);
		return as_db(runs_put(b->runs, 0, &row));
	}
	row_of(&row, i);
	if ((e = lexicon_kind(&d->words, &row.kind, i)) != E_OK ||
	    (e = lexicon_area(&d->words, &row.area, i)) != E_OK)
		return e;
	row.born = b->number;
	if (b->what.act == RECORDS_REPLACE &&
	    (e = scope_put(&b->scope, i->kind.source, i->feed, i->month)) !=
		E_OK)
		return e;
	return as_db(runs_put(b->runs, i->month, &row));
}

static enum err
db_replace(
    void *s, uint32_t source, const char *feed, uint16_t first, uint16_t n)
{
	struct db *d = s;
	enum err e = E_OK;

	assert(d->batch != NULL && !d->batch->merged &&
	       d->batch->what.act == RECORDS_REPLACE &&
	       (uint32_t)first + n <= MONTHS);
	if (d->batch->n_replaced++ == REPLACED_MAX)
		return E_LIMIT;
	for (uint32_t m = first; m < (uint32_t)first + n && e == E_OK; m++)
		e = scope_whole(&d->batch->scope, source, feed, (uint16_t)m);
	return e;
}

/* Writes the words if there are new ones. */
static enum err
write_words(struct db *d)
{
	struct vault_bytes b = { 0 };
	size_t n = wordbook_bytes(&d->words);
	enum err e;

	if (d->words.n_kinds == d->batch->n_kinds &&
	    d->words.n_areas == d->batch->n_areas)
		return E_OK;
	if (n > WORDS_MAX)
		return E_LIMIT;
	if ((e = vault_bytes_room(&b, n)) != E_OK)
		return e;
	wordbook_write(&d->words, b.at);
	if ((e = vault_put(d->vault, VAULT_WORDS, d->catalog.next, b.at, n)) ==
		E_OK &&
	    d->catalog.words != 0)
		e = vault_drop(d->vault, VAULT_WORDS, d->catalog.words);
	if (e == E_OK)
		d->catalog.words = d->catalog.next++;
	vault_bytes_free(&b);
	return e;
}

static enum err
db_merge(void *s, struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total), void *ctx)
{
	struct db *d = s;
	struct batch *b = d->batch;
	struct merge_batch m = { .act = b->what.act,
		.number = b->number,
		.runs = b->runs,
		.scope = &b->scope,
		.words = &d->words,
		.shelf = d->shelf };
	struct match *match = NULL;
	enum err e;

	assert(b != NULL && !b->merged);
	b->merged = true;
	if ((e = runs_end(b->runs)) == E_OK &&
	    (e = match_find(&match, b->runs, &d->catalog, d->vault,
		 records_db_memory)) == E_OK) {
		m.match = match;
		e = merge_months(&d->catalog, &m, &b->change, progress, ctx);
	}
	match_free(match);
	if ((e = as_db(e)) != E_OK || (e = write_words(d)) != E_OK)
		return e;
	*out = b->change;
	return E_OK;
}

static enum err
write_root(struct db *d)
{
	struct vault_bytes b = { 0 };
	size_t n = catalog_bytes(&d->catalog);
	enum err e;

	if ((e = vault_bytes_room(&b, n)) != E_OK)
		return e;
	catalog_write(&d->catalog, b.at);
	e = n > ROOT_MAX ? E_LIMIT
			 : vault_put(d->vault, VAULT_ROOT, ROOT, b.at, n);
	vault_bytes_free(&b);
	return e;
}

/* The time of the batch, which is the last thing to be known. */
static enum err
take_time(struct db *d, enum err (*when)(void *ctx, uint64_t *utc_s), void *ctx)
{
	const struct catalog *c = &d->catalog;
	uint64_t utc_s = 0;
	enum err e;

	if ((e = when(ctx, &utc_s)) != E_OK)
		return e;
	if (c->n_batches > 0 && c->times[c->n_batches - 1] > utc_s)
		return E_CLOCK;
	return catalog_batch(&d->catalog, utc_s);
}

static enum err
db_commit(void *s, enum err (*when)(void *ctx, uint64_t *utc_s), void *ctx,
    const char *report)
{
	struct db *d = s;
	enum err e;

	assert(d->batch != NULL && d->batch->merged);
	if ((e = write_batch(d)) != E_OK ||
	    (e = vault_put(d->vault, VAULT_REPORT, d->batch->number, report,
		 strlen(report))) != E_OK ||
	    (e = vault_flush(d->vault)) != E_OK ||
	    (e = take_time(d, when, ctx)) != E_OK ||
	    (e = write_root(d)) != E_OK ||
	    (e = vault_commit(d->vault)) != E_OK) {
		end(d);
		return e;
	}
	end(d);
	d->words_id = d->catalog.words; /* they are what is stored now */
	return E_OK;
}

static void
db_rollback(void *s)
{
	end(s);
}

/* Reading ------------------------------------------------------------------ */

/* Counts one month. */
static enum err
count_month(struct db *d, struct tally *t, uint16_t month)
{
	enum chunk_part part = tally_part(t);
	struct chunk_bytes hot, place;
	size_t first, n = catalog_month(&d->catalog, month, &first);
	enum err e;

	tally_month(t, month);
	for (size_t i = first; i < first + n; i++) {
		const struct catalog_chunk *c = &d->catalog.chunks[i];

		if (tally_passes(t, &c->about))
			continue;
		if ((e = shelf_part(d->shelf, &hot, c, CHUNK_HOT)) != E_OK ||
		    (e = shelf_part(d->shelf, &place, c, part)) != E_OK)
			return e;
		if (tally_chunk(
			t, &c->about, hot.at, hot.n, place.at, place.n) != E_OK)
			return E_DB;
	}
	return E_OK;
}

static enum err
db_count(uint32_t *cells, void *s, const struct question *q, uint64_t as_of_s,
    const struct areas *areas, const struct themes *rules)
{
	struct db *d = s;
	struct tally_words words;
	struct tally *t = NULL;
	enum err e;

	if ((e = look(d)) != E_OK)
		goto out;
	words = (struct tally_words){ .kinds = d->words.kinds,
		.n_kinds = d->words.n_kinds,
		.areas = (const char(*)[INCIDENT_AREA])d->words.areas,
		.n_areas = d->words.n_areas };
	e = tally_new(&t, cells, q, catalog_as_of(&d->catalog, as_of_s), areas,
	    rules, &words);
	for (uint32_t m = 0; m < q->n_months && e == E_OK; m++)
		e = count_month(d, t, (uint16_t)(q->first_month + m));
	tally_free(t);
	end(d);
out:
	if (e != E_OK)
		explicit_bzero(cells, question_cells(q) * sizeof(*cells));
	return e;
}

/* A row as an incident of that month. */
static enum err
incident_of(struct incident *out, const struct db *d, const struct row *r,
    uint16_t month)
{
	struct incident i = { .month = month,
		.has_person = r->person,
		.occurred_from = r->from,
		.occurred_to = r->from + r->lasts,
		.time_precision = r->time_precision,
		.recorded_at = r->recorded,
		.has_point = r->point,
		.east = r->east,
		.north = r->north,
		.geo_precision_m = r->precision_m,
		.geo_method = r->geo_method };

	memcpy(i.record_id, r->id, INCIDENT_KEY);
	if (r->person)
		memcpy(i.person_key, r->unit, INCIDENT_KEY);
	if (r->kind >= d->words.n_kinds || r->area >= d->words.n_areas)
		return E_DB;
	lexicon_put(&d->words, &i, r->kind, r->area);
	*out = i;
	return E_OK;
}

/* The rows of a chunk that are there as of a batch. */
static enum err
each_row(struct db *d, const struct row *rows, const struct catalog_chunk *c,
    uint32_t as_of, enum err (*each)(void *, const struct incident *),
    void *ctx)
{
	struct incident i;
	enum err e = E_OK;

	for (uint32_t n = 0; n < c->about.n && e == E_OK; n++) {
		const struct row *r = &rows[n];

		if (r->born > as_of ||
		    (r->died != CHUNK_ALIVE && r->died <= as_of))
			continue;
		if ((e = incident_of(&i, d, r, c->month)) == E_OK)
			e = each(ctx, &i);
	}
	explicit_bzero(&i, sizeof(i));
	return e;
}

static enum err
db_each(void *s, uint16_t first, uint16_t n, uint64_t as_of_s,
    enum err (*each)(void *, const struct incident *), void *ctx)
{
	struct db *d = s;
	struct row *rows;
	uint32_t as_of, used = 0; /* rows that there were at most */
	enum err e;

	if ((rows = malloc(CHUNK_ROWS * sizeof(*rows))) == NULL)
		return E_NOMEM;
	if ((e = look(d)) != E_OK)
		goto out;
	as_of = catalog_as_of(&d->catalog, as_of_s);
	for (size_t i = 0; i < d->catalog.n_chunks && e == E_OK; i++) {
		const struct catalog_chunk *c = &d->catalog.chunks[i];

		if (c->month < first || c->month - first >= n)
			continue;
		if ((e = shelf_read(d->shelf, rows, c)) == E_OK)
			e = each_row(d, rows, c, as_of, each, ctx);
		used = c->about.n > used ? c->about.n : used;
	}
	end(d);
out:
	explicit_bzero(rows, used * sizeof(*rows));
	free(rows);
	return e;
}

static enum err
db_history(
    void *s, void (*each)(void *, const struct records_load *), void *ctx)
{
	struct db *d = s;
	struct records_load l;
	uint8_t digest[32];
	enum err e;

	if ((e = look(d)) != E_OK)
		return e;
	for (size_t n = d->catalog.n_batches; n > 0; n--) {
		if ((e = read_batch(d, (uint32_t)n, &l, digest)) != E_OK)
			break;
		l.loaded_at = d->catalog.times[n - 1];
		each(ctx, &l);
	}
	end(d);
	return e;
}

static enum err
db_size(void *s, struct records_size *out)
{
	struct db *d = s;
	struct records_size size = { 0 };
	enum err e;

	if ((e = look(d)) != E_OK)
		return e;
	for (size_t i = 0; i < d->catalog.n_chunks; i++) {
		const struct catalog_chunk *c = &d->catalog.chunks[i];

		size.records += c->alive;
		size.past += c->about.n - c->alive;
		if (c->alive == 0)
			continue;
		if (!size.months)
			size.first_month = c->month;
		size.months = true;
		size.last_month = c->month;
	}
	e = vault_size(d->vault, &size.bytes);
	end(d);
	if (e == E_OK)
		*out = size;
	return e;
}

const struct records_store records_db = {
	.open = db_open,
	.close = db_close,
	.begin = db_begin,
	.put = db_put,
	.replace = db_replace,
	.merge = db_merge,
	.commit = db_commit,
	.rollback = db_rollback,
	.count = db_count,
	.each = db_each,
	.history = db_history,
	.size = db_size,
};
