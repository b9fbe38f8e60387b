/* Running totals: nested blocks of time, themes and places kept apart. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "coordinator/product_fit.h"
#include "coordinator/times.h"

struct running {
	struct product_fit *f;
	struct estimate_shape shape; /* themes x places x blocks of time */
	uint32_t *parents[TREE_LEVELS];
	struct estimate_part parts[TREE_LEVELS];
	double *values[TREE_LEVELS];
	int64_t *measured[TREE_LEVELS]; /* of the parts */
	int64_t *shown;                 /* [themes][places][slices] */
};

static void
finish(struct running *r)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++) {
		free(r->parents[l]);
		free(r->values[l]);
		free(r->measured[l]);
	}
	free(r->shown);
}

/* Blocks of two blocks of the level below, up to one of all. */
static enum err
shape_make(struct running *r)
{
	const struct question *q = r->f->q;
	struct tree *t = &r->shape.tree;

	r->shape.flat[0] = q->n_themes;
	r->shape.flat[1] = q->n_places + 1;
	t->levels = question_bits(question_slices(q)) + 1;
	assert(t->levels <= TREE_LEVELS);
	for (unsigned l = 0; l < t->levels; l++)
		t->n[l] = question_blocks(q, l);
	for (unsigned l = 0; l + 1 < t->levels; l++) {
		r->parents[l] = calloc(t->n[l], sizeof(*r->parents[l]));
		if (r->parents[l] == NULL)
			return E_NOMEM;
		for (uint32_t i = 0; i < t->n[l]; i++)
			r->parents[l][i] = i / 2;
		t->parent[l] = r->parents[l];
	}
	return E_OK;
}

/* out[theme][b][a] = in[theme][a][b]. */
static void
turn_measured(
    int64_t *out, const int64_t *in, uint32_t themes, uint32_t na, uint32_t nb)
{
	for (uint32_t t = 0; t < themes; t++, in += (size_t)na * nb)
		for (uint32_t b = 0; b < nb; b++)
			for (uint32_t a = 0; a < na; a++)
				*out++ = in[(size_t)a * nb + b];
}

static void
turn_values(
    double *out, const double *in, uint32_t themes, uint32_t na, uint32_t nb)
{
	for (uint32_t t = 0; t < themes; t++, in += (size_t)na * nb)
		for (uint32_t b = 0; b < nb; b++)
			for (uint32_t a = 0; a < na; a++)
				*out++ = in[(size_t)a * nb + b];
}

static enum err
room(struct running *r)
{
	const struct question *q = r->f->q;
	size_t flat = (size_t)r->shape.flat[0] * r->shape.flat[1];

	for (unsigned l = 0; l < r->shape.tree.levels; l++) {
		r->values[l] =
		    calloc(flat * r->shape.tree.n[l], sizeof(*r->values[l]));
		if (r->values[l] == NULL)
			return E_NOMEM;
	}
	for (unsigned i = 0; i < q->n_histograms; i++) {
		r->measured[i] =
		    calloc(question_histogram(q, i), sizeof(*r->measured[i]));
		if (r->measured[i] == NULL)
			return E_NOMEM;
		turn_measured(r->measured[i], r->f->raw[i], q->n_themes,
		    question_blocks(q, q->histograms[i].level),
		    q->n_places + 1);
		r->parts[i] = product_fit_part(r->f, i);
	}
	r->shown = calloc(flat * r->shape.tree.n[0], sizeof(*r->shown));
	return r->shown == NULL ? E_NOMEM : E_OK;
}

static enum err
solve(struct running *r)
{
	const struct question *q = r->f->q;
	uint32_t slices = question_slices(q), n = q->n_places + 1;
	struct estimate *est = NULL;
	enum err e;

	if ((e = estimate_new(&est, &r->shape, r->parts, q->n_histograms)) ==
	    E_OK)
		e = estimate_solve(
		    est, r->values, (const int64_t *const *)r->measured);
	estimate_free(est);
	if (e != E_OK)
		return e;
	turn_values(r->f->slices[0], r->values[0], q->n_themes, n, slices);
	if ((e = product_fit_display(r->shown, &r->shape,
		 (const double *const *)r->values)) == E_OK)
		turn_measured(r->f->shown, r->shown, q->n_themes, n, slices);
	return e;
}

/*
 * The estimate of a sum w'x of slices is w' A^-1 (sum over levels of P_l'
 * lambda_l y_l), A the matrix of the least-squares problem, P_l the sums that
 * level l measures.  With h = A^-1 w, which is what the tree solves for
 * measurements w / lambda_0 of the slices and 0 of all else, its variance is
 * w'h, and the noise of a block enters it lambda_l (P_l h) times.
 */
static void
moments(const struct running *r, const double *h, const double *precision,
    const double *fourth, struct times_span span, double *variance,
    double *kurtosis)
{
	const struct tree *t = &r->shape.tree;
	double sum = 0;

	*variance = 0;
	for (uint32_t i = 0; i < span.n; i++)
		*variance += h[span.first + i];
	for (unsigned l = 0; l < t->levels; h += t->n[l], l++)
		for (uint32_t i = 0; i < t->n[l]; i++)
			sum += pow(precision[l] * h[i], 4) * fourth[l];
	*kurtosis = sum / (*variance * *variance);
}

/* One time's widths, the same for every theme and place. */
static enum err
time_widths(struct running *r, uint32_t time, const double *precision,
    const double *fourth, struct product_half *one, struct product_half *all)
{
	const struct tree *t = &r->shape.tree;
	struct times_span span = times_span(r->f->q, time);
	double *h = calloc(tree_nodes(t), sizeof(*h)), v, k;
	enum err e;

	if (h == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < span.n; i++)
		h[span.first + i] = 1 / precision[0];
	if ((e = tree_solve(h, t, precision)) == E_OK) {
		uint32_t n = r->f->q->n_places;

		moments(r, h, precision, fourth, span, &v, &k);
		*one = product_fit_linear(v, k);
		*all = product_fit_linear(n * v, k / n);
	}
	free(h);
	return e;
}

static enum err
set_widths(struct running *r)
{
	struct product_fit *f = r->f;
	double precision[TREE_LEVELS] = { 0 }, fourth[TREE_LEVELS] = { 0 };
	struct product_half one, all;
	enum err e;

	for (unsigned i = 0; i < f->q->n_histograms; i++) {
		precision[r->parts[i].level] = 1 / r->parts[i].variance;
		fourth[r->parts[i].level] = r->parts[i].fourth;
	}
	for (uint32_t time = 0; time < f->p->times; time++) {
		uint64_t n = times_span(f->q, time).n;

		if (f->q->n_histograms > 1)
			e = time_widths(r, time, precision, fourth, &one, &all);
		else if ((e = product_fit_sole(&one, f, 0, n)) == E_OK)
			e = product_fit_sole(&all, f, 0, n * f->q->n_places);
		if (e != E_OK)
			return e;
		for (uint32_t i = 0; i <= f->q->n_places; i++)
			product_fit_set(f, 0, time, i, one);
		f->p->total_95[time] = all.at_95;
	}
	return E_OK;
}

enum err
product_running_fit(struct product_fit *f)
{
	struct running r = { .f = f };
	enum err e;

	if ((e = shape_make(&r)) == E_OK && (e = room(&r)) == E_OK &&
	    (e = solve(&r)) == E_OK)
		e = set_widths(&r);
	finish(&r);
	return e;
}
