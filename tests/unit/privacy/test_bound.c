/*
 * Promises of privacy/bound: one person-month moves the counts by at most
 * d c sqrt(k), for every small database and every neighbour of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/bound.h"
#include "tests/unit/abort_test.h"

#define CELLS 3
#define PEOPLE 4
#define RECORDS 3 /* of one person, at most */

/* A record is the set of the cells that it counts in, as bits.  The histories
 * of one person: every sequence of at most so many of the records allowed. */
struct history {
	unsigned n;
	uint8_t cells[RECORDS];
};

struct world {
	const uint8_t *kinds; /* [n_kinds]: records allowed */
	unsigned n_kinds, n_records, people;
	uint32_t c, k, d; /* d: keys that one person's records are under */
	unsigned n_histories;
	struct history histories[512];
};

static void
world_fill(struct world *w)
{
	unsigned from = 0, to = 1;

	w->histories[0].n = 0;
	for (unsigned n = 1; n <= w->n_records; n++) {
		unsigned next = to;

		for (unsigned h = from; h < to; h++)
			for (unsigned i = 0; i < w->n_kinds; i++) {
				struct history *new = &w->histories[next++];

				*new = w->histories[h];
				new->cells[new->n++] = w->kinds[i];
			}
		from = to;
		to = next;
	}
	w->n_histories = to;
	assert_in_range(to, 1, 512);
}

/* The counts of a database, of which person `without` is left out: whole[p] is
 * the history of person p, of whom record i is under key i % d. */
static void
count(uint32_t counts[CELLS], const struct world *w, uint32_t c,
    const unsigned whole[PEOPLE], unsigned without)
{
	struct bound b;

	memset(counts, 0, CELLS * sizeof(*counts));
	bound_start(&b, c);
	for (unsigned key = 0; key < w->people * w->d; key++) {
		const struct history *h = &w->histories[whole[key / w->d]];

		if (key / w->d == without)
			continue;
		for (unsigned i = key % w->d; i < h->n; i += w->d)
			if (bound_keeps(&b, i == key % w->d, true))
				for (unsigned cell = 0; cell < CELLS; cell++)
					counts[cell] += h->cells[i] >> cell & 1;
	}
}

/* The largest squared distance between a database and one without one of its
 * people, over all of them, when bounded at c. */
static uint32_t
worst(const struct world *w, uint32_t c)
{
	unsigned whole[PEOPLE] = { 0 };
	uint32_t most = 0;

	for (;;) {
		uint32_t with[CELLS], without[CELLS];
		unsigned person = 0;

		count(with, w, c, whole, PEOPLE);
		for (unsigned p = 0; p < w->people; p++) {
			uint32_t square = 0;

			count(without, w, c, whole, p);
			for (unsigned i = 0; i < CELLS; i++)
				square += (with[i] - without[i]) *
					  (with[i] - without[i]);
			most = square > most ? square : most;
		}
		while (person < w->people && ++whole[person] == w->n_histories)
			whole[person++] = 0;
		if (person == w->people)
			return most;
	}
}

/* The promise is kept, with equality: it is no looser than it must be; and an
 * off-by-one bound is seen to break it. */
static void
test_one_person_month_moves_counts_by_the_bound(void **state)
{
	static const uint8_t one_cell[] = { 1, 2, 4 };
	static const uint8_t two_cells[] = { 1, 2, 4, 3, 5, 6 };
	static const uint8_t any_cells[] = { 1, 2, 4, 3, 5, 6, 7 };
	static struct world worlds[] = {
		{ one_cell, 3, 2, 4, .c = 1, .k = 1, .d = 1 },
		{ one_cell, 3, 3, 2, .c = 1, .k = 1, .d = 1 },
		{ one_cell, 3, 3, 2, .c = 2, .k = 1, .d = 1 },
		{ two_cells, 6, 2, 2, .c = 1, .k = 2, .d = 1 },
		{ two_cells, 6, 3, 1, .c = 2, .k = 2, .d = 1 },
		{ any_cells, 7, 2, 2, .c = 1, .k = 3, .d = 1 },
		{ one_cell, 3, 3, 2, .c = 1, .k = 1, .d = 2 },
		{ two_cells, 6, 3, 1, .c = 1, .k = 2, .d = 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
		struct world *w = &worlds[i];
		uint32_t bound = w->d * w->d * w->c * w->c * w->k;

		world_fill(w);
		assert_int_equal(worst(w, w->c), bound);
		assert_true(worst(w, w->c + 1) > bound);
	}
}

static void
test_first_c_matching_records_of_each_unit_count(void **state)
{
	static const struct {
		bool starts, matches, keeps;
	} rows[] = {
		{ true, true, true },
		{ true, true, true }, /* one record is a unit */
		{ true, true, true },
		{ false, false, false }, /* takes nothing of the allowance */
		{ false, true, true },
		{ false, true, false },
		{ false, false, false },
		{ false, true, false },
		{ true, false, false }, /* a unit may start with any record */
		{ false, true, true },
		{ false, true, true },
		{ false, true, false },
		{ true, false, false }, /* and may match nothing */
		{ true, true, true },
	};
	struct bound b;

	(void)state;
	bound_start(&b, 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    bound_keeps(&b, rows[i].starts, rows[i].matches),
		    rows[i].keeps);
}

/* Without a start the first record is of a unit all the same. */
static void
test_a_month_begins_with_a_whole_allowance(void **state)
{
	struct bound b;

	(void)state;
	for (int month = 0; month < 2; month++) {
		bound_start(&b, 1);
		assert_true(bound_keeps(&b, false, true));
		assert_false(bound_keeps(&b, false, true));
	}
}

/* A counter that wrapped would give a new allowance. */
static void
test_the_bound_holds_beyond_32_bits(void **state)
{
	struct bound b;

	(void)state;
	bound_start(&b, 65535);
	b.seen = UINT32_MAX - 1;
	for (int i = 0; i < 4; i++)
		assert_false(bound_keeps(&b, false, true));
}

static void
start_with(void *ctx)
{
	struct bound b;

	bound_start(&b, *(uint32_t *)ctx);
}

static void
test_other_bounds_stop_the_process(void **state)
{
	uint32_t bad[] = { 0, 65536 }, good = 65535;

	(void)state;
	assert_true(aborts(start_with, &bad[0]));
	assert_true(aborts(start_with, &bad[1]));
	assert_false(aborts(start_with, &good));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_one_person_month_moves_counts_by_the_bound),
		cmocka_unit_test(
		    test_first_c_matching_records_of_each_unit_count),
		cmocka_unit_test(test_a_month_begins_with_a_whole_allowance),
		cmocka_unit_test(test_the_bound_holds_beyond_32_bits),
		cmocka_unit_test(test_other_bounds_stop_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
