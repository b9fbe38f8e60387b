/*
 * node/work.h -- the work of an answer: charge, count, noise, store.
 *
 * Each step is on disk before the next.  What a crash leaves half done is
 * finished by doing it again: nothing can have left before it was stored.
 */
#ifndef NODE_WORK_H
#define NODE_WORK_H

#include "base/err.h"
#include "node/gate.h"
#include "node/verdict.h"

/*
 * work_do: after E_OK the ledger holds the answer of v, whose verdict is NONE,
 * and one charge for it.  A known answer is left as it is.
 *
 * E_BUDGET	it cannot be paid; nothing is charged.
 * E_DB, E_NOMEM, E_RNG, E_ARG, E_NOTFOUND, E_RANGE	no answer; it may be
 *		charged, and doing it again does not charge again.
 */
enum err work_do(const struct gate_config *c, const struct verdict *v,
    const uint8_t query_id[QUERY_ID], uint64_t now_s) MUST_USE;

#endif
