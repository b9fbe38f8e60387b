/*
 * node/vault.h -- sealed bytes by table and number in one SQLite file.
 *
 * Whatever says anything of records lies in it under the key that node/keys
 * derives for sealing (crypto/seal), each blob bound to its table and number:
 * one that was changed, or stands where another belongs, does not open.  The
 * file's own text is the schema, for everybody to read.
 *
 * One file, WAL, synchronous FULL: a transaction is there whole or not at all.
 */
#ifndef NODE_VAULT_H
#define NODE_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/keys.h"

struct vault; /* opaque; one thread */

enum vault_table {
	VAULT_ROOT, /* 1: the catalog */
	VAULT_BATCH,
	VAULT_REPORT, /* by batch */
	VAULT_WORDS,  /* word lists */
	VAULT_HOT,
	VAULT_AREA,
	VAULT_POINT,
	VAULT_COLD, /* chunks, by part */
	VAULT_IDS,  /* of their rows */
	VAULT_TABLES
};

struct vault_bytes { /* starts as { 0 } */
	uint8_t *at; /* SECRET */
	size_t n, room;
};
void vault_bytes_free(struct vault_bytes *b); /* wipes */
/* vault_bytes_room: room for n bytes at least; what was there is lost.
 * E_NOMEM. */
enum err vault_bytes_room(struct vault_bytes *b, size_t n) MUST_USE;

enum vault_mode { VAULT_WRITE, VAULT_READ };

/*
 * vault_open: VAULT_WRITE makes the file (mode 0600) and its tables. VAULT_READ
 * has read once when it returns: it needs no file opened after that.
 *
 * E_NOTFOUND	VAULT_READ and no file, or an empty one.
 * E_CONFIG	a file of another program or version, or of other keys.
 * E_AGAIN	another process holds it.
 * E_DB, E_NOMEM
 */
enum err vault_open(struct vault **out, const char *path, enum vault_mode mode,
    const struct keys *keys) MUST_USE;
void vault_close(struct vault *v); /* NULL does nothing; rolls back */

/* vault_begin: a transaction that writes.  E_AGAIN: another process has one;
 * E_CONFIG: the file has taken other keys since; E_DB.
 * vault_look: one that reads, and sees one state until its end.  E_DB. */
enum err vault_begin(struct vault *v) MUST_USE;
enum err vault_look(struct vault *v) MUST_USE;
/* vault_taken: in a transaction: was one committed before?  What every commit
 * puts must then be there. */
bool vault_taken(const struct vault *v);
/* vault_commit: make it durable; on failure it is as if rolled back.
 * vault_rollback: end either kind; without one, nothing. */
enum err vault_commit(struct vault *v) MUST_USE;
void vault_rollback(struct vault *v);

/* vault_put: in[n] as that number of the table, in the place of what was there.
 * vault_drop: what is there, if anything.
 * vault_flush: bytes on their way to the disk before vault_commit. */
enum err vault_put(struct vault *v, enum vault_table t, uint64_t id,
    const void *in, size_t n) MUST_USE;
enum err vault_drop(struct vault *v, enum vault_table t, uint64_t id) MUST_USE;
enum err vault_flush(struct vault *v) MUST_USE;

/*
 * vault_get: in a transaction; *out is made as large as it must be.
 *
 * E_NOTFOUND	nothing there.
 * E_DB		also: not what was put there, or more than most bytes.
 * E_NOMEM
 */
enum err vault_get(struct vault *v, struct vault_bytes *out, enum vault_table t,
    uint64_t id, size_t most) MUST_USE;

/* vault_size: bytes of the file as the transaction sees it.  E_DB. */
enum err vault_size(struct vault *v, uint64_t *bytes) MUST_USE;

#endif
