/*
 * Promises of analysis/interval: the smallest width that the law of the noise
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

/* The law of a sum is a static function: used where it would not be. */
#include "analysis/interval.c"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SIDE 4000 /* of a law done the long way */

static const double chances[] = { 0.5, 0.1, 0.05, 0.01, 0.001, 1e-6, 1e-12 };

/* P[X = i - SIDE] of the sum of m draws: one after the other, long doubles. */
static void
naive_law(long double *law, long double s2, unsigned m)
{
	static long double one[2 * SIDE + 1], next[2 * SIDE + 1];
	int reach = (int)(14 * sqrtl(s2)) + 2, side = 0;
	long double sum = 0;

	assert_true(reach * (int)m <= SIDE);
	for (int x = -reach; x <= reach; x++)
		sum += one[SIDE + x] = expl(-(long double)x * x / (2 * s2));
	memset(law, 0, (2 * SIDE + 1) * sizeof(*law));
	law[SIDE] = 1;
	for (unsigned i = 0; i < m; i++, side += reach) {
		memset(next, 0, sizeof(next));
		for (int x = -side; x <= side; x++)
			for (int y = -reach; y <= reach; y++)
				next[SIDE + x + y] +=
				    law[SIDE + x] * one[SIDE + y] / sum;
		memcpy(law, next, sizeof(next));
	}
}

/* P(|X| > h). */
static long double
naive_tail(const long double *law, int64_t h)
{
	long double tail = 0;

	for (int64_t x = SIDE; x > h; x--)
		tail += 2 * law[SIDE + x];
	return tail;
}

static void
test_widths_are_the_smallest_that_hold(void **state)
{
	static const struct {
		uint32_t num, den;
		unsigned m;
	} sums[] = { { 1, 100, 3 }, { 1, 10, 1 }, { 1, 10, 64 }, { 1, 4, 5 },
		{ 1, 1, 1 }, { 1, 1, 2 }, { 7, 3, 3 }, { 5, 1, 1 }, { 5, 1, 7 },
		{ 7999, 1000, 2 }, { 7999, 1000, 20 }, { 8, 1, 1 }, { 8, 1, 2 },
		{ 8, 1, 3 }, { 8001, 1000, 20 }, { 25000, 1000, 9 },
		{ 100, 1, 2 } };
	static long double law[2 * SIDE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(sums); i++) {
		int64_t half[COUNT(chances)];

		naive_law(
		    law, (long double)sums[i].num / sums[i].den, sums[i].m);
		assert_int_equal(
		    interval_half_widths(half, chances, COUNT(chances),
			sums[i].num, sums[i].den, sums[i].m),
		    E_OK);
		for (size_t j = 0; j < COUNT(chances); j++) {
			assert_true(naive_tail(law, half[j]) <= chances[j]);
			if (half[j] > 0)
				assert_true(naive_tail(law, half[j] - 1) >
					    chances[j] * (1 - 1e-9));
			else
				assert_true(half[j] == 0);
		}
	}
}

static void
test_known_answers_are_met(void **state)
{
	static const char *const keys[] = { "0.1", "0.05", "0.01", "0.001" };
	json_error_t error;
	json_t *file =
	    json_load_file(WARD_VECTORS "/dp_accounting.json", 0, &error);
	json_t *row;
	size_t i, rows = 0;

	(void)state;
	assert_non_null(file);
	json_array_foreach(json_object_get(file, "discrete_gaussian"), i, row)
	{
		const char *s2 =
		    json_string_value(json_object_get(row, "sigma2"));
		double variance = strtod(
		    json_string_value(json_object_get(row, "variance")), NULL);
		json_t *halves = json_object_get(row, "ci_halfwidth");
		uint32_t num = (uint32_t)(strtod(s2, NULL) * 100 + 0.5);
		double sd = interval_sd(num, 100);

		assert_true(fabs(sd * sd / variance - 1) < 1e-12);
		for (size_t j = 0; j < COUNT(keys); j++) {
			double chance = strtod(keys[j], NULL);
			int64_t half = 77;

			assert_int_equal(interval_half_widths(
					     &half, &chance, 1, num, 100, 1),
			    E_OK);
			assert_int_equal(
			    half, json_integer_value(
				      json_object_get(halves, keys[j])));
		}
		rows++;
	}
	assert_int_equal(rows, 6);
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
		struct law law;

		assert_int_equal(law_sum(&law, WIDE, n), E_OK);
		for (size_t j = 0; j < COUNT(chances); j++)
			assert_int_equal(law_half(&law, chances[j]),
			    summed_half(WIDE * (double)n, chances[j]));
		law_free(&law);
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
		uint32_t num, den;
		uint64_t draws;
	} totals[] = { { 1, 10, 2600000 }, { 1, 1, 35000 },
		{ 1, 20, 380000000 } };

	(void)state;
	for (size_t i = 0; i < COUNT(totals); i++) {
		double s2 = (double)totals[i].num / totals[i].den;
		int64_t half[COUNT(chances)];
		struct law law;

		assert_int_equal(law_sum(&law, s2, totals[i].draws), E_OK);
		assert_int_equal(
		    half_widths(half, chances, COUNT(chances), totals[i].num,
			totals[i].den, totals[i].draws),
		    E_OK);
		for (size_t j = 0; j < COUNT(chances); j++) {
			int64_t exact = law_half(&law, chances[j]);

			assert_true(llabs(half[j] - exact) <=
				    (chances[j] >= 0.05 ? 0 : 1));
		}
		law_free(&law);
	}
}

static void
test_totals_grow_with_cells_and_nodes(void **state)
{
	static const double five = 0.05;
	int64_t one = 0, total = 0, before = 0;

	(void)state;
	for (unsigned m = 1; m <= 1024; m *= 4) {
		assert_int_equal(
		    interval_half_widths(&one, &five, 1, 25, 1, m), E_OK);
		assert_int_equal(
		    interval_total(&total, five, 25, 1, m, 1), E_OK);
		assert_int_equal(total, one);
		assert_true(one > before);
		before = one;
	}
	/* 1.95996 sd: 64 nodes, 2^20 cells, s2 25 */
	assert_int_equal(
	    interval_total(&total, five, 25, 1, 64, 1 << 20), E_OK);
	assert_int_equal(total, 80280);
	assert_int_equal(
	    interval_total(&total, 1e-12, UINT32_MAX, 1, 1024, CELLS_MAX),
	    E_OK);
	assert_true(total > INT64_C(15000000000000));
	assert_int_equal(
	    interval_total(&total, five, 1, UINT32_MAX, 1024, CELLS_MAX), E_OK);
	assert_int_equal(total, 0);
}

static void
test_standard_deviation_is_that_of_the_law(void **state)
{
	static const uint32_t s2[][2] = { { 1, UINT32_MAX }, { 1, 100 },
		{ 1, 10 }, { 1, 1 }, { 7999, 1000 } };
	static long double law[2 * SIDE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(s2); i++) {
		long double var = 0, value = (long double)s2[i][0] / s2[i][1];

		naive_law(law, value, 1);
		for (int x = -SIDE; x <= SIDE; x++)
			var += law[SIDE + x] * x * x;
		assert_true(fabsl(interval_sd(s2[i][0], s2[i][1]) -
				  sqrtl(var)) <= 1e-14L * sqrtl(var));
	}
	assert_true(interval_sd(1, 10) < 0.9 * sqrt(0.1));
	assert_true(interval_sd(UINT32_MAX, 1) == sqrt(UINT32_MAX));
}

static void
test_arguments_out_of_range_are_refused(void **state)
{
	static const struct {
		double chance;
		uint32_t num, den;
		unsigned m;
		uint64_t cells;
	} bad[] = {
		{ 0.05, 0, 1, 1, 1 },
		{ 0.05, 1, 0, 1, 1 },
		{ 0.05, 1, 1, 0, 1 },
		{ 0.05, 1, 1, INTERVAL_NODES_MAX + 1, 1 },
		{ 9e-13, 1, 1, 1, 1 },
		{ 1, 1, 1, 1, 1 },
		{ -0.05, 1, 1, 1, 1 },
		{ NAN, 1, 1, 1, 1 },
		{ 0.05, 1, 1, 1, 0 },
		{ 0.05, 1, 1, 1, CELLS_MAX + 1 },
	};
	int64_t half[2] = { 77, 78 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		double two[2] = { 0.1, bad[i].chance };

		assert_int_equal(interval_total(half, bad[i].chance, bad[i].num,
				     bad[i].den, bad[i].m, bad[i].cells),
		    E_ARG);
		if (bad[i].cells == 1)
			assert_int_equal(interval_half_widths(half, two, 2,
					     bad[i].num, bad[i].den, bad[i].m),
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
		cmocka_unit_test(test_totals_grow_with_cells_and_nodes),
		cmocka_unit_test(test_standard_deviation_is_that_of_the_law),
		cmocka_unit_test(test_arguments_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
