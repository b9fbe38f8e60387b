/*
 * node/runs.h -- the rows of a batch, in any order and number, sorted by
 * month and chunk_order in bounded memory.
 *
 * What does not fit is written as a sorted run into a file without a name, see
 * node/scrap; runs are merged as they are read.  Of rows of a month that
 * chunk_order holds alike the last that was put counts.
 */
#ifndef NODE_RUNS_H
#define NODE_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/chunk.h"

struct runs; /* opaque, SECRET; one thread */

struct runs_id {
	uint64_t id;    /* runs_id of the record's */
	uint64_t where; /* runs_where of it */
};

/* runs_id: the first 8 bytes of a record id as a number, never 0.  Ids are
 * keyed hashes: two of n share it with a chance below n^2 / 2^65. */
uint64_t runs_id(const uint8_t id[INCIDENT_KEY]);
/* runs_where: the month and the first 48 bits of chunk_key, in their order. */
uint64_t runs_where(uint16_t month, const struct row *row);

/*
 * runs_new: none yet.
 *
 * path		a file in whose folder there is room for what does not fit.
 * memory	bounds what is held, in bytes; reading takes 24 MiB at most.
 * ids		only ids are wanted: runs_month then finds no rows.
 *
 * E_NOMEM
 */
enum err runs_new(
    struct runs **out, const char *path, size_t memory, bool ids) MUST_USE;
void runs_free(struct runs *r); /* wipes; NULL does nothing */

/* runs_put: one row, before runs_end.  E_IO, E_NOMEM, E_RNG. */
enum err runs_put(
    struct runs *r, uint16_t month, const struct row *row) MUST_USE;
enum err runs_end(struct runs *r) MUST_USE; /* once, after the last put */

/* runs_has: was a row of that month put? */
bool runs_has(const struct runs *r, uint16_t month);

/* runs_month: what runs_next gives from now on are the rows of that month, from
 * the first; never an earlier month than before.  runs_next: *out is the next
 * one, valid until the next call, or NULL.  E_IO, E_NOMEM. */
enum err runs_month(struct runs *r, uint16_t month) MUST_USE;
enum err runs_next(struct runs *r, const struct row **out) MUST_USE;

/* runs_put_count: rows that were put.  runs_ids: in the order in which they
 * were put, list by list: *out is the i-th, valid until the next call; NULL:
 * there are no more.  E_IO, E_NOMEM. */
uint64_t runs_put_count(const struct runs *r);
enum err runs_ids(
    struct runs *r, size_t i, const struct runs_id **out, size_t *n) MUST_USE;

#endif
