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
#include "policies/price.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW UINT64_C(1700000000)
#define DAY UINT64_C(86400)
#define FIRST 612 /* 2021-01 */
#define ALL (BY_THEME | BY_TIME)

struct world {
	struct roster roster, old;
	struct policy policy;
	struct query query;
	struct decide_approval votes[DECIDE_APPROVALS_MAX + 1];
	uint8_t rules[32], areas[32];
	struct cost spent[QUERY_MONTHS_MAX];
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

/* States what it costs. */
static void
price(struct query *q)
{
	struct price p;

	assert_int_equal(price_make(&p, &q->q), E_OK);
	q->q.charge_nrho = p.cost.nrho;
	q->q.charge_neps = p.cost.neps;
	q->q.charge_tv = p.cost.tv;
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
	q->q.n_levels = 1;
	q->q.level_places[0] = 100;
	q->q.strategy = STRATEGY_NESTED;
	q->q.noise = NOISE_GAUSS;
	q->q.n_histograms = 1;
	q->q.histograms[0] =
	    (struct histogram){ .by = ALL, .num = 50, .den = 1 };
	price(q);
	assert_int_equal(q->q.charge_nrho, 20000000); /* 2 / (2 * 50) */
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
		.spent = w->spent };
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

/* The i-th histogram, the last one now. */
static struct histogram *
histogram(struct world *w, unsigned i, unsigned by, unsigned level)
{
	struct histogram *h = &w->query.q.histograms[i];

	*h = (struct histogram){
		.by = (uint8_t)by, .level = (uint8_t)level, .num = 200, .den = 1
	};
	w->query.q.n_histograms = (uint16_t)(i + 1);
	return h;
}

/* Three levels of areas, and marginals of the finest. */
static void
nested(struct world *w)
{
	struct question *q = &w->query.q;

	q->n_levels = 3;
	q->level_places[1] = 20;
	q->level_places[2] = 4;
	histogram(w, 0, ALL, 0);
	histogram(w, 1, BY_TIME, 0)->num = 1000;
	histogram(w, 2, BY_THEME, 0);
	histogram(w, 3, ALL, 1);
	histogram(w, 4, ALL, 2)->num = 1000;
	price(&w->query);
}

/* Running totals of three months. */
static void
running(struct world *w)
{
	w->query.q.strategy = STRATEGY_RUNNING;
	for (unsigned i = 0; i < 3; i++)
		histogram(w, i, ALL, i);
	price(&w->query);
}

/* All bands of 10 by 10 squares. */
static void
haar(struct world *w)
{
	on_grid(w);
	w->query.q.strategy = STRATEGY_HAAR;
	for (unsigned i = 0; i < 25; i++) {
		struct histogram *h = histogram(w, i, ALL, 0);

		h->x = (uint8_t)(i % 5);
		h->y = (uint8_t)(i / 5);
		h->num = 2000;
	}
	price(&w->query);
}

static void
laplace(struct world *w)
{
	w->query.q.noise = NOISE_LAPLACE;
	histogram(w, 0, ALL, 0)->num = 4;
	price(&w->query);
	assert_int_equal(w->query.q.charge_nrho, 0);
	assert_int_equal(w->query.q.charge_neps, 500000000);
}

static void
pure(struct world *w)
{
	laplace(w);
	w->query.q.noise = NOISE_LAPLACE_PURE;
	price(&w->query);
	assert_int_equal(w->query.q.charge_tv, 0);
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
CHANGE(spent_fits, w->spent[2].nrho = 80000000)
CHANGE(known_spent, w->spent[1].nrho = UINT64_MAX; w->facts.known = true)
CHANGE(known_null, w->facts.spent = NULL; w->facts.known = true)
CHANGE(coarser, w->query.q.geo = GEO_FORCE)
CHANGE(k_more, w->facts.multiplicity = 1)
CHANGE(old_roster, by_old(w))
CHANGE(all_months, w->query.q.first_month = FIRST; w->query.q.n_months = 12;
    price(&w->query))
CHANGE(demo_ok, w->roster.demo = true; w->policy.demo = true)
CHANGE(d_more, w->query.q.d = 2; w->query.q.histograms[0].num = 200)

CHANGE(version, w->query.version = 1)
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
CHANGE(bound, w->query.q.c = 2; w->query.q.histograms[0].num = 200)
CHANGE(few_k, w->query.q.k = 1; w->query.q.histograms[0].num = 25)
CHANGE(few_d, w->policy.sources[0].person = w->policy.sources[1].person = true;
    strcpy(w->policy.sources[0].domain, "a");
    strcpy(w->policy.sources[1].domain, "b"))
CHANGE(cheap, w->query.q.charge_nrho--)
CHANGE(dear, w->query.q.charge_nrho++)
CHANGE(less_noise, w->query.q.histograms[0].num--)
CHANGE(more_noise, w->query.q.histograms[0].num++)
CHANGE(den, w->query.q.histograms[0].den = 2)
CHANGE(cost, w->policy.query_cap.nrho = 19999999)
CHANGE(budget, w->spent[2].nrho = 80000001)
CHANGE(wraps, w->spent[0].nrho = UINT64_MAX)

CHANGE(side_by_side, laplace(w); w->spent[1].nrho = 100000000)
CHANGE(eps_fits, laplace(w); w->spent[2].neps = 1500000000)
CHANGE(pure_full, pure(w); w->spent[2].tv = POLICY_TV)
CHANGE(coarse_level, nested(w);
    w->policy.sources[0].finest_geo = w->policy.sources[1].finest_geo =
    GEO_LSOA11)
CHANGE(no_charge, w->query.q.charge_nrho = 0)
CHANGE(noise_0, w->query.q.noise = 0)
CHANGE(noise_4, w->query.q.noise = 4)
CHANGE(as_pure, laplace(w); w->query.q.noise = NOISE_GAUSS)
CHANGE(in_rho, laplace(w); w->query.q.charge_neps = 0;
    w->query.q.charge_nrho = 1)
CHANGE(in_both, w->query.q.charge_neps = 1)
CHANGE(laplace_folded, nested(w); w->query.q.noise = NOISE_LAPLACE;
    price(&w->query))
CHANGE(again, nested(w); w->query.q.histograms[1] = w->query.q.histograms[0];
    price(&w->query))
CHANGE(again_last, nested(w); w->query.q.histograms[5] =
    w->query.q.histograms[4]; w->query.q.n_histograms = 6; price(&w->query))
CHANGE(disorder, nested(w); w->query.q.histograms[4] =
    w->query.q.histograms[3]; histogram(w, 3, ALL, 2);
    w->query.q.n_histograms = 5; price(&w->query))
CHANGE(hidden, nested(w); w->query.q.n_histograms--)
CHANGE(by_4, nested(w); w->query.q.histograms[1].by = 4)
CHANGE(level_3, nested(w); w->query.q.histograms[4].level = 3)
CHANGE(level_none, nested(w); w->query.q.n_levels = 2;
    w->query.q.level_places[2] = 0)
CHANGE(levels_rise, nested(w); w->query.q.level_places[1] = 101)
CHANGE(level_0, nested(w); w->query.q.level_places[0] = 99)
CHANGE(only_coarse, nested(w); memmove(w->query.q.histograms,
    w->query.q.histograms + 3, 2 * sizeof(w->query.q.histograms[0]));
    memset(w->query.q.histograms + 2, 0, 3 * sizeof(struct histogram));
    w->query.q.n_histograms = 2; price(&w->query))
CHANGE(grid_level, on_grid(w); w->query.q.n_levels = 2;
    w->query.q.level_places[1] = 26)
CHANGE(band, nested(w); w->query.q.histograms[0].x = 1)
CHANGE(running_sum, running(w); w->query.q.slicing = SLICE_SUM;
    price(&w->query))
CHANGE(running_again, running(w); w->query.q.histograms[2].level = 1;
    price(&w->query))
CHANGE(running_long, running(w); w->query.q.histograms[2].level = 3;
    price(&w->query))
CHANGE(running_fold, running(w); w->query.q.histograms[1].by = BY_TIME;
    price(&w->query))
CHANGE(haar_areas, running(w); w->query.q.strategy = STRATEGY_HAAR;
    price(&w->query))
CHANGE(haar_less, haar(w); memset(&w->query.q.histograms[24], 0,
    sizeof(struct histogram)); w->query.q.n_histograms = 24; price(&w->query))
CHANGE(haar_twice, haar(w); w->query.q.histograms[24] =
    w->query.q.histograms[23]; price(&w->query))
CHANGE(haar_fold, haar(w); w->query.q.histograms[3].by = BY_TIME;
    price(&w->query))
CHANGE(level_fine, nested(w);
    w->policy.sources[1].finest_geo = GEO_MSOA11)
CHANGE(free_histogram, nested(w); w->query.q.charge_nrho -= 2000000)
CHANGE(unfolded, nested(w); w->query.q.charge_nrho -= 1000000)
CHANGE(running_one, running(w); w->query.q.charge_nrho /= 3)
CHANGE(haar_one, haar(w); w->query.q.charge_nrho /= 25)
CHANGE(haar_cheap, haar(w); w->query.q.histograms[24].num--)
CHANGE(eps_less, laplace(w); w->query.q.charge_neps--)
CHANGE(eps_more, laplace(w); w->query.q.charge_neps++)
CHANGE(eps_scale, laplace(w); w->query.q.histograms[0].num = 3)
CHANGE(too_wide, laplace(w); w->query.q.histograms[0].num = UINT32_MAX)
CHANGE(tv_less, w->query.q.charge_tv--)
CHANGE(tv_more, w->query.q.charge_tv++)
CHANGE(tv_pure, pure(w); w->query.q.charge_tv = 1)
CHANGE(tv_none, laplace(w); w->query.q.charge_tv = 0)
CHANGE(eps_cost, laplace(w); w->policy.query_cap.neps = 499999999)
CHANGE(tv_cost, w->policy.query_cap.tv = w->query.q.charge_tv - 1)
CHANGE(eps_budget, laplace(w); w->spent[2].neps = 1500000001)
CHANGE(tv_budget, w->spent[0].tv = POLICY_TV)
CHANGE(eps_wraps, laplace(w); w->spent[0].neps = UINT64_MAX)
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
	{ nested, "levels and marginals", REFUSAL_NONE },
	{ running, "running totals", REFUSAL_NONE },
	{ haar, "Haar bands", REFUSAL_NONE },
	{ laplace, "Laplace noise", REFUSAL_NONE },
	{ pure, "Laplace noise, exact", REFUSAL_NONE },
	{ side_by_side, "epsilon where rho is spent", REFUSAL_NONE },
	{ eps_fits, "the last of epsilon", REFUSAL_NONE },
	{ pure_full, "exact noise where the variation is spent", REFUSAL_NONE },
	{ coarse_level, "levels coarser than the policy's", REFUSAL_NONE },

	{ version, "another version", REFUSAL_FORMAT },
	{ no_theme, "no theme", REFUSAL_FORMAT },
	{ votes_17, "17 votes", REFUSAL_FORMAT },
	{ no_charge, "no charge", REFUSAL_FORMAT },
	{ noise_0, "no noise", REFUSAL_FORMAT },
	{ noise_4, "unknown noise", REFUSAL_FORMAT },
	{ as_pure, "Gaussian noise paid in epsilon", REFUSAL_FORMAT },
	{ in_rho, "Laplace noise paid in rho", REFUSAL_FORMAT },
	{ in_both, "paid in rho and epsilon", REFUSAL_FORMAT },
	{ laplace_folded, "Laplace noise on added themes", REFUSAL_FORMAT },
	{ again, "a histogram twice", REFUSAL_FORMAT },
	{ again_last, "the last histogram twice", REFUSAL_FORMAT },
	{ disorder, "histograms in another order", REFUSAL_FORMAT },
	{ hidden, "a histogram past the last", REFUSAL_FORMAT },
	{ by_4, "an axis that is none", REFUSAL_FORMAT },
	{ level_3, "a level that is none", REFUSAL_FORMAT },
	{ level_none, "a histogram of a level left out", REFUSAL_FORMAT },
	{ levels_rise, "a level of more places", REFUSAL_FORMAT },
	{ level_0, "other places than the finest level", REFUSAL_FORMAT },
	{ only_coarse, "not the finest level first", REFUSAL_FORMAT },
	{ grid_level, "squares that do not tile", REFUSAL_FORMAT },
	{ band, "a band of areas", REFUSAL_FORMAT },
	{ running_sum, "running totals of one slice", REFUSAL_FORMAT },
	{ running_again, "blocks of time twice", REFUSAL_FORMAT },
	{ running_long, "blocks longer than needed", REFUSAL_FORMAT },
	{ running_fold, "running totals of added themes", REFUSAL_FORMAT },
	{ haar_areas, "Haar bands of areas", REFUSAL_FORMAT },
	{ haar_less, "one band short", REFUSAL_FORMAT },
	{ haar_twice, "a band twice", REFUSAL_FORMAT },
	{ haar_fold, "a band of added themes", REFUSAL_FORMAT },
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
	{ level_fine, "the finest of the levels too fine", REFUSAL_FINE },
	{ bound, "too many records per person", REFUSAL_BOUND },
	{ few_k, "multiplicity understated", REFUSAL_SENSITIVITY },
	{ few_d, "domains understated", REFUSAL_SENSITIVITY },
	{ cheap, "charge understated", REFUSAL_CHARGE },
	{ dear, "charge overstated", REFUSAL_CHARGE },
	{ less_noise, "less noise at the same charge", REFUSAL_CHARGE },
	{ more_noise, "more noise at the same charge", REFUSAL_CHARGE },
	{ den, "another denominator", REFUSAL_CHARGE },
	{ free_histogram, "a histogram for nothing", REFUSAL_CHARGE },
	{ unfolded, "added themes as cheap as apart", REFUSAL_CHARGE },
	{ running_one, "running totals as one histogram", REFUSAL_CHARGE },
	{ haar_one, "all bands as one", REFUSAL_CHARGE },
	{ haar_cheap, "less noise in one band", REFUSAL_CHARGE },
	{ eps_less, "epsilon understated", REFUSAL_CHARGE },
	{ eps_more, "epsilon overstated", REFUSAL_CHARGE },
	{ eps_scale, "less Laplace noise at the same charge", REFUSAL_CHARGE },
	{ too_wide, "noise that nobody draws", REFUSAL_CHARGE },
	{ tv_less, "variation understated", REFUSAL_CHARGE },
	{ tv_more, "variation overstated", REFUSAL_CHARGE },
	{ tv_pure, "variation of exact noise", REFUSAL_CHARGE },
	{ tv_none, "tables as exact noise", REFUSAL_CHARGE },
	{ cost, "too dear for one query", REFUSAL_COST },
	{ eps_cost, "too much epsilon for one query", REFUSAL_COST },
	{ tv_cost, "too much variation for one query", REFUSAL_COST },
	{ eps_budget, "over the epsilon of the last month", REFUSAL_BUDGET },
	{ tv_budget, "over the variation of the first month", REFUSAL_BUDGET },
	{ eps_wraps, "a sum of epsilon that would wrap", REFUSAL_BUDGET },
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

/* What one histogram costs; small here.  Gaussian: 10^9 L2^2 den / (2 num),
 * rounded up, with L2 = d c sqrt(k), or d c k where the themes are added up;
 * Laplace: 10^9 d c k den / num. */
static uint64_t
part_cost(const struct question *q, const struct histogram *h)
{
	uint64_t dc = (uint64_t)q->d * q->c, k = q->k;
	uint64_t l2 = dc * dc * k * (h->by & BY_THEME ? 1 : k);

	uint64_t num = q->noise == NOISE_GAUSS ? 2 * (uint64_t)h->num : h->num;
	uint64_t move = q->noise == NOISE_GAUSS ? l2 : dc * k;

	return (UINT64_C(1000000000) * move * h->den + num - 1) / num;
}

/* A table is 2^-110 from its law for each of the cells, and one noise has one
 * or two; 0 for exact draws. */
static uint64_t
part_tables(const struct question *q, unsigned i)
{
	uint64_t num = q->histograms[i].num, den = q->histograms[i].den;

	if (q->noise == NOISE_LAPLACE_PURE ||
	    num > den * (q->noise == NOISE_GAUSS ? 16384U : 128U))
		return 0;
	return (question_histogram(q, i) + 1023) / 1024;
}

/* What an accepted query must be, written from docs/privacy.md and not from
 * the code: only with this may a node answer. */
static void
hold(const struct world *w)
{
	const struct query *query = &w->query;
	const struct question *q = &query->q;
	const struct policy *p = &w->policy;
	uint64_t cost = 0, tables = 0;
	bool board = false, guardian = false;

	for (unsigned i = 0; i < q->n_histograms; i++) {
		cost += part_cost(q, &q->histograms[i]);
		tables += part_tables(q, i);
	}
	assert_true(q->histograms[0].by == ALL && q->histograms[0].level == 0);
	assert_true(q->charge_nrho == (q->noise == NOISE_GAUSS ? cost : 0) &&
		    q->charge_neps == (q->noise == NOISE_GAUSS ? 0 : cost));
	assert_true(q->charge_nrho <= p->query_cap.nrho &&
		    q->charge_neps <= p->query_cap.neps);
	assert_in_range(q->charge_tv, tables, 2 * tables);
	for (unsigned i = 0; i < q->n_months; i++)
		assert_true(
		    w->spent[i].nrho + q->charge_nrho <= p->month_cap.nrho &&
		    w->spent[i].neps + q->charge_neps <= p->month_cap.neps &&
		    w->spent[i].tv + q->charge_tv <= p->month_cap.tv);
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
	struct price p;
	size_t i = next(s) % (DECIDE_APPROVALS_MAX - 4);

	switch (next(s) % 24) {
	case 0:
		*(v % 3 == 0     ? &q->charge_nrho
		    : v % 3 == 1 ? &q->charge_neps
				 : &q->charge_tv) = v / 3;
		break;
	case 1:
		q->histograms[v % 3].num = (uint32_t)(v / 3) | 1;
		break;
	case 2:
		q->histograms[v % 3].den = (uint32_t)(v % 4000) + 1;
		break;
	case 17:
		q->noise = (uint32_t)(v % 5);
		break;
	case 18:
		q->histograms[v % 3].by = (uint8_t)(v / 3 % 5);
		break;
	case 19:
		q->histograms[v % 3].level = (uint8_t)(v / 3 % 4);
		break;
	case 20:
		q->n_histograms = (uint16_t)(v % 5);
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
		q->themes[v % 2] = (uint8_t)(v / 2 % 16);
		break;
	case 15: /* the right charge for what stands there */
	case 21:
		if (q->n_histograms <= 4 && q->noise != 0 && q->noise != 4 &&
		    price_make(&p, q) == E_OK) {
			q->charge_nrho = p.cost.nrho;
			q->charge_neps = p.cost.neps;
			q->charge_tv = p.cost.tv;
		}
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

/* Three histograms of two levels, two of them of all axes. */
static void
fold(struct world *w)
{
	w->query.q.n_levels = 2;
	w->query.q.level_places[1] = 20;
	histogram(w, 0, ALL, 0);
	histogram(w, 1, BY_TIME, 0)->num = 1000;
	histogram(w, 2, ALL, 1);
	price(&w->query);
}

static void
test_nothing_from_outside_loosens_the_policy(void **state)
{
	uint64_t s = UINT64_C(0x9e3779b97f4a7c15);
	size_t answered = 0, refused[REFUSAL_INTERNAL + 1] = { 0 };
	static const struct cost most = { 90000000, 1900000000, 0 }, none;
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
		if (i % 2 == 0)
			fold(w);
		vote(w, 0, "board");
		vote(w, 1, "guardian");
		for (size_t m = 0; m < QUERY_MONTHS_MAX; m++)
			w->spent[m] = next(&s) % 8 == 0 ? most : none;
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
