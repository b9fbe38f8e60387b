#include "node/sql.h"

#include <assert.h>

enum err
sql_step(sqlite3_stmt *s)
{
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		return E_OK;
	case SQLITE_DONE:
		return E_NOTFOUND;
	case SQLITE_CONSTRAINT:
		return E_EXISTS;
	default:
		return E_DB;
	}
}

enum err
sql_done(sqlite3_stmt *s)
{
	enum err e = sql_step(s);

	(void)sqlite3_finalize(s);
	return e == E_NOTFOUND ? E_OK : e == E_OK ? E_DB : e;
}

enum err
sql_prepare(sqlite3 *db, sqlite3_stmt **s, const char *sql)
{
	return sqlite3_prepare_v2(db, sql, -1, s, NULL) == SQLITE_OK ? E_OK
								     : E_DB;
}

enum err
sql_run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? E_OK
								    : E_DB;
}

void
sql_bind_id(sqlite3_stmt *s, int i, const uint8_t id[QUERY_ID])
{
	(void)sqlite3_bind_blob(s, i, id, QUERY_ID, SQLITE_STATIC);
}

void
sql_bind_number(sqlite3_stmt *s, int i, uint64_t v)
{
	assert(v <= INT64_MAX);
	(void)sqlite3_bind_int64(s, i, (sqlite3_int64)v);
}

enum err
sql_number(sqlite3 *db, uint64_t *out, const char *sql)
{
	sqlite3_stmt *s = NULL;
	enum err e = sql_prepare(db, &s, sql);

	if (e == E_OK && (e = sql_step(s)) == E_OK)
		*out = (uint64_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return e == E_NOTFOUND ? E_DB : e;
}
