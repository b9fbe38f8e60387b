/*
 * accuracy -- the error of noisy grids on a benchmark of rectangles.
 *
 *	accuracy GRID RECTANGLES SIDE RECORDS EPS NODES MODE RUNS
 *
 * GRID		256 x 256 counts, lines "row,col,count"; RECTANGLES: lines
 *		"r0,c0,r1,c1", inclusive, on SIDE x SIDE cells (bench/dpbench).
 * RECORDS	drawn from the grid's proportions, three times (seeds 1, 2, 3),
 *		each record held by one of NODES nodes.
 * EPS		of the whole answer; for Gaussian noise rho(EPS, 1e-9).
 * MODE		sum: a secret sum, Laplace noise being the sum of the nodes'
 *		Polya shares; answers: each node adds noise of the whole law to
 *		its own answer, and the answers are added.
 *
 * Prints, of each strategy and product, the mean over the rectangles of
 * |answer - truth|, averaged over RUNS of each seed (25 RUNS where only the
 * unbiased product is made, whose error does not depend on the data): lines
 * "law strategy product error", separated by tabs.  The same numbers every
 * time.
 *
 * Strategies: identity; hb, two levels of squares, even shares (Qardaji, Yang,
 * Li, PVLDB 6 (2013)); quadtree, all levels of 2 x 2 squares without the root,
 * shares of epsilon as the cube roots of the sides (of rho as square roots);
 * tree, levels of 4 x 4 squares up to 4 x 4 cells, even shares;
 * haar, the weighted tensor Haar strategy.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/account.h"
#include "analysis/denoise.h"
#include "analysis/display.h"
#include "analysis/estimate.h"
#include "analysis/haar.h"
#include "analysis/law.h"
#include "analysis/tree.h"
#include "privacy/noise.h"
#include "privacy/polya.h"
#include "tests/unit/rng_test.h"

#define GRID 256
#define BOXES 2000
#define SEEDS 3
#define MORE 25 /* times as many runs where no display is made */
#define DELTA 1e-9
#define LAWS 128   /* of one strategy, at most */
#define POOL 32768 /* draws that are made at once: tables are made anew */

struct pool {
	struct noise_law law;
	size_t left;
	int64_t draw[POOL];
};

struct setting {
	uint32_t side, records, nodes, runs;
	double eps, rho;
	bool secret;
	uint64_t upto[GRID * GRID]; /* records of the grid in cells 0 ... i */
	struct haar_box box[BOXES];
	size_t boxes;
	struct rng rng;
	struct pool *pool[LAWS];
	struct haar haar; /* .lx 0: not weighed yet */
};

struct strategy {
	const char *name;
	bool shown;   /* are there display products, too? */
	unsigned top; /* the coarsest level, of squares 2^l wide */
	double weight[TREE_LEVELS]; /* 0: not measured */
};

enum { UNBIASED, DISPLAY, DENOISED, PRODUCTS };

static const char *const products[] = { "unbiased", "display", "denoised" };

static void
need(enum err e)
{
	if (e != E_OK) {
		fprintf(stderr, "accuracy: %s\n", err_text(e));
		exit(1);
	}
}

static void *
room(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		need(E_NOMEM);
	return p;
}

static FILE *
open_file(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	return f;
}

static void
read_grid(struct setting *s, const char *path)
{
	char line[128];
	unsigned row, col;
	unsigned long count;
	FILE *f = open_file(path);

	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%u,%u,%lu", &row, &col, &count) == 3 &&
		    row < GRID && col < GRID)
			s->upto[row * GRID + col] = count;
	fclose(f);
	for (size_t i = 1; i < GRID * GRID; i++)
		s->upto[i] += s->upto[i - 1];
}

static void
read_boxes(struct setting *s, const char *path)
{
	char line[128];
	struct haar_box b;
	FILE *f = open_file(path);

	while (s->boxes < BOXES && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%u,%u,%u,%u", &b.y0, &b.x0, &b.y1, &b.x1) ==
		    4) {
			b.x1++;
			b.y1++;
			s->box[s->boxes++] = b;
		}
	fclose(f);
}

static uint64_t
draw_below(const struct setting *s, uint64_t n)
{
	uint32_t x;

	need(s->rng.fill(s->rng.ctx, &x, sizeof(x)));
	return x * n >> 32; /* n < 2^32 */
}

/* truth[side][side] of a resample. */
static void
resample(double *truth, const struct setting *s)
{
	uint32_t width = GRID / s->side;

	for (uint32_t r = 0; r < s->records; r++) {
		uint64_t at = draw_below(s, s->upto[GRID * GRID - 1]);
		size_t lo = 0, hi = GRID * GRID - 1;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (s->upto[mid] > at)
				hi = mid;
			else
				lo = mid + 1;
		}
		truth[lo / GRID / width * s->side + lo % GRID / width]++;
	}
}

/* The mean error of cells over the rectangles. */
static double
error_of(const struct setting *s, const double *cells, const double *truth)
{
	uint32_t n = s->side;
	double *sum = room((size_t)(n + 1) * (n + 1), sizeof(*sum)), all = 0;

	for (uint32_t y = 0; y < n; y++)
		for (uint32_t x = 0; x < n; x++)
			sum[(y + 1) * (n + 1) + x + 1] =
			    cells[y * n + x] - truth[y * n + x] +
			    sum[y * (n + 1) + x + 1] +
			    sum[(y + 1) * (n + 1) + x] - sum[y * (n + 1) + x];
	for (size_t b = 0; b < s->boxes; b++) {
		const struct haar_box *w = &s->box[b];

		all += fabs(sum[w->y1 * (n + 1) + w->x1] -
			    sum[w->y0 * (n + 1) + w->x1] -
			    sum[w->y1 * (n + 1) + w->x0] +
			    sum[w->y0 * (n + 1) + w->x0]);
	}
	free(sum);
	return all / (double)s->boxes;
}

static struct pool *
pool_of(struct setting *s, const struct noise_law *law)
{
	unsigned i = 0;

	while (s->pool[i] != NULL && (s->pool[i]->law.noise != law->noise ||
					 s->pool[i]->law.num != law->num ||
					 s->pool[i]->law.den != law->den))
		i++;
	assert(i < LAWS - 1);
	if (s->pool[i] == NULL) {
		s->pool[i] = room(1, sizeof(*s->pool[i]));
		s->pool[i]->law = *law;
	}
	return s->pool[i];
}

static void
pools_empty(struct setting *s)
{
	for (unsigned i = 0; s->pool[i] != NULL; i++) {
		free(s->pool[i]);
		s->pool[i] = NULL;
	}
}

/* A draw of the law of every node, added to each of counts[n]. */
static void
add_draws(
    int64_t *counts, size_t n, struct setting *s, const struct noise_law *law)
{
	struct pool *p = pool_of(s, law);

	for (size_t i = 0; i < n * s->nodes; i++) {
		if (p->left == 0) {
			need(noise_draw(p->draw, POOL, law, &s->rng));
			p->left = POOL;
		}
		counts[i % n] += p->draw[--p->left];
	}
}

/* Laplace noise of that epsilon; returns its variance. */
static double
add_laplace(int64_t *counts, size_t n, struct setting *s, double eps)
{
	/* rounded to more noise */
	struct noise_law law = { .noise = NOISE_LAPLACE,
		.num = (uint32_t)ceil(1000 / eps),
		.den = 1000 };
	struct polya share = { .a = (uint32_t)ceil(exp(-eps) * (1 << 20)),
		.b = 1 << 20,
		.h = s->nodes };
	double p = (double)share.a / share.b;

	if (!s->secret || s->nodes == 1) {
		add_draws(counts, n, s, &law);
		return s->nodes * law_variance(&law);
	}
	for (uint32_t node = 0; node < s->nodes; node++)
		need(polya_add(counts, n, &share, &s->rng));
	return 2 * p / ((1 - p) * (1 - p));
}

/* Gaussian noise near that s2, not less; returns its variance. */
static double
add_gauss(int64_t *counts, size_t n, struct setting *s, double s2)
{
	struct noise_law law = { .noise = NOISE_GAUSS,
		.num = (uint32_t)ceil(s2 * 1000),
		.den = 1000 };

	add_draws(counts, n, s, &law);
	return s->nodes * law_variance(&law);
}

/* Squares up to 2^top wide, each level four to one. */
static struct tree
squares(uint32_t side, unsigned top)
{
	struct tree t = { .levels = top + 1 };

	for (unsigned l = 0; l <= top; l++) {
		uint32_t n = side >> l;
		uint32_t *parent;

		t.n[l] = n * n;
		if (l == top)
			break;
		parent = room(t.n[l], sizeof(*parent));
		for (uint32_t i = 0; i < n * n; i++)
			parent[i] = i / n / 2 * (n / 2) + i % n / 2;
		t.parent[l] = parent;
	}
	return t;
}

static void
squares_free(struct tree *t)
{
	for (unsigned l = 0; l + 1 < t->levels; l++)
		free((void *)(uintptr_t)t->parent[l]);
}

/* The noisy counts of a level in values, from the sum of nodes' answers;
 * returns the precision. */
static double
measure(double *values, struct setting *s, const double *exact, size_t n,
    double share, bool pure)
{
	int64_t *counts = room(n, sizeof(*counts));
	double variance;

	for (size_t i = 0; i < n; i++)
		counts[i] = (int64_t)exact[i];
	variance = pure ? add_laplace(counts, n, s, s->eps * share)
			: add_gauss(counts, n, s, 0.5 / (s->rho * share));
	for (size_t i = 0; i < n; i++)
		values[i] = (double)counts[i];
	free(counts);
	return 1 / variance;
}

/* One run: adds to error[PRODUCTS]. */
static void
run_tree(double *error, struct setting *s, const struct strategy *how,
    bool pure, const double *truth)
{
	struct estimate_shape shape = { .flat = { 1, 1 },
		.tree = squares(s->side, how->top) };
	const struct tree *t = &shape.tree;
	struct denoise_grid grid = { s->side, s->side };
	double precision[TREE_LEVELS] = { 0 }, weights = 0;
	double *values = room(tree_nodes(t), sizeof(*values));
	double *exact = room(tree_nodes(t), sizeof(*exact));
	double *cells = room(t->n[0], sizeof(*cells));
	const double *level[TREE_LEVELS];

	memcpy(exact, truth, t->n[0] * sizeof(*exact));
	for (unsigned l = 0; l <= how->top; l++) {
		level[l] = values + tree_first(t, l);
		weights += how->weight[l];
		for (uint32_t i = 0; l < how->top && i < t->n[l]; i++)
			exact[tree_first(t, l + 1) + t->parent[l][i]] +=
			    exact[tree_first(t, l) + i];
	}
	for (unsigned l = 0; l <= how->top; l++)
		if (how->weight[l] > 0)
			precision[l] = measure(values + tree_first(t, l), s,
			    exact + tree_first(t, l), t->n[l],
			    how->weight[l] / weights, pure);
	need(tree_solve(values, t, precision));
	error[UNBIASED] += error_of(s, values, truth);
	if (how->shown) {
		need(display_project(cells, &shape, level));
		error[DISPLAY] += error_of(s, cells, truth);
		need(denoise_cells(cells, t, precision, level, &grid));
		error[DENOISED] += error_of(s, cells, truth);
	}
	squares_free(&shape.tree);
	free(values);
	free(exact);
	free(cells);
}

static int64_t
box_sum(const double *truth, uint32_t side, const struct haar_box *b)
{
	double sum = 0;

	for (uint32_t y = b->y0; y < b->y1; y++)
		for (uint32_t x = b->x0; x < b->x1; x++)
			sum += truth[y * side + x];
	return (int64_t)sum;
}

/* The coefficients of band (a, b), exactly: along an axis of 2^l cells block k
 * of the band is [k w, (k + 1) w), w = 2^(a + 1), halves of unlike sign. */
static void
haar_band(int64_t *out, const struct haar *h, unsigned a, unsigned b,
    const double *truth)
{
	uint32_t side = 1U << h->lx;
	uint32_t w = a < h->lx ? 2U << a : side, v = b < h->ly ? 2U << b : side;

	for (uint32_t y = 0; y < side; y += v)
		for (uint32_t x = 0; x < side; x += w) {
			int64_t sum = 0;

			for (int part = 0; part < 4; part++) {
				bool right = part & 1, upper = part & 2;
				struct haar_box box = { x, y, x + w, y + v };

				if ((right && a == h->lx) ||
				    (upper && b == h->ly))
					continue;
				if (a < h->lx) {
					box.x0 += right ? w / 2 : 0;
					box.x1 -= right ? 0 : w / 2;
				}
				if (b < h->ly) {
					box.y0 += upper ? v / 2 : 0;
					box.y1 -= upper ? 0 : v / 2;
				}
				sum += (right != upper ? -1 : 1) *
				       box_sum(truth, side, &box);
			}
			*out++ = sum;
		}
}

static struct haar
haar_of(struct setting *s)
{
	struct haar *h = &s->haar;

	if (h->lx > 0)
		return *h;
	while (1U << h->lx < s->side)
		h->lx++;
	h->ly = h->lx;
	haar_weigh_boxes(h, 0, 0.5 / s->rho, false, s->box, s->boxes);
	return *h;
}

static void
run_haar(double *error, struct setting *s, const double *truth)
{
	struct haar h = haar_of(s);
	size_t n = (size_t)s->side * s->side, at = 0;
	int64_t *coefficients = room(n, sizeof(*coefficients));
	double *cells = room(n, sizeof(*cells));

	for (unsigned b = 0; b <= h.ly; b++)
		for (unsigned a = 0; a <= h.lx; a++) {
			size_t m = haar_band_cells(&h, a, b);

			haar_band(coefficients + at, &h, a, b, truth);
			(void)add_gauss(coefficients + at, m, s,
			    h.variance[b * (h.lx + 1) + a]);
			at += m;
		}
	need(haar_solve(cells, &h, coefficients));
	error[UNBIASED] += error_of(s, cells, truth);
	free(coefficients);
	free(cells);
}

/* The last one without levels is haar. */
static unsigned
strategies(struct strategy out[5], uint32_t side, bool pure)
{
	unsigned depth = 0;

	while (1U << depth < side)
		depth++;
	out[0] = (struct strategy){ .name = "identity", .weight = { 1 } };
	out[1] = (struct strategy){
		.name = "hb", .top = (depth + 1) / 2, .weight = { 1 }
	};
	out[1].weight[out[1].top] = 1;
	out[2] = (struct strategy){
		.name = "quadtree", .shown = true, .top = depth - 1
	};
	for (unsigned l = 0; l <= out[2].top; l++)
		out[2].weight[l] = pow(side >> l, pure ? 1 / 3. : 0.5);
	out[3] = (struct strategy){
		.name = "tree", .shown = true, .top = depth - 2
	};
	for (unsigned l = 0; l <= out[3].top; l += 2)
		out[3].weight[l] = 1;
	out[4] = (struct strategy){ .name = "haar" };
	return pure ? 4 : 5;
}

static void
print_errors(const char *law, const char *name, const double *error, double n)
{
	for (int p = 0; p < PRODUCTS; p++)
		if (error[p] > 0)
			printf("%s\t%s\t%s\t%.3f\n", law, name, products[p],
			    error[p] / n);
}

static void
run_all(struct setting *s, double *const truths[SEEDS], bool pure)
{
	struct strategy how[5];
	unsigned n = strategies(how, s->side, pure);

	for (unsigned i = 0; i < n; i++) {
		struct quick st = { 1000 + i };
		double error[PRODUCTS] = { 0 };
		uint32_t runs = SEEDS * s->runs * (how[i].shown ? 1 : MORE);

		s->rng = quick_rng(&st);
		for (uint32_t r = 0; r < runs; r++)
			if (how[i].weight[0] > 0)
				run_tree(
				    error, s, &how[i], pure, truths[r % SEEDS]);
			else
				run_haar(error, s, truths[r % SEEDS]);
		pools_empty(s);
		print_errors(pure ? "pure" : "zcdp", how[i].name, error, runs);
	}
}

int
main(int argc, char **argv)
{
	static struct setting s;
	double *truths[SEEDS];

	if (argc != 9) {
		fputs("accuracy GRID RECTANGLES SIDE RECORDS EPS NODES MODE "
		      "RUNS\n",
		    stderr);
		return 2;
	}
	read_grid(&s, argv[1]);
	read_boxes(&s, argv[2]);
	s.side = (uint32_t)atoi(argv[3]);
	s.records = (uint32_t)atoi(argv[4]);
	s.eps = atof(argv[5]);
	s.nodes = (uint32_t)atoi(argv[6]);
	s.secret = strcmp(argv[7], "sum") == 0;
	s.runs = (uint32_t)atoi(argv[8]);
	need(account_rho(&s.rho, s.eps, DELTA));
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct quick st = { seed + 1 };

		s.rng = quick_rng(&st);
		truths[seed] =
		    room((size_t)s.side * s.side, sizeof(*truths[seed]));
		resample(truths[seed], &s);
	}
	run_all(&s, truths, true);
	run_all(&s, truths, false);
	for (int seed = 0; seed < SEEDS; seed++)
		free(truths[seed]);
	return 0;
}
