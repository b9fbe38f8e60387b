/*
 * analysis/sparse.h -- counts of which most are nearly nothing, seen through
 * noise.
 *
 * Counts are taken to be a mixture: none, or exponential with a mean of
 * SPARSE_SCALE 4^j, j = 0 ... 7, where the shares of the mixture are learnt
 * from the noisy counts themselves (analysis/mixture).  With normal noise the
 * posterior of each kind is a normal law cut off at 0, so that means and
 * likelihoods are closed forms.  Johnstone, Silverman, "Needles and straw in
 * haystacks", Ann. Statist. 32 (2004) show why such means adapt to how sparse
 * the counts are.
 */
#ifndef ANALYSIS_SPARSE_H
#define ANALYSIS_SPARSE_H

#include <stddef.h>

#include "analysis/mixture.h"
#include "base/err.h"

#define SPARSE_KINDS 9
#define SPARSE_SCALE 0.5 /* of the root mean square noise */

struct sparse {
	double unit; /* of the smallest mean */
	struct mixture mix;
};

/* sparse_learn: from the noisy counts z[n] of noise variances variance[n];
 * cases of weight teach[i] <= 0 teach nothing (NULL: all do).  End it with
 * sparse_finish.  E_NOMEM */
enum err sparse_learn(struct sparse *out, const double *z,
    const double *variance, const double *teach, size_t n) MUST_USE;
void sparse_finish(struct sparse *s);

/* sparse_mean: *mean of a count given its noisy one; returns the log-density
 * of the noisy one. */
double sparse_mean(
    double *mean, const struct sparse *s, double z, double variance);

/* sparse_moments: of a count of which nothing is known. */
void sparse_moments(double *mean, double *variance, const struct sparse *s);

#endif
