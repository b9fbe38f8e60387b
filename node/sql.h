/*
 * node/sql.h -- statements of SQLite with our errors, for ledger and journal.
 */
#ifndef NODE_SQL_H
#define NODE_SQL_H

#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"
#include "model/query.h"

/* sql_prepare: the caller ends *s with sqlite3_finalize.  sql_run: statements
 * without rows and parameters.  E_DB. */
enum err sql_prepare(sqlite3 *db, sqlite3_stmt **s, const char *sql) MUST_USE;
enum err sql_run(sqlite3 *db, const char *sql) MUST_USE;

/* sql_step: E_OK for a row, E_NOTFOUND for none, E_EXISTS when a constraint
 * forbids it, E_DB. */
enum err sql_step(sqlite3_stmt *s) MUST_USE;

/* sql_done: step a statement that gives no row, and end it.  E_EXISTS, E_DB. */
enum err sql_done(sqlite3_stmt *s) MUST_USE;

/* sql_bind_id, sql_bind_number: parameter i, from 1; id[QUERY_ID] stays until
 * the step; v <= INT64_MAX.  A failure shows as a NULL, which every column
 * refuses. */
void sql_bind_id(sqlite3_stmt *s, int i, const uint8_t id[QUERY_ID]);
void sql_bind_number(sqlite3_stmt *s, int i, uint64_t v);

/* sql_number: what a query of one row and no parameters gives.  E_DB. */
enum err sql_number(sqlite3 *db, uint64_t *out, const char *sql) MUST_USE;

#endif
