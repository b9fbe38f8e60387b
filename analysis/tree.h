/*
 * analysis/tree.h -- weighted least squares on nested areas.
 *
 * Source: Hay, Rastogi, Miklau, Suciu, "Boosting the accuracy of
 * differentially private histograms through consistency", PVLDB 3 (2010),
 * generalised to any fan-out, a variance per level and levels that are not
 * measured.  Two passes, linear in the nodes: up, each node's best estimate
 * from its own subtree; down, from everything.  The result is the best linear
 * unbiased estimate, and children add up to their parent.
 */
#ifndef ANALYSIS_TREE_H
#define ANALYSIS_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TREE_LEVELS 12

struct tree {                    /* a forest; level 0 is the finest */
	unsigned levels;         /* 1 ... TREE_LEVELS */
	uint32_t n[TREE_LEVELS]; /* nodes of each level, >= 1 */
	const uint32_t *parent[TREE_LEVELS]; /* [n[l]]: a node of level l + 1;
					      * every node of it has a child.
					      * NULL for the last level */
};

/* tree_nodes: of all levels together. tree_first: the index of the first node
 * of a level where all levels stand one after another, the finest first. */
size_t tree_nodes(const struct tree *t);
size_t tree_first(const struct tree *t, unsigned level);

/*
 * tree_solve: values[tree_nodes] are the measurements, and become the
 * estimates.  precision[l] is 1 / variance of a measurement of level l, 0: not
 * measured (its values are then not read); precision[0] > 0 (assert).
 *
 * E_NOMEM	values are untouched.
 */
enum err tree_solve(double *values, const struct tree *t,
    const double precision[TREE_LEVELS]) MUST_USE;

/*
 * tree_solver_new: the same for many sets of measurements: what depends on the
 * tree and the precisions alone is computed once.  t and its parents must
 * outlive it; one thread at a time.  E_NOMEM
 */
struct tree_solver;
enum err tree_solver_new(struct tree_solver **out, const struct tree *t,
    const double precision[TREE_LEVELS]) MUST_USE;
void tree_solver_run(struct tree_solver *s, double *values);
void tree_solver_free(struct tree_solver *s); /* NULL does nothing */

/*
 * tree_variances: variance[tree_nodes] of those estimates, exactly; fourth, if
 * not NULL, their fourth cumulants, when fourth_of[l] is that of one
 * measurement of level l (noises independent).
 *
 * E_NOMEM
 */
enum err tree_variances(double *variance, double *fourth, const struct tree *t,
    const double precision[TREE_LEVELS],
    const double fourth_of[TREE_LEVELS]) MUST_USE;

/*
 * tree_query_variance: *variance of the estimate of the sum over the nodes of
 * level 0 of weights[n[0]] times their values: of any set of areas, any range
 * of time.  E_NOMEM
 */
enum err tree_query_variance(double *variance, const double *weights,
    const struct tree *t, const double precision[TREE_LEVELS]) MUST_USE;

#endif
