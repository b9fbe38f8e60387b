/*
 * coordinator/queries.h -- queries, their approvals and what nodes said to
 * them, as they stand in the database.
 *
 * Everything signed is kept as the envelope that travelled.
 */
#ifndef COORDINATOR_QUERIES_H
#define COORDINATOR_QUERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coordinator/db.h"
#include "model/query.h"

#define QUERIES_APPROVALS 16 /* of one query */
#define QUERIES_REASON 201   /* bytes with the final NUL */

enum query_state {         /* values are stored */
	QUERY_WAITING = 1, /* for approvals */
	QUERY_OPEN,        /* nodes are asked */
	QUERY_RELEASED,
	QUERY_FAILED,  /* fewer answers than the quorum */
	QUERY_EXPIRED, /* its time was over before it was approved */
	QUERY_VETOED,
};

enum node_state { /* values are stored */
	NODE_ABSENT = 0,
	NODE_ANSWERED = 1,
	NODE_REFUSED = 2,
	NODE_LATE = 3,
};

/* "waiting", "open", "released", "not-released", "expired", "vetoed";
 * "absent", "answered", "refused", "late". */
const char *query_state_text(enum query_state s);
const char *node_state_text(enum node_state s);

struct stored_query {
	uint8_t id[QUERY_ID];
	enum query_state state;
	bool at_once; /* ask the nodes whatever the approvals */
	uint64_t submitted_at;
	const uint8_t *envelope; /* valid during the call that hands it out */
	size_t len;
};

struct node_row {
	struct party_id node;
	enum node_state state;
	unsigned code; /* enum refusal, of a refusal */
	char reason[QUERIES_REASON];
	uint64_t at; /* UTC second */
};

/* queries_put: a new one, waiting, brought by that party.  One durable step.
 * E_EXISTS; E_DB. */
enum err queries_put(struct db *db, const struct stored_query *q,
    const struct party_id *by) MUST_USE;

/* queries_bringer: who brought it.  E_NOTFOUND: it is not known; E_DB. */
enum err queries_bringer(
    struct db *db, struct party_id *out, const uint8_t id[QUERY_ID]) MUST_USE;

/* queries_set: change the state.  queries_set_at_once: that the nodes are asked
 * whatever the approvals.  E_DB. */
enum err queries_set(
    struct db *db, const uint8_t id[QUERY_ID], enum query_state state) MUST_USE;
enum err queries_set_at_once(
    struct db *db, const uint8_t id[QUERY_ID]) MUST_USE;

/* queries_set_envelope: the same query with a better signature.  E_DB. */
enum err queries_set_envelope(struct db *db, const uint8_t id[QUERY_ID],
    const uint8_t *envelope, size_t len) MUST_USE;

/*
 * queries_each: hand out the newest `limit` queries, newest first; with id not
 * NULL only that one.  What `each` returns other than E_OK ends it.
 *
 * E_NOTFOUND	no query of that id.
 * E_DB
 */
enum err queries_each(struct db *db, const uint8_t *id, unsigned limit,
    enum err (*each)(void *ctx, const struct stored_query *q),
    void *ctx) MUST_USE;

/*
 * queries_put_approval: keep an approval or veto; *fresh: had we none of that
 * approver with these bytes?  An approver's newer word replaces the older.
 *
 * E_LIMIT	QUERIES_APPROVALS others are there.
 * E_DB
 */
enum err queries_put_approval(struct db *db, bool *fresh,
    const uint8_t id[QUERY_ID], const struct party_id *approver,
    const uint8_t *envelope, size_t len) MUST_USE;

/* queries_bundle: the query and its approvals, envelope after envelope; *out
 * is the caller's.  E_NOTFOUND; E_NOMEM; E_DB. */
enum err queries_bundle(struct db *db, const uint8_t id[QUERY_ID],
    uint8_t **out, size_t *len) MUST_USE;

/* queries_put_node: what a node said; answer (or NULL) is its envelope.  One
 * durable step.  E_DB. */
enum err queries_put_node(struct db *db, const uint8_t id[QUERY_ID],
    const struct node_row *row, const uint8_t *answer, size_t len) MUST_USE;

/* queries_nodes: the nodes that said something, at most cap.  E_DB. */
enum err queries_nodes(struct db *db, const uint8_t id[QUERY_ID],
    struct node_row *rows, size_t cap, size_t *n) MUST_USE;

/* queries_answer: a node's envelope; *out is the caller's.  E_NOTFOUND (no
 * such, or it did not answer); E_NOMEM; E_DB. */
enum err queries_answer(struct db *db, const uint8_t id[QUERY_ID],
    const struct party_id *node, uint8_t **out, size_t *len) MUST_USE;

#endif
