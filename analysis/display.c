/*
 * From the roots down: what a node shows is brought to its children as a block,
 * children x flat1, whose rows are the children's totals and whose columns are
 * what the node shows of each member of flat1.  The roots are the children of a
 * node above all of which only the total is given.
 *
 * The two products differ in how a number, a vector and a block are brought to
 * what they must add up to (analysis/simplex, analysis/table); all numbers are
 * doubles, whole ones exact below 2^53.
 */
#include "analysis/display.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/simplex.h"
#include "analysis/table.h"

struct rule {
	double (*total)(double wanted);
	enum err (*vector)(double *x, size_t n, double total);
	enum err (*block)(double *x, size_t rows, size_t columns,
	    const double *row, const double *column);
};

struct display {
	const struct rule *rule;
	const struct tree *t;
	size_t flat1;
	double *shown[TREE_LEVELS];   /* [flat1][n]: of one member of flat0 */
	uint32_t *first[TREE_LEVELS]; /* [n + 1] of the next level: where its
				       * children begin in child */
	uint32_t
	    *child[TREE_LEVELS]; /* [n]: by parent; of the last level all */
	double *block, *row, *column; /* [most children][flat1], ... */
};

static double
total_project(double wanted)
{
	return fmax(wanted, 0);
}

static enum err
vector_project(double *x, size_t n, double total)
{
	simplex_project(x, n, total);
	return E_OK;
}

static double
total_round(double wanted)
{
	return floor(wanted + 0.5);
}

static const struct rule project = { total_project, vector_project,
	table_project };
static const struct rule rounding = { total_round, table_apportion,
	table_round };

/* Children by their parents, in the order of their numbers. */
static enum err
set_children(struct display *d, unsigned l)
{
	const struct tree *t = d->t;
	bool last = l + 1 == t->levels;
	uint32_t parents = last ? 1 : t->n[l + 1];
	uint32_t *first = calloc((size_t)parents + 1, sizeof(*first));

	d->first[l] = first;
	d->child[l] = calloc(t->n[l], sizeof(*d->child[l]));
	if (first == NULL || d->child[l] == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < t->n[l]; i++)
		first[last ? 0 : t->parent[l][i]]++;
	for (uint32_t v = 1; v < parents; v++)
		first[v] += first[v - 1];
	first[parents] = t->n[l];
	for (uint32_t i = t->n[l]; i-- > 0;)
		d->child[l][--first[last ? 0 : t->parent[l][i]]] = i;
	return E_OK;
}

static size_t
most_children(const struct display *d)
{
	size_t most = d->t->n[d->t->levels - 1];

	for (unsigned l = 0; l + 1 < d->t->levels; l++)
		for (uint32_t v = 0; v < d->t->n[l + 1]; v++) {
			size_t n = d->first[l][v + 1] - d->first[l][v];

			most = n > most ? n : most;
		}
	return most;
}

static void
display_clear(struct display *d)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++) {
		free(d->shown[l]);
		free(d->first[l]);
		free(d->child[l]);
	}
	free(d->block);
}

static enum err
display_init(struct display *d, const struct rule *rule,
    const struct estimate_shape *shape)
{
	size_t most;
	enum err e = E_OK;

	*d = (struct display){
		.rule = rule, .t = &shape->tree, .flat1 = shape->flat[1]
	};
	for (unsigned l = 0; l < d->t->levels && e == E_OK; l++) {
		d->shown[l] = calloc(d->flat1 * d->t->n[l], sizeof(double));
		e = d->shown[l] == NULL ? E_NOMEM : set_children(d, l);
	}
	if (e == E_OK) {
		most = most_children(d);
		d->block = calloc(
		    most * d->flat1 + most + d->flat1, sizeof(*d->block));
		d->row = d->block + most * d->flat1;
		d->column = d->row + most;
		e = d->block == NULL ? E_NOMEM : E_OK;
	}
	if (e != E_OK)
		display_clear(d);
	return e;
}

/* The block of what is wanted of some nodes of a level, and its row sums. */
static void
gather(struct display *d, const double *wanted, size_t n, const uint32_t *child,
    size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		d->row[i] = 0;
		for (size_t j = 0; j < d->flat1; j++) {
			double x = wanted[j * n + child[i]];

			d->block[i * d->flat1 + j] = x;
			d->row[i] += x;
		}
	}
}

/* The block, brought to rows of the sum total and to column; shown of them. */
static enum err
settle(struct display *d, unsigned level, const uint32_t *child, size_t rows,
    double total)
{
	size_t n = d->t->n[level];
	enum err e;

	if ((e = d->rule->vector(d->row, rows, total)) != E_OK)
		return e;
	if (d->flat1 == 1)
		memcpy(d->block, d->row, rows * sizeof(*d->block));
	else if (rows == 1)
		memcpy(d->block, d->column, d->flat1 * sizeof(*d->block));
	else if ((e = d->rule->block(
		      d->block, rows, d->flat1, d->row, d->column)) != E_OK)
		return e;
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < d->flat1; j++)
			d->shown[level][j * n + child[i]] =
			    d->block[i * d->flat1 + j];
	return E_OK;
}

/* The total, months of all roots, roots. */
static enum err
show_roots(struct display *d, const double *wanted)
{
	unsigned level = d->t->levels - 1;
	size_t n = d->t->n[level];
	double total = 0;
	enum err e;

	gather(d, wanted, n, d->child[level], n);
	memset(d->column, 0, d->flat1 * sizeof(*d->column));
	for (size_t j = 0; j < d->flat1; j++) {
		for (size_t i = 0; i < n; i++)
			d->column[j] += wanted[j * n + i];
		total += d->column[j];
	}
	total = d->rule->total(total);
	if ((e = d->rule->vector(d->column, d->flat1, total)) != E_OK)
		return e;
	return settle(d, level, d->child[level], n, total);
}

/* The children of node v of the next level. */
static enum err
show_children(
    struct display *d, const double *wanted, unsigned level, uint32_t v)
{
	const uint32_t *child = d->child[level] + d->first[level][v];
	size_t rows = d->first[level][v + 1] - d->first[level][v];
	double total = 0;

	gather(d, wanted, d->t->n[level], child, rows);
	for (size_t j = 0; j < d->flat1; j++) {
		d->column[j] = d->shown[level + 1][j * d->t->n[level + 1] + v];
		total += d->column[j];
	}
	return settle(d, level, child, rows, total);
}

/* shown of all levels, from wanted[level]: [flat1][n]. */
static enum err
show(struct display *d, const double *const *wanted)
{
	enum err e = show_roots(d, wanted[d->t->levels - 1]);

	for (unsigned l = d->t->levels - 1; l-- > 0;)
		for (uint32_t v = 0; v < d->t->n[l + 1] && e == E_OK; v++)
			e = show_children(d, wanted[l], l, v);
	return e;
}

enum err
display_project(double *cells, const struct estimate_shape *shape,
    const double *const *values)
{
	struct display d;
	enum err e;

	if ((e = display_init(&d, &project, shape)) != E_OK)
		return e;
	for (size_t i = 0; i < shape->flat[0] && e == E_OK; i++) {
		size_t size = d.flat1 * d.t->n[0];
		const double *wanted[TREE_LEVELS];

		for (unsigned l = 0; l < d.t->levels; l++)
			wanted[l] = values[l] + i * d.flat1 * d.t->n[l];
		if ((e = show(&d, wanted)) == E_OK)
			memcpy(cells + i * size, d.shown[0],
			    size * sizeof(*cells));
	}
	display_clear(&d);
	return e;
}

/* Copies n cells; of such a sum that whole numbers would no longer be exact,
 * all of them smaller. */
static void
copy_cells(double *out, const double *cells, size_t n)
{
	double sum = 0, factor;

	for (size_t c = 0; c < n; c++)
		sum += cells[c];
	factor = sum > DISPLAY_MOST ? DISPLAY_MOST / sum : 1;
	for (size_t c = 0; c < n; c++)
		out[c] = cells[c] * factor;
}

/* sums[l][flat1][n] of all levels, [0] being the cells. */
static void
add_up(double *const *sums, const struct display *d)
{
	const struct tree *t = d->t;

	for (unsigned l = 1; l < t->levels; l++) {
		const double *below = sums[l - 1];

		memset(sums[l], 0, d->flat1 * t->n[l] * sizeof(**sums));
		for (size_t j = 0; j < d->flat1; j++)
			for (uint32_t i = 0; i < t->n[l - 1]; i++)
				sums[l][j * t->n[l] + t->parent[l - 1][i]] +=
				    below[j * t->n[l - 1] + i];
	}
}

/* One member of flat0. */
static enum err
round_member(
    int64_t *out, struct display *d, double *const *sums, const double *cells)
{
	enum err e;

	copy_cells(sums[0], cells, d->flat1 * d->t->n[0]);
	add_up(sums, d);
	if ((e = show(d, (const double *const *)sums)) != E_OK)
		return e;
	for (size_t c = 0; c < d->flat1 * d->t->n[0]; c++)
		out[c] = (int64_t)d->shown[0][c];
	return E_OK;
}

enum err
display_round(
    int64_t *out, const struct estimate_shape *shape, const double *cells)
{
	double *sums[TREE_LEVELS] = { NULL };
	struct display d;
	enum err e;

	if ((e = display_init(&d, &rounding, shape)) != E_OK)
		return e;
	for (unsigned l = 0; l < d.t->levels && e == E_OK; l++)
		if ((sums[l] = calloc(d.flat1 * d.t->n[l], sizeof(double))) ==
		    NULL)
			e = E_NOMEM;
	for (size_t i = 0; i < shape->flat[0] && e == E_OK; i++)
		e = round_member(out + i * d.flat1 * d.t->n[0], &d, sums,
		    cells + i * d.flat1 * d.t->n[0]);
	for (unsigned l = 0; l < d.t->levels; l++)
		free(sums[l]);
	display_clear(&d);
	return e;
}
