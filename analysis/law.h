/*
 * analysis/law.h -- moments of the laws of noise (base/noise).
 *
 * The discrete laws themselves, not their continuous cousins: a discrete
 * Gaussian of s2 = 0.25 has the variance 0.215.
 */
#ifndef ANALYSIS_LAW_H
#define ANALYSIS_LAW_H

#include <stdint.h>

#include "base/noise.h"

/*
 * law_variance, law_fourth: the second and fourth cumulant of one draw (the
 * fourth is E X^4 - 3 (E X^2)^2).  Relative error below 1e-12, of the fourth
 * below 1e-12 or 1e-9 of the square of the variance.  A Gaussian of s2 <
 * 1/1400 or a Laplace of scale < 1/700 is 0 but for chances that no double
 * holds, and so are these.
 *
 * law	num and den >= 1, a noise of base/noise (assert).
 */
double law_variance(const struct noise_law *law);
double law_fourth(const struct noise_law *law);

/* law_zero: P[X = 0]. */
double law_zero(const struct noise_law *law);

#endif
