/*
 * coordinator/docket.h -- the queries that are not settled, and their rounds.
 *
 * Takes bundles in, opens a round when two organisations have approved (or at
 * once, when so told), asks the nodes, keeps what they say, and releases the
 * sums.  Everything is in the database before anybody is told: after a restart
 * docket_new goes on where it was.
 *
 * A function here that returns an error other than E_OK and those it lists
 * has met a fault of this machine (E_DB, E_NOMEM, E_CLOSED of the decoder):
 * the process should end and be started again.
 */
#ifndef COORDINATOR_DOCKET_H
#define COORDINATOR_DOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "coordinator/db.h"
#include "coordinator/meaning.h"
#include "coordinator/text.h"
#include "model/area.h"
#include "model/query.h"
#include "policies/roster.h"
#include "protocol/frame.h"
#include "protocol/talk.h"

#define DOCKET_MAX 256     /* queries waiting or open */
#define DOCKET_EACH 64     /* of these, brought by one party */
#define DOCKET_SKEW_S 300  /* what a researcher's clock may be ahead */
#define DOCKET_HEAR_S 15   /* what nodes have at least to refuse (TALK_NOW) */
#define DOCKET_GRACE_S 600 /* a closed round still hears who is late */
#define DOCKET_INVALID 8   /* approvals kept that do not count (TALK_NOW) */

struct docket; /* opaque */

struct docket_config { /* what it points at outlives the docket */
	const struct party_id *me;
	struct db *db;
	const struct areas *areas;     /* names of forces */
	const struct meaning *meaning; /* words of themes */
	const struct clock *clock;
	const struct log *log;
	/* as codec_query_read; E_CLOSED, E_NOMEM: a fault of ours */
	enum err (*decode)(
	    void *ctx, struct query *out, const uint8_t *buf, size_t len);
	void *decode_ctx;
	/* connections of nodes: */
	void (*send)(void *ctx, uint64_t conn, const struct frame *f);
	void (*drop)(void *ctx, uint64_t conn); /* may call docket_down */
	uint64_t (*conn_of)(void *ctx, const struct party_id *p); /* 0: none */
	void *ctx;
};

/* docket_new: with what the database holds.  roster: in force, until
 * docket_roster gives another; stays the caller's. */
enum err docket_new(struct docket **out, const struct docket_config *c,
    const struct roster *roster) MUST_USE;
void docket_free(struct docket *d); /* NULL does nothing */

void docket_roster(struct docket *d, const struct roster *roster);

struct docket_paper { /* what somebody submits */
	const struct party_id *by;
	bool now; /* TALK_NOW */
	const uint8_t *bytes;
	size_t len;
};

struct docket_reply {
	enum err err;               /* E_OK, or why it was not taken */
	char words[TALK_WORDS + 1]; /* for people; when not taken */
	uint8_t id[QUERY_ID];       /* of the query; when taken */
};

/* docket_submit: take a bundle in; *reply says what became of it. */
enum err docket_submit(struct docket *d, struct docket_reply *reply,
    const struct docket_paper *paper) MUST_USE;

/* docket_status: append the JSON of a query (coordinator/status).
 * E_NOTFOUND: no such query. */
enum err docket_status(
    struct docket *d, struct text *out, const uint8_t id[QUERY_ID]) MUST_USE;

/* docket_up: a node is connected.  docket_down: a connection is gone, whoever
 * it was. */
enum err docket_up(
    struct docket *d, const struct party_id *node, uint64_t conn) MUST_USE;
void docket_down(struct docket *d, uint64_t conn);

/* docket_frame: a node said TAKEN, REFUSED, READY or CHUNK. */
enum err docket_frame(struct docket *d, const struct party_id *node,
    uint64_t conn, const struct frame *f) MUST_USE;

/* docket_tick: look at the clock. */
enum err docket_tick(struct docket *d) MUST_USE;

#endif
