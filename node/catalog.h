/*
 * node/catalog.h -- what a store of records holds: when each batch was loaded,
 * and which chunks make up each month.
 *
 * Everything else in the store is reached from it by numbers that are given
 * once and never again.  So it says which state of the store is meant: an
 * older blob in the place of a newer one does not fit it.
 */
#ifndef NODE_CATALOG_H
#define NODE_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/chunk.h"

struct catalog_chunk {
	uint64_t id;    /* of its blobs */
	uint16_t month; /* that all its rows are of */
	uint32_t alive; /* rows that nothing took away */
	struct chunk_about about;
};

struct catalog {        /* starts as { .next = 1 } */
	uint64_t next;  /* number of the next blob */
	uint64_t words; /* blob of the words; 0: none yet */
	uint64_t
	    *times; /* [n_batches] UTC s, never falling; batch n: [n - 1] */
	size_t n_batches, room_batches;
	struct catalog_chunk *chunks; /* [n_chunks] by month, then in order */
	size_t n_chunks, room_chunks;
};

void catalog_free(struct catalog *c); /* empties it */

/* catalog_as_of: the last batch loaded at or before that time; 0: none was. */
uint32_t catalog_as_of(const struct catalog *c, uint64_t utc_s);

/* catalog_month: chunks [*first, *first + n) are that month's; n. */
size_t catalog_month(const struct catalog *c, uint16_t month, size_t *first);

/* catalog_batch: one more.  CHUNK_NUMBER_MAX - 1 at most: E_LIMIT.  E_NOMEM. */
enum err catalog_batch(struct catalog *c, uint64_t utc_s) MUST_USE;

/* catalog_splice: in[n] in the place of chunks [first, first + old).  E_NOMEM,
 * and c is as it was. */
enum err catalog_splice(struct catalog *c, size_t first, size_t old,
    const struct catalog_chunk *in, size_t n) MUST_USE;

/* catalog_bytes: bytes that catalog_write writes.  catalog_read: *out, which is
 * empty, from in[n].  E_FORMAT, E_NOMEM: it is empty still. */
size_t catalog_bytes(const struct catalog *c);
void catalog_write(const struct catalog *c, uint8_t *out);
enum err catalog_read(
    struct catalog *out, const uint8_t *in, size_t n) MUST_USE;

#endif
