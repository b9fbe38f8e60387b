/*
 * node/gate.h -- the core of a node: verify, decide, charge, count, noise,
 * store, send.  No network, no clock and no randomness of its own.
 *
 * Order, each step on disk before the next: signatures of researcher and
 * approvers over the bytes as they travelled; decode; policies/decide; charge;
 * TAKEN; count, draw noise, add (privacy/release); store the answer; at send_at
 * READY, and chunks as they are pulled.  TAKEN leaves before the work, so that
 * its time does not tell how long counting and drawing took.  A charge without
 * an answer (a crash) is finished without a new charge.
 *
 * epoch: the last cut of the calendar (first second of the month, UTC), or,
 * if that is earlier, the time of the node's first charge: what was loaded
 * before anything was ever answered is visible at once.  A query keeps the
 * epoch under which it was taken first.
 */
#ifndef NODE_GATE_H
#define NODE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rng.h"
#include "model/area.h"
#include "model/theme.h"
#include "node/ledger.h"
#include "node/records.h"
#include "policies/enrol.h"
#include "policies/policy.h"
#include "protocol/core.h"

struct gate; /* opaque */

struct gate_config { /* all but the structs themselves outlive the gate */
	const struct identity *identity;
	struct party_id coordinator;
	const struct policy *policy;
	struct ledger *ledger;
	struct records *records;
	const struct areas *areas;
	const struct themes *themes;
	const uint8_t *areas_hash, *rules_hash; /* [32] */
	const struct clock *clock;
	const struct rng *rng;
	const struct log *log;
	struct core_net net;
	/* codec_query_read, or protocol/decoder around it */
	enum err (*decode)(
	    void *ctx, struct query *out, const uint8_t *buf, size_t len);
	void *decode_ctx;
	/* keep a newer roster that was verified; may be NULL */
	enum err (*keep_roster)(void *ctx, const char *note, size_t len);
	/* SIGHUP: put a new policy where policy points, and give the roster
	 * of the folder to gate_roster; may be NULL */
	void (*reload)(void *ctx, struct gate *g);
	void *keep_ctx; /* of both */
};

/* gate_new: with the newest roster that the ledger or the identity has.
 * E_NOMEM, E_DB, E_CLOCK (the clock is more than 5 minutes behind the highest
 * time seen). */
enum err gate_new(struct gate **out, const struct gate_config *c) MUST_USE;
void gate_free(struct gate *g);

/*
 * gate_roster: take a roster note into force, if it is signed by governance
 * and of a higher epoch than the one in force.  The one in force is remembered
 * too.
 *
 * E_STATE	not newer.
 * E_NOTFOUND	it is in force now, but does not name this node with this key:
 *		every query is refused until a newer one does.
 * E_CONFIG	not readable, or a demonstration's and the policy forbids it.
 * and those of roster_read, journal_keep_roster and keep_roster.
 */
enum err gate_roster(struct gate *g, const char *note, size_t len) MUST_USE;

/* gate_core: the gate in the shape of protocol/core. */
struct core gate_core(struct gate *g);

/* gate_connected: has the coordinator welcomed this node? */
bool gate_connected(const struct gate *g);

#endif
