/* Promises of client/steps: the shares are the best there are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/steps.h"

#define MOST 8 /* months of the dense problem */

/* a[n][n] becomes its inverse: Gauss and Jordan, a is positive definite. */
static void
invert(double a[MOST][MOST], unsigned n)
{
	for (unsigned k = 0; k < n; k++) {
		double pivot = a[k][k];

		a[k][k] = 1;
		for (unsigned j = 0; j < n; j++)
			a[k][j] /= pivot;
		for (unsigned i = 0; i < n; i++) {
			double by = a[i][k];

			if (i == k)
				continue;
			a[i][k] = 0;
			for (unsigned j = 0; j < n; j++)
				a[i][j] -= by * a[k][j];
		}
	}
}

/* The mean over t of the variance of the total to month t, over t: from the
 * definition, with a matrix. */
static double
worth_of(const double *share, unsigned n, unsigned levels, bool gauss)
{
	double a[MOST][MOST] = { 0 }, worth = 0;

	for (unsigned l = 0; l < levels; l++)
		for (unsigned i = 0; i < n; i++)
			for (unsigned j = 0; j < n; j++)
				if (i >> l == j >> l)
					a[i][j] += gauss ? share[l]
							 : share[l] * share[l];
	invert(a, n);
	for (unsigned t = 1; t <= n; t++)
		for (unsigned i = 0; i < t; i++)
			for (unsigned j = 0; j < t; j++)
				worth += a[i][j] / t / n;
	return worth;
}

/* The best of all shares in hundredths, of three levels. */
static double
best_of(unsigned n, bool gauss)
{
	double best = INFINITY;

	for (int i = 1; i <= 100; i++)
		for (int j = 0; i + j <= 100; j++) {
			const double share[] = { i / 100.0, j / 100.0,
				(100 - i - j) / 100.0 };

			best = fmin(best, worth_of(share, n, 3, gauss));
		}
	return best;
}

static void
test_no_other_shares_are_better(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= MOST; n++)
		for (int gauss = 0; gauss < 2; gauss++) {
			double share[STEPS_LEVELS] = { 0 }, worth = 0, sum;
			double best = best_of(n, gauss == 1);

			assert_int_equal(
			    steps_shares(share, &worth, n, 3, gauss == 1),
			    E_OK);
			sum = share[0] + share[1] + share[2];
			print_message("%u: %g %g %g: %g, best %g\n", n,
			    share[0], share[1], share[2], worth, best);
			assert_true(share[0] > 0 && fabs(sum - 1) < 1e-9);
			assert_true(
			    fabs(worth_of(share, n, 3, gauss == 1) / worth -
				 1) < 1e-3);
			/* within the 1 % that fewer histograms are worth */
			assert_true(worth < best * 1.011);
		}
}

/* 64 months: far better than months alone, whose total grows with time. */
static void
test_blocks_beat_months_for_long(void **state)
{
	double share[STEPS_LEVELS] = { 0 }, worth = 0, alone = 0;

	(void)state;
	assert_int_equal(steps_shares(share, &worth, 64, 7, true), E_OK);
	assert_int_equal(steps_shares(share, &alone, 64, 1, true), E_OK);
	assert_true(fabs(alone - 1) < 1e-9); /* t / t for every month */
	assert_true(worth < 0.5);
	assert_int_equal(steps_shares(share, &worth, 120, 8, false), E_OK);
	assert_true(worth <= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_other_shares_are_better),
		cmocka_unit_test(test_blocks_beat_months_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
