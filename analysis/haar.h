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
 * haar_solve: the unbiased estimates cells[2^ly][2^lx] (row 0 the southmost)
 * from the noisy coefficients of all bands, one band after another as in
 * variance. E_NOMEM
 */
enum err haar_solve(
    double *cells, const struct haar *h, const int64_t *coefficients) MUST_USE;

struct haar_box { /* columns [x0, x1), rows [y0, y1) */
	uint32_t x0, y0, x1, y1;
};

/* haar_variance: of the sum of the estimates in the box, exactly. */
double haar_variance(const struct haar *h, const struct haar_box *box);

/*
 * haar_weigh: variances of the bands at charge 1 (rho with unit = L2^2 / 2, or
 * epsilon with unit = 2 L1^2: the variance of a band with share s of the
 * charge is unit / s, or unit / s^2 for pure) which minimise
 *
 *	(1 - cells) * (mean variance of a random range) / R
 *	+ cells * (mean variance of a cell) / C
 *
 * with R and C as tests/vectors/dp_weighted_haar.json has them; there cells is
 * called alpha.  0 <= cells <= 1.  In closed form: rho_ab ~ sqrt(E_ab) (pure:
 * cube root), E_ab the energy of the workload in the band.
 */
void haar_weigh(struct haar *h, double cells, double unit, bool pure);

#endif
