#include "node/load.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "node/load_istv.h"
#include "node/load_police.h"
#include "node/numbering.h"
#include "node/store.h"

#define TABLE_MAX (16U << 20) /* bytes of any shipped table */
#define FILE_LABEL "ward/file/1"

struct tables { /* what is read before the extract */
	char *osgb_east, *osgb_north;
	struct osgb *osgb;
	struct areas *areas;
	struct themes *themes;
	struct gazetteer *gazetteer;
	struct keys keys; /* SECRET */
};

struct input { /* a file that is read once, from its start to its end */
	int fd;
	uint64_t done;
	struct hash hash;
	struct progress *progress; /* or NULL */
};

struct work { /* one load */
	const struct load_config *c;
	struct report *r;
	const struct loader *loader;
	struct loader_world world;
	struct loader_columns columns;
	struct csv *csv;
	struct numbering *numbering;
	struct store *store; /* NULL: a dry run without a database */
};

static const struct loader *const loaders[] = {
	[LOAD_POLICE] = &load_police,
	[LOAD_ISTV] = &load_istv,
};

enum err
load_kind_parse(enum load_kind *out, const char *s)
{
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		if (strcmp(loaders[i]->name, s) == 0) {
			*out = (enum load_kind)i;
			return E_OK;
		}
	return E_NOTFOUND;
}

/* Input ------------------------------------------------------------------ */

static enum err
input_open(struct input *in, const char *path, struct progress *progress)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return errno == ENOENT   ? E_NOTFOUND
		       : errno == EACCES ? E_ACCESS
					 : E_IO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return E_IO;
	}
	*in = (struct input){ .fd = fd, .progress = progress };
	hash_open(&in->hash, FILE_LABEL);
	if (progress != NULL)
		progress_start(progress, "reading", (uint64_t)st.st_size);
	return E_OK;
}

static enum err
input_read(void *ctx, void *buf, size_t cap, size_t *n)
{
	struct input *in = ctx;
	ssize_t got;

	do {
		got = read(in->fd, buf, cap);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return E_IO;
	hash_add(&in->hash, buf, (size_t)got);
	in->done += (uint64_t)got;
	if (in->progress != NULL)
		progress_at(in->progress, in->done);
	*n = (size_t)got;
	return E_OK;
}

static void
input_close(struct input *in)
{
	if (in->fd == -1)
		return;
	close(in->fd);
	if (in->progress != NULL)
		progress_end(in->progress);
	in->fd = -1;
}

/* Tables ----------------------------------------------------------------- */

/* The whole of data/name; *out is the caller's. */
static enum err
read_table(char **out, size_t *len, const struct load_config *c,
    const char *name, struct report *r)
{
	char path[FILE_PATH];
	enum err e = file_path(path, c->data, name);

	if (e == E_OK)
		e = file_read(out, len, path, TABLE_MAX);
	if (e != E_OK)
		report_refuse(r, 0,
		    "the shipped table %s cannot be read from "
		    "%s (%s)",
		    name, c->data, err_text(e));
	return e;
}

static enum err
open_osgb(struct tables *t, const struct load_config *c, struct report *r)
{
	size_t east, north;
	enum err e;

	if ((e = read_table(&t->osgb_east, &east, c, "osgb/ostn_east", r)) !=
		E_OK ||
	    (e = read_table(&t->osgb_north, &north, c, "osgb/ostn_north", r)) !=
		E_OK)
		return e;
	e = osgb_new(&t->osgb, (uint8_t *)t->osgb_east, east,
	    (uint8_t *)t->osgb_north, north);
	if (e != E_OK)
		report_refuse(r, 0,
		    "osgb/ostn_east or ostn_north in %s is "
		    "not the table of OSTN15",
		    c->data);
	return e;
}

static enum err
open_areas(struct tables *t, const struct load_config *c, struct report *r)
{
	char *text = NULL;
	size_t len, line = 0;
	enum err e;

	if ((e = read_table(&text, &len, c, "areas/lsoa11.csv", r)) != E_OK)
		return e;
	if ((e = areas_parse(&t->areas, text, len, &line)) != E_OK)
		report_refuse(
		    r, 0, "areas/lsoa11.csv:%zu: %s", line, err_text(e));
	free(text);
	return e;
}

static enum err
open_themes(struct tables *t, const struct load_config *c, struct report *r)
{
	char *text = NULL;
	size_t len, line = 0;
	enum err e;

	if ((e = read_table(&text, &len, c, "rules/themes.csv", r)) != E_OK)
		return e;
	if ((e = themes_parse(&t->themes, text, len, &line)) != E_OK)
		report_refuse(
		    r, 0, "rules/themes.csv:%zu: %s", line, err_text(e));
	free(text);
	return e;
}

static enum err
open_gazetteer(struct tables *t, const struct load_config *c, struct report *r)
{
	struct input in = { .fd = -1 };
	struct csv_source source = { input_read, &in };
	uint64_t line = 0;
	enum err e;

	if (c->gazetteer == NULL)
		return E_OK;
	if ((e = input_open(&in, c->gazetteer, NULL)) == E_OK)
		e = gazetteer_read(&t->gazetteer, &source, &line);
	input_close(&in);
	if (e == E_OK)
		gazetteer_size(
		    t->gazetteer, &r->gazetteer_names, &r->gazetteer_unclear);
	else
		report_refuse(r, 0,
		    "the gazetteer %s cannot be used, line %" PRIu64
		    ": %s; it has the columns place,east,north,lsoa",
		    c->gazetteer, line, err_text(e));
	return e == E_SHORT || e == E_RANGE ? E_FORMAT : e;
}

static enum err
open_keys(struct tables *t, const struct load_config *c, struct report *r)
{
	uint8_t secret[KEYS_STORE];
	enum err e = keyfile_load(c->key, "store", secret, sizeof(secret));

	if (e == E_OK)
		keys_derive(&t->keys, secret);
	else
		report_refuse(r, 0, "the key file %s cannot be used: %s",
		    c->key, err_text(e));
	explicit_bzero(secret, sizeof(secret));
	return e;
}

static enum err
open_tables(struct tables *t, const struct load_config *c, struct report *r)
{
	enum err e;

	if ((e = open_keys(t, c, r)) != E_OK ||
	    (e = open_osgb(t, c, r)) != E_OK ||
	    (e = open_areas(t, c, r)) != E_OK ||
	    (e = open_themes(t, c, r)) != E_OK)
		return e;
	return open_gazetteer(t, c, r);
}

static void
close_tables(struct tables *t)
{
	keys_wipe(&t->keys);
	gazetteer_free(t->gazetteer);
	themes_free(t->themes);
	areas_free(t->areas);
	osgb_free(t->osgb);
	free(t->osgb_east);
	free(t->osgb_north);
}

/* Rows ------------------------------------------------------------------- */

/* Counts a record that is kept. */
static void
note_record(struct work *w, const struct incident *i, bool fresh)
{
	struct report *r = w->r;
	struct place known;

	if (fresh)
		r->change.added++;
	else
		r->change.held++;
	r->with_point += i->has_point;
	r->placed += areas_lsoa(w->world.areas, i->area, &known);
	if (!r->months || i->month < r->first_month)
		r->first_month = i->month;
	if (!r->months || i->month > r->last_month)
		r->last_month = i->month;
	r->months = true;
}

/* Gives a record its id and puts it into the store. */
static enum err
keep_record(struct work *w, struct loader_record *rec, uint64_t line)
{
	uint32_t number;
	bool fresh = true;
	enum err e;

	if ((e = numbering_next(w->numbering, &number, rec->base)) != E_OK)
		return e;
	if (rec->named && number > 0)
		report_count(w->r, REPORT_REPEATED, line);
	keys_record(&rec->incident, w->world.keys, rec->base, number);
	if (w->store != NULL &&
	    (e = store_put(w->store, &rec->incident, &fresh)) != E_OK) {
		report_refuse(w->r, 0,
		    "the database failed: %s; is the disk "
		    "full?",
		    err_text(e));
		return e;
	}
	note_record(w, &rec->incident, fresh);
	return E_OK;
}

/* One row after the header. */
static enum err
take_row(struct work *w, const struct csv_row *row)
{
	struct loader_record rec;
	enum report_reason why;
	enum err e = E_OK;

	if (w->r->read == LOAD_ROWS_MAX) {
		report_refuse(w->r, row->line,
		    "more than %d rows; split the "
		    "file",
		    LOAD_ROWS_MAX);
		return E_LIMIT;
	}
	w->r->read++;
	if (row->broken)
		why = REPORT_QUOTE;
	else if (row->n != w->columns.n)
		why = REPORT_FIELDS;
	else
		why = w->loader->map(
		    w->loader, &rec, &w->columns, row, &w->world, w->r);
	if (why == REPORT_KEPT) {
		e = keep_record(w, &rec, row->line);
	} else {
		w->r->dropped++;
		report_count(w->r, why, row->line);
	}
	explicit_bzero(&rec, sizeof(rec));
	return e;
}

/* Is the last row whole, as far as one can tell? */
static enum err
check_last(struct work *w, const struct csv_row *row)
{
	if (row->ended ||
	    (!w->loader->needs_end && !row->broken && row->n == w->columns.n))
		return E_OK;
	report_refuse(w->r, row->line,
	    "the last row is cut: it has %zu of "
	    "%zu fields and no end of line; copy or export the file again",
	    row->n, w->columns.n);
	return E_FORMAT;
}

/* Says why csv_next failed. */
static enum err
explain_csv(struct work *w, enum err e)
{
	uint64_t line = csv_line(w->csv);

	if (e == E_FORMAT)
		report_refuse(w->r, line,
		    "this is not UTF-8 text; export the "
		    "file as CSV in UTF-8");
	else if (e == E_SHORT)
		report_refuse(w->r, line,
		    "the file ends inside quotes that "
		    "open in this row; copy or export the file again");
	else if (e == E_LIMIT)
		report_refuse(w->r, line,
		    "a row of more than %d bytes; is a "
		    "quote missing?",
		    CSV_ROW);
	else
		report_refuse(
		    w->r, line, "the file cannot be read (%s)", err_text(e));
	return e == E_SHORT ? E_FORMAT : e;
}

static enum err
read_rows(struct work *w)
{
	struct csv_row row;
	enum err e;

	if ((e = csv_next(w->csv, &row)) != E_OK)
		return explain_csv(w, e);
	if ((e = w->loader->header(w->loader, &w->columns, &row, w->r)) != E_OK)
		return e;
	for (;;) {
		if ((e = csv_next(w->csv, &row)) != E_OK)
			return explain_csv(w, e);
		if (row.n == 0)
			return E_OK;
		if ((e = check_last(w, &row)) != E_OK ||
		    (e = take_row(w, &row)) != E_OK)
			return e;
	}
}

/* Files ------------------------------------------------------------------ */

/* All rows of the extract; what was read must be what has the digest. */
static enum err
read_extract(struct work *w, const uint8_t digest[HASH_BYTES])
{
	struct input in = { .fd = -1 };
	struct csv_source source = { input_read, &in };
	uint8_t again[HASH_BYTES];
	enum err e;

	if ((e = input_open(&in, w->c->path, w->c->progress)) != E_OK ||
	    (e = csv_new(&w->csv, &source, w->loader->one_line)) != E_OK ||
	    (e = numbering_new(&w->numbering)) != E_OK ||
	    (e = read_rows(w)) != E_OK)
		goto out;
	hash_end(&in.hash, again);
	if (memcmp(again, digest, sizeof(again)) != 0) {
		report_refuse(w->r, 0,
		    "the file changed while it was read; "
		    "load it again when it is complete");
		e = E_FORMAT;
	} else if (w->r->dropped > w->r->read / 2) {
		report_refuse(w->r, 0,
		    "%" PRIu64 " of %" PRIu64 " rows are "
		    "bad: this is hardly the file that was meant",
		    w->r->dropped, w->r->read);
		e = E_FORMAT;
	}
out:
	input_close(&in);
	csv_free(w->csv);
	numbering_free(w->numbering);
	return e;
}

/* Begins a batch; *other_key: that is what E_CONFIG is about. */
static enum err
begin(struct work *w, const uint8_t digest[HASH_BYTES], bool *other_key)
{
	enum err began, e;

	static_assert(KEYS_CHECK == STORE_CHECK, "one value for both");
	if ((e = store_open(&w->store, w->c->db, STORE_LOAD)) != E_OK)
		return e;
	began = store_begin(
	    w->store, digest, w->loader->name, w->r->name, &w->r->known_at);
	if (began != E_OK && began != E_EXISTS)
		return began;
	e = store_key(w->store, w->world.keys->check);
	*other_key = e == E_CONFIG;
	return e == E_OK ? began : e;
}

/* The database with a batch begun; none for a dry run that would make one. */
static enum err
open_store(struct work *w, const uint8_t digest[HASH_BYTES])
{
	bool other_key = false;
	enum err e;

	if (w->c->dry_run && !file_there(w->c->db))
		return E_OK;
	if ((e = begin(w, digest, &other_key)) == E_EXISTS)
		w->r->known = true;
	else if (e == E_AGAIN)
		report_refuse(w->r, 0,
		    "busy: another load into %s is under "
		    "way; wait until it has ended",
		    w->c->db);
	else if (other_key)
		report_refuse(w->r, 0,
		    "the records in %s were loaded with another store.key; "
		    "put that one back from a backup, or, if it is lost, move "
		    "the database away and load every extract again",
		    w->c->db);
	else if (e == E_CONFIG)
		report_refuse(w->r, 0,
		    "%s is no database of this version of "
		    "Ward",
		    w->c->db);
	else if (e != E_OK)
		report_refuse(w->r, 0, "the database %s cannot be opened (%s)",
		    w->c->db, err_text(e));
	return e;
}

/* Makes the batch durable, or drops it if that is what was asked. */
static enum err
finish(struct work *w)
{
	const struct load_config *c = w->c;
	char *json = NULL;
	enum err e;

	if (w->store == NULL || c->dry_run)
		return E_OK;
	if ((e = report_json(&json, w->r)) != E_OK)
		return e;
	e = store_commit(w->store, c->when, c->when_ctx, json);
	free(json);
	if (e != E_OK)
		report_refuse(w->r, 0,
		    "the database failed: %s; is the disk "
		    "full?",
		    err_text(e));
	return e;
}

/* The extract with its tables. */
static enum err
load_extract(struct work *w)
{
	uint8_t digest[HASH_BYTES];
	char why[FILE_WHY];
	enum err e;

	if ((e = hash_file(digest, w->c->path)) != E_OK) {
		report_refuse(
		    w->r, 0, "%s", file_read_why(why, w->c->path, SIZE_MAX, e));
		return e;
	}
	if ((e = open_store(w, digest)) == E_EXISTS)
		return E_OK;
	if (e != E_OK || (e = read_extract(w, digest)) != E_OK)
		return e;
	return finish(w);
}

/* What follows the last slash. */
static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

enum err
load_file(const struct load_config *c, struct report *r)
{
	struct tables t = { 0 };
	struct work w = { .c = c, .r = r, .loader = loaders[c->kind] };
	enum err e;

	report_start(r, w.loader->name, last_part(c->path));
	r->dry_run = c->dry_run;
	if ((e = open_tables(&t, c, r)) == E_OK) {
		w.world = (struct loader_world){ .osgb = t.osgb,
			.areas = t.areas,
			.themes = t.themes,
			.gazetteer = t.gazetteer,
			.keys = &t.keys };
		e = load_extract(&w);
	}
	if (e != E_OK)
		report_refuse(r, 0, "%s", err_text(e));
	store_close(w.store);
	close_tables(&t);
	return e;
}
