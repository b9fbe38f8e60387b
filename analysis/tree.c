/*
 * Up, from the finest level: z of a node is the best estimate from what was
 * measured in its own subtree, the mean, weighted by precision, of its
 * measurement y and the sum s of its children's z; V is the variance of s:
 *
 *	var z = 1 / (lambda + 1 / V),  z = s + alpha (y - s),
 *	alpha = lambda var z.
 *
 * Down: h of a root is its z; what a node's h has more than s is divided among
 * its children as their variances are, f of a child being (var z) / V:
 *
 *	h_c = z_c + f_c (h - s),
 *	var h_c = (1 - f_c) var z_c + f_c^2 var h.
 *
 * Fourth cumulants add up like variances, over independent terms, with fourth
 * powers of the factors.  For that h of a node is written as A s + rest, where
 * rest is independent of the node's subtree below it.
 */
#include "analysis/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct tree_solver {
	struct tree t;
	size_t leaves, nodes;
	double *z;     /* [nodes] var z */
	double *alpha; /* [nodes] of the leaves: 1 */
	double *f;     /* [nodes] of the last level: 0 */
	double *s;     /* [nodes - leaves] work: s, then h - s */
};

size_t
tree_first(const struct tree *t, unsigned level)
{
	size_t first = 0;

	for (unsigned l = 0; l < level; l++)
		first += t->n[l];
	return first;
}

size_t
tree_nodes(const struct tree *t)
{
	return tree_first(t, t->levels);
}

static double
fourth_power(double x)
{
	return x * x * x * x;
}

/* into[parent] += from[child], for all children of level l; both arrays are
 * of all nodes. */
static void
add_up(double *into, const double *from, const struct tree *t, unsigned l)
{
	const uint32_t *parent = t->parent[l];
	double *up = into + tree_first(t, l + 1);
	const double *down = from + tree_first(t, l);

	for (uint32_t i = 0; i < t->n[l]; i++)
		up[parent[i]] += down[i];
}

/* z, alpha and f; f holds V on the way. */
static void
set_gains(struct tree_solver *s, const double *precision)
{
	const struct tree *t = &s->t;

	for (size_t i = 0; i < s->leaves; i++) {
		s->z[i] = 1 / precision[0];
		s->alpha[i] = 1;
	}
	for (unsigned l = 1; l < t->levels; l++) {
		size_t first = tree_first(t, l);

		add_up(s->f, s->z, t, l - 1);
		for (size_t i = first; i < first + t->n[l]; i++) {
			s->z[i] = 1 / (precision[l] + 1 / s->f[i]);
			s->alpha[i] = precision[l] * s->z[i];
		}
	}
	for (unsigned l = 0; l + 1 < t->levels; l++) {
		size_t first = tree_first(t, l);
		const double *sum = s->f + first + t->n[l];

		for (uint32_t i = 0; i < t->n[l]; i++)
			s->f[first + i] =
			    s->z[first + i] / sum[t->parent[l][i]];
	}
	memset(s->f + s->nodes - t->n[t->levels - 1], 0,
	    t->n[t->levels - 1] * sizeof(*s->f));
}

enum err
tree_solver_new(struct tree_solver **out, const struct tree *t,
    const double precision[TREE_LEVELS])
{
	struct tree_solver *s = calloc(1, sizeof(*s));

	assert(t->levels >= 1 && t->levels <= TREE_LEVELS);
	assert(precision[0] > 0);
	if (s == NULL)
		return E_NOMEM;
	s->t = *t;
	s->leaves = t->n[0];
	s->nodes = tree_nodes(t);
	if ((s->z = calloc(4 * s->nodes, sizeof(*s->z))) == NULL) {
		free(s);
		return E_NOMEM;
	}
	s->alpha = s->z + s->nodes;
	s->f = s->alpha + s->nodes;
	s->s = s->f + s->nodes;
	set_gains(s, precision);
	*out = s;
	return E_OK;
}

void
tree_solver_free(struct tree_solver *s)
{
	if (s == NULL)
		return;
	free(s->z);
	free(s);
}

/* z of level l from y, in place. */
static void
run_up(struct tree_solver *s, double *values, unsigned l)
{
	size_t first = tree_first(&s->t, l);
	double *sum = s->s + first - s->leaves;
	const double *alpha = s->alpha + first;
	const uint32_t *parent = s->t.parent[l - 1];
	const double *below = values + first - s->t.n[l - 1];

	memset(sum, 0, s->t.n[l] * sizeof(*sum));
	for (uint32_t i = 0; i < s->t.n[l - 1]; i++)
		sum[parent[i]] += below[i];
	for (uint32_t i = 0; i < s->t.n[l]; i++) {
		double y = values[first + i];

		/* what was not measured is not read: it may be anything */
		values[first + i] =
		    alpha[i] > 0 ? sum[i] + alpha[i] * (y - sum[i]) : sum[i];
	}
}

/* h of level l - 1 from z, in place. */
static void
run_down(struct tree_solver *s, double *values, unsigned l)
{
	size_t first = tree_first(&s->t, l);
	double *more = s->s + first - s->leaves;
	const double *f = s->f + first - s->t.n[l - 1];
	const uint32_t *parent = s->t.parent[l - 1];
	double *below = values + first - s->t.n[l - 1];

	for (uint32_t i = 0; i < s->t.n[l]; i++)
		more[i] = values[first + i] - more[i];
	for (uint32_t i = 0; i < s->t.n[l - 1]; i++)
		below[i] += f[i] * more[parent[i]];
}

void
tree_solver_run(struct tree_solver *s, double *values)
{
	for (unsigned l = 1; l < s->t.levels; l++)
		run_up(s, values, l);
	for (unsigned l = s->t.levels - 1; l > 0; l--)
		run_down(s, values, l);
}

enum err
tree_solve(
    double *values, const struct tree *t, const double precision[TREE_LEVELS])
{
	struct tree_solver *s;
	enum err e;

	if ((e = tree_solver_new(&s, t, precision)) != E_OK)
		return e;
	tree_solver_run(s, values);
	tree_solver_free(s);
	return E_OK;
}

static void
set_variances(double *variance, const struct tree_solver *s)
{
	const struct tree *t = &s->t;

	memcpy(variance, s->z, s->nodes * sizeof(*variance));
	for (unsigned l = t->levels - 1; l > 0; l--) {
		size_t first = tree_first(t, l - 1);
		const double *above = variance + first + t->n[l - 1];

		for (uint32_t i = 0; i < t->n[l - 1]; i++) {
			double f = s->f[first + i];

			variance[first + i] =
			    (1 - f) * s->z[first + i] +
			    f * f * above[t->parent[l - 1][i]];
		}
	}
}

/* What the fourth cumulants are made of, each [nodes]. */
struct fourths {
	double *z;     /* of z */
	double *below; /* the sum of z of the children */
	double *rest;  /* of rest */
	double *a;     /* A */
};

static void
fourths_up(
    struct fourths *k, const struct tree_solver *s, const double *fourth_of)
{
	for (unsigned l = 0; l < s->t.levels; l++) {
		size_t first = tree_first(&s->t, l);

		if (l > 0)
			add_up(k->below, k->z, &s->t, l - 1);
		for (size_t i = first; i < first + s->t.n[l]; i++) {
			double own = fourth_power(s->alpha[i]);

			k->a[i] = 1 - s->alpha[i];
			k->rest[i] = own > 0 ? own * fourth_of[l] : 0;
			k->z[i] =
			    k->rest[i] + fourth_power(k->a[i]) * k->below[i];
		}
	}
}

/* fourth holds that of h of the levels from l on; that of level l - 1 follows,
 * with A and rest, which start as those of roots. */
static void
fourths_down(
    double *fourth, struct fourths *k, const struct tree_solver *s, unsigned l)
{
	size_t above = tree_first(&s->t, l), first = above - s->t.n[l - 1];

	for (size_t i = first; i < above; i++) {
		size_t p = above + s->t.parent[l - 1][i - first];
		double f = s->f[i], of_siblings = f * (k->a[p] - 1);
		double of_own = 1 + of_siblings, own = fourth_power(of_own);
		double others =
		    fourth_power(of_siblings) * (k->below[p] - k->z[i]) +
		    fourth_power(f) * k->rest[p];

		fourth[i] = own * k->z[i] + others;
		k->rest[i] = own * k->rest[i] + others;
		k->a[i] *= of_own;
	}
}

static enum err
set_fourths(
    double *fourth, const struct tree_solver *s, const double *fourth_of)
{
	double *work = calloc(4 * s->nodes, sizeof(*work));
	struct fourths k;

	if (work == NULL)
		return E_NOMEM;
	k.z = work;
	k.below = k.z + s->nodes;
	k.rest = k.below + s->nodes;
	k.a = k.rest + s->nodes;
	fourths_up(&k, s, fourth_of);
	memcpy(fourth, k.z, s->nodes * sizeof(*fourth));
	for (unsigned l = s->t.levels - 1; l > 0; l--)
		fourths_down(fourth, &k, s, l);
	free(work);
	return E_OK;
}

enum err
tree_variances(double *variance, double *fourth, const struct tree *t,
    const double precision[TREE_LEVELS], const double fourth_of[TREE_LEVELS])
{
	struct tree_solver *s;
	enum err e;

	if ((e = tree_solver_new(&s, t, precision)) != E_OK)
		return e;
	if (fourth != NULL)
		e = set_fourths(fourth, s, fourth_of);
	if (e == E_OK)
		set_variances(variance, s);
	tree_solver_free(s);
	return e;
}

/*
 * With A the matrix of all measurements and W their precisions, the variance is
 * w' (A'WA)^-1 w; and (A'WA)^-1 w is what measurements of w / lambda_0 in the
 * leaves and of 0 elsewhere are solved to.
 */
enum err
tree_query_variance(double *variance, const double *weights,
    const struct tree *t, const double precision[TREE_LEVELS])
{
	double *u = calloc(tree_nodes(t), sizeof(*u)), sum = 0;
	enum err e;

	if (u == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < t->n[0]; i++)
		u[i] = weights[i] / precision[0];
	if ((e = tree_solve(u, t, precision)) == E_OK) {
		for (uint32_t i = 0; i < t->n[0]; i++)
			sum += weights[i] * u[i];
		*variance = sum;
	}
	free(u);
	return e;
}
