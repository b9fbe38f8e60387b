/*
 * Promises of a whole federation under faults: whatever is killed, cut and
 * started again, a question and cut of the data has one answer, its charge is
 * taken once, nothing leaves early, and a release is the sum of what left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rd.h"
#include "coordinator/queries.h"
#include "coordinator/releases.h"
#include "policies/price.h"
#include "protocol/codec.h"
#include "world.h"

#define ANSWERS_MAX 512
#define ASKED_MAX 64
#define CELLS_MAX 64

struct seen { /* an answer that left a node */
	uint8_t question[QUERY_ID], query[QUERY_ID];
	uint64_t epoch;
	struct party_id node;
	uint32_t n;
	int64_t cells[CELLS_MAX];
};

struct put { /* a query that was asked */
	uint8_t id[QUERY_ID];
	uint64_t send_at, close_at;
	struct cost cost;
	uint16_t month, n_months;
	enum world_kind kind;
};

static struct seen seen[ANSWERS_MAX];
static size_t n_seen;
static struct put asked[ASKED_MAX];
static size_t n_asked;

static const struct put *
put_of(const uint8_t id[QUERY_ID])
{
	for (size_t i = 0; i < n_asked; i++)
		if (memcmp(asked[i].id, id, QUERY_ID) == 0)
			return &asked[i];
	return NULL;
}

/* Invariant: one question and cut, one answer of a node, for ever. */
static void
remember(const struct answer *a)
{
	struct seen *s = &seen[n_seen];

	assert_true(n_seen < ANSWERS_MAX && a->n_cells <= CELLS_MAX);
	*s = (struct seen){
		.epoch = a->epoch, .node = a->node, .n = a->n_cells
	};
	memcpy(s->question, a->question_id, QUERY_ID);
	memcpy(s->query, a->query_id, QUERY_ID);
	memcpy(s->cells, a->cells, a->n_cells * sizeof(a->cells[0]));
	for (size_t i = 0; i < n_seen; i++)
		if (memcmp(seen[i].question, s->question, QUERY_ID) == 0 &&
		    seen[i].epoch == s->epoch &&
		    party_id_same(&seen[i].node, &s->node))
			assert_memory_equal(
			    seen[i].cells, s->cells, sizeof(s->cells));
	n_seen++;
}

/* Invariant: an answer leaves at send_at, not before. */
static void
watch(struct world *w, struct node *from, const struct frame *f)
{
	const struct put *put = put_of(f->id);
	struct envelope e;
	struct answer a;

	(void)from;
	w->taken += f->kind == FRAME_TAKEN;
	w->refused += f->kind == FRAME_REFUSED;
	if (f->kind != FRAME_READY && f->kind != FRAME_CHUNK)
		return;
	assert_non_null(put);
	assert_true(w->utc_s >= put->send_at);
	if (f->kind != FRAME_CHUNK)
		return;
	w->answered++;
	assert_int_equal(envelope_parse(&e, f->body + 4, f->len - 4), E_OK);
	assert_int_equal(codec_answer_read(&a, e.bytes, e.len), E_OK);
	remember(&a);
	free(a.cells);
}

static bool
touches(const struct put *p, uint16_t month)
{
	return month >= p->month && month < p->month + p->n_months;
}

/* What a node's ledger should hold for a month: each question once. */
static struct cost
owed(const struct node *n, uint16_t month)
{
	struct cost sum = { 0 };

	for (size_t i = 0; i < n_seen; i++) {
		bool first = true;

		if (!party_id_same(&seen[i].node, &n->identity->me->id) ||
		    !touches(put_of(seen[i].query), month))
			continue;
		for (size_t j = 0; j < i; j++)
			if (party_id_same(&seen[j].node, &seen[i].node) &&
			    seen[j].epoch == seen[i].epoch &&
			    memcmp(seen[j].question, seen[i].question,
				QUERY_ID) == 0)
				first = false;
		if (first)
			assert_int_equal(
			    cost_sum(&sum, &sum, &put_of(seen[i].query)->cost),
			    E_OK);
	}
	return sum;
}

/* Invariant: never over the cap, never less than what has left. */
static void
check_ledgers(struct world *w)
{
	for (int i = 0; i < WORLD_NODES; i++) {
		struct node *n = &w->nodes[i];
		struct cost spent[12];

		if (n->ledger == NULL)
			continue;
		assert_int_equal(ledger_spent(n->ledger, spent, 612, 12), E_OK);
		for (uint16_t m = 0; m < 12; m++) {
			struct cost least = owed(n, (uint16_t)(612 + m));

			assert_true(
			    cost_within(&spent[m], &n->policy.month_cap));
			assert_true(cost_within(&least, &spent[m]));
		}
	}
}

/* Every release is the sum of answers that left for that query. */
static unsigned
check_releases(struct world *w)
{
	unsigned found = 0;

	for (size_t i = 0; i < n_asked; i++) {
		int64_t cells[CELLS_MAX], sum[CELLS_MAX] = { 0 };
		struct release_sum all = { .cells = cells };
		struct release_sum sources[4];
		size_t n_sources;
		unsigned nodes = 0;
		uint32_t n = 0;

		if (releases_sources(
			w->db, asked[i].id, sources, 4, &n_sources) != E_OK ||
		    n_sources == 0)
			continue;
		for (size_t s = 0; s < n_seen; s++) {
			bool again = false;

			if (memcmp(seen[s].query, asked[i].id, QUERY_ID) != 0)
				continue;
			for (size_t t = 0; t < s; t++)
				again =
				    again || (memcmp(seen[t].query, asked[i].id,
						  QUERY_ID) == 0 &&
						 party_id_same(&seen[t].node,
						     &seen[s].node));
			n = seen[s].n;
			for (uint32_t c = 0; c < n && !again; c++)
				sum[c] += seen[s].cells[c];
			nodes += !again;
		}
		assert_int_equal(
		    releases_sum(w->db, asked[i].id, "all", n, &all), E_OK);
		if (all.nodes == nodes) /* none was late */
			assert_memory_equal(cells, sum, n * sizeof(sum[0]));
		else
			assert_true(all.nodes < nodes);
		found++;
	}
	return found;
}

static void
trouble(struct world *w)
{
	struct node *n = &w->nodes[world_random(w, WORLD_NODES)];

	switch (world_random(w, 60)) {
	case 0:
		if (n->gate != NULL)
			world_kill_node(w, n);
		break;
	case 1:
		if (w->merge != NULL && world_random(w, 3) == 0)
			world_kill_merge(w);
		break;
	case 2:
		world_cut(w, n, !n->cut);
		break;
	case 3:
	case 4:
		if (n->gate == NULL)
			world_start_node(w, n);
		if (w->merge == NULL)
			world_start_merge(w);
		break;
	default:
		break;
	}
}

static void
heal(struct world *w)
{
	for (int i = 0; i < WORLD_NODES; i++) {
		world_cut(w, &w->nodes[i], false);
		if (w->nodes[i].gate == NULL)
			world_start_node(w, &w->nodes[i]);
	}
	if (w->merge == NULL)
		world_start_merge(w);
}

/* What was asked, as the invariants need it. */
static struct put *
note(const struct query *q, enum world_kind kind)
{
	struct put *p = &asked[n_asked++];

	*p = (struct put){ .send_at = q->send_at,
		.close_at = q->close_at,
		.cost = price_stated(&q->q),
		.month = q->q.first_month,
		.n_months = q->q.n_months,
		.kind = kind };
	return p;
}

static void
ask_something(struct world *w)
{
	enum world_kind kind = (enum world_kind)(n_asked % WORLD_KINDS);
	struct query q;

	if (w->merge == NULL || n_asked == ASKED_MAX)
		return;
	world_question(w, &q, kind, (uint16_t)(612 + world_random(w, 2)),
	    (uint8_t)world_random(w, 3), 4 + world_random(w, 20));
	q.title[0] = (char)('A' + world_random(w, 26));
	world_ask(w, &q, note(&q, kind)->id);
}

static void
live(uint64_t seed, struct world *w, bool faults)
{
	n_seen = n_asked = 0;
	world_open(w, seed);
	w->watch = watch;
	for (int step = 0; step < 600; step++) {
		if (step % 25 == 10)
			ask_something(w);
		if (faults)
			trouble(w);
		world_step(w, 100);
		if (step % 10 == 0)
			check_ledgers(w);
	}
	heal(w);
	for (int step = 0; step < 400; step++)
		world_step(w, 100);
	check_ledgers(w);
}

static void
test_a_quiet_federation_answers_everything_within_budget(void **state)
{
	struct world w;
	unsigned kinds[WORLD_KINDS] = { 0 };

	(void)state;
	live(1, &w, false);
	assert_int_equal(n_asked, 24);
	assert_true(w.answered >= 3 * 12); /* six of each month and noise fit */
	assert_int_equal(check_releases(&w), w.taken / WORLD_NODES);
	for (int i = 0; i < WORLD_NODES; i++) {
		struct cost spent[4], want;

		assert_int_equal(
		    ledger_spent(w.nodes[i].ledger, spent, 612, 4), E_OK);
		for (uint16_t m = 0; m < 4; m++) {
			want = owed(&w.nodes[i], (uint16_t)(612 + m));
			assert_memory_equal(&spent[m], &want, sizeof(want));
		}
		assert_true(spent[0].nrho > 0 && spent[0].neps > 0 &&
			    spent[0].tv > 0 && spent[2].nrho > 0);
	}
	for (size_t i = 0; i < n_seen; i++)
		kinds[put_of(seen[i].query)->kind]++;
	for (int i = 0; i < WORLD_KINDS; i++)
		assert_true(kinds[i] > 0);
	world_close(&w);
}

static void
test_faults_never_give_two_answers_or_charge_twice(void **state)
{
	unsigned released = 0, answered = 0;
	const char *seeds = getenv("WARD_SEEDS");
	uint64_t n = seeds == NULL ? 4 : strtoull(seeds, NULL, 10);

	(void)state;
	for (uint64_t seed = 100; seed < 100 + n; seed++) {
		struct world w;

		live(seed, &w, true);
		released += check_releases(&w);
		answered += w.answered;
		world_close(&w);
	}
	/* the faults did not simply stop everything */
	assert_true(released > n && answered > 3 * n);
}

static void
test_the_next_cut_charges_again_and_a_repeat_before_it_does_not(void **state)
{
	struct world w;
	struct query q;
	struct cost spent[3], twice;

	(void)state;
	n_seen = n_asked = 0;
	world_open(&w, 7);
	w.watch = watch;
	for (int round = 0; round < 3; round++) {
		world_question(&w, &q, WORLD_LEVELS, 612, 0, 5);
		world_ask(&w, &q, note(&q, WORLD_LEVELS)->id);
		for (int step = 0; step < 100; step++)
			world_step(&w, 100);
		assert_int_equal(
		    ledger_spent(w.nodes[0].ledger, &spent[round], 612, 1),
		    E_OK);
		if (round == 1)
			w.utc_s += 40 * 86400; /* past the next cut */
	}
	assert_true(spent[0].nrho > 0);
	assert_memory_equal(&spent[1], &spent[0], sizeof(spent[0]));
	assert_int_equal(cost_sum(&twice, &spent[0], &spent[0]), E_OK);
	assert_memory_equal(&spent[2], &twice, sizeof(twice));
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_quiet_federation_answers_everything_within_budget),
		cmocka_unit_test(
		    test_faults_never_give_two_answers_or_charge_twice),
		cmocka_unit_test(
		    test_the_next_cut_charges_again_and_a_repeat_before_it_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
