/* Promises of policies/decide: one good query is answered, and every change
 * that should refuse it does, for its own reason; nothing that comes from
 * outside loosens what the policy says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/theme.h"
#include "policies/decide.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW UINT64_C(1700000000)
#define DAY UINT64_C(86400)
#define FIRST 612 /* 2021-01 */

struct world {
	struct roster roster, old;
	struct policy policy;
	struct query query;
	struct decide_approval votes[DECIDE_APPROVALS_MAX + 1];
	uint8_t rules[32], areas[32];
	uint64_t spent[QUERY_MONTHS_MAX];
	struct party_id node;
	struct decide_facts facts;
};

static struct member *
member(struct roster *r, const char *id)
{
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->members[i].id.s, id) == 0)
			return &r->members[i];
	fail_msg("no member %s", id);
	return NULL;
}

/* Ids must rise. */
static void
join(struct roster *r, const char *id, const char *organisation, unsigned roles)
{
	struct member *m = &r->members[r->n];

	assert_int_equal(party_id_parse(&m->id, id, strlen(id)), E_OK);
	strcpy(m->name, id);
	strcpy(m->organisation, organisation);
	m->roles = roles;
	m->valid_from = NOW - DAY;
	m->valid_until = NOW + DAY;
	memset(m->sign_public, (int)r->n + 1, sizeof(m->sign_public));
	memset(m->tls_fingerprint, (int)r->n + 1, sizeof(m->tls_fingerprint));
	r->n++;
}

static void
make_roster(struct roster *r)
{
	memset(r, 0, sizeof(*r));
	r->epoch = 5;
	r->valid_from = NOW - DAY;
	r->valid_until = NOW + DAY;
	memset(r->hash, 5, sizeof(r->hash));
	join(r, "analyst", "University", ROLE_RESEARCHER);
	join(r, "board", "Police Board", ROLE_APPROVER);
	join(r, "board-2", "Police Board", ROLE_APPROVER);
	join(r, "guardian", "NHS Governance", ROLE_APPROVER);
	join(r, "gwent", "Gwent Police", ROLE_NODE);
	join(r, "rector", "UNIVERSITY", ROLE_APPROVER);
	join(r, "south-wales", "South Wales Police", ROLE_NODE);
	join(r, "visitor", "Elsewhere", ROLE_AUDITOR);
}

static void
make_query(struct query *q)
{
	memset(q, 0, sizeof(*q));
	q->version = QUERY_VERSION;
	strcpy(q->title, "Violence");
	strcpy(q->purpose, "prevention");
	strcpy(q->project, "partnership");
	strcpy(q->researcher.s, "analyst");
	q->roster_epoch = 5;
	memset(q->roster_hash, 5, sizeof(q->roster_hash));
	q->created_at = NOW - 60;
	q->send_at = NOW + 60;
	q->close_at = NOW + 600;
	q->not_after = NOW + DAY;
	q->quorum = 1;
	q->q.measure = MEASURE_COUNT;
	q->q.sources = SOURCE_ALL;
	q->q.n_themes = 2;
	q->q.themes[0] = THEME_VIOLENCE;
	q->q.themes[1] = THEME_KNIFE;
	q->q.first_month = FIRST + 3;
	q->q.n_months = 3;
	q->q.slicing = SLICE_MONTH;
	q->q.geo = GEO_LSOA11;
	q->q.n_areas = 1;
	strcpy(q->q.areas[0], "W15000002");
	q->q.n_places = 100;
	memset(q->q.areas_hash, 8, sizeof(q->q.areas_hash));
	memset(q->q.rules_hash, 9, sizeof(q->q.rules_hash));
	q->q.c = 1;
	q->q.k = 2;
	q->q.d = 1;
	q->q.g = 2;
	q->q.strategy = STRATEGY_IDENTITY;
	q->q.s2_num = 50;
	q->q.s2_den = 1;
	q->q.charge_nrho = 20000000; /* 2 / (2 * 50) */
	q->q.mode = MODE_PER_NODE;
	q->q.n_nodes = 2;
	strcpy(q->q.nodes[0].s, "gwent");
	strcpy(q->q.nodes[1].s, "south-wales");
}

static void
vote(struct world *w, size_t i, const char *approver)
{
	memset(&w->votes[i], 0, sizeof(w->votes[i]));
	strcpy(w->votes[i].approver.s, approver);
	w->votes[i].not_before = NOW - 10;
	w->votes[i].not_after = NOW + DAY;
	w->facts.n_approvals = i + 1;
}

static struct world *
good(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	make_roster(&w->roster);
	make_roster(&w->old);
	w->old.epoch = 4;
	memset(w->old.hash, 4, sizeof(w->old.hash));
	make_query(&w->query);
	strcpy(w->node.s, "gwent");
	policy_default(&w->policy, &w->node,
	    SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB, FIRST, 12);
	memset(w->rules, 9, sizeof(w->rules));
	memset(w->areas, 8, sizeof(w->areas));
	w->facts = (struct decide_facts){ .node = &w->node,
		.policy = &w->policy,
		.roster = &w->roster,
		.now_s = NOW,
		.query = &w->query,
		.approvals = w->votes,
		.rules_hash = w->rules,
		.areas_hash = w->areas,
		.multiplicity = 2,
		.spent_nrho = w->spent };
	vote(w, 0, "board");
	vote(w, 1, "guardian");
	return w;
}

/* The same question on squares. */
static void
on_grid(struct world *w)
{
	struct question *q = &w->query.q;

	q->geo = GEO_GRID;
	q->cell_m = 1000;
	q->west = 300000;
	q->south = 170000;
	q->cols = 10;
	q->rows = 10;
	q->n_places = 100;
	q->n_areas = 0;
	memset(q->areas, 0, sizeof(q->areas));
	memset(q->areas_hash, 0, sizeof(q->areas_hash));
}

/* The query names the older roster, which is known. */
static void
by_old(struct world *w)
{
	w->query.roster_epoch = 4;
	memset(w->query.roster_hash, 4, sizeof(w->query.roster_hash));
	w->facts.pinned = &w->old;
}

#define CHANGE(name, ...)                 \
	static void name(struct world *w) \
	{                                 \
		__VA_ARGS__;              \
	}

/* clang-format off */
CHANGE(nothing, (void)w)
CHANGE(close_now, w->facts.now_s = w->query.close_at - 1)
CHANGE(skew, w->query.created_at = NOW + 300; w->query.send_at = NOW + 301)
CHANGE(third_vote, vote(w, 2, "board-2"))
CHANGE(voted_twice, vote(w, 2, "board"))
CHANGE(outsider, vote(w, 2, "visitor"))
CHANGE(nobody, vote(w, 2, "nobody"))
CHANGE(old_veto, vote(w, 2, "board-2"); w->votes[2].veto = true;
    w->votes[2].not_after = NOW)
CHANGE(lay_veto, vote(w, 2, "visitor"); w->votes[2].veto = true)
CHANGE(author_veto, vote(w, 2, "analyst"); w->votes[2].veto = true)
CHANGE(spent_fits, w->spent[2] = 80000000)
CHANGE(known_spent, w->spent[1] = UINT64_MAX; w->facts.known = true)
CHANGE(known_null, w->facts.spent_nrho = NULL; w->facts.known = true)
CHANGE(coarser, w->query.q.geo = GEO_FORCE)
CHANGE(k_more, w->facts.multiplicity = 1)
CHANGE(old_roster, by_old(w))
CHANGE(all_months, w->query.q.first_month = FIRST; w->query.q.n_months = 12)
CHANGE(demo_ok, w->roster.demo = true; w->policy.demo = true)
CHANGE(d_more, w->query.q.d = 2; w->query.q.s2_num = 200)

CHANGE(version, w->query.version = 2)
CHANGE(no_theme, w->query.q.n_themes = 0)
CHANGE(votes_17, for (size_t i = 2; i < 17; i++) vote(w, i, "board-2"))
CHANGE(roster_over, w->roster.valid_until = NOW)
CHANGE(roster_early, w->roster.valid_from = NOW + 1)
CHANGE(demo, w->roster.demo = true)
CHANGE(hash_bit, w->query.roster_hash[31] ^= 1)
CHANGE(epoch_only, w->query.roster_epoch = 4)
CHANGE(old_unknown, by_old(w); w->facts.pinned = NULL)
CHANGE(old_other, by_old(w); w->query.roster_hash[0] ^= 1)
CHANGE(old_newer, by_old(w); w->old.epoch = 6; w->query.roster_epoch = 6)
CHANGE(old_key, by_old(w); member(&w->old, "analyst")->sign_public[0] ^= 1)
CHANGE(old_tls, by_old(w); member(&w->old, "gwent")->tls_fingerprint[0] ^= 1)
CHANGE(old_node, by_old(w); member(&w->old, "south-wales")->sources ^= 1)
CHANGE(old_voter, by_old(w); member(&w->old, "board")->organisation[0] = 'X')
CHANGE(old_gone, by_old(w); strcpy(member(&w->roster, "south-wales")->id.s,
    "south-w"))
CHANGE(new_voter, by_old(w); strcpy(member(&w->old, "guardian")->id.s,
    "guardiam"))
CHANGE(no_researcher, strcpy(w->query.researcher.s, "nobody");)
CHANGE(no_role, strcpy(w->query.researcher.s, "visitor"))
CHANGE(not_yet, member(&w->roster, "analyst")->valid_from = NOW + 1)
CHANGE(no_longer, member(&w->roster, "analyst")->valid_until = NOW)
CHANGE(expired, w->query.send_at = NOW - 30; w->query.close_at = NOW;
    w->query.not_after = NOW)
CHANGE(closed, w->facts.now_s = w->query.close_at)
CHANGE(early, w->query.created_at = NOW + 301; w->query.send_at = NOW + 302)
CHANGE(life, w->policy.max_life_s = DAY)
CHANGE(not_asked, memmove(&w->query.q.nodes[0], &w->query.q.nodes[1],
    sizeof(w->node)); memset(&w->query.q.nodes[1], 0, sizeof(w->node));
    w->query.q.n_nodes = 1)
CHANGE(no_node, member(&w->roster, "gwent")->roles = ROLE_HELPER)
CHANGE(node_over, member(&w->roster, "gwent")->valid_until = NOW)
CHANGE(other_policy, strcpy(w->policy.node.s, "dyfed"))
CHANGE(veto, vote(w, 2, "board-2"); w->votes[2].veto = true)
CHANGE(own_veto, vote(w, 2, "board"); w->votes[2].veto = true)
CHANGE(author, vote(w, 2, "analyst"))
CHANGE(author_approver, member(&w->roster, "analyst")->roles |= ROLE_APPROVER;
    vote(w, 1, "analyst"))
CHANGE(colleague, vote(w, 2, "rector"))
CHANGE(late_colleague, vote(w, 2, "rector"); w->votes[2].not_after = NOW)
CHANGE(no_votes, w->facts.n_approvals = 0)
CHANGE(null_votes, w->facts.n_approvals = 0; w->facts.approvals = NULL)
CHANGE(one_vote, w->facts.n_approvals = 1)
CHANGE(twice, vote(w, 1, "board"))
CHANGE(one_house, vote(w, 1, "board-2"))
CHANGE(house_case, strcpy(member(&w->roster, "guardian")->organisation,
    "POLICE BOARD"))
CHANGE(vote_over, w->votes[1].not_after = NOW)
CHANGE(vote_early, w->votes[1].not_before = NOW + 1)
CHANGE(voter_over, member(&w->roster, "guardian")->valid_until = NOW)
CHANGE(voter_lost, member(&w->roster, "guardian")->roles = ROLE_AUDITOR)
CHANGE(needs_three, w->policy.approvals = 3; vote(w, 2, "board-2"))
CHANGE(rules, w->query.q.rules_hash[0] ^= 1)
CHANGE(areas, w->query.q.areas_hash[31] ^= 1)
CHANGE(not_ours, w->query.q.sources = SOURCE_NHS_ED)
CHANGE(month_before, w->query.q.first_month = FIRST - 1)
CHANGE(month_after, w->query.q.first_month = FIRST + 10)
CHANGE(one_short, w->policy.sources[1].n_months = 5)
CHANGE(theme, w->policy.themes &= ~(1U << THEME_KNIFE))
CHANGE(fine, w->policy.sources[0].finest_geo = GEO_MSOA11)
CHANGE(fine_other, w->policy.sources[1].finest_geo = GEO_LAD)
CHANGE(fine_grid, on_grid(w); w->policy.sources[1].finest_cell_m = 2000)
CHANGE(no_grid, on_grid(w); w->policy.sources[0].finest_cell_m = 0)
CHANGE(bound, w->query.q.c = 2; w->query.q.s2_num = 200)
CHANGE(few_k, w->query.q.k = 1; w->query.q.s2_num = 25)
CHANGE(few_d, w->policy.sources[0].person = w->policy.sources[1].person = true;
    strcpy(w->policy.sources[0].domain, "a");
    strcpy(w->policy.sources[1].domain, "b"))
CHANGE(cheap, w->query.q.charge_nrho--)
CHANGE(dear, w->query.q.charge_nrho++)
CHANGE(less_noise, w->query.q.s2_num--)
CHANGE(more_noise, w->query.q.s2_num++)
CHANGE(den, w->query.q.s2_den = 2)
CHANGE(cost, w->policy.query_nrho = 19999999)
CHANGE(budget, w->spent[2] = 80000001)
CHANGE(wraps, w->spent[0] = UINT64_MAX)
/* clang-format on */

static const struct {
	void (*change)(struct world *w);
	const char *what;
	enum refusal want;
} cases[] = {
	{ nothing, "the good query", REFUSAL_NONE },
	{ on_grid, "on squares", REFUSAL_NONE },
	{ close_now, "a second before it closes", REFUSAL_NONE },
	{ skew, "a clock 5 minutes ahead", REFUSAL_NONE },
	{ third_vote, "a third vote", REFUSAL_NONE },
	{ voted_twice, "one votes twice", REFUSAL_NONE },
	{ outsider, "a vote that does not count beside", REFUSAL_NONE },
	{ nobody, "a vote of nobody beside", REFUSAL_NONE },
	{ old_veto, "a veto that has run out", REFUSAL_NONE },
	{ lay_veto, "a veto by no approver", REFUSAL_NONE },
	{ author_veto, "a veto by no approver, the author", REFUSAL_NONE },
	{ spent_fits, "the last of the budget", REFUSAL_NONE },
	{ known_spent, "a known answer costs nothing", REFUSAL_NONE },
	{ known_null, "spending is not read when known", REFUSAL_NONE },
	{ coarser, "coarser places", REFUSAL_NONE },
	{ k_more, "k above the true one", REFUSAL_NONE },
	{ d_more, "d above the true one", REFUSAL_NONE },
	{ old_roster, "an older roster, unchanged parties", REFUSAL_NONE },
	{ all_months, "all months", REFUSAL_NONE },
	{ demo_ok, "a demonstration, accepted", REFUSAL_NONE },

	{ version, "another version", REFUSAL_FORMAT },
	{ no_theme, "no theme", REFUSAL_FORMAT },
	{ votes_17, "17 votes", REFUSAL_FORMAT },
	{ roster_over, "the roster has run out", REFUSAL_ROSTER },
	{ roster_early, "the roster's time has not come", REFUSAL_ROSTER },
	{ demo, "a demonstration's roster", REFUSAL_ROSTER },
	{ hash_bit, "another roster", REFUSAL_ROSTER },
	{ epoch_only, "the hash of one, the epoch of another", REFUSAL_ROSTER },
	{ old_unknown, "an older roster never seen", REFUSAL_ROSTER },
	{ old_other, "another older roster", REFUSAL_ROSTER },
	{ old_newer, "a newer roster than in force", REFUSAL_ROSTER },
	{ old_key, "the researcher's key has changed", REFUSAL_ROSTER },
	{ old_tls, "the node's certificate has changed", REFUSAL_ROSTER },
	{ old_node, "another asked node has changed", REFUSAL_ROSTER },
	{ old_voter, "an approver has changed", REFUSAL_ROSTER },
	{ old_gone, "an asked node has gone", REFUSAL_ROSTER },
	{ new_voter, "an approver is new", REFUSAL_ROSTER },
	{ no_researcher, "an unknown sender", REFUSAL_RESEARCHER },
	{ no_role, "a sender without the role", REFUSAL_RESEARCHER },
	{ not_yet, "a researcher not yet valid", REFUSAL_RESEARCHER },
	{ no_longer, "a researcher no longer valid", REFUSAL_RESEARCHER },
	{ expired, "expired", REFUSAL_EXPIRED },
	{ closed, "closed", REFUSAL_EXPIRED },
	{ early, "from the future", REFUSAL_EARLY },
	{ life, "valid too long", REFUSAL_LIFE },
	{ not_asked, "this node is not asked", REFUSAL_NODE },
	{ no_node, "this party is no node", REFUSAL_NODE },
	{ node_over, "this node is no longer valid", REFUSAL_NODE },
	{ other_policy, "another node's policy", REFUSAL_NODE },
	{ veto, "a veto beside two approvals", REFUSAL_VETO },
	{ own_veto, "an approver's later veto", REFUSAL_VETO },
	{ author, "the author beside two good ones", REFUSAL_AUTHOR },
	{ author_approver, "the author is an approver", REFUSAL_AUTHOR },
	{ colleague, "a colleague beside two good ones", REFUSAL_AUTHOR },
	{ late_colleague, "a colleague whose vote is over", REFUSAL_AUTHOR },
	{ no_votes, "no votes", REFUSAL_APPROVALS },
	{ null_votes, "no votes, no list", REFUSAL_APPROVALS },
	{ one_vote, "one vote", REFUSAL_APPROVALS },
	{ twice, "one vote twice", REFUSAL_APPROVALS },
	{ one_house, "two of one organisation", REFUSAL_APPROVALS },
	{ house_case, "one organisation, in capitals", REFUSAL_APPROVALS },
	{ vote_over, "an approval that has run out", REFUSAL_APPROVALS },
	{ vote_early, "an approval not yet valid", REFUSAL_APPROVALS },
	{ voter_over, "an approver no longer valid", REFUSAL_APPROVALS },
	{ voter_lost, "an approver without the role", REFUSAL_APPROVALS },
	{ needs_three, "three of two organisations", REFUSAL_APPROVALS },
	{ rules, "other rules", REFUSAL_RULES },
	{ areas, "other areas", REFUSAL_RULES },
	{ not_ours, "sources of others only", REFUSAL_NOT_COVERED },
	{ month_before, "a month before", REFUSAL_NOT_COVERED },
	{ month_after, "a month after", REFUSAL_NOT_COVERED },
	{ one_short, "one source lacks a month", REFUSAL_NOT_COVERED },
	{ theme, "a theme not allowed", REFUSAL_THEME },
	{ fine, "too fine for one source", REFUSAL_FINE },
	{ fine_other, "too fine for another source", REFUSAL_FINE },
	{ fine_grid, "squares too small", REFUSAL_FINE },
	{ no_grid, "no squares allowed", REFUSAL_FINE },
	{ bound, "too many records per person", REFUSAL_BOUND },
	{ few_k, "multiplicity understated", REFUSAL_SENSITIVITY },
	{ few_d, "domains understated", REFUSAL_SENSITIVITY },
	{ cheap, "charge understated", REFUSAL_CHARGE },
	{ dear, "charge overstated", REFUSAL_CHARGE },
	{ less_noise, "less noise at the same charge", REFUSAL_CHARGE },
	{ more_noise, "more noise at the same charge", REFUSAL_CHARGE },
	{ den, "another denominator", REFUSAL_CHARGE },
	{ cost, "too dear for one query", REFUSAL_COST },
	{ budget, "over the budget of the last month", REFUSAL_BUDGET },
	{ wraps, "a sum that would wrap", REFUSAL_BUDGET },
};

static void
test_every_change_is_refused_for_its_own_reason(void **state)
{
	bool seen[REFUSAL_INTERNAL + 1] = { false };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world *w = good();
		enum refusal got;

		cases[i].change(w);
		got = decide(&w->facts);
		if (got != cases[i].want)
			fail_msg("%s: %s, not %s", cases[i].what,
			    refusal_code(got), refusal_code(cases[i].want));
		seen[got] = true;
		free(w);
	}
	for (unsigned r = 0; r < COUNT(seen); r++)
		if (!seen[r] && r != REFUSAL_CLOCK && r != REFUSAL_SIGNATURE &&
		    r != REFUSAL_INTERNAL)
			fail_msg("no case for %s", refusal_code(r));
}

/* Of two faults the one earlier in the list is the reason, except FORMAT,
 * CLOCK, SIGNATURE and the changes that undo each other. */
static void
test_the_first_rule_that_fails_is_the_reason(void **state)
{
	static void (*const order[])(struct world *) = { roster_over, no_role,
		closed, life, other_policy, veto, no_votes, rules, not_ours,
		theme, bound, few_k, cheap, cost, budget };

	(void)state;
	for (size_t i = 0; i + 1 < COUNT(order); i++) {
		struct world *alone = good(), *both = good();

		order[i](alone);
		for (size_t j = COUNT(order) - 1; j > i; j--)
			if (order[j] != no_votes || order[i] != veto)
				order[j](both);
		order[i](both);
		assert_int_equal(decide(&both->facts), decide(&alone->facts));
		free(alone);
		free(both);
	}
}

/* A small generator of its own: the same run every time. */
static uint64_t
next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* What an accepted query must be, written from docs/privacy.md and not from
 * the code: only with this may a node answer. */
static void
hold(const struct world *w)
{
	const struct query *query = &w->query;
	const struct question *q = &query->q;
	const struct policy *p = &w->policy;
	/* 10^9 d^2 c^2 k den / (2 num), rounded up; small here */
	uint64_t twice =
	    UINT64_C(1000000000) * q->d * q->d * q->c * q->c * q->k * q->s2_den;
	uint64_t cost =
	    (twice + 2 * (uint64_t)q->s2_num - 1) / (2 * (uint64_t)q->s2_num);
	bool board = false, guardian = false;

	assert_true(q->charge_nrho == cost && cost <= p->query_nrho);
	for (unsigned i = 0; i < q->n_months; i++)
		assert_true(w->spent[i] + cost <= p->month_nrho);
	assert_true(q->c <= p->c_max && q->k >= 2 && q->d >= 1);
	assert_true(q->first_month >= FIRST &&
		    q->first_month + q->n_months <= FIRST + 12);
	assert_true(
	    (q->sources & (SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB)) != 0);
	assert_true(q->geo >= GEO_MSOA11 && q->geo <= GEO_FORCE);
	assert_true(query->not_after - query->created_at <= 2 * DAY);
	assert_string_equal(q->nodes[0].s, "gwent");
	for (unsigned i = 0; i < q->n_themes; i++)
		assert_true(q->themes[i] != THEME_DRUGS);
	assert_memory_equal(q->rules_hash, w->rules, 32);
	assert_memory_equal(q->areas_hash, w->areas, 32);
	assert_memory_equal(query->roster_hash, w->roster.hash, 32);
	assert_true(NOW < query->close_at && NOW < query->not_after &&
		    query->created_at <= NOW + 300);
	assert_string_equal(query->researcher.s, "analyst");
	for (size_t i = 0; i < w->facts.n_approvals; i++) {
		const struct decide_approval *a = &w->votes[i];
		bool timely = a->not_before <= NOW && NOW < a->not_after;

		assert_true(
		    a->veto || (strcmp(a->approver.s, "analyst") != 0 &&
				   strcmp(a->approver.s, "rector") != 0));
		board = board || (timely && !a->veto &&
				     strncmp(a->approver.s, "board", 5) == 0);
		guardian =
		    guardian || (timely && !a->veto &&
				    strcmp(a->approver.s, "guardian") == 0);
		assert_true(!(timely && a->veto &&
			      strcmp(a->approver.s, "visitor") != 0 &&
			      strcmp(a->approver.s, "analyst") != 0 &&
			      strcmp(a->approver.s, "gwent") != 0));
	}
	assert_true(board && guardian);
}

/* One change that somebody outside can make: a field of the query, or of the
 * votes. */
static void
tamper(struct world *w, uint64_t *s)
{
	static const char *const who[] = { "analyst", "board", "board-2",
		"guardian", "gwent", "rector", "visitor" };
	struct question *q = &w->query.q;
	uint64_t v = next(s) >> (next(s) % 64);
	size_t i = next(s) % (DECIDE_APPROVALS_MAX - 4);

	switch (next(s) % 20) {
	case 0:
		q->charge_nrho = v;
		break;
	case 1:
		q->s2_num = (uint32_t)v | 1;
		break;
	case 2:
		q->s2_den = (uint32_t)(v % 4000) + 1;
		break;
	case 3:
		q->c = (uint16_t)(v % 18);
		break;
	case 4:
		q->k = (uint16_t)(v % 4);
		break;
	case 5:
		q->d = (uint16_t)(v % 4);
		break;
	case 6:
		q->first_month = (uint16_t)(FIRST + v % 16 - 2);
		break;
	case 7:
		q->n_months = (uint16_t)(v % 14);
		break;
	case 8:
		q->sources = (uint32_t)(v % 8);
		break;
	case 9:
		q->geo = (uint32_t)(v % 7);
		break;
	case 10: /* all times together, so that they stay in order */
		w->query.created_at = NOW - 1000 + v % 2000;
		w->query.send_at = w->query.created_at + 1;
		w->query.close_at = w->query.created_at + 700;
		w->query.not_after =
		    w->query.created_at + 700 + next(s) % (4 * DAY);
		break;
	case 11:
		w->query.not_after = NOW - 1000 + v % (4 * DAY);
		break;
	case 12:
		strcpy(q->nodes[0].s, v % 2 == 0 ? "gwent" : "board");
		break;
	case 13:
		strcpy(w->query.researcher.s, who[v % COUNT(who)]);
		break;
	case 14:
		q->themes[v % 2] = (uint8_t)(v % 16);
		break;
	case 15: /* the right charge for what stands there */
		q->charge_nrho = q->s2_num == 0
				     ? 1
				     : (UINT64_C(500000000) * q->d * q->d *
					       q->c * q->c * q->k * q->s2_den +
					   q->s2_num - 1) /
					   q->s2_num;
		break;
	case 16:
		w->query.roster_hash[v % 32] ^= (uint8_t)(v % 2);
		q->rules_hash[v % 32] ^= (uint8_t)(v >> 1 & 1);
		break;
	default:
		if (i > w->facts.n_approvals)
			i = w->facts.n_approvals;
		if (i == w->facts.n_approvals)
			vote(w, i, who[v % COUNT(who)]);
		else
			strcpy(memset(w->votes[i].approver.s, 0, PARTY_ID),
			    who[v % COUNT(who)]);
		w->votes[i].veto = next(s) % 8 == 0;
		w->votes[i].not_after = NOW - 20 + next(s) % 100;
	}
}

static void
test_nothing_from_outside_loosens_the_policy(void **state)
{
	uint64_t s = UINT64_C(0x9e3779b97f4a7c15);
	size_t answered = 0, refused[REFUSAL_INTERNAL + 1] = { 0 };
	struct world *w = good();

	(void)state;
	w->policy.max_life_s = 2 * DAY;
	w->policy.themes &= ~(1U << THEME_DRUGS);
	w->policy.sources[0].finest_geo = GEO_MSOA11;
	w->policy.sources[1].finest_geo = GEO_MSOA11;
	for (size_t i = 0; i < 40000; i++) {
		size_t changes = 1 + next(&s) % 4;
		enum refusal r;

		make_query(&w->query);
		w->query.q.geo = GEO_MSOA11;
		vote(w, 0, "board");
		vote(w, 1, "guardian");
		for (size_t m = 0; m < QUERY_MONTHS_MAX; m++)
			w->spent[m] = next(&s) % 8 == 0 ? 90000000 : 0;
		for (size_t j = 0; j < changes; j++)
			tamper(w, &s);
		r = decide(&w->facts);
		assert_in_range(r, 0, REFUSAL_INTERNAL);
		refused[r]++;
		if (r == REFUSAL_NONE) {
			hold(w);
			answered++;
		}
	}
	free(w);
	/* The run had the power to find something. */
	assert_true(answered > 1000);
	for (unsigned r = REFUSAL_RESEARCHER; r < REFUSAL_INTERNAL; r++)
		if (refused[r] == 0)
			fail_msg("never %s", refusal_code(r));
}

/* Whatever the bytes are, there is one answer. */
static void
test_decide_is_total(void **state)
{
	uint64_t s = 88172645463325252;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		struct world *w = good();
		uint8_t *q = (uint8_t *)&w->query;
		uint8_t *a = (uint8_t *)w->votes;
		size_t n = next(&s) % sizeof(w->query);

		w->facts.n_approvals = next(&s) % (DECIDE_APPROVALS_MAX + 2);
		for (size_t j = 0; j < 1 + n / (1 + i % 64); j++)
			q[next(&s) % sizeof(w->query)] = (uint8_t)next(&s);
		for (size_t j = 0; j < w->facts.n_approvals; j++)
			strcpy(w->votes[j].approver.s, "board");
		for (size_t j = 0; j < 8; j++) {
			size_t at = next(&s) % sizeof(w->votes);

			if (at % sizeof(w->votes[0]) !=
			    offsetof(struct decide_approval, veto))
				a[at] = (uint8_t)next(&s);
		}
		w->facts.now_s = i % 2 == 0 ? NOW : next(&s);
		w->facts.pinned = i % 3 == 0 ? &w->old : NULL;
		assert_in_range(decide(&w->facts), 0, REFUSAL_INTERNAL);
		free(w);
	}
}

static void
test_every_refusal_has_a_code_and_words(void **state)
{
	(void)state;
	assert_string_equal(refusal_code(REFUSAL_BUDGET), "budget");
	assert_string_equal(
	    refusal_words(REFUSAL_NODE), "the query does not ask this node");
	assert_string_equal(refusal_code(9999), "unknown");
	assert_string_equal(refusal_words(9999), "unknown");
	for (unsigned a = 0; a <= REFUSAL_INTERNAL; a++) {
		assert_string_not_equal(refusal_code(a), "unknown");
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(
			    refusal_code(a), refusal_code(b));
	}
}

static void
test_a_sender_is_judged_before_decoding(void **state)
{
	struct world *w = good();
	struct party_id id;

	(void)state;
	id = w->query.researcher;
	assert_int_equal(decide_sender(&w->roster, &id, NOW), REFUSAL_NONE);
	assert_int_equal(
	    decide_sender(&w->roster, &id, NOW + DAY), REFUSAL_ROSTER);
	id = w->votes[0].approver;
	assert_int_equal(
	    decide_sender(&w->roster, &id, NOW), REFUSAL_RESEARCHER);
	memset(&id, 0xff, sizeof(id));
	assert_int_equal(
	    decide_sender(&w->roster, &id, NOW), REFUSAL_RESEARCHER);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_change_is_refused_for_its_own_reason),
		cmocka_unit_test(test_the_first_rule_that_fails_is_the_reason),
		cmocka_unit_test(test_nothing_from_outside_loosens_the_policy),
		cmocka_unit_test(test_decide_is_total),
		cmocka_unit_test(test_every_refusal_has_a_code_and_words),
		cmocka_unit_test(test_a_sender_is_judged_before_decoding),
	};

	return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
