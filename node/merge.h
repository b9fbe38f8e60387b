/*
 * node/merge.h -- a batch merged into the chunks of the store, month by month.
 *
 * Rows of a month and rows of the batch pass by in one order.  A row that
 * changes gets an end (died), and its new state a row of its own; rows are
 * never dropped.  Chunks in front of the first change of a month stay as they
 * are, and so does a month without one.  Memory: two chunks of rows.
 */
#ifndef NODE_MERGE_H
#define NODE_MERGE_H

#include "base/err.h"
#include "node/catalog.h"
#include "node/lexicon.h"
#include "node/match.h"
#include "node/records.h"
#include "node/runs.h"
#include "node/scope.h"
#include "node/shelf.h"

struct merge_batch { /* all of it the caller's */
	enum records_act act;
	uint32_t number;           /* of the batch, from 1 */
	struct runs *runs;         /* after runs_end */
	const struct match *match; /* of runs in the catalog */
	struct scope *scope;
	const struct lexicon *words;
	struct shelf *shelf;
};

/*
 * merge_months: b into c, whose next is spent for new chunks; *out says what
 * was done.  progress: see records_merge.
 *
 * E_DB, E_NOMEM, E_RNG	c and what lies in the vault is then good for nothing
 *			but a rollback.
 */
enum err merge_months(struct catalog *c, const struct merge_batch *b,
    struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total),
    void *ctx) MUST_USE;

#endif
