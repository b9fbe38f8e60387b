/*
 * node/roll.h -- the roster in force at a node.
 *
 * It only moves on: to a higher epoch, signed by governance.  What was in force
 * once is remembered in the ledger, so that neither a coordinator nor a folder
 * put back can go behind it.  One that no longer names this node with its key
 * comes into force like any other, or what it revokes would stay without effect
 * here; but the folder keeps the last that does.
 */
#ifndef NODE_ROLL_H
#define NODE_ROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "node/gate.h"
#include "policies/roster.h"

struct roll { /* by roll_open */
	const struct gate_config *config;
	const struct roster *roster; /* in force; changes with roll_offer */
	struct roster *own;          /* the same, or NULL: the identity's */
	bool named; /* in it; if not, nothing is to be answered */
};

/* roll_open: the newest roster that the ledger or the identity has.  c
 * outlives it.  E_DB, E_NOMEM. */
enum err roll_open(struct roll *out, const struct gate_config *c) MUST_USE;
void roll_close(struct roll *r);

/* roll_left_out: is the newest roster that the ledger remembers newer than the
 * identity's, and does it not name that one with its key?  Then *epoch is its
 * own, otherwise 0.  E_DB, E_NOMEM. */
enum err roll_left_out(uint32_t *epoch, struct ledger *ledger,
    const struct identity *identity) MUST_USE;

/*
 * roll_offer: take a note into force; errors as gate_roster.  *moved: the
 * coordinator stands in it otherwise than before, so that who is connected
 * must show again who they are.
 */
enum err roll_offer(
    struct roll *r, bool *moved, const char *note, size_t len) MUST_USE;

#endif
