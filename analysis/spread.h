/*
 * analysis/spread.h -- intervals from the exact law of the summed noise.
 *
 * A published count is the sum of the counts of m nodes, each with its own
 * draw from a law of base/noise: its noise has the m-fold convolution of that
 * law, computed as it is defined, not approximated by a normal one.
 */
#ifndef ANALYSIS_SPREAD_H
#define ANALYSIS_SPREAD_H

#include <stdint.h>

#include "base/err.h"
#include "base/noise.h"

#define SPREAD_NODES_MAX 1024
#define SPREAD_CHANCE_MIN 1e-12

/*
 * spread_half_widths: half[i], i < n, the smallest h >= 0 with
 * P(|sum of m draws| > h) <= chance[i].
 *
 * Exact for every Gaussian and, up to a standard deviation of the sum of some
 * 20,000 (one draw) to 90,000 (many), for every Laplace.  Beyond that, at
 * chances up to 0.99, a Laplace's is within a whole number of the smallest up
 * to a scale of 2^24, within 10^-9 of itself everywhere (see .c).
 *
 * E_ARG	m is 0 or > SPREAD_NODES_MAX, the law's noise is none of
 *		base/noise, its num or den is 0, or a chance is not in
 *		[SPREAD_CHANCE_MIN, 1).
 * E_NOMEM
 */
enum err spread_half_widths(int64_t *half, const double *chance, unsigned n,
    const struct noise_law *law, unsigned m) MUST_USE;

/*
 * spread_total: the half width at that chance of the sum of `cells`
 * independent such sums.  As above, but a Gaussian of s2 < 8 becomes a normal
 * law with the exact variance once that of the sum is above 34,000, which
 * differs by less than a whole number (see .c).
 *
 * Errors as spread_half_widths, and E_ARG when cells is 0 or above 2^40.
 */
enum err spread_total(int64_t *half, double chance, const struct noise_law *law,
    unsigned m, uint64_t cells) MUST_USE;

/*
 * spread_linear: the half width at that chance of a linear combination of many
 * draws with this standard deviation and excess kurtosis, fourth cumulant /
 * variance^2 (below 0 counts as 0), for where the law itself is out of reach:
 * estimates by least squares.  With z the normal quantile, that is
 *
 *	sd (z + kurtosis (max(0, z^3 - 3 z) / 24 + 1 / 90)),
 *
 * the first term of Cornish and Fisher (1938) for a symmetrical law where it
 * widens, and what it can fall short by; but at most sd / sqrt(chance), which
 * suffices for any law (Chebyshev): the kurtosis of noise that is nearly always
 * 0 has no bound.
 *
 * Error: of Gaussians none (kurtosis 0).  Of Laplaces never too narrow, as far
 * as sums of equal, geometric and single large weights tell; too wide by 3, 4,
 * 16 and 81 % at 10, 5, 1 % and 10^-6 for one draw, by 0.5, 0.1, 0.5 and 6 %
 * for ten of equal weight.  That is of smooth laws: if the combination lives on
 * multiples of some step that is not small beside sd, the caller adds half a
 * step.
 *
 * sd >= 0, chance in [SPREAD_CHANCE_MIN, 1) (assert).
 */
double spread_linear(double sd, double kurtosis, double chance);

/*
 * spread_estimate: the same for an estimate by least squares, a combination of
 * whole numbers with weights of at most 1 in size: wider by half a step of 1
 * up to sd 2, beyond that by 4 / sd^3, as the steps of its terms blur.  Small
 * two-level cases, enumerated (discrete Gaussians of s2 0.1 ... 16, Laplaces of
 * scale 0.5 ... 3), are covered at 5 % in 94.6 % or more; without it down to
 * 86 %.
 *
 * sd and chance as there.
 */
double spread_estimate(double sd, double kurtosis, double chance);

#endif
