/*
 * tests/unit/analysis/dense_test.h -- least squares the long way, and random
 * trees to hold the short way against.
 */
#ifndef TESTS_UNIT_ANALYSIS_DENSE_TEST_H
#define TESTS_UNIT_ANALYSIS_DENSE_TEST_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/tree.h"
#include "tests/unit/rng_test.h"

/* m measurements of k unknowns: y = A x + noise. */
struct dense {
	size_t m, k;
	double *a;         /* [m][k] */
	double *precision; /* [m] */
	double *cov;       /* [k][k]: (A'WA)^-1 */
};

static inline struct dense
dense_new(size_t m, size_t k)
{
	return (struct dense){ m, k, calloc(m * k, sizeof(double)),
		calloc(m, sizeof(double)), calloc(k * k, sizeof(double)) };
}

static inline void
dense_free(struct dense *d)
{
	free(d->a);
	free(d->precision);
	free(d->cov);
}

/* Gauss and Jordan on [N | 1]; N is positive definite: no pivoting. */
static inline void
dense_invert(struct dense *d)
{
	size_t k = d->k;
	double *n = calloc(k * k, sizeof(*n));

	for (size_t i = 0; i < d->m; i++)
		for (size_t r = 0; r < k; r++)
			for (size_t c = 0; c < k; c++)
				n[r * k + c] += d->precision[i] *
						d->a[i * k + r] *
						d->a[i * k + c];
	memset(d->cov, 0, k * k * sizeof(double));
	for (size_t i = 0; i < k; i++)
		d->cov[i * k + i] = 1;
	for (size_t p = 0; p < k; p++) {
		double pivot = n[p * k + p];

		for (size_t c = 0; c < k; c++) {
			n[p * k + c] /= pivot;
			d->cov[p * k + c] /= pivot;
		}
		for (size_t r = 0; r < k; r++) {
			double f = n[r * k + p];

			if (r == p || f == 0)
				continue;
			for (size_t c = 0; c < k; c++) {
				n[r * k + c] -= f * n[p * k + c];
				d->cov[r * k + c] -= f * d->cov[p * k + c];
			}
		}
	}
	free(n);
}

/* gain[m]: the factors of the measurements in the estimate of w'x. */
static inline void
dense_gains(const struct dense *d, const double *w, double *gain)
{
	double *u = calloc(d->k, sizeof(*u));

	for (size_t r = 0; r < d->k; r++)
		for (size_t c = 0; c < d->k; c++)
			u[c] += w[r] * d->cov[r * d->k + c];
	for (size_t i = 0; i < d->m; i++) {
		gain[i] = 0;
		for (size_t c = 0; c < d->k; c++)
			gain[i] += d->precision[i] * d->a[i * d->k + c] * u[c];
	}
	free(u);
}

static inline double
dense_variance(const struct dense *d, const double *w)
{
	double sum = 0;

	for (size_t r = 0; r < d->k; r++)
		for (size_t c = 0; c < d->k; c++)
			sum += w[r] * d->cov[r * d->k + c] * w[c];
	return sum;
}

/* A number in [0, n). */
static inline uint32_t
dense_below(struct stream *st, uint32_t n)
{
	return (uint32_t)(stream_unit(st) * n);
}

struct forest {
	struct tree t;
	uint32_t *parent[TREE_LEVELS];
};

/* Children of a node stand anywhere, every node has one to max. */
static inline struct forest
forest_random(struct stream *st, unsigned levels, uint32_t roots, uint32_t max)
{
	struct forest f = { .t = { .levels = levels } };
	uint32_t n = roots;

	f.t.n[levels - 1] = n;
	for (unsigned l = levels - 1; l-- > 0;) {
		uint32_t *parent = calloc((size_t)n * max, sizeof(*parent));
		uint32_t m = 0;

		for (uint32_t v = 0; v < n; v++)
			for (uint32_t c = 1 + dense_below(st, max); c > 0; c--)
				parent[m++] = v;
		for (uint32_t i = m; i-- > 1;) {
			uint32_t j = dense_below(st, i + 1), x = parent[i];

			parent[i] = parent[j];
			parent[j] = x;
		}
		f.parent[l] = parent;
		f.t.parent[l] = parent;
		f.t.n[l] = n = m;
	}
	return f;
}

/* Every node has b children, one after another. */
static inline struct forest
forest_regular(unsigned levels, uint32_t roots, uint32_t b)
{
	struct forest f = { .t = { .levels = levels } };
	uint32_t n = roots;

	f.t.n[levels - 1] = n;
	for (unsigned l = levels - 1; l-- > 0;) {
		f.t.n[l] = n *= b;
		f.parent[l] = calloc(n, sizeof(uint32_t));
		f.t.parent[l] = f.parent[l];
		for (uint32_t i = 0; i < n; i++)
			f.parent[l][i] = i / b;
	}
	return f;
}

static inline void
forest_free(struct forest *f)
{
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		free(f->parent[l]);
}

/* The node of a level that leaf i is in. */
static inline uint32_t
forest_above(const struct tree *t, uint32_t i, unsigned level)
{
	for (unsigned l = 0; l < level; l++)
		i = t->parent[l][i];
	return i;
}

#endif
