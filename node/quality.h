/*
 * node/quality.h -- what the records of a node are like: completeness by month
 * and field, how exactly they are placed, duplicates, records outside the
 * agency's area, sudden breaks.
 *
 * For the agency alone: exact counts never leave the node.  What others may
 * know of it they ask for as noisy counts.
 */
#ifndef NODE_QUALITY_H
#define NODE_QUALITY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "model/area.h"
#include "node/records.h"

struct quality; /* opaque */

struct quality_cover { /* months of a source that the agency declares */
	uint32_t source;
	uint16_t first, n_months;
};

struct quality_ask {
	uint16_t first, n_months; /* 0, 0: all that there is */
	const struct quality_cover *declared;
	size_t n_declared; /* 0: nothing is known of what should be there */
	const struct areas *areas;
	const char (*covers)[GSS]; /* force areas that the agency serves */
	size_t n_covers;           /* 0: none is out of area */
};

/* quality_look: one pass over the records as they are now; memory in
 * proportion to months x feeds and to one month.  E_NOTFOUND: a force that the
 * lookup lacks.  E_DB, E_NOMEM, E_RNG. */
enum err quality_look(struct quality **out, struct records *r,
    const struct quality_ask *ask) MUST_USE;
void quality_free(struct quality *q); /* NULL does nothing */

/* quality_text: tables and small bar charts for people.  quality_json: one
 * JSON object, the caller's (free): E_NOMEM. */
void quality_text(const struct quality *q, FILE *out);
enum err quality_json(char **out, const struct quality *q) MUST_USE;

#endif
