#include "client/planner.h"

#include "analysis/haar.h"
#include "client/contract.h"
#include "client/plain.h"
#include "client/scheme.h"
#include "policies/price.h"

#define CANDIDATES 3
#define SIMPLER 0.98 /* more histograms must be better by that */

/* The strategies that may serve the wish, the simplest first. */
static unsigned
candidates(enum wish_strategy out[CANDIDATES], const struct wish *w,
    const struct question *q)
{
	unsigned n = 0;

	if (w->strategy != WISH_AUTO)
		out[n++] = w->strategy;
	else if (w->per == TERMS_RUNNING)
		out[n++] = WISH_RUNNING;
	else if (w->where.ranges)
		out[n++] = WISH_HAAR;
	if (n > 0)
		return n;
	out[n++] = WISH_IDENTITY;
	if (q->n_levels > 1)
		out[n++] = WISH_TREE;
	if (question_slices(q) > 1 && q->noise == NOISE_GAUSS)
		out[n++] = WISH_MARGINALS;
	return n;
}

static struct contract
contract_of(const struct wish *w, const struct question *q)
{
	const struct terms *t = &w->terms;
	struct contract c = { .level = t->level,
		.per = t->per,
		.plus_minus = (double)t->plus_minus / 1000,
		.chance = 1 - (double)t->confidence / 1000000 };

	if (question_slices(q) == 1)
		c.per = TERMS_TOTAL; /* one month is all months */
	return c;
}

/* What a candidate is worth: less is better.  With a contract the charge. */
static enum err
judge(double *cost, uint64_t *nano, struct question *q, const struct scheme *s,
    const struct wish *w, const struct ladder *l)
{
	const struct contract c = contract_of(w, q);
	enum err e;

	*nano = w->terms.nano;
	*cost = s->worth;
	if (w->terms.plus_minus == 0)
		return E_OK;
	e = contract_charge(nano, q, s, l, &c);
	*cost = (double)*nano;
	return e;
}

/* The best of the candidates, applied to q. */
static enum err
choose(struct question *q, const struct wish *w, const struct ladder *l)
{
	const bool contract = w->terms.plus_minus != 0;
	const struct scheme_focus focus = {
		.on = contract, .level = w->terms.level, .per = w->terms.per
	};
	enum wish_strategy names[CANDIDATES];
	unsigned n = candidates(names, w, q);
	struct scheme now, best;
	uint64_t nano, charge = 0;
	double cost, least = 0;
	enum err e = E_OK;

	for (unsigned i = 0; i < n; i++) {
		if ((e = scheme_make(&now, q, l, names[i], &focus)) != E_OK ||
		    (e = judge(&cost, &nano, q, &now, w, l)) != E_OK)
			break;
		if (i > 0 && cost >= least * (contract ? 1 : SIMPLER))
			continue;
		best = now;
		least = cost;
		charge = nano;
	}
	return e == E_OK ? scheme_apply(q, &best, charge) : e;
}

/* The noise that the wish states, of every count. */
static enum err
fixed(struct question *q, const struct wish *w)
{
	struct price price;
	enum err e;

	q->n_histograms = 1;
	q->histograms[0] = (struct histogram){ .by = BY_THEME | BY_TIME,
		.num = w->terms.s2_num,
		.den = w->terms.s2_den };
	if ((e = price_make(&price, q)) != E_OK)
		return e;
	q->charge_nrho = price.cost.nrho;
	q->charge_neps = price.cost.neps;
	q->charge_tv = price.cost.tv;
	return E_OK;
}

/* Complains when an answer would have too many cells. */
static void
check_answer(const struct question *q, struct doc *doc, const struct wish *w)
{
	char have[PLAIN_NUMBER], most[PLAIN_NUMBER];

	if (doc_faults(doc) > 0 || question_answer(q) <= QUERY_ANSWER_MAX)
		return;
	plain_count(have, question_answer(q));
	plain_count(most, QUERY_ANSWER_MAX);
	doc_complain(doc, w->where.at,
	    "each node would send %s numbers, at most %s can be; take fewer "
	    "places, themes or months, or strategy: identity",
	    have, most);
}

/* Complains of a grid that is too large for the bands of a transform. */
static void
check_bands(const struct question *q, struct doc *doc, const struct wish *w)
{
	if (question_bits(q->cols) > HAAR_SIDE ||
	    question_bits(q->rows) > HAAR_SIDE)
		doc_complain(doc, w->where.at,
		    "ranges take at most 1,024 squares along a side; take a "
		    "larger cell_m");
}

enum err
planner_set(struct question *q, struct doc *doc, const struct wish *w,
    const struct ladder *l)
{
	enum err e;

	q->noise = w->terms.noise;
	q->strategy =
	    w->per == TERMS_RUNNING ? STRATEGY_RUNNING : STRATEGY_NESTED;
	if (w->strategy == WISH_HAAR || w->where.ranges)
		check_bands(q, doc, w);
	if (doc_faults(doc) > 0)
		return E_CONFIG;
	e = w->terms.s2_num != 0 ? fixed(q, w) : choose(q, w, l);
	if (e == E_NOMEM)
		return e;
	if (e != E_OK && w->terms.plus_minus != 0)
		doc_complain(doc, w->terms.at,
		    "no charge up to 10 gives that accuracy; a larger "
		    "plus_minus, larger places or fewer nodes may");
	else if (e != E_OK)
		doc_complain(doc, w->terms.at,
		    "no noise of a usable size has this charge; %s is usual",
		    q->noise == NOISE_GAUSS ? "rho 0.02" : "epsilon 0.5");
	check_answer(q, doc, w);
	return doc_faults(doc) == 0 ? E_OK : E_CONFIG;
}
