/*
 * Promises of analysis/spread: the smallest width that the law of the noise
 * allows, held against convolution done the long way.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

/* The laws of sums are static functions: used where it would not be. */
#include "analysis/spread.c"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SIDE 4000 /* of a law done the long way */

static const double chances[] = { 0.5, 0.1, 0.05, 0.01, 0.001, 1e-6, 1e-12 };

/* P[X = x] but for its norm. */
static long double
weight(const struct noise_law *law, long double x)
{
	long double r = (long double)law->den / law->num;

	return expl(law->noise == NOISE_GAUSS ? -x * x * r / 2 : -fabsl(x) * r);
}

/* P[X = i - SIDE] of the sum of m draws: one after the other, long doubles. */
static void
naive_law(long double *sum, const struct noise_law *law, unsigned m)
{
	static long double one[2 * SIDE + 1], next[2 * SIDE + 1];
	int reach = 1, side = 0;
	long double norm = 1;

	while (reach * (int)m < SIDE && weight(law, reach) > 1e-24L)
		reach++;
	assert_true(weight(law, reach) < 1e-20L);
	one[SIDE] = 1;
	for (int x = 1; x <= reach; x++) {
		one[SIDE + x] = one[SIDE - x] = weight(law, x);
		norm += 2 * one[SIDE + x];
	}
	memset(sum, 0, (2 * SIDE + 1) * sizeof(*sum));
	sum[SIDE] = 1;
	for (unsigned i = 0; i < m; i++, side += reach) {
		memset(next, 0, sizeof(next));
		for (int x = -side; x <= side; x++)
			for (int y = -reach; y <= reach; y++)
				next[SIDE + x + y] +=
				    sum[SIDE + x] * one[SIDE + y] / norm;
		memcpy(sum, next, sizeof(next));
	}
}

/* P(|X| > h). */
static long double
naive_tail(const long double *sum, int64_t h)
{
	long double tail = 0;

	for (int64_t x = SIDE; x > h; x--)
		tail += 2 * sum[SIDE + x];
	return tail;
}

static void
test_widths_are_the_smallest_that_hold(void **state)
{
	static const struct {
		struct noise_law law;
		unsigned m;
	} sums[] = { { { NOISE_GAUSS, 1, 100 }, 3 },
		{ { NOISE_GAUSS, 1, 10 }, 1 }, { { NOISE_GAUSS, 1, 10 }, 64 },
		{ { NOISE_GAUSS, 1, 4 }, 5 }, { { NOISE_GAUSS, 1, 1 }, 1 },
		{ { NOISE_GAUSS, 1, 1 }, 2 }, { { NOISE_GAUSS, 7, 3 }, 3 },
		{ { NOISE_GAUSS, 5, 1 }, 1 }, { { NOISE_GAUSS, 5, 1 }, 7 },
		{ { NOISE_GAUSS, 7999, 1000 }, 2 },
		{ { NOISE_GAUSS, 7999, 1000 }, 20 },
		{ { NOISE_GAUSS, 8, 1 }, 1 }, { { NOISE_GAUSS, 8, 1 }, 2 },
		{ { NOISE_GAUSS, 8, 1 }, 3 },
		{ { NOISE_GAUSS, 8001, 1000 }, 20 },
		{ { NOISE_GAUSS, 25000, 1000 }, 9 },
		{ { NOISE_GAUSS, 100, 1 }, 2 }, { { NOISE_LAPLACE, 1, 40 }, 5 },
		{ { NOISE_LAPLACE, 1, 20 }, 64 },
		{ { NOISE_LAPLACE, 1, 9 }, 3 }, { { NOISE_LAPLACE, 1, 3 }, 1 },
		{ { NOISE_LAPLACE, 1, 1 }, 1 }, { { NOISE_LAPLACE, 1, 1 }, 2 },
		{ { NOISE_LAPLACE_PURE, 1, 1 }, 60 },
		{ { NOISE_LAPLACE, 10, 3 }, 5 },
		{ { NOISE_LAPLACE_PURE, 10, 1 }, 1 },
		{ { NOISE_LAPLACE, 10, 1 }, 2 },
		{ { NOISE_LAPLACE, 10, 1 }, 6 },
		{ { NOISE_LAPLACE, 70, 1 }, 1 } };
	static long double law[2 * SIDE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(sums); i++) {
		int64_t half[COUNT(chances)], total = 77;

		naive_law(law, &sums[i].law, sums[i].m);
		assert_int_equal(spread_half_widths(half, chances,
				     COUNT(chances), &sums[i].law, sums[i].m),
		    E_OK);
		for (size_t j = 0; j < COUNT(chances); j++) {
			assert_true(naive_tail(law, half[j]) <= chances[j]);
			if (half[j] > 0)
				assert_true(naive_tail(law, half[j] - 1) >
					    chances[j] * (1 - 1e-9));
			else
				assert_true(half[j] == 0);
			assert_int_equal(spread_total(&total, chances[j],
					     &sums[i].law, 1, sums[i].m),
			    E_OK);
			assert_int_equal(total, half[j]);
		}
	}
}

static void
known_row(json_t *row, uint32_t noise, const char *parameter)
{
	static const char *const keys[] = { "0.1", "0.05", "0.01", "0.001" };
	json_t *halves = json_object_get(row, "ci_halfwidth");
	const char *text = json_string_value(json_object_get(row, parameter));
	struct noise_law law = { noise,
		(uint32_t)(strtod(text, NULL) * 100 + 0.5), 100 };

	for (size_t j = 0; j < COUNT(keys); j++) {
		double chance = strtod(keys[j], NULL);
		int64_t half = 77;

		assert_int_equal(
		    spread_half_widths(&half, &chance, 1, &law, 1), E_OK);
		assert_int_equal(
		    half, json_integer_value(json_object_get(halves, keys[j])));
	}
}

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

/* Where the tail is smooth it is what the sum is, term by term. */
static void
test_smooth_tails_equal_summed_ones(void **state)
{
	static const double variances[] = { 1e6, 3.7e6, 1e8 };

	(void)state;
	for (size_t i = 0; i < COUNT(variances); i++) {
		long double v = variances[i], sd = sqrtl(v), tail = 0;
		int64_t h = (int64_t)(12 * sd);
		int64_t halves[COUNT(chances)];

		for (size_t j = 0; j < COUNT(chances); j++)
			halves[j] = smooth_half(variances[i], chances[j]);
		for (; h >= 0; h--) {
			long double want =
			    tail / sqrtl(2 * (long double)PI * v);

			if (h % (int64_t)(sd / 8) == 0 && h < 8 * sd)
				assert_true(
				    fabsl(tail_smooth((double)h, variances[i]) /
					      want -
					  1) < 1e-10);
			for (size_t j = 0; j < COUNT(chances); j++) {
				if (h == halves[j])
					assert_true(want <= chances[j]);
				if (h == halves[j] - 1)
					assert_true(
					    want > chances[j] * (1 - 1e-9));
			}
			tail += 2 * expl(-(long double)h * h / (2 * v));
		}
	}
}

/* Both ways of one law meet where one takes over from the other. */
static void
test_ways_meet_at_their_borders(void **state)
{
	(void)state;
	for (uint64_t n = 2; n <= 1024; n *= 2) {
		struct mass law;

		assert_int_equal(gauss_sum(&law, WIDE, n), E_OK);
		for (size_t j = 0; j < COUNT(chances); j++)
			assert_int_equal(mass_half(&law, chances[j], NULL),
			    summed_half(WIDE * (double)n, chances[j]));
		mass_free(&law);
	}
	for (size_t j = 0; j < COUNT(chances); j++)
		assert_int_equal(summed_half(SUMMED, chances[j]),
		    smooth_half(SUMMED, chances[j]));
}

/* Totals just too broad for convolution: normal, and yet the same number at 5
 * and 10 %, at most the next one further out. */
static void
test_totals_beyond_the_law_are_close_to_it(void **state)
{
	static const struct {
		struct noise_law law;
		uint64_t draws;
	} totals[] = { { { NOISE_GAUSS, 1, 10 }, 2600000 },
		{ { NOISE_GAUSS, 1, 1 }, 35000 },
		{ { NOISE_GAUSS, 1, 20 }, 380000000 } };

	(void)state;
	for (size_t i = 0; i < COUNT(totals); i++) {
		double s2 = (double)totals[i].law.num / totals[i].law.den;
		int64_t half[COUNT(chances)];
		struct mass law;

		assert_int_equal(gauss_sum(&law, s2, totals[i].draws), E_OK);
		assert_int_equal(half_widths(half, chances, COUNT(chances),
				     &totals[i].law, totals[i].draws),
		    E_OK);
		for (size_t j = 0; j < COUNT(chances); j++) {
			int64_t exact = mass_half(&law, chances[j], NULL);

			assert_true(llabs(half[j] - exact) <=
				    (chances[j] >= 0.05 ? 0 : 1));
		}
		mass_free(&law);
	}
}

/* The recurrence against squaring by convolution, probability by probability:
 * from hardly any noise to much, up to 1,024 draws. */
static void
test_sums_of_laplace_draws_are_their_convolution(void **state)
{
	static const struct noise_law laws[] = { { NOISE_LAPLACE, 1, 25 },
		{ NOISE_LAPLACE, 1, 4 }, { NOISE_LAPLACE, 2, 3 },
		{ NOISE_LAPLACE, 5, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		double v = law_variance(&laws[i]);
		struct mass power, sum;

		assert_int_equal(laplace_sum(&power, v, 1), E_OK);
		for (size_t x = 0; x <= power.reach; x++) {
			double want =
			    law_zero(&laws[i]) * (double)weight(&laws[i], x);

			assert_true(fabs(power.p[power.reach + x] - want) <=
				    1e-11 * want + 1e-24);
		}
		for (double n = 2; n <= 1024; n *= 2) {
			assert_int_equal(mass_add(&power, &power), E_OK);
			assert_int_equal(laplace_sum(&sum, v, n), E_OK);
			for (size_t x = 0; x <= power.reach && x <= sum.reach;
			     x++) {
				double want = power.p[power.reach + x];

				assert_true(fabs(sum.p[sum.reach + x] - want) <=
					    1e-10 * want + 1e-24);
			}
			mass_free(&sum);
		}
		mass_free(&power);
	}
}

/* P(|X| > h) of one Laplace draw and of the sum of two, in closed form. */
static long double
closed_tail(long double t, unsigned draws, long double h)
{
	long double rest = -expm1l(-1 / t), q = 1 - rest;
	long double power = expl(-(h + 1) / t); /* q^(h+1) */
	long double c = rest / (1 + q);

	if (draws == 1)
		return 2 * power / (1 + q);
	/* P[k] = c^2 q^k (k + coth(1 / t)) */
	return 2 * c * c * power *
	       ((h + 1 + 1 / tanhl(1 / t)) / rest + q / (rest * rest));
}

/* Widths of scales beyond TERMS: within a number of the smallest at 2^24,
 * nearly so at the end of the range. */
static void
test_widths_of_the_widest_laplace_are_close(void **state)
{
	static const uint32_t scales[] = { 100, 10000, 100000, 1 << 24,
		UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(scales); i++)
		for (unsigned m = 1; m <= 2; m++) {
			struct noise_law law = { NOISE_LAPLACE, scales[i], 1 };
			int64_t half[COUNT(chances)];
			long double t = scales[i];

			assert_int_equal(spread_half_widths(half, chances,
					     COUNT(chances), &law, m),
			    E_OK);
			for (size_t j = 0; j < COUNT(chances); j++) {
				long double h = half[j], off = 0;

				if (scales[i] >= 100000)
					off = 1;
				if (scales[i] > 1 << 24)
					off = 3 + h * 2e-11L;
				assert_true(closed_tail(t, m, h + off) <=
					    chances[j] * (1 + 1e-13L));
				assert_true(closed_tail(t, m, h - 1 - off) >
					    chances[j] * (1 - 1e-9L));
			}
		}
}

/* Widths from the stretched law against those from all of the terms, four
 * times TERMS and more. */
static void
test_stretched_laws_equal_whole_ones(void **state)
{
	static const double draws[] = { 1, 3, 20, 1024, 1e6, 1e12 };

	(void)state;
	for (size_t i = 0; i < COUNT(draws); i++) {
		double v = 1, over;
		int64_t half[COUNT(chances)];
		struct mass whole;

		over = laplace_reach(v, draws[i]) / (4 * TERMS);
		v /= over * over;
		while (laplace_reach(v, draws[i]) < 4 * TERMS)
			v *= 1.05;
		assert_int_equal(laplace_sum(&whole, v, draws[i]), E_OK);
		assert_int_equal(
		    laplace_halves(half, chances, COUNT(chances), v, draws[i]),
		    E_OK);
		for (size_t j = 0; j < COUNT(chances); j++)
			assert_true(
			    llabs(half[j] -
				  mass_half(&whole, chances[j], NULL)) <= 1);
		mass_free(&whole);
	}
}

static void
test_totals_grow_with_cells_and_nodes(void **state)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 25, 1 },
		{ NOISE_LAPLACE, 7, 2 } };
	static const double five = 0.05;
	/* 1.95996 sd: 64 nodes, 2^20 cells, s2 25 or 24.334 */
	static const int64_t want[] = { 80280, 79204 };

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		int64_t one = 0, total = 0, before = 0;

		for (unsigned m = 1; m <= 1024; m *= 4) {
			assert_int_equal(
			    spread_half_widths(&one, &five, 1, &laws[i], m),
			    E_OK);
			assert_int_equal(
			    spread_total(&total, five, &laws[i], m, 1), E_OK);
			assert_int_equal(total, one);
			assert_true(one > before);
			before = one;
		}
		assert_int_equal(
		    spread_total(&total, five, &laws[i], 64, 1 << 20), E_OK);
		assert_int_equal(total, want[i]);
	}
}

static void
test_the_ends_of_the_range_are_served(void **state)
{
	static const struct noise_law widest[] = { { NOISE_GAUSS, UINT32_MAX,
						       1 },
		{ NOISE_LAPLACE, UINT32_MAX, 1 } },
				      narrowest[] = { { NOISE_GAUSS, 1,
							  UINT32_MAX },
					      { NOISE_LAPLACE_PURE, 1,
						  UINT32_MAX } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		double sd =
		    sqrt(law_variance(&widest[i]) * (double)CELLS_MAX * 1024);
		int64_t total = 0;

		assert_int_equal(
		    spread_total(&total, 1e-12, &widest[i], 1024, CELLS_MAX),
		    E_OK);
		assert_true(fabs((double)total / sd / 7.1305068488 - 1) < 1e-8);
		assert_int_equal(
		    spread_total(&total, 1e-12, &narrowest[i], 1024, CELLS_MAX),
		    E_OK);
		assert_int_equal(total, 0);
	}
	/* one draw in 5 10^12 is not 0 */
	for (uint32_t den = 27; den <= 31; den++) {
		struct noise_law law = { NOISE_LAPLACE, 1, den };
		int64_t half = 77;
		double chance = 1e-12;

		assert_int_equal(
		    spread_half_widths(&half, &chance, 1, &law, 1), E_OK);
		assert_int_equal(half, 1 - law_zero(&law) > chance);
	}
}

static void
test_normal_quantiles_are_known(void **state)
{
	static const double known[][2] = { { 0.1, 1.6448536269514722 },
		{ 0.05, 1.9599639845400545 }, { 0.01, 2.5758293035489004 },
		{ 0.001, 3.2905267314919255 }, { 1e-6, 4.8916384756 },
		{ 1e-12, 7.1305068488 }, { 0.9, 0.12566134685507402 } };

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		double z = spread_linear(3, 0, known[i][0]) / 3;

		assert_true(fabs(z / known[i][1] - 1) < 1e-10);
		assert_true(fabs(erfc(z / sqrt(2)) / known[i][0] - 1) < 1e-12);
	}
	assert_true(spread_linear(1, -1, 0.05) == spread_linear(1, 0, 0.05));
	assert_true(spread_linear(0, 3, 0.05) == 0);
}

/* Sums of equal draws, in steps that are small: covered, and not by much more
 * than the header says. */
static void
test_linear_widths_cover_equal_weights(void **state)
{
	static const struct noise_law law = { NOISE_LAPLACE, 5000, 1 };
	static const struct {
		unsigned m;
		double usual, far; /* too wide at 1 ... 10 %, above 1e-6 */
	} rows[] = { { 1, 0.17, 0.82 }, { 2, 0.07, 0.42 }, { 3, 0.04, 0.27 },
		{ 5, 0.02, 0.15 }, { 10, 0.006, 0.06 }, { 40, 0.003, 0.02 },
		{ 1024, 0.001, 0.001 } };
	double v = law_variance(&law);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		double many[40],
		    kurtosis = law_fourth(&law) / v / v / rows[i].m;
		int64_t half[COUNT(many)];

		for (size_t j = 0; j < COUNT(many); j++)
			many[j] = j == 0 ? 0.3 : many[j - 1] * 0.72;
		assert_int_equal(spread_half_widths(
				     half, many, COUNT(many), &law, rows[i].m),
		    E_OK);
		for (size_t j = 0; j < COUNT(many); j++) {
			double got = spread_linear(
			    sqrt(v * rows[i].m), kurtosis, many[j]);
			double want = (double)half[j];

			assert_true(got >= want - 0.5);
			if (many[j] >= 0.01 && many[j] <= 0.1)
				assert_true(got <= want * (1 + rows[i].usual));
			if (many[j] >= 1e-6)
				assert_true(got <= want * (1 + rows[i].far));
		}
	}
}

/* One large weight and ever smaller ones, by partial fractions: the chance
 * beyond y of the sum of a_i times Laplaces of scale 1. */
static long double
fractions_tail(const long double *a, size_t n, long double y)
{
	long double tail = 0;

	for (size_t i = 0; i < n; i++) {
		long double part = expl(-y / a[i]);

		for (size_t j = 0; j < n; j++)
			if (j != i)
				part /= 1 - a[j] * a[j] / (a[i] * a[i]);
		tail += part;
	}
	return tail;
}

static void
test_linear_widths_cover_unequal_weights(void **state)
{
	static const double ratios[] = { 0.1, 0.3, 0.5, 0.6, 0.7 };

	(void)state;
	for (size_t i = 0; i < COUNT(ratios); i++) {
		long double a[8], square = 0, fourth = 0;

		for (size_t k = 0; k < COUNT(a); k++) {
			a[k] = powl(ratios[i], k);
			square += 2 * a[k] * a[k];
			fourth += 12 * a[k] * a[k] * a[k] * a[k];
		}
		for (double chance = 0.9; chance > 1e-9; chance *= 0.8) {
			double h = spread_linear((double)sqrtl(square),
			    (double)(fourth / (square * square)), chance);

			assert_true(fractions_tail(a, COUNT(a), h) <= chance);
		}
	}
}

#define REACH 60

/* P[x] of one draw at p[REACH + x]. */
static void
law_at(double p[2 * REACH + 1], const struct noise_law *law)
{
	double size = (double)law->num / law->den, sum = 0;

	for (int x = -REACH; x <= REACH; x++) {
		p[REACH + x] = law->noise == NOISE_GAUSS
				   ? exp(-x * x / (2 * size))
				   : exp(-abs(x) / size);
		sum += p[REACH + x];
	}
	for (int x = 0; x <= 2 * REACH; x++)
		p[x] /= sum;
}

/* The chance that w x + (1 - w) y is within h. */
static double
chance_within(double h, double w, const double *x, const double *y)
{
	double sum = 0;

	for (int i = -REACH; i <= REACH; i++)
		for (int j = -REACH; j <= REACH; j++)
			if (fabs(w * i + (1 - w) * j) <= h)
				sum += x[REACH + i] * y[REACH + j];
	return sum;
}

/* The best of two measurements of one number, as least squares takes it, by
 * enumeration: the steps of whole numbers show where there is little noise, and
 * a width that knows of none of them fails there. */
static void
test_estimates_of_whole_numbers_are_covered(void **state)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 1, 10 },
		{ NOISE_GAUSS, 1, 5 }, { NOISE_GAUSS, 1, 2 },
		{ NOISE_GAUSS, 1, 1 }, { NOISE_GAUSS, 3, 1 },
		{ NOISE_GAUSS, 9, 1 }, { NOISE_GAUSS, 16, 1 },
		{ NOISE_LAPLACE, 1, 2 }, { NOISE_LAPLACE, 1, 1 },
		{ NOISE_LAPLACE, 3, 1 } };
	double x[2 * REACH + 1], y[2 * REACH + 1], least = 1, smooth = 1;

	(void)state;
	for (size_t i = 0; i < COUNT(laws) * COUNT(laws); i++) {
		const struct noise_law *a = &laws[i / COUNT(laws)];
		const struct noise_law *b = &laws[i % COUNT(laws)];
		double va = law_variance(a), vb = law_variance(b);
		double w = vb / (va + vb), v = va * vb / (va + vb);
		double fourth =
		    pow(w, 4) * law_fourth(a) + pow(1 - w, 4) * law_fourth(b);

		law_at(x, a);
		law_at(y, b);
		least = fmin(least, chance_within(spread_estimate(sqrt(v),
						      fourth / (v * v), 0.05),
					w, x, y));
		smooth = fmin(smooth, chance_within(spread_linear(sqrt(v),
							fourth / (v * v), 0.05),
					  w, x, y));
	}
	assert_true(least >= 0.945);
	assert_true(smooth < 0.90); /* or nothing was tested */
}

/* Noise that is nearly never there has a kurtosis without bound. */
static void
test_no_width_is_beyond_that_of_any_law(void **state)
{
	static const double kurtosis[] = { 0, 3, 1e3, 1e300, INFINITY, NAN };

	(void)state;
	for (size_t i = 0; i < COUNT(kurtosis); i++) {
		double most = 2 / sqrt(0.05) * (1 + 1e-15);

		assert_true(spread_linear(2, kurtosis[i], 0.05) <= most);
		assert_true(spread_estimate(2, kurtosis[i], 0.05) <= most);
		assert_true(spread_estimate(0, kurtosis[i], 0.05) == 0);
	}
}

static void
test_arguments_out_of_range_are_refused(void **state)
{
	static const struct {
		double chance;
		struct noise_law law;
		unsigned m;
		uint64_t cells;
	} bad[] = {
		{ 0.05, { NOISE_GAUSS, 0, 1 }, 1, 1 },
		{ 0.05, { NOISE_GAUSS, 1, 0 }, 1, 1 },
		{ 0.05, { NOISE_LAPLACE, 0, 1 }, 1, 1 },
		{ 0.05, { NOISE_LAPLACE_PURE, 1, 0 }, 1, 1 },
		{ 0.05, { 0, 1, 1 }, 1, 1 },
		{ 0.05, { NOISE_LAPLACE_PURE + 1, 1, 1 }, 1, 1 },
		{ 0.05, { NOISE_GAUSS, 1, 1 }, 0, 1 },
		{ 0.05, { NOISE_GAUSS, 1, 1 }, SPREAD_NODES_MAX + 1, 1 },
		{ 9e-13, { NOISE_GAUSS, 1, 1 }, 1, 1 },
		{ 1, { NOISE_GAUSS, 1, 1 }, 1, 1 },
		{ -0.05, { NOISE_GAUSS, 1, 1 }, 1, 1 },
		{ NAN, { NOISE_LAPLACE, 1, 1 }, 1, 1 },
		{ 0.05, { NOISE_GAUSS, 1, 1 }, 1, 0 },
		{ 0.05, { NOISE_LAPLACE, 1, 1 }, 1, CELLS_MAX + 1 },
	};
	int64_t half[2] = { 77, 78 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		double two[2] = { 0.1, bad[i].chance };

		assert_int_equal(spread_total(half, bad[i].chance, &bad[i].law,
				     bad[i].m, bad[i].cells),
		    E_ARG);
		if (bad[i].cells == 1)
			assert_int_equal(spread_half_widths(half, two, 2,
					     &bad[i].law, bad[i].m),
			    E_ARG);
	}
	assert_true(half[0] == 77 && half[1] == 78);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths_are_the_smallest_that_hold),
		cmocka_unit_test(test_known_answers_are_met),
		cmocka_unit_test(test_smooth_tails_equal_summed_ones),
		cmocka_unit_test(test_ways_meet_at_their_borders),
		cmocka_unit_test(test_totals_beyond_the_law_are_close_to_it),
		cmocka_unit_test(
		    test_sums_of_laplace_draws_are_their_convolution),
		cmocka_unit_test(test_widths_of_the_widest_laplace_are_close),
		cmocka_unit_test(test_stretched_laws_equal_whole_ones),
		cmocka_unit_test(test_totals_grow_with_cells_and_nodes),
		cmocka_unit_test(test_the_ends_of_the_range_are_served),
		cmocka_unit_test(test_normal_quantiles_are_known),
		cmocka_unit_test(test_linear_widths_cover_equal_weights),
		cmocka_unit_test(test_linear_widths_cover_unequal_weights),
		cmocka_unit_test(test_estimates_of_whole_numbers_are_covered),
		cmocka_unit_test(test_no_width_is_beyond_that_of_any_law),
		cmocka_unit_test(test_arguments_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
