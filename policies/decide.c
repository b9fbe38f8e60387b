#include "policies/decide.h"

#include <assert.h>
#include <string.h>

#include "model/theme.h"
#include "policies/price.h"

#define SKEW_S 300 /* seconds that a researcher's clock may be ahead */

const char *
refusal_code(unsigned refusal)
{
	switch (refusal) {
#define X(name, value, code, words) \
	case name:                  \
		return code;
		REFUSAL_LIST(X)
#undef X
	default:
		return "unknown";
	}
}

const char *
refusal_words(unsigned refusal)
{
	switch (refusal) {
#define X(name, value, code, words) \
	case name:                  \
		return words;
		REFUSAL_LIST(X)
#undef X
	default:
		return "unknown";
	}
}

/* Is the party the same member in the roster in force and the pinned one? */
static bool
unchanged(const struct decide_facts *f, const struct party_id *id)
{
	const struct member *now = roster_find(f->roster, id);
	const struct member *then = roster_find(f->pinned, id);

	return now != NULL && then != NULL && member_same(now, then);
}

/* Does q name r by epoch and hash? */
static bool
names_roster(const struct query *q, const struct roster *r)
{
	return q->roster_epoch == r->epoch &&
	       memcmp(q->roster_hash, r->hash, sizeof(r->hash)) == 0;
}

static bool
roster_bad(const struct decide_facts *f)
{
	const struct query *q = f->query;

	if (!roster_current(f->roster, f->now_s) ||
	    (f->roster->demo && !f->policy->demo))
		return true;
	if (names_roster(q, f->roster))
		return false;
	if (f->pinned == NULL || !names_roster(q, f->pinned) ||
	    f->pinned->epoch > f->roster->epoch ||
	    !unchanged(f, &q->researcher))
		return true;
	for (unsigned i = 0; i < q->q.n_nodes; i++)
		if (!unchanged(f, &q->q.nodes[i]))
			return true;
	for (size_t i = 0; i < f->n_approvals; i++)
		if (!unchanged(f, &f->approvals[i].approver))
			return true;
	return false;
}

enum refusal
decide_sender(
    const struct roster *r, const struct party_id *sender, uint64_t now_s)
{
	const struct member *m = roster_find(r, sender);

	if (!roster_current(r, now_s))
		return REFUSAL_ROSTER;
	if (m == NULL || !member_current(m, now_s) ||
	    !member_has(m, ROLE_RESEARCHER))
		return REFUSAL_RESEARCHER;
	return REFUSAL_NONE;
}

static enum refusal
decide_times(const struct decide_facts *f)
{
	const struct query *q = f->query;

	if (f->now_s >= q->not_after || f->now_s >= q->close_at)
		return REFUSAL_EXPIRED;
	if (q->created_at > f->now_s && q->created_at - f->now_s > SKEW_S)
		return REFUSAL_EARLY;
	if (q->not_after - q->created_at > f->policy->max_life_s)
		return REFUSAL_LIFE;
	return REFUSAL_NONE;
}

/* Is this node, as the roster has it, among the nodes asked? */
static bool
asked(const struct decide_facts *f)
{
	const struct member *me = roster_find(f->roster, f->node);

	if (me == NULL || !member_has(me, ROLE_NODE) ||
	    !member_current(me, f->now_s) ||
	    !party_id_same(f->node, &f->policy->node))
		return false;
	for (unsigned i = 0; i < f->query->q.n_nodes; i++)
		if (party_id_same(&f->query->q.nodes[i], f->node))
			return true;
	return false;
}

/* The approver whose vote a counts now; NULL when it does not. */
static const struct member *
voter(const struct decide_facts *f, const struct decide_approval *a)
{
	const struct member *m = roster_find(f->roster, &a->approver);

	if (m == NULL || !member_has(m, ROLE_APPROVER) ||
	    !member_current(m, f->now_s) || f->now_s < a->not_before ||
	    f->now_s >= a->not_after)
		return NULL;
	return m;
}

static bool
vetoed(const struct decide_facts *f)
{
	for (size_t i = 0; i < f->n_approvals; i++)
		if (f->approvals[i].veto && voter(f, &f->approvals[i]) != NULL)
			return true;
	return false;
}

/* Has the author, or a colleague, approved?  Whether the vote would count
 * does not matter, nor how many good ones stand beside it: somebody tried. */
static bool
self_approved(const struct decide_facts *f)
{
	const struct member *author =
	    roster_find(f->roster, &f->query->researcher);

	for (size_t i = 0; i < f->n_approvals; i++) {
		const struct decide_approval *a = &f->approvals[i];
		const struct member *m = roster_find(f->roster, &a->approver);

		if (a->veto)
			continue;
		if (party_id_same(&a->approver, &f->query->researcher) ||
		    (m != NULL && member_colleagues(m, author)))
			return true;
	}
	return false;
}

/* Different organisations whose approval counts: their number does not depend
 * on the order of votes.  One party is of one organisation, so it is counted
 * once. */
static unsigned
approvals(const struct decide_facts *f)
{
	const struct member *counted[DECIDE_APPROVALS_MAX];
	unsigned n = 0;

	for (size_t i = 0; i < f->n_approvals; i++) {
		const struct member *m = voter(f, &f->approvals[i]);
		unsigned j = 0;

		if (m == NULL || f->approvals[i].veto)
			continue;
		while (j < n && !member_colleagues(counted[j], m))
			j++;
		if (j == n)
			counted[n++] = m;
	}
	return n;
}

static enum refusal
decide_votes(const struct decide_facts *f)
{
	if (vetoed(f))
		return REFUSAL_VETO;
	if (self_approved(f))
		return REFUSAL_AUTHOR;
	if (approvals(f) < f->policy->approvals)
		return REFUSAL_APPROVALS;
	return REFUSAL_NONE;
}

static bool
rules_differ(const struct decide_facts *f)
{
	const struct question *q = &f->query->q;

	return memcmp(q->rules_hash, f->rules_hash, QUERY_ID) != 0 ||
	       (q->geo != GEO_GRID &&
		   memcmp(q->areas_hash, f->areas_hash, QUERY_ID) != 0);
}

/* Of the sources asked this node has at least one, and of each that it has
 * all months asked. */
static bool
covered(const struct policy *p, const struct question *q)
{
	bool any = false;

	for (unsigned i = 0; i < p->n_sources; i++) {
		const struct policy_source *s = &p->sources[i];

		if ((s->source & q->sources) == 0)
			continue;
		if (q->first_month < s->first_month ||
		    q->first_month + q->n_months > s->first_month + s->n_months)
			return false;
		any = true;
	}
	return any;
}

static bool
themes_allowed(const struct policy *p, const struct question *q)
{
	for (unsigned i = 0; i < q->n_themes; i++)
		if (q->themes[i] >= THEMES ||
		    (p->themes >> q->themes[i] & 1) == 0)
			return false;
	return true;
}

/* Are the places finer than any asked source of this node may be seen? */
static bool
too_fine(const struct policy *p, const struct question *q)
{
	for (unsigned i = 0; i < p->n_sources; i++) {
		const struct policy_source *s = &p->sources[i];

		if ((s->source & q->sources) == 0)
			continue;
		if (q->geo == GEO_GRID
			? s->finest_cell_m == 0 || q->cell_m < s->finest_cell_m
			: q->geo < s->finest_geo)
			return true;
	}
	return false;
}

static enum refusal
decide_question(const struct decide_facts *f)
{
	const struct policy *p = f->policy;
	const struct question *q = &f->query->q;

	if (rules_differ(f))
		return REFUSAL_RULES;
	if (!covered(p, q))
		return REFUSAL_NOT_COVERED;
	if (!themes_allowed(p, q))
		return REFUSAL_THEME;
	if (too_fine(p, q))
		return REFUSAL_FINE;
	if (q->c > p->c_max)
		return REFUSAL_BOUND;
	if (q->k < f->multiplicity || q->d < policy_domains(p, q->sources))
		return REFUSAL_SENSITIVITY;
	return REFUSAL_NONE;
}

/* Has every month room for the cost?  What is charged already has. */
static bool
affordable(const struct decide_facts *f, const struct cost *cost)
{
	struct cost sum;

	for (unsigned i = 0; i < f->query->q.n_months && !f->known; i++)
		if (cost_sum(&sum, &f->spent[i], cost) != E_OK ||
		    !cost_within(&sum, &f->policy->month_cap))
			return false;
	return true;
}

static enum refusal
decide_charge(const struct decide_facts *f)
{
	const struct question *q = &f->query->q;
	const struct cost stated = price_stated(q);
	struct price price;

	if (price_make(&price, q) != E_OK ||
	    !cost_within(&price.cost, &stated) ||
	    !cost_within(&stated, &price.cost))
		return REFUSAL_CHARGE;
	if (!cost_within(&price.cost, &f->policy->query_cap))
		return REFUSAL_COST;
	if (!affordable(f, &price.cost))
		return REFUSAL_BUDGET;
	return REFUSAL_NONE;
}

enum refusal
decide(const struct decide_facts *f)
{
	enum refusal r;

	assert(f->node != NULL && f->policy != NULL && f->roster != NULL &&
	       f->query != NULL && f->rules_hash != NULL &&
	       f->areas_hash != NULL && (f->known || f->spent != NULL) &&
	       (f->n_approvals == 0 || f->approvals != NULL));
	if (query_check(f->query) != E_OK ||
	    f->n_approvals > DECIDE_APPROVALS_MAX)
		return REFUSAL_FORMAT;
	if (roster_bad(f))
		return REFUSAL_ROSTER;
	if ((r = decide_sender(f->roster, &f->query->researcher, f->now_s)) !=
		REFUSAL_NONE ||
	    (r = decide_times(f)) != REFUSAL_NONE)
		return r;
	if (!asked(f))
		return REFUSAL_NODE;
	if ((r = decide_votes(f)) != REFUSAL_NONE ||
	    (r = decide_question(f)) != REFUSAL_NONE)
		return r;
	return decide_charge(f);
}
