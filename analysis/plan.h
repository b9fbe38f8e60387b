/*
 * analysis/plan.h -- how to divide a charge over the histograms of an answer.
 *
 * From public things alone: the shape, what people want to look at, and how
 * large the counts usually are.  The node executes what comes of it; it does
 * not plan.
 */
#ifndef ANALYSIS_PLAN_H
#define ANALYSIS_PLAN_H

#include <stddef.h>

#include "analysis/estimate.h"
#include "base/err.h"
#include "base/noise.h"

struct plan_view { /* numbers that people want to see */
	bool apart[2];
	unsigned level;
	double weight; /* > 0: of the mean variance of these numbers in what is
			* minimised; 1 / mean count is natural: noise beside the
			* variation that counts have anyway */
};

/*
 * plan_shares: share[n] of a charge, >= 0 and of sum 1, for parts that are
 * measured as parts[i] says (its variance and fourth are not read); the charge
 * is rho for NOISE_GAUSS, a part's variance going as 1 / share, else epsilon,
 * as 1 / share^2.  What is minimised is the sum over the views of weight times
 * mean variance; worth is that sum at charge 1, where a part of all the charge
 * has variance unit > 0 (e.g. L2^2 / 2 for rho).
 *
 * Within 0.1 % of the best: for rho always; for epsilon, where every set of
 * parts has a best of its own, if 2^n times the nodes (analysis/fold) is at
 * most 2^18, else of the best that no part more, less or other betters.
 *
 * A part that is not worth measuring gets a share of 0; not so the one that
 * keeps both axes apart at level 0, which estimates need.
 *
 * E_ARG	not estimate_complete; no views, or one of a level that is not
 *		there or of no weight; no known noise.
 * E_NOMEM
 */
enum err plan_shares(double *share, double *worth,
    const struct estimate_shape *shape, const struct estimate_part *parts,
    size_t n, uint32_t noise, double unit, const struct plan_view *views,
    size_t n_views) MUST_USE;

#endif
