#include "node/journal.h"

#include <stdlib.h>
#include <string.h>

#include "node/sql.h"

enum err
journal_time(struct ledger *l, uint64_t *highest, uint64_t utc_s)
{
	sqlite3_stmt *s = NULL;
	uint64_t before;
	enum err e = sql_number(
	    ledger_db(l), &before, "SELECT coalesce(max(at), 0) FROM seen");

	if (e != E_OK)
		return e;
	if (utc_s > INT64_MAX)
		return E_DB;
	if (utc_s > before) {
		if ((e = sql_prepare(ledger_db(l), &s,
			 "INSERT INTO seen VALUES (1, ?) ON CONFLICT (one)"
			 " DO UPDATE SET at = excluded.at")) != E_OK)
			return e;
		sql_bind_number(s, 1, utc_s);
		if ((e = sql_done(s)) != E_OK)
			return E_DB;
	}
	*highest = before;
	return E_OK;
}

enum err
journal_keep_roster(struct ledger *l, const uint8_t hash[32], uint32_t epoch,
    const char *note, size_t len)
{
	sqlite3_stmt *s = NULL;

	if (sql_prepare(ledger_db(l), &s,
		"INSERT INTO rosters VALUES (?, ?, ?)"
		" ON CONFLICT DO NOTHING") != E_OK)
		return E_DB;
	sql_bind_id(s, 1, hash);
	sql_bind_number(s, 2, epoch);
	(void)sqlite3_bind_blob64(s, 3, note, len, SQLITE_STATIC);
	return sql_done(s) == E_OK ? E_OK : E_DB;
}

enum err
journal_roster(
    struct ledger *l, char **note, size_t *len, const uint8_t hash[32])
{
	sqlite3_stmt *s = NULL;
	char *copy;
	size_t n;
	enum err e = sql_prepare(ledger_db(l), &s,
	    hash == NULL
		? "SELECT note FROM rosters ORDER BY epoch DESC LIMIT 1"
		: "SELECT note FROM rosters WHERE hash = ?");

	if (e == E_OK && hash != NULL)
		sql_bind_id(s, 1, hash);
	if (e != E_OK || (e = sql_step(s)) != E_OK)
		goto out;
	n = (size_t)sqlite3_column_bytes(s, 0);
	if ((copy = calloc(1, n + 1)) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if (n > 0)
		memcpy(copy, sqlite3_column_blob(s, 0), n);
	*note = copy;
	*len = n;
out:
	(void)sqlite3_finalize(s);
	return e;
}

enum err
journal_log(struct ledger *l, uint64_t utc_s, const char *what,
    const uint8_t query_id[QUERY_ID], unsigned code)
{
	sqlite3_stmt *s = NULL;

	if (utc_s > INT64_MAX ||
	    sql_prepare(ledger_db(l), &s,
		"INSERT INTO log (at, what, query, code) VALUES (?, ?, ?, ?)"
		" ON CONFLICT DO NOTHING") != E_OK)
		return E_DB;
	sql_bind_number(s, 1, utc_s);
	(void)sqlite3_bind_text(s, 2, what, -1, SQLITE_STATIC);
	sql_bind_id(s, 3, query_id);
	sql_bind_number(s, 4, code);
	return sql_done(s) == E_OK ? E_OK : E_DB;
}

enum err
journal_lines(struct ledger *l,
    void (*each)(void *ctx, const struct journal_line *line), void *ctx)
{
	sqlite3_stmt *s = NULL;
	enum err e = sql_prepare(ledger_db(l), &s,
	    "SELECT at, what, query, code FROM log ORDER BY n");

	if (e != E_OK)
		return e;
	while ((e = sql_step(s)) == E_OK) {
		struct journal_line line = {
			.utc_s = (uint64_t)sqlite3_column_int64(s, 0),
			.what = (const char *)sqlite3_column_text(s, 1),
			.query_id = sqlite3_column_blob(s, 2),
			.code = (unsigned)sqlite3_column_int(s, 3),
		};

		if (line.what == NULL ||
		    sqlite3_column_bytes(s, 2) != QUERY_ID) {
			e = E_DB;
			break;
		}
		each(ctx, &line);
	}
	(void)sqlite3_finalize(s);
	return e == E_NOTFOUND ? E_OK : E_DB;
}
