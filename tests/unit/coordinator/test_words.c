/* Promises of coordinator/words: every number with its meaning, who is
 * missing, what is made up, and no jargon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/words.h"

/* All sentences, as one string. */
static const char *
say(const struct words_facts *f)
{
	static char out[8192];
	struct text t = text_new(sizeof(out) - 1);

	words_noise(&t, f);
	words_strategy(&t, &f->query->q);
	words_display(&t);
	words_unit(&t, f);
	words_caveat(&t, f);
	assert_int_equal(t.err, E_OK);
	memcpy(out, t.p, t.len);
	out[t.len] = '\0';
	text_free(&t);
	return out;
}

static void
test_numbers_stand_with_their_meaning(void **state)
{
	struct query q = { .q = { .c = 1, .k = 1 } };
	struct words_facts f = { .query = &q,
		.answered = 3,
		.one_half = 14,
		.all_least = 24,
		.all_most = 24 };

	(void)state;
	assert_non_null(strstr(say(&f), "between -14 and +14"));
	assert_non_null(strstr(say(&f), "numbers of 3 agencies are added"));
	assert_non_null(strstr(say(&f), "\u00b124 of the estimate"));
	assert_non_null(strstr(say(&f), "whole numbers that add up"));
	f.all_least = 21.2;
	f.all_most = 23.7;
	assert_non_null(strstr(say(&f), "\u00b122 to \u00b124 of the"));
	assert_non_null(strstr(say(&f), "at most 1 record of that person"));
	assert_non_null(strstr(say(&f), "below zero"));
	assert_null(strstr(say(&f), "themes do not add up"));
	f.answered = 1;
	q.q.c = 4;
	q.q.k = 2;
	assert_non_null(strstr(say(&f), "One agency answered"));
	assert_non_null(strstr(say(&f), "at most 4 records of that person"));
	assert_non_null(strstr(say(&f), "themes do not add up"));
}

static void
test_who_is_missing_is_named(void **state)
{
	static const char *const names[] = { "Gwent", "Dyfed", "A Trust" };
	struct query q = { .q = { .c = 1, .k = 1 } };
	struct words_facts f = { .query = &q, .missing = names };

	(void)state;
	f.n_missing = 1;
	assert_non_null(
	    strstr(say(&f), "without the records of Gwent, which gave no"));
	f.n_missing = 3;
	assert_non_null(strstr(say(&f), "of Gwent, Dyfed and A Trust, who"));
}

static void
test_what_is_made_up_is_said(void **state)
{
	static const char *const names[] = { "A Trust" };
	struct query q = { .q = { .c = 1, .k = 1 } };
	struct words_facts f = {
		.query = &q, .synthetic = names, .n_synthetic = 1
	};

	(void)state;
	assert_non_null(strstr(say(&f), "records of A Trust are made up"));
	assert_string_equal(words_source("nhs", true), "NHS (synthetic)");
	assert_string_equal(words_source("nhs", false), "NHS");
	assert_string_equal(words_source("police", false), "Police forces");
	assert_string_equal(words_source("other", false), "Others");
	assert_string_equal(words_source("all", true), "All agencies");
}

static void
test_no_jargon(void **state)
{
	static const char *const words[] = { "epsilon", "delta", "rho",
		"differential", "Gaussian", "variance", "sigma" };
	struct query q = { .q = { .c = 2, .k = 2 } };
	struct words_facts f = { .query = &q, .answered = 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_null(strstr(say(&f), words[i]));
}

/* Every strategy says what was counted beside the single cells. */
static void
test_what_was_counted_is_said(void **state)
{
	static const struct {
		const char *want;
		struct question q;
	} cases[] = {
		{ "measured once", { .strategy = STRATEGY_NESTED,
				       .n_histograms = 1,
				       .histograms = { { .by = 3 } } } },
		{ "on several levels", { .strategy = STRATEGY_NESTED,
					   .n_histograms = 2,
					   .histograms = { { .by = 3 },
					       { .by = 3, .level = 1 } } } },
		{ "Sums of themes or months",
		    { .strategy = STRATEGY_NESTED,
			.n_histograms = 2,
			.histograms = { { .by = 3 }, { .by = 1 } } } },
		{ "running totals", { .strategy = STRATEGY_RUNNING } },
		{ "Haar transform", { .strategy = STRATEGY_HAAR } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
			struct text t = text_new(4096);

			words_strategy(&t, &cases[i].q);
			text_bytes(&t, "", 1);
			assert_int_equal(
			    strstr(t.p, cases[k].want) != NULL, i == k);
			text_free(&t);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_stand_with_their_meaning),
		cmocka_unit_test(test_who_is_missing_is_named),
		cmocka_unit_test(test_what_is_made_up_is_said),
		cmocka_unit_test(test_what_was_counted_is_said),
		cmocka_unit_test(test_no_jargon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
