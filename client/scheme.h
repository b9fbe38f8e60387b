/*
 * client/scheme.h -- which histograms a question measures, and how a charge is
 * divided over them.
 *
 * From public things alone.  What counts is the noise beside the variation that
 * counts have anyway: the variance of every published number is weighed by 1 /
 * its expected count, which by the public volumes goes as the places and months
 * that it adds up.
 */
#ifndef CLIENT_SCHEME_H
#define CLIENT_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/terms.h"
#include "client/wish.h"
#include "model/ladder.h"
#include "model/query.h"

struct scheme {
	uint32_t strategy; /* enum strategy */
	uint16_t n;
	struct histogram histograms[QUERY_HISTOGRAMS_MAX]; /* without noise */
	double share[QUERY_HISTOGRAMS_MAX]; /* of the charge; > 0, of sum 1 */
	double worth; /* the weighed variances at charge 1; comparable between
		       * strategies of the same question, noise and focus */
};

struct scheme_focus { /* the numbers that alone matter */
	bool on;      /* the others then weigh a hundred-thousandth */
	unsigned level;
	enum terms_per per;
};

/*
 * scheme_make: the histograms of a strategy (not WISH_AUTO) for q, whose
 * places, levels, months, themes and noise are set; l is its ladder.
 *
 * E_RANGE	a grid that is too large for haar.
 * E_ARG, E_NOMEM	as plan_shares
 */
enum err scheme_make(struct scheme *out, const struct question *q,
    const struct ladder *l, enum wish_strategy strategy,
    const struct scheme_focus *focus) MUST_USE;

/* scheme_charge: what the i-th histogram of q costs, nrho or neps.  As
 * price_make. */
enum err scheme_charge(
    uint64_t *nano, const struct question *q, unsigned i) MUST_USE;

/*
 * scheme_of: the scheme that a question with its noise set has.
 * E_ARG	as price_make.
 */
enum err scheme_of(struct scheme *out, const struct question *q) MUST_USE;

/*
 * scheme_apply: set the histograms of q, and its charges, so that nano (nrho
 * or neps, by q->noise) is divided over the scheme's histograms.  The sum is
 * never above nano; what rounding leaves goes to the largest.
 *
 * E_RANGE	no noise of a usable size has one of the charges; q is then
 *		partly set.
 */
enum err scheme_apply(
    struct question *q, const struct scheme *s, uint64_t nano) MUST_USE;

#endif
