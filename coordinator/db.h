/*
 * coordinator/db.h -- the coordinator's database file.
 *
 * SQLite in WAL mode with synchronous FULL: what was committed survives a
 * power cut.  One process writes (merge), one reads (http).  A connection is
 * never carried across a fork.
 */
#ifndef COORDINATOR_DB_H
#define COORDINATOR_DB_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db {
	sqlite3 *sqlite;
};

enum db_mode { DB_WRITE, DB_READ };

/*
 * db_open: DB_WRITE makes the file and its tables when they are not there;
 * DB_READ needs them.  End it with db_close.
 *
 * E_STATE	a file of an older version of ours.
 * E_CONFIG	a file of another program, or of a newer version of ours.
 * E_DB		it cannot be opened.
 * E_NOMEM
 */
enum err db_open(struct db **out, const char *path, enum db_mode mode) MUST_USE;
void db_close(struct db *db); /* NULL does nothing */

/* db_prepare: a statement, for db_end; E_DB. */
enum err db_prepare(
    struct db *db, sqlite3_stmt **out, const char *sql) MUST_USE;

/* db_row: step to the next row.  E_NOTFOUND when there is none; E_DB. */
enum err db_row(sqlite3_stmt *s) MUST_USE;

/* db_done: step a statement that gives no row.  E_EXISTS (a constraint); E_DB
 */
enum err db_done(sqlite3_stmt *s) MUST_USE;

/* db_end: finalize; NULL does nothing. */
void db_end(sqlite3_stmt *s);

/* db_run: statements without parameters or rows.  E_DB. */
enum err db_run(struct db *db, const char *sql) MUST_USE;

/* db_copy: column i as bytes with a NUL after them, the caller's to free.
 * E_NOMEM. */
enum err db_copy(sqlite3_stmt *s, int i, uint8_t **out, size_t *len) MUST_USE;

#endif
