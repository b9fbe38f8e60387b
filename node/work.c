#include "node/work.h"

#include <stdlib.h>

#include "crypto/random.h"
#include "model/ladder.h"
#include "node/measure.h"
#include "policies/price.h"
#include "privacy/release.h"

/* Of the sources asked, what the policy offers: more may lie in the store. */
static struct question
offered(const struct question *q, const struct policy *p)
{
	struct question own = *q;

	own.sources = 0;
	for (unsigned i = 0; i < p->n_sources; i++)
		own.sources |= q->sources & p->sources[i].source;
	return own;
}

/* The exact histograms; what lies between, the counts, is wiped. */
static enum err
measure(int64_t *out, const struct gate_config *c, const struct verdict *v)
{
	const struct question q = offered(&v->query.q, c->policy);
	uint32_t n = question_cells(&q);
	uint32_t *counts = calloc(n, sizeof(*counts)); /* SECRET */
	struct ladder *ladder = NULL;
	enum err e;

	if (counts == NULL)
		return E_NOMEM;
	if ((e = ladder_new(&ladder, &q, c->areas)) != E_OK ||
	    (e = records_count(counts, c->records, &q, v->key.epoch_s, c->areas,
		 c->themes)) != E_OK)
		goto out;
	e = measure_counts(out, counts, &q, ladder);
out:
	random_wipe(counts, n * sizeof(*counts));
	free(counts);
	ladder_free(ladder);
	return e;
}

/* Add noise to what was measured, by the right that the charge gives. */
static enum err
release(int64_t *noisy, const int64_t *exact, const struct gate_config *c,
    const struct question *q)
{
	struct release_plan plan;
	struct price price;
	struct grant grant;
	struct cost charged = price_stated(q);
	enum err e = price_make(&price, q);

	if (e != E_OK)
		return e;
	plan = price_plan(&price, q);
	grant_new(&grant, &charged);
	return release_counts(noisy, exact, &grant, &plan, c->rng);
}

/* Measure, add noise, store. */
static enum err
answer(const struct gate_config *c, const struct verdict *v)
{
	uint32_t n = question_answer(&v->query.q);
	int64_t *exact = calloc(n, sizeof(*exact)); /* SECRET */
	int64_t *noisy = calloc(n, sizeof(*noisy));
	enum err e = exact == NULL || noisy == NULL ? E_NOMEM : E_OK;

	if (e == E_OK)
		e = measure(exact, c, v);
	if (e == E_OK)
		e = release(noisy, exact, c, &v->query.q);
	if (e == E_OK)
		e = ledger_answer(c->ledger, &v->key, noisy, n);
	/* noisy, too: an answer that was not stored is not the answer. */
	if (exact != NULL)
		random_wipe(exact, n * sizeof(*exact));
	if (noisy != NULL)
		random_wipe(noisy, n * sizeof(*noisy));
	free(exact);
	free(noisy);
	return e;
}

enum err
work_charge(const struct gate_config *c, const struct verdict *v,
    const uint8_t query_id[QUERY_ID], uint64_t now_s)
{
	const struct question *q = &v->query.q;
	const struct cost cost = price_stated(q);

	if (v->state != LEDGER_NEW)
		return ledger_take(c->ledger, query_id, &v->key);
	return ledger_charge(c->ledger, &v->key, query_id, q->first_month,
	    q->n_months, &cost, &c->policy->month_cap, now_s);
}

enum err
work_answer(const struct gate_config *c, const struct verdict *v)
{
	return v->state == LEDGER_ANSWERED ? E_OK : answer(c, v);
}
