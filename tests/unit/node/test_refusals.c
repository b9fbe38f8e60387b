#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "policies/decide.h"
#include "policies/price.h"
#include "protocol/bundle.h"

#define BOTH "alpha beta"

struct world {
	struct fixture *f;
	struct fixture_node *n;
	struct query q;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->f = fixture_new();
	w->n = fixture_node(w->f, "north");
	fixture_query(w->f, &w->q);
	fixture_add(w->f, "stranger", ROLE_RESEARCHER, "Nowhere");
	w->f->roster->n--; /* the last by name: a key, but no member */
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	fixture_node_free(w->n);
	fixture_free(w->f);
	free(w);
	return 0;
}

/* Ask q with two good approvals; what the node says. */
static unsigned
ask(struct world *w, uint8_t id[QUERY_ID])
{
	struct fixture_bundle b =
	    fixture_bundle(w->f, &w->q, w->q.researcher.s, BOTH);
	unsigned r = fixture_ask(w->n, &b);

	memcpy(id, b.id, QUERY_ID);
	fixture_drop(&b);
	return r;
}

static void
rehash(struct fixture_bundle *b)
{
	struct bundle parsed;

	assert_int_equal(bundle_parse(&parsed, b->bytes, b->len), E_OK);
	memcpy(b->id, parsed.id, QUERY_ID);
}

static void
alter(struct fixture_bundle *b)
{
	uint8_t *at = memmem(b->bytes, b->at, "Violence", 8);

	assert_non_null(at);
	at[0] ^= 1;
	rehash(b);
}

static void
cut(struct fixture_bundle *b)
{
	b->len--;
}

static void
alter_vote(struct fixture_bundle *b)
{
	b->bytes[b->len - 1] ^= 1;
}

static void
change_node(struct query *q)
{
	q->q.n_nodes = 1;
	q->q.nodes[0] = fixture_id("south");
	memset(&q->q.nodes[1], 0, sizeof(q->q.nodes[1]));
}

static void
change_charge(struct query *q)
{
	q->q.charge_nrho--;
}

static void
change_noise(struct query *q)
{
	q->q.histograms[0].num /= 2;
}

static void
change_author(struct query *q)
{
	q->researcher = fixture_id("author");
}

/* States what it costs. */
static void
restate(struct query *q)
{
	struct price p;

	assert_int_equal(price_make(&p, &q->q), E_OK);
	q->q.charge_nrho = p.cost.nrho;
	q->q.charge_neps = p.cost.neps;
	q->q.charge_tv = p.cost.tv;
}

/* One more histogram, of as much noise as the first. */
static struct histogram *
more(struct query *q, unsigned by, unsigned level)
{
	struct histogram *h = &q->q.histograms[q->q.n_histograms++];

	*h = q->q.histograms[0];
	h->by = (uint8_t)by;
	h->level = (uint8_t)level;
	return h;
}

/* What is not paid for is not given away. */
static void
change_marginal(struct query *q)
{
	more(q, BY_TIME, 0);
}

static void
change_variation(struct query *q)
{
	q->q.charge_tv = 0;
}

static void
change_law(struct query *q)
{
	q->q.noise = NOISE_LAPLACE;
	q->q.histograms[0].num = 10;
	q->q.histograms[0].den = 1;
	restate(q);
	q->q.charge_neps--;
}

static void
change_much(struct query *q)
{
	q->q.noise = NOISE_LAPLACE;
	q->q.histograms[0].num = 49;
	q->q.histograms[0].den = 100;
	restate(q);
}

/* Local authorities and the force that they are in: one, not two. */
static void
change_level(struct query *q)
{
	q->q.n_levels = 2;
	q->q.level_places[1] = 2;
	more(q, BY_THEME | BY_TIME, 1);
	q->q.histograms[0].num = q->q.histograms[1].num *= 2;
	restate(q);
}

static void
change_places(struct query *q)
{
	q->q.level_places[0] = ++q->q.n_places;
	restate(q);
}

static void
change_rules(struct query *q)
{
	q->q.rules_hash[0] ^= 1;
}

static void
change_months(struct query *q)
{
	q->q.first_month = FIXTURE_MONTH + FIXTURE_MONTHS - 2;
}

static void
change_roster(struct query *q)
{
	q->roster_hash[0] ^= 1;
}

static const struct {
	const char *what;
	unsigned want;
	const char *signer, *approvers;
	void (*query)(struct query *q);
	void (*bundle)(struct fixture_bundle *b);
	int64_t later; /* seconds that the clock goes on before it is asked */
} cases[] = {
	/* clang-format off */
	{ "altered by one byte after approval", REFUSAL_SIGNATURE,
	    "analyst", BOTH, NULL, alter, 0 },
	{ "signed by another than its author", REFUSAL_SIGNATURE,
	    "analyst", BOTH, change_author, NULL, 0 },
	{ "cut short", REFUSAL_FORMAT, "analyst", BOTH, NULL, cut, 0 },
	{ "no approval", REFUSAL_APPROVALS, "analyst", "", NULL, NULL, 0 },
	{ "one approval", REFUSAL_APPROVALS, "analyst", "alpha", NULL, NULL,
	    0 },
	{ "one approver twice", REFUSAL_APPROVALS, "analyst", "alpha alpha",
	    NULL, NULL, 0 },
	{ "two approvers of one organisation", REFUSAL_APPROVALS, "analyst",
	    "alpha gamma", NULL, NULL, 0 },
	{ "an approval whose signature is bad", REFUSAL_APPROVALS, "analyst",
	    BOTH, NULL, alter_vote, 0 },
	{ "approved by one who may not", REFUSAL_APPROVALS, "analyst",
	    "alpha coordinator", NULL, NULL, 0 },
	{ "author as approver", REFUSAL_AUTHOR, "author", "alpha author",
	    NULL, NULL, 0 },
	{ "vetoed", REFUSAL_VETO, "analyst", "alpha beta -gamma", NULL, NULL,
	    0 },
	{ "expired", REFUSAL_EXPIRED, "analyst", BOTH, NULL, NULL,
	    7 * 86400 },
	{ "round over", REFUSAL_EXPIRED, "analyst", BOTH, NULL, NULL, 601 },
	{ "clock back", REFUSAL_CLOCK, "analyst", BOTH, NULL, NULL, -301 },
	{ "other node's query", REFUSAL_NODE, "analyst", BOTH, change_node,
	    NULL, 0 },
	{ "un-rostered sender", REFUSAL_RESEARCHER, "stranger", BOTH,
	    NULL, NULL, 0 },
	{ "sender of another role", REFUSAL_RESEARCHER, "alpha", BOTH, NULL,
	    NULL, 0 },
	{ "stated charge too low", REFUSAL_CHARGE, "analyst", BOTH,
	    change_charge, NULL, 0 },
	{ "less noise than paid for", REFUSAL_CHARGE, "analyst", BOTH,
	    change_noise, NULL, 0 },
	{ "number of places", REFUSAL_FORMAT, "analyst", BOTH, change_places,
	    NULL, 0 },
	{ "a histogram for nothing", REFUSAL_CHARGE, "analyst", BOTH,
	    change_marginal, NULL, 0 },
	{ "no charge for tables", REFUSAL_CHARGE, "analyst", BOTH,
	    change_variation, NULL, 0 },
	{ "Laplace noise for too little", REFUSAL_CHARGE, "analyst", BOTH,
	    change_law, NULL, 0 },
	{ "too little Laplace noise", REFUSAL_COST, "analyst", BOTH,
	    change_much, NULL, 0 },
	{ "a level of other places", REFUSAL_FORMAT, "analyst", BOTH,
	    change_level, NULL, 0 },
	{ "other rules", REFUSAL_RULES, "analyst", BOTH, change_rules, NULL,
	    0 },
	{ "months not covered", REFUSAL_NOT_COVERED, "analyst", BOTH,
	    change_months, NULL, 0 },
	{ "a roster never seen", REFUSAL_ROSTER, "analyst", BOTH,
	    change_roster, NULL, 0 },
	/* clang-format on */
};

static void
count_month(void *ctx, uint16_t month, const struct cost *spent)
{
	(void)month;
	(void)spent;
	(*(unsigned *)ctx)++;
}

static void
assert_nothing_charged(struct world *w, const char *what)
{
	unsigned months = 0;

	assert_int_equal(
	    ledger_months(w->n->ledger, count_month, &months), E_OK);
	if (months != 0)
		fail_msg("%s: charged", what);
}

/* A fresh node asked one query of the table. */
static void
check_case(struct world *w, size_t i)
{
	struct query q = w->q;
	struct fixture_bundle b;
	unsigned got;

	w->f->utc_s = FIXTURE_NOW;
	fixture_node_free(w->n);
	w->n = fixture_node(w->f, "north");
	q.researcher = fixture_id(cases[i].signer);
	if (cases[i].query != NULL)
		cases[i].query(&q);
	b = fixture_bundle(w->f, &q, cases[i].signer, cases[i].approvers);
	if (cases[i].bundle != NULL)
		cases[i].bundle(&b);
	w->f->utc_s += (uint64_t)cases[i].later;
	got = fixture_ask(w->n, &b);
	if (got != cases[i].want)
		fail_msg("%s: %s, not %s", cases[i].what, refusal_code(got),
		    refusal_code(cases[i].want));
	assert_nothing_charged(w, cases[i].what);
	fixture_drop(&b);
}

static void
test_each_bad_query_has_its_reason_and_costs_nothing(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(w, i);
	w->f->utc_s = FIXTURE_NOW; /* and a good one is answered */
	b = fixture_bundle(w->f, &w->q, "analyst", BOTH);
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_NONE);
	fixture_drop(&b);
}

static void
test_an_approval_of_another_query_does_not_count(void **state)
{
	struct world *w = *state;
	struct fixture_bundle one, two, both = { .len = 0 };

	one = fixture_bundle(w->f, &w->q, "analyst", BOTH);
	fixture_title(&w->q, "Another");
	two = fixture_bundle(w->f, &w->q, "analyst", "");
	both.len = two.len + one.len - one.at;
	both.bytes = malloc(both.len);
	assert_non_null(both.bytes);
	memcpy(both.bytes, two.bytes, two.len);
	memcpy(both.bytes + two.len, one.bytes + one.at, one.len - one.at);
	rehash(&both);
	assert_int_equal(fixture_ask(w->n, &both), REFUSAL_APPROVALS);
	assert_nothing_charged(w, "other approvals");
	fixture_drop(&one);
	fixture_drop(&two);
	fixture_drop(&both);
}

/* Laplace noise instead, at epsilon 0.001 for each theme of a record. */
static void
use_laplace(struct query *q)
{
	q->q.noise = NOISE_LAPLACE;
	q->q.histograms[0].num = 120;
	q->q.histograms[0].den = 1;
	restate(q);
}

/* The unit-th of the three. */
static uint64_t *
unit_of(struct cost *c, int unit)
{
	return unit == 0 ? &c->nrho : unit == 1 ? &c->neps : &c->tv;
}

/* In one of the three months there is one unit too little. */
static void
check_budget(struct world *w, int unit)
{
	struct ledger_key key = { .epoch_s = FIXTURE_NOW };
	const uint8_t id[QUERY_ID] = { 1 };
	struct cost *cap = &w->n->policy.month_cap;
	struct cost all = { INT64_MAX, INT64_MAX, INT64_MAX };
	struct cost spend = { 1, 1, 0 }, cost = price_stated(&w->q.q);
	uint8_t got[QUERY_ID];

	*unit_of(&spend, unit) =
	    *unit_of(cap, unit) - *unit_of(&cost, unit) + 1;
	assert_int_equal(ledger_charge(w->n->ledger, &key, id,
			     FIXTURE_MONTH + 2, 1, &spend, &all, FIXTURE_NOW),
	    E_OK);
	assert_int_equal(ask(w, got), REFUSAL_BUDGET);
	all = fixture_cost(w->n, FIXTURE_MONTH);
	assert_true(all.nrho == 0 && all.neps == 0 && all.tv == 0);
	all = fixture_cost(w->n, FIXTURE_MONTH + 2);
	assert_memory_equal(&all, &spend, sizeof(all));
	++*unit_of(cap, unit);
	assert_int_equal(ask(w, got), REFUSAL_NONE);
	all = fixture_cost(w->n, FIXTURE_MONTH + 2);
	assert_true(*unit_of(&all, unit) == *unit_of(cap, unit));
}

static void
test_over_budget_is_refused_and_the_last_of_it_is_not(void **state)
{
	struct world *w = *state;

	for (int unit = 0; unit < 3; unit++) {
		fixture_node_free(w->n);
		w->n = fixture_node(w->f, "north");
		if (unit == 1)
			use_laplace(&w->q);
		check_budget(w, unit);
	}
}

/* Nobody pays twice: not even when nothing is left to pay with. */
static void
test_a_known_answer_needs_no_budget(void **state)
{
	struct world *w = *state;
	uint8_t id[QUERY_ID];

	w->n->policy.month_cap = price_stated(&w->q.q);
	assert_int_equal(ask(w, id), REFUSAL_NONE);
	fixture_title(&w->q, "Again");
	assert_int_equal(ask(w, id), REFUSAL_NONE);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
}

static void
test_a_bundle_under_another_id_is_refused(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b = fixture_bundle(w->f, &w->q, "analyst", BOTH);

	b.id[0] ^= 1;
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_FORMAT);
	assert_nothing_charged(w, "another id");
	fixture_drop(&b);
}

/* The price of a query that is answered already is not asked again, but its
 * approvals are. */
static void
test_a_known_answer_needs_good_approvals(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b;
	uint8_t id[QUERY_ID];

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	fixture_title(&w->q, "Again");
	b = fixture_bundle(w->f, &w->q, "analyst", "alpha");
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_APPROVALS);
	fixture_drop(&b);
}

static void
test_a_veto_that_comes_before_send_at_holds(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b =
	    fixture_bundle(w->f, &w->q, "analyst", BOTH " -gamma");
	uint8_t id[QUERY_ID];

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_VETO);
	w->f->utc_s = w->q.send_at;
	assert_int_equal(w->n->core.tick(w->n->core.ctx), E_OK);
	assert_int_equal(w->n->n, 0);
	fixture_drop(&b);
}

static void
test_a_replay_costs_nothing_and_ends_with_the_query(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b = fixture_bundle(w->f, &w->q, "analyst", BOTH);

	for (int i = 0; i < 10; i++)
		assert_int_equal(fixture_ask(w->n, &b), REFUSAL_NONE);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	w->f->utc_s = w->q.not_after;
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_EXPIRED);
	fixture_drop(&b);
}

/* No decoder sees bytes that a researcher of the roster has not signed. */
static void
test_unsigned_bytes_are_not_decoded(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b = fixture_bundle(w->f, &w->q, "analyst", BOTH);

	alter(&b);
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_SIGNATURE);
	assert_int_equal(w->n->decoded, 0);
	fixture_drop(&b);
	b = fixture_bundle(w->f, &w->q, "beta", BOTH);
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_RESEARCHER);
	assert_int_equal(w->n->decoded, 0);
	fixture_drop(&b);
}

static void
test_signed_rubbish_is_refused(void **state)
{
	struct world *w = *state;
	struct envelope e = { .purpose = PURPOSE_QUERY,
		.sender = fixture_id("analyst"),
		.bytes = (const uint8_t *)"\xff\xff\xff",
		.len = 3 };
	struct fixture_bundle b = { .len = 0 };

	bundle_query_id(e.id, e.bytes, e.len);
	assert_int_equal(
	    envelope_make(&b.bytes, &b.len, &e, fixture_key(w->f, "analyst")),
	    E_OK);
	memcpy(b.id, e.id, QUERY_ID);
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_FORMAT);
	assert_int_equal(w->n->decoded, 1);
	fixture_drop(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_bad_query_has_its_reason_and_costs_nothing),
		TEST(test_an_approval_of_another_query_does_not_count),
		TEST(test_over_budget_is_refused_and_the_last_of_it_is_not),
		TEST(test_a_known_answer_needs_no_budget),
		TEST(test_a_bundle_under_another_id_is_refused),
		TEST(test_a_known_answer_needs_good_approvals),
		TEST(test_a_veto_that_comes_before_send_at_holds),
		TEST(test_a_replay_costs_nothing_and_ends_with_the_query),
		TEST(test_unsigned_bytes_are_not_decoded),
		TEST(test_signed_rubbish_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
