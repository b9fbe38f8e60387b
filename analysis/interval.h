/*
 * analysis/interval.h -- intervals from the exact law of the summed noise.
 *
 * A published number is the sum of the counts of m nodes, each with its own
 * discrete Gaussian N_Z(0, s2): the law is the m-fold convolution, computed
 * as it is defined, not approximated by a normal one.
 */
#ifndef ANALYSIS_INTERVAL_H
#define ANALYSIS_INTERVAL_H

#include <stdint.h>

#include "base/err.h"

#define INTERVAL_NODES_MAX 1024

/*
 * interval_half_widths: half[i], i < n, the smallest h >= 0 with
 * P(|sum of m draws| > h) <= chance[i].
 *
 * E_ARG	m is 0 or > INTERVAL_NODES_MAX, the variance is 0/x, x/0 or
 *		above 2^32, or a chance is not in [1e-12, 1).
 * E_NOMEM
 */
enum err interval_half_widths(int64_t *half, const double *chance, unsigned n,
    uint32_t s2_num, uint32_t s2_den, unsigned m) MUST_USE;

/* interval_sd: the standard deviation of one draw of N_Z(0, s2): its exact
 * law, which for small s2 is below sqrt(s2).  Variance as above (assert). */
double interval_sd(uint32_t s2_num, uint32_t s2_den);

/*
 * interval_total: the half width at that chance of the sum of `cells`
 * independent such sums: the law itself while s2 >= 8 or the variance of the
 * sum is at most 34,000; beyond, a normal one with the exact variance, which
 * differs by less than a whole number (see .c).
 *
 * Errors as interval_half_widths, and E_ARG when cells is 0 or above 2^40.
 */
enum err interval_total(int64_t *half, double chance, uint32_t s2_num,
    uint32_t s2_den, unsigned m, uint64_t cells) MUST_USE;

#endif
