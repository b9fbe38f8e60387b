/*
 * node/pg_look.h -- reading records from PostgreSQL; see node/records.h for
 * what each gives.
 *
 * A count is done by the server: it filters, gives each record its themes and
 * place by two arrays that come with the question, keeps the first C of each
 * (month, unit) in the order of the id, groups and counts; this process adds
 * the groups.  That is the same selection as privacy/bound makes in one pass:
 *
 *	row_number() OVER (PARTITION BY month, unit ORDER BY id) <= C
 *
 * numbers only records that match, as the filters stand below it; a partition
 * is a run of equal (month, unit) in bound's order; uuid compares as memcmp
 * does, and ids of records that are there at one time differ, so the order has
 * no ties and the first C are the same C.  A record without a person is its own
 * unit and always kept: those are counted by a statement without a window.
 * Both statements see one snapshot.
 *
 * On Citus a window by the column that record is distributed by, and groups
 * above it, are worked out on each shard and only added up above.
 */
#ifndef NODE_PG_LOOK_H
#define NODE_PG_LOOK_H

#include <stdint.h>

#include "base/err.h"
#include "node/pg.h"
#include "node/records.h"
#include "node/lexicon.h"

/* w: the words of these records, which may be behind.  No batch is under way on
 * this connection.  Besides records.h's: E_ACCESS. */
enum err pg_look_count(uint32_t *cells, struct pg *p, struct lexicon *w,
    const struct question *q, uint64_t as_of_s, const struct areas *areas,
    const struct themes *rules) MUST_USE;
enum err pg_look_each(struct pg *p, struct lexicon *w, uint16_t first,
    uint16_t n, uint64_t as_of_s,
    enum err (*each)(void *ctx, const struct incident *i), void *ctx) MUST_USE;
enum err pg_look_history(struct pg *p,
    void (*each)(void *ctx, const struct records_load *l), void *ctx) MUST_USE;
enum err pg_look_size(struct pg *p, struct records_size *out) MUST_USE;

#endif
