#include "client/steps.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/tree.h"

#define ROUNDS 60
#define ENOUGH 1e-5  /* relative gain below which rounds end */
#define LEAST 0.005  /* a smaller share is not worth a histogram */
#define SIMPLER 0.99 /* more levels must be better by that */

struct steps {
	struct tree tree;
	uint32_t *parents[TREE_LEVELS];
	double *h; /* [nodes] */
	bool gauss;
};

static void
finish(struct steps *s)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		free(s->parents[l]);
	free(s->h);
}

static enum err
start(struct steps *s, uint32_t months, unsigned levels)
{
	struct tree *t = &s->tree;

	t->levels = levels;
	t->n[0] = months;
	for (unsigned l = 0; l + 1 < levels; l++) {
		t->n[l + 1] = (t->n[l] + 1) / 2;
		s->parents[l] = calloc(t->n[l], sizeof(*s->parents[l]));
		if (s->parents[l] == NULL)
			return E_NOMEM;
		for (uint32_t i = 0; i < t->n[l]; i++)
			s->parents[l][i] = i / 2;
		t->parent[l] = s->parents[l];
	}
	s->h = calloc(tree_nodes(t), sizeof(*s->h));
	return s->h == NULL ? E_NOMEM : E_OK;
}

/*
 * part[l] gets what the noise of level l contributes to the mean.  With A the
 * matrix of the least-squares problem and w the months of a total, h = A^-1 w
 * is what the tree solves for measurements w / precision[0] of the months and 0
 * of all else, and the noise of a block enters the total precision * h times.
 */
static enum err
contributions(double *part, struct steps *s, const double *precision)
{
	const struct tree *t = &s->tree;
	uint32_t months = t->n[0];
	enum err e;

	memset(part, 0, STEPS_LEVELS * sizeof(*part));
	for (uint32_t to = 1; to <= months; to++) {
		const double *h = s->h;

		memset(s->h, 0, tree_nodes(t) * sizeof(*s->h));
		for (uint32_t i = 0; i < to; i++)
			s->h[i] = 1 / precision[0];
		if ((e = tree_solve(s->h, t, precision)) != E_OK)
			return e;
		for (unsigned l = 0; l < t->levels; h += t->n[l], l++)
			for (uint32_t i = 0; i < t->n[l]; i++)
				part[l] +=
				    precision[l] * h[i] * h[i] / to / months;
	}
	return E_OK;
}

/* The best shares for estimates whose noise contributes part[l]; the sum. */
static double
rebalance(double *share, const double *part, unsigned levels, bool gauss)
{
	double sum = 0, all = 0;

	for (unsigned l = 0; l < levels; l++) {
		all += part[l];
		share[l] = gauss ? sqrt(part[l] * share[l])
				 : cbrt(part[l] * share[l] * share[l]);
		sum += share[l];
	}
	for (unsigned l = 0; l < levels; l++)
		share[l] /= sum;
	return all;
}

/* Levels 0 ... n - 1, the small ones left out on the way. */
static enum err
settle(double *share, double *worth, struct steps *s, unsigned n)
{
	double part[STEPS_LEVELS], precision[TREE_LEVELS];
	double last = INFINITY;
	enum err e;

	for (unsigned l = 0; l < s->tree.levels; l++)
		share[l] = l < n ? 1.0 / n : 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		memset(precision, 0, sizeof(precision));
		for (unsigned l = 0; l < n; l++)
			precision[l] =
			    s->gauss ? share[l] : share[l] * share[l];
		if ((e = contributions(part, s, precision)) != E_OK)
			return e;
		*worth = 0;
		for (unsigned l = 0; l < n; l++)
			*worth += part[l];
		if (*worth > last * (1 - ENOUGH))
			break;
		last = *worth;
		rebalance(share, part, n, s->gauss);
		for (unsigned l = 1; l < n; l++)
			if (share[l] < LEAST && share[l] > 0) {
				share[l] = 0;
				last = INFINITY;
			}
	}
	return E_OK;
}

enum err
steps_shares(
    double *share, double *worth, uint32_t months, unsigned levels, bool gauss)
{
	struct steps s = { .gauss = gauss };
	double now[STEPS_LEVELS], w, best = INFINITY;
	enum err e = start(&s, months, levels);

	assert(levels >= 1 && levels <= STEPS_LEVELS && months >= 1);
	for (unsigned n = 1; n <= levels && e == E_OK; n++) {
		if ((e = settle(now, &w, &s, n)) != E_OK || w > best * SIMPLER)
			continue;
		best = w;
		memcpy(share, now, levels * sizeof(*share));
	}
	if (e == E_OK)
		*worth = best;
	finish(&s);
	return e;
}
