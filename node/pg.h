/*
 * node/pg.h -- a connection to PostgreSQL, with our errors and with every
 * field that the server sends checked for type, length and range.
 *
 * Unix sockets only: the server is on this machine, and whoever may connect is
 * the socket's and pg_hba.conf's to say.  No SQL is made from data: statements
 * are constants, values go beside them as binary parameters.
 *
 * What the server says in words may quote a value.  So words are logged (to
 * standard error, one line) of a connection that fails, when nothing of a
 * record was on it yet; later only the five letters of the SQLSTATE.
 *
 * Source: libpq's protocol functions and the binary formats of PostgreSQL 15,
 * documentation chapters 34 and 55 and the page of COPY.
 */
#ifndef NODE_PG_H
#define NODE_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PG_KEY 16   /* bytes of a uuid */
#define PG_ARGS 14  /* parameters of a statement */
#define PG_TEXT 512 /* bytes of the longest text of a row copied in */

struct pg; /* opaque; one connection, one thread */

/*
 * pg_open: where is a connection string of libpq with the keywords host (the
 * folder of the socket, from "/" on), port, dbname, user and passfile, and no
 * others.  Variables of the environment that libpq would read ("PGHOST") are
 * removed from it.
 *
 * E_CONFIG	another keyword, another host, a database that is not UTF-8 or a
 *		server older than 14.
 * E_ACCESS	the server asks for a password that is not there.
 * E_DB		no connection; the log says why.
 * E_NOMEM
 */
enum err pg_open(struct pg **out, const char *where) MUST_USE;
bool pg_lost(const struct pg *p); /* is the connection gone for good? */
void pg_close(struct pg *p); /* NULL does nothing; what is open is undone */

/*
 * All that follow: E_ACCESS when the role lacks a right, E_AGAIN when a lock is
 * held, else E_DB, E_NOMEM.
 */

/* Values of a statement, binary.  Zeroed to start; what is pointed to stays
 * the caller's until the statement has run, but for pg_arg_array's copy, which
 * pg_args_free frees and wipes.  At most PG_ARGS, else a broken caller. */
struct pg_args {
	int n;
	unsigned types[PG_ARGS];
	const char *values[PG_ARGS];
	int lengths[PG_ARGS];
	uint8_t numbers[PG_ARGS][8];
	void *owned[PG_ARGS];
};
void pg_arg_bool(struct pg_args *a, bool v);
void pg_arg_i32(struct pg_args *a, int32_t v);
void pg_arg_i64(struct pg_args *a, int64_t v);
void pg_arg_text(struct pg_args *a, const char *s);
void pg_arg_bytes(struct pg_args *a, const void *p, size_t n); /* bytea */
/* pg_arg_array: integer[] of v[n], n <= 2^24, its first index 1.  E_NOMEM. */
enum err pg_arg_array(struct pg_args *a, const int32_t *v, size_t n) MUST_USE;
void pg_args_free(struct pg_args *a);

/* A row that the server sent.  Sticky as base/rd: a field of another type,
 * length or range, or NULL, sets err to E_DB and reads as 0. */
struct pg_row {
	const void *result;
	int at;
	enum err err;
};
/* pg_number: smallint, integer, bigint or boolean, in [least, most]. */
int64_t pg_number(struct pg_row *r, int column, int64_t least, int64_t most);
void pg_key(struct pg_row *r, int column, uint8_t out[PG_KEY]); /* uuid */
/* pg_bytes: bytea of just n bytes. */
void pg_bytes(struct pg_row *r, int column, void *out, size_t n);
/* pg_text: text without NUL, that fits in out[cap] with one. */
void pg_text(struct pg_row *r, int column, char *out, size_t cap);

/* pg_run: statements without values and rows. */
enum err pg_run(struct pg *p, const char *sql) MUST_USE;

/* pg_do: a statement that changes rows; *rows (unless NULL): how many. */
enum err pg_do(struct pg *p, const char *sql, const struct pg_args *a,
    uint64_t *rows) MUST_USE;

/* pg_ask: every row of just so many columns, one by one as they come, in
 * bounded memory.  What each returns, or leaves in the row, ends it.  a may be
 * NULL.  each may not use the connection. */
enum err pg_ask(struct pg *p, const char *sql, const struct pg_args *a,
    int columns, enum err (*each)(void *ctx, struct pg_row *r),
    void *ctx) MUST_USE;

/* pg_ask_number: of one row of one column: a number >= 0. */
enum err pg_ask_number(struct pg *p, const char *sql, const struct pg_args *a,
    int64_t *out) MUST_USE;

/* pg_commit: E_DB, too, when the server undid the transaction instead.
 * pg_rollback: on a connection that is gone it is undone already. */
enum err pg_commit(struct pg *p) MUST_USE;
void pg_rollback(struct pg *p);

/*
 * Rows into a table, as a stream of bounded memory: sql is a "COPY ... FROM
 * STDIN (FORMAT binary)".  Then for each row pg_copy_row with its number of
 * fields, and the fields.  Nothing else may use the connection before
 * pg_copy_end, which says how many rows the server took, or pg_copy_stop, which
 * drops them.
 */
enum err pg_copy(struct pg *p, const char *sql) MUST_USE;
enum err pg_copy_row(struct pg *p, uint16_t fields) MUST_USE;
void pg_copy_bool(struct pg *p, bool v);
void pg_copy_i16(struct pg *p, int16_t v);
void pg_copy_i32(struct pg *p, int32_t v);
void pg_copy_i64(struct pg *p, int64_t v);
void pg_copy_key(struct pg *p, const uint8_t key[PG_KEY]);
void pg_copy_text(struct pg *p, const char *s); /* below PG_TEXT bytes */
enum err pg_copy_end(struct pg *p, uint64_t *rows) MUST_USE;
void pg_copy_stop(struct pg *p);

#endif
