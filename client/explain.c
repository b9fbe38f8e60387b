#include "client/explain.h"

#include <math.h>

#include "client/accuracy.h"
#include "client/caution.h"
#include "client/contract.h"
#include "client/forecast.h"
#include "client/scheme.h"
#include "model/ladder.h"

#define NEAR 1e-3 /* of the charges that other accuracies cost */

static enum err
spread_of(struct explain_spread *out, const struct accuracy *a,
    const struct accuracy_number *number)
{
	struct explain_spread s = { .sd = sqrt(number->variance) };
	enum err e = accuracy_half(&s.half_90, a, number, 0.10);

	if (e == E_OK)
		e = accuracy_half(&s.half_95, a, number, 0.05);
	*out = s;
	return e;
}

/* The expected counts of the numbers of a view. */
static void
set_means(struct explain_view *v, const struct explain *x)
{
	const struct question *q = &x->query->q;
	double slices = question_slices(q);
	double part = v->per == TERMS_MONTH     ? 1 / slices
		      : v->per == TERMS_RUNNING ? (slices + 1) / 2 / slices
						: 1;

	for (uint16_t i = 0; i < q->n_themes; i++) {
		double total = forecast_total(q, x->roster, x->ground, i);

		v->mean[i] =
		    total < 0 ? -1 : total * part / q->level_places[v->level];
	}
}

static enum err
add_view(struct explain *x, const struct accuracy *a, unsigned level,
    enum terms_per per)
{
	struct explain_view v = { .level = level, .per = per };
	struct accuracy_number worst, typical;
	enum err e;

	if (!accuracy_has(&x->query->q, per))
		return E_OK;
	if ((e = accuracy_find(&worst, &typical, a, level, per)) != E_OK ||
	    (e = spread_of(&v.worst, a, &worst)) != E_OK ||
	    (e = spread_of(&v.typical, a, &typical)) != E_OK)
		return e;
	set_means(&v, x);
	x->views[x->n_views++] = v;
	return E_OK;
}

static enum err
set_views(struct explain *x, const struct ladder *l)
{
	static const enum terms_per order[] = { TERMS_MONTH, TERMS_RUNNING,
		TERMS_TOTAL };
	struct accuracy *a = NULL;
	enum err e = accuracy_new(&a, &x->query->q, l);

	for (unsigned level = 0; level < x->query->q.n_levels; level++)
		for (unsigned i = 0; i < 3 && e == E_OK; i++)
			e = add_view(x, a, level, order[i]);
	accuracy_free(a);
	return e;
}

/* What half and double the width would cost, measured in the same way; what
 * cannot be had is left out. */
static enum err
set_needs(struct explain *x, const struct ladder *l)
{
	static const double factors[EXPLAIN_NEEDS] = { 0.5, 2 };
	const struct explain_view *first = &x->views[0];
	struct question q = x->query->q;
	struct scheme s;
	enum err e = scheme_of(&s, &q);

	for (unsigned i = 0; i < EXPLAIN_NEEDS && e == E_OK; i++) {
		struct explain_need need = { .half = first->worst.half_95 *
						     factors[i] };
		const struct contract c = { first->level, first->per, need.half,
			0.05, NEAR };

		e = need.half > 0 ? contract_charge(&need.nano, &q, &s, l, &c)
				  : E_RANGE;
		if (e == E_OK)
			x->needs[x->n_needs++] = need;
		else if (e == E_RANGE)
			e = E_OK;
	}
	return e;
}

enum err
explain_make(struct explain *out, const struct query *q, const struct roster *r,
    const struct ground *g)
{
	struct explain x = { .query = q, .roster = r, .ground = g };
	struct ladder *l = NULL;
	enum err e;

	if ((e = loss_make(&x.loss, &q->q)) != E_OK)
		return e;
	e = ladder_new(&l, &q->q, g->areas);
	if (e == E_NOMEM)
		return e;
	if (e == E_OK) {
		if ((e = set_views(&x, l)) == E_OK)
			e = set_needs(&x, l);
		ladder_free(l);
		if (e != E_OK)
			return e;
	}
	caution_add(&x);
	*out = x;
	return E_OK;
}
