#include "analysis/fold.h"

#include <stdlib.h>
#include <string.h>

struct knot {
	uint32_t parent; /* a knot */
	double times;    /* below each node that the parent stands for */
	double part;     /* of the nodes of its level */

	double z, sum, h;    /* analysis/tree.c: var z, V, var h */
	double dz, dsum, dh; /* the derivatives of the result by them */
};

struct fold {
	unsigned levels;
	size_t first[TREE_LEVELS + 1]; /* knots of level l: from first[l + 1] up
					* to first[l]: the last level first */
	struct knot *knots;
};

struct place { /* of a node among those of its level */
	uint64_t form;
	uint32_t parent; /* knot */
	uint32_t node;
};

/* The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* form[nodes]: of leaves 0, of others the sum of their children's, mixed. */
static void
set_forms(uint64_t *form, const struct tree *t)
{
	for (unsigned l = 0; l + 1 < t->levels; l++) {
		const uint64_t *here = form + tree_first(t, l);
		uint64_t *above = form + tree_first(t, l + 1);

		for (uint32_t i = 0; i < t->n[l]; i++)
			above[t->parent[l][i]] += mix(here[i]);
	}
}

static int
place_order(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->parent != q->parent)
		return p->parent < q->parent ? -1 : 1;
	if (p->form != q->form)
		return p->form < q->form ? -1 : 1;
	return p->node < q->node ? -1 : p->node > q->node;
}

/* Level l becomes knots; knot[nodes] says which, of it and the levels above.
 * A knot's times is the number of nodes until the caller divides. */
static void
fold_level(struct fold *f, uint32_t *knot, struct place *places,
    const uint64_t *form, const struct tree *t, unsigned l)
{
	size_t first = tree_first(t, l), at = f->first[l + 1];
	uint32_t n = t->n[l];

	for (uint32_t i = 0; i < n; i++)
		places[i] = (struct place){ form[first + i],
			l + 1 < t->levels ? knot[first + n + t->parent[l][i]]
					  : 0,
			i };
	qsort(places, n, sizeof(*places), place_order);
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && (places[i].parent != places[i - 1].parent ||
				 places[i].form != places[i - 1].form))
			at++;
		f->knots[at].parent = places[i].parent;
		f->knots[at].times++;
		f->knots[at].part += 1.0 / n;
		knot[first + places[i].node] = (uint32_t)at;
	}
	f->first[l] = at + 1;
}

/* times was the number of nodes: finest first, as the parent's is needed. */
static void
divide(struct fold *f)
{
	for (size_t k = f->first[0]; k-- > f->first[f->levels - 1];)
		f->knots[k].times /= f->knots[f->knots[k].parent].times;
}

enum err
fold_new(struct fold **out, const struct tree *t)
{
	size_t nodes = tree_nodes(t);
	struct fold *f = calloc(1, sizeof(*f));
	uint64_t *form = calloc(nodes, sizeof(*form));
	uint32_t *knot = calloc(nodes, sizeof(*knot));
	struct place *places = calloc(t->n[0], sizeof(*places));
	enum err e = E_NOMEM;

	if (f == NULL || form == NULL || knot == NULL || places == NULL ||
	    (f->knots = calloc(nodes, sizeof(*f->knots))) == NULL)
		goto out;
	f->levels = t->levels;
	set_forms(form, t);
	for (unsigned l = t->levels; l-- > 0;)
		fold_level(f, knot, places, form, t, l);
	divide(f);
	*out = f;
	f = NULL;
	e = E_OK;
out:
	free(form);
	free(knot);
	free(places);
	fold_free(f);
	return e;
}

void
fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	free(f->knots);
	free(f);
}

size_t
fold_size(const struct fold *f)
{
	return f->first[0];
}

/* z and sum of all knots: their variances from their own subtrees. */
static void
go_up(struct fold *f, const double *precision)
{
	for (size_t k = 0; k < f->first[0]; k++)
		f->knots[k].sum = 0;
	for (unsigned l = 0; l < f->levels; l++)
		for (size_t i = f->first[l + 1]; i < f->first[l]; i++) {
			struct knot *k = &f->knots[i];

			k->z = 1 / (precision[l] + (l > 0 ? 1 / k->sum : 0));
			if (l + 1 < f->levels)
				f->knots[k->parent].sum += k->times * k->z;
		}
}

/* h of all knots, and dh as far as the result holds it directly. */
static double
go_down(struct fold *f, const double *weight)
{
	double mean = 0;

	for (unsigned l = f->levels; l-- > 0;)
		for (size_t i = f->first[l + 1]; i < f->first[l]; i++) {
			struct knot *k = &f->knots[i];
			const struct knot *p = &f->knots[k->parent];

			k->h = k->z;
			if (l + 1 < f->levels) {
				double share = k->z / p->sum;

				k->h += share * (share * p->h - k->z);
			}
			k->dh = weight[l] * k->part;
			k->dsum = 0;
			mean += k->dh * k->h;
		}
	return mean;
}

/* go_down in reverse: dz and dsum, as far as h depends on them. */
static void
differentiate_down(struct fold *f)
{
	for (unsigned l = 0; l < f->levels; l++)
		for (size_t i = f->first[l + 1]; i < f->first[l]; i++) {
			struct knot *k = &f->knots[i];
			struct knot *p = &f->knots[k->parent];
			double share, ratio;

			k->dz = k->dh;
			if (l + 1 == f->levels)
				continue;
			share = k->z / p->sum;
			ratio = p->h / p->sum;
			k->dz -= 2 * share * (1 - ratio) * k->dh;
			p->dsum += k->dh * share * share * (1 - 2 * ratio);
			p->dh += k->dh * share * share;
		}
}

/* go_up in reverse: slopes. */
static void
differentiate_up(struct fold *f, double *slope)
{
	memset(slope, 0, TREE_LEVELS * sizeof(*slope));
	for (unsigned l = f->levels; l-- > 0;)
		for (size_t i = f->first[l + 1]; i < f->first[l]; i++) {
			struct knot *k = &f->knots[i];
			const struct knot *p = &f->knots[k->parent];

			if (l + 1 < f->levels)
				k->dz += k->times * p->dsum;
			slope[l] += k->dz * k->z * k->z;
			if (l > 0)
				k->dsum +=
				    k->dz * k->z / k->sum * k->z / k->sum;
		}
}

double
fold_mean(struct fold *f, double slope[TREE_LEVELS],
    const double precision[TREE_LEVELS], const double weight[TREE_LEVELS])
{
	double mean;

	go_up(f, precision);
	mean = go_down(f, weight);
	differentiate_down(f);
	differentiate_up(f, slope);
	return mean;
}
