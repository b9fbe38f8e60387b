/* The bands of a tensor Haar transform of a grid. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/haar.h"
#include "analysis/law.h"
#include "coordinator/product_fit.h"

struct squares { /* for the display: blocks of squares, up to one of all */
	struct estimate_shape shape;
	uint32_t *parents[TREE_LEVELS];
	double *values[TREE_LEVELS]; /* [0] is not ours */
};

static enum err
haar_of(struct haar *h, const struct product_fit *f)
{
	const struct question *q = f->q;

	*h = (struct haar){ .lx = question_bits(q->cols),
		.ly = question_bits(q->rows) };
	if (h->lx > HAAR_SIDE || h->ly > HAAR_SIDE)
		return E_ARG;
	for (unsigned i = 0; i < q->n_histograms; i++)
		h->variance[i] = product_fit_part(f, i).variance;
	return E_OK;
}

/* All coefficients of one theme and slice, band after band. */
static void
gather(int64_t *out, const struct product_fit *f, const struct haar *h,
    uint32_t slice)
{
	for (unsigned i = 0; i < f->q->n_histograms; i++) {
		const struct histogram *at = &f->q->histograms[i];
		size_t n = haar_band_cells(h, at->x, at->y);
		size_t each = i + 1U == f->q->n_histograms ? n + 1 : n;

		memcpy(out, f->raw[i] + slice * each, n * sizeof(*out));
		out += n;
	}
}

/* The squares of the grid, row after row, then "not placed". */
static void
spread_out(double *out, const struct product_fit *f, const struct haar *h,
    const double *cells, uint32_t slice)
{
	const struct question *q = f->q;
	unsigned last = q->n_histograms - 1U;

	for (uint32_t y = 0; y < q->rows; y++, out += q->cols)
		memcpy(
		    out, cells + ((size_t)y << h->lx), q->cols * sizeof(*out));
	*out = (double)f->raw[last][slice * 2 + 1];
}

static enum err
solve(struct product_fit *f, const struct haar *h)
{
	size_t n = (size_t)1 << (h->lx + h->ly);
	uint32_t slices = f->q->n_themes * question_slices(f->q);
	int64_t *coefficients = malloc(n * sizeof(*coefficients));
	double *cells = malloc(n * sizeof(*cells));
	enum err e = coefficients == NULL || cells == NULL ? E_NOMEM : E_OK;

	for (uint32_t i = 0; i < slices && e == E_OK; i++) {
		gather(coefficients, f, h, i);
		if ((e = haar_solve(cells, h, coefficients)) == E_OK)
			spread_out(f->slices[0] + (size_t)i * f->l->n[0], f, h,
			    cells, i);
	}
	free(coefficients);
	free(cells);
	return e;
}

/* What a coefficient of band a weighs in a cell, along an axis. */
static double
weight(unsigned bits, unsigned a)
{
	return ldexp(1, a == bits ? -(int)bits : -(int)(a + 1));
}

/* The excess kurtosis of one cell, which has one coefficient of each band. */
static double
cell_kurtosis(const struct product_fit *f, const struct haar *h)
{
	double variance = 0, fourth = 0;

	for (unsigned i = 0; i < f->q->n_histograms; i++) {
		const struct histogram *at = &f->q->histograms[i];
		struct estimate_part part = product_fit_part(f, i);
		double w = weight(h->lx, at->x) * weight(h->ly, at->y);

		variance += w * w * part.variance;
		fourth += w * w * w * w * part.fourth;
	}
	return fourth / (variance * variance);
}

/* The largest of the bands': a bound for any sum of cells. */
static double
worst_kurtosis(const struct product_fit *f)
{
	double worst = 0;

	for (unsigned i = 0; i < f->q->n_histograms; i++) {
		struct estimate_part part = product_fit_part(f, i);

		worst =
		    fmax(worst, part.fourth / (part.variance * part.variance));
	}
	return worst;
}

/* Slices have noises of their own; "not placed" has one histogram's. */
static enum err
set_widths(struct product_fit *f, const struct haar *h)
{
	const struct question *q = f->q;
	const struct haar_box cell = { 0, 0, 1, 1 };
	const struct haar_box grid = { 0, 0, q->cols, q->rows };
	double k_cell = cell_kurtosis(f, h), k_grid = worst_kurtosis(f);
	double v_cell = haar_variance(h, &cell);
	double v_grid = haar_variance(h, &grid);
	struct product_half one, lost;
	enum err e;

	for (uint32_t k = 0; k < f->p->kinds; k++) {
		uint32_t n = product_fit_slices(f, k);

		if ((e = product_fit_sole(&lost, f, q->n_histograms - 1U, n)) !=
		    E_OK)
			return e;
		one = product_fit_linear(n * v_cell, k_cell / n);
		for (uint32_t i = 0; i < q->n_places; i++)
			product_fit_set(f, 0, k, i, one);
		product_fit_set(f, 0, k, q->n_places, lost);
		f->p->total_95[k] =
		    product_fit_linear(n * v_grid, k_grid / n).at_95;
	}
	return E_OK;
}

static void
finish(struct squares *s)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++) {
		free(s->parents[l]);
		if (l > 0)
			free(s->values[l]);
	}
}

/* Columns or rows of blocks of 2^level. */
static uint32_t
blocks(uint32_t n, unsigned level)
{
	return ((n - 1) >> level) + 1;
}

/* The parents of the blocks of a level, and their sums. */
static enum err
climb(struct squares *s, const struct question *q, unsigned l)
{
	struct tree *t = &s->shape.tree;
	uint32_t cols = blocks(q->cols, l), up = blocks(q->cols, l + 1);
	size_t flat = (size_t)s->shape.flat[0] * s->shape.flat[1];

	t->n[l + 1] = up * blocks(q->rows, l + 1) + 1;
	s->parents[l] = calloc(t->n[l], sizeof(*s->parents[l]));
	s->values[l + 1] =
	    calloc(flat * t->n[l + 1], sizeof(*s->values[l + 1]));
	if (s->parents[l] == NULL || s->values[l + 1] == NULL)
		return E_NOMEM;
	t->parent[l] = s->parents[l];
	for (uint32_t i = 0; i + 1 < t->n[l]; i++)
		s->parents[l][i] = i / cols / 2 * up + i % cols / 2;
	s->parents[l][t->n[l] - 1] = t->n[l + 1] - 1;
	for (size_t k = 0; k < flat; k++)
		for (uint32_t i = 0; i < t->n[l]; i++)
			s->values[l + 1][k * t->n[l + 1] + s->parents[l][i]] +=
			    s->values[l][k * t->n[l] + i];
	return E_OK;
}

static enum err
show(struct product_fit *f, const struct haar *h)
{
	struct squares s = {
		.shape = { .flat = { f->q->n_themes, question_slices(f->q) } },
		.values = { f->slices[0] }
	};
	struct tree *t = &s.shape.tree;
	enum err e = E_OK;

	t->levels = (h->lx > h->ly ? h->lx : h->ly) + 1;
	t->n[0] = f->l->n[0];
	for (unsigned l = 0; l + 1 < t->levels && e == E_OK; l++)
		e = climb(&s, f->q, l);
	if (e == E_OK)
		e = product_fit_display(
		    f->shown, &s.shape, (const double *const *)s.values);
	finish(&s);
	return e;
}

enum err
product_haar_fit(struct product_fit *f)
{
	struct haar h;
	enum err e;

	if ((e = haar_of(&h, f)) == E_OK && (e = solve(f, &h)) == E_OK &&
	    (e = set_widths(f, &h)) == E_OK)
		e = show(f, &h);
	return e;
}
