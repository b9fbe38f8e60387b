/*
 * analysis/fold.h -- a tree in which nodes that cannot be told apart are one.
 *
 * Where all nodes of a level are measured alike, nodes below one parent whose
 * subtrees have the same form have the same variances.  Real areas fold to a
 * tenth of their nodes, grids to one node a level.
 */
#ifndef ANALYSIS_FOLD_H
#define ANALYSIS_FOLD_H

#include "analysis/tree.h"
#include "base/err.h"

struct fold; /* opaque; holds nothing of the tree */

/* fold_new: forms are compared by 64 bits of a hash.  E_NOMEM */
enum err fold_new(struct fold **out, const struct tree *t) MUST_USE;
void fold_free(struct fold *f); /* NULL does nothing */

/* fold_size: nodes that are left; the time of fold_mean is linear in them. */
size_t fold_size(const struct fold *f);

/*
 * fold_mean: the sum over the levels of weight[l] times the mean variance of
 * the estimates of level l (analysis/tree); precision[0] > 0.  slope[l] is how
 * fast it falls with precision[l], exactly (differentiated in reverse, in the
 * time of a few evaluations).
 */
double fold_mean(struct fold *f, double slope[TREE_LEVELS],
    const double precision[TREE_LEVELS], const double weight[TREE_LEVELS]);

#endif
