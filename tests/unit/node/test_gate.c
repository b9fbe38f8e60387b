#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "model/ladder.h"
#include "model/month.h"
#include "node/measure.h"
#include "policies/decide.h"
#include "policies/price.h"
#include "protocol/hello.h"

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

/* Ask q, wait for send_at, fetch. */
static struct answer
answer(struct world *w)
{
	uint8_t id[QUERY_ID];

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	if (w->f->utc_s < w->q.send_at)
		w->f->utc_s = w->q.send_at;
	return fixture_fetch(w->n, id);
}

static void
assert_same(const struct answer *a, const struct answer *b)
{
	assert_int_equal(a->n_cells, b->n_cells);
	assert_memory_equal(a->cells, b->cells, a->n_cells * sizeof(*a->cells));
}

static void
test_a_good_query_is_answered_and_charged_once(void **state)
{
	struct world *w = *state;
	struct answer a = answer(w);
	int64_t sum = 0;

	assert_int_equal(a.n_cells, question_cells(&w->q.q));
	assert_true(a.epoch == FIXTURE_NOW);
	for (uint32_t i = 0; i < a.n_cells; i++)
		sum += a.cells[i];
	/* 30 records; the noise of 12 cells has a deviation of about 77 */
	assert_true(sum > 30 - 600 && sum < 30 + 600);
	for (uint16_t m = 0; m < 3; m++)
		assert_int_equal(
		    fixture_spent(w->n, FIXTURE_MONTH + m), w->q.q.charge_nrho);
	assert_int_equal(fixture_spent(w->n, FIXTURE_MONTH + 3), 0);
	free(a.cells);
}

static void
test_the_answer_is_the_count_and_noise(void **state)
{
	struct world *w = *state;
	struct answer a;
	int64_t most = 0;

	fixture_price(w->f, &w->q, 20000000); /* a deviation of 5 */
	a = answer(w);
	for (uint32_t i = 0; i < a.n_cells; i++)
		if (a.cells[i] > most)
			most = a.cells[i];
	assert_true(most > 0 && most < 70);
	free(a.cells);
}

/* Every kind of question ---------------------------------------------- */

/* The i-th histogram, the last one now; hardly any noise. */
static struct histogram *
add(struct question *q, unsigned by, unsigned level)
{
	struct histogram *h = &q->histograms[q->n_histograms++];

	*h = (struct histogram){ .by = (uint8_t)by,
		.level = (uint8_t)level,
		.num = 1,
		.den = 1000 };
	return h;
}

static void
ask_nested(struct fixture *f, struct query *q)
{
	q->q.slicing = SLICE_MONTH;
	fixture_places(f, q, GEO_MSOA11);
	fixture_levels(f, q, 3);
	add(&q->q, BY_THEME | BY_TIME, 0);
	add(&q->q, BY_TIME, 0);
	add(&q->q, BY_THEME, 0);
	add(&q->q, 0, 0);
	add(&q->q, BY_THEME | BY_TIME, 1);
	add(&q->q, 0, 2);
}

static void
ask_running(struct fixture *f, struct query *q)
{
	(void)f;
	q->q.slicing = SLICE_MONTH;
	q->q.strategy = STRATEGY_RUNNING;
	for (unsigned i = 0; i < 3; i++)
		add(&q->q, BY_THEME | BY_TIME, i);
}

/* 21 by 11 squares; the last column of records is outside. */
static void
ask_haar(struct fixture *f, struct query *q)
{
	(void)f;
	fixture_grid(q, 21, 11);
	q->q.west = 318000;
	q->q.south = 189000;
	q->q.strategy = STRATEGY_HAAR;
	for (uint8_t i = 0; i < 30; i++) {
		struct histogram *h = add(&q->q, BY_THEME | BY_TIME, 0);

		h->x = i % 6;
		h->y = i / 6;
	}
}

static void
ask_laplace(struct fixture *f, struct query *q)
{
	fixture_places(f, q, GEO_LSOA11);
	fixture_levels(f, q, 2);
	q->q.noise = NOISE_LAPLACE;
	add(&q->q, BY_THEME | BY_TIME, 0);
	add(&q->q, BY_THEME | BY_TIME, 1);
}

static void
ask_pure(struct fixture *f, struct query *q)
{
	ask_haar(f, q);
	q->q.noise = NOISE_LAPLACE_PURE;
}

static void (*const kinds[])(struct fixture *f, struct query *q) = { ask_nested,
	ask_running, ask_haar, ask_laplace, ask_pure };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What the node must have measured as of that cut. */
static int64_t *
exact(struct world *w, uint64_t epoch_s)
{
	const struct question *q = &w->q.q;
	uint32_t *counts = calloc(question_cells(q), sizeof(*counts));
	int64_t *out = calloc(question_answer(q), sizeof(*out));
	struct ladder *l;

	assert_true(counts != NULL && out != NULL);
	assert_int_equal(ladder_new(&l, q, w->f->areas), E_OK);
	assert_int_equal(records_count(counts, w->n->records, q, epoch_s,
			     w->f->areas, w->f->themes),
	    E_OK);
	assert_int_equal(measure_counts(out, counts, q, l), E_OK);
	ladder_free(l);
	free(counts);
	return out;
}

/* A node with 41 records of three months, and a query of that kind. */
static void
fresh(struct world *w, size_t kind)
{
	fixture_node_free(w->n);
	w->n = fixture_node(w->f, "north");
	fixture_records(w->n, FIXTURE_MONTH + 1, 7);
	fixture_records(w->n, FIXTURE_MONTH + 2, 4);
	w->f->utc_s++;
	w->n->policy.query_cap = w->n->policy.month_cap =
	    (struct cost){ INT64_MAX, INT64_MAX, POLICY_TV };
	fixture_query(w->f, &w->q);
	w->q.q.n_histograms = 0;
	kinds[kind](w->f, &w->q);
	fixture_charge(w->f, &w->q);
}

/* With noise that is as good as none the answer is what was measured; what it
 * costs stands under each month, in its own unit. */
static void
test_every_kind_of_question_is_measured_and_charged(void **state)
{
	struct world *w = *state;

	for (size_t kind = 0; kind < KINDS; kind++) {
		struct answer a;
		int64_t *want, sum = 0;
		struct cost cost, spent;

		fresh(w, kind);
		a = answer(w);
		want = exact(w, a.epoch);
		assert_int_equal(a.n_cells, question_answer(&w->q.q));
		assert_memory_equal(a.cells, want, a.n_cells * sizeof(*want));
		for (uint32_t i = 0; i < question_histogram(&w->q.q, 0); i++)
			sum += a.cells[i];
		assert_true(w->q.q.strategy == STRATEGY_HAAR || sum == 41);
		cost = price_stated(&w->q.q);
		assert_true((cost.nrho > 0) == (kind < 3) &&
			    (cost.neps > 0) == (kind >= 3) &&
			    (cost.tv > 0) == (kind < 4));
		for (uint16_t m = 0; m < 3; m++) {
			spent = fixture_cost(w->n, FIXTURE_MONTH + m);
			assert_memory_equal(&spent, &cost, sizeof(cost));
		}
		free(want);
		free(a.cells);
	}
}

/* Other histograms, or the same ones under other noise, are other questions:
 * what they share is drawn and paid for again. */
static void
test_what_questions_share_is_paid_for_again(void **state)
{
	struct world *w = *state;
	struct answer first, second;
	struct cost one, spent;

	fresh(w, 0);
	for (unsigned i = 0; i < w->q.q.n_histograms; i++)
		w->q.q.histograms[i].num = 1000000;
	fixture_charge(w->f, &w->q);
	first = answer(w);
	one = fixture_cost(w->n, FIXTURE_MONTH);
	fixture_query(w->f, &w->q);
	w->q.q.n_histograms = 0;
	ask_nested(w->f, &w->q);
	for (unsigned i = 0; i < w->q.q.n_histograms; i++)
		w->q.q.histograms[i].num = 1000000;
	memset(&w->q.q.histograms[--w->q.q.n_histograms], 0,
	    sizeof(struct histogram));
	fixture_charge(w->f, &w->q);
	second = answer(w);
	spent = fixture_cost(w->n, FIXTURE_MONTH);
	assert_true(spent.nrho == one.nrho + w->q.q.charge_nrho);
	assert_true(spent.tv == one.tv + w->q.q.charge_tv);
	assert_memory_not_equal(
	    first.cells, second.cells, 100 * sizeof(int64_t));
	free(first.cells);
	free(second.cells);
}

/* Two nodes that differ in one record, with the same chance: their answers
 * differ by what that record adds, and by nothing else. */
static void
test_noise_and_length_depend_on_no_record(void **state)
{
	struct world *w = *state;

	for (size_t kind = 0; kind < KINDS; kind++) {
		struct answer with, without;
		uint64_t chance = 77;
		int64_t moved = 0, d;

		fresh(w, kind);
		for (unsigned i = 0; i < w->q.q.n_histograms; i++)
			w->q.q.histograms[i].num = 50000;
		fixture_charge(w->f, &w->q);
		w->f->chance = chance;
		without = answer(w);
		chance = w->f->chance;
		fresh(w, kind);
		fixture_records(w->n, FIXTURE_MONTH, 1);
		w->f->utc_s++;
		for (unsigned i = 0; i < w->q.q.n_histograms; i++)
			w->q.q.histograms[i].num = 50000;
		fixture_charge(w->f, &w->q);
		w->f->chance = 77;
		with = answer(w);
		assert_true(w->f->chance == chance); /* as much was drawn */
		assert_int_equal(with.n_cells, without.n_cells);
		for (uint32_t i = 0; i < with.n_cells; i++) {
			d = with.cells[i] - without.cells[i];
			assert_in_range(d + 1, 0, 2);
			moved += d * d;
		}
		assert_int_equal(moved, w->q.q.n_histograms);
		free(with.cells);
		free(without.cells);
	}
}

static void
test_a_big_answer_comes_in_chunks(void **state)
{
	struct world *w = *state;
	struct answer a;

	fixture_grid(&w->q, 420, 420);
	w->q.q.n_themes = 1;
	w->q.q.themes[1] = 0;
	fixture_price(w->f, &w->q, 1000000);
	a = answer(w);
	assert_int_equal(a.n_cells, 420 * 420 + 1);
	free(a.cells);
}

/* Running totals of 12 months on 340 by 257 squares: 8 cells below the most
 * that query_check lets through.  What is charged can be sent. */
static void
test_the_biggest_answer_can_be_sent(void **state)
{
	struct world *w = *state;
	struct answer a;

	fixture_grid(&w->q, 340, 257);
	w->q.q.n_themes = 1;
	w->q.q.themes[1] = 0;
	w->q.q.n_months = 12;
	w->q.q.slicing = SLICE_MONTH;
	w->q.q.strategy = STRATEGY_RUNNING;
	w->q.q.n_histograms = 0;
	for (unsigned i = 0; i < 5; i++)
		add(&w->q.q, BY_THEME | BY_TIME, i)->num = 10000000;
	fixture_charge(w->f, &w->q);
	a = answer(w);
	assert_int_equal(a.n_cells, QUERY_ANSWER_MAX - 8);
	free(a.cells);
}

static void
test_nothing_leaves_before_send_at(void **state)
{
	struct world *w = *state;
	static const uint8_t first[4];
	uint8_t id[QUERY_ID];
	struct answer a;

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	while (w->f->utc_s < w->q.send_at) {
		assert_int_equal(w->n->core.tick(w->n->core.ctx), E_OK);
		fixture_tell(w->n, FRAME_PULL, id, first, sizeof(first));
		assert_int_equal(w->n->n, 0);
		w->f->utc_s++;
	}
	a = fixture_fetch(w->n, id);
	free(a.cells);
}

static void
test_the_same_question_gets_the_same_answer_and_one_charge(void **state)
{
	struct world *w = *state;
	struct answer first = answer(w), second;
	uint64_t spent = fixture_spent(w->n, FIXTURE_MONTH);

	fixture_title(&w->q, "Quite another title");
	w->q.close_at += 100;
	w->q.not_after -= 3600;
	w->q.researcher = fixture_id("author");
	second = answer(w);
	assert_memory_not_equal(first.query_id, second.query_id, QUERY_ID);
	assert_same(&first, &second);
	assert_int_equal(fixture_spent(w->n, FIXTURE_MONTH), spent);
	free(first.cells);
	free(second.cells);
}

static void
test_other_noise_is_another_question(void **state)
{
	struct world *w = *state;
	struct answer first = answer(w), second;
	uint64_t spent = fixture_spent(w->n, FIXTURE_MONTH);

	fixture_price(w->f, &w->q, 2000000);
	second = answer(w);
	assert_memory_not_equal(
	    first.cells, second.cells, first.n_cells * sizeof(int64_t));
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), spent + w->q.q.charge_nrho);
	free(first.cells);
	free(second.cells);
}

/* Averaging four hundred answers averages one answer. */
static void
test_averaging_four_hundred_repeats_gains_nothing(void **state)
{
	struct world *w = *state;
	struct answer first = answer(w);
	char title[32];

	for (int i = 0; i < 400; i++) {
		struct answer a;

		snprintf(title, sizeof(title), "Repeat %d", i);
		fixture_title(&w->q, title);
		a = answer(w);
		assert_same(&first, &a);
		free(a.cells);
	}
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	free(first.cells);
}

static void
test_asking_again_is_the_same_state(void **state)
{
	struct world *w = *state;
	struct answer a, b;
	uint8_t id[QUERY_ID];

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	assert_int_equal(ask(w, id), REFUSAL_NONE);
	w->f->utc_s = w->q.send_at;
	a = fixture_fetch(w->n, id);
	assert_int_equal(ask(w, id), REFUSAL_NONE);
	b = fixture_fetch(w->n, id);
	assert_same(&a, &b);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	free(a.cells);
	free(b.cells);
}

/* Records loaded later show at the next cut, under a new charge. */
static void
test_a_new_cut_charges_again(void **state)
{
	struct world *w = *state;
	struct answer first = answer(w), second;
	uint64_t next = month_start((uint16_t)(month_of(FIXTURE_NOW) + 1));

	fixture_records(w->n, FIXTURE_MONTH, 5);
	w->f->utc_s = next + 60;
	fixture_query(w->f, &w->q);
	second = answer(w);
	assert_memory_equal(first.question_id, second.question_id, QUERY_ID);
	assert_true(second.epoch == next);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), 2 * w->q.q.charge_nrho);
	free(first.cells);
	free(second.cells);
}

static void
test_a_query_keeps_its_answer_over_a_cut(void **state)
{
	struct world *w = *state;
	uint64_t next = month_start((uint16_t)(month_of(FIXTURE_NOW) + 1));
	struct answer first, second;
	uint8_t id[QUERY_ID];

	w->f->utc_s = next - 10;
	fixture_query(w->f, &w->q);
	first = answer(w);
	w->f->utc_s = next + 10;
	assert_int_equal(ask(w, id), REFUSAL_NONE);
	assert_memory_equal(id, first.query_id, QUERY_ID);
	second = fixture_fetch(w->n, id);
	assert_same(&first, &second);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	free(first.cells);
	free(second.cells);
}

/* What was loaded after the first charge is not seen before the next cut. */
static void
test_a_load_does_not_show_in_another_answer_of_the_same_cut(void **state)
{
	struct world *w = *state;
	struct answer a;

	a = answer(w);
	free(a.cells);
	w->f->utc_s += 10;
	fixture_records(w->n, FIXTURE_MONTH, 5000);
	w->f->utc_s += 10;
	fixture_query(w->f, &w->q);
	fixture_price(w->f, &w->q, 20000000);
	a = answer(w);
	assert_true(a.epoch == FIXTURE_NOW);
	for (uint32_t i = 0; i < a.n_cells; i++)
		assert_true(a.cells[i] < 1000);
	free(a.cells);
}

static void
test_a_crash_between_charge_and_answer_charges_once(void **state)
{
	struct world *w = *state;
	struct answer a;
	uint8_t id[QUERY_ID];

	w->f->rng_fails = 1; /* after the charge, before an answer */
	assert_int_equal(ask(w, id), REFUSAL_INTERNAL);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	fixture_stop(w->n);
	fixture_start(w->n);
	fixture_connect(w->n);
	a = answer(w);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	free(a.cells);
}

/* When TAKEN leaves must not tell how long counting and drawing took. */
static void
test_taken_is_said_before_the_work(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b =
	    fixture_bundle(w->f, &w->q, w->q.researcher.s, BOTH);

	w->f->rng_fails = 1;
	fixture_tell(w->n, FRAME_ASK, b.id, b.bytes, b.len);
	assert_int_equal(w->n->n, 2);
	for (int i = 0; i < 2; i++) {
		struct fixture_frame f = fixture_take(w->n);

		assert_int_equal(f.kind, i == 0 ? FRAME_TAKEN : FRAME_REFUSED);
		free(f.body);
	}
	fixture_drop(&b);
}

static void
test_a_crash_before_send_at_sends_the_stored_answer(void **state)
{
	struct world *w = *state;
	uint8_t id[QUERY_ID];
	int64_t *cells;
	struct ledger_key key;
	struct answer a;
	uint32_t n;

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	fixture_stop(w->n);
	fixture_start(w->n);
	fixture_connect(w->n);
	a = answer(w);
	memcpy(key.question, a.question_id, QUERY_ID);
	key.epoch_s = a.epoch;
	assert_int_equal(ledger_cells(w->n->ledger, &key, &cells, &n), E_OK);
	assert_int_equal(n, a.n_cells);
	assert_memory_equal(cells, a.cells, n * sizeof(*cells));
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	free(cells);
	free(a.cells);
}

/* Records of a source that the policy does not offer are not counted. */
static void
test_a_source_outside_the_policy_is_not_counted(void **state)
{
	struct world *w = *state;
	struct answer a;

	fixture_records(w->n, FIXTURE_MONTH, 20000); /* police.crime */
	policy_default(&w->n->policy, &w->n->id, SOURCE_POLICE_ASB,
	    FIXTURE_MONTH, FIXTURE_MONTHS);
	a = answer(w);
	for (uint32_t i = 0; i < a.n_cells; i++)
		assert_true(a.cells[i] < 10000);
	free(a.cells);
}

static void
test_rounds_under_way_are_bounded(void **state)
{
	struct world *w = *state;
	uint8_t id[QUERY_ID];
	struct answer a;
	char title[32];

	for (int i = 0; i < 256; i++) {
		snprintf(title, sizeof(title), "Flood %d", i);
		fixture_title(&w->q, title);
		assert_int_equal(ask(w, id), REFUSAL_NONE);
	}
	fixture_title(&w->q, "One more");
	fixture_price(w->f, &w->q, 2000000);
	assert_int_equal(ask(w, id), REFUSAL_INTERNAL);
	fixture_price(w->f, &w->q, 1000000);
	assert_int_equal(
	    fixture_spent(w->n, FIXTURE_MONTH), w->q.q.charge_nrho);
	w->f->utc_s = w->q.close_at + 301; /* all are over */
	assert_int_equal(w->n->core.tick(w->n->core.ctx), E_OK);
	while (w->n->n > 0)
		free(fixture_take(w->n).body);
	fixture_query(w->f, &w->q);
	a = answer(w);
	free(a.cells);
}

/* Connections --------------------------------------------------------- */

static void
test_only_the_coordinator_is_spoken_to(void **state)
{
	struct world *w = *state;
	struct ipc_up up = { .party = fixture_id("south"), .address = "x" };

	w->n->conn = 99;
	assert_int_equal(w->n->core.up(w->n->core.ctx, 99, &up), E_OK);
	assert_true(w->n->dropped);
	assert_int_equal(w->n->n, 0); /* not even a hello */
}

static void
test_nothing_is_taken_before_the_welcome(void **state)
{
	struct world *w = *state;
	struct ipc_up up = { .party = fixture_id("coordinator"),
		.address = "x" };
	struct fixture_bundle b = fixture_bundle(w->f, &w->q, "analyst", BOTH);

	w->n->conn = 99;
	assert_int_equal(w->n->core.up(w->n->core.ctx, 99, &up), E_OK);
	free(fixture_take(w->n).body); /* the hello */
	fixture_tell(w->n, FRAME_ASK, b.id, b.bytes, b.len);
	assert_true(w->n->dropped);
	assert_false(gate_connected(w->n->gate));
	assert_int_equal(fixture_spent(w->n, FIXTURE_MONTH), 0);
	fixture_drop(&b);
}

static void
test_a_welcome_of_another_session_is_none(void **state)
{
	struct world *w = *state;
	struct ipc_up up = { .party = fixture_id("coordinator"),
		.exporter = { 77 },
		.address = "x" };
	struct party_id coordinator = up.party;
	struct hello h = { .utc_s = w->f->utc_s };
	uint8_t *body;
	size_t len;

	memcpy(up.fingerprint,
	    fixture_member(w->f, "coordinator")->tls_fingerprint, 32);
	w->n->conn = 99;
	w->n->admitted = false;
	assert_int_equal(w->n->core.up(w->n->core.ctx, 99, &up), E_OK);
	free(fixture_take(w->n).body);
	assert_int_equal(
	    hello_make(&body, &len, &coordinator, &w->n->id, w->n->exporter, &h,
		fixture_key(w->f, "coordinator")),
	    E_OK);
	fixture_tell(w->n, FRAME_WELCOME, NULL, body, len);
	assert_true(w->n->dropped && !w->n->admitted);
	free(body);
}

static void
test_odd_frames_do_no_harm(void **state)
{
	struct world *w = *state;
	static const uint8_t far[] = { 0xff, 0xff, 0xff, 0xff, 0 };
	static const uint8_t no_id[QUERY_ID] = { 1 };
	uint8_t id[QUERY_ID];

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	w->f->utc_s = w->q.send_at;
	assert_int_equal(w->n->core.tick(w->n->core.ctx), E_OK);
	free(fixture_take(w->n).body); /* READY */
	for (size_t len = 0; len <= sizeof(far); len++)
		fixture_tell(w->n, FRAME_PULL, id, far, len);
	fixture_tell(w->n, FRAME_PULL, no_id, far, 4);
	assert_int_equal(w->n->n, 0);
	fixture_tell(w->n, FRAME_ROSTER, NULL, "no note", 7);
	fixture_tell(w->n, FRAME_ROSTER, NULL, NULL, 0);
	assert_false(w->n->dropped);
	fixture_tell(w->n, FRAME_SUBMIT, NULL, far, 4);
	assert_true(w->n->dropped);
}

/* A node whose clock was set back does not start. */
static void
test_a_gate_does_not_start_in_the_past(void **state)
{
	struct world *w = *state;
	struct gate_config c = { .identity = &w->n->identity,
		.policy = &w->n->policy,
		.clock = &w->f->clock };
	struct gate *g = NULL;

	c.ledger = w->n->ledger;
	w->f->utc_s = FIXTURE_NOW - 301;
	assert_int_equal(gate_new(&g, &c), E_CLOCK);
	w->f->utc_s = FIXTURE_NOW - 300;
	assert_int_equal(gate_new(&g, &c), E_OK);
	gate_free(g);
}

/* Rosters ------------------------------------------------------------- */

static void
test_a_newer_roster_is_taken_and_older_queries_stay_valid(void **state)
{
	struct world *w = *state;
	struct fixture_bundle old =
	    fixture_bundle(w->f, &w->q, "analyst", BOTH);
	char *first = strdup(w->f->note);

	assert_non_null(first);
	assert_int_equal(gate_roster(w->n->gate, first, strlen(first)),
	    E_STATE); /* the one in force; remembered */
	fixture_add(w->f, "newcomer", ROLE_RESEARCHER, "College");
	fixture_seal(w->f, 2);
	fixture_tell(w->n, FRAME_ROSTER, NULL, w->f->note, w->f->note_len);
	assert_int_equal(w->n->kept, 1);
	fixture_tell(w->n, FRAME_ROSTER, NULL, first, strlen(first));
	assert_int_equal(w->n->kept, 1); /* not back */
	assert_int_equal(fixture_ask(w->n, &old), REFUSAL_NONE);
	fixture_drop(&old);

	fixture_query(w->f, &w->q);
	w->q.researcher = fixture_id("newcomer");
	old = fixture_bundle(w->f, &w->q, "newcomer", BOTH);
	assert_int_equal(fixture_ask(w->n, &old), REFUSAL_NONE);
	fixture_drop(&old);
	free(first);
}

/* A folder put back to an older roster does not bring it back into force. */
static void
test_a_roster_seen_is_not_forgotten(void **state)
{
	struct world *w = *state;
	struct fixture_bundle b;

	fixture_member(w->f, "analyst")->roles = ROLE_AUDITOR;
	fixture_seal(w->f, 2);
	assert_int_equal(
	    gate_roster(w->n->gate, w->f->note, w->f->note_len), E_OK);
	fixture_stop(w->n);
	fixture_start(w->n); /* its identity has the first roster */
	fixture_connect(w->n);
	b = fixture_bundle(w->f, &w->q, "analyst", BOTH);
	assert_int_equal(fixture_ask(w->n, &b), REFUSAL_RESEARCHER);
	fixture_drop(&b);
}

static void
test_a_roster_is_taken_only_if_it_still_names_this_node(void **state)
{
	struct world *w = *state;
	struct sign_key other;

	assert_int_equal(sign_new(&other), E_OK);
	memcpy(fixture_member(w->f, "north")->sign_public, other.public,
	    SIGN_PUBLIC);
	fixture_seal(w->f, 2);
	assert_int_equal(
	    gate_roster(w->n->gate, w->f->note, w->f->note_len), E_NOTFOUND);
	assert_int_equal(w->n->kept, 0);
}

/* Who is connected under an old certificate must show again who they are. */
static void
test_a_coordinator_that_changed_is_hung_up_on(void **state)
{
	struct world *w = *state;

	fixture_member(w->f, "coordinator")->tls_fingerprint[0] ^= 1;
	fixture_seal(w->f, 2);
	fixture_tell(w->n, FRAME_ROSTER, NULL, w->f->note, w->f->note_len);
	assert_int_equal(w->n->kept, 1);
	assert_true(w->n->dropped);
	assert_false(gate_connected(w->n->gate));
}

/* The roster that names the node with its key, or with another. */
static void
seal(struct world *w, uint32_t epoch, bool named)
{
	uint8_t *key = fixture_member(w->f, "north")->sign_public;

	memcpy(key, fixture_key(w->f, "north")->public, SIGN_PUBLIC);
	if (!named)
		key[0] ^= 1;
	fixture_seal(w->f, epoch);
}

static void
offer(struct world *w, uint32_t epoch, bool named)
{
	seal(w, epoch, named);
	fixture_tell(w->n, FRAME_ROSTER, NULL, w->f->note, w->f->note_len);
}

/* Who is left out hears no more of revocations, and so answers nothing: also
 * after a restart, and until a newer roster names it again. */
static void
test_a_node_that_is_left_out_refuses_every_query(void **state)
{
	struct world *w = *state;
	uint8_t id[QUERY_ID];
	struct fixture_bundle known;

	assert_int_equal(ask(w, id), REFUSAL_NONE);
	known = fixture_bundle(w->f, &w->q, "analyst", BOTH);
	offer(w, 2, false);
	assert_int_equal(w->n->kept, 0); /* the folder's still names it */
	assert_int_equal(fixture_ask(w->n, &known), REFUSAL_ROSTER);
	fixture_stop(w->n);
	fixture_start(w->n);
	fixture_connect(w->n);
	assert_int_equal(fixture_ask(w->n, &known), REFUSAL_ROSTER);
	fixture_title(&w->q, "Another");
	assert_int_equal(ask(w, id), REFUSAL_ROSTER);
	offer(w, 1, true); /* older */
	assert_int_equal(fixture_ask(w->n, &known), REFUSAL_ROSTER);
	offer(w, 3, true);
	assert_int_equal(w->n->kept, 1);
	fixture_query(w->f, &w->q);
	assert_int_equal(ask(w, id), REFUSAL_NONE);
	fixture_drop(&known);
}

/* Nobody can put a node out but governance. */
static void
test_a_roster_without_signatures_leaves_nobody_out(void **state)
{
	struct world *w = *state;
	uint8_t id[QUERY_ID];

	seal(w, 2, false);
	w->f->note[w->f->note_len - 10] ^= 1;
	fixture_tell(w->n, FRAME_ROSTER, NULL, w->f->note, w->f->note_len);
	seal(w, 1, true);
	assert_int_equal(ask(w, id), REFUSAL_NONE);
}

static void
test_a_roster_signed_by_too_few_is_none(void **state)
{
	struct world *w = *state;

	w->f->governance.need = 1;
	fixture_seal(w->f, 2);
	*strstr(w->f->note, "\xe2\x80\x94 g2") = '\0'; /* one line less */
	assert_int_equal(
	    gate_roster(w->n->gate, w->f->note, strlen(w->f->note)),
	    E_SIGNATURE);
}

static void
test_a_demonstration_is_refused_by_a_real_node(void **state)
{
	struct world *w = *state;

	w->f->roster->demo = true;
	fixture_seal(w->f, 2);
	assert_int_equal(
	    gate_roster(w->n->gate, w->f->note, w->f->note_len), E_CONFIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_good_query_is_answered_and_charged_once),
		TEST(test_the_answer_is_the_count_and_noise),
		TEST(test_every_kind_of_question_is_measured_and_charged),
		TEST(test_what_questions_share_is_paid_for_again),
		TEST(test_noise_and_length_depend_on_no_record),
		TEST(test_a_big_answer_comes_in_chunks),
		TEST(test_the_biggest_answer_can_be_sent),
		TEST(test_nothing_leaves_before_send_at),
		TEST(
		    test_the_same_question_gets_the_same_answer_and_one_charge),
		TEST(test_other_noise_is_another_question),
		TEST(test_averaging_four_hundred_repeats_gains_nothing),
		TEST(test_asking_again_is_the_same_state),
		TEST(test_a_new_cut_charges_again),
		TEST(test_a_query_keeps_its_answer_over_a_cut),
		TEST(
		    test_a_load_does_not_show_in_another_answer_of_the_same_cut),
		TEST(test_a_crash_between_charge_and_answer_charges_once),
		TEST(test_taken_is_said_before_the_work),
		TEST(test_a_crash_before_send_at_sends_the_stored_answer),
		TEST(test_a_source_outside_the_policy_is_not_counted),
		TEST(test_rounds_under_way_are_bounded),
		TEST(test_only_the_coordinator_is_spoken_to),
		TEST(test_nothing_is_taken_before_the_welcome),
		TEST(test_a_welcome_of_another_session_is_none),
		TEST(test_odd_frames_do_no_harm),
		TEST(test_a_gate_does_not_start_in_the_past),
		TEST(test_a_newer_roster_is_taken_and_older_queries_stay_valid),
		TEST(test_a_roster_seen_is_not_forgotten),
		TEST(test_a_roster_is_taken_only_if_it_still_names_this_node),
		TEST(test_a_coordinator_that_changed_is_hung_up_on),
		TEST(test_a_node_that_is_left_out_refuses_every_query),
		TEST(test_a_roster_without_signatures_leaves_nobody_out),
		TEST(test_a_roster_signed_by_too_few_is_none),
		TEST(test_a_demonstration_is_refused_by_a_real_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
