#include "coordinator/db.h"

#include <stdlib.h>
#include <string.h>

#define APPLICATION 0x57617264 /* "Ward" */
#define VERSION 2
#define BUSY_MS 5000

/* Rows of answers, sums and products are read piece by piece, hence row ids.
 * Numbers of products are little-endian: doubles and 64-bit integers. */
static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS queries ("
    " n INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),"
    " envelope BLOB NOT NULL," /* as the researcher signed it */
    " state INTEGER NOT NULL,"
    " at_once INTEGER NOT NULL,"
    " submitted_at INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS brought (" /* none of older queries */
    " id BLOB PRIMARY KEY REFERENCES queries (id),"
    " party TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS approvals ("
    " id BLOB NOT NULL REFERENCES queries (id),"
    " approver TEXT NOT NULL,"
    " envelope BLOB NOT NULL,"
    " PRIMARY KEY (id, approver));"
    "CREATE TABLE IF NOT EXISTS nodes ("
    " id BLOB NOT NULL REFERENCES queries (id),"
    " node TEXT NOT NULL,"
    " state INTEGER NOT NULL,"
    " code INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " answer BLOB," /* the node's envelope */
    " PRIMARY KEY (id, node));"
    "CREATE TABLE IF NOT EXISTS releases ("
    " n INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL UNIQUE REFERENCES queries (id),"
    " released_at INTEGER NOT NULL,"
    " detail TEXT NOT NULL);" /* JSON: the summary and its totals */
    "CREATE TABLE IF NOT EXISTS sums ("
    " n INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL REFERENCES releases (id),"
    " source TEXT NOT NULL,"
    " nodes INTEGER NOT NULL,"
    " cells BLOB NOT NULL," /* as answered; big-endian 64-bit numbers */
    " UNIQUE (id, source));"
    "CREATE TABLE IF NOT EXISTS products (" /* coordinator/product */
    " n INTEGER PRIMARY KEY,"
    " id BLOB NOT NULL REFERENCES releases (id),"
    " source TEXT NOT NULL,"
    " level INTEGER NOT NULL,"
    " estimates BLOB NOT NULL,"
    " half_90 BLOB NOT NULL,"
    " half_95 BLOB NOT NULL,"
    " display BLOB NOT NULL,"
    " UNIQUE (id, source, level));"
    "PRAGMA application_id = 1466004068;"
    "PRAGMA user_version = 2;"
    "COMMIT;";

enum err
db_run(struct db *db, const char *sql)
{
	return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK
		   ? E_OK
		   : E_DB;
}

enum err
db_prepare(struct db *db, sqlite3_stmt **out, const char *sql)
{
	return sqlite3_prepare_v2(db->sqlite, sql, -1, out, NULL) == SQLITE_OK
		   ? E_OK
		   : E_DB;
}

enum err
db_row(sqlite3_stmt *s)
{
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		return E_OK;
	case SQLITE_DONE:
		return E_NOTFOUND;
	default:
		return E_DB;
	}
}

enum err
db_done(sqlite3_stmt *s)
{
	switch (sqlite3_step(s)) {
	case SQLITE_DONE:
		return E_OK;
	case SQLITE_CONSTRAINT:
		return E_EXISTS;
	default:
		return E_DB;
	}
}

void
db_end(sqlite3_stmt *s)
{
	(void)sqlite3_finalize(s);
}

enum err
db_copy(sqlite3_stmt *s, int i, uint8_t **out, size_t *len)
{
	const void *p = sqlite3_column_blob(s, i);
	size_t n = (size_t)sqlite3_column_bytes(s, i);
	uint8_t *copy = malloc(n + 1);

	if (copy == NULL)
		return E_NOMEM;
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	*out = copy;
	*len = n;
	return E_OK;
}

/* The number that a pragma gives, or -1. */
static int
pragma_number(struct db *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int v = -1;

	if (db_prepare(db, &s, sql) == E_OK && db_row(s) == E_OK)
		v = sqlite3_column_int(s, 0);
	db_end(s);
	return v;
}

/* Is the file ours, or (when it may be made) empty? */
static enum err
check_file(struct db *db, enum db_mode mode)
{
	int application = pragma_number(db, "PRAGMA application_id");
	int version = pragma_number(db, "PRAGMA user_version");

	if (application == -1 || version == -1)
		return E_DB;
	if (application == APPLICATION && version != VERSION)
		return version < VERSION ? E_STATE : E_CONFIG;
	if (application == APPLICATION)
		return E_OK;
	if (mode == DB_READ || application != 0 || version != 0)
		return E_CONFIG;
	return E_OK;
}

enum err
db_open(struct db **out, const char *path, enum db_mode mode)
{
	int flags = mode == DB_READ
			? SQLITE_OPEN_READONLY
			: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	struct db *db = calloc(1, sizeof(*db));
	enum err e;

	if (db == NULL)
		return E_NOMEM;
	if (sqlite3_open_v2(path, &db->sqlite, flags | SQLITE_OPEN_FULLMUTEX,
		NULL) != SQLITE_OK) {
		e = E_DB;
		goto out;
	}
	(void)sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	if ((e = check_file(db, mode)) != E_OK)
		goto out;
	if (mode == DB_WRITE && (e = db_run(db, schema)) != E_OK)
		goto out;
	if ((e = db_run(db,
		 "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		 "PRAGMA trusted_schema = OFF;")) != E_OK)
		goto out;

	*out = db;
	db = NULL;
out:
	db_close(db);
	return e;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	(void)sqlite3_close(db->sqlite);
	free(db);
}
