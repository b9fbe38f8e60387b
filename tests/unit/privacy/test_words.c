/*
 * Promises of privacy/words: every byte of the source once and in order, no
 * bias, and nothing of use after a failure.
 *
 * 8 statistics run on fixed seeds, with a false alarm below 2e-9 each; an
 * exponent that is 5 % off would be seen with a chance above 99 % at num / den
 * from 1/2 on.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/words.h"
#include "tests/unit/abort_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Hands out the words of a list, then zeros. */
struct list {
	const uint64_t *words;
	size_t n;
};

static enum err
list_fill(void *ctx, void *buf, size_t len)
{
	struct list *l = ctx;
	uint8_t *p = buf;

	memset(buf, 0, len);
	for (size_t i = 0; i < l->n; i++)
		for (unsigned j = 0; j < 8; j++)
			p[8 * i + j] = (uint8_t)(l->words[i] >> (8 * j));
	return E_OK;
}

/* Words and views of every size, across the edges of pools, are the stream. */
static void
test_bytes_come_in_order(void **state)
{
	static const size_t views[] = { 8, 512, 0, 24, 4096, 40, WORDS_POOL };
	struct stream a = { .seed = 900 }, b = { .seed = 900 };
	struct rng rng = stream_rng(&a);
	static uint8_t want[WORDS_POOL];
	struct words w;

	(void)state;
	words_start(&w, &rng);
	for (size_t i = 0; i < 70; i++) {
		size_t n = views[i % COUNT(views)];
		uint64_t x, y = 0;

		assert_int_equal(stream_fill(&b, want, n), E_OK);
		assert_memory_equal(words_view(&w, n), want, n);
		assert_int_equal(stream_fill(&b, want, 8), E_OK);
		x = words_next(&w);
		for (unsigned j = 0; j < 8; j++)
			y += (uint64_t)want[j] << (8 * j);
		assert_true(x == y);
	}
	assert_int_equal(words_end(&w), E_OK);
}

static void
view_too_much(void *w)
{
	(void)words_view(w, WORDS_POOL + 8);
}

static void
view_unaligned(void *w)
{
	(void)words_view(w, 12);
}

static void
test_broken_views_end_the_process(void **state)
{
	struct stream st = { .seed = 1 };
	struct rng rng = stream_rng(&st);
	struct words w;

	(void)state;
	words_start(&w, &rng);
	assert_true(aborts(view_too_much, &w));
	assert_true(aborts(view_unaligned, &w));
}

static void
test_pools_are_wiped(void **state)
{
	static const struct words zero;
	struct stream st = { .seed = 2 };
	struct rng rng = stream_rng(&st);
	struct words w;

	(void)state;
	memset(&w, 0, sizeof(w));
	words_start(&w, &rng);
	assert_true(words_next(&w) != 0);
	assert_int_equal(words_end(&w), E_OK);
	assert_memory_equal(&w, &zero, sizeof(w));
}

/* After a failure: zeros, also for what was read before, and no more reads. */
static void
test_failures_stay(void **state)
{
	struct stream st = { .seed = 3, .fails_at = WORDS_POOL + 1 };
	struct rng rng = stream_rng(&st);
	struct words w;

	(void)state;
	words_start(&w, &rng);
	(void)words_view(&w, WORDS_POOL - 8);
	(void)words_view(&w, 16);
	assert_int_equal(w.err, E_RNG);
	st.fails_at = 0;
	for (int i = 0; i < 3000; i++)
		assert_true(words_next(&w) == 0);
	assert_true(st.read == WORDS_POOL);
	words_give_up(&w);
	assert_int_equal(words_end(&w), E_RNG);

	words_start(&w, &rng);
	words_give_up(&w);
	words_give_up(&w);
	(void)words_next(&w);
	assert_int_equal(words_end(&w), E_RANGE);
}

/* The largest multiple of m up to 2^64 (2^128) ends what is taken: one below
 * it is kept, it itself is not. */
static void
test_uniform_integers_have_no_modulo_bias(void **state)
{
	static const struct {
		uint64_t m, limit; /* 0: all of 2^64 */
	} cases[] = {
		{ 1, 0 },
		{ 2, 0 },
		{ 3, UINT64_MAX },
		{ 10, UINT64_C(18446744073709551610) },
		{ UINT64_C(1) << 63, 0 },
		{ (UINT64_C(1) << 63) + 1, (UINT64_C(1) << 63) + 1 },
		{ UINT64_MAX, UINT64_MAX },
	};
	const u128 wide = (u128)3 << 126; /* the limit is m itself */

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int past = 0; past < 2; past++) {
			uint64_t m = cases[i].m, limit = cases[i].limit;
			uint64_t words[2] = { limit - 1 + (past != 0), 1 };
			uint64_t want = past == 0              ? (limit - 1) % m
					: limit == 0 || m == 1 ? 0
							       : 1;
			struct list l = { words, 2 };
			struct rng rng = { list_fill, &l };
			struct words w;

			words_start(&w, &rng);
			assert_true(words_below(&w, m) == want);
			words_start(&w, &rng);
			assert_true(words_below_big(&w, m) == want);
		}
	for (int past = 0; past < 2; past++) {
		uint64_t words[4] = { UINT64_C(3) << 62, 0, 0, 5 };
		struct list l = { words, 4 };
		struct rng rng = { list_fill, &l };
		struct words w;

		if (!past) {
			words[0]--;
			words[1] = UINT64_MAX;
		}
		words_start(&w, &rng);
		assert_true(words_below_big(&w, wide) == (past ? 5 : wide - 1));
	}
}

/* exp(-num / den) as a frequency; 6 standard errors, below 2e-9. */
static void
test_flips_have_the_stated_chance(void **state)
{
	static const struct {
		uint64_t num, den;
	} odds[] = { { 0, 1 }, { 1, 1 }, { 1, 2 }, { 1, 100 }, { 5, 2 },
		{ 3, 1 }, { UINT64_C(1) << 62, UINT64_C(1) << 61 },
		{ UINT64_MAX / 3, UINT64_MAX } };
	struct stream st = { .seed = 300 };
	struct rng rng = stream_rng(&st);
	struct words w;

	(void)state;
	words_start(&w, &rng);
	for (size_t i = 0; i < COUNT(odds); i++) {
		double p = exp(-(double)odds[i].num / (double)odds[i].den);
		double n = 50000, hits = 0;

		for (int j = 0; j < n; j++)
			hits += words_flip_exp(&w, odds[i].num, odds[i].den);
		assert_true(fabs(hits - n * p) <= 6 * sqrt(n * p * (1 - p)));
	}
	assert_int_equal(words_end(&w), E_OK);
}

/* On a source stuck at zero a flip ends, small numbers and large. */
static void
test_stuck_source_ends_flips(void **state)
{
	struct list none = { NULL, 0 };
	struct rng rng = { list_fill, &none };
	struct words w;

	(void)state;
	for (unsigned bits = 0; bits <= 100; bits += 100) {
		words_start(&w, &rng);
		(void)words_flip_exp(&w, 1, (u128)1 << bits);
		assert_int_equal(words_end(&w), E_RANGE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_come_in_order),
		cmocka_unit_test(test_broken_views_end_the_process),
		cmocka_unit_test(test_pools_are_wiped),
		cmocka_unit_test(test_failures_stay),
		cmocka_unit_test(test_uniform_integers_have_no_modulo_bias),
		cmocka_unit_test(test_flips_have_the_stated_chance),
		cmocka_unit_test(test_stuck_source_ends_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
