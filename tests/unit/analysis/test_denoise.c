/*
 * Promises of analysis/denoise: counts that look like counts, totals kept,
 * nearer to the truth than display_project by a stated margin.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/denoise.h"
#include "analysis/display.h"
#include "analysis/tree.h"
#include "tests/unit/analysis/dense_test.h"

#define SIDE 64
#define RUNS 12
#define BOXES 400

/* One tree with its exact counts and estimates, all levels one after another.
 */
struct scene {
	struct forest f;
	double *exact, *values, *cells;
	const double *level[TREE_LEVELS];
	double precision[TREE_LEVELS];
	const struct denoise_grid *grid;
};

static const struct denoise_grid whole = { SIDE, SIDE };

static struct forest
squares(unsigned levels, uint32_t further)
{
	struct forest f = { .t = { .levels = levels } };

	for (unsigned l = 0; l < levels; l++) {
		uint32_t n = SIDE >> l, up = (n / 2) * (n / 2);

		f.t.n[l] = n * n + further;
		if (l + 1 == levels)
			break;
		f.parent[l] = calloc(f.t.n[l], sizeof(uint32_t));
		f.t.parent[l] = f.parent[l];
		for (uint32_t i = 0; i < n * n; i++)
			f.parent[l][i] = i / n / 2 * (n / 2) + i % n / 2;
		for (uint32_t i = 0; i < further; i++)
			f.parent[l][n * n + i] = up + i;
	}
	return f;
}

static struct scene
scene_new(struct forest f, const struct denoise_grid *grid)
{
	size_t nodes = tree_nodes(&f.t);
	struct scene s = { .f = f,
		.exact = calloc(nodes, sizeof(double)),
		.values = calloc(nodes, sizeof(double)),
		.cells = calloc(f.t.n[0], sizeof(double)),
		.grid = grid };

	for (unsigned l = 0; l < f.t.levels; l++)
		s.level[l] = s.values + tree_first(&f.t, l);
	return s;
}

static void
scene_free(struct scene *s)
{
	forest_free(&s->f);
	free(s->exact);
	free(s->values);
	free(s->cells);
}

/* Levels above the cells add up. */
static void
scene_add_up(struct scene *s)
{
	const struct tree *t = &s->f.t;

	memset(
	    s->exact + t->n[0], 0, (tree_nodes(t) - t->n[0]) * sizeof(double));
	for (unsigned l = 0; l + 1 < t->levels; l++)
		for (uint32_t i = 0; i < t->n[l]; i++)
			s->exact[tree_first(t, l + 1) + t->parent[l][i]] +=
			    s->exact[tree_first(t, l) + i];
}

static double
laplace(struct stream *st, double sd)
{
	double u = stream_unit(st) - 0.5;

	return (u < 0 ? 1 : -1) * sd / sqrt(2) * log1p(-2 * fabs(u));
}

/* Measured with that noise, 0: not measured; then least squares. */
static void
scene_measure(struct scene *s, struct stream *st, const double *sd)
{
	const struct tree *t = &s->f.t;

	for (unsigned l = 0; l < t->levels; l++) {
		s->precision[l] = sd[l] > 0 ? 1 / (sd[l] * sd[l]) : 0;
		for (size_t i = tree_first(t, l); i < tree_first(t, l + 1); i++)
			s->values[i] = s->exact[i] + round(laplace(st, sd[l]));
	}
	assert_int_equal(tree_solve(s->values, t, s->precision), E_OK);
}

static void
scene_denoise(struct scene *s)
{
	assert_int_equal(
	    denoise_cells(s->cells, &s->f.t, s->precision, s->level, s->grid),
	    E_OK);
}

static double
sum_of(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

static void
assert_counts(const struct scene *s)
{
	for (uint32_t i = 0; i < s->f.t.n[0]; i++)
		assert_true(isfinite(s->cells[i]) && s->cells[i] >= 0);
}

/* Every second level of squares, from cells to 4 x 4. */
static const double every_second[TREE_LEVELS] = { 42, 0, 42, 0, 42 };

/* Cells per shape: what a place (x, y in 0 ... 1) weighs. */
static double
blobs(double x, double y)
{
	return exp(-20 * (pow(x - 0.3, 2) + pow(y - 0.4, 2))) +
	       0.5 * exp(-60 * (pow(x - 0.7, 2) + pow(y - 0.8, 2)));
}

static double
even(double x, double y)
{
	(void)x;
	(void)y;
	return 1;
}

static double
corner(double x, double y)
{
	return x < 0.27 && y > 0.66;
}

static double
specks(double x, double y)
{
	uint32_t at =
	    (uint32_t)(x * SIDE) * 2654435761U + (uint32_t)(y * SIDE) * 40503U;

	at = (at ^ at >> 15) * 2246822519U;
	return (at >> 16) % 200 == 0 ? 1 + (at >> 8) % 16 : 0;
}

static double
streets(double x, double y)
{
	unsigned col = (unsigned)(x * SIDE), row = (unsigned)(y * SIDE);

	return (col % 13 == 5) + (row % 21 == 9) + 0.01;
}

static void
draw_shape(struct scene *s, double (*shape)(double, double), double total)
{
	double all;

	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		s->exact[i] =
		    shape((i % SIDE + 0.5) / SIDE, (i / SIDE + 0.5) / SIDE);
	all = sum_of(s->exact, SIDE * SIDE);
	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		s->exact[i] = round(s->exact[i] * total / all);
	scene_add_up(s);
}

/* Mean error over random rectangles. */
static double
box_error(const struct scene *s, const double *cells, uint64_t seed)
{
	struct stream st = { .seed = seed };
	double all = 0;

	for (int b = 0; b < BOXES; b++) {
		uint32_t x0 = dense_below(&st, SIDE),
			 y0 = dense_below(&st, SIDE);
		uint32_t x1 = x0 + dense_below(&st, SIDE - x0);
		uint32_t y1 = y0 + dense_below(&st, SIDE - y0);
		double off = 0;

		for (uint32_t y = y0; y <= y1; y++)
			for (uint32_t x = x0; x <= x1; x++)
				off += cells[y * SIDE + x] -
				       s->exact[y * SIDE + x];
		all += fabs(off);
	}
	return all / BOXES;
}

/* Mean absolute error of the nodes of all levels, each level alike. */
static double
node_error(const struct scene *s, const double *cells)
{
	const struct tree *t = &s->f.t;
	double *off = calloc(tree_nodes(t), sizeof(*off)), all = 0;

	for (uint32_t i = 0; i < t->n[0]; i++)
		off[i] = cells[i] - s->exact[i];
	for (unsigned l = 0; l < t->levels; l++) {
		double level = 0;

		for (uint32_t i = 0; i < t->n[l]; i++) {
			double x = off[tree_first(t, l) + i];

			level += fabs(x);
			if (l + 1 < t->levels)
				off[tree_first(t, l + 1) + t->parent[l][i]] +=
				    x;
		}
		all += level / t->n[l];
	}
	free(off);
	return all;
}

static void
display(struct scene *s, double *cells)
{
	struct estimate_shape shape = { { 1, 1 }, s->f.t };

	assert_int_equal(display_project(cells, &shape, s->level), E_OK);
}

/* clang-format off */
static const struct {
	const char *what;
	double (*shape)(double, double);
	double total, margin; /* error <= margin * that of display_project */
} shapes[] = {
	{ "blobs",   blobs,   1e4, 0.85 },
	{ "even",    even,    1e4, 0.75 },
	{ "corner",  corner,  1e4, 0.95 },
	{ "specks",  specks,  1e4, 0.95 },
	{ "specks",  specks,  1e5, 0.85 },
	{ "streets", streets, 1e4, 1.10 },
	{ "streets", streets, 1e5, 1.10 },
};
/* clang-format on */

/* 12 runs; the ratio then varies by some 5 %. */
static void
test_nearer_than_projection(void **state)
{
	double *shown = calloc(SIDE * SIDE, sizeof(*shown));

	(void)state;
	for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
		struct scene s = scene_new(squares(5, 0), &whole);
		struct stream st = { .seed = 7 + k };
		double ours = 0, plain = 0;

		draw_shape(&s, shapes[k].shape, shapes[k].total);
		for (uint64_t run = 0; run < RUNS; run++) {
			scene_measure(&s, &st, every_second);
			scene_denoise(&s);
			assert_counts(&s);
			display(&s, shown);
			ours += box_error(&s, s.cells, run);
			plain += box_error(&s, shown, run);
		}
		if (ours > shapes[k].margin * plain)
			fail_msg("%s: %.1f, display %.1f", shapes[k].what,
			    ours / RUNS, plain / RUNS);
		scene_free(&s);
	}
	free(shown);
}

/* Areas without geometry, a tenth of them with nearly all there is. */
static void
test_irregular_areas(void **state)
{
	static const double sd[TREE_LEVELS] = { 20, 20, 20, 20 };
	struct stream st = { .seed = 3 };
	double ours = 0, plain = 0;

	(void)state;
	for (int run = 0; run < RUNS; run++) {
		struct scene s = scene_new(forest_random(&st, 4, 1, 14), NULL);
		double *shown = calloc(s.f.t.n[0], sizeof(*shown));

		for (uint32_t i = 0; i < s.f.t.n[0]; i++)
			s.exact[i] = dense_below(&st, 10) == 0
					 ? 100 + dense_below(&st, 200)
					 : dense_below(&st, 4);
		scene_add_up(&s);
		scene_measure(&s, &st, sd);
		scene_denoise(&s);
		assert_counts(&s);
		display(&s, shown);
		ours += node_error(&s, s.cells);
		plain += node_error(&s, shown);
		free(shown);
		scene_free(&s);
	}
	assert_true(ours <= plain);
}

/* One root: max(0, estimate); several: within two standard errors of it. */
static void
test_totals_are_kept(void **state)
{
	static const double sd[TREE_LEVELS] = { 30, 0, 30, 30 };

	(void)state;
	for (uint32_t roots = 1; roots < 30; roots += 7)
		for (uint64_t seed = 0; seed < 20; seed++) {
			struct stream st = { .seed = 100 * roots + seed };
			struct scene s =
			    scene_new(forest_random(&st, 4, roots, 5), NULL);
			double total, error, variance;
			double *ones = calloc(s.f.t.n[0], sizeof(*ones));

			for (uint32_t i = 0; i < s.f.t.n[0]; i++) {
				ones[i] = 1;
				s.exact[i] = dense_below(&st, 3);
			}
			scene_add_up(&s);
			scene_measure(&s, &st, sd);
			scene_denoise(&s);
			assert_counts(&s);
			total = fmax(0, sum_of(s.level[3], roots));
			assert_int_equal(tree_query_variance(&variance, ones,
					     &s.f.t, s.precision),
			    E_OK);
			error = roots == 1 ? 0 : 2 * sqrt(variance);
			assert_true(fabs(sum_of(s.cells, s.f.t.n[0]) - total) <=
				    error + 1e-6 * (1 + total));
			free(ones);
			scene_free(&s);
		}
}

/* Without noise there is nothing to take away. */
static void
test_exact_counts_stay(void **state)
{
	static const double sd[TREE_LEVELS] = { 1e-3, 0, 1e-3, 0, 1e-3 };
	double (*const all[])(
	    double, double) = { blobs, even, specks, streets };

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct scene s = scene_new(squares(5, 1), &whole);
		struct stream st = { .seed = 1 };

		draw_shape(&s, all[k], 1e6);
		s.exact[SIDE * SIDE] = 77; /* not placed */
		scene_add_up(&s);
		scene_measure(&s, &st, sd); /* rounds to the exact counts */
		scene_denoise(&s);
		for (uint32_t i = 0; i <= SIDE * SIDE; i++)
			assert_true(fabs(s.cells[i] - s.exact[i]) <= 0.05);
		scene_free(&s);
	}
}

static void
test_nothing_stays_nothing(void **state)
{
	struct scene s = scene_new(squares(6, 0), &whole);
	struct stream st = { .seed = 5 };
	double sum = 0;

	(void)state;
	for (unsigned l = 0; l < 6; l++)
		s.precision[l] = 1;
	scene_denoise(&s); /* all estimates 0 */
	assert_true(sum_of(s.cells, SIDE * SIDE) <= 2 * 2);
	for (int run = 0; run < RUNS; run++) {
		scene_measure(&s, &st, every_second);
		scene_denoise(&s);
		assert_counts(&s);
		sum += sum_of(s.cells, SIDE * SIDE) / RUNS;
	}
	/* 4 roots; the sum of the estimates has a standard error of 330 */
	assert_true(sum <= 200);
	for (size_t i = 0; i < tree_nodes(&s.f.t); i++)
		s.values[i] = -1e6;
	scene_denoise(&s);
	assert_true(sum_of(s.cells, SIDE * SIDE) <= 1e3);
	scene_free(&s);
}

static void
test_one_huge_cell(void **state)
{
	struct scene s = scene_new(squares(5, 0), &whole);
	struct stream st = { .seed = 6 };
	double rest;

	(void)state;
	s.exact[SIDE * 17 + 40] = 1e12;
	scene_add_up(&s);
	scene_measure(&s, &st, every_second);
	scene_denoise(&s);
	assert_counts(&s);
	assert_true(fabs(s.cells[SIDE * 17 + 40] - 1e12) <= 500);
	rest = sum_of(s.cells, SIDE * SIDE) - s.cells[SIDE * 17 + 40];
	assert_true(rest <= 500);
	scene_free(&s);
}

/* A single node, a single level, chains, and the same bytes every time. */
static void
test_small_trees_and_determinism(void **state)
{
	static const uint32_t forms[][3] = { { 1, 1, 1 }, { 1, 9, 1 },
		{ 3, 1, 1 }, { 5, 2, 3 } };
	static const double sd[TREE_LEVELS] = { 3, 3, 3, 3, 3 };

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct stream st = { .seed = k };
		struct scene s = scene_new(
		    forest_random(&st, forms[k][0], forms[k][1], forms[k][2]),
		    NULL);
		size_t n = s.f.t.n[0];
		double *twice = calloc(n, sizeof(*twice));

		for (size_t i = 0; i < n; i++)
			s.exact[i] = (double)i;
		scene_add_up(&s);
		scene_measure(&s, &st, sd);
		scene_denoise(&s);
		assert_counts(&s);
		memcpy(twice, s.cells, n * sizeof(*twice));
		scene_denoise(&s);
		assert_memory_equal(twice, s.cells, n * sizeof(*twice));
		free(twice);
		scene_free(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearer_than_projection),
		cmocka_unit_test(test_irregular_areas),
		cmocka_unit_test(test_totals_are_kept),
		cmocka_unit_test(test_exact_counts_stay),
		cmocka_unit_test(test_nothing_stays_nothing),
		cmocka_unit_test(test_one_huge_cell),
		cmocka_unit_test(test_small_trees_and_determinism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
