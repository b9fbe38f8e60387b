/* Promises of analysis/account: within 1e-9, and always on the safe side. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/account.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WITHIN 1e-9
#define LAST_BITS 1e-15 /* of the known answers, read as doubles */

static double
number(json_t *object, const char *key)
{
	return strtod(json_string_value(json_object_get(object, key)), NULL);
}

static void
test_known_answers_are_met_on_the_safe_side(void **state)
{
	json_error_t error;
	json_t *file =
	    json_load_file(WARD_VECTORS "/dp_accounting.json", 0, &error);
	json_t *row;
	size_t i, rows = 0;

	(void)state;
	assert_non_null(file);
	json_array_foreach(json_object_get(file, "zcdp_to_approx"), i, row)
	{
		double want = number(row, "eps_cks"), got = 0;

		assert_int_equal(account_epsilon(&got, number(row, "rho"),
				     number(row, "delta")),
		    E_OK);
		assert_true(got >= want * (1 - LAST_BITS));
		assert_true(got <= want * (1 + WITHIN));
		rows++;
	}
	json_array_foreach(json_object_get(file, "eps_to_rho"), i, row)
	{
		double want = number(row, "rho_cks"), got = 0;

		assert_int_equal(
		    account_rho(&got, number(row, "eps"), number(row, "delta")),
		    E_OK);
		assert_true(got <= want * (1 + LAST_BITS));
		assert_true(got >= want * (1 - WITHIN));
		rows++;
	}
	assert_int_equal(rows, 30 + 12);
	json_decref(file);
}

/* The figures that docs/privacy.md and the presets state. */
static void
test_stated_figures_hold(void **state)
{
	static const struct {
		double rho, delta, epsilon;
	} stated[] = {
		{ 0.0001, 1e-6, 0.053727120634859868 },
		{ 0.001, 1e-9, 0.24511925387195138 },
		{ 0.1, 1e-9, 2.715481886731 },
	};
	double e = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(stated); i++) {
		assert_int_equal(
		    account_epsilon(&e, stated[i].rho, stated[i].delta), E_OK);
		assert_true(fabs(e / stated[i].epsilon - 1) < WITHIN);
	}
	assert_int_equal(account_epsilon(&e, 0.02, ACCOUNT_DELTA), E_OK);
	assert_true(e > 1.1632 && e < 1.1633);
}

/* The formula of the header as it stands there, at u = ln(a - 1). */
static long double
formula(long double u, long double rho, long double delta)
{
	long double x = expl(u), a = 1 + x;

	return a * rho + (-logl(delta) - x * log1pl(1 / x) - logl(a)) / x;
}

/* Its minimum, by ever finer grids. */
static long double
minimum(long double rho, long double delta)
{
	long double low = -60, high = 60, best = INFINITY, at = 0;

	for (int zoom = 0; zoom < 12; zoom++) {
		long double step = (high - low) / 200;

		for (int i = 0; i <= 200; i++) {
			long double f = formula(low + i * step, rho, delta);

			if (f < best) {
				best = f;
				at = low + i * step;
			}
		}
		low = at - step;
		high = at + step;
	}
	return best;
}

static void
test_the_minimum_is_found_everywhere(void **state)
{
	static const double deltas[] = { 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1,
		0.5, 0.9 };

	(void)state;
	for (double rho = 1e-9; rho <= 1e6; rho *= 7)
		for (size_t i = 0; i < COUNT(deltas); i++) {
			double want = (double)minimum(rho, deltas[i]), e = 0;

			assert_int_equal(
			    account_epsilon(&e, rho, deltas[i]), E_OK);
			if (want <= 0) {
				assert_true(e >= 0 && e < 1e-15);
				continue;
			}
			if (e < want * (1 - LAST_BITS) ||
			    e > want * (1 + WITHIN) + 1e-15)
				fail_msg("rho %g delta %g: %.17g not %.17g",
				    rho, deltas[i], e, want);
		}
}

/* Budget bought with an epsilon is never worth more than that epsilon. */
static void
test_there_and_back_never_gains(void **state)
{
	static const double deltas[] = { 1e-12, 1e-9, 1e-6, 0.01 };

	(void)state;
	for (double epsilon = 1e-4; epsilon < 1e5; epsilon *= 1.7)
		for (size_t i = 0; i < COUNT(deltas); i++) {
			double rho = 0, back = 0, more = 0;

			assert_int_equal(
			    account_rho(&rho, epsilon, deltas[i]), E_OK);
			assert_true(rho > 0);
			assert_int_equal(
			    account_epsilon(&back, rho, deltas[i]), E_OK);
			assert_true(back <= epsilon);
			assert_int_equal(account_epsilon(&more,
					     rho * (1 + WITHIN), deltas[i]),
			    E_OK);
			assert_true(more > epsilon);
		}
}

static void
test_arguments_out_of_range_are_refused(void **state)
{
	static const double bad[][2] = { { -1e-9, 1e-9 }, { 1.1e6, 1e-9 },
		{ NAN, 1e-9 }, { INFINITY, 1e-9 }, { 0.1, 0 }, { 0.1, 1 },
		{ 0.1, -0.1 }, { 0.1, NAN } };
	double out = 77;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
		    account_epsilon(&out, bad[i][0], bad[i][1]), E_ARG);
		if (bad[i][0] < 1e7)
			assert_int_equal(
			    account_rho(&out, bad[i][0] > 1 ? 1e8 : bad[i][0],
				bad[i][1]),
			    E_ARG);
	}
	assert_int_equal(account_rho(&out, INFINITY, 1e-9), E_ARG);
	assert_true(out == 77);
	assert_int_equal(account_epsilon(&out, 0, 1e-9), E_OK);
	assert_true(out == 0);
	assert_int_equal(account_epsilon(&out, 1e6, 1e-300), E_OK);
	assert_true(out > 1e6 && isfinite(out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers_are_met_on_the_safe_side),
		cmocka_unit_test(test_stated_figures_hold),
		cmocka_unit_test(test_the_minimum_is_found_everywhere),
		cmocka_unit_test(test_there_and_back_never_gains),
		cmocka_unit_test(test_arguments_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
