/*
 * Promises of analysis/fold: the mean variances of the whole tree, and their
 * slopes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/fold.h"
#include "tests/unit/analysis/dense_test.h"

static double
mean_of(const struct tree *t, const double *precision, const double *weight)
{
	double *variance = calloc(tree_nodes(t), sizeof(*variance)), sum = 0;

	assert_int_equal(
	    tree_variances(variance, NULL, t, precision, NULL), E_OK);
	for (unsigned l = 0; l < t->levels; l++)
		for (uint32_t i = 0; i < t->n[l]; i++)
			sum += weight[l] / t->n[l] *
			       variance[tree_first(t, l) + i];
	free(variance);
	return sum;
}

static void
check_forest(const struct tree *t, struct stream *st)
{
	double precision[TREE_LEVELS], weight[TREE_LEVELS], slope[TREE_LEVELS];
	struct fold *f;
	double mean;

	for (unsigned l = 0; l < TREE_LEVELS; l++) {
		precision[l] = l > 0 && stream_unit(st) < 0.3
				   ? 0
				   : exp(4 * stream_unit(st) - 2);
		weight[l] = stream_unit(st);
	}
	assert_int_equal(fold_new(&f, t), E_OK);
	mean = fold_mean(f, slope, precision, weight);
	assert_true(fabs(mean / mean_of(t, precision, weight) - 1) < 1e-12);
	for (unsigned l = 0; l < t->levels; l++) {
		double step = 1e-4 * (precision[l] + 0.01), save = precision[l];
		double at[3], rise;

		for (unsigned k = 0; k < 3; k++) { /* second order, one side */
			precision[l] = save + k * step;
			at[k] = mean_of(t, precision, weight);
		}
		precision[l] = save;
		rise = (4 * at[1] - 3 * at[0] - at[2]) / (2 * step);
		assert_true(fabs(slope[l] + rise) < 1e-5 * (mean + slope[l]));
	}
	fold_free(f);
}

static void
test_means_and_slopes_are_those_of_the_tree(void **state)
{
	struct stream st = { .seed = 21 };

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct forest f = forest_random(&st, 1 + round % 5,
		    1 + dense_below(&st, 4), 2 + dense_below(&st, 3));

		check_forest(&f.t, &st);
		forest_free(&f);
	}
	fold_free(NULL);
}

static void
test_equal_nodes_are_folded(void **state)
{
	static const struct {
		unsigned levels;
		uint32_t roots, b;
	} regular[] = { { 1, 1, 2 }, { 1, 9, 2 }, { 4, 3, 5 }, { 7, 1, 4 } };
	/* two forms below the one root, and a leaf of each */
	static const uint32_t low[] = { 0, 0, 1, 2, 2 }, high[] = { 0, 0, 0 };
	static const struct tree mixed = { 3, { 5, 3, 1 }, { low, high } };
	struct stream st = { .seed = 22 };
	struct forest england = forest_random(&st, 4, 40, 18);
	struct fold *f;

	(void)state;
	for (size_t i = 0; i < sizeof(regular) / sizeof(regular[0]); i++) {
		struct forest g = forest_regular(
		    regular[i].levels, regular[i].roots, regular[i].b);

		assert_int_equal(fold_new(&f, &g.t), E_OK);
		assert_int_equal(fold_size(f), g.t.levels);
		check_forest(&g.t, &st);
		fold_free(f);
		forest_free(&g);
	}
	assert_int_equal(fold_new(&f, &mixed), E_OK);
	assert_int_equal(fold_size(f), 5);
	fold_free(f);
	assert_int_equal(fold_new(&f, &england.t), E_OK);
	assert_true(fold_size(f) < tree_nodes(&england.t) / 5);
	fold_free(f);
	forest_free(&england);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_means_and_slopes_are_those_of_the_tree),
		cmocka_unit_test(test_equal_nodes_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
