#include "coordinator/releases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
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

static enum err
put_sum(struct db *db, const uint8_t id[QUERY_ID],
    const struct release_sum *sum, uint32_t n_cells)
{
	size_t len = (size_t)n_cells * CELL;
	uint8_t *bytes = malloc(len);
	struct wr w = wr_over(bytes, len);
	sqlite3_stmt *s = NULL;
	enum err e;

	if (bytes == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < n_cells; i++)
		wr_be64(&w, (uint64_t)sum->cells[i]);
	if ((e = db_prepare(db, &s,
		 "INSERT INTO sums (id, source, nodes, half_width_95, cells)"
		 " VALUES (?, ?, ?, ?, ?)")) != E_OK)
		goto out;
	bind_id(s, 1, id);
	(void)sqlite3_bind_text(s, 2, sum->source, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 3, sum->nodes);
	(void)sqlite3_bind_int64(s, 4, sum->half_width_95);
	(void)sqlite3_bind_blob64(s, 5, bytes, len, SQLITE_STATIC);
	e = db_done(s);
out:
	db_end(s);
	free(bytes);
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

enum err
releases_list(struct db *db, struct text *out)
{
	sqlite3_stmt *s = NULL;
	const char *between = "[";
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT json_remove(detail, '$.totals') FROM releases"
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

/* Cells [first, first + n) of the stored numbers of a row. */
static enum err
read_cells(
    struct db *db, int64_t row, uint32_t first, uint32_t n, int64_t *cells)
{
	size_t len = (size_t)n * CELL;
	uint8_t *bytes = NULL;
	sqlite3_blob *blob = NULL;
	struct rd r;
	enum err e;

	if (sqlite3_blob_open(db->sqlite, "main", "sums", "cells", row, 0,
		&blob) != SQLITE_OK) {
		e = E_DB;
		goto out;
	}
	if (((uint64_t)first + n) * CELL > (uint64_t)sqlite3_blob_bytes(blob)) {
		e = E_RANGE;
		goto out;
	}
	if ((bytes = malloc(len + 1)) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if (sqlite3_blob_read(blob, bytes, (int)len, (int)(first * CELL)) !=
	    SQLITE_OK) {
		e = E_DB;
		goto out;
	}
	r = rd_over(bytes, len);
	for (uint32_t i = 0; i < n; i++)
		cells[i] = (int64_t)rd_be64(&r);
	e = E_OK;
out:
	free(bytes);
	(void)sqlite3_blob_close(blob);
	return e;
}

/* Source, nodes, half width from columns 1, 2, 3. */
static void
row_sum(sqlite3_stmt *s, struct release_sum *out)
{
	const char *source = (const char *)sqlite3_column_text(s, 1);

	(void)snprintf(out->source, sizeof(out->source), "%s",
	    source == NULL ? "?" : source);
	out->nodes = (unsigned)sqlite3_column_int(s, 2);
	out->half_width_95 = sqlite3_column_int64(s, 3);
}

enum err
releases_cells(struct db *db, const uint8_t id[QUERY_ID], const char *source,
    uint32_t first, uint32_t n, struct release_sum *out)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT n, source, nodes, half_width_95 FROM sums"
		 " WHERE id = ? AND source = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	(void)sqlite3_bind_text(s, 2, source, -1, SQLITE_STATIC);
	if ((e = db_row(s)) == E_OK)
		e = read_cells(
		    db, sqlite3_column_int64(s, 0), first, n, out->cells);
	if (e == E_OK)
		row_sum(s, out);
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
		 "SELECT n, source, nodes, half_width_95 FROM sums"
		 " WHERE id = ? ORDER BY n")) != E_OK)
		return e;
	bind_id(s, 1, id);
	while (got < cap && (e = db_row(s)) == E_OK)
		row_sum(s, &out[got++]);
	db_end(s);
	if (e != E_OK && e != E_NOTFOUND)
		return e;
	*n = got;
	return E_OK;
}
