/*
 * client/explain.h -- what a query asks, of whom, and at what price.
 *
 * Made from the query's own values, for the person who asks and for the one
 * who signs: how exact the published numbers will be at that charge, what
 * another accuracy would cost, and what speaks against it.  Expected counts
 * come from public volumes, never from records.  client/tell says it in words,
 * client/sheet in JSON.
 */
#ifndef CLIENT_EXPLAIN_H
#define CLIENT_EXPLAIN_H

#include <stdint.h>

#include "client/ground.h"
#include "client/loss.h"
#include "client/terms.h"
#include "model/query.h"
#include "policies/roster.h"

#define EXPLAIN_VIEWS (2 * QUERY_LEVELS_MAX)
#define EXPLAIN_NEEDS 2
#define EXPLAIN_WARNINGS 24
#define EXPLAIN_WARNING 400
#define EXPLAIN_ENOUGH 2.0 /* mean count of a number times epsilon */

struct explain_spread { /* noise of all nodes asked, in one number */
	double sd;
	double half_90, half_95; /* +- */
};

struct explain_view { /* numbers that are published */
	unsigned level;
	enum terms_per per;
	struct explain_spread typical, worst; /* of its places */
	/* Expected count of each theme, all sources and nodes, in the mean of
	 * its places (of running totals, of the middle month); negative where
	 * no volume is published. */
	double mean[QUERY_THEMES_MAX];
};

struct explain_need {  /* what another accuracy costs */
	double half;   /* 95 %, the worst of the first view */
	uint64_t nano; /* nrho, or neps */
};

struct explain {
	const struct query *query; /* the caller's, as the next two */
	const struct roster *roster;
	const struct ground *ground;

	struct losses loss;
	unsigned n_views; /* the finest first, months before their sum; 0: the
			   * query names other areas than the ground */
	struct explain_view views[EXPLAIN_VIEWS];
	unsigned n_needs; /* half and double the half width */
	struct explain_need needs[EXPLAIN_NEEDS];

	unsigned n_warnings;
	char warnings[EXPLAIN_WARNINGS][EXPLAIN_WARNING];
};

/*
 * explain_make: work it out for q (query_check holds).
 *
 * E_ARG, E_RANGE	the noise is too large to be told; E_NOMEM.
 */
enum err explain_make(struct explain *out, const struct query *q,
    const struct roster *r, const struct ground *g) MUST_USE;

#endif
