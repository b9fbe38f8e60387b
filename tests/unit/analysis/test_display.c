/*
 * Promises of analysis/display: numbers that are not negative, whole, and add
 * up; totals that are kept.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/display.h"
#include "analysis/simplex.h"
#include "tests/unit/analysis/dense_test.h"

/* Numbers of every level, [flat0][flat1][n]. */
struct levels {
	double *of[TREE_LEVELS];
};

static size_t
size_of(const struct estimate_shape *s, unsigned l)
{
	return (size_t)s->flat[0] * s->flat[1] * s->tree.n[l];
}

static struct levels
levels_new(const struct estimate_shape *s)
{
	struct levels x;

	memset(&x, 0, sizeof(x));
	for (unsigned l = 0; l < s->tree.levels; l++)
		x.of[l] = calloc(size_of(s, l), sizeof(double));
	return x;
}

static void
levels_free(struct levels *x)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		free(x->of[l]);
}

/* All levels from the cells. */
static void
levels_add_up(struct levels *x, const struct estimate_shape *s)
{
	const struct tree *t = &s->tree;

	for (unsigned l = 1; l < t->levels; l++) {
		memset(x->of[l], 0, size_of(s, l) * sizeof(double));
		for (size_t f = 0; f < (size_t)s->flat[0] * s->flat[1]; f++)
			for (uint32_t i = 0; i < t->n[l - 1]; i++)
				x->of[l][f * t->n[l] + t->parent[l - 1][i]] +=
				    x->of[l - 1][f * t->n[l - 1] + i];
	}
}

static double
total_of(const struct levels *x, const struct estimate_shape *s, size_t i)
{
	unsigned top = s->tree.levels - 1;
	size_t size = (size_t)s->flat[1] * s->tree.n[top];
	double sum = 0;

	for (size_t c = 0; c < size; c++)
		sum += x->of[top][i * size + c];
	return sum;
}

static void
project(
    struct levels *out, const struct estimate_shape *s, const struct levels *in)
{
	const double *values[TREE_LEVELS];

	memcpy(values, in->of, sizeof(values));
	assert_int_equal(display_project(out->of[0], s, values), E_OK);
	for (size_t c = 0; c < size_of(s, 0); c++)
		assert_true(out->of[0][c] >= 0);
	levels_add_up(out, s);
}

static void
round_up(
    struct levels *out, const struct estimate_shape *s, const struct levels *in)
{
	int64_t *whole = calloc(size_of(s, 0), sizeof(*whole));

	assert_int_equal(display_round(whole, s, in->of[0]), E_OK);
	for (size_t c = 0; c < size_of(s, 0); c++) {
		assert_true(whole[c] >= 0);
		out->of[0][c] = (double)whole[c];
	}
	levels_add_up(out, s);
	free(whole);
}

/* What every product promises, of estimates that add up. */
static void
check_products(const struct estimate_shape *s, const struct levels *in)
{
	struct levels near = levels_new(s), whole = levels_new(s);

	project(&near, s, in);
	round_up(&whole, s, &near);
	for (size_t i = 0; i < s->flat[0]; i++) {
		double total = fmax(total_of(in, s, i), 0);

		assert_true(
		    fabs(total_of(&near, s, i) - total) <= 1e-9 * (1 + total));
		assert_true(fabs(total_of(&whole, s, i) - total) <= 0.5 + 1e-6);
	}
	/* what is whole and adds up already is shown as it is */
	project(&near, s, &whole);
	assert_memory_equal(
	    near.of[0], whole.of[0], size_of(s, 0) * sizeof(double));
	round_up(&near, s, &whole);
	assert_memory_equal(
	    near.of[0], whole.of[0], size_of(s, 0) * sizeof(double));
	levels_free(&near);
	levels_free(&whole);
}

/* Every table of small cells, of 3 areas in 2, by 2 months. */
static void
test_every_small_case_adds_up(void **state)
{
	static const uint32_t parent[] = { 1, 0, 1 };
	static const double cell[] = { -1.5, 0, 0.5, 2 };
	struct estimate_shape s = { { 1, 2 }, { 2, { 3, 2 }, { parent } } };
	struct levels in = levels_new(&s);

	(void)state;
	for (unsigned k = 0; k < 1 << 12; k++) {
		for (unsigned c = 0; c < 6; c++)
			in.of[0][c] = cell[k >> 2 * c & 3];
		levels_add_up(&in, &s);
		check_products(&s, &in);
	}
	levels_free(&in);
}

static void
random_estimates(
    struct levels *in, const struct estimate_shape *s, struct stream *st)
{
	double scale = exp(6 * stream_unit(st) - 2);

	for (size_t c = 0; c < size_of(s, 0); c++)
		in->of[0][c] =
		    scale * (stream_unit(st) - 0.4) +
		    (stream_unit(st) < 0.1 ? 9 * scale * stream_unit(st) : 0);
	levels_add_up(in, s);
}

static void
test_every_shape_adds_up(void **state)
{
	struct stream st = { .seed = 51 };

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct forest f = forest_random(&st, 1 + round % 4,
		    1 + dense_below(&st, 9), 1 + dense_below(&st, 5));
		struct estimate_shape s = { { 1 + dense_below(&st, 3),
						1 + dense_below(&st, 5) },
			f.t };
		struct levels in = levels_new(&s);

		random_estimates(&in, &s, &st);
		check_products(&s, &in);
		levels_free(&in);
		forest_free(&f);
	}
}

/* sums[n]: over flat1, of the first member of flat0. */
static void
over_months(
    double *sums, const double *x, const struct estimate_shape *s, unsigned l)
{
	uint32_t n = s->tree.n[l];

	memset(sums, 0, n * sizeof(*sums));
	for (uint32_t j = 0; j < s->flat[1]; j++)
		for (uint32_t v = 0; v < n; v++)
			sums[v] += x[j * n + v];
}

/* The totals of children of parent p (of all roots, if level l is the last) are
 * the nearest to those estimated that have the sum `total`. */
static void
check_children(const double *estimated, const double *shown,
    const struct tree *t, unsigned l, uint32_t p, double total)
{
	double *x = calloc(2 * (size_t)t->n[l], sizeof(*x)), *y = x + t->n[l];
	size_t n = 0;

	for (uint32_t v = 0; v < t->n[l]; v++)
		if (l + 1 == t->levels || t->parent[l][v] == p) {
			x[n] = estimated[v];
			y[n++] = shown[v];
		}
	simplex_project(x, n, total);
	for (size_t i = 0; i < n; i++)
		assert_true(fabs(x[i] - y[i]) < 1e-8 * (1 + total));
	free(x);
}

static void
check_blocks(const struct estimate_shape *s, const struct levels *in,
    const struct levels *near)
{
	const struct tree *t = &s->tree;
	unsigned top = t->levels - 1;
	size_t size = tree_nodes(t);
	double *estimated = calloc(2 * size, sizeof(*estimated)),
	       *shown = estimated + size;
	double total = fmax(total_of(in, s, 0), 0);
	double months[2][5] = { { 0 } };

	for (unsigned l = 0; l < t->levels; l++) {
		over_months(estimated + tree_first(t, l), in->of[l], s, l);
		over_months(shown + tree_first(t, l), near->of[l], s, l);
	}
	check_children(estimated + tree_first(t, top),
	    shown + tree_first(t, top), t, top, 0, total);
	for (unsigned l = 0; l < top; l++)
		for (uint32_t p = 0; p < t->n[l + 1]; p++)
			check_children(estimated + tree_first(t, l),
			    shown + tree_first(t, l), t, l, p,
			    shown[tree_first(t, l + 1) + p]);
	for (uint32_t j = 0; j < s->flat[1]; j++)
		for (uint32_t v = 0; v < t->n[top]; v++) {
			months[0][j] += in->of[top][j * t->n[top] + v];
			months[1][j] += near->of[top][j * t->n[top] + v];
		}
	simplex_project(months[0], s->flat[1], total);
	for (uint32_t j = 0; j < s->flat[1]; j++)
		assert_true(
		    fabs(months[0][j] - months[1][j]) < 1e-8 * (1 + total));
	free(estimated);
}

/* Each block of children has the nearest totals, the roots the nearest months;
 * without months, whole numbers are off by less than one at every level. */
static void
test_blocks_are_projected_from_the_roots_down(void **state)
{
	struct stream st = { .seed = 52 };

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		struct forest f = forest_random(
		    &st, 1 + round % 4, 1 + dense_below(&st, 9), 6);
		struct estimate_shape s = { { 2, 1 }, f.t };
		struct levels in, near, whole;

		s.flat[1] = round % 2 == 0 ? 1 : 1 + dense_below(&st, 5);
		in = levels_new(&s);
		near = levels_new(&s);
		whole = levels_new(&s);
		random_estimates(&in, &s, &st);
		project(&near, &s, &in);
		check_blocks(&s, &in, &near);
		round_up(&whole, &s, &near);
		for (unsigned l = 0; l < f.t.levels && s.flat[1] == 1; l++)
			for (size_t c = 0; c < size_of(&s, l); c++)
				assert_true(fabs(whole.of[l][c] -
						 near.of[l][c]) < 1 + 1e-6);
		levels_free(&in);
		levels_free(&near);
		levels_free(&whole);
		forest_free(&f);
	}
}

/* The block below one node by hand: children 5, 1 and -2 of 2 + 2 over two
 * months keep the months, and the child below zero has none. */
static void
test_blocks_keep_both_margins(void **state)
{
	static const uint32_t parent[] = { 0, 0, 0 };
	const struct estimate_shape s = { { 1, 2 },
		{ 2, { 3, 1 }, { parent } } };
	double low[] = { 3, 0.5, -1.5, 2, 0.5, -0.5 }, high[] = { 2, 2 };
	static const double want[] = { 2, 0, 0, 2, 0, 0 };
	const double *values[] = { low, high };
	double got[6];

	(void)state;
	/* totals 5, 1, -2 to the sum 4: 4, 0, 0 */
	assert_int_equal(display_project(got, &s, values), E_OK);
	for (unsigned c = 0; c < 6; c++)
		assert_true(fabs(got[c] - want[c]) < 1e-9);
}

/* Whole numbers for fractions of both margins: within a little more than one
 * at worst, within one nearly always. */
static void
test_whole_numbers_are_near_at_every_level(void **state)
{
	struct stream st = { .seed = 53 };
	size_t cells = 0, off = 0;

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct forest f = forest_random(&st, 3, 2, 6);
		struct estimate_shape s = { { 1, 12 }, f.t };
		struct levels in = levels_new(&s), whole = levels_new(&s);

		for (size_t c = 0; c < size_of(&s, 0); c++)
			in.of[0][c] =
			    stream_unit(&st) < 0.5 ? 0 : 3 * stream_unit(&st);
		levels_add_up(&in, &s);
		round_up(&whole, &s, &in);
		for (unsigned l = 0; l < 3; l++)
			for (size_t c = 0; c < size_of(&s, l); c++) {
				double d = fabs(whole.of[l][c] - in.of[l][c]);

				assert_true(d < 2);
				off += d >= 1;
				cells++;
			}
		levels_free(&in);
		levels_free(&whole);
		forest_free(&f);
	}
	assert_true(off < cells / 50);
}

/* 300 nodes, 10,000 counts among many cells, noise in each: cells clamped one
 * by one make millions of them, the product shown the estimate of the total. */
static void
test_totals_are_not_inflated(void **state)
{
	enum { NODES = 300 };
	struct stream st = { .seed = 54 };
	struct forest f = forest_random(&st, 4, 5, 12);
	struct estimate_shape s = { { 1, 12 }, f.t };
	size_t cells = size_of(&s, 0);
	struct levels in = levels_new(&s), near = levels_new(&s),
		      whole = levels_new(&s);
	double clamped = 0, total, sd = 5;

	(void)state;
	assert_true(cells > 8000);
	for (unsigned k = 0; k < 10000; k++)
		in.of[0][dense_below(&st, (uint32_t)cells)]++;
	for (size_t c = 0; c < cells; c++) {
		double noise = 0; /* of NODES nodes: normal to the eye */

		for (unsigned k = 0; k < 12; k++)
			noise += stream_unit(&st) - 0.5;
		in.of[0][c] += sd * sqrt(NODES) * noise;
		clamped += fmax(in.of[0][c], 0);
	}
	levels_add_up(&in, &s);
	total = total_of(&in, &s, 0);
	project(&near, &s, &in);
	round_up(&whole, &s, &near);
	assert_true(clamped > 300000);
	assert_true(
	    fabs(total - 10000) < 5.2 * sd * sqrt(NODES * (double)cells));
	assert_true(
	    fabs(total_of(&whole, &s, 0) - fmax(total, 0)) <= 0.5 + 1e-6);
	levels_free(&in);
	levels_free(&near);
	levels_free(&whole);
	forest_free(&f);
}

/* A node that lies can send 2^42 in every cell, 64 nodes 2^48. */
static void
test_numbers_beyond_all_records_add_up(void **state)
{
	static const uint32_t parent[] = { 0, 1, 0, 1, 1, 0, 0 };
	struct estimate_shape s = { { 2, 9 }, { 2, { 7, 2 }, { parent } } };
	struct levels in = levels_new(&s), out = levels_new(&s);
	int64_t *whole = calloc(size_of(&s, 0), sizeof(*whole));

	(void)state;
	for (unsigned k = 0; k < 200; k++) {
		for (size_t c = 0; c < size_of(&s, 0); c++)
			in.of[0][c] = ldexp(
			    (double)((c * 2654435761U + k * 40503U) % 9973) -
				4000,
			    (int)(k % 50));
		levels_add_up(&in, &s);
		project(&out, &s, &in);
		assert_int_equal(display_round(whole, &s, out.of[0]), E_OK);
		for (size_t i = 0; i < 2; i++) {
			int64_t sum = 0;

			for (size_t c = 0; c < 63; c++) {
				assert_true(whole[i * 63 + c] >= 0);
				sum += whole[i * 63 + c];
			}
			assert_true(sum < INT64_C(1) << 53);
		}
	}
	free(whole);
	levels_free(&in);
	levels_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_small_case_adds_up),
		cmocka_unit_test(test_every_shape_adds_up),
		cmocka_unit_test(test_blocks_are_projected_from_the_roots_down),
		cmocka_unit_test(test_blocks_keep_both_margins),
		cmocka_unit_test(test_whole_numbers_are_near_at_every_level),
		cmocka_unit_test(test_totals_are_not_inflated),
		cmocka_unit_test(test_numbers_beyond_all_records_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
