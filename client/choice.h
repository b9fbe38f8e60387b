/*
 * client/choice.h -- which nodes a wish asks, and about which force areas.
 *
 * Names in a wish are ids or names of the roster, codes or names of police
 * force areas; "all" nodes are those that hold what is asked, and "all" forces
 * those that the nodes asked cover.
 */
#ifndef CLIENT_CHOICE_H
#define CLIENT_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/doc.h"
#include "client/ground.h"
#include "client/wish.h"
#include "model/query.h"
#include "policies/roster.h"

struct choice {
	uint16_t n_nodes;
	const struct member *nodes[QUERY_NODES_MAX]; /* by id, rising */
	uint16_t n_forces; /* 0: a grid with an extent of its own */
	char forces[QUERY_AREAS_MAX][GSS]; /* rising */
};

/*
 * choice_make: complaints go to doc, and then false is returned.  out->nodes
 * are views into the roster.
 */
bool choice_make(struct choice *out, struct doc *doc, const struct wish *w,
    const struct roster *r, const struct ground *g, uint64_t now_s) MUST_USE;

/* choice_holds: does the node hold any of the sources, in all these months? */
bool choice_holds(const struct member *m, uint32_t sources,
    uint16_t first_month, uint16_t n_months);

#endif
