/*
 * privacy/charge.h -- what an answer costs, in nano-rho of zCDP.
 *
 * Source: Bun, Steinke, "Concentrated Differential Privacy", arXiv:1605.02658,
 * and arXiv:2004.00010 theorem 14 for the discrete Gaussian:
 * rho = L2^2 / (2 s2).  One person-month moves the counts by at most
 * L2 = d c sqrt(k): c records, each in k of the themes asked, under d keys.
 */
#ifndef PRIVACY_CHARGE_H
#define PRIVACY_CHARGE_H

#include <stdint.h>

#include "base/err.h"

#define CHARGE_NRHO UINT64_C(1000000000) /* nano-rho of rho 1 */

struct charge_law {              /* what a charge depends on */
	uint32_t c, k, d;        /* each 1 ... 65,535 */
	uint32_t s2_num, s2_den; /* each >= 1 */
};

/*
 * charge_gauss: *nrho = ceil(10^9 d^2 c^2 k s2_den / (2 s2_num)), >= 1.
 *
 * E_ARG	a field out of range.
 * E_RANGE	it does not fit 64 bits.
 */
enum err charge_gauss(uint64_t *nrho, const struct charge_law *law) MUST_USE;

/*
 * charge_variance: the smallest variance s2_num / s2_den, with s2_den the
 * largest power of ten <= 1,000 that fits, whose charge is <= nrho; sets the
 * two fields of law from its others.
 *
 * E_ARG	nrho is 0, or c, k or d out of range.
 * E_RANGE	no such variance fits 32 bits.
 */
enum err charge_variance(struct charge_law *law, uint64_t nrho) MUST_USE;

#endif
