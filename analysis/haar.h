/*
 * analysis/haar.h -- the weighted tensor Haar strategy on grids.
 *
 * Source: Xiao, Wang, Gehrke, "Differential privacy via wavelet transforms",
 * TKDE 23 (2011), as the tensor product in two dimensions with a noise level of
 * its own for every band.
 *
 * A grid of 2^lx columns and 2^ly rows.  Along an axis of 2^l cells band a < l
 * has 2^(l-a-1) coefficients: the sum of the first half of a block of 2^(a+1)
 * cells less that of the second; band l has one, the sum of all.  Band (a, b)
 * of the grid is band a along the columns times band b along the rows, with
 * coefficients in rows from the south, within a row from the west.  Integers
 * 0, 1, -1 only; every cell is in one coefficient of every band.
 */
#ifndef ANALYSIS_HAAR_H
#define ANALYSIS_HAAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HAAR_SIDE 10 /* lx, ly <= 10 */
#define HAAR_BANDS ((HAAR_SIDE + 1) * (HAAR_SIDE + 1))

struct haar {
	unsigned lx, ly;
	double variance[HAAR_BANDS]; /* of one coefficient of band (a, b), at
				      * b * (lx + 1) + a; > 0 */
};

/* haar_bands: (lx + 1)(ly + 1). haar_band_cells: coefficients of band (a, b).
 */
unsigned haar_bands(const struct haar *h);
size_t haar_band_cells(const struct haar *h, unsigned a, unsigned b);

/*
 * haar_solve: the estimates cells[2^ly][2^lx] (row 0 the southmost) from the
 * noisy coefficients of all bands, one band after another as in variance.  The
 * strategy is square: there is one solution whatever the variances, unbiased
 * and, being the only one, that of least squares.  Exact while coefficients
 * are below 2^53 / 2^(lx + ly) in size (a cell is a whole number over
 * 2^(lx + ly)).  Linear in the cells; never fails.
 */
enum err haar_solve(
    double *cells, const struct haar *h, const int64_t *coefficients) MUST_USE;

struct haar_box { /* columns [x0, x1), rows [y0, y1), in the grid (assert) */
	uint32_t x0, y0, x1, y1;
};

/* haar_variance: of the sum of the estimates in the box, exactly. */
double haar_variance(const struct haar *h, const struct haar_box *box);

/*
 * haar_range_variance: the mean variance of a random range, which is: along
 * each axis of D cells a length uniform on 1 ... D, then a place uniform among
 * those where it fits.  That is how the benchmark of accuracy draws its
 * rectangles; the mean over it is in closed form.  haar_boxes_variance: the
 * mean over n >= 1 boxes.
 */
double haar_range_variance(const struct haar *h);
double haar_boxes_variance(
    const struct haar *h, const struct haar_box *boxes, size_t n);

/*
 * haar_weigh: variances of the bands at charge 1 (rho with unit = L2^2 / 2, or
 * epsilon with unit = 2 L1^2: the variance of a band with share s of the
 * charge is unit / s, or unit / s^2 for pure) which minimise
 *
 *	(1 - cells) * (mean variance of a random range) / R
 *	+ cells * (mean variance of a cell) / C,
 *
 * R and C being the least that any variances reach for the one mean variance
 * and for the other at charge 1 where unit is 1 and not pure.  (Also for pure:
 * the balance between ranges and cells is then the same for both.)
 * 0 <= cells <= 1, unit > 0 (assert).
 *
 * In closed form: with n(a) = 2^(a+1) cells in a block of band a < l and
 * n(l) = 2^l, the estimate of a sum w'x has the variance, over all bands and
 * their coefficients with rows h,
 *
 *	sum of variance(a, b) (w'h)^2 / (n(a) n(b))^2,
 *
 * so E(a, b) = mean over w of the sum over the band of (w'h)^2 / (n(a) n(b))^2
 * is the energy of a workload there: G for random ranges, F for cells, where
 * it is 1 / (n(a) n(b))^2.  The charge sum of s(a, b) = 1 and the variances
 * unit / s give the least mean variance, unit (sum of sqrt E)^2, at s ~ sqrt E;
 * variances unit / s^2 give unit (sum of cbrt E)^3 at s ~ cbrt E.  So
 * R = (sum of sqrt G)^2, C = (sum of sqrt F)^2 = 1 and
 * E = (1 - cells) G / R + cells F / C.
 *
 * haar_weigh_boxes: the same for the mean over n >= 1 given boxes instead of a
 * random range; with cells = 0 they must not all be 0 in one band (assert).
 * tests/vectors/dp_weighted_haar.json has its figures for 2,000
 * boxes drawn as above, the same at which they are measured.
 */
void haar_weigh(struct haar *h, double cells, double unit, bool pure);
void haar_weigh_boxes(struct haar *h, double cells, double unit, bool pure,
    const struct haar_box *boxes, size_t n);

#endif
