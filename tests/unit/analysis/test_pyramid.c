/*
 * Promises of analysis/pyramid: against least squares by elimination, against
 * every rectangle one after another, and against tests/vectors.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/pyramid.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DENSE 64 /* cells of a grid solved by elimination */

static void
close_to(double got, double want, double within)
{
	if (!(fabs(got - want) <= within * fabs(want)))
		fail_msg("%.17g is not %.17g", got, want);
}

static const struct pyramid pyramids[] = {
	{ 1, 1, { 1 }, { 3 } },
	{ 5, 1, { 1 }, { 0.5 } },
	{ 6, 3, { 1, 2, 6 }, { 2, 0.7, 5 } },
	{ 6, 2, { 1, 3 }, { 1, 1 } },
	{ 8, 4, { 1, 2, 4, 8 }, { 1, 2, 3, 4 } },
	{ 8, 3, { 1, 1, 4 }, { 9, 1, 0.01 } },
	{ 7, 2, { 1, 7 }, { 4, 1e-3 } },
};

/* The information of the measurements: for two cells the sum of 1 / variance
 * over the levels at which one square has both. */
static void
information(double m[DENSE][DENSE], const struct pyramid *p)
{
	uint32_t d = p->side;

	for (uint32_t i = 0; i < d * d; i++)
		for (uint32_t j = 0; j < d * d; j++) {
			m[i][j] = 0;
			for (unsigned l = 0; l < p->levels; l++) {
				uint32_t s = p->square[l];

				if (i / d / s == j / d / s &&
				    i % d / s == j % d / s)
					m[i][j] += 1 / p->variance[l];
			}
		}
}

/* x becomes the solution of m x = w; m, positive definite, is spoilt. */
static void
solve(double m[DENSE][DENSE], double *x, const double *w, size_t n)
{
	memcpy(x, w, n * sizeof(*x));
	for (size_t i = 0; i < n; i++)
		for (size_t r = i + 1; r < n; r++) {
			double f = m[r][i] / m[i][i];

			for (size_t j = i; f != 0 && j < n; j++)
				m[r][j] -= f * m[i][j];
			x[r] -= f * x[i];
		}
	for (size_t i = n; i-- > 0;) {
		for (size_t j = i + 1; j < n; j++)
			x[i] -= m[i][j] * x[j];
		x[i] /= m[i][i];
	}
}

/* w' (A' V^-1 A)^-1 w */
static double
dense_variance(const struct pyramid *p, const struct pyramid_box *box)
{
	static double m[DENSE][DENSE];
	double w[DENSE], x[DENSE], sum = 0;
	uint32_t d = p->side;

	for (uint32_t i = 0; i < d * d; i++)
		w[i] = i / d >= box->r0 && i / d <= box->r1 &&
		       i % d >= box->c0 && i % d <= box->c1;
	information(m, p);
	solve(m, x, w, d * d);
	for (uint32_t i = 0; i < d * d; i++)
		sum += w[i] * x[i];
	return sum;
}

/* A third of all rectangles of the larger grids, all of the smaller. */
static void
test_variances_are_those_of_least_squares(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pyramids); i++) {
		const struct pyramid *p = &pyramids[i];
		uint32_t d = p->side, step = d > 6 ? 3 : 1, n = 0;
		struct pyramid_box b;

		for (b.r0 = 0; b.r0 < d; b.r0++)
			for (b.r1 = b.r0; b.r1 < d; b.r1++)
				for (b.c0 = 0; b.c0 < d; b.c0++)
					for (b.c1 = b.c0; b.c1 < d; b.c1++)
						if (n++ % step == 0)
							close_to(
							    pyramid_variance(
								p, &b),
							    dense_variance(
								p, &b),
							    1e-11);
	}
}

static void
test_the_mean_is_over_all_rectangles(void **state)
{
	static const struct pyramid odd = { 30, 4, { 1, 3, 15, 30 },
		{ 2, 3, 0.1, 7 } };

	(void)state;
	for (size_t i = 0; i <= COUNT(pyramids); i++) {
		const struct pyramid *p =
		    i < COUNT(pyramids) ? &pyramids[i] : &odd;
		uint32_t d = p->side;
		double sum = 0, n = 0;
		struct pyramid_box b;

		for (b.r0 = 0; b.r0 < d; b.r0++)
			for (b.r1 = b.r0; b.r1 < d; b.r1++)
				for (b.c0 = 0; b.c0 < d; b.c0++)
					for (b.c1 = b.c0; b.c1 < d; b.c1++) {
						sum += pyramid_variance(p, &b);
						n++;
					}
		close_to(pyramid_range_variance(p), sum / n, 1e-12);
	}
}

static double
number(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

/* Squares of sides 1, b, b^2 ... within the grid; the grid itself if root. */
static struct pyramid
powers(uint32_t side, uint32_t b, bool root)
{
	struct pyramid p = { .side = side };

	for (uint32_t s = 1; s < side || (root && s == side); s *= b)
		p.square[p.levels++] = s;
	return p;
}

/* Shares of the charge ~ (squares along an axis)^power; a level of share 1 has
 * the variance 1. */
static void
weigh(struct pyramid *p, double power, bool pure)
{
	double sum = 0;

	for (unsigned l = 0; l < p->levels; l++)
		sum += pow(p->side / p->square[l], power);
	for (unsigned l = 0; l < p->levels; l++) {
		p->variance[l] = sum / pow(p->side / p->square[l], power);
		if (pure)
			p->variance[l] *= p->variance[l];
	}
}

static void
allrange_row(const json_t *row)
{
	uint32_t side = (uint32_t)number(row, "D");
	bool pure = strncmp(json_string_value(json_object_get(row, "noise")),
			"laplace", 7) == 0;
	struct pyramid p =
	    powers(side, (uint32_t)number(row, "b"), number(row, "root") > 0);
	struct pyramid identity = { side, 1, { 1 }, { 1 } };

	close_to(sqrt(pyramid_range_variance(&identity)),
	    number(row, "identity"), 1e-12);
	weigh(&p, 0, pure);
	close_to(
	    sqrt(pyramid_range_variance(&p)), number(row, "uniform"), 1e-12);
	weigh(&p, 1.0 / 3, pure);
	close_to(
	    sqrt(pyramid_range_variance(&p)), number(row, "cuberoot"), 1e-12);
}

static json_t *
vectors(const char *key)
{
	json_error_t error;
	json_t *file = json_load_file(WARD_VECTORS "/dp_misc.json", 0, &error);
	json_t *part;

	assert_non_null(file);
	part = json_incref(json_object_get(file, key));
	json_decref(file);
	assert_non_null(part);
	return part;
}

static void
test_means_over_all_rectangles_are_the_known_ones(void **state)
{
	json_t *part = vectors("allrange2d"), *row;
	size_t i, rows = 0;

	(void)state;
	json_array_foreach(part, i, row)
	{
		allrange_row(row);
		rows++;
	}
	assert_int_equal(rows, 48);
	json_decref(part);
}

static void
test_single_rectangles_have_the_known_errors(void **state)
{
	json_t *part = vectors("closed_form_first5");
	json_t *sides = json_object_get(part, "sides");
	json_t *rho = json_object_get(part, "rho"), *query;
	struct pyramid p = { .side = (uint32_t)number(part, "D"),
		.levels = (unsigned)json_array_size(sides) };
	size_t i;

	(void)state;
	for (unsigned l = 0; l < p.levels; l++) {
		p.square[l] =
		    (uint32_t)json_integer_value(json_array_get(sides, l));
		p.variance[l] =
		    1 / (2 * json_real_value(json_array_get(rho, l)));
	}
	json_array_foreach(json_object_get(part, "queries"), i, query)
	{
		uint32_t v[4];

		for (size_t k = 0; k < 4; k++)
			v[k] = (uint32_t)json_integer_value(
			    json_array_get(query, k));
		close_to(sqrt(pyramid_variance(&p,
			     &(struct pyramid_box){ v[0], v[1], v[2], v[3] })),
		    json_real_value(
			json_array_get(json_object_get(part, "std"), i)),
		    1e-12);
	}
	assert_int_equal(i, 5);
	json_decref(part);
}

/* 2^20 cells a side: identity's mean is ((D + 2) / 3)^2. */
static void
test_the_largest_grid_is_served(void **state)
{
	struct pyramid p = { PYRAMID_SIDE, 1, { 1 }, { 1 } };
	struct pyramid_box all = { 0, 0, PYRAMID_SIDE - 1, PYRAMID_SIDE - 1 };
	double d = PYRAMID_SIDE;

	(void)state;
	close_to(pyramid_range_variance(&p), (d + 2) / 3 * (d + 2) / 3, 1e-12);
	close_to(pyramid_variance(&p, &all), d * d, 1e-15);
	p.levels = 2;
	p.square[1] = PYRAMID_SIDE;
	p.variance[1] = 10;
	close_to(pyramid_variance(&p, &all), 1 / (1 / (d * d) + 0.1), 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variances_are_those_of_least_squares),
		cmocka_unit_test(test_the_mean_is_over_all_rectangles),
		cmocka_unit_test(
		    test_means_over_all_rectangles_are_the_known_ones),
		cmocka_unit_test(test_single_rectangles_have_the_known_errors),
		cmocka_unit_test(test_the_largest_grid_is_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
