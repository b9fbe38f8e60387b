/*
 * Half widths fall as the charge grows, but for steps of rounding: the charge
 * is doubled or halved until it passes the contract, and what lies between is
 * halved.
 */
#include "client/contract.h"

#include "client/accuracy.h"

#define FIRST UINT64_C(20000000) /* nano-units */

enum err
contract_met(bool *met, const struct question *q, const struct ladder *l,
    const struct contract *c)
{
	struct accuracy_number worst, typical;
	struct accuracy *a = NULL;
	double half = 0;
	enum err e;

	if ((e = accuracy_new(&a, q, l)) == E_OK &&
	    (e = accuracy_find(&worst, &typical, a, c->level, c->per)) == E_OK)
		e = accuracy_half(&half, a, &worst, c->chance);
	accuracy_free(a);
	if (e == E_OK)
		*met = half <= c->plus_minus;
	return e;
}

struct search {
	struct question *q;
	const struct scheme *s;
	const struct ladder *l;
	const struct contract *c;
};

/* Is it kept with that charge?  One that is too small for any noise does not
 * keep it. */
static enum err
kept(bool *met, const struct search *at, uint64_t nano)
{
	enum err e = scheme_apply(at->q, at->s, nano);

	*met = false;
	if (e == E_RANGE)
		return E_OK;
	return e == E_OK ? contract_met(met, at->q, at->l, at->c) : e;
}

/* *low does not keep it, *high does: within a factor of 1.1. */
static enum err
bracket(uint64_t *low, uint64_t *high, const struct search *at)
{
	uint64_t nano = FIRST;
	bool met, first;
	enum err e;

	if ((e = kept(&first, at, nano)) != E_OK)
		return e;
	for (;;) {
		uint64_t next = first ? nano / 2 : nano * 2;

		if (next > CONTRACT_NANO_MAX)
			return E_RANGE;
		if (next == 0) { /* the least charge there is will do */
			*low = 0;
			*high = nano;
			return E_OK;
		}
		if ((e = kept(&met, at, next)) != E_OK)
			return e;
		if (met != first) {
			*low = first ? next : nano;
			*high = first ? nano : next;
			return E_OK;
		}
		nano = next;
	}
}

enum err
contract_charge(uint64_t *nano, struct question *q, const struct scheme *s,
    const struct ladder *l, const struct contract *c)
{
	struct search at = { q, s, l, c };
	uint64_t low, high;
	bool met;
	enum err e;

	if ((e = bracket(&low, &high, &at)) != E_OK)
		return e;
	while (
	    high - low > 1 && (double)(high - low) > c->within * (double)high) {
		uint64_t mid = low + (high - low) / 2;

		if ((e = kept(&met, &at, mid)) != E_OK)
			return e;
		if (met)
			high = mid;
		else
			low = mid;
	}
	*nano = high;
	return scheme_apply(q, s, high);
}
