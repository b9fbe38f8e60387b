/*
 * Promises about corrections: a load after the first answer shows from the
 * next cut on and not before; and nobody outside can tell from a charge, a
 * refusal, a repeat, a length or a time whether there was one.
 *
 * Two federations with the same random numbers, one of which is corrected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/codec.h"
#include "world.h"

#define MARKS_MAX 1024
#define CELLS_MAX 64
#define MONTH 612
#define ROUNDS 4

struct mark { /* a frame that left a node */
	uint64_t mono_ms;
	unsigned round, node, kind;
	size_t len;
	uint32_t n;
	int64_t cells[CELLS_MAX];
};

struct story { /* of one federation */
	struct mark marks[MARKS_MAX];
	size_t n;
	unsigned round;
	struct cost spent[ROUNDS][WORLD_NODES];
};

static struct story stories[2], *told;

static void
watch(struct world *w, struct node *from, const struct frame *f)
{
	struct mark *m = &told->marks[told->n++];
	struct envelope e;
	struct answer a;

	assert_true(told->n < MARKS_MAX);
	*m = (struct mark){ .mono_ms = w->mono_ms,
		.round = told->round,
		.node = (unsigned)(from - w->nodes),
		.kind = f->kind,
		.len = f->len };
	w->refused += f->kind == FRAME_REFUSED;
	if (f->kind != FRAME_CHUNK)
		return;
	w->answered++;
	assert_int_equal(envelope_parse(&e, f->body + 4, f->len - 4), E_OK);
	assert_int_equal(codec_answer_read(&a, e.bytes, e.len), E_OK);
	assert_true(a.n_cells <= CELLS_MAX);
	m->n = a.n_cells;
	memcpy(m->cells, a.cells, a.n_cells * sizeof(a.cells[0]));
	free(a.cells);
}

/* Asks for two themes of a month, and for one of it under another name of the
 * question, and waits until both are answered or refused. */
static void
ask_round(struct world *w, unsigned round)
{
	struct query q;
	uint8_t id[QUERY_ID];

	told->round = round;
	for (uint8_t theme = 0; theme < 2; theme++) {
		/* the same question in rounds 0 and 1: a repeat */
		world_question(w, &q,
		    theme == 0 ? WORLD_LEVELS : WORLD_IDENTITY, MONTH,
		    theme == 0 ? 0 : (uint8_t)(round % 3), 5);
		world_ask(w, &q, id);
		for (int step = 0; step < 100; step++)
			world_step(w, 100);
	}
	for (size_t i = 0; i < WORLD_NODES; i++)
		assert_int_equal(ledger_spent(w->nodes[i].ledger,
				     &told->spent[round][i], MONTH, 1),
		    E_OK);
}

/* MONTH of one node: 100 records more, 10 withdrawn. */
static void
correct(struct world *w)
{
	world_load(w, &w->nodes[0], RECORDS_ADD, 120, 100, 12);
	world_load(w, &w->nodes[0], RECORDS_WITHDRAW, 0, 10, 12);
}

static void
tell(struct story *s, bool corrected)
{
	struct world w;

	told = s;
	world_open(&w, 11);
	w.watch = watch;
	ask_round(&w, 0);
	if (corrected)
		correct(&w);
	ask_round(&w, 1);
	w.utc_s += 40 * 86400; /* past the next cut */
	ask_round(&w, 2);
	ask_round(&w, 3); /* its budget ends here */
	assert_true(w.answered > 0);
	world_close(&w);
}

static int
both_worlds(void **state)
{
	(void)state;
	tell(&stories[0], false);
	tell(&stories[1], true);
	return 0;
}

static void
test_nothing_outside_tells_that_a_month_changed(void **state)
{
	(void)state;
	assert_int_equal(stories[0].n, stories[1].n);
	for (size_t i = 0; i < stories[0].n; i++) {
		const struct mark *a = &stories[0].marks[i];
		const struct mark *b = &stories[1].marks[i];

		assert_int_equal(a->mono_ms, b->mono_ms);
		assert_int_equal(a->node, b->node);
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->len, b->len);
		assert_int_equal(a->n, b->n);
	}
	assert_memory_equal(
	    stories[0].spent, stories[1].spent, sizeof(stories[0].spent));
}

/* How much the answers of a round and node differ between the worlds. */
static int64_t
difference(unsigned round, unsigned node)
{
	int64_t sum = 0;

	for (size_t i = 0; i < stories[0].n; i++) {
		const struct mark *a = &stories[0].marks[i];
		const struct mark *b = &stories[1].marks[i];

		if (a->round == round && a->node == node)
			for (uint32_t c = 0; c < a->n; c++)
				sum += llabs(b->cells[c] - a->cells[c]);
	}
	return sum;
}

/* The noise is the same in both worlds, so what differs is the correction. */
static void
test_a_correction_shows_at_the_next_cut_and_not_before(void **state)
{
	(void)state;
	for (unsigned node = 0; node < WORLD_NODES; node++) {
		assert_int_equal(difference(0, node), 0);
		assert_int_equal(difference(1, node), 0);
		if (node != 0)
			assert_int_equal(difference(2, node), 0);
	}
	assert_true(difference(2, 0) >= 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_nothing_outside_tells_that_a_month_changed),
		cmocka_unit_test(
		    test_a_correction_shows_at_the_next_cut_and_not_before),
	};

	return cmocka_run_group_tests(tests, both_worlds, NULL);
}
