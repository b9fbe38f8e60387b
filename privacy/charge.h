/*
 * privacy/charge.h -- what an answer costs: three integers.
 *
 * nrho	nano-rho of zero-concentrated DP, for Gaussian noise: Bun, Steinke,
 *	arXiv:1605.02658; arXiv:2004.00010 theorem 14: rho = L2^2 / (2 s2).
 * neps	nano-epsilon of pure DP, for Laplace noise and Polya shares:
 *	eps = L1 / t, and L1 ln(b / a).
 * tv	total variation of the noise from its law, in units of 2^-100, for draws
 *	from tables (privacy/noise); converting adds (1 + e^eps) times it to
 *	delta.
 *
 * One person-month moves a histogram by at most c records, each in k of the
 * themes asked, under d unlinked keys: L1 = d c k.  Where themes stand in
 * cells of their own L2 = d c sqrt(k); where they are added up (folded) the k
 * meet in one cell and L2 = d c k.  Coefficients are 0, 1 and -1, and a record
 * has one cell per theme and histogram.  Every rounding is up.
 */
#ifndef PRIVACY_CHARGE_H
#define PRIVACY_CHARGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "privacy/noise.h"
#include "privacy/polya.h"

#define CHARGE_NANO UINT64_C(1000000000) /* nano-units of one */

struct cost { /* of one month at one node */
	uint64_t nrho, neps, tv;
};

struct charge_bound {
	uint32_t c, k, d; /* each 1 ... 65,535 */
};

struct charge_part {    /* one histogram of an answer */
	uint64_t cells; /* of the whole histogram, all months */
	bool folded;
	struct noise_law law;
};

/*
 * charge_add: add to *total what a histogram costs each month it touches, >= 1
 * of nrho or neps.  *total is untouched on failure.
 *
 * E_ARG	a field out of range.
 * E_RANGE	it does not fit 64 bits.
 */
enum err charge_add(struct cost *total, const struct charge_bound *bound,
    const struct charge_part *part) MUST_USE;

/* charge_share: likewise for a share of the secret sum: one histogram, which
 * one person moves by g d c k: known to g of the nodes that add up. */
enum err charge_share(struct cost *total, const struct charge_bound *bound,
    uint32_t g, const struct polya *law) MUST_USE;

/*
 * charge_fit: the least noise of that kind whose charge for one histogram is
 * at most nano (nrho for GAUSS, neps otherwise): sets num and den, den the
 * largest power of ten <= 1,000 that fits.  law.noise is read.
 *
 * E_ARG	nano is 0, or a field out of range.
 * E_RANGE	no such noise is in the range of privacy/noise.
 */
enum err charge_fit(struct noise_law *law, const struct charge_bound *bound,
    bool folded, uint64_t nano) MUST_USE;

/* cost_within: is each of the three at most its cap? */
bool cost_within(const struct cost *cost, const struct cost *cap);

/* cost_sum: *out = a + b, each of the three; E_RANGE. */
enum err cost_sum(
    struct cost *out, const struct cost *a, const struct cost *b) MUST_USE;

#endif
