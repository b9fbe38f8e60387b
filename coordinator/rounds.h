/*
 * coordinator/rounds.h -- one query's round with its nodes.
 *
 * A state machine without I/O: what it sends, checks and keeps goes through
 * struct round_host, the time is handed in.  Per node:
 *
 *	IDLE --ask--> ASKED --TAKEN--> TAKEN --READY--> READY --> PULLING
 *	  ^             |                |                           |
 *	  +--down-------+----------------+------------down-----------+
 *
 * and DONE from ASKED or TAKEN by a refusal, from PULLING by a whole and good
 * answer, from anywhere by ROUND_STRIKES breaches.  What comes from another
 * connection than the one that was asked counts for nothing.  An answer that is
 * not whole at close_at is late; at until_s the round is closed.
 */
#ifndef COORDINATOR_ROUNDS_H
#define COORDINATOR_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "coordinator/queries.h"
#include "model/query.h"
#include "protocol/frame.h"

#define ROUND_CHUNKS 32 /* asked for and not here, all rounds together */
#define ROUND_BYTES ((size_t)64 * 1024 * 1024) /* answers being pulled, all */
#define ROUND_STRIKES 3      /* breaches until a node is not asked any more */
#define ROUND_STALL_MS 15000 /* a pull without a chunk gives up its place */
#define ROUND_OVERHEAD 512   /* bytes of an answer that are not cells */

enum round_step {
	STEP_IDLE,
	STEP_ASKED,
	STEP_TAKEN,
	STEP_READY,
	STEP_PULLING,
	STEP_DONE,
};

struct round_node {
	struct node_row row;
	enum round_step step;
	uint64_t conn; /* the connection asked; 0: none */
	unsigned strikes;
	size_t total;      /* bytes of its answer, from READY on */
	uint8_t *bytes;    /* [total], while PULLING */
	uint64_t have;     /* bit i: chunk i is here */
	uint32_t asked;    /* chunks [0, asked) were asked for */
	uint32_t ever;     /* [0, ever): and in pulls given up on this conn */
	uint64_t moved_ms; /* when it last got on, monotonic */
};

struct round {
	uint8_t id[QUERY_ID];
	struct query query;
	bool closed;
	uint64_t
	    until_s; /* refusals are heard until then: close_at, or later */
	uint16_t n;  /* nodes, in the order of the question */
	struct round_node nodes[]; /* [n] */
};

/* What all rounds together have under way. */
struct round_load {
	unsigned chunks;
	size_t bytes;
};

struct round_host {
	void *ctx;
	struct round_load *load;
	/* send FRAME_ASK with the query and its approvals */
	void (*ask)(void *ctx, const struct round *r, uint64_t conn);
	/* send FRAME_PULL */
	void (*pull)(
	    void *ctx, const struct round *r, uint64_t conn, uint32_t chunk);
	void (*drop)(void *ctx, uint64_t conn);
	/* verify and keep an answer; any error but E_DB, E_NOMEM is a breach */
	enum err (*answer)(void *ctx, const struct round *r,
	    const struct node_row *row, const uint8_t *p, size_t n);
	/* verify a refusal, fill row's code and reason, and keep it */
	enum err (*refusal)(void *ctx, const struct round *r,
	    struct node_row *row, const uint8_t *p, size_t n);
	/* keep that a node is late */
	void (*late)(
	    void *ctx, const struct round *r, const struct node_row *row);
};

struct round_time {
	uint64_t utc_s, mono_ms;
};

/* round_new: no node asked yet; until_s is the query's close_at.  E_NOMEM. */
enum err round_new(struct round **out, const uint8_t id[QUERY_ID],
    const struct query *query) MUST_USE;

/* round_free: end it; what it has under way is taken off the load. */
void round_free(struct round *r, const struct round_host *h);

/* round_restore: what a node had said before a restart; others' rows (not in
 * the question) are ignored. */
void round_restore(struct round *r, const struct node_row *row);

/* round_find: the node's index, or -1. */
int round_find(const struct round *r, const struct party_id *node);

/* round_up: node i has the connection conn now: ask it what is open. */
void round_up(struct round *r, const struct round_host *h, int i, uint64_t conn,
    struct round_time t);

/* round_down: the connection is gone. */
void round_down(struct round *r, const struct round_host *h, uint64_t conn);

/* round_frame: a frame TAKEN, REFUSED, READY or CHUNK with the query's id. */
void round_frame(struct round *r, const struct round_host *h, int i,
    uint64_t conn, const struct frame *f, struct round_time t);

/* round_again: there are new approvals: ask those that refused once more. */
void round_again(
    struct round *r, const struct round_host *h, struct round_time t);

/* round_pump: ask for chunks as far as the load allows; give up pulls that
 * stand still. */
void round_pump(
    struct round *r, const struct round_host *h, struct round_time t);

enum round_verdict { ROUND_WAIT, ROUND_RELEASE, ROUND_FAIL };

/*
 * round_verdict: is it over?  At until_s, or as soon as every node has
 * answered or refused and send_at has passed; then RELEASE when the answers
 * reach the quorum.
 */
enum round_verdict round_verdict(const struct round *r, uint64_t utc_s);

/* round_close: no answer counts any more; what was under way is late. */
void round_close(struct round *r, const struct round_host *h);

#endif
