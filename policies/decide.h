/*
 * policies/decide.h -- may this query be answered?  A pure function.
 *
 * Depends on the query, the roster, the policy, the calendar and the ledger,
 * never on a record.  The first rule that fails, in the order of the list, is
 * the reason.
 */
#ifndef POLICIES_DECIDE_H
#define POLICIES_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/query.h"
#include "policies/policy.h"
#include "policies/roster.h"
#include "privacy/charge.h"

#define DECIDE_APPROVALS_MAX 16

/* Values travel and are stored: never change one, add at the end.
 * X(name, value, code as text, sentence for people) */
/* clang-format off */
#define REFUSAL_LIST(X)                                                        \
	X(REFUSAL_NONE, 0, "none", "not refused")                              \
	X(REFUSAL_FORMAT, 1, "format", "the bytes are not a valid query")      \
	X(REFUSAL_CLOCK, 2, "clock", "this node's clock cannot be trusted")    \
	X(REFUSAL_ROSTER, 3, "roster",                                         \
	    "the query names a roster that is not in force here")              \
	X(REFUSAL_SIGNATURE, 4, "signature",                                   \
	    "the researcher's signature does not fit these bytes")             \
	X(REFUSAL_RESEARCHER, 5, "researcher",                                 \
	    "the sender is no researcher of the roster")                       \
	X(REFUSAL_EXPIRED, 6, "expired", "the query's time is over")           \
	X(REFUSAL_EARLY, 7, "early", "the query's time has not come")          \
	X(REFUSAL_LIFE, 8, "life", "the query is valid for too long")          \
	X(REFUSAL_NODE, 9, "node", "the query does not ask this node")         \
	X(REFUSAL_VETO, 10, "veto", "an approver has vetoed the query")        \
	X(REFUSAL_AUTHOR, 11, "author",                                        \
	    "an approver is the author, or of the author's organisation")      \
	X(REFUSAL_APPROVALS, 12, "approvals",                                  \
	    "fewer valid approvals of different organisations than needed")    \
	X(REFUSAL_RULES, 13, "rules",                                          \
	    "other theme rules or areas than this node has")                   \
	X(REFUSAL_NOT_COVERED, 14, "not-covered",                              \
	    "sources or months that this node does not cover")                 \
	X(REFUSAL_THEME, 15, "theme", "a theme that the policy does not allow")\
	X(REFUSAL_FINE, 16, "too-fine",                                        \
	    "finer places than the policy allows")                             \
	X(REFUSAL_BOUND, 17, "bound",                                          \
	    "more records per person than the policy allows")                  \
	X(REFUSAL_SENSITIVITY, 18, "sensitivity",                              \
	    "stated multiplicity or key domains are below the true ones")      \
	X(REFUSAL_CHARGE, 19, "charge",                                        \
	    "the stated charge is not what the answer costs")                  \
	X(REFUSAL_COST, 20, "cost", "one query may not cost so much")          \
	X(REFUSAL_BUDGET, 21, "budget", "the budget of a month is exhausted")  \
	X(REFUSAL_INTERNAL, 22, "internal", "this node has a fault")
/* clang-format on */

enum refusal {
#define X(name, value, code, words) name = value,
	REFUSAL_LIST(X)
#undef X
};

/* refusal_code: "budget"; refusal_words: the sentence; "unknown" for no such
 * value. */
const char *refusal_code(unsigned refusal);
const char *refusal_words(unsigned refusal);

struct decide_approval { /* an envelope whose signature was found good */
	struct party_id approver;
	bool veto;
	uint64_t not_before, not_after;
};

struct decide_facts {
	const struct party_id *node; /* this one */
	const struct policy *policy;
	const struct roster *roster; /* in force */
	const struct roster *pinned; /* the one that the query names, verified
				      * some time; NULL: never seen */
	uint64_t now_s;
	const struct query *query; /* query_check holds */
	size_t n_approvals;
	const struct decide_approval *approvals;
	const uint8_t *rules_hash, *areas_hash; /* [32], of this node's files */
	unsigned multiplicity; /* themes_multiplicity of the question */
	bool known; /* the answer to this question and epoch is charged */
	const struct cost *spent; /* [n_months], of the question's months;
				   * read unless known */
};

/*
 * decide: total: every query gets exactly one of the reasons, or NONE.
 *
 * FORMAT	query_check fails, or more than DECIDE_APPROVALS_MAX votes.
 * ROSTER	not current; of a demonstration, unless the policy accepts
 *		that; or not the one that the query names, unless pinned is
 *		and researcher, asked nodes and voters are unchanged since.
 * EXPIRED	also once close_at has passed.
 * EARLY	created more than 5 minutes in the future.
 * VETO		of any current approver, within the veto's times.
 * AUTHOR	a vote in favour by the author or a colleague refuses the
 *		query, also beside enough good ones: somebody tried.
 * APPROVALS	counted are votes, within their times, of current approvers
 *		of different organisations.
 * NOT_COVERED	of the sources asked this node must have at least one, and
 *		of each that it has every month asked.
 * CHARGE	any of the three stated charges is not what policies/price makes
 *		of the question.
 * COST, BUDGET	any of the three is above the policy's cap, of one query or,
 *		with what is spent, of one month.
 *
 * CLOCK, SIGNATURE and INTERNAL, and whether the lookup has the places that
 * the question states (FORMAT), are the caller's to find.
 */
enum refusal decide(const struct decide_facts *f);

/* decide_sender: the part that stands before decoding: is the sender of the
 * query a current researcher of the roster?  NONE or RESEARCHER or ROSTER. */
enum refusal decide_sender(
    const struct roster *r, const struct party_id *sender, uint64_t now_s);

#endif
