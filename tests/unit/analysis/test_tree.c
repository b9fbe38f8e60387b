/*
 * Promises of analysis/tree: the best linear unbiased estimates and their exact
 * variances, held against dense matrices; the closed-form rows of
 * dp_misc.json.
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

#include "analysis/tree.h"
#include "tests/unit/analysis/dense_test.h"
#include "tests/unit/analysis/grid_test.h"

static bool
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * (1 + fabs(b));
}

/* Precisions of which level 0 is measured, the others usually. */
static void
random_precisions(double *precision, struct stream *st)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		precision[l] = l > 0 && stream_unit(st) < 0.3
				   ? 0
				   : exp(4 * stream_unit(st) - 2);
}

/* All nodes measured: one row each. */
static struct dense
dense_of(const struct tree *t, const double *precision)
{
	struct dense d = dense_new(tree_nodes(t), t->n[0]);

	for (unsigned l = 0; l < t->levels; l++)
		for (uint32_t i = 0; i < t->n[0]; i++)
			d.a[(tree_first(t, l) + forest_above(t, i, l)) * d.k +
			    i] = 1;
	for (unsigned l = 0; l < t->levels; l++)
		for (uint32_t v = 0; v < t->n[l]; v++)
			d.precision[tree_first(t, l) + v] = precision[l];
	dense_invert(&d);
	return d;
}

/* Which of all nodes stands on which level. */
static unsigned
level_of(const struct tree *t, size_t node)
{
	unsigned l = 0;

	while (node >= tree_first(t, l + 1))
		l++;
	return l;
}

static void
check_against_dense(const struct tree *t, struct stream *st)
{
	size_t nodes = tree_nodes(t);
	double precision[TREE_LEVELS], fourth_of[TREE_LEVELS];
	double *y = calloc(3 * nodes, sizeof(*y)), *x = y + nodes,
	       *variance = x + nodes;
	double *fourth = calloc(2 * nodes, sizeof(*fourth)),
	       *gain = fourth + nodes;
	struct dense d;

	random_precisions(precision, st);
	d = dense_of(t, precision);
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		fourth_of[l] = precision[l] > 0 ? 5 * stream_unit(st) - 2 : NAN;
	for (size_t i = 0; i < nodes; i++)
		x[i] = y[i] = precision[level_of(t, i)] > 0
				  ? 200 * stream_unit(st) - 100
				  : NAN; /* not to be read */
	assert_int_equal(tree_solve(x, t, precision), E_OK);
	assert_int_equal(
	    tree_variances(variance, fourth, t, precision, fourth_of), E_OK);
	for (size_t v = 0; v < nodes; v++) {
		const double *w = d.a + v * d.k; /* the node's own leaves */
		double want = 0, want_fourth = 0, of_query;

		dense_gains(&d, w, gain);
		for (size_t i = 0; i < nodes; i++) {
			unsigned l = level_of(t, i);

			if (precision[l] == 0)
				continue;
			want += gain[i] * y[i];
			want_fourth += pow(gain[i], 4) * fourth_of[l];
		}
		assert_true(near(x[v], want, 1e-9));
		assert_true(near(variance[v], dense_variance(&d, w), 1e-10));
		assert_true(near(fourth[v], want_fourth, 1e-10));
		assert_int_equal(
		    tree_query_variance(&of_query, w, t, precision), E_OK);
		assert_true(near(of_query, variance[v], 1e-10));
	}
	dense_free(&d);
	free(fourth);
	free(y);
}

static void
test_estimates_are_least_squares(void **state)
{
	struct stream st = { .seed = 1 };

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct forest f = forest_random(&st, 1 + round % 4,
		    1 + dense_below(&st, 3), 2 + dense_below(&st, 2));

		check_against_dense(&f.t, &st);
		forest_free(&f);
	}
}

/* Queries that are no node: variances of their own, covariances and all. */
static void
test_variances_of_queries_are_exact(void **state)
{
	struct stream st = { .seed = 2 };

	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		struct forest f = forest_random(&st, 3, 2, 3);
		double precision[TREE_LEVELS], got;
		double *w = calloc(f.t.n[0], sizeof(*w));
		struct dense d;

		random_precisions(precision, &st);
		d = dense_of(&f.t, precision);
		for (uint32_t i = 0; i < f.t.n[0]; i++)
			w[i] = 2 * stream_unit(&st) - 1;
		assert_int_equal(
		    tree_query_variance(&got, w, &f.t, precision), E_OK);
		assert_true(near(got, dense_variance(&d, w), 1e-10));
		dense_free(&d);
		free(w);
		forest_free(&f);
	}
}

/* As many nodes as England has areas. */
static void
test_children_add_up_to_their_parents(void **state)
{
	static const double precision[TREE_LEVELS] = { 0.1, 0, 2, 1e-3, 40 };
	struct stream st = { .seed = 3 };
	struct forest f = forest_random(&st, 5, 3, 15);
	size_t nodes = tree_nodes(&f.t);
	double *x = calloc(2 * nodes, sizeof(*x)), *sum = x + nodes;
	struct tree_solver *s;

	(void)state;
	assert_true(f.t.n[0] > 5000);
	assert_int_equal(tree_solver_new(&s, &f.t, precision), E_OK);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < nodes; i++)
			x[i] = 2000 * stream_unit(&st) - 1000;
		memset(sum, 0, nodes * sizeof(*sum));
		tree_solver_run(s, x);
		for (unsigned l = 0; l + 1 < f.t.levels; l++)
			for (uint32_t i = 0; i < f.t.n[l]; i++)
				sum[tree_first(&f.t, l + 1) +
				    f.t.parent[l][i]] +=
				    x[tree_first(&f.t, l) + i];
		for (size_t i = f.t.n[0]; i < nodes; i++)
			assert_true(near(x[i], sum[i], 1e-9));
	}
	tree_solver_free(s);
	tree_solver_free(NULL);
	free(x);
	forest_free(&f);
}

static json_t *
vectors(const char *name)
{
	json_t *file = json_load_file(WARD_VECTORS "/dp_misc.json", 0, NULL);
	json_t *rows = json_incref(json_object_get(file, name));

	assert_non_null(rows);
	json_decref(file);
	return rows;
}

static double
field(const json_t *row, const char *name)
{
	assert_non_null(json_object_get(row, name));
	return json_number_value(json_object_get(row, name));
}

/* Running totals by a binary tree over n steps whose levels share one charge
 * equally: all prefixes. */
static void
check_running_totals(const json_t *row)
{
	uint32_t n = (uint32_t)field(row, "n");
	unsigned levels = 1;
	double precision[TREE_LEVELS], *w = calloc(n, sizeof(*w));
	double sum = 0, most = 0, plain = 0, plain_most = 0;
	struct forest f;

	while (UINT32_C(1) << (levels - 1) < n)
		levels++;
	f = forest_regular(levels, 1, 2);
	assert_int_equal(f.t.n[0], n);
	for (unsigned l = 0; l < levels; l++)
		precision[l] = 1.0 / levels;
	for (uint32_t t = 0; t < n; t++) {
		double v, nodes = __builtin_popcount(t + 1);

		w[t] = 1;
		assert_int_equal(
		    tree_query_variance(&v, w, &f.t, precision), E_OK);
		sum += v;
		most = fmax(most, v);
		plain += levels * nodes;
		plain_most = fmax(plain_most, levels * nodes);
	}
	assert_true(near(sqrt(sum / n), field(row, "treegls_rms"), 1e-12));
	assert_true(near(sqrt(most), field(row, "treegls_max"), 1e-12));
	assert_true(near(sqrt(plain / n), field(row, "tree_rms"), 1e-12));
	assert_true(near(sqrt(plain_most), field(row, "tree_max"), 1e-12));
	assert_true(near(sqrt(n), field(row, "naive"), 1e-12));
	forest_free(&f);
	free(w);
}

static void
test_known_running_totals_are_met(void **state)
{
	json_t *rows = vectors("continual"), *row;
	size_t i;

	(void)state;
	json_array_foreach(rows, i, row) check_running_totals(row);
	assert_int_equal(i, 5);
	json_decref(rows);
}

/* The root of the mean variance over all ranges; shares go as side^power. */
static double
range_error(const struct grid *g, double power, bool pure)
{
	const struct tree *t = &g->f.t;
	double precision[TREE_LEVELS], sum = 0, error = 0;
	double *variance = calloc(tree_nodes(t), sizeof(*variance));

	for (unsigned l = 0; l < t->levels; l++)
		sum += pow(g->side[l], power);
	for (unsigned l = 0; l < t->levels; l++) {
		precision[l] = pow(g->side[l], power) / sum;
		if (pure)
			precision[l] *= precision[l];
	}
	assert_int_equal(
	    tree_variances(variance, NULL, t, precision, NULL), E_OK);
	for (unsigned l = 0; l < t->levels; l++)
		error += g->weight[l] * variance[tree_first(t, l)];
	free(variance);
	return sqrt(error);
}

static void
test_known_grids_are_met(void **state)
{
	json_t *rows = vectors("allrange2d"), *row;
	size_t i;

	(void)state;
	json_array_foreach(rows, i, row)
	{
		struct grid g = grid_new((uint32_t)field(row, "D"),
		    (uint32_t)field(row, "b"), field(row, "root") != 0);
		bool pure =
		    strcmp(json_string_value(json_object_get(row, "noise")),
			"gauss_sigma1") != 0;
		struct grid flat = grid_new(
		    (uint32_t)field(row, "D"), (uint32_t)field(row, "D"), 0);

		assert_true(near(
		    range_error(&g, 0, pure), field(row, "uniform"), 1e-10));
		assert_true(near(range_error(&g, -1.0 / 3, pure),
		    field(row, "cuberoot"), 1e-10));
		assert_true(near(range_error(&flat, 0, pure),
		    field(row, "identity"), 1e-10));
		forest_free(&g.f);
		forest_free(&flat.f);
	}
	assert_int_equal(i, 48);
	json_decref(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_estimates_are_least_squares),
		cmocka_unit_test(test_variances_of_queries_are_exact),
		cmocka_unit_test(test_children_add_up_to_their_parents),
		cmocka_unit_test(test_known_running_totals_are_met),
		cmocka_unit_test(test_known_grids_are_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
