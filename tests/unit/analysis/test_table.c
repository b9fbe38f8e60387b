/*
 * Promises of analysis/table: margins hold, and nothing of these margins is
 * nearer.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/simplex.h"
#include "analysis/table.h"
#include "tests/unit/analysis/dense_test.h"

#define SIDE 6 /* of tables that are looked at closely */

static void
check_margins(const double *x, size_t rows, size_t columns, const double *row,
    const double *column, double within)
{
	for (size_t i = 0; i < rows; i++) {
		double sum = 0;

		for (size_t j = 0; j < columns; j++) {
			assert_true(x[i * columns + j] >= 0);
			sum += x[i * columns + j];
		}
		assert_true(fabs(sum - row[i]) <= within);
	}
	for (size_t j = 0; j < columns; j++) {
		double sum = 0;

		for (size_t i = 0; i < rows; i++)
			sum += x[i * columns + j];
		assert_true(fabs(sum - column[j]) <= within);
	}
}

static double
distance(const double *x, const double *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - y[i]) * (x[i] - y[i]);
	return sum;
}

/* Dykstra's alternating projections (J. Amer. Statist. Assoc. 78 (1983)) on
 * {rows of simplices} and {columns of simplices}: slow and sure. */
static void
dykstra(double *x, size_t rows, size_t columns, const double *row,
    const double *column)
{
	double p[SIDE * SIDE] = { 0 }, q[SIDE * SIDE] = { 0 }, y[SIDE];

	for (unsigned turn = 0; turn < 20000; turn++) {
		for (size_t i = 0; i < rows; i++) {
			for (size_t j = 0; j < columns; j++)
				y[j] = x[i * columns + j] + p[i * columns + j];
			memcpy(p + i * columns, y, columns * sizeof(*y));
			simplex_project(y, columns, row[i]);
			for (size_t j = 0; j < columns; j++) {
				x[i * columns + j] = y[j];
				p[i * columns + j] -= y[j];
			}
		}
		for (size_t j = 0; j < columns; j++) {
			for (size_t i = 0; i < rows; i++)
				q[i * columns + j] += y[i] = x[i * columns + j];
			for (size_t i = 0; i < rows; i++)
				y[i] = q[i * columns + j];
			simplex_project(y, rows, column[j]);
			for (size_t i = 0; i < rows; i++) {
				x[i * columns + j] = y[i];
				q[i * columns + j] -= y[i];
			}
		}
	}
}

/* x noisy; margins those of another table, sparse and whole or not. */
static void
random_table(double *x, double *row, double *column, size_t rows,
    size_t columns, bool whole, struct stream *st)
{
	memset(row, 0, rows * sizeof(*row));
	memset(column, 0, columns * sizeof(*column));
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++) {
			double v = fmax(12 * stream_unit(st) - 8, 0);

			v = whole ? floor(v) : v;
			row[i] += v;
			column[j] += v;
			*x++ = v + 6 * stream_unit(st) - 3;
		}
}

static void
test_projected_tables_are_the_nearest(void **state)
{
	struct stream st = { .seed = 41 };

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		size_t rows = 1 + dense_below(&st, SIDE);
		size_t columns = 1 + dense_below(&st, SIDE);
		double x[SIDE * SIDE] = { 0 }, near[SIDE * SIDE],
				was[SIDE * SIDE];
		double row[SIDE], column[SIDE];

		random_table(
		    x, row, column, rows, columns, round % 2 == 0, &st);
		memcpy(near, x, sizeof(x));
		memcpy(was, x, sizeof(x));
		assert_int_equal(
		    table_project(x, rows, columns, row, column), E_OK);
		check_margins(x, rows, columns, row, column, 1e-10);
		dykstra(near, rows, columns, row, column);
		assert_true(distance(x, near, rows * columns) < 1e-8);
		assert_true(distance(x, was, rows * columns) <=
			    distance(near, was, rows * columns) + 1e-5);
	}
}

/* Few counts among many cells, as of small areas and months. */
static void
test_margins_of_large_sparse_tables_hold(void **state)
{
	enum { ROWS = 400, COLUMNS = 60 };
	struct stream st = { .seed = 42 };
	double *x = calloc(2 * ROWS * COLUMNS, sizeof(*x));
	double *y = x + ROWS * COLUMNS, row[ROWS] = { 0 },
	       column[COLUMNS] = { 0 };

	(void)state;
	for (unsigned k = 0; k < 900; k++) {
		size_t i = dense_below(&st, ROWS),
		       j = dense_below(&st, COLUMNS);

		x[i * COLUMNS + j]++;
		row[i]++;
		column[j]++;
	}
	for (size_t c = 0; c < ROWS * COLUMNS; c++)
		y[c] = x[c] + 40 * (stream_unit(&st) - 0.5);
	assert_int_equal(table_project(y, ROWS, COLUMNS, row, column), E_OK);
	check_margins(y, ROWS, COLUMNS, row, column, 1e-8);
	assert_int_equal(table_round(y, ROWS, COLUMNS, row, column), E_OK);
	check_margins(y, ROWS, COLUMNS, row, column, 0);
	/* what is right already stays, to the last bit */
	memcpy(y, x, ROWS * COLUMNS * sizeof(*y));
	assert_int_equal(table_project(y, ROWS, COLUMNS, row, column), E_OK);
	assert_memory_equal(x, y, ROWS * COLUMNS * sizeof(*x));
	assert_int_equal(table_round(y, ROWS, COLUMNS, row, column), E_OK);
	assert_memory_equal(x, y, ROWS * COLUMNS * sizeof(*x));
	free(x);
}

/* The least distance of x[n] from whole numbers of sum total. */
static double
nearest_vector(const double *x, size_t n, int total)
{
	double best = INFINITY;

	if (n == 1)
		return (x[0] - total) * (x[0] - total);
	for (int k = 0; k <= total; k++)
		best = fmin(best, (x[0] - k) * (x[0] - k) +
				      nearest_vector(x + 1, n - 1, total - k));
	return best;
}

static void
test_apportioned_numbers_are_the_nearest(void **state)
{
	struct stream st = { .seed = 43 };

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		size_t n = 1 + dense_below(&st, 5);
		int total = (int)dense_below(&st, 12);
		double x[5] = { 0 }, was[5], sum = 0;

		for (size_t i = 0; i < n; i++)
			x[i] = round % 3 == 0
				   ? dense_below(&st, 8) / 4.0 /* ties */
				   : 4 * stream_unit(&st);
		memcpy(was, x, sizeof(x));
		assert_int_equal(table_apportion(x, n, total), E_OK);
		for (size_t i = 0; i < n; i++) {
			assert_true(x[i] >= 0 && x[i] == floor(x[i]));
			sum += x[i];
		}
		assert_true(sum == total);
		assert_true(distance(x, was, n) <=
			    nearest_vector(was, n, total) + 1e-5);
	}
}

static void
test_equal_remainders_go_to_the_first(void **state)
{
	double x[] = { 0.25, 1.25, 0.25, 0.25 + 1e-9, 1e-9 };
	static const double want[] = { 1, 2, 0, 0, 0 };

	(void)state;
	assert_int_equal(table_apportion(x, 5, 3), E_OK);
	assert_memory_equal(x, want, sizeof(x));
}

/* The least distance of x from whole tables of these margins: row by row. */
static double
nearest_table(const double *x, size_t rows, size_t columns, size_t at,
    double left, const double *row, double *column)
{
	double best = INFINITY;

	if (rows == 0)
		return 0;
	if (at + 1 == columns) {
		if (column[at] < left)
			return INFINITY;
		column[at] -= left;
		best = (x[at] - left) * (x[at] - left) +
		       nearest_table(x + columns, rows - 1, columns, 0, row[1],
			   row + 1, column);
		column[at] += left;
		return best;
	}
	for (int k = 0; k <= left && k <= column[at]; k++) {
		double here = (x[at] - k) * (x[at] - k);

		column[at] -= k;
		best = fmin(best, here + nearest_table(x, rows, columns, at + 1,
					     left - k, row, column));
		column[at] += k;
	}
	return best;
}

/* Rounded tables have their margins; nearly always they are the nearest, and
 * never much further. */
static void
test_rounded_tables_are_near(void **state)
{
	enum { ROUNDS = 400 };
	struct stream st = { .seed = 44 };
	unsigned nearest = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		double x[12] = { 0 }, was[12], row[5] = { 0 }, column[4], here,
		       best;

		random_table(x, row, column, 3, 4, true, &st);
		for (size_t c = 0; c < 12; c++)
			x[c] = fmax(x[c] / 2, 0);
		if (round % 2 == 0) /* as a product to be shown is */
			assert_int_equal(
			    table_project(x, 3, 4, row, column), E_OK);
		memcpy(was, x, sizeof(x));
		assert_int_equal(table_round(x, 3, 4, row, column), E_OK);
		check_margins(x, 3, 4, row, column, 0);
		for (size_t c = 0; c < 12; c++)
			assert_true(x[c] == floor(x[c]));
		here = distance(x, was, 12);
		best = nearest_table(was, 3, 4, 0, row[0], row, column);
		nearest += here <= best + 1e-4;
		assert_true(here <= best + 4);
	}
	assert_true(nearest >= ROUNDS * 9 / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_projected_tables_are_the_nearest),
		cmocka_unit_test(test_margins_of_large_sparse_tables_hold),
		cmocka_unit_test(test_apportioned_numbers_are_the_nearest),
		cmocka_unit_test(test_equal_remainders_go_to_the_first),
		cmocka_unit_test(test_rounded_tables_are_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
