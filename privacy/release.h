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

struct grant { /* do not copy, store or build by hand */
	uint32_t seal;
	uint64_t nrho; /* each month of the question, > 0 */
};

/* grant_new: the right to one release at that charge.  Call it when the
 * ledger has made the charge durable, and only then.  nrho > 0 (assert). */
void grant_new(struct grant *out, uint64_t nrho);

/*
 * release_counts: noisy[i] = exact[i] + noise, i < n, every cell its own
 * draw by law.  The grant is wiped first, whatever follows.
 *
 * exact	SECRET: no branch, index or time depends on it.
 *
 * noisy is wiped on failure.
 *
 * E_SPENT	the grant was used before, or is none.
 * E_BUDGET	law costs more than was granted.
 * E_ARG	law out of range.
 * E_RNG, E_RANGE	as gauss_draw.
 */
enum err release_counts(int64_t *noisy, const uint32_t *exact, size_t n,
    struct grant *grant, const struct charge_law *law,
    const struct rng *rng) MUST_USE;

#endif
