/* Places on nested levels, themes and slices kept apart or added up. */
#include <stdlib.h>
#include <string.h>

#include "analysis/denoise.h"
#include "analysis/display.h"
#include "coordinator/product_fit.h"
#include "coordinator/times.h"

#define APART 2    /* flat axes: themes and slices */
#define DENOISED 3 /* levels of squares from which on it pays */

static struct estimate_shape
shape_of(const struct product_fit *f)
{
	struct estimate_shape s = { .flat = { f->q->n_themes,
					question_slices(f->q) },
		.tree = { .levels = f->l->levels } };

	for (unsigned i = 0; i < f->l->levels; i++) {
		s.tree.n[i] = f->l->n[i];
		s.tree.parent[i] = f->l->parent[i];
	}
	return s;
}

static enum err
estimate_of(struct estimate **out, const struct product_fit *f,
    const struct estimate_shape *shape)
{
	struct estimate_part parts[ESTIMATE_PARTS];
	const struct question *q = f->q;

	if (q->n_histograms > ESTIMATE_PARTS)
		return E_ARG;
	for (unsigned i = 0; i < q->n_histograms; i++) {
		parts[i] = product_fit_part(f, i);
		parts[i].apart[0] = (q->histograms[i].by & BY_THEME) != 0;
		parts[i].apart[1] = (q->histograms[i].by & BY_TIME) != 0;
	}
	return estimate_new(out, shape, parts, q->n_histograms);
}

/* The widths of times of one kind on a level, from the estimate. */
static void
set_level(struct product_fit *f, const struct estimate *e, unsigned level,
    uint32_t kind)
{
	const bool apart[APART] = { true, product_fit_slices(f, kind) == 1 };
	double variance = 0, kurtosis = 0;
	struct product_half half = { 0, 0 };

	for (uint32_t i = 0; i < f->l->n[level]; i++) {
		double v = estimate_variance(e, apart, level, i);
		double k = estimate_kurtosis(e, apart, level, i);

		if (i == 0 || v != variance || k != kurtosis)
			half = product_fit_linear(v, k);
		variance = v;
		kurtosis = k;
		product_fit_set(f, level, kind, i, half);
	}
}

/* "Not placed" is a tree of its own, so what the others add up to has what is
 * left of the variance. */
static void
set_total(struct product_fit *f, const struct estimate *e, uint32_t kind)
{
	const bool apart[APART] = { true, product_fit_slices(f, kind) == 1 };
	unsigned top = f->l->levels - 1;
	double all = estimate_total_variance(e, apart);
	double lost = estimate_variance(e, apart, top, f->l->n[top] - 1);
	double k = estimate_kurtosis(e, apart, top, 0);

	f->p->total_95[kind] = product_fit_linear(all - lost, k).at_95;
}

/* With one histogram everything is a sum of its cells, and the law is known:
 * the widths of a level whose nodes have so many places below them. */
static enum err
set_sole_level(
    struct product_fit *f, unsigned level, uint32_t kind, const uint32_t *below)
{
	uint32_t slices = product_fit_slices(f, kind), n = f->l->n[level];
	struct product_half *seen;
	bool *known;
	enum err e = E_OK;

	seen = calloc((size_t)f->l->n[0] + 1, sizeof(*seen));
	known = calloc((size_t)f->l->n[0] + 1, sizeof(*known));
	if (seen == NULL || known == NULL)
		e = E_NOMEM;
	for (uint32_t i = 0; i < n && e == E_OK; i++) {
		uint32_t k = below[i];

		if (!known[k])
			e = product_fit_sole(
			    &seen[k], f, 0, (uint64_t)k * slices);
		known[k] = true;
		product_fit_set(f, level, kind, i, seen[k]);
	}
	free(seen);
	free(known);
	return e;
}

/* below[n of level + 1] from that of the level. */
static void
climb(const struct product_fit *f, unsigned level, uint32_t *up,
    const uint32_t *below)
{
	memset(up, 0, f->l->n[level + 1] * sizeof(*up));
	for (uint32_t i = 0; i < f->l->n[level]; i++)
		up[f->l->parent[level][i]] += below[i];
}

static enum err
set_sole(struct product_fit *f)
{
	uint32_t *below = calloc(f->l->n[0], sizeof(*below));
	uint32_t *up = calloc(f->l->n[0], sizeof(*up)), *t;
	struct product_half total;
	enum err e = below == NULL || up == NULL ? E_NOMEM : E_OK;

	for (uint32_t i = 0; i < f->l->n[0] && e == E_OK; i++)
		below[i] = 1;
	for (unsigned l = 0; l < f->l->levels && e == E_OK; l++) {
		for (uint32_t k = 0; k < f->p->kinds && e == E_OK; k++)
			e = set_sole_level(f, l, k, below);
		if (e != E_OK || l + 1 == f->l->levels)
			break;
		climb(f, l, up, below);
		t = below;
		below = up;
		up = t;
	}
	for (uint32_t k = 0; k < f->p->kinds && e == E_OK; k++) {
		e = product_fit_sole(&total, f, 0,
		    (uint64_t)f->q->n_places * product_fit_slices(f, k));
		f->p->total_95[k] = total.at_95;
	}
	free(below);
	free(up);
	return e;
}

static enum err
set_widths(struct product_fit *f, const struct estimate *e)
{
	if (f->q->n_histograms == 1)
		return set_sole(f);
	for (uint32_t k = 0; k < f->p->kinds; k++) {
		for (unsigned l = 0; l < f->l->levels; l++)
			set_level(f, e, l, k);
		set_total(f, e, k);
	}
	return E_OK;
}

/* Squares on several levels, in one slice: what counts usually look like says
 * more than single numbers do (analysis/denoise).  Of several slices the sum is
 * projected first (analysis/display), so that it is not denoised in parts. */
static bool
denoisable(const struct product_fit *f)
{
	return f->q->geo == GEO_GRID && f->q->n_levels >= DENOISED &&
	       question_slices(f->q) == 1;
}

/* Of what is measured of every theme by itself; more is known where themes are
 * added up, too. */
static void
precisions(double out[TREE_LEVELS], const struct product_fit *f)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		out[l] = 0;
	for (unsigned i = 0; i < f->q->n_histograms; i++)
		if (f->q->histograms[i].by == (BY_THEME | BY_TIME))
			out[f->q->histograms[i].level] =
			    1 / product_fit_part(f, i).variance;
}

static enum err
denoise(struct product_fit *f, const struct estimate_shape *shape)
{
	const struct denoise_grid grid = { f->q->cols, f->q->rows };
	size_t n = shape->tree.n[0];
	double *cells = malloc(f->q->n_themes * n * sizeof(*cells));
	const double *values[TREE_LEVELS];
	double precision[TREE_LEVELS];
	enum err e = cells == NULL ? E_NOMEM : E_OK;

	precisions(precision, f);
	for (uint32_t t = 0; t < f->q->n_themes && e == E_OK; t++) {
		for (unsigned l = 0; l < shape->tree.levels; l++)
			values[l] = f->slices[l] + (size_t)t * shape->tree.n[l];
		e = denoise_cells(
		    cells + t * n, &shape->tree, precision, values, &grid);
	}
	if (e == E_OK)
		e = display_round(f->shown, shape, cells);
	free(cells);
	return e;
}

static enum err
show(struct product_fit *f, const struct estimate_shape *shape)
{
	if (denoisable(f))
		return denoise(f, shape);
	return product_fit_display(
	    f->shown, shape, (const double *const *)f->slices);
}

enum err
product_nested_fit(struct product_fit *f)
{
	struct estimate_shape shape = shape_of(f);
	struct estimate *est = NULL;
	enum err e;

	if ((e = estimate_of(&est, f, &shape)) == E_OK &&
	    (e = estimate_solve(est, f->slices, f->raw)) == E_OK &&
	    (e = set_widths(f, est)) == E_OK)
		e = show(f, &shape);
	estimate_free(est);
	return e;
}
