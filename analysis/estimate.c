/*
 * With Q_r the projection of the flat axes on component r (of each axis either
 * the mean or what is left without it), what part S measures, spread evenly
 * over the axes it adds up, is in every direction of component r a measurement
 * of precision (product of those axes' lengths) / variance, if S tells of r at
 * all; the directions are independent.  So the estimates are the sum over r of
 * the tree's, solved from
 *
 *	Q_r (mean of the parts of a level weighted by precision),
 *
 * vector by vector along the flat axes.  Components of which the same parts
 * tell have the same precisions: they form a group, solved at once with the sum
 * of their Q_r.  Where all parts keep both axes apart there is one group, and
 * that sum is the identity.
 */
#include "analysis/estimate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/component.h"

struct group {
	unsigned members; /* bit r: component r is in it */
	unsigned one;     /* any of them */
	double precision[TREE_LEVELS];
	double *variance; /* [nodes] */
	double roots;     /* the sum of those of the last level */
};

struct estimate {
	struct estimate_shape shape;
	struct estimate_part parts[ESTIMATE_PARTS]; /* an axis of one member is
						     * kept apart here */
	size_t n_parts, nodes;
	struct group groups[COMPONENTS];
	unsigned n_groups;
	double *fourth;  /* [nodes] where all parts keep both axes apart */
	double kurtosis; /* bound, where they do not */
};

bool
estimate_complete(const struct estimate_shape *shape,
    const struct estimate_part *parts, size_t n)
{
	bool complete = false;

	if (n > ESTIMATE_PARTS)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].level >= shape->tree.levels)
			return false;
		if (parts[i].level == 0 &&
		    component_lengths(shape->flat, parts[i].apart) == 1)
			complete = true;
	}
	return complete;
}

/* The precision of a part in a component that it tells of. */
static double
part_precision(const struct estimate *e, const struct estimate_part *p)
{
	return component_lengths(e->shape.flat, p->apart) / p->variance;
}

static bool
same_parts_tell(const struct estimate *e, unsigned r, unsigned q)
{
	for (size_t i = 0; i < e->n_parts; i++)
		if (component_told(e->parts[i].apart, r) !=
		    component_told(e->parts[i].apart, q))
			return false;
	return true;
}

static void
set_groups(struct estimate *e)
{
	for (unsigned r = 0; r < COMPONENTS; r++) {
		struct group *g = e->groups;

		if (!component_exists(e->shape.flat, r))
			continue;
		while (g < e->groups + e->n_groups &&
		       !same_parts_tell(e, r, g->one))
			g++;
		g->members |= 1U << r;
		if (g < e->groups + e->n_groups)
			continue;
		e->n_groups++;
		g->one = r;
		for (size_t i = 0; i < e->n_parts; i++)
			if (component_told(e->parts[i].apart, r))
				g->precision[e->parts[i].level] +=
				    part_precision(e, &e->parts[i]);
	}
}

/* fourth_of[l], 0 before, is that of the mean of the parts of level l, weighted
 * by precision; all parts keep both axes apart. */
static void
level_fourths(double *fourth_of, const struct estimate *e)
{
	for (size_t i = 0; i < e->n_parts; i++) {
		const struct estimate_part *p = &e->parts[i];
		double weight =
		    1 / p->variance / e->groups[0].precision[p->level];

		fourth_of[p->level] +=
		    weight * weight * weight * weight * p->fourth;
	}
}

static enum err
set_variances(struct estimate *e)
{
	double fourth_of[TREE_LEVELS] = { 0 };

	if (e->n_groups == 1) {
		level_fourths(fourth_of, e);
		if ((e->fourth = calloc(e->nodes, sizeof(double))) == NULL)
			return E_NOMEM;
	}
	for (unsigned i = 0; i < e->n_groups; i++) {
		struct group *g = &e->groups[i];
		const struct tree *t = &e->shape.tree;
		enum err err;

		if ((g->variance = calloc(e->nodes, sizeof(double))) == NULL)
			return E_NOMEM;
		if ((err = tree_variances(g->variance, e->fourth, t,
			 g->precision, fourth_of)) != E_OK)
			return err;
		for (size_t v = tree_first(t, t->levels - 1); v < e->nodes; v++)
			g->roots += g->variance[v];
	}
	return E_OK;
}

enum err
estimate_new(struct estimate **out, const struct estimate_shape *shape,
    const struct estimate_part *parts, size_t n)
{
	struct estimate *e;
	enum err err;

	assert(shape->flat[0] >= 1 && shape->flat[1] >= 1);
	if (!estimate_complete(shape, parts, n))
		return E_ARG;
	for (size_t i = 0; i < n; i++)
		if (!(parts[i].variance > 0) || !isfinite(parts[i].variance))
			return E_ARG;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return E_NOMEM;
	e->shape = *shape;
	e->n_parts = n;
	e->nodes = tree_nodes(&shape->tree);
	for (size_t i = 0; i < n; i++) {
		struct estimate_part *p = &e->parts[i];

		*p = parts[i];
		for (unsigned a = 0; a < 2; a++)
			p->apart[a] = p->apart[a] || shape->flat[a] == 1;
		e->kurtosis =
		    fmax(e->kurtosis, p->fourth / (p->variance * p->variance));
	}
	set_groups(e);
	if ((err = set_variances(e)) != E_OK) {
		estimate_free(e);
		return err;
	}
	*out = e;
	return E_OK;
}

void
estimate_free(struct estimate *e)
{
	if (e == NULL)
		return;
	for (unsigned i = 0; i < e->n_groups; i++)
		free(e->groups[i].variance);
	free(e->fourth);
	free(e);
}

/* A part's cells and their means over axis 0, over axis 1, over both; each
 * [rows or 1][columns or 1][n]. */
struct means {
	size_t n;
	uint32_t rows, columns; /* 1 along an axis that is added up */
	const int64_t *cell;
	double *over0, *over1, *over;
};

static enum err
means_new(struct means *m, const struct estimate *e,
    const struct estimate_part *p, const int64_t *cell)
{
	m->n = e->shape.tree.n[p->level];
	m->rows = p->apart[0] ? e->shape.flat[0] : 1;
	m->columns = p->apart[1] ? e->shape.flat[1] : 1;
	m->cell = cell;
	if (e->n_groups == 1)
		return E_OK; /* cells alone are looked at */
	m->over0 = calloc((m->columns + m->rows + 1) * m->n, sizeof(double));
	if (m->over0 == NULL)
		return E_NOMEM;
	m->over1 = m->over0 + m->columns * m->n;
	m->over = m->over1 + m->rows * m->n;
	for (uint32_t i = 0; i < m->rows; i++)
		for (uint32_t j = 0; j < m->columns; j++)
			for (size_t v = 0; v < m->n; v++) {
				double x = (double)*cell++;

				m->over0[j * m->n + v] += x / m->rows;
				m->over1[i * m->n + v] += x / m->columns;
				m->over[v] += x / m->rows / m->columns;
			}
	return E_OK;
}

static void
add_cells(double *out, const int64_t *x, size_t n, double factor)
{
	if (factor != 0)
		for (size_t v = 0; v < n; v++)
			out[v] += factor * (double)x[v];
}

static void
add_means(double *out, const double *x, size_t n, double factor)
{
	if (factor != 0)
		for (size_t v = 0; v < n; v++)
			out[v] += factor * x[v];
}

/*
 * Adds the row (i, j) of factor * (sum of the Q_r of a group's members) times a
 * part's cells.  Of means M: Q of {} is M over both, Q of {0} = M over 1 - M
 * over both, Q of {1} = M over 0 - M over both, Q of {0, 1} = identity - M over
 * 0 - M over 1 + M over both.
 */
static void
add_part(double *out, const struct means *m, unsigned members, double factor,
    uint32_t i, uint32_t j)
{
	int none = members & 1, first = members >> 1 & 1,
	    second = members >> 2 & 1, all = members >> 3 & 1;
	size_t row = m->rows > 1 ? i : 0, column = m->columns > 1 ? j : 0;

	add_cells(out, m->cell + (row * m->columns + column) * m->n, m->n,
	    factor * all);
	add_means(out, m->over0 + column * m->n, m->n, factor * (second - all));
	add_means(out, m->over1 + row * m->n, m->n, factor * (first - all));
	add_means(out, m->over, m->n, factor * (none - first - second + all));
}

/* One vector along the tree: what a group's data at (i, j) are. */
static void
fill(double *vector, const struct estimate *e, const struct group *g,
    const struct means *means, uint32_t i, uint32_t j)
{
	memset(vector, 0, e->nodes * sizeof(*vector));
	for (size_t p = 0; p < e->n_parts; p++) {
		const struct estimate_part *part = &e->parts[p];
		const struct means *m = &means[p];
		double *out = vector + tree_first(&e->shape.tree, part->level);
		double weight;

		if (!component_told(part->apart, g->one))
			continue;
		weight = part_precision(e, part) / g->precision[part->level];
		if (e->n_groups == 1)
			add_cells(out,
			    m->cell + ((size_t)i * m->columns + j) * m->n, m->n,
			    weight);
		else
			add_part(out, m, g->members,
			    weight /
				component_lengths(e->shape.flat, part->apart),
			    i, j);
	}
}

static enum err
solve_group(double *const *values, double *vector, const struct estimate *e,
    const struct group *g, const struct means *means)
{
	const struct tree *t = &e->shape.tree;
	struct tree_solver *solver;
	enum err err;

	if ((err = tree_solver_new(&solver, t, g->precision)) != E_OK)
		return err;
	for (uint32_t i = 0; i < e->shape.flat[0]; i++)
		for (uint32_t j = 0; j < e->shape.flat[1]; j++) {
			size_t at = (size_t)i * e->shape.flat[1] + j;

			fill(vector, e, g, means, i, j);
			tree_solver_run(solver, vector);
			for (unsigned l = 0; l < t->levels; l++)
				add_means(values[l] + at * t->n[l],
				    vector + tree_first(t, l), t->n[l], 1);
		}
	tree_solver_free(solver);
	return E_OK;
}

enum err
estimate_solve(const struct estimate *e, double *const *values,
    const int64_t *const *measured)
{
	const struct tree *t = &e->shape.tree;
	struct means means[ESTIMATE_PARTS] = { 0 };
	double *vector = calloc(e->nodes, sizeof(*vector));
	enum err err = vector == NULL ? E_NOMEM : E_OK;

	for (size_t p = 0; p < e->n_parts && err == E_OK; p++)
		err = means_new(&means[p], e, &e->parts[p], measured[p]);
	for (unsigned l = 0; l < t->levels; l++)
		memset(values[l], 0,
		    (size_t)e->shape.flat[0] * e->shape.flat[1] * t->n[l] *
			sizeof(double));
	for (unsigned g = 0; g < e->n_groups && err == E_OK; g++)
		err = solve_group(values, vector, e, &e->groups[g], means);
	for (size_t p = 0; p < e->n_parts; p++)
		free(means[p].over0);
	free(vector);
	return err;
}

/* The factor of a group's variance in a view. */
static double
group_share(
    const struct estimate *e, const struct group *g, const bool apart[2])
{
	double share = 0;

	for (unsigned r = 0; r < COMPONENTS; r++)
		if ((g->members >> r & 1) != 0)
			share += component_share(e->shape.flat, apart, r);
	return share;
}

static size_t
index_of(const struct estimate *e, unsigned level, uint32_t node)
{
	assert(level < e->shape.tree.levels && node < e->shape.tree.n[level]);
	return tree_first(&e->shape.tree, level) + node;
}

double
estimate_variance(const struct estimate *e, const bool apart[2], unsigned level,
    uint32_t node)
{
	size_t at = index_of(e, level, node);
	double sum = 0;

	for (unsigned g = 0; g < e->n_groups; g++)
		sum += group_share(e, &e->groups[g], apart) *
		       e->groups[g].variance[at];
	return sum;
}

double
estimate_kurtosis(const struct estimate *e, const bool apart[2], unsigned level,
    uint32_t node)
{
	size_t at = index_of(e, level, node);
	double variance = e->groups[0].variance[at];

	if (e->fourth == NULL)
		return e->kurtosis;
	/* of a sum of as many independent and equal numbers */
	return e->fourth[at] / (variance * variance) /
	       component_lengths(e->shape.flat, apart);
}

double
estimate_total_variance(const struct estimate *e, const bool apart[2])
{
	double sum = 0;

	for (unsigned g = 0; g < e->n_groups; g++)
		sum +=
		    group_share(e, &e->groups[g], apart) * e->groups[g].roots;
	return sum;
}
