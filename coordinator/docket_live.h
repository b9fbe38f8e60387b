/*
 * coordinator/docket_live.h -- one query of the docket and what moves it:
 * waiting, open, settled.
 *
 * For the files of the docket alone.  Errors of all functions here: E_DB,
 * E_NOMEM, faults of this machine.
 */
#ifndef COORDINATOR_DOCKET_LIVE_H
#define COORDINATOR_DOCKET_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coordinator/docket.h"
#include "coordinator/proof.h"
#include "coordinator/queries.h"
#include "coordinator/rounds.h"
#include "model/query.h"
#include "protocol/bundle.h"

struct live { /* a query that is waiting, open, or closed not long ago */
	struct round *round;
	enum query_state state;
	bool at_once;
	bool approved; /* when last looked at, or once before */
	struct party_id by;
	uint64_t ripe_s; /* waiting: when to look again; 0: not by time */
	uint64_t free_s; /* closed: when to forget it */
};

struct docket {
	struct docket_config c;
	const struct roster *roster;
	struct round_load load;
	struct round_host host;
	enum err fault; /* met inside a callback of a round */
	size_t n;
	struct live live[DOCKET_MAX];
};

/* docket_live_time: now.  docket_live_view: what envelopes are held against,
 * now. */
struct round_time docket_live_time(const struct docket *d);
struct proof_view docket_live_view(const struct docket *d);

/* docket_live_find: the query with that id, or NULL. */
struct live *docket_live_find(struct docket *d, const uint8_t id[QUERY_ID]);

/* docket_live_forget: let a query go; the last one takes its place. */
void docket_live_forget(struct docket *d, struct live *l);

/* docket_live_log: what befell a query, of whom. */
void docket_live_log(const struct docket *d, const char *event,
    const uint8_t *id, const char *who, const char *what);

/* docket_live_fault: remember the first fault met where none can be returned;
 * E_OK does nothing. */
void docket_live_fault(struct docket *d, enum err e);

/* docket_live_bundle: what is stored of a query, E_NOTFOUND when nothing is;
 * *buf is the caller's and is what b views. */
enum err docket_live_bundle(struct docket *d, uint8_t **buf, struct bundle *b,
    const uint8_t id[QUERY_ID]) MUST_USE;

/* docket_live_rows: put what its nodes had said into a round. */
enum err docket_live_rows(struct docket *d, struct round *r) MUST_USE;

/* docket_live_standing: how do the query's own signature and its approvals
 * stand?  Without a good signature nobody has approved anything. */
enum err docket_live_standing(
    struct docket *d, struct live *l, struct proof_count *out) MUST_USE;

/* docket_live_open: open the round of a waiting query and ask the nodes that
 * are here. */
enum err docket_live_open(struct docket *d, struct live *l) MUST_USE;

/* docket_live_settle: the query ends so, without a release. */
enum err docket_live_settle(
    struct docket *d, struct live *l, enum query_state state) MUST_USE;

/* docket_live_look: is it time for a waiting query to be opened or given up?
 */
enum err docket_live_look(struct docket *d, struct live *l) MUST_USE;

#endif
