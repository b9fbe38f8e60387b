/*
 * policies/price.h -- what a question costs, by what it states.
 *
 * Reads the question alone: its histograms, the law of their noise, C, k and d.
 * The node that decides, the node that answers and the researcher who plans
 * come to the same three integers by the same function.
 */
#ifndef POLICIES_PRICE_H
#define POLICIES_PRICE_H

#include "base/err.h"
#include "model/query.h"
#include "privacy/charge.h"
#include "privacy/release.h"

struct price {
	struct charge_bound bound;
	struct charge_part parts[QUERY_HISTOGRAMS_MAX]; /* [n_histograms] */
	struct cost cost; /* each month touched, each node */
};

/*
 * price_make: of a question whose histograms, noise and bounds are set; its
 * stated charges are not read.
 *
 * E_ARG	a value that privacy/charge refuses.
 * E_RANGE	it costs more than 64 bits can say.
 */
enum err price_make(struct price *out, const struct question *q) MUST_USE;

/* price_plan: for release_counts; a view of p. */
struct release_plan price_plan(const struct price *p, const struct question *q);

/* price_stated: what the question says that it costs. */
struct cost price_stated(const struct question *q);

#endif
