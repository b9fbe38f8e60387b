/* Promises of analysis/law: the moments of the discrete laws themselves. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/law.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static double
number(const json_t *object, const char *key)
{
	return strtod(json_string_value(json_object_get(object, key)), NULL);
}

static void
close_to(double got, double want, double within)
{
	if (!(fabs(got - want) <= within * fabs(want)))
		fail_msg("%.17g is not %.17g", got, want);
}

static void
known_row(const json_t *row, uint32_t noise, const char *parameter)
{
	struct noise_law law = { noise,
		(uint32_t)(number(row, parameter) * 100 + 0.5), 100 };
	double v = law_variance(&law);

	close_to(v, number(row, "variance"), 1e-12);
	close_to(law_zero(&law), number(row, "p0"), 1e-12);
	if (json_object_get(row, "fourth") != NULL)
		close_to(
		    law_fourth(&law) + 3 * v * v, number(row, "fourth"), 1e-12);
}

/* Down to a variance of 3.86e-22. */
static void
test_known_answers_are_met(void **state)
{
	json_error_t error;
	json_t *file =
	    json_load_file(WARD_VECTORS "/dp_accounting.json", 0, &error);
	json_t *row;
	size_t i, rows = 0;

	(void)state;
	assert_non_null(file);
	json_array_foreach(json_object_get(file, "discrete_gaussian"), i, row)
	{
		known_row(row, NOISE_GAUSS, "sigma2");
		rows++;
	}
	json_array_foreach(json_object_get(file, "discrete_laplace"), i, row)
	{
		known_row(row, NOISE_LAPLACE, "scale");
		known_row(row, NOISE_LAPLACE_PURE, "scale");
		rows++;
	}
	assert_int_equal(rows, 6 + 4);
	json_decref(file);
}

/* P[X = x] but for its norm. */
static long double
weight(const struct noise_law *law, long double x)
{
	long double r = (long double)law->den / law->num;

	return expl(law->noise == NOISE_GAUSS ? -x * x * r / 2 : -x * r);
}

/* Term by term, in long doubles, until the terms vanish. */
static void
test_moments_are_those_of_the_sums(void **state)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 1, 1000 },
		{ NOISE_GAUSS, 1, 3 }, { NOISE_GAUSS, 1, 1 },
		{ NOISE_GAUSS, 2, 1 }, { NOISE_GAUSS, 799, 100 },
		{ NOISE_GAUSS, 8, 1 }, { NOISE_GAUSS, 12345, 7 },
		{ NOISE_LAPLACE, 1, 500 }, { NOISE_LAPLACE, 1, 9 },
		{ NOISE_LAPLACE, 1, 1 }, { NOISE_LAPLACE_PURE, 100, 7 },
		{ NOISE_LAPLACE, 12345, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		long double sum = 1, second = 0, fourth = 0, w = 1;

		for (long double x = 1; w > 0 && x < 1e6L; x++) {
			w = weight(&laws[i], x) * 2;
			sum += w;
			second += w * x * x;
			fourth += w * x * x * x * x;
			if (w * x * x * x * x < 1e-24L * fourth)
				break;
		}
		second /= sum;
		fourth = fourth / sum - 3 * second * second;
		close_to(law_variance(&laws[i]), (double)second, 1e-12);
		close_to(law_zero(&laws[i]), (double)(1 / sum), 1e-12);
		if (!(fabsl(law_fourth(&laws[i]) - fourth) <=
			1e-9L * second * second + 1e-12L * fabsl(fourth)))
			fail_msg("row %zu: %.17g is not %.17Lg", i,
			    law_fourth(&laws[i]), fourth);
	}
}

/* Where the law meets its continuous cousin: 2 t^2 - 1/6, 12 t^4, 1 / 2 t. */
static void
test_the_ends_of_the_range_are_served(void **state)
{
	static const struct noise_law widest = { NOISE_LAPLACE, UINT32_MAX, 1 },
				      narrowest = { NOISE_LAPLACE, 1,
					      UINT32_MAX },
				      gauss[] = { { NOISE_GAUSS, UINT32_MAX,
						      1 },
					      { NOISE_GAUSS, 1, UINT32_MAX } };
	double t = UINT32_MAX;

	(void)state;
	close_to(law_variance(&widest), 2 * t * t, 1e-12);
	close_to(law_fourth(&widest), 12 * t * t * t * t, 1e-12);
	close_to(law_zero(&widest), 0.5 / t, 1e-12);
	assert_true(law_variance(&narrowest) == 0);
	assert_true(law_fourth(&narrowest) == 0);
	assert_true(law_zero(&narrowest) == 1);
	assert_true(law_variance(&gauss[0]) == t);
	assert_true(law_fourth(&gauss[0]) == 0);
	assert_true(law_variance(&gauss[1]) == 0);
	assert_true(law_zero(&gauss[1]) == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers_are_met),
		cmocka_unit_test(test_moments_are_those_of_the_sums),
		cmocka_unit_test(test_the_ends_of_the_range_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
