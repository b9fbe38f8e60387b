/* Promises of model/grid: every point is in one square, or in none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/grid.h"

static const struct question small = { .geo = GEO_GRID,
	.cell_m = 2000,
	.west = 310000,
	.south = 170000,
	.cols = 3,
	.rows = 2,
	.n_places = 6 };

/* Each corner and edge belongs to the square north-east of it. */
static void
test_neighbours_never_share_a_point(void **state)
{
	(void)state;
	assert_true(grid_good(&small));
	for (uint32_t p = 0; p < small.n_places; p++) {
		uint32_t e, n;

		grid_corner(&small, p, &e, &n);
		assert_int_equal(e, 310000 + p % 3 * 2000);
		assert_int_equal(n, 170000 + p / 3 * 2000);
		assert_int_equal(grid_place(&small, e, n), p);
		assert_int_equal(grid_place(&small, e + 1999, n + 1999), p);
		assert_int_not_equal(grid_place(&small, e + 2000, n), p);
		assert_int_not_equal(grid_place(&small, e, n + 2000), p);
	}
}

static void
test_points_outside_have_no_place(void **state)
{
	static const uint32_t points[][2] = { { 309999, 170000 },
		{ 310000, 169999 }, { 316000, 170000 }, { 310000, 174000 },
		{ 0, 0 }, { UINT32_MAX, UINT32_MAX }, { UINT32_MAX, 170000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		assert_int_equal(
		    grid_place(&small, points[i][0], points[i][1]), -1);
	assert_int_equal(grid_place(&small, 315999, 173999), 5);
}

static void
test_grids_are_published_ones(void **state)
{
	static const struct {
		uint32_t cell, west, south, cols, rows;
		bool good;
	} cases[] = {
		{ 1000, 0, 0, 700, 1250, true }, /* all of it */
		{ 16000, 0, 0, 44, 79, true },   /* over the edge, in part */
		{ 16000, 0, 0, 45, 79, false },
		{ 16000, 0, 0, 44, 80, false },
		{ 1000, 699000, 1249000, 1, 1, true },
		{ 1000, 699000, 1249000, 16, 16, true }, /* less than 16 km */
		{ 1000, 699000, 1249000, 17, 1, false },
		{ 1000, 699000, 1249000, 1, 17, false },
		{ 1000, 700000, 0, 1, 1, false },
		{ 1000, 0, 1250000, 1, 1, false },
		{ 1000, 500, 0, 1, 1, false },
		{ 4000, 2000, 0, 1, 1, false },
		{ 500, 0, 0, 1, 1, false },
		{ 0, 0, 0, 1, 1, false },
		{ 8000, 8000, 16000, 0, 1, false },
		{ 8000, 8000, 16000, 1, 0, false },
		{ 1000, 0, 0, 65536, 65536, false }, /* the product wraps */
		{ 1000, UINT32_MAX - 999, 0, 1, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question q = { .geo = GEO_GRID,
			.cell_m = cases[i].cell,
			.west = cases[i].west,
			.south = cases[i].south,
			.cols = cases[i].cols,
			.rows = cases[i].rows,
			.n_places = cases[i].cols * cases[i].rows };

		if (grid_good(&q) != cases[i].good)
			fail_msg("grid %zu", i);
		q.n_places++;
		assert_false(grid_good(&q));
	}
}

static void
test_larger_squares_tile_the_grid(void **state)
{
	struct question q = { .geo = GEO_GRID,
		.cell_m = 2000,
		.west = 304000,
		.south = 176000,
		.cols = 8,
		.rows = 4,
		.n_places = 32 };

	(void)state;
	assert_true(grid_good(&q));
	assert_true(grid_level_good(&q, 0));
	assert_true(grid_level_good(&q, 1));
	assert_true(grid_level_good(&q, 2));
	assert_false(
	    grid_level_good(&q, 3)); /* 4 rows of 2 km, 16 km squares */
	q.rows = 8;
	assert_true(grid_level_good(&q, 3));
	assert_false(grid_level_good(&q, 4)); /* 32 km */
	assert_false(grid_level_good(&q, 40));
	q.west += 8000;
	assert_false(grid_level_good(&q, 3));
	assert_true(grid_level_good(&q, 2));
}

static void
test_squares_have_codes(void **state)
{
	char code[GRID_CODE];

	(void)state;
	grid_code(code, &small, 0);
	assert_string_equal(code, "E0310N0170-2000");
	grid_code(code, &small, 5);
	assert_string_equal(code, "E0314N0172-2000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_never_share_a_point),
		cmocka_unit_test(test_points_outside_have_no_place),
		cmocka_unit_test(test_grids_are_published_ones),
		cmocka_unit_test(test_larger_squares_tile_the_grid),
		cmocka_unit_test(test_squares_have_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
