#include "node/load.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "node/extract.h"
#include "node/load_ambulance.h"
#include "node/load_asb.h"
#include "node/load_ecds.h"
#include "node/load_exclusion.h"
#include "node/load_istv.h"
#include "node/load_platform.h"
#include "node/load_police.h"
#include "node/load_rms.h"
#include "node/memo.h"
#include "node/numbering.h"
#include "node/place.h"

#define TABLE_MAX (64U << 20) /* bytes of any shipped table */
#define LABEL "ward/load/1"
#define AHEAD 32 /* records whose memory is waited for at once */

struct tables { /* what is read before the extracts */
	char *osgb_east, *osgb_north, *outlines;
	struct osgb *osgb;
	struct areas *areas;
	struct vintage *vintage;
	struct boundary *boundary;
	struct themes *themes;
	struct gazetteer *gazetteer;
	struct memo *memo;
	struct keys keys; /* SECRET */
};

struct waiting { /* a record that has no number yet */
	struct loader_record record;
	uint64_t line;
	struct place_later later;
};

struct work { /* one load */
	const struct load_config *c;
	struct report *r;
	struct loader_world world;
	struct hash hash;           /* of all that makes this load what it is */
	struct extract_mark *marks; /* [c->n_paths]: when they were hashed */
	uint64_t bytes, bytes_done; /* of all files, of those before this */
	struct records *records;    /* NULL: a dry run without any */
	/* Of the file being read: */
	struct extract *extract;
	struct csv *csv;
	struct loader_columns columns;
	struct numbering *numbering;
	uint64_t read_before, dropped_before; /* rows of the files before */
	size_t n_waiting;
	struct waiting waiting[AHEAD];
};

static const struct loader *const loaders[] = {
	&load_police,
	&load_rms,
	&load_istv,
	&load_ecds,
	&load_ambulance,
	&load_asb,
	&load_exclusion,
	&load_platform,
};
#define LOADERS (sizeof(loaders) / sizeof(loaders[0]))

const struct loader *
load_loader(const char *name)
{
	for (size_t i = 0; i < LOADERS; i++)
		if (strcmp(loaders[i]->name, name) == 0)
			return loaders[i];
	return NULL;
}

const struct loader *
load_loaders(size_t i)
{
	return i < LOADERS ? loaders[i] : NULL;
}

/* What tells loads apart -------------------------------------------------- */

static void
hash_number(struct hash *h, uint64_t v)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(v >> 8 * (7 - i));
	hash_add(h, bytes, sizeof(bytes));
}

/* A text with its length; NULL is not "". */
static void
hash_text(struct hash *h, const char *s)
{
	hash_number(h, s == NULL ? UINT64_MAX : strlen(s));
	if (s != NULL)
		hash_add(h, s, strlen(s));
}

/* How the extracts are read; their bytes, and those of the tables, follow. */
static void
hash_start(struct work *w)
{
	const struct load_config *c = w->c;

	hash_open(&w->hash, LABEL);
	hash_number(&w->hash, c->act);
	hash_number(&w->hash, c->nobody);
	hash_text(&w->hash, c->loader->name);
	hash_text(&w->hash, c->feed);
	hash_number(&w->hash, c->n_months == 0 ? 0 : c->sources);
	hash_number(&w->hash, c->n_months == 0 ? 0 : c->first_month);
	hash_number(&w->hash, c->n_months);
	hash_number(&w->hash, c->n_paths);
}

/* The bytes of a file of any size. */
static enum err
hash_path(struct hash *h, const char *what, const char *path, struct report *r)
{
	uint8_t digest[HASH_BYTES];
	char why[FILE_WHY];
	enum err e = hash_file(digest, path);

	if (e == E_OK)
		hash_add(h, digest, sizeof(digest));
	else
		report_refuse(r, 0, "the %s %s", what,
		    file_read_why(why, path, SIZE_MAX, e));
	return e;
}

/* Tables ----------------------------------------------------------------- */

/* The whole of data/name; *out is the caller's. */
static enum err
read_table(struct work *w, char **out, size_t *len, const char *name)
{
	const struct load_config *c = w->c;
	char path[FILE_PATH];
	enum err e = file_path(path, c->data, name);

	if (e == E_OK)
		e = file_read(out, len, path, TABLE_MAX);
	if (e != E_OK) {
		report_refuse(w->r, 0,
		    "the shipped table %s cannot be read from %s (%s)", name,
		    c->data, err_text(e));
		return e;
	}
	hash_number(&w->hash, *len);
	hash_add(&w->hash, *out, *len);
	return E_OK;
}

/* A shipped table that does not have its form. */
static enum err
bad_table(struct work *w, const char *name, size_t line, enum err e)
{
	if (line == 0)
		report_refuse(w->r, 0, "%s in %s is not the table it should be",
		    name, w->c->data);
	else
		report_refuse(w->r, 0, "%s:%zu: %s", name, line, err_text(e));
	return e;
}

static enum err
open_osgb(struct work *w, struct tables *t)
{
	static const char east[] = "osgb/ostn_east",
			  north[] = "osgb/ostn_north";
	size_t n_east, n_north;
	enum err e;

	if ((e = read_table(w, &t->osgb_east, &n_east, east)) != E_OK ||
	    (e = read_table(w, &t->osgb_north, &n_north, north)) != E_OK)
		return e;
	e = osgb_new(&t->osgb, (uint8_t *)t->osgb_east, n_east,
	    (uint8_t *)t->osgb_north, n_north);
	return e == E_OK ? E_OK : bad_table(w, east, 0, e);
}

static enum err
open_areas(struct work *w, struct tables *t)
{
	static const char name[] = "areas/lsoa11.csv";
	char *text = NULL;
	size_t len, line = 0;
	enum err e;

	if ((e = read_table(w, &text, &len, name)) != E_OK)
		return e;
	e = areas_parse(&t->areas, text, len, &line);
	free(text);
	return e == E_OK ? E_OK : bad_table(w, name, line, e);
}

static enum err
open_vintage(struct work *w, struct tables *t)
{
	static const char name[] = "areas/lsoa21.csv";
	char *text = NULL;
	size_t len, line = 0;
	enum err e;

	if ((e = read_table(w, &text, &len, name)) != E_OK)
		return e;
	e = vintage_parse(&t->vintage, text, len, &line);
	free(text);
	return e == E_OK ? E_OK : bad_table(w, name, line, e);
}

/* Does the lookup know every area that has an outline? */
static bool
all_known(const struct tables *t)
{
	const char *code;

	for (uint32_t i = 0; (code = boundary_code(t->boundary, i)) != NULL;
	     i++)
		if (areas_named(t->areas, GEO_LSOA11, code) == NULL)
			return false;
	return true;
}

static enum err
open_boundary(struct work *w, struct tables *t)
{
	static const char name[] = "boundaries/lsoa11.bin";
	size_t len;
	enum err e;

	if ((e = read_table(w, &t->outlines, &len, name)) != E_OK)
		return e;
	e = boundary_parse(&t->boundary, (uint8_t *)t->outlines, len);
	if (e == E_OK && !all_known(t))
		e = E_FORMAT;
	return e == E_OK ? E_OK : bad_table(w, name, 0, e);
}

static enum err
open_themes(struct work *w, struct tables *t)
{
	static const char name[] = "rules/themes.csv";
	char *text = NULL;
	size_t len, line = 0;
	enum err e;

	if ((e = read_table(w, &text, &len, name)) != E_OK)
		return e;
	e = themes_parse(&t->themes, text, len, &line);
	free(text);
	return e == E_OK ? E_OK : bad_table(w, name, line, e);
}

static enum err
open_gazetteer(struct work *w, struct tables *t)
{
	const char *path = w->c->gazetteer;
	struct extract *x = NULL;
	struct csv_source source = { extract_read, NULL };
	uint64_t line = 0;
	enum err e;

	if (path == NULL)
		return E_OK;
	if ((e = hash_path(&w->hash, "gazetteer", path, w->r)) != E_OK ||
	    (e = extract_open(&x, path)) != E_OK)
		return e;
	source.ctx = x;
	e = gazetteer_read(&t->gazetteer, &source, &line);
	extract_close(x);
	if (e == E_OK)
		gazetteer_size(t->gazetteer, &w->r->gazetteer_names,
		    &w->r->gazetteer_unclear);
	else
		report_refuse(w->r, 0,
		    "the gazetteer %s cannot be used, line %" PRIu64
		    ": %s; it has the columns place,east,north,lsoa",
		    path, line, err_text(e));
	return e == E_SHORT || e == E_RANGE ? E_FORMAT : e;
}

static enum err
open_keys(struct work *w, struct tables *t)
{
	uint8_t secret[KEYS_STORE];
	enum err e = keyfile_load(w->c->key, "store", secret, sizeof(secret));

	if (e == E_OK)
		keys_derive(&t->keys, secret);
	else
		report_refuse(w->r, 0, "the key file %s cannot be used: %s",
		    w->c->key, err_text(e));
	explicit_bzero(secret, sizeof(secret));
	return e;
}

static enum err
open_tables(struct work *w, struct tables *t)
{
	enum err e;

	if ((e = open_keys(w, t)) != E_OK || (e = open_osgb(w, t)) != E_OK ||
	    (e = open_areas(w, t)) != E_OK ||
	    (e = open_vintage(w, t)) != E_OK ||
	    (e = open_boundary(w, t)) != E_OK ||
	    (e = open_themes(w, t)) != E_OK ||
	    (e = open_gazetteer(w, t)) != E_OK ||
	    (e = memo_new(&t->memo)) != E_OK)
		return e;
	w->world = (struct loader_world){ .osgb = t->osgb,
		.areas = t->areas,
		.themes = t->themes,
		.gazetteer = t->gazetteer,
		.boundary = t->boundary,
		.vintage = t->vintage,
		.keys = &t->keys,
		.memo = t->memo,
		.feed = w->c->feed };
	return E_OK;
}

static void
close_tables(struct tables *t)
{
	keys_wipe(&t->keys);
	memo_free(t->memo);
	gazetteer_free(t->gazetteer);
	themes_free(t->themes);
	boundary_free(t->boundary);
	vintage_free(t->vintage);
	areas_free(t->areas);
	osgb_free(t->osgb);
	free(t->outlines);
	free(t->osgb_east);
	free(t->osgb_north);
}

/* Records ---------------------------------------------------------------- */

/* The store of records did not do what it should. */
static enum err
store_failed(struct work *w, enum err e)
{
	if (e == E_CLOCK)
		report_refuse(
		    w->r, 0, "the clock is behind the last load; set it right");
	else if (e == E_LIMIT)
		report_refuse(w->r, 0,
		    "the records have more kinds, areas or feeds than can be "
		    "numbered: is a column taken for another?");
	else
		report_refuse(w->r, 0,
		    "the database failed: %s; is the disk full?", err_text(e));
	return e;
}

/* Counts a record that is kept. */
static void
note_record(struct report *r, const struct incident *i)
{
	r->with_point += i->has_point;
	r->placed += i->area[0] != '\0';
	if (!r->months || i->month < r->first_month)
		r->first_month = i->month;
	if (!r->months || i->month > r->last_month)
		r->last_month = i->month;
	r->months = true;
}

/* The key of a person goes where the policy protects records. */
static void
forget_person(struct work *w, struct loader_record *rec, uint64_t line)
{
	struct incident *i = &rec->incident;

	if (!w->c->nobody || !i->has_person)
		return;
	i->has_person = false;
	explicit_bzero(i->person_key, sizeof(i->person_key));
	report_count(w->r, REPORT_FORGOTTEN, line);
}

/* Gives a record its id and puts it into the store. */
static enum err
keep_record(struct work *w, struct waiting *x)
{
	struct loader_record *rec = &x->record;
	uint32_t number;
	enum err e;

	if ((e = numbering_next(w->numbering, &number, rec->base)) != E_OK)
		return e;
	if (rec->named && number > 0)
		report_count(w->r, REPORT_REPEATED, x->line);
	keys_record(&rec->incident, w->world.keys, rec->base, number);
	forget_person(w, rec, x->line);
	note_record(w->r, &rec->incident);
	if (w->records == NULL) {
		w->r->change.added++;
		return E_OK;
	}
	e = records_put(w->records, &rec->incident);
	return e == E_OK ? E_OK : store_failed(w, e);
}

/* Places those that wait for an outline. */
static void
place_waiting(struct work *w)
{
	struct place_wait waits[AHEAD];
	size_t n = 0;

	static_assert(AHEAD <= PLACE_WAITS, "all at once");
	for (size_t i = 0; i < w->n_waiting; i++) {
		struct waiting *x = &w->waiting[i];

		if (x->later.waits)
			waits[n++] = (struct place_wait){ &x->record.incident,
				x->later.dwelling, x->line };
	}
	if (n > 0)
		place_settle(waits, n, &w->world, w->r);
}

/* The records that wait, in their order. */
static enum err
keep_waiting(struct work *w)
{
	enum err e = E_OK;

	place_waiting(w);
	for (size_t i = 0; e == E_OK && i < w->n_waiting; i++)
		e = keep_record(w, &w->waiting[i]);
	w->n_waiting = 0;
	return e;
}

/* Rows ------------------------------------------------------------------- */

/* Why a row is dropped, or REPORT_KEPT, and it waits. */
static enum report_reason
map_row(struct work *w, const struct csv_row *row)
{
	const struct loader *l = w->c->loader;
	struct waiting *x = &w->waiting[w->n_waiting];
	enum report_reason why;

	if (row->broken)
		return REPORT_QUOTE;
	if (row->n != w->columns.n)
		return REPORT_FIELDS;
	x->later.waits = false;
	w->world.later = &x->later;
	why = l->map(l, &x->record, &w->columns, row, &w->world, w->r);
	if (why == REPORT_KEPT) {
		numbering_hint(w->numbering, x->record.base);
		x->line = row->line;
		w->n_waiting++;
	}
	return why;
}

/* One row after the header. */
static enum err
take_row(struct work *w, const struct csv_row *row)
{
	enum report_reason why;

	if (w->r->read == LOAD_ROWS_MAX) {
		report_refuse(w->r, row->line,
		    "more than %d rows in one load; split it", LOAD_ROWS_MAX);
		return E_LIMIT;
	}
	report_read(w->r);
	if ((why = map_row(w, row)) != REPORT_KEPT)
		report_drop(w->r, why, row->line);
	return w->n_waiting == AHEAD ? keep_waiting(w) : E_OK;
}

/* Is the last row whole, as far as one can tell? */
static enum err
check_last(struct work *w, const struct csv_row *row)
{
	if (row->ended || (!w->c->loader->needs_end && !row->broken &&
			      row->n == w->columns.n))
		return E_OK;
	report_refuse(w->r, row->line,
	    "the last row is cut: it has %zu of %zu fields and no end of "
	    "line; copy or export the file again",
	    row->n, w->columns.n);
	return E_FORMAT;
}

/* Says why csv_next failed. */
static enum err
explain_csv(struct work *w, enum err e)
{
	uint64_t line = csv_line(w->csv);

	if (extract_why(w->extract) != NULL)
		report_refuse(w->r, line, "%s", extract_why(w->extract));
	else if (e == E_FORMAT)
		report_refuse(w->r, line,
		    "this is not UTF-8 text; export the file as CSV in UTF-8");
	else if (e == E_SHORT)
		report_refuse(w->r, line,
		    "the file ends inside quotes that open in this row; copy "
		    "or export the file again");
	else if (e == E_LIMIT)
		report_refuse(w->r, line,
		    "a row of more than %d bytes; is a quote missing?",
		    CSV_ROW);
	else
		report_refuse(
		    w->r, line, "the file cannot be read (%s)", err_text(e));
	return e == E_SHORT ? E_FORMAT : e;
}

static enum err
read_header(struct work *w)
{
	const struct loader *l = w->c->loader;
	struct csv_row row;
	enum err e;

	if ((e = csv_next(w->csv, &row)) != E_OK)
		return explain_csv(w, e);
	return l->header(l, &w->columns, &row, w->r);
}

static enum err
read_rows(struct work *w)
{
	struct csv_row row;
	enum err e;

	if ((e = read_header(w)) != E_OK)
		return e;
	for (;;) {
		if ((e = csv_next(w->csv, &row)) != E_OK)
			return explain_csv(w, e);
		if (row.n == 0)
			return keep_waiting(w);
		if ((e = check_last(w, &row)) != E_OK ||
		    (e = take_row(w, &row)) != E_OK)
			return e;
	}
}

/* Files ------------------------------------------------------------------ */

static enum err
open_extract(struct work *w, size_t i)
{
	char why[FILE_WHY];
	const char *path = w->c->paths[i];
	enum err e = extract_open(&w->extract, path);

	w->r->file = (uint32_t)i;
	if (e != E_OK)
		report_refuse(
		    w->r, 0, "%s", file_read_why(why, path, SIZE_MAX, e));
	return e;
}

static void
close_extract(struct work *w)
{
	extract_close(w->extract);
	w->extract = NULL;
}

static void
show_progress(struct work *w)
{
	if (w->c->progress != NULL)
		progress_at(
		    w->c->progress, w->bytes_done + extract_done(w->extract));
}

/* Is the file just read the one that was hashed, and meant? */
static enum err
check_extract(struct work *w, size_t i)
{
	struct extract_mark mark = extract_mark(w->extract);
	uint64_t read = w->r->read - w->read_before;
	uint64_t dropped = w->r->dropped - w->dropped_before;

	if (!extract_same(&mark, &w->marks[i])) {
		report_refuse(w->r, 0,
		    "%s changed while it was read; load it again when it is "
		    "complete",
		    w->c->paths[i]);
		return E_FORMAT;
	}
	if (dropped > read / 2) {
		report_refuse(w->r, 0,
		    "%" PRIu64 " of %" PRIu64 " rows of %s are bad: this is "
		    "hardly the file that was meant",
		    dropped, read, w->c->paths[i]);
		return E_FORMAT;
	}
	return E_OK;
}

/* What a csv_source reads. */
static enum err
read_extract(void *ctx, void *buf, size_t cap, size_t *n)
{
	struct work *w = ctx;

	show_progress(w);
	return extract_read(w->extract, buf, cap, n);
}

/* Opens the i-th extract as CSV. */
static enum err
open_csv(struct work *w, const struct csv_source *source, size_t i)
{
	enum err e = open_extract(w, i);

	return e == E_OK ? csv_new(&w->csv, source, w->c->loader->one_line) : e;
}

static void
close_csv(struct work *w)
{
	close_extract(w);
	csv_free(w->csv);
	w->csv = NULL;
}

/* The header and the first row of the i-th extract. */
static enum err
try_extract(struct work *w, size_t i)
{
	struct csv_source source = { read_extract, w };
	struct csv_row row;
	enum err e;

	if ((e = open_csv(w, &source, i)) == E_OK &&
	    (e = read_header(w)) == E_OK &&
	    (e = csv_next(w->csv, &row)) != E_OK)
		e = explain_csv(w, e);
	close_csv(w);
	return e;
}

/* Looks into every extract before any is read: the last of many may be another
 * file than was meant. */
static enum err
try_extracts(struct work *w)
{
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < w->c->n_paths; i++)
		e = try_extract(w, i);
	return e;
}

/* Adds the digest of every extract. */
static enum err
hash_extracts(struct work *w)
{
	uint8_t digest[HASH_BYTES];
	enum err e = E_OK;

	for (size_t i = 0; e == E_OK && i < w->c->n_paths; i++) {
		if ((e = open_extract(w, i)) != E_OK)
			return e;
		w->marks[i] = extract_mark(w->extract);
		w->bytes += extract_size(w->extract);
		if ((e = extract_digest(w->extract, digest)) != E_OK)
			report_refuse(w->r, 0, "%s", extract_why(w->extract));
		else
			hash_add(&w->hash, digest, sizeof(digest));
		close_extract(w);
	}
	w->r->file = 0;
	return e;
}

/* All rows of the i-th extract. */
static enum err
take_extract(struct work *w, size_t i)
{
	struct csv_source source = { read_extract, w };
	enum err e;

	w->read_before = w->r->read;
	w->dropped_before = w->r->dropped;
	w->n_waiting = 0;
	if ((e = open_csv(w, &source, i)) == E_OK &&
	    (e = numbering_new(&w->numbering)) == E_OK &&
	    (e = read_rows(w)) == E_OK)
		e = check_extract(w, i);
	if (w->extract != NULL)
		w->bytes_done += extract_size(w->extract);
	close_csv(w);
	numbering_free(w->numbering);
	w->numbering = NULL;
	explicit_bzero(w->waiting, sizeof(w->waiting));
	return e;
}

static enum err
take_extracts(struct work *w)
{
	struct progress *p = w->c->progress;
	enum err e = E_OK;

	if (p != NULL)
		progress_start(p, "reading", w->bytes);
	for (size_t i = 0; e == E_OK && i < w->c->n_paths; i++)
		e = take_extract(w, i);
	if (p != NULL)
		progress_end(p);
	return e;
}

/* The batch --------------------------------------------------------------- */

/* Opens the records and begins a batch. */
static enum err
begin(struct work *w)
{
	const struct load_config *c = w->c;
	struct records_batch b = {
		.act = c->act, .loader = c->loader->name, .name = w->r->name
	};
	enum err e;

	if ((e = records_open(
		 &w->records, c->where, RECORDS_LOAD, w->world.keys)) != E_OK)
		return e;
	hash_end(&w->hash, b.digest);
	return records_begin(w->records, &b, &w->r->known_at);
}

/* The records with a batch begun; none for a dry run that would make them. */
static enum err
open_records(struct work *w)
{
	const char *where = w->c->where;
	enum err e;

	if (w->c->dry_run &&
	    strncmp(where, RECORDS_PG, strlen(RECORDS_PG)) != 0 &&
	    !file_there(where))
		return E_OK;
	if ((e = begin(w)) == E_EXISTS)
		w->r->known = true;
	else if (e == E_AGAIN)
		report_refuse(w->r, 0,
		    "busy: another load into %s is under way; wait until it "
		    "has ended",
		    where);
	else if (e == E_CONFIG)
		report_refuse(w->r, 0,
		    "the records in %s were loaded with another store.key, or "
		    "by another version of Ward; put that one back from a "
		    "backup, or, if it is lost, move the records away and load "
		    "every extract again",
		    where);
	else if (e != E_OK)
		report_refuse(w->r, 0,
		    "the records in %s cannot be opened (%s)", where,
		    err_text(e));
	return e;
}

/* Says which months are complete. */
static enum err
say_complete(struct work *w)
{
	const struct load_config *c = w->c;
	enum err e = E_OK;

	if (c->act != RECORDS_REPLACE || c->n_months == 0)
		return E_OK;
	for (uint32_t left = c->sources; e == E_OK && left != 0;
	     left &= left - 1)
		e = records_replace(w->records, left & -left, c->feed,
		    c->first_month, c->n_months);
	return e == E_OK ? E_OK : store_failed(w, e);
}

static void
show_merging(void *ctx, uint32_t done, uint32_t total)
{
	struct progress *p = ctx;

	if (done == 0)
		progress_start(p, "merging", total);
	progress_at(p, done);
}

/* Makes the batch durable, or drops it if that is what was asked. */
static enum err
finish(struct work *w)
{
	const struct load_config *c = w->c;
	char *json = NULL;
	enum err e;

	if (w->records == NULL)
		return E_OK;
	if ((e = say_complete(w)) != E_OK)
		return e;
	e = records_merge(w->records, &w->r->change,
	    c->progress == NULL ? NULL : show_merging, c->progress);
	if (c->progress != NULL)
		progress_end(c->progress);
	if (e != E_OK)
		return store_failed(w, e);
	if (c->dry_run)
		return E_OK;
	if ((e = report_json(&json, w->r)) != E_OK)
		return e;
	e = records_commit(w->records, c->when, c->when_ctx, json);
	free(json);
	return e == E_OK ? E_OK : store_failed(w, e);
}

/* The mapping that the loader was made from. */
static enum err
hash_mapping(struct work *w)
{
	const char *path = w->c->mapping;

	return path == NULL ? E_OK : hash_path(&w->hash, "mapping", path, w->r);
}

static enum err
load(struct work *w, struct tables *t)
{
	enum err e;

	hash_start(w);
	if ((e = report_files(w->r, w->c->paths, w->c->n_paths)) != E_OK ||
	    (e = hash_mapping(w)) != E_OK || (e = open_tables(w, t)) != E_OK ||
	    (e = try_extracts(w)) != E_OK || (e = hash_extracts(w)) != E_OK ||
	    (e = open_records(w)) != E_OK || (e = take_extracts(w)) != E_OK)
		return e == E_EXISTS && w->r->known ? E_OK : e;
	return finish(w);
}

enum err
load_files(const struct load_config *c, struct report *r)
{
	struct tables t = { 0 };
	struct work w = { .c = c, .r = r };
	enum err e;

	assert(c->n_paths >= 1 && c->n_paths <= LOAD_FILES_MAX);
	report_start(r, c->loader->name, c->paths[0]);
	r->act = c->act;
	r->dry_run = c->dry_run;
	w.marks = calloc(c->n_paths, sizeof(*w.marks));
	e = w.marks == NULL ? E_NOMEM : load(&w, &t);
	if (e != E_OK)
		report_refuse(r, 0, "%s", err_text(e));
	records_close(w.records);
	close_tables(&t);
	free(w.marks);
	return e;
}
