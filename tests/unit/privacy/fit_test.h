/*
 * tests/unit/privacy/fit_test.h -- do draws have a law?  Four statistics, each
 * of which a true sampler fails with a chance below 1e-8.
 */
#ifndef TESTS_UNIT_PRIVACY_FIT_TEST_H
#define TESTS_UNIT_PRIVACY_FIT_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SIDE 4096 /* a law is tabled on [-SIDE, SIDE] */

/* How often each value of [-SIDE, SIDE] came; what is further is in the outer
 * two, so no draw is left out. */
struct seen {
	double n[2 * SIDE + 1];
};

/* Statistics and how far a true sampler may take them: false alarm below 1e-8
 * each. */
struct fit {
	double chi2, bins; /* of at least 10 expected draws, the outer open */
	double spread_z;   /* (mean of x^2 - true) / its standard error */
	double mean_z, sign_z;
};
#define Z_MAX 5.74 /* two-sided normal tail below 1e-8 */

/* Laurent and Massart 2000, lemma 1: a chi-square of k degrees passes
 * k + 2 sqrt(k v) + 2 v with chance at most exp(-v); exp(-18.5) < 1e-8. */
static inline double
chi2_max(const struct fit *f)
{
	double k = f->bins - 1;

	return k + 2 * sqrt(18.5 * k) + 2 * 18.5;
}

/* P[X = i - SIDE] of a symmetric law, by the weight of |x|. */
static inline void
fit_law(double law[2 * SIDE + 1], double (*weight)(double size, double scale),
    double scale)
{
	double sum = 0;

	for (int x = -SIDE; x <= SIDE; x++)
		sum += law[x + SIDE] = weight(abs(x), scale);
	for (int i = 0; i <= 2 * SIDE; i++)
		law[i] /= sum;
}

static inline double
weight_gauss(double size, double s2)
{
	return exp(-size * size / (2 * s2));
}

static inline double
weight_laplace(double size, double t)
{
	return exp(-size / t);
}

static inline void
fit_see(struct seen *seen, const int64_t *draws, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t at = draws[i] + SIDE;

		at = at < 0 ? 0 : at > 2 * SIDE ? 2 * SIDE : at;
		seen->n[at]++;
	}
}

/* The statistic of all bins, from the left. */
static inline void
fit_bins(struct fit *f, const double law[2 * SIDE + 1], const struct seen *seen,
    double n)
{
	double want = 0, got = 0, left = n;

	for (int i = 0; i <= 2 * SIDE; i++) {
		want += n * law[i];
		got += seen->n[i];
		left -= n * law[i];
		if ((want < 10 || left < 10) && i < 2 * SIDE)
			continue;
		f->chi2 += (got - want) * (got - want) / want;
		f->bins++;
		want = got = 0;
	}
}

static inline struct fit
fit_of(const struct seen *seen, double n, const double law[2 * SIDE + 1])
{
	double sum = 0, sum2 = 0, var = 0, fourth = 0, plus = 0, minus = 0;
	struct fit f = { 0 };

	fit_bins(&f, law, seen, n);
	for (int x = -SIDE; x <= SIDE; x++) {
		double came = seen->n[x + SIDE], x2 = (double)x * x;

		sum += came * x;
		sum2 += came * x2;
		var += law[x + SIDE] * x2;
		fourth += law[x + SIDE] * x2 * x2;
		plus += x > 0 ? came : 0;
		minus += x < 0 ? came : 0;
	}
	f.mean_z = sum / sqrt(n * var);
	f.spread_z = (sum2 - n * var) / sqrt(n * (fourth - var * var));
	f.sign_z = (plus - minus) / sqrt(plus + minus);
	return f;
}

static inline bool
fit_good(const struct fit *f)
{
	return f->chi2 <= chi2_max(f) && fabs(f->spread_z) <= Z_MAX &&
	       fabs(f->mean_z) <= Z_MAX && fabs(f->sign_z) <= Z_MAX;
}

/* Would it be rejected with a chance above 95 %?  *f is of expected counts, so
 * each statistic is that of a typical run: 1.65 standard errors to spare. */
static inline bool
fit_surely_bad(const struct fit *f)
{
	const double spare = 1.65;
	double k = f->bins - 1, away = f->chi2; /* noncentrality */

	return away + k - spare * sqrt(2 * k + 4 * away) > chi2_max(f) ||
	       fabs(f->spread_z) > Z_MAX + spare ||
	       fabs(f->mean_z) > Z_MAX + spare ||
	       fabs(f->sign_z) > Z_MAX + spare;
}

static inline void
fit_fail(const char *what, double scale, const struct fit *f)
{
	fail_msg("%s, %g: chi2 %.1f of %.1f, z %.2f %.2f %.2f", what, scale,
	    f->chi2, chi2_max(f), f->spread_z, f->mean_z, f->sign_z);
}

#endif
