#include "analysis/denoise.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/mixture.h"
#include "analysis/simplex.h"
#include "analysis/sparse.h"

#define SCALES 9
#define TOTAL_ERRORS 2 /* the total moves by no more standard errors */

static const double log_2pi = 1.8378770664093454836;

/* Standard deviations of children beside their expected share. */
static const double scales[SCALES] = { 0, 1 / 16., 1 / 8., 1 / 4., 1 / 2., 1, 2,
	4, 32 };

struct work {
	const struct tree *t;
	const double *const *values;
	const struct denoise_grid *grid;
	size_t first[TREE_LEVELS]; /* of each level, in arrays of all nodes */

	/* [nodes] */
	double *variance; /* of the best estimate from the own subtree */
	double *now;      /* what the node is to show */
	double *told;     /* log-likelihood of the division below it as smooth
			   */
	double *below;    /* nodes of the level aimed at in its subtree */
	double *energy;   /* squares of its children's deviations */
	double *spread;   /* mean variance of its children */

	/* Blocks of what is being divided: the members of block b stand at
	 * [start[b], start[b + 1]), in the order of member, as do the others.
	 */
	uint32_t *start, *member, *block;
	double *expected, *deviation, *noise, *teach;
	double *tall; /* [n[0]] halves of rows */
};

static void
work_free(struct work *w)
{
	free(w->variance);
	free(w->start);
	free(w->expected);
}

static enum err
work_new(struct work *w)
{
	size_t nodes = tree_nodes(w->t), n = w->t->n[0];

	w->variance = calloc(6 * nodes, sizeof(double));
	w->start = calloc(3 * n + 1, sizeof(uint32_t));
	w->expected = calloc(5 * n, sizeof(double));
	if (w->variance == NULL || w->start == NULL || w->expected == NULL)
		return E_NOMEM;
	w->now = w->variance + nodes;
	w->told = w->now + nodes;
	w->below = w->told + nodes;
	w->energy = w->below + nodes;
	w->spread = w->energy + nodes;
	w->member = w->start + n + 1;
	w->block = w->member + n;
	w->deviation = w->expected + n;
	w->noise = w->deviation + n;
	w->teach = w->noise + n;
	w->tall = w->teach + n;
	for (unsigned l = 0; l < w->t->levels; l++)
		w->first[l] = tree_first(w->t, l);
	return E_OK;
}

/* To each node of level l + 1 add its children's; all are of all nodes. */
static void
add_up(const struct work *w, double *of, unsigned l)
{
	for (uint32_t i = 0; i < w->t->n[l]; i++)
		of[w->first[l + 1] + w->t->parent[l][i]] += of[w->first[l] + i];
}

static void
set_variances(struct work *w, const double *precision)
{
	for (uint32_t i = 0; i < w->t->n[0]; i++)
		w->variance[i] = 1 / precision[0];
	for (unsigned l = 1; l < w->t->levels; l++) {
		double *v = w->variance + w->first[l];

		add_up(w, w->variance, l - 1);
		for (uint32_t i = 0; i < w->t->n[l]; i++)
			v[i] = 1 / (precision[l] + 1 / v[i]);
	}
}

/* The roots, and with them the total. */
static enum err
show_roots(struct work *w)
{
	unsigned top = w->t->levels - 1;
	uint32_t n = w->t->n[top];
	const double *z = w->values[top], *v = w->variance + w->first[top];
	double *now = w->now + w->first[top], total = 0, sum = 0, error = 0;
	struct sparse s;
	enum err e;

	if ((e = sparse_learn(&s, z, v, NULL, n)) != E_OK)
		return e;
	for (uint32_t i = 0; i < n; i++) {
		(void)sparse_mean(&now[i], &s, z[i], v[i]);
		sum += now[i];
		total += z[i];
		error += v[i];
	}
	sparse_finish(&s);
	total = fmax(0, total);
	error = n == 1 ? 0 : TOTAL_ERRORS * sqrt(error);
	sum = fmax(total - error, fmin(total + error, sum));
	simplex_project(now, n, fmax(0, sum));
	return E_OK;
}

/* Blocks: the nodes of level lo by the node of level hi that they are in. */
static void
set_blocks(struct work *w, unsigned hi, unsigned lo)
{
	uint32_t n = w->t->n[lo], blocks = w->t->n[hi];

	memset(w->start, 0, (blocks + 1) * sizeof(*w->start));
	for (uint32_t i = 0; i < n; i++) {
		w->block[i] = i;
		for (unsigned l = lo; l < hi; l++)
			w->block[i] = w->t->parent[l][w->block[i]];
		w->start[w->block[i] + 1]++;
	}
	for (uint32_t b = 0; b < blocks; b++)
		w->start[b + 1] += w->start[b];
	for (uint32_t i = 0; i < n; i++)
		w->member[w->start[w->block[i]]++] = i;
	memmove(w->start + 1, w->start, blocks * sizeof(*w->start));
	w->start[0] = 0;
}

/* to[2n]: each cell of from[n] (both with the stride) in two halves, as the
 * parabola has them that has the same means as the cell and its neighbours. */
static void
halve(double *to, const double *from, uint32_t n, uint32_t stride)
{
	for (uint32_t i = 0; i < n; i++) {
		double x = from[(size_t)i * stride];
		double before = from[(size_t)(i > 0 ? i - 1 : i) * stride];
		double after = from[(size_t)(i + 1 < n ? i + 1 : i) * stride];
		double slope = fmax(-x, fmin(x, (after - before) / 8));

		to[(size_t)2 * i * stride] = (x - slope) / 2;
		to[((size_t)2 * i + 1) * stride] = (x + slope) / 2;
	}
}

/* What level l is expected to be, given level l + 1: blocks are set. */
static void
expect(struct work *w, unsigned l)
{
	const double *up = w->now + w->first[l + 1];
	double *square = w->now + w->first[l]; /* room for squares by place */
	uint32_t cols, rows, squares = 0;

	if (w->grid != NULL) {
		cols = w->grid->cols >> (l + 1);
		rows = w->grid->rows >> (l + 1);
		squares = 4 * cols * rows;
		assert(squares <= w->t->n[l] && squares >= 4);
		for (uint32_t x = 0; x < cols; x++)
			halve(w->tall + x, up + x, rows, cols);
		for (uint32_t y = 0; y < 2 * rows; y++)
			halve(square + (size_t)y * 2 * cols,
			    w->tall + (size_t)y * cols, cols, 1);
	}
	for (uint32_t b = 0; b < w->t->n[l + 1]; b++)
		for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++)
			w->expected[j] =
			    w->member[j] < squares
				? square[w->member[j]]
				: up[b] / (w->start[b + 1] - w->start[b]);
}

/* The estimates of block b on level l, moved to what their parent shows. */
static void
recentre(struct work *w, double *x, unsigned l, uint32_t b, double parent)
{
	const double *v = w->variance + w->first[l];
	double sum = 0, noise = 0;

	for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++) {
		x[j] = w->values[l][w->member[j]];
		w->noise[j] = v[w->member[j]];
		sum += x[j];
		noise += w->noise[j];
	}
	for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++)
		x[j] += (parent - sum) * w->noise[j] / noise;
}

static void
deviate(struct work *w, unsigned l, uint32_t b)
{
	size_t node = w->first[l + 1] + b;
	uint32_t k = w->start[b + 1] - w->start[b];

	recentre(w, w->deviation, l, b, w->now[node]);
	w->energy[node] = w->spread[node] = 0;
	for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++) {
		w->deviation[j] -= w->expected[j];
		w->energy[node] += w->deviation[j] * w->deviation[j];
		w->spread[node] += w->noise[j] / k;
	}
}

/* Variances and log-likelihoods of the k children's deviations from what a
 * node has for each of them, at each scale. */
static void
judge_scales(double *variance, double *log_likelihood, const struct work *w,
    size_t node, uint32_t k)
{
	for (unsigned s = 0; s < SCALES; s++) {
		double sd = scales[s] * w->now[node] / k, all;

		variance[s] = sd * sd;
		all = w->spread[node] + variance[s];
		log_likelihood[s] = -w->energy[node] / (2 * all) -
				    (k - 1) * (log(all) + log_2pi) / 2;
	}
}

/* Block b of level l, once it is known how often each scale occurs. */
static void
divide_block(struct work *w, unsigned l, uint32_t b, const struct mixture *mix)
{
	size_t node = w->first[l + 1] + b;
	uint32_t k = w->start[b + 1] - w->start[b];
	double variance[SCALES], log_likelihood[SCALES], chance[SCALES];
	double kept = 0, *x = w->deviation;

	judge_scales(variance, log_likelihood, w, node, k);
	w->told[node] = mixture_judge(chance, mix, log_likelihood);
	for (unsigned s = 0; s < SCALES; s++)
		kept +=
		    chance[s] * variance[s] / (variance[s] + w->spread[node]);
	for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++) {
		/* densities of deviations per node of the level aimed at */
		w->told[node] += (k - 1) / (2. * k) *
				 log(w->below[w->first[l] + w->member[j]]);
		x[j] = w->expected[j] + sqrt(kept) * x[j];
	}
	simplex_project(x + w->start[b], k, w->now[node]);
}

/* Level l from level l + 1, as smooth. */
static enum err
divide_smooth(struct work *w, unsigned l)
{
	double variance[SCALES], log_likelihood[SCALES];
	uint32_t blocks = w->t->n[l + 1];
	struct mixture mix;
	enum err e;

	if ((e = mixture_init(&mix, SCALES, blocks)) != E_OK)
		return e;
	set_blocks(w, l + 1, l);
	expect(w, l);
	for (uint32_t b = 0; b < blocks; b++) {
		size_t node = w->first[l + 1] + b;
		uint32_t k = w->start[b + 1] - w->start[b];

		deviate(w, l, b);
		if (k == 1 || w->now[node] <= 0 || !mixture_turn(&mix))
			continue;
		judge_scales(variance, log_likelihood, w, node, k);
		mixture_teach(&mix, log_likelihood);
	}
	mixture_learn(&mix);
	for (uint32_t b = 0; b < blocks; b++)
		divide_block(w, l, b, &mix);
	mixture_finish(&mix);
	for (uint32_t j = 0; j < w->t->n[l]; j++)
		w->now[w->first[l] + w->member[j]] = w->deviation[j];
	return E_OK;
}

/* Block b of level lo as sparse, into deviation; returns the log-likelihood
 * of its deviations, which is that of all less that of their sum. */
static double
divide_sparse(struct work *w, uint32_t b, const struct sparse *s, double parent)
{
	double mean, variance, sum = 0, all, off, *x = w->deviation;
	uint32_t k = w->start[b + 1] - w->start[b];

	sparse_moments(&mean, &variance, s);
	all = k * variance;
	for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++) {
		sum += sparse_mean(&x[j], s, x[j], w->noise[j]);
		all += w->noise[j];
	}
	off = parent - k * mean;
	simplex_project(x + w->start[b], k, parent);
	return sum + off * off / (2 * all) + (log(all / k) + log_2pi) / 2;
}

/* Level lo, which is there as smooth, becomes the mean of smooth and sparse;
 * told of each node of level hi is the likelihood of sparse beside smooth. */
static enum err
weigh(struct work *w, unsigned hi, unsigned lo)
{
	const double *parent = w->now + w->first[hi];
	double *now = w->now + w->first[lo], *told = w->told + w->first[hi];
	struct mixture mix;
	enum err e;

	if ((e = mixture_init(&mix, 2, w->t->n[hi])) != E_OK)
		return e;
	for (uint32_t b = 0; b < w->t->n[hi]; b++)
		if (w->start[b + 1] - w->start[b] > 1 && parent[b] > 0 &&
		    mixture_turn(&mix))
			mixture_teach(&mix, (double[]){ 0, told[b] });
	mixture_learn(&mix);
	for (uint32_t b = 0; b < w->t->n[hi]; b++) {
		double chance[2];

		(void)mixture_judge(chance, &mix, (double[]){ 0, told[b] });
		for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++)
			now[w->member[j]] = chance[0] * now[w->member[j]] +
					    chance[1] * w->deviation[j];
	}
	mixture_finish(&mix);
	return E_OK;
}

/* Level lo from level hi, which is as it is to be. */
static enum err
divide(struct work *w, unsigned hi, unsigned lo)
{
	struct sparse s;
	enum err e = E_OK;

	memset(w->below + w->first[lo + 1], 0,
	    (tree_nodes(w->t) - w->first[lo + 1]) * sizeof(double));
	for (uint32_t i = 0; i < w->t->n[lo]; i++)
		w->below[w->first[lo] + i] = 1;
	for (unsigned l = lo; l < hi; l++)
		add_up(w, w->below, l);
	for (unsigned l = hi; l-- > lo && e == E_OK;)
		e = divide_smooth(w, l);
	for (unsigned l = lo + 1; l < hi; l++)
		add_up(w, w->told, l);

	set_blocks(w, hi, lo);
	for (uint32_t b = 0; b < w->t->n[hi]; b++) {
		double parent = w->now[w->first[hi] + b];

		recentre(w, w->deviation, lo, b, parent);
		for (uint32_t j = w->start[b]; j < w->start[b + 1]; j++)
			w->teach[j] = parent;
	}
	if (e != E_OK || (e = sparse_learn(&s, w->deviation, w->noise, w->teach,
			      w->t->n[lo])) != E_OK)
		return e;
	for (uint32_t b = 0; b < w->t->n[hi]; b++)
		w->told[w->first[hi] + b] =
		    divide_sparse(w, b, &s, w->now[w->first[hi] + b]) -
		    w->told[w->first[hi] + b] - DENOISE_DOUBT;
	sparse_finish(&s);
	return weigh(w, hi, lo);
}

enum err
denoise_cells(double *cells, const struct tree *t,
    const double precision[TREE_LEVELS], const double *const *values,
    const struct denoise_grid *grid)
{
	struct work w = { .t = t, .values = values, .grid = grid };
	unsigned hi = t->levels - 1;
	enum err e;

	assert(precision[0] > 0);
	if ((e = work_new(&w)) == E_OK) {
		set_variances(&w, precision);
		e = show_roots(&w);
	}
	for (unsigned l = hi; l-- > 0 && e == E_OK;)
		if (precision[l] > 0) {
			e = divide(&w, hi, l);
			hi = l;
		}
	if (e == E_OK)
		memcpy(cells, w.now, t->n[0] * sizeof(*cells));
	work_free(&w);
	return e;
}
