/*
 * Promises of privacy/alias: the stated bytes make the stated outcome, on both
 * paths.  check_table.py proves what the tables hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/alias.h"
#include "tests/unit/abort_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct alias table;

/* The table of n outcomes with weights from a stream, some 0, some large. */
static void
build(unsigned n, uint64_t seed)
{
	static struct fixed weight[ALIAS_COLUMNS];
	struct stream st = { .seed = seed };

	for (unsigned i = 0; i < n; i++) {
		double kind = stream_unit(&st);

		(void)stream_fill(&st, weight[i].limb, 24);
		weight[i].limb[3] = kind < 0.1 ? 1 : 0;
		if (kind > 0.7)
			weight[i].limb[2] = 0;
		if (kind > 0.9)
			memset(&weight[i], 0, sizeof(weight[i]));
	}
	weight[n / 3].limb[3] = 1;
	alias_build(&table, weight, n);
}

/* Byte i of a column's entry. */
static uint8_t
entry(unsigned column, unsigned i)
{
	return table.entry[column / 16][i][column % 16];
}

static u128
threshold(unsigned column)
{
	u128 x = 0;

	for (unsigned i = 0; i < ALIAS_BYTES; i++)
		x = x << 8 | entry(column, i);
	return x;
}

static unsigned
other(unsigned column)
{
	return entry(column, ALIAS_BYTES) |
	       (unsigned)entry(column, ALIAS_BYTES + 1) << 8;
}

/* Bytes that a draw takes, as the header has it. */
static unsigned
planes(void)
{
	return 1U << table.bits <= 128 ? 15 : 16;
}

/* The column that draw i looks at, and its coin, from the stream. */
static unsigned
column_of(int8_t *sign, const uint8_t *stream, unsigned i)
{
	const uint8_t *low = stream + i / 32 * 32 * planes() + i % 32 + 14 * 32;
	unsigned column = *low;

	if (planes() == 16)
		column |= (unsigned)low[32] << 8;
	*sign = column >> (planes() == 16 ? 15 : 7) ? -1 : 0;
	return column % (1U << table.bits);
}

/* What draw i of the header's 512 is, from its bytes of the stream. */
static void
expect(uint16_t *out, int8_t *sign, const uint8_t *stream, unsigned i)
{
	const uint8_t *first = stream + i / 32 * 32 * planes() + i % 32;
	unsigned column = column_of(sign, stream, i);
	u128 x = 0;

	for (unsigned p = 0; p < 14; p++)
		x = x << 8 | first[p * 32];
	*out = (uint16_t)(x < threshold(column) ? column : other(column));
}

/* Also where a number equals its threshold, or nearly: as the stream gives that
 * never, thresholds are put there. */
static void
plant_thresholds(const uint8_t *stream)
{
	for (unsigned i = 0; i < ALIAS_DRAWS; i++) {
		const uint8_t *first = stream + i / 32 * 32 * planes() + i % 32;
		int8_t sign;
		unsigned c = column_of(&sign, stream, i);

		for (unsigned p = 0; p < 14; p++)
			table.entry[c / 16][p][c % 16] = first[p * 32];
		/* one more or less somewhere, or equal */
		if (i % 15 < 14) {
			uint8_t *b = &table.entry[c / 16][i % 15][c % 16];

			*b = (uint8_t)(*b + (i / 15 % 2 == 0 ? 1 : 255));
		}
	}
}

static void
check_draws(uint64_t seed, bool planted)
{
	static uint8_t bytes[ALIAS_DRAWS * 16];
	struct stream st = { .seed = seed };
	size_t n = (size_t)ALIAS_DRAWS * planes();

	assert_int_equal(stream_fill(&st, bytes, n), E_OK);
	if (planted)
		plant_thresholds(bytes);
	for (int portable = 0; portable < 2; portable++) {
		struct stream again = { .seed = seed };
		struct rng rng = stream_rng(&again);
		uint16_t out[ALIAS_DRAWS], want;
		int8_t signs[ALIAS_DRAWS], sign;
		struct words w;

		alias_portable(portable);
		words_start(&w, &rng);
		alias_draw(&table, out, signs, &w);
		assert_true(again.read - (WORDS_POOL - w.at) == n);
		assert_int_equal(words_end(&w), E_OK);
		for (unsigned i = 0; i < ALIAS_DRAWS; i++) {
			expect(&want, &sign, bytes, i);
			assert_int_equal(out[i], want);
			assert_int_equal(signs[i], sign);
		}
	}
	alias_portable(false);
}

static void
test_both_paths_draw_what_the_header_says(void **state)
{
	static const unsigned sizes[] = { 1, 2, 15, 16, 17, 31, 32, 33, 64, 100,
		128, 129, 255, 256, 257, 300, 512, 513, 1000, 1024, 1025, 2047,
		2048 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		build(sizes[i], 1000 + i);
		check_draws(2000 + i, false);
		check_draws(3000 + i, true);
	}
}

/* Any other use of the words before leaves the draws in the order of the
 * stream. */
static void
test_draws_go_on_where_words_end(void **state)
{
	struct stream a = { .seed = 4 }, b = { .seed = 4 };
	struct rng rng = stream_rng(&a), rest = stream_rng(&b);
	uint16_t got[ALIAS_DRAWS], want[ALIAS_DRAWS];
	int8_t signs[ALIAS_DRAWS], want_signs[ALIAS_DRAWS];
	struct words w;
	uint8_t skip[24];

	(void)state;
	build(200, 4);
	words_start(&w, &rng);
	for (int i = 0; i < 3; i++)
		(void)words_next(&w);
	alias_draw(&table, got, signs, &w);
	assert_int_equal(words_end(&w), E_OK);
	assert_int_equal(stream_fill(&b, skip, sizeof(skip)), E_OK);
	words_start(&w, &rest);
	alias_draw(&table, want, want_signs, &w);
	assert_int_equal(words_end(&w), E_OK);
	assert_memory_equal(got, want, sizeof(got));
	assert_memory_equal(signs, want_signs, sizeof(signs));
}

/* Where weights are equal and a power of two the units come out even. */
static void
test_even_weights_are_exact(void **state)
{
	static struct fixed weight[ALIAS_COLUMNS];

	(void)state;
	for (unsigned n = 1; n <= ALIAS_COLUMNS; n *= 2) {
		unsigned columns = n < 16 ? 16 : n;
		u128 mass[ALIAS_COLUMNS] = { 0 };

		for (unsigned i = 0; i < n; i++)
			weight[i] = (struct fixed){ { 0, 0, 0, 1 } };
		alias_build(&table, weight, n);
		assert_int_equal(1U << table.bits, columns);
		for (unsigned c = 0; c < columns; c++) {
			assert_in_range(other(c), 0, n - 1);
			if (threshold(c) > 0)
				mass[c] += threshold(c);
			mass[other(c)] += ((u128)1 << 112) - threshold(c);
		}
		for (unsigned i = 0; i < columns; i++)
			assert_true(
			    mass[i] ==
			    (i < n ? ((u128)1 << 112) * columns / n : 0));
	}
}

struct bad {
	unsigned n;
	struct fixed first;
};

static void
build_bad(void *ctx)
{
	static struct fixed weight[ALIAS_COLUMNS + 1];
	const struct bad *bad = ctx;

	weight[0] = bad->first;
	alias_build(&table, weight, bad->n);
}

static void
test_broken_callers_end_the_process(void **state)
{
	static struct bad bad[] = {
		{ 0, { { 0, 0, 0, 1 } } },
		{ ALIAS_COLUMNS + 1, { { 0, 0, 0, 1 } } },
		{ 1, { { UINT64_MAX, UINT64_MAX, UINT64_MAX, 0 } } },
		{ 1, { { 0, 0, 0, 3 } } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(aborts(build_bad, &bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_paths_draw_what_the_header_says),
		cmocka_unit_test(test_draws_go_on_where_words_end),
		cmocka_unit_test(test_even_weights_are_exact),
		cmocka_unit_test(test_broken_callers_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
