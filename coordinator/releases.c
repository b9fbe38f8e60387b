#include "coordinator/releases.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "coordinator/queries.h"

#define CELL 8 /* bytes of a stored number */

static void
bind_id(sqlite3_stmt *s, int i, const uint8_t id[QUERY_ID])
{
	(void)sqlite3_bind_blob(s, i, id, QUERY_ID, SQLITE_STATIC);
}

static void
bind_text(sqlite3_stmt *s, int i, const struct text *t)
{
	(void)sqlite3_bind_text64(
	    s, i, t->p, t->len, SQLITE_STATIC, SQLITE_UTF8);
}

static enum err
put_detail(struct db *db, const uint8_t id[QUERY_ID], uint64_t released_at,
    const struct text *detail)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "INSERT INTO releases (id, released_at, detail)"
		 " VALUES (?, ?, ?)")) != E_OK)
		return e;
	bind_id(s, 1, id);
	(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)released_at);
	bind_text(s, 3, detail);
	e = db_done(s);
	db_end(s);
	return e;
}

/* Bind parameter i to n numbers of 64 bits, the lowest byte first; *bytes is
 * for free() when the statement is done. */
static enum err
bind_numbers(
    sqlite3_stmt *s, int i, uint8_t **bytes, const void *numbers, size_t n)
{
	const uint8_t *from = numbers;
	uint64_t v;

	if ((*bytes = malloc(n * CELL + 1)) == NULL)
		return E_NOMEM;
	for (size_t k = 0; k < n; k++) {
		memcpy(&v, from + k * CELL, CELL);
		v = htole64(v);
		memcpy(*bytes + k * CELL, &v, CELL);
	}
	(void)sqlite3_bind_blob64(s, i, *bytes, n * CELL, SQLITE_STATIC);
	return E_OK;
}

/* One level of one source. */
static enum err
put_level(struct db *db, const uint8_t id[QUERY_ID],
    const struct release_sum *sum, unsigned level)
{
	const struct product *p = &sum->product;
	const struct product_level *l = &p->level[level];
	size_t cells = (size_t)p->themes * p->times * l->n;
	size_t widths = (size_t)p->kinds * l->n;
	const struct {
		const void *numbers;
		size_t n;
	} blobs[] = {
		{ l->values, cells },
		{ l->half_90, widths },
		{ l->half_95, widths },
		{ l->display, cells },
	};
	uint8_t *bytes[4] = { NULL };
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "INSERT INTO products (id, source, level, estimates, half_90,"
		 " half_95, display) VALUES (?, ?, ?, ?, ?, ?, ?)")) != E_OK)
		return e;
	bind_id(s, 1, id);
	(void)sqlite3_bind_text(s, 2, sum->source, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 3, level);
	for (int i = 0; i < 4 && e == E_OK; i++)
		e = bind_numbers(
		    s, 4 + i, &bytes[i], blobs[i].numbers, blobs[i].n);
	if (e == E_OK)
		e = db_done(s);
	db_end(s);
	for (int i = 0; i < 4; i++)
		free(bytes[i]);
	return e;
}

static enum err
put_cells(struct db *db, const uint8_t id[QUERY_ID],
    const struct release_sum *sum, uint32_t n_cells)
{
	size_t len = (size_t)n_cells * CELL;
	uint8_t *bytes = malloc(len + 1);
	struct wr w = wr_over(bytes, len);
	sqlite3_stmt *s = NULL;
	enum err e;

	if (bytes == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < n_cells; i++)
		wr_be64(&w, (uint64_t)sum->cells[i]);
	if ((e = db_prepare(db, &s,
		 "INSERT INTO sums (id, source, nodes, cells)"
		 " VALUES (?, ?, ?, ?)")) != E_OK)
		goto out;
	bind_id(s, 1, id);
	(void)sqlite3_bind_text(s, 2, sum->source, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 3, sum->nodes);
	(void)sqlite3_bind_blob64(s, 4, bytes, len, SQLITE_STATIC);
	e = db_done(s);
out:
	db_end(s);
	free(bytes);
	return e;
}

static enum err
put_sum(struct db *db, const uint8_t id[QUERY_ID],
    const struct release_sum *sum, uint32_t n_cells)
{
	enum err e = put_cells(db, id, sum, n_cells);

	for (unsigned i = 0; i < sum->product.levels && e == E_OK; i++)
		e = put_level(db, id, sum, i);
	return e;
}

enum err
releases_put(struct db *db, const uint8_t id[QUERY_ID], uint64_t released_at,
    const struct text *detail, const struct release_sum *sums, size_t n,
    uint32_t n_cells)
{
	enum err e;

	if ((e = db_run(db, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	e = put_detail(db, id, released_at, detail);
	for (size_t i = 0; i < n && e == E_OK; i++)
		e = put_sum(db, id, &sums[i], n_cells);
	if (e == E_OK)
		e = queries_set(db, id, QUERY_RELEASED);
	if (e == E_OK)
		e = db_run(db, "COMMIT");
	if (e != E_OK && db_run(db, "ROLLBACK") != E_OK)
		return E_DB;
	return e;
}

enum err
releases_late(
    struct db *db, const uint8_t id[QUERY_ID], unsigned i, const char *reason)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "UPDATE releases SET detail = json_set(detail,"
		 " printf('$.nodes[%d].state', ?1), 'late',"
		 " printf('$.nodes[%d].reason', ?1), ?2) WHERE id = ?3")) !=
	    E_OK)
		return e;
	(void)sqlite3_bind_int64(s, 1, i);
	(void)sqlite3_bind_text(s, 2, reason, -1, SQLITE_STATIC);
	bind_id(s, 3, id);
	e = db_done(s);
	db_end(s);
	return e;
}

/* Append column 0 of the row that s stands on. */
static void
add_column(struct text *out, sqlite3_stmt *s)
{
	const void *p = sqlite3_column_blob(s, 0);

	text_bytes(out, p, (size_t)sqlite3_column_bytes(s, 0));
}

enum err
releases_detail(struct db *db, const uint8_t id[QUERY_ID], struct text *out)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(
		 db, &s, "SELECT detail FROM releases WHERE id = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	if ((e = db_row(s)) == E_OK) {
		add_column(out, s);
		e = out->err;
	}
	db_end(s);
	return e;
}

/* A column of text, cut to out[cap]; "" for NULL. */
static void
take_words(char *out, size_t cap, sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	(void)snprintf(out, cap, "%s", text == NULL ? "" : text);
}

enum err
releases_words(
    struct db *db, struct release_words *out, const uint8_t id[QUERY_ID])
{
	struct release_words w = { .rules = "" };
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT json_extract(detail, '$.rules.name'),"
		 " json_extract(detail, '$.rules.version'), t.key,"
		 " json_extract(t.value, '$.text')"
		 " FROM releases, json_each(detail, '$.themes') AS t"
		 " WHERE releases.id = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	while ((e = db_row(s)) == E_OK) {
		int i = sqlite3_column_int(s, 2);

		take_words(w.rules, sizeof(w.rules), s, 0);
		take_words(w.version, sizeof(w.version), s, 1);
		if (i >= 0 && i < QUERY_THEMES_MAX)
			take_words(w.text[i], sizeof(w.text[i]), s, 3);
	}
	db_end(s);
	if (e != E_NOTFOUND)
		return e;
	*out = w;
	return E_OK;
}

enum err
releases_list(struct db *db, struct text *out)
{
	sqlite3_stmt *s = NULL;
	const char *between = "[";
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT json_remove(detail, '$.totals',"
		 " '$.noise.histograms') FROM releases"
		 " ORDER BY n DESC LIMIT ?")) != E_OK)
		return e;
	(void)sqlite3_bind_int(s, 1, RELEASES_LIST_MAX);
	while ((e = db_row(s)) == E_OK) {
		text_add(out, between);
		add_column(out, s);
		between = ",";
	}
	db_end(s);
	if (e != E_NOTFOUND)
		return e;
	text_add(out, *between == '[' ? "[]" : "]");
	return out->err;
}

/* Numbers [first, first + n) of 64 bits of a blob, as they are stored. */
static enum err
read_blob(struct db *db, const char *table, const char *column, int64_t row,
    size_t first, size_t n, void *out)
{
	sqlite3_blob *blob = NULL;
	enum err e = E_OK;

	if (sqlite3_blob_open(
		db->sqlite, "main", table, column, row, 0, &blob) != SQLITE_OK)
		e = E_DB;
	else if ((first + n) * CELL > (size_t)sqlite3_blob_bytes(blob))
		e = E_RANGE;
	else if (sqlite3_blob_read(blob, out, (int)(n * CELL),
		     (int)(first * CELL)) != SQLITE_OK)
		e = E_DB;
	(void)sqlite3_blob_close(blob);
	return e;
}

/* The same of the numbers of a product, in the order of this machine. */
static enum err
read_numbers(struct db *db, const char *column, int64_t row, size_t first,
    size_t n, void *out)
{
	uint8_t *to = out;
	uint64_t v;
	enum err e = read_blob(db, "products", column, row, first, n, out);

	if (e != E_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		memcpy(&v, to + i * CELL, CELL);
		v = le64toh(v);
		memcpy(to + i * CELL, &v, CELL);
	}
	return E_OK;
}

static enum err
read_view(struct db *db, int64_t row, const struct release_view *v,
    struct release_cells *out)
{
	const struct {
		const char *column;
		size_t first;
		void *out;
	} wanted[] = {
		{ "estimates", v->first_value, out->values },
		{ "half_90", v->first_width, out->half_90 },
		{ "half_95", v->first_width, out->half_95 },
		{ "display", v->first_value, out->display },
	};
	enum err e = E_OK;

	for (size_t i = 0; i < 4 && e == E_OK; i++)
		e = read_numbers(db, wanted[i].column, row, wanted[i].first,
		    v->n, wanted[i].out);
	return e;
}

/* Column 1. */
static void
row_source(sqlite3_stmt *s, char out[RELEASES_SOURCE])
{
	const char *source = (const char *)sqlite3_column_text(s, 1);

	(void)snprintf(
	    out, RELEASES_SOURCE, "%s", source == NULL ? "?" : source);
}

enum err
releases_cells(struct db *db, const uint8_t id[QUERY_ID], const char *source,
    const struct release_view *view, struct release_cells *out)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT p.n, p.source, s.nodes FROM products p"
		 " JOIN sums s ON s.id = p.id AND s.source = p.source"
		 " WHERE p.id = ? AND p.source = ? AND p.level = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	(void)sqlite3_bind_text(s, 2, source, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 3, view->level);
	if ((e = db_row(s)) == E_OK)
		e = read_view(db, sqlite3_column_int64(s, 0), view, out);
	if (e == E_OK) {
		row_source(s, out->source);
		out->nodes = (unsigned)sqlite3_column_int(s, 2);
	}
	db_end(s);
	return e;
}

/* The big-endian numbers of a row of sums. */
static enum err
read_sum(struct db *db, int64_t row, uint32_t n, int64_t *cells)
{
	uint64_t v;
	enum err e = read_blob(db, "sums", "cells", row, 0, n, cells);

	for (uint32_t i = 0; i < n && e == E_OK; i++) {
		memcpy(&v, &cells[i], CELL);
		cells[i] = (int64_t)be64toh(v);
	}
	return e;
}

enum err
releases_sum(struct db *db, const uint8_t id[QUERY_ID], const char *source,
    uint32_t n_cells, struct release_sum *out)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT n, source, nodes FROM sums"
		 " WHERE id = ? AND source = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	(void)sqlite3_bind_text(s, 2, source, -1, SQLITE_STATIC);
	if ((e = db_row(s)) == E_OK)
		e = read_sum(
		    db, sqlite3_column_int64(s, 0), n_cells, out->cells);
	if (e == E_OK) {
		row_source(s, out->source);
		out->nodes = (unsigned)sqlite3_column_int(s, 2);
	}
	db_end(s);
	return e;
}

enum err
releases_sources(struct db *db, const uint8_t id[QUERY_ID],
    struct release_sum *out, size_t cap, size_t *n)
{
	sqlite3_stmt *s = NULL;
	size_t got = 0;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT n, source, nodes FROM sums"
		 " WHERE id = ? ORDER BY n")) != E_OK)
		return e;
	bind_id(s, 1, id);
	while (got < cap && (e = db_row(s)) == E_OK) {
		row_source(s, out[got].source);
		out[got++].nodes = (unsigned)sqlite3_column_int(s, 2);
	}
	db_end(s);
	if (e != E_OK && e != E_NOTFOUND)
		return e;
	*n = got;
	return E_OK;
}
