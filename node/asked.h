/*
 * node/asked.h -- the queries that were taken and whose round is not over.
 *
 *	put --send_at--> due: READY --PULL--> open: chunks --close_at--> gone
 *
 * A round forgotten here (full table, restart) loses nothing: asked again, the
 * ledger has its answer.  The signed bytes of an answer are made when they are
 * needed, the same each time, and kept within ASKED_BYTES.
 */
#ifndef NODE_ASKED_H
#define NODE_ASKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/gate.h"
#include "node/verdict.h"

#define ASKED_MAX 256
#define ASKED_BYTES ((size_t)64 * 1024 * 1024)

struct asked { /* one query; a pointer is valid until the next put or tidy */
	bool live;
	uint8_t id[QUERY_ID];
	struct ledger_key key;
	uint64_t send_at, close_at; /* UTC seconds */
	uint64_t conn;              /* who asked last; 0: it is gone */
	bool ready;                 /* READY was said there */
	bool sent;                  /* its last chunk was sent some time */
	uint64_t seq;               /* of its envelope; 0: none made yet */
	uint64_t order, used;       /* when put, when last opened */
	uint8_t *bytes;             /* the envelope, or NULL */
	size_t len;
};

struct asked_table; /* opaque */

/* asked_new: an empty table; c outlives it.  E_NOMEM. */
enum err asked_new(
    struct asked_table **out, const struct gate_config *c) MUST_USE;
void asked_free(struct asked_table *t); /* NULL does nothing */

/* asked_find: the query of that id, or NULL. */
struct asked *asked_find(struct asked_table *t, const uint8_t id[QUERY_ID]);

/* asked_room: is there a place for one more?  The oldest that was sent gives
 * up its own. */
bool asked_room(const struct asked_table *t);

/* asked_put: the query, asked on conn; a broken caller without asked_room
 * (assert).  One that is there keeps its envelope. */
void asked_put(struct asked_table *t, const uint8_t id[QUERY_ID],
    const struct verdict *v, uint64_t conn);

/* asked_drop: forget it. */
void asked_drop(struct asked_table *t, struct asked *a);

/* asked_gone: the connection is. */
void asked_gone(struct asked_table *t, uint64_t conn);

/* asked_due: one that must say READY now, or NULL. */
struct asked *asked_due(struct asked_table *t, uint64_t now_s);

/* asked_open: make a->bytes and a->len valid until the next asked_open.
 * E_NOTFOUND (no answer in the ledger), E_DB, E_NOMEM, E_RANGE, E_LIMIT. */
enum err asked_open(
    struct asked_table *t, struct asked *a, uint64_t now_s) MUST_USE;

/* asked_tidy: forget those whose round has been closed for HELLO_SKEW_S. */
void asked_tidy(struct asked_table *t, uint64_t now_s);

#endif
