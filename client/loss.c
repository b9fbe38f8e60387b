#include "client/loss.h"

#include <math.h>

#include "analysis/account.h"
#include "client/scheme.h"
#include "privacy/charge.h"

static struct loss
loss_of(const struct question *q, double nano, double tv)
{
	double charge = nano / (double)CHARGE_NANO;
	struct loss l = { .epsilon = charge };

	if (q->noise == NOISE_GAUSS) {
		l.rho = charge;
		l.delta = LOSS_DELTA;
		if (account_epsilon(&l.epsilon, charge, LOSS_DELTA) != E_OK)
			l.epsilon = INFINITY;
	}
	if (tv > 0)
		l.delta += fmin(1, (1 + exp(l.epsilon)) * ldexp(tv, -100));
	return l;
}

/* How many times what one month costs in a histogram all months cost. */
static double
months_of(const struct question *q, const struct histogram *h)
{
	double m = q->n_months;

	if (q->noise != NOISE_GAUSS)
		return m;
	if (q->slicing == SLICE_SUM || (h->by & BY_TIME) == 0)
		return m * m;
	if (q->strategy == STRATEGY_RUNNING)
		return m * fmin(m, ldexp(1, h->level));
	return m;
}

/* How many times the charge one record is, which lets the next one in: both
 * count apart; but in a difference of halves one can be taken away where the
 * other is added, which is twice as far. */
static double
record_of(const struct question *q)
{
	return q->noise == NOISE_GAUSS && q->strategy == STRATEGY_HAAR ? 4 : 2;
}

enum err
loss_make(struct losses *out, const struct question *q)
{
	double month = 0, all = 0, tv = (double)q->charge_tv;
	uint64_t nano;
	enum err e;

	for (unsigned i = 0; i < q->n_histograms; i++) {
		if ((e = scheme_charge(&nano, q, i)) != E_OK)
			return e;
		month += (double)nano;
		all += (double)nano * months_of(q, &q->histograms[i]);
	}
	*out = (struct losses){
		.month = loss_of(q, month, tv),
		.all = loss_of(q, all, tv),
		.agencies = loss_of(q, all * q->g, tv * q->g),
		.record = loss_of(q, record_of(q) * month, tv),
	};
	return E_OK;
}
