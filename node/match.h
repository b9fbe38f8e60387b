/*
 * node/match.h -- where else the records of a batch are: rows of the store with
 * an id that the batch has, in whatever month and of whatever unit; and records
 * that the batch itself has in two places.
 *
 * Ids are compared by their first 8 bytes (runs_id).  A batch of n records and
 * a store of m mistake one record for another with a chance of n m / 2^64.
 *
 * Cost: every id of the store is read, 8 bytes a row, once for each slice of
 * the batch: of 1,200,000 records with 64 MiB.  Memory besides that: one bit a
 * row of the chunks that have a match.
 */
#ifndef NODE_MATCH_H
#define NODE_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/catalog.h"
#include "node/runs.h"
#include "node/vault.h"

struct match; /* opaque, SECRET */

/* match_find: of r, after runs_end, in the chunks of c as it is in v; memory
 * bounds its table, in bytes.  E_DB,
 * E_NOMEM. */
enum err match_find(struct match **out, struct runs *r, const struct catalog *c,
    struct vault *v, size_t memory) MUST_USE;
void match_free(struct match *m); /* NULL does nothing */

/* match_records: different records that the batch has. */
uint64_t match_records(const struct match *m);

/* match_chunk, match_row: has the i-th chunk of the catalog (as match_find had
 * it) a match; is that row of it one? */
bool match_chunk(const struct match *m, size_t i);
bool match_row(const struct match *m, size_t i, uint32_t row);

/* match_loses: that row of the batch does not count: the same record was put
 * later in another place. */
bool match_loses(const struct match *m, uint16_t month, const struct row *row);

/* match_ids: out[n] of rows[n], as VAULT_IDS has them: runs_id of those alive,
 * 0 of others; in the machine's order, least byte first. */
void match_ids(uint64_t *out, const struct row *rows, size_t n);

#endif
