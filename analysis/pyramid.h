/*
 * analysis/pyramid.h -- exact standard errors of any range on a grid measured
 * in nested squares.
 *
 * A grid of D x D cells measured at levels with squares of side s_l (each
 * divides the next) and noise variance v_l; s_0 = 1.  With lambda_l = sum over
 * j <= l of s_j^2 / v_j and P_l w the projection of a query's weights w on the
 * squares of level l (their mean), the least squares estimate of w'x has
 *
 *	Var(w'x) = sum over l of (|P_l w|^2 - |P_(l+1) w|^2) / lambda_l,
 *
 * the last P being 0: what P_l keeps and P_(l+1) does not is seen by the
 * levels up to l only, and by all of them alike.
 */
#ifndef ANALYSIS_PYRAMID_H
#define ANALYSIS_PYRAMID_H

#include <stdint.h>

#define PYRAMID_LEVELS 12

#define PYRAMID_SIDE (UINT32_C(1) << 20)
#define PYRAMID_LEVELS 12

/* As said (assert). */
struct pyramid {
	uint32_t side;   /* D <= PYRAMID_SIDE: a multiple of every square's */
	unsigned levels; /* 1 ... PYRAMID_LEVELS */
	uint32_t square[PYRAMID_LEVELS]; /* sides: 1, then multiples */
	double variance[PYRAMID_LEVELS]; /* > 0 */
};

struct pyramid_box { /* inclusive; in the grid, not empty (assert) */
	uint32_t r0, c0, r1, c1;
};

/* pyramid_variance: of the sum of the cells in the box. */
double pyramid_variance(const struct pyramid *p, const struct pyramid_box *box);

/* pyramid_range_variance: its mean over all (D (D+1) / 2)^2 rectangles, in
 * time of the levels alone. */
double pyramid_range_variance(const struct pyramid *p);

#endif
