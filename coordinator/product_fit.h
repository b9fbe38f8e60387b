/*
 * coordinator/product_fit.h -- one product while it is being made: what the
 * strategies (product_nested, product_running, product_haar) have in common.
 */
#ifndef COORDINATOR_PRODUCT_FIT_H
#define COORDINATOR_PRODUCT_FIT_H

#include <stdint.h>

#include "analysis/estimate.h"
#include "base/err.h"
#include "base/noise.h"
#include "coordinator/product.h"

struct product_fit {
	const struct question *q;
	const struct ladder *l;
	const int64_t *raw[QUERY_HISTOGRAMS_MAX]; /* the histograms' sums */
	unsigned m;                               /* nodes in them */
	struct product *p; /* the strategy sets its widths */
	/* for the strategy to fill: */
	double *slices[QUERY_LEVELS_MAX]; /* [themes][slices][n]: estimates */
	int64_t *shown; /* [themes][slices][n of level 0]: display */
};

struct product_half { /* half widths */
	double at_90, at_95;
};

/* product_fit_law: of the noise of one node in histogram i.
 * product_fit_part: histogram i on a level, both flat axes kept apart, as the
 * sum over m nodes. */
struct noise_law product_fit_law(const struct product_fit *f, unsigned i);
struct estimate_part product_fit_part(const struct product_fit *f, unsigned i);

/* product_fit_sole: the half widths of the sum of so many cells of histogram i,
 * from the law itself.  E_ARG, E_NOMEM. */
enum err product_fit_sole(struct product_half *out, const struct product_fit *f,
    unsigned i, uint64_t cells) MUST_USE;

/* product_fit_linear: of an estimate that many draws went into. */
struct product_half product_fit_linear(double variance, double kurtosis);

/* product_fit_set: the half widths of a node, times of one kind. */
void product_fit_set(struct product_fit *f, unsigned level, uint32_t kind,
    uint32_t node, struct product_half half);

/* product_fit_slices: how many slices a time of that kind adds up. */
uint32_t product_fit_slices(const struct product_fit *f, uint32_t kind);

/* product_fit_display: display numbers out[flat0][flat1][n[0]] of the estimates
 * of every level of a shape.  E_NOMEM. */
enum err product_fit_display(int64_t *out, const struct estimate_shape *shape,
    const double *const *values) MUST_USE;

/* The strategies: they fill f's slices, shown and widths. */
enum err product_nested_fit(struct product_fit *f) MUST_USE;
enum err product_running_fit(struct product_fit *f) MUST_USE;
enum err product_haar_fit(struct product_fit *f) MUST_USE;

#endif
