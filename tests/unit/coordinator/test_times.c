/* Promises of coordinator/times: every slice, sum and running total has one
 * word, which finds it again, and says which slices it adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/times.h"

static struct question
ask(uint32_t strategy, uint32_t slicing, uint16_t months)
{
	return (struct question){ .strategy = strategy,
		.slicing = slicing,
		.first_month = 611, /* 2020-12 */
		.n_months = months };
}

static const struct {
	uint32_t strategy, slicing;
	uint16_t months;
	uint32_t count, kinds;
	struct {
		const char *word;
		uint32_t first, n, kind;
	} times[8];
} cases[] = {
	{ STRATEGY_NESTED, SLICE_SUM, 3, 1, 1, { { "sum", 0, 1, 0 } } },
	{ STRATEGY_NESTED, SLICE_MONTH, 1, 1, 1, { { "2020-12", 0, 1, 0 } } },
	{ STRATEGY_HAAR, SLICE_MONTH, 2, 3, 2,
	    { { "2020-12", 0, 1, 0 }, { "2021-01", 1, 1, 0 },
		{ "total", 0, 2, 1 } } },
	{ STRATEGY_RUNNING, SLICE_MONTH, 1, 1, 1, { { "2020-12", 0, 1, 0 } } },
	{ STRATEGY_RUNNING, SLICE_MONTH, 3, 6, 6,
	    { { "2020-12", 0, 1, 0 }, { "2021-01", 1, 1, 1 },
		{ "2021-02", 2, 1, 2 }, { "to-2020-12", 0, 1, 3 },
		{ "to-2021-01", 0, 2, 4 }, { "total", 0, 3, 5 } } },
};

static void
test_words_and_slices(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question q =
		    ask(cases[i].strategy, cases[i].slicing, cases[i].months);

		assert_int_equal(times_count(&q), cases[i].count);
		assert_int_equal(times_kinds(&q), cases[i].kinds);
		for (uint32_t t = 0; t < cases[i].count; t++) {
			struct times_span span = times_span(&q, t);
			char word[TIMES_TEXT];
			uint32_t found = 77;

			times_text(word, &q, t);
			assert_string_equal(word, cases[i].times[t].word);
			assert_int_equal(times_find(&found, &q, word), E_OK);
			assert_int_equal(found, t);
			assert_int_equal(span.first, cases[i].times[t].first);
			assert_int_equal(span.n, cases[i].times[t].n);
			assert_int_equal(
			    times_kind(&q, t), cases[i].times[t].kind);
		}
	}
}

static void
test_other_words_are_not_found(void **state)
{
	static const char *const words[] = { "sum", "2021-04", "to-2021-03",
		"to-", "to-2021-02 ", "Total", "2021-1" };
	struct question q = ask(STRATEGY_RUNNING, SLICE_MONTH, 3);
	uint32_t found = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(times_find(&found, &q, words[i]), E_NOTFOUND);
	assert_int_equal(found, 77); /* untouched */
	assert_int_equal(times_find(&found, &q, ""), E_OK);
	assert_int_equal(found, 0);
	q = ask(STRATEGY_NESTED, SLICE_SUM, 3);
	assert_int_equal(times_find(&found, &q, "total"), E_OK);
	assert_int_equal(found, 0); /* the sum by another name */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_slices),
		cmocka_unit_test(test_other_words_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
