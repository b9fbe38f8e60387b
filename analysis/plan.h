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
 * plan_shares: share[i] > 0, of sum 1, of the charge (rho for NOISE_GAUSS,
 * whose variance goes as 1 / share; epsilon for the others, as 1 / share^2) for
 * parts that are measured as parts[i] says (its variance and fourth are
 * ignored), minimising the weighted sum of the mean variances of the views;
 * within 0.1 % of the best.  *worth is that sum at charge 1, where a part of
 * all the charge has variance `unit` (e.g. L2^2 / 2 for rho).  A part that is
 * not worth measuring gets a share of 0, except that which keeps both axes
 * apart at level 0.
 *
 * E_ARG	as estimate_new, or no views.
 * E_NOMEM
 */
enum err plan_shares(double *share, double *worth,
    const struct estimate_shape *shape, const struct estimate_part *parts,
    size_t n, uint32_t noise, double unit, const struct plan_view *views,
    size_t n_views) MUST_USE;

#endif
