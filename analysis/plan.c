/*
 * By turns: the best estimator for the shares, which is least squares, and the
 * best shares for that estimator.  An estimator with fixed factors has the
 * variance sum of a_i v_i over the parts' variances v_i, where a_i = (1 /
 * v_i)^2 times the slope of the least variance along the precision 1 / v_i
 * (analysis/fold); with v_i = unit / s_i^k (k = 1 for rho, 2 for epsilon) the
 * best shares go as the (k + 1)-th root of a_i.  Neither turn makes the
 * variance larger.
 *
 * k = 1: the variance is convex in the shares, and of degree -1: with d_i its
 * slope along share i (downwards), no shares are better than F (2 - max d_i /
 * F).  So it is known when they are good enough.
 * k = 2: shares of 0 stay 0, and every choice of parts has a best of its own,
 * to which the turns lead; choices are searched by adding, removing and
 * exchanging one part at a time.
 */
#include "analysis/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/component.h"
#include "analysis/fold.h"

#define GAP 1e-4   /* relative, of turns that have come to their end */
#define LOOSE 1e-3 /* of turns whose result is only compared */
#define SPARE 3e-4 /* what parts that are left out may cost together */
#define FLOOR 1e-4 /* the least share of the cells themselves */
#define TURNS 2000
#define WORK (1 << 18) /* sets times nodes up to which all sets are tried */

/* Components of which the same parts tell: analysis/estimate.c. */
struct side {
	unsigned one;
	double weight[TREE_LEVELS]; /* of the mean variances of its levels */
};

struct plan {
	const struct estimate_shape *shape;
	struct estimate_part parts[ESTIMATE_PARTS];
	double lengths[ESTIMATE_PARTS];
	size_t n, cells; /* the part that is always measured */
	double power, unit;
	struct side sides[COMPONENTS];
	unsigned n_sides;
	struct fold *fold;
};

/* Shares, and what they are worth. */
struct shares {
	double of[ESTIMATE_PARTS];
	double slope[ESTIMATE_PARTS]; /* along the precision 1 / v */
	double worth;
};

static bool
same_parts_tell(const struct plan *p, unsigned r, unsigned q)
{
	for (size_t i = 0; i < p->n; i++)
		if (component_told(p->parts[i].apart, r) !=
		    component_told(p->parts[i].apart, q))
			return false;
	return true;
}

static void
set_sides(struct plan *p, const struct plan_view *views, size_t n)
{
	for (unsigned r = 0; r < COMPONENTS; r++) {
		struct side *s = p->sides;

		if (!component_exists(p->shape->flat, r))
			continue;
		while (
		    s < p->sides + p->n_sides && !same_parts_tell(p, r, s->one))
			s++;
		if (s == p->sides + p->n_sides) {
			p->n_sides++;
			s->one = r;
		}
		for (size_t v = 0; v < n; v++)
			s->weight[views[v].level] +=
			    views[v].weight *
			    component_share(p->shape->flat, views[v].apart, r);
	}
}

/* 1 / v of a part. */
static double
precision_of(const struct plan *p, const struct shares *s, size_t i)
{
	return pow(s->of[i], p->power) / p->unit;
}

/* worth and slopes. */
static void
evaluate(struct plan *p, struct shares *s)
{
	s->worth = 0;
	memset(s->slope, 0, sizeof(s->slope));
	for (unsigned k = 0; k < p->n_sides; k++) {
		const struct side *side = &p->sides[k];
		double precision[TREE_LEVELS] = { 0 }, slope[TREE_LEVELS];

		for (size_t i = 0; i < p->n; i++)
			if (component_told(p->parts[i].apart, side->one))
				precision[p->parts[i].level] +=
				    p->lengths[i] * precision_of(p, s, i);
		s->worth += fold_mean(p->fold, slope, precision, side->weight);
		for (size_t i = 0; i < p->n; i++)
			if (component_told(p->parts[i].apart, side->one))
				s->slope[i] +=
				    p->lengths[i] *
				    fmax(slope[p->parts[i].level], 0);
	}
}

/* Sum 1, the cells not below FLOOR. */
static void
normalise(const struct plan *p, double *share)
{
	double others = 0, cells;

	for (size_t i = 0; i < p->n; i++)
		if (i != p->cells)
			others += share[i];
	cells = share[p->cells] / (share[p->cells] + others);
	if (!(cells > FLOOR))
		cells = others > 0 ? FLOOR : 1;
	for (size_t i = 0; i < p->n; i++)
		share[i] *= others > 0 ? (1 - cells) / others : 0;
	share[p->cells] = cells;
}

/* Are no other shares of the same parts better by more than gap?  For rho. */
static bool
certain(const struct plan *p, const struct shares *s, double gap)
{
	for (size_t i = 0; i < p->n; i++)
		if (s->of[i] > 0 &&
		    s->slope[i] / p->unit > s->worth * (1 + gap))
			return false;
	return true;
}

/* Turns until gap is reached, or the worth is enough; s is evaluated. */
static void
settle(struct plan *p, struct shares *s, double gap, double enough)
{
	double before = INFINITY;

	normalise(p, s->of);
	evaluate(p, s);
	for (unsigned turn = 0; turn < TURNS && s->worth > enough; turn++) {
		if (p->power == 1 && certain(p, s, gap))
			return;
		if (p->power == 2 && before - s->worth < gap / 100 * s->worth)
			return;
		before = s->worth;
		for (size_t i = 0; i < p->n; i++) {
			double precision = precision_of(p, s, i);

			s->of[i] = pow(precision * precision * s->slope[i],
			    1 / (p->power + 1));
		}
		normalise(p, s->of);
		evaluate(p, s);
	}
}

/* Settles, and is *best from then on if it is better. */
static bool
challenge(struct plan *p, struct shares *best, struct shares *s)
{
	settle(p, s, LOOSE, 0);
	if (s->worth >= best->worth * (1 - LOOSE / 10))
		return false;
	*best = *s;
	return true;
}

/* Does the part matter?  Shares that die out stay above 0 for a while. */
static bool
used(const struct shares *s, size_t i)
{
	return s->of[i] > 2 * FLOOR;
}

/* Equal shares of the parts in a set. */
static void
start_at(struct plan *p, struct shares *best, uint64_t set)
{
	struct shares s = { .worth = 0 };

	for (size_t i = 0; i < p->n; i++)
		s.of[i] = (double)(set >> i & 1);
	(void)challenge(p, best, &s);
}

/* Starts: all sets if they are few, else those of one or two parts and that of
 * all, with the cells and without. */
static void
start(struct plan *p, struct shares *best)
{
	uint64_t cells = UINT64_C(1) << p->cells;

	if (p->n < 16 && fold_size(p->fold) << p->n <= WORK) {
		for (uint64_t set = 1; set < UINT64_C(1) << p->n; set++)
			start_at(p, best, set);
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		for (size_t j = i; j < p->n; j++) {
			uint64_t set = UINT64_C(1) << i | UINT64_C(1) << j;

			start_at(p, best, set);
			start_at(p, best, set | cells);
		}
	start_at(p, best, ~cells);
}

/* With one part more, or one less. */
static bool
toggle(struct plan *p, struct shares *best, size_t i)
{
	struct shares s = *best;

	s.of[i] = used(best, i) ? 0 : 1.0 / 3;
	return challenge(p, best, &s);
}

/* With part j instead of i. */
static bool
exchange(struct plan *p, struct shares *best, size_t i, size_t j)
{
	struct shares s = *best;

	s.of[j] = s.of[i];
	s.of[i] = 0;
	return challenge(p, best, &s);
}

static void
search(struct plan *p, struct shares *best)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < p->n; i++)
			if (toggle(p, best, i))
				again = true;
		for (size_t i = 0; i < p->n; i++)
			for (size_t j = 0; j < p->n; j++)
				if (used(best, i) && !used(best, j) &&
				    exchange(p, best, i, j))
					again = true;
	}
}

/* The part of the least share above 0 that is not marked; n: none. */
static size_t
least(const struct plan *p, const struct shares *s, const bool *marked)
{
	size_t found = p->n;

	for (size_t i = 0; i < p->n; i++)
		if (i != p->cells && !marked[i] && s->of[i] > 0 &&
		    (found == p->n || s->of[i] < s->of[found]))
			found = i;
	return found;
}

/* Leaves out parts that are hardly worth measuring. */
static void
prune(struct plan *p, struct shares *best)
{
	bool tried[ESTIMATE_PARTS] = { false };
	double enough = best->worth * (1 + SPARE);
	size_t i;

	while ((i = least(p, best, tried)) < p->n) {
		struct shares s = *best;

		tried[i] = true;
		s.of[i] = 0;
		settle(p, &s, GAP, enough);
		if (s.worth <= enough)
			*best = s;
	}
	settle(p, best, GAP, 0);
}

static bool
arguments_good(const struct estimate_shape *shape,
    const struct estimate_part *parts, size_t n, uint32_t noise,
    const struct plan_view *views, size_t n_views)
{
	if (!estimate_complete(shape, parts, n) || n_views == 0 ||
	    noise < NOISE_GAUSS || noise > NOISE_LAPLACE_PURE)
		return false;
	for (size_t i = 0; i < n_views; i++)
		if (views[i].level >= shape->tree.levels ||
		    !(views[i].weight > 0) || !isfinite(views[i].weight))
			return false;
	return true;
}

static void
set_parts(struct plan *p, const struct estimate_part *parts)
{
	for (size_t i = p->n; i-- > 0;) {
		p->parts[i] = parts[i];
		for (unsigned a = 0; a < 2; a++)
			p->parts[i].apart[a] =
			    parts[i].apart[a] || p->shape->flat[a] == 1;
		p->lengths[i] =
		    component_lengths(p->shape->flat, p->parts[i].apart);
		if (p->parts[i].level == 0 && p->lengths[i] == 1)
			p->cells = i;
	}
}

enum err
plan_shares(double *share, double *worth, const struct estimate_shape *shape,
    const struct estimate_part *parts, size_t n, uint32_t noise, double unit,
    const struct plan_view *views, size_t n_views)
{
	struct plan p = { .shape = shape, .n = n, .unit = unit };
	struct shares best = { .worth = 0 };
	enum err e;

	assert(unit > 0);
	if (!arguments_good(shape, parts, n, noise, views, n_views))
		return E_ARG;
	if ((e = fold_new(&p.fold, &shape->tree)) != E_OK)
		return e;
	p.power = noise == NOISE_GAUSS ? 1 : 2;
	set_parts(&p, parts);
	set_sides(&p, views, n_views);
	for (size_t i = 0; i < n; i++)
		best.of[i] = 1;
	settle(&p, &best, GAP, 0);
	if (p.power == 2) {
		start(&p, &best);
		search(&p, &best);
	}
	prune(&p, &best);
	memcpy(share, best.of, n * sizeof(*share));
	*worth = best.worth;
	fold_free(p.fold);
	return E_OK;
}
