/*
 * node/work.h -- the work of an answer: charge, count, measure, noise, store.
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
 * work_charge: after E_OK the ledger holds one charge for the answer of v,
 * whose verdict is NONE (so what it states is what it costs), and that the
 * query was taken.
 *
 * E_BUDGET	it cannot be paid; nothing is charged.
 * E_DB
 */
enum err work_charge(const struct gate_config *c, const struct verdict *v,
    const uint8_t query_id[QUERY_ID], uint64_t now_s) MUST_USE;

/*
 * work_answer: after E_OK the ledger holds the answer of v, which is charged.
 * A known answer is left as it is.  How long it takes may tell of records and
 * of noise: nobody outside should be waiting for it.  Memory: 4 bytes a count,
 * 16 a cell of the answer, and 8 a square of a HAAR grid; at most 52 MiB.
 *
 * E_CLOSED	the server that has the records went away; nothing will do until
 *		they are opened again.
 * E_DB, E_NOMEM, E_RNG, E_ARG, E_NOTFOUND, E_RANGE: no answer; doing it again
 * does not charge again.
 */
enum err work_answer(
    const struct gate_config *c, const struct verdict *v) MUST_USE;

#endif
