#include "coordinator/queries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
query_state_text(enum query_state s)
{
	static const char *const texts[] = {
		[QUERY_WAITING] = "waiting",
		[QUERY_OPEN] = "open",
		[QUERY_RELEASED] = "released",
		[QUERY_FAILED] = "not-released",
		[QUERY_EXPIRED] = "expired",
		[QUERY_VETOED] = "vetoed",
	};

	return s >= QUERY_WAITING && s <= QUERY_VETOED ? texts[s] : "?";
}

const char *
node_state_text(enum node_state s)
{
	static const char *const texts[] = {
		[NODE_ABSENT] = "absent",
		[NODE_ANSWERED] = "answered",
		[NODE_REFUSED] = "refused",
		[NODE_LATE] = "late",
	};

	return (unsigned)s <= NODE_LATE ? texts[s] : "?";
}

static void
bind_id(sqlite3_stmt *s, int i, const uint8_t id[QUERY_ID])
{
	(void)sqlite3_bind_blob(s, i, id, QUERY_ID, SQLITE_STATIC);
}

static void
bind_bytes(sqlite3_stmt *s, int i, const uint8_t *p, size_t len)
{
	(void)sqlite3_bind_blob64(s, i, p, len, SQLITE_STATIC);
}

static void
bind_party(sqlite3_stmt *s, int i, const struct party_id *p)
{
	(void)sqlite3_bind_text(s, i, p->s, -1, SQLITE_STATIC);
}

/* Step a statement without rows and end it, whatever became of it. */
static enum err
finish(sqlite3_stmt *s)
{
	enum err e = db_done(s);

	db_end(s);
	return e;
}

static enum err
put_query(struct db *db, const struct stored_query *q)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "INSERT INTO queries (id, envelope, state, at_once,"
		 " submitted_at) VALUES (?, ?, ?, ?, ?)")) != E_OK)
		return e;
	bind_id(s, 1, q->id);
	bind_bytes(s, 2, q->envelope, q->len);
	(void)sqlite3_bind_int(s, 3, (int)q->state);
	(void)sqlite3_bind_int(s, 4, q->at_once);
	(void)sqlite3_bind_int64(s, 5, (sqlite3_int64)q->submitted_at);
	return finish(s);
}

static enum err
put_bringer(
    struct db *db, const uint8_t id[QUERY_ID], const struct party_id *by)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "INSERT INTO brought (id, party) VALUES (?, ?)")) != E_OK)
		return e;
	bind_id(s, 1, id);
	bind_party(s, 2, by);
	return finish(s);
}

enum err
queries_put(
    struct db *db, const struct stored_query *q, const struct party_id *by)
{
	enum err e;

	if ((e = db_run(db, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	if ((e = put_query(db, q)) == E_OK)
		e = put_bringer(db, q->id, by);
	if (e == E_OK)
		e = db_run(db, "COMMIT");
	if (e != E_OK && db_run(db, "ROLLBACK") != E_OK)
		return E_DB;
	return e;
}

enum err
queries_bringer(struct db *db, struct party_id *out, const uint8_t id[QUERY_ID])
{
	sqlite3_stmt *s = NULL;
	const char *name;
	enum err e;

	if ((e = db_prepare(
		 db, &s, "SELECT party FROM brought WHERE id = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	if ((e = db_row(s)) == E_OK) {
		name = (const char *)sqlite3_column_text(s, 0);
		if (name == NULL ||
		    party_id_parse(out, name, strlen(name)) != E_OK)
			e = E_DB;
	}
	db_end(s);
	return e;
}

enum err
queries_set(struct db *db, const uint8_t id[QUERY_ID], enum query_state state)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(
		 db, &s, "UPDATE queries SET state = ? WHERE id = ?")) != E_OK)
		return e;
	(void)sqlite3_bind_int(s, 1, (int)state);
	bind_id(s, 2, id);
	return finish(s);
}

enum err
queries_set_at_once(struct db *db, const uint8_t id[QUERY_ID])
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "UPDATE queries SET at_once = 1 WHERE id = ?")) != E_OK)
		return e;
	bind_id(s, 1, id);
	return finish(s);
}

enum err
queries_set_envelope(struct db *db, const uint8_t id[QUERY_ID],
    const uint8_t *envelope, size_t len)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "UPDATE queries SET envelope = ? WHERE id = ?")) != E_OK)
		return e;
	bind_bytes(s, 1, envelope, len);
	bind_id(s, 2, id);
	return finish(s);
}

/* The row that s stands on, in columns id, envelope, state, at_once,
 * submitted_at; a view. */
static void
row_query(sqlite3_stmt *s, struct stored_query *q)
{
	memcpy(q->id, sqlite3_column_blob(s, 0), QUERY_ID);
	q->envelope = sqlite3_column_blob(s, 1);
	q->len = (size_t)sqlite3_column_bytes(s, 1);
	q->state = (enum query_state)sqlite3_column_int(s, 2);
	q->at_once = sqlite3_column_int(s, 3) != 0;
	q->submitted_at = (uint64_t)sqlite3_column_int64(s, 4);
}

enum err
queries_each(struct db *db, const uint8_t *id, unsigned limit,
    enum err (*each)(void *ctx, const struct stored_query *q), void *ctx)
{
	struct stored_query q;
	sqlite3_stmt *s = NULL;
	unsigned seen = 0;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT id, envelope, state, at_once, submitted_at"
		 " FROM queries WHERE ?1 IS NULL OR id = ?1"
		 " ORDER BY n DESC LIMIT ?2")) != E_OK)
		return e;
	if (id != NULL)
		bind_id(s, 1, id);
	(void)sqlite3_bind_int64(s, 2, limit);
	while ((e = db_row(s)) == E_OK) {
		seen++;
		row_query(s, &q);
		if ((e = each(ctx, &q)) != E_OK)
			goto out;
	}
	if (e == E_NOTFOUND && (id == NULL || seen > 0))
		e = E_OK;
out:
	db_end(s);
	return e;
}

/* Have we just these bytes of this approver?  *others: how many other
 * approvers spoke. */
static enum err
approval_known(struct db *db, bool *same, int *others,
    const uint8_t id[QUERY_ID], const struct party_id *approver,
    const uint8_t *envelope, size_t len)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT count(*) FILTER (WHERE approver = ?2 AND"
		 " envelope = ?3), count(*) FILTER (WHERE approver <> ?2)"
		 " FROM approvals WHERE id = ?1")) != E_OK)
		return e;
	bind_id(s, 1, id);
	bind_party(s, 2, approver);
	bind_bytes(s, 3, envelope, len);
	if ((e = db_row(s)) == E_OK) {
		*same = sqlite3_column_int(s, 0) > 0;
		*others = sqlite3_column_int(s, 1);
	}
	db_end(s);
	return e;
}

enum err
queries_put_approval(struct db *db, bool *fresh, const uint8_t id[QUERY_ID],
    const struct party_id *approver, const uint8_t *envelope, size_t len)
{
	sqlite3_stmt *s = NULL;
	bool same;
	int others;
	enum err e;

	if ((e = approval_known(
		 db, &same, &others, id, approver, envelope, len)) != E_OK)
		return e;
	if (!same && others >= QUERIES_APPROVALS)
		return E_LIMIT;
	*fresh = !same;
	if (same)
		return E_OK;
	if ((e = db_prepare(db, &s,
		 "INSERT OR REPLACE INTO approvals (id, approver, envelope)"
		 " VALUES (?, ?, ?)")) != E_OK)
		return e;
	bind_id(s, 1, id);
	bind_party(s, 2, approver);
	bind_bytes(s, 3, envelope, len);
	return finish(s);
}

/* Append column 0 of every row of s to *buf, which grows. */
static enum err
append_rows(sqlite3_stmt *s, uint8_t **buf, size_t *len)
{
	enum err e;

	while ((e = db_row(s)) == E_OK) {
		size_t n = (size_t)sqlite3_column_bytes(s, 0);
		uint8_t *more = realloc(*buf, *len + n + 1);

		if (more == NULL)
			return E_NOMEM;
		*buf = more;
		memcpy(more + *len, sqlite3_column_blob(s, 0), n);
		*len += n;
	}
	return e == E_NOTFOUND ? E_OK : e;
}

enum err
queries_bundle(
    struct db *db, const uint8_t id[QUERY_ID], uint8_t **out, size_t *len)
{
	static const char sql[] =
	    "SELECT envelope FROM (SELECT 0 AS k, '' AS who, envelope"
	    " FROM queries WHERE id = ?1 UNION ALL SELECT 1, approver, envelope"
	    " FROM approvals WHERE id = ?1) ORDER BY k, who";
	sqlite3_stmt *s = NULL;
	uint8_t *buf = NULL;
	size_t n = 0;
	enum err e;

	if ((e = db_prepare(db, &s, sql)) != E_OK)
		return e;
	bind_id(s, 1, id);
	if ((e = append_rows(s, &buf, &n)) != E_OK)
		goto out;
	if (n == 0) {
		e = E_NOTFOUND;
		goto out;
	}

	*out = buf;
	*len = n;
	buf = NULL;
out:
	free(buf);
	db_end(s);
	return e;
}

enum err
queries_put_node(struct db *db, const uint8_t id[QUERY_ID],
    const struct node_row *row, const uint8_t *answer, size_t len)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "INSERT OR REPLACE INTO nodes (id, node, state, code, reason,"
		 " at, answer) VALUES (?, ?, ?, ?, ?, ?, ?)")) != E_OK)
		return e;
	bind_id(s, 1, id);
	bind_party(s, 2, &row->node);
	(void)sqlite3_bind_int(s, 3, (int)row->state);
	(void)sqlite3_bind_int64(s, 4, row->code);
	(void)sqlite3_bind_text(s, 5, row->reason, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(s, 6, (sqlite3_int64)row->at);
	if (answer != NULL)
		bind_bytes(s, 7, answer, len);
	return finish(s);
}

/* The row that s stands on, in columns node, state, code, reason, at. */
static enum err
row_node(sqlite3_stmt *s, struct node_row *row)
{
	const char *name = (const char *)sqlite3_column_text(s, 0);
	const char *reason = (const char *)sqlite3_column_text(s, 3);

	*row = (struct node_row){
		.state = (enum node_state)sqlite3_column_int(s, 1),
		.code = (unsigned)sqlite3_column_int(s, 2),
		.at = (uint64_t)sqlite3_column_int64(s, 4),
	};
	if (name == NULL || reason == NULL ||
	    party_id_parse(&row->node, name, strlen(name)) != E_OK)
		return E_DB;
	(void)snprintf(row->reason, sizeof(row->reason), "%s", reason);
	return E_OK;
}

enum err
queries_nodes(struct db *db, const uint8_t id[QUERY_ID], struct node_row *rows,
    size_t cap, size_t *n)
{
	sqlite3_stmt *s = NULL;
	size_t got = 0;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT node, state, code, reason, at FROM nodes"
		 " WHERE id = ? ORDER BY node")) != E_OK)
		return e;
	bind_id(s, 1, id);
	while (got < cap && (e = db_row(s)) == E_OK)
		if ((e = row_node(s, &rows[got++])) != E_OK)
			break;
	db_end(s);
	if (e != E_OK && e != E_NOTFOUND)
		return e;
	*n = got;
	return E_OK;
}

enum err
queries_answer(struct db *db, const uint8_t id[QUERY_ID],
    const struct party_id *node, uint8_t **out, size_t *len)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if ((e = db_prepare(db, &s,
		 "SELECT answer FROM nodes WHERE id = ? AND node = ?"
		 " AND answer IS NOT NULL")) != E_OK)
		return e;
	bind_id(s, 1, id);
	bind_party(s, 2, node);
	if ((e = db_row(s)) == E_OK)
		e = db_copy(s, 0, out, len);
	db_end(s);
	return e;
}
