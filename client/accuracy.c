#include "client/accuracy.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/estimate.h"
#include "analysis/haar.h"
#include "analysis/law.h"
#include "analysis/spread.h"

struct accuracy {
	const struct question *q;
	const struct ladder *l;
	struct estimate *estimate;         /* NESTED, several histograms */
	uint32_t *below[QUERY_LEVELS_MAX]; /* NESTED, one: places below nodes */
	struct tree tree;                  /* RUNNING: blocks of slices */
	uint32_t *parents[TREE_LEVELS];
};

struct noise_law
accuracy_law(const struct question *q, unsigned i)
{
	return (struct noise_law){ .noise = q->noise,
		.num = q->histograms[i].num,
		.den = q->histograms[i].den };
}

/* Histogram i as the sum over all nodes. */
static struct estimate_part
part_of(const struct question *q, unsigned i)
{
	struct noise_law law = accuracy_law(q, i);

	return (struct estimate_part){
		.apart = { (q->histograms[i].by & BY_THEME) != 0,
		    (q->histograms[i].by & BY_TIME) != 0 },
		.level = q->histograms[i].level,
		.variance =
		    fmax(q->n_nodes * law_variance(&law), ESTIMATE_LEAST),
		.fourth = q->n_nodes * law_fourth(&law),
	};
}

void
accuracy_free(struct accuracy *a)
{
	if (a == NULL)
		return;
	estimate_free(a->estimate);
	for (unsigned i = 0; i < QUERY_LEVELS_MAX; i++)
		free(a->below[i]);
	for (unsigned i = 0; i < TREE_LEVELS; i++)
		free(a->parents[i]);
	free(a);
}

static enum err
new_estimate(struct accuracy *a)
{
	const struct question *q = a->q;
	struct estimate_shape s = { .flat = { q->n_themes, question_slices(q) },
		.tree = { .levels = a->l->levels } };
	struct estimate_part parts[ESTIMATE_PARTS];

	if (q->n_histograms > ESTIMATE_PARTS)
		return E_ARG;
	for (unsigned i = 0; i < a->l->levels; i++) {
		s.tree.n[i] = a->l->n[i];
		s.tree.parent[i] = a->l->parent[i];
	}
	for (unsigned i = 0; i < q->n_histograms; i++)
		parts[i] = part_of(q, i);
	return estimate_new(&a->estimate, &s, parts, q->n_histograms);
}

static enum err
new_sole(struct accuracy *a)
{
	const struct ladder *l = a->l;

	for (unsigned i = 0; i < l->levels; i++) {
		a->below[i] = calloc(l->n[i], sizeof(*a->below[i]));
		if (a->below[i] == NULL)
			return E_NOMEM;
	}
	for (uint32_t v = 0; v < l->n[0]; v++)
		a->below[0][v] = 1;
	for (unsigned i = 0; i + 1 < l->levels; i++)
		for (uint32_t v = 0; v < l->n[i]; v++)
			a->below[i + 1][l->parent[i][v]] += a->below[i][v];
	return E_OK;
}

static enum err
new_running(struct accuracy *a)
{
	struct tree *t = &a->tree;

	t->levels = question_bits(question_slices(a->q)) + 1;
	for (unsigned i = 0; i < t->levels; i++)
		t->n[i] = question_blocks(a->q, i);
	for (unsigned i = 0; i + 1 < t->levels; i++) {
		a->parents[i] = calloc(t->n[i], sizeof(*a->parents[i]));
		if (a->parents[i] == NULL)
			return E_NOMEM;
		for (uint32_t v = 0; v < t->n[i]; v++)
			a->parents[i][v] = v / 2;
		t->parent[i] = a->parents[i];
	}
	return E_OK;
}

enum err
accuracy_new(
    struct accuracy **out, const struct question *q, const struct ladder *l)
{
	struct accuracy *a = calloc(1, sizeof(*a));
	enum err e = E_OK;

	if (a == NULL)
		return E_NOMEM;
	a->q = q;
	a->l = l;
	if (q->strategy == STRATEGY_RUNNING)
		e = new_running(a);
	else if (q->strategy == STRATEGY_NESTED)
		e = q->n_histograms == 1 ? new_sole(a) : new_estimate(a);
	if (e == E_OK)
		*out = a;
	else
		accuracy_free(a);
	return e;
}

bool
accuracy_has(const struct question *q, enum terms_per per)
{
	if (q->strategy == STRATEGY_RUNNING && question_slices(q) > 1)
		return per != TERMS_MONTH;
	return per == TERMS_TOTAL ||
	       (per == TERMS_MONTH && question_slices(q) > 1);
}

/* How many slices a number adds up; a running total: at most. */
static uint32_t
slices_of(const struct question *q, enum terms_per per)
{
	return per == TERMS_MONTH ? 1 : question_slices(q);
}

/* The sum of so many cells of the only histogram. */
static struct accuracy_number
sole(const struct accuracy *a, uint64_t cells)
{
	struct estimate_part part = part_of(a->q, 0);
	double n = (double)cells, v = n * part.variance;

	return (struct accuracy_number){ v, n * part.fourth / (v * v), cells };
}

/* The i-th place of a level. */
static struct accuracy_number
nested(const struct accuracy *a, unsigned level, enum terms_per per, uint32_t i)
{
	const bool apart[2] = { true, slices_of(a->q, per) == 1 };

	if (a->estimate == NULL)
		return sole(
		    a, (uint64_t)a->below[level][i] * slices_of(a->q, per));
	return (struct accuracy_number){
		.variance = estimate_variance(a->estimate, apart, level, i),
		.kurtosis = estimate_kurtosis(a->estimate, apart, level, i),
	};
}

/* What a coefficient of band b weighs in a cell, along an axis. */
static double
band_weight(unsigned bits, unsigned b)
{
	return ldexp(1, b == bits ? -(int)bits : -(int)(b + 1));
}

/* Any square: it has one coefficient of every band. */
static struct accuracy_number
square(const struct accuracy *a, enum terms_per per)
{
	const struct question *q = a->q;
	double n = slices_of(q, per), v = 0, fourth = 0;

	for (unsigned i = 0; i < q->n_histograms; i++) {
		struct estimate_part part = part_of(q, i);
		double w =
		    band_weight(question_bits(q->cols), q->histograms[i].x) *
		    band_weight(question_bits(q->rows), q->histograms[i].y);

		v += w * w * part.variance;
		fourth += w * w * w * w * part.fourth;
	}
	return (struct accuracy_number){ n * v, fourth / (v * v) / n, 0 };
}

/*
 * The running total of the first n slices.  With A the matrix of the
 * least-squares problem and w those slices, h = A^-1 w is what the tree solves
 * for measurements w / precision[0] of the slices and 0 of all else; the
 * variance is w'h, and the noise of a block enters precision * h times.
 */
static enum err
running(struct accuracy_number *out, const struct accuracy *a, uint32_t n)
{
	const struct tree *t = &a->tree;
	double precision[TREE_LEVELS] = { 0 }, fourth[TREE_LEVELS] = { 0 };
	double *all, *h, sum = 0, v = 0;
	enum err e;

	if (a->q->n_histograms == 1) {
		*out = sole(a, n);
		return E_OK;
	}
	for (unsigned i = 0; i < a->q->n_histograms; i++) {
		struct estimate_part part = part_of(a->q, i);

		precision[part.level] = 1 / part.variance;
		fourth[part.level] = part.fourth;
	}
	if ((all = calloc(tree_nodes(t), sizeof(*all))) == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		all[i] = 1 / precision[0];
	if ((e = tree_solve(all, t, precision)) == E_OK) {
		h = all;
		for (uint32_t i = 0; i < n; i++)
			v += h[i];
		for (unsigned l = 0; l < t->levels; h += t->n[l], l++)
			for (uint32_t i = 0; i < t->n[l]; i++)
				sum += pow(precision[l] * h[i], 4) * fourth[l];
		*out = (struct accuracy_number){ v, sum / (v * v), 0 };
	}
	free(all);
	return e;
}

/* The i-th number of a kind on a level, of numbers_of. */
static enum err
number_at(struct accuracy_number *out, const struct accuracy *a, unsigned level,
    enum terms_per per, uint32_t i)
{
	switch (a->q->strategy) {
	case STRATEGY_RUNNING:
		return running(out, a,
		    per == TERMS_RUNNING ? i + 1 : slices_of(a->q, per));
	case STRATEGY_HAAR:
		*out = square(a, per);
		return E_OK;
	default:
		*out = nested(a, level, per, i);
		return E_OK;
	}
}

/* How many of them can have noise of their own. */
static uint32_t
numbers_of(const struct accuracy *a, unsigned level, enum terms_per per)
{
	if (a->q->strategy == STRATEGY_NESTED)
		return a->q->level_places[level];
	return per == TERMS_RUNNING ? question_slices(a->q) : 1;
}

enum err
accuracy_find(struct accuracy_number *worst, struct accuracy_number *typical,
    const struct accuracy *a, unsigned level, enum terms_per per)
{
	uint32_t n = numbers_of(a, level, per);
	struct accuracy_number now, most = { 0 }, near = { 0 };
	double mean = 0;
	enum err e;

	for (uint32_t i = 0; i < n; i++) {
		if ((e = number_at(&now, a, level, per, i)) != E_OK)
			return e;
		mean += now.variance / n;
		if (now.variance > most.variance)
			most = now;
	}
	for (uint32_t i = 0; i < n; i++) {
		if ((e = number_at(&now, a, level, per, i)) != E_OK)
			return e;
		if (i == 0 ||
		    fabs(now.variance - mean) < fabs(near.variance - mean))
			near = now;
	}
	*worst = most;
	*typical = near;
	return E_OK;
}

enum err
accuracy_half(double *half, const struct accuracy *a,
    const struct accuracy_number *number, double chance)
{
	struct noise_law law;
	int64_t whole = 0;
	enum err e;

	if (!(chance >= 1e-12 && chance < 1))
		return E_ARG;
	if (number->cells == 0) {
		*half = spread_estimate(
		    sqrt(number->variance), number->kurtosis, chance);
		return E_OK;
	}
	law = accuracy_law(a->q, 0);
	e = number->cells == 1
		? spread_half_widths(&whole, &chance, 1, &law, a->q->n_nodes)
		: spread_total(
		      &whole, chance, &law, a->q->n_nodes, number->cells);
	if (e == E_OK)
		*half = (double)whole;
	return e;
}
