#include "node/work.h"

#include <stdlib.h>

#include "crypto/random.h"
#include "node/count.h"
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

/* Count, add noise, store. */
static enum err
answer(const struct gate_config *c, const struct verdict *v)
{
	const struct question own = offered(&v->query.q, c->policy);
	const struct question *q = &own;
	const struct charge_law law = {
		.c = q->c,
		.k = q->k,
		.d = q->d,
		.s2_num = q->s2_num,
		.s2_den = q->s2_den,
	};
	uint32_t n = question_cells(q);
	uint32_t *exact = calloc(n, sizeof(*exact)); /* SECRET */
	int64_t *noisy = calloc(n, sizeof(*noisy));
	struct grant grant;
	enum err e;

	if (exact == NULL || noisy == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if ((e = count_cells(exact, c->store, q, v->key.epoch_s, c->areas,
		 c->themes)) != E_OK)
		goto out;
	grant_new(&grant, q->charge_nrho);
	e = release_counts(noisy, exact, n, &grant, &law, c->rng);
	if (e == E_OK)
		e = ledger_answer(c->ledger, &v->key, noisy, n);
out:
	if (exact != NULL)
		random_wipe(exact, n * sizeof(*exact));
	free(exact);
	free(noisy);
	return e;
}

enum err
work_charge(const struct gate_config *c, const struct verdict *v,
    const uint8_t query_id[QUERY_ID], uint64_t now_s)
{
	const struct question *q = &v->query.q;

	if (v->state != LEDGER_NEW)
		return ledger_take(c->ledger, query_id, &v->key);
	return ledger_charge(c->ledger, &v->key, query_id, q->first_month,
	    q->n_months, q->charge_nrho, c->policy->month_nrho, now_s);
}

enum err
work_answer(const struct gate_config *c, const struct verdict *v)
{
	return v->state == LEDGER_ANSWERED ? E_OK : answer(c, v);
}
