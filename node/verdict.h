/*
 * node/verdict.h -- what a node says to a bundle: answer it, or why not.
 *
 * Verify, then decode: the decoder sees only bytes that a current researcher
 * of the roster has signed.  Nothing is charged here.
 */
#ifndef NODE_VERDICT_H
#define NODE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "node/gate.h"
#include "node/ledger.h"
#include "policies/decide.h"
#include "policies/roster.h"
#include "protocol/bundle.h"

#define VERDICT_CLOCK_S 300 /* a clock may be as far behind the ledger's */

struct verdict_facts {
	const struct gate_config *config;
	const struct roster *roster; /* in force */
	uint64_t now_s;              /* never goes back */
	bool clock_behind;           /* by more than VERDICT_CLOCK_S */
};

struct verdict {
	enum refusal refusal; /* NONE: answer */
	bool proven;          /* a researcher of the roster signed the query */
	struct query query;   /* if NONE, and so are the others */
	struct ledger_key key;
	enum ledger_state state;
};

/*
 * verdict_make: total over bundles: refusals are no errors.
 *
 * E_CLOSED	the decoder is gone.
 * E_TIMEOUT, E_SYSTEM, E_IO	it does not work.
 * E_DB, E_NOMEM	this node has a fault; *out is untouched.
 */
enum err verdict_make(struct verdict *out, const struct verdict_facts *f,
    const struct bundle *b) MUST_USE;

#endif
