/*
 * client/explain.h -- what a query asks, of whom, and at what price, in words.
 *
 * Made from the query's own values, for the person who asks and for the one
 * who signs.  Expected counts come from public volumes, never from records.
 */
#ifndef CLIENT_EXPLAIN_H
#define CLIENT_EXPLAIN_H

#include <stdint.h>

#include "client/ground.h"
#include "model/query.h"
#include "policies/roster.h"

#define EXPLAIN_DELTA 1e-9 /* of every epsilon here */
#define EXPLAIN_WARNINGS 24
#define EXPLAIN_WARNING 400
#define EXPLAIN_ENOUGH 2.0 /* mean count of a cell times epsilon */

struct json_t;

struct explain_loss { /* what one person may lose */
	double rho;
	double epsilon; /* at EXPLAIN_DELTA; INFINITY: no bound worth stating */
};

struct explain {
	const struct query *query; /* the caller's, as the next two */
	const struct roster *roster;
	const struct ground *ground;

	struct explain_loss month;    /* one month at one node */
	struct explain_loss all;      /* every month asked, one node */
	struct explain_loss agencies; /* the same at g nodes */
	struct explain_loss record;   /* one record above the bound, a month */

	double sd_node;              /* of one node's noise in a cell */
	int64_t half_node, half_sum; /* 95 % within +-, per cell */
	/* Expected count per cell of each theme, all sources and nodes;
	 * negative where no volume is published. */
	double mean[QUERY_THEMES_MAX];

	unsigned n_warnings;
	char warnings[EXPLAIN_WARNINGS][EXPLAIN_WARNING];
};

/*
 * explain_make: work it out for q (query_check holds).
 *
 * E_ARG	the noise is too large to be told; E_NOMEM.
 */
enum err explain_make(struct explain *out, const struct query *q,
    const struct roster *r, const struct ground *g) MUST_USE;

/* explain_json: all of it; the caller's reference, NULL without memory. */
struct json_t *explain_json(const struct explain *x);

#endif
