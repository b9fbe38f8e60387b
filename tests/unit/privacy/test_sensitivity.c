/*
 * The promise under every charge, exhaustively: whatever one person-month's
 * records are, taking them away moves each histogram, and all of an answer
 * together, by at most what privacy/charge charges, and some person-month moves
 * them by exactly that.
 *
 * Every database of small worlds is counted: up to 4 people, 3 cells, 2 themes
 * that overlap; for every subset of the themes, C of 1 and 2, one or two keys
 * for a person, on two levels (cells, and their sum), with the themes apart and
 * folded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/bound.h"
#include "privacy/charge.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CELLS 3
#define THEMES 2
#define PEOPLE 4
#define RECORDS 4 /* of one person, at most */
#define HISTORIES 7381

/* A record: its cell, and its themes as bits. */
struct record {
	uint8_t cell, themes;
};

struct history {
	unsigned n;
	struct record records[RECORDS];
};

/* Every database of so many people, each with a history of at most so many of
 * the records allowed. */
struct world {
	unsigned people, n_records, n_kinds;
	struct record kinds[9];
};

static const struct world worlds[] = {
	{ 4, 1, 9,
	    { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 1 }, { 1, 2 }, { 1, 3 },
		{ 2, 1 }, { 2, 2 }, { 2, 3 } } },
	{ 4, 2, 3, { { 0, 3 }, { 1, 3 }, { 2, 3 } } },
	{ 4, 3, 2, { { 0, 1 }, { 0, 3 } } },
	{ 2, 2, 9,
	    { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 1 }, { 1, 2 }, { 1, 3 },
		{ 2, 1 }, { 2, 2 }, { 2, 3 } } },
	{ 1, 4, 9,
	    { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 1 }, { 1, 2 }, { 1, 3 },
		{ 2, 1 }, { 2, 2 }, { 2, 3 } } },
};

static struct history histories[HISTORIES];

/* Fills histories; how many. */
static unsigned
histories_of(const struct world *w)
{
	unsigned from = 0, to = 1;

	histories[0].n = 0;
	for (unsigned n = 0; n < w->n_records; n++) {
		unsigned next = to;

		for (; from < to; from++)
			for (unsigned i = 0; i < w->n_kinds; i++) {
				struct history *new = &histories[next++];

				assert_true(next <= HISTORIES);
				*new = histories[from];
				new->records[new->n++] = w->kinds[i];
			}
		to = next;
	}
	return to;
}

struct question {
	uint32_t themes, c, d; /* d: keys that a person's records are under */
	bool folded;
};

/* What is asked: of each theme asked, or of all folded into the first, the
 * cells and, at [CELLS], their sum. */
struct answer {
	int32_t at[THEMES][CELLS + 1];
};

/* The answer, of which person-month `without` is left out.  The people of the
 * upper half are the first two again, in the next month. */
static void
count(struct answer *out, const struct question *q, const unsigned *whole,
    unsigned people, unsigned without)
{
	struct bound b;

	memset(out, 0, sizeof(*out));
	bound_start(&b, q->c);
	for (unsigned key = 0; key < people * q->d; key++) {
		unsigned p = key / q->d;
		const struct history *h = &histories[whole[p]];

		for (unsigned i = key % q->d; i < h->n; i += q->d) {
			uint32_t hits = h->records[i].themes & q->themes;
			unsigned cell = h->records[i].cell;

			if (p == without ||
			    !bound_keeps(&b, i == key % q->d, hits != 0))
				continue;
			for (unsigned t = 0; t < THEMES; t++) {
				int32_t hit = hits >> t & 1;

				out->at[q->folded ? 0 : t][cell] += hit;
				out->at[q->folded ? 0 : t][CELLS] += hit;
			}
		}
	}
}

/* How far answers are apart: in the cells, in their sum, in both. */
struct moves {
	uint32_t l1[3], l2[3]; /* L2 squared */
};

static struct moves
moves_of(const struct answer *a, const struct answer *b)
{
	struct moves m = { { 0 }, { 0 } };

	for (unsigned t = 0; t < THEMES; t++)
		for (unsigned i = 0; i <= CELLS; i++) {
			uint32_t by = (uint32_t)abs(a->at[t][i] - b->at[t][i]);
			unsigned level = i == CELLS;

			m.l1[level] += by;
			m.l2[level] += by * by;
			m.l1[2] += by;
			m.l2[2] += by * by;
		}
	return m;
}

/* The largest of everything over all databases of a world and all their
 * neighbours, onto *most. */
static void
worst_of(struct moves *most, const struct world *w, const struct question *q)
{
	unsigned whole[PEOPLE] = { 0 }, n = histories_of(w), person = 0;

	while (person < w->people) {
		struct answer with, without;

		count(&with, q, whole, w->people, PEOPLE);
		for (unsigned p = 0; p < w->people; p++) {
			struct moves m;

			count(&without, q, whole, w->people, p);
			m = moves_of(&with, &without);
			for (unsigned i = 0; i < 3; i++) {
				if (m.l1[i] > most->l1[i])
					most->l1[i] = m.l1[i];
				if (m.l2[i] > most->l2[i])
					most->l2[i] = m.l2[i];
			}
		}
		person = 0;
		while (person < w->people && ++whole[person] == n)
			whole[person++] = 0;
	}
}

static struct moves
worst(const struct question *q)
{
	struct moves most = { { 0 }, { 0 } };

	for (size_t i = 0; i < COUNT(worlds); i++)
		worst_of(&most, &worlds[i], q);
	return most;
}

/* What privacy/charge says that they are: at t = 1 a histogram costs 10^9 L1,
 * at s2 = 1/2 10^9 L2^2. */
static struct moves
charged(const struct question *q)
{
	const struct charge_bound bound = { q->c,
		(q->themes & 1) + (q->themes >> 1), q->d };
	const struct charge_part lap = { 0, q->folded,
		{ NOISE_LAPLACE_PURE, 1, 1 } },
				 gauss = { 0, q->folded,
					 { NOISE_GAUSS, 1, 2 } };
	struct moves m;

	for (unsigned i = 0; i < 3; i++) {
		struct cost cost = { 0 };

		for (unsigned level = 0; level < (i == 2 ? 2 : 1); level++) {
			assert_int_equal(charge_add(&cost, &bound, &lap), E_OK);
			assert_int_equal(
			    charge_add(&cost, &bound, &gauss), E_OK);
		}
		m.l1[i] = (uint32_t)(cost.neps / CHARGE_NANO);
		m.l2[i] = (uint32_t)(cost.nrho / CHARGE_NANO);
	}
	return m;
}

static void
each_question(void (*check)(const struct question *q))
{
	for (uint32_t i = 0; i < 24; i++) {
		struct question q = { 1 + i % 3, 1 + i / 3 % 2, 1 + i / 6 % 2,
			i / 12 == 1 };

		check(&q);
	}
}

static void
check_equal(const struct question *q)
{
	struct moves seen = worst(q), said = charged(q);

	if (memcmp(&seen, &said, sizeof(seen)) != 0)
		fail_msg("themes %u c %u d %u folded %d: L1 %u %u %u of %u %u "
			 "%u, L2^2 %u %u %u of %u %u %u",
		    q->themes, q->c, q->d, q->folded, seen.l1[0], seen.l1[1],
		    seen.l1[2], said.l1[0], said.l1[1], said.l1[2], seen.l2[0],
		    seen.l2[1], seen.l2[2], said.l2[0], said.l2[1], said.l2[2]);
}

static void
test_one_person_month_moves_answers_by_what_is_charged(void **state)
{
	(void)state;
	each_question(check_equal);
}

/* The test of the test: a bound that lets one more through, and a second key
 * that is not charged, are seen in every histogram. */
static void
check_broken(const struct question *q)
{
	struct question more = *q;
	struct moves said = charged(q), one_more = { { 0 }, { 0 } };
	struct moves one_key = one_more;

	if (q->c == 2 || q->d == 2)
		return; /* the largest histories hold four records */
	more.c++;
	worst_of(&one_more, &worlds[COUNT(worlds) - 1], &more);
	more.c--;
	more.d++;
	worst_of(&one_key, &worlds[COUNT(worlds) - 1], &more);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(one_more.l1[i] > said.l1[i]);
		assert_true(one_more.l2[i] > said.l2[i]);
		assert_true(one_key.l1[i] > said.l1[i]);
		assert_true(one_key.l2[i] > said.l2[i]);
	}
}

static void
test_a_bound_off_by_one_is_seen(void **state)
{
	(void)state;
	each_question(check_broken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_one_person_month_moves_answers_by_what_is_charged),
		cmocka_unit_test(test_a_bound_off_by_one_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
