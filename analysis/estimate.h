/*
 * analysis/estimate.h -- the unbiased product: least squares over all the
 * histograms that a question measured, and its exact standard errors.
 *
 * The counts x[i][j][v] have two flat axes (themes and times; for running
 * totals themes and places) and one of nested areas (for running totals, nested
 * blocks of time).  Every part measures, with its own noise, the counts of one
 * level of the tree, each flat axis kept apart or added up.  One part must keep
 * both apart at level 0.
 *
 * A flat axis falls into its mean and the deviations from it.  Noise of equal
 * variance is the same in every direction of each, so that the problem falls
 * into at most four problems on the tree alone (analysis/tree), one for each
 * component R of {mean, deviations} x {mean, deviations}; a part tells
 * something of R if it keeps apart every axis that deviates in R, with the
 * precision (product of the lengths of the axes added up) / variance.
 */
#ifndef ANALYSIS_ESTIMATE_H
#define ANALYSIS_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/tree.h"
#include "base/err.h"

#define ESTIMATE_PARTS 64

/* The least variance to give a part: precisions are added up, and a law that is
 * 0 but for a chance below this has one that no double may hold. */
#define ESTIMATE_LEAST 1e-30

struct estimate_shape {
	uint32_t flat[2]; /* lengths of the flat axes, >= 1 */
	struct tree tree;
};

struct estimate_part {
	bool apart[2]; /* is the flat axis kept apart? */
	unsigned level;
	double variance; /* of the noise of one cell, > 0 */
	double fourth;   /* its fourth cumulant */
};

/* estimate_complete: at most ESTIMATE_PARTS parts, of levels that are there,
 * one of which keeps both axes apart at level 0?  (variance and fourth are not
 * read.) */
bool estimate_complete(const struct estimate_shape *shape,
    const struct estimate_part *parts, size_t n);

struct estimate; /* opaque: the shape and its precisions */

/*
 * estimate_new: n parts; the shape's parent arrays must outlive it.
 *
 * E_ARG	not estimate_complete, or a variance that is not above 0.
 * E_NOMEM
 */
enum err estimate_new(struct estimate **out, const struct estimate_shape *shape,
    const struct estimate_part *parts, size_t n) MUST_USE;
void estimate_free(struct estimate *e); /* NULL does nothing */

/*
 * estimate_solve: the estimates of every level, values[level] being
 * [flat0][flat1][n[level]], the caller's, from measured[part], whose cells are
 * [flat0 or 1][flat1 or 1][n[part.level]].
 *
 * E_NOMEM	values hold nothing of use.
 */
enum err estimate_solve(const struct estimate *e, double *const *values,
    const int64_t *const *measured) MUST_USE;

/*
 * estimate_variance: of the estimate of one node of a level in a view that
 * keeps apart the axes it says and adds up the others.
 * estimate_kurtosis: its excess kurtosis: exact when all parts keep both axes
 * apart, else a bound from above: the largest of the parts', or 0.
 */
double estimate_variance(const struct estimate *e, const bool apart[2],
    unsigned level, uint32_t node);
double estimate_kurtosis(const struct estimate *e, const bool apart[2],
    unsigned level, uint32_t node);

/* estimate_total_variance: of the sum over all nodes of the last level. */
double estimate_total_variance(const struct estimate *e, const bool apart[2]);

#endif
