/*
 * coordinator/proof.h -- signed envelopes held against the roster.
 *
 * What passes here is what a member signed for this query and, where it is
 * addressed, for this coordinator.  Whether a query may be answered is for
 * every node to decide (policies/decide).
 */
#ifndef COORDINATOR_PROOF_H
#define COORDINATOR_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/answer.h"
#include "policies/roster.h"
#include "protocol/bundle.h"
#include "protocol/envelope.h"

/* |cell| of an answer is below this: no draw of noise (below 2^41) on a count
 * (below 2^32) reaches it, and the sum of QUERY_NODES_MAX fits 64 bits. */
#define PROOF_CELL_MAX (INT64_C(1) << 42)

#define PROOF_NEEDED 2 /* organisations that must approve */

struct proof_view { /* what envelopes are held against */
	const struct roster *roster;
	const struct party_id *me; /* the coordinator */
	uint64_t now_s;
};

/*
 * proof_query: is it signed by a current researcher of the roster?
 *
 * E_FORMAT	another purpose, or addressed to one party.
 * E_PEER	the sender is no current researcher.
 * E_SIGNATURE
 */
enum err proof_query(
    const struct proof_view *v, const struct envelope *e) MUST_USE;

/*
 * proof_approval: what an approver said of the query with that id.
 *
 * E_FORMAT	no approval, or one of another query.
 * E_PEER	the sender is no current approver, is the author, or of the
 *		author's organisation.
 * E_SIGNATURE
 */
enum err proof_approval(struct approval *out, const struct proof_view *v,
    const struct envelope *e, const uint8_t id[QUERY_ID],
    const struct party_id *author) MUST_USE;

struct proof_count {
	bool vetoed;
	unsigned organisations; /* that approve, now */
	uint64_t next_s; /* when one more approval comes into force; 0: none */
};

/* proof_count: the good approvals of a bundle. */
struct proof_count proof_count(
    const struct proof_view *v, const struct bundle *b);

struct proof_from { /* of whom, and to which query */
	const struct party_id *node;
	const uint8_t *id; /* [QUERY_ID] */
	const struct query *query;
};

/*
 * proof_answer: the answer in the envelope p[0, n): of this node, to this
 * query and question, with its number of cells; out->cells is the caller's.
 *
 * E_PEER	the sender is no current node, or it is addressed elsewhere.
 * E_SIGNATURE
 * E_SHORT, E_TRAILING, E_FORMAT, E_LIMIT	not an answer.
 * E_RANGE	of another query, question, node or size, or a cell out of
 *		range.
 * E_NOMEM
 */
enum err proof_answer(struct answer *out, const struct proof_view *v,
    const struct proof_from *from, const uint8_t *p, size_t n) MUST_USE;

/* proof_refusal: likewise; errors as proof_answer. */
enum err proof_refusal(struct refused *out, const struct proof_view *v,
    const struct proof_from *from, const uint8_t *p, size_t n) MUST_USE;

#endif
