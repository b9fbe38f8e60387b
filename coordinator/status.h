/*
 * coordinator/status.h -- where a query stands, as JSON for `ward`.
 *
 * The form is in protocol/talk.h.
 */
#ifndef COORDINATOR_STATUS_H
#define COORDINATOR_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "coordinator/proof.h"
#include "coordinator/queries.h"
#include "coordinator/text.h"
#include "model/query.h"

struct status_facts {
	const struct query *query;
	enum query_state state;
	bool at_once;
	const struct node_row *rows; /* [query->q.n_nodes], in their order */
	const bool *pending;         /* likewise: can a node still answer? */
	const struct bundle *bundle; /* query and approvals */
	const struct proof_view *view;
};

/* status_write: append the JSON.  An approval that does not count (TALK_NOW
 * keeps such) has the decision "invalid". */
void status_write(struct text *out, const struct status_facts *f);

#endif
