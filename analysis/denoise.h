/*
 * analysis/denoise.h -- the display product, nearer to the truth.
 *
 * Like display_project: non-negative cells, made from the unbiased estimates
 * by post-processing alone, so they cost no privacy.  Unlike it, they use what
 * counts usually look like, learnt from the noisy counts themselves.  They are
 * BIASED: never for intervals or tests, which use the unbiased product.
 *
 * From the roots down, from each measured level to the next finer one that was
 * measured, every block is divided in two ways at once:
 *
 * smooth	level by level.  The children are expected to have equal shares
 *		of their parent; on grids, the shares of the parabola through
 *		the parent and its neighbours (Harten's cell averages).  What
 *		the estimates deviate from that is noise or a real deviation,
 *		whose size beside the expected one is learnt per level as a
 *		mixture of nine.  It is kept by the square root of what the
 *		posterior mean keeps: errors of smoothing add up over a large
 *		area, those of noise cancel.
 * sparse	all at once: most children have next to nothing (analysis/
 *		sparse).
 *
 * Both are likelihoods of the same deviations; a block becomes the mean of the
 * two ways, each by its chance, where sparse needs exp(DENOISE_DOUBT) times
 * the likelihood.  After either, the block is projected on {>= 0, sum = parent}
 * (analysis/simplex), as all that is above it stays as it is.
 *
 * Sources: multiscale shrinkage, Chipman, Kolaczyk, McCulloch, "Adaptive
 * Bayesian wavelet shrinkage", JASA 92 (1997); averages of cells, Harten,
 * "Multiresolution representation of data", SIAM J. Numer. Anal. 33 (1996);
 * post-processing, Hay, Rastogi, Miklau, Suciu, PVLDB 3 (2010).
 *
 * Deterministic; time and memory linear in the nodes of the tree, about 1 us
 * and 100 bytes a node.
 */
#ifndef ANALYSIS_DENOISE_H
#define ANALYSIS_DENOISE_H

#include <stdint.h>

#include "analysis/tree.h"
#include "base/err.h"

#define DENOISE_DOUBT 5.0

/* Levels are squares: node row * cols + col of level 0; level l has cols >> l
 * columns and rows >> l rows, without remainder, four squares make one of the
 * next.  Each level may have further nodes after them. */
struct denoise_grid {
	uint32_t cols, rows;
};

/*
 * denoise_cells: cells[n[0]] from the estimates values[level][n[level]] of
 * tree_solve or estimate_solve (one theme and time) with these precisions.
 * grid is NULL where areas are no squares.
 *
 * One root keeps its total, max(0, estimate).  Of several roots, each is
 * denoised as sparse; their sum stays within two standard errors of max(0,
 * estimate of the total).
 *
 * precision[0] > 0; all finite (assert).  E_NOMEM
 */
enum err denoise_cells(double *cells, const struct tree *t,
    const double precision[TREE_LEVELS], const double *const *values,
    const struct denoise_grid *grid) MUST_USE;

#endif
