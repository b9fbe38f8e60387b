#include "client/scheme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/haar.h"
#include "analysis/plan.h"
#include "client/steps.h"
#include "policies/price.h"

#define ASIDE 1e-5 /* what numbers outside the focus weigh */
#define VIEWS ((size_t)2 * QUERY_LEVELS_MAX)

static struct estimate_shape
shape_of(const struct question *q, const struct ladder *l)
{
	struct estimate_shape s = { .flat = { q->n_themes, question_slices(q) },
		.tree = { .levels = l->levels } };

	for (unsigned i = 0; i < l->levels; i++) {
		s.tree.n[i] = l->n[i];
		s.tree.parent[i] = l->parent[i];
	}
	return s;
}

/* 1 / the expected count of a number, up to a factor that all share. */
static double
weight_of(const struct question *q, unsigned level, enum terms_per per,
    const struct scheme_focus *focus)
{
	double weight = q->level_places[level];

	if (per == TERMS_MONTH)
		weight *= question_slices(q);
	if (focus->on && (focus->level != level || focus->per != per))
		weight *= ASIDE;
	return weight;
}

/* What is published: every level, every month, and all months. */
static size_t
views_of(struct plan_view views[VIEWS], const struct question *q,
    const struct scheme_focus *focus)
{
	struct scheme_focus f = *focus;
	size_t n = 0;

	if (question_slices(q) == 1)
		f.per = TERMS_TOTAL;
	for (unsigned level = 0; level < q->n_levels; level++) {
		if (question_slices(q) > 1)
			views[n++] = (struct plan_view){
				.apart = { true, true },
				.level = level,
				.weight = weight_of(q, level, TERMS_MONTH, &f),
			};
		views[n++] = (struct plan_view){
			.apart = { true, question_slices(q) == 1 },
			.level = level,
			.weight = weight_of(q, level, TERMS_TOTAL, &f),
		};
	}
	return n;
}

static void
add(struct scheme *s, unsigned level, unsigned by)
{
	s->histograms[s->n++] =
	    (struct histogram){ .by = (uint8_t)by, .level = (uint8_t)level };
}

/* Leaves out what is not worth measuring. */
static void
thin(struct scheme *s)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < s->n; i++) {
		if (!(s->share[i] > 0))
			continue;
		s->histograms[n] = s->histograms[i];
		s->share[n++] = s->share[i];
	}
	memset(s->histograms + n, 0, (s->n - n) * sizeof(s->histograms[0]));
	s->n = n;
}

static enum err
make_nested(struct scheme *s, const struct question *q, const struct ladder *l,
    enum wish_strategy strategy, const struct scheme_focus *focus)
{
	struct estimate_shape shape = shape_of(q, l);
	struct estimate_part parts[2 * QUERY_LEVELS_MAX] = { 0 };
	struct plan_view views[VIEWS];
	size_t n = views_of(views, q, focus);
	enum err e;

	for (unsigned i = 0; i < q->n_levels; i++) {
		if (i > 0 && strategy == WISH_IDENTITY)
			break;
		add(s, i, BY_THEME | BY_TIME);
		if (strategy == WISH_MARGINALS && question_slices(q) > 1)
			add(s, i, BY_THEME);
	}
	for (uint16_t i = 0; i < s->n; i++)
		parts[i] = (struct estimate_part){
			.apart = { true, (s->histograms[i].by & BY_TIME) != 0 },
			.level = s->histograms[i].level,
			.variance = 1,
		};
	s->strategy = STRATEGY_NESTED;
	e = plan_shares(
	    s->share, &s->worth, &shape, parts, s->n, q->noise, 1, views, n);
	if (e == E_OK)
		thin(s);
	return e;
}

static enum err
make_running(
    struct scheme *s, const struct question *q, enum wish_strategy strategy)
{
	uint32_t slices = question_slices(q);
	unsigned levels = 1;
	enum err e;

	if (strategy == WISH_RUNNING)
		levels = question_bits(slices) + 1;
	for (unsigned i = 0; i < levels; i++)
		add(s, i, BY_THEME | BY_TIME);
	s->strategy = STRATEGY_RUNNING;
	e = steps_shares(
	    s->share, &s->worth, slices, levels, q->noise == NOISE_GAUSS);
	if (e == E_OK)
		thin(s);
	return e;
}

static enum err
make_haar(struct scheme *s, const struct question *q)
{
	struct haar h = { .lx = question_bits(q->cols),
		.ly = question_bits(q->rows) };
	bool pure = q->noise != NOISE_GAUSS;

	if (h.lx > HAAR_SIDE || h.ly > HAAR_SIDE)
		return E_RANGE;
	haar_weigh(&h, 0.5, 1, pure);
	s->strategy = STRATEGY_HAAR;
	for (unsigned b = 0; b <= h.ly; b++)
		for (unsigned a = 0; a <= h.lx; a++) {
			double v = h.variance[s->n];

			s->share[s->n] = pure ? sqrt(1 / v) : 1 / v;
			add(s, 0, BY_THEME | BY_TIME);
			s->histograms[s->n - 1].x = (uint8_t)a;
			s->histograms[s->n - 1].y = (uint8_t)b;
		}
	return E_OK;
}

enum err
scheme_make(struct scheme *out, const struct question *q,
    const struct ladder *l, enum wish_strategy strategy,
    const struct scheme_focus *focus)
{
	struct scheme *s = out;

	memset(s, 0, sizeof(*s));
	if (strategy == WISH_HAAR)
		return make_haar(s, q);
	if (q->strategy == STRATEGY_RUNNING)
		return make_running(s, q, strategy);
	return make_nested(s, q, l, strategy, focus);
}

enum err
scheme_charge(uint64_t *nano, const struct question *q, unsigned i)
{
	struct question one = *q;
	struct price price;
	enum err e;

	one.n_histograms = 1;
	one.histograms[0] = q->histograms[i];
	e = price_make(&price, &one);
	if (e == E_OK)
		*nano = price.cost.nrho + price.cost.neps; /* one is 0 */
	return e;
}

enum err
scheme_of(struct scheme *out, const struct question *q)
{
	struct scheme s = { .strategy = q->strategy, .n = q->n_histograms };
	double sum = 0;
	uint64_t nano;
	enum err e;

	for (uint16_t i = 0; i < s.n; i++) {
		if ((e = scheme_charge(&nano, q, i)) != E_OK)
			return e;
		s.histograms[i] = q->histograms[i];
		s.share[i] = (double)nano;
		sum += (double)nano;
	}
	for (uint16_t i = 0; i < s.n; i++)
		s.share[i] /= sum;
	*out = s;
	return E_OK;
}

/* The least noise of the i-th histogram that costs at most nano; *left is what
 * remains of it. */
static enum err
fit(struct question *q, unsigned i, uint64_t nano, uint64_t *left)
{
	const struct charge_bound bound = { q->c, q->k, q->d };
	bool folded = (q->histograms[i].by & BY_THEME) == 0;
	struct noise_law law = { .noise = q->noise };
	uint64_t cost;
	enum err e;

	if (nano == 0)
		return E_RANGE;
	if ((e = charge_fit(&law, &bound, folded, nano)) != E_OK)
		return e;
	q->histograms[i].num = law.num;
	q->histograms[i].den = law.den;
	if ((e = scheme_charge(&cost, q, i)) == E_OK)
		*left = nano - cost;
	return e;
}

enum err
scheme_apply(struct question *q, const struct scheme *s, uint64_t nano)
{
	struct price price;
	uint64_t rest = nano, left = 0, part;
	unsigned largest = 0;
	enum err e = E_OK;

	q->strategy = s->strategy;
	q->n_histograms = s->n;
	memset(q->histograms, 0, sizeof(q->histograms));
	memcpy(q->histograms, s->histograms, s->n * sizeof(q->histograms[0]));
	for (unsigned i = 0; i < s->n; i++)
		if (s->share[i] > s->share[largest])
			largest = i;
	for (unsigned i = 0; i < s->n && e == E_OK; i++) {
		if (i == largest)
			continue;
		part = (uint64_t)(s->share[i] * (double)nano);
		if (part >= rest)
			return E_RANGE;
		if ((e = fit(q, i, part, &left)) == E_OK)
			rest -= part - left;
	}
	if (e == E_OK)
		e = fit(q, largest, rest, &left);
	if (e == E_OK)
		e = price_make(&price, q);
	if (e != E_OK)
		return e == E_ARG ? E_RANGE : e;
	q->charge_nrho = price.cost.nrho;
	q->charge_neps = price.cost.neps;
	q->charge_tv = price.cost.tv;
	return E_OK;
}
