/*
 * tests/unit/analysis/grid_test.h -- the rows "allrange2d" of dp_misc.json as
 * trees of squares.
 *
 * The mean variance over all rectangles of a D x D grid is, with e(s) the mean
 * over them of |P w|^2, P the projection on squares of side s, and L(s) the
 * precision of all levels up to s together,
 *
 *	sum over levels of (e(s) - e(next s)) / L(s),
 *
 * and the variance of a square of side t is t^4 times the sum over s >= t of
 * (1 / s^2 - 1 / (next s)^2) / L(s), where the last next gives 0.  So it is a
 * sum over the levels of a weight times the variance of one square.
 */
#ifndef TESTS_UNIT_ANALYSIS_GRID_TEST_H
#define TESTS_UNIT_ANALYSIS_GRID_TEST_H

#include "tests/unit/analysis/dense_test.h"

struct grid {
	struct forest f;
	double side[TREE_LEVELS];
	double weight[TREE_LEVELS];
};

/* The mean over all ranges of 0 ... d-1 of the sum over blocks of s of (cells
 * of the range in the block)^2 / s. */
static inline double
grid_energy(uint32_t d, uint32_t s)
{
	double sum = 0;

	for (uint32_t a = 0; a < d; a++) {
		double squares = 0;

		for (uint32_t b = a; b < d; b++) {
			double inside = b % s + 1;

			if (a / s == b / s)
				inside = b - a + 1;
			/* the last block grows from inside - 1 */
			squares += (2 * inside - 1) / s;
			sum += squares;
		}
	}
	return sum / ((double)d * (d + 1) / 2);
}

/* d, b, root as the rows have them. */
static inline struct grid
grid_new(uint32_t d, uint32_t b, bool root)
{
	struct grid g = { .f.t.levels = 0 };
	struct tree *t = &g.f.t;
	double e, before = 0;

	for (uint32_t s = 1; s <= d && (s < d || root); s *= b) {
		g.side[t->levels] = s;
		t->n[t->levels++] = (d / s) * (d / s);
	}
	for (unsigned l = 0; l + 1 < t->levels; l++) {
		uint32_t across = d / (uint32_t)g.side[l];

		g.f.parent[l] = calloc(t->n[l], sizeof(uint32_t));
		t->parent[l] = g.f.parent[l];
		for (uint32_t i = 0; i < t->n[l]; i++)
			g.f.parent[l][i] =
			    i / across / b * (across / b) + i % across / b;
	}
	e = grid_energy(d, 1);
	for (unsigned l = 0; l < t->levels; l++) {
		double s = g.side[l], next_e = 0, next = 0, here;

		if (l + 1 < t->levels) {
			next_e = grid_energy(d, (uint32_t)g.side[l + 1]);
			next = 1 / (g.side[l + 1] * g.side[l + 1]);
		}
		here = (e * e - next_e * next_e) / (1 / (s * s) - next);
		g.weight[l] = (here - before) / (s * s * s * s);
		before = here;
		e = next_e;
	}
	return g;
}

#endif
