/*
 * node/pg_load.h -- a batch of records into PostgreSQL: streamed by binary COPY
 * into a table of its own, then set against what is there, in one transaction.
 * See node/records.h for what a batch does.
 */
#ifndef NODE_PG_LOAD_H
#define NODE_PG_LOAD_H

#include "base/err.h"
#include "node/pg.h"
#include "node/records.h"
#include "node/lexicon.h"

struct pg_load; /* opaque: a batch under way */

/* pg_load_begin: p and words, those of p's records, must outlive it.  E_EXISTS
 * (and *loaded_at), E_AGAIN, E_DB, E_NOMEM, E_ACCESS. */
enum err pg_load_begin(struct pg_load **out, struct pg *p,
    struct lexicon *words, const struct records_batch *b,
    uint64_t *loaded_at) MUST_USE;

/* pg_load_free: what was not committed is undone.  NULL does nothing. */
void pg_load_free(struct pg_load *l);

/* In this order, put and replace in any: as records_... say.  Memory: the
 * words, and 64 KiB of rows. */
enum err pg_load_put(struct pg_load *l, const struct incident *i) MUST_USE;
enum err pg_load_replace(struct pg_load *l, uint32_t source, const char *feed,
    uint16_t first, uint16_t n) MUST_USE;
enum err pg_load_merge(struct pg_load *l, struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total),
    void *ctx) MUST_USE;
enum err pg_load_commit(struct pg_load *l,
    enum err (*when)(void *ctx, uint64_t *utc_s), void *ctx,
    const char *report) MUST_USE;

#endif
