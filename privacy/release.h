/*
 * privacy/release.h -- exact counts in, noisy counts out: the only door.
 *
 * A release needs a grant, which is made from a charge that is on disk, and
 * which is good once.
 */
#ifndef PRIVACY_RELEASE_H
#define PRIVACY_RELEASE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "privacy/charge.h"

#define RELEASE_EXACT_MAX (INT64_C(1) << 41) /* exact values are smaller */

struct grant { /* do not copy, store or build by hand */
	uint32_t seal;
	struct cost cost; /* each month of the question */
};

/* grant_new: the right to one release at that cost.  Call it when the ledger
 * has made the charge durable, and only then.  nrho or neps > 0 (assert). */
void grant_new(struct grant *out, const struct cost *cost);

struct release_plan {
	struct charge_bound bound;
	size_t n_parts;                  /* >= 1 */
	const struct charge_part *parts; /* in the order of their cells */
};

/*
 * release_counts: noisy[i] = exact[i] + noise, every cell its own draw by the
 * law of its part; the cells of all parts stand one after another.  The grant
 * is wiped first, whatever follows.
 *
 * exact	SECRET: no branch, index or time depends on it.  Smaller in size
 *		than RELEASE_EXACT_MAX: the caller's promise, unchecked, as a
 *		check would branch on it.
 *
 * noisy is wiped on failure.
 *
 * E_SPENT	the grant was used before, or is none.
 * E_BUDGET	the plan costs more than was granted, in any of the three.
 * E_ARG	no part, or one out of range.
 * E_RNG, E_RANGE	as noise_draw.
 */
enum err release_counts(int64_t *noisy, const int64_t *exact,
    struct grant *grant, const struct release_plan *plan,
    const struct rng *rng) MUST_USE;

#endif
