/* Promises of coordinator/text: what is written can be read as JSON and CSV,
 * and a text that is too long is refused, not cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "coordinator/text.h"

static void
expect(struct text *t, const char *want)
{
	assert_int_equal(t->err, E_OK);
	assert_int_equal(t->len, strlen(want));
	assert_memory_equal(t->p, want, t->len);
	text_free(t);
}

static void
test_integers_to_the_ends(void **state)
{
	static const struct {
		int64_t v;
		const char *want;
	} cases[] = {
		{ 0, "0" },
		{ -1, "-1" },
		{ 10, "10" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = text_new(TEXT_MAX);

		text_int(&t, cases[i].v);
		expect(&t, cases[i].want);
	}
}

static void
test_cents_have_the_decimals_they_need(void **state)
{
	static const struct {
		int64_t v;
		const char *want;
	} cases[] = {
		{ 0, "0" },
		{ 5, "0.05" },
		{ -5, "-0.05" },
		{ 50, "0.5" },
		{ -100, "-1" },
		{ 123456, "1234.56" },
		{ INT64_MAX, "92233720368547758.07" },
		{ INT64_MIN, "-92233720368547758.08" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = text_new(TEXT_MAX);

		text_cents(&t, cases[i].v);
		expect(&t, cases[i].want);
	}
}

/* What answers of 2^48 in each of 2^20 cells add up to, in hundredths, is
 * beyond what an integer holds. */
static void
test_whole_numbers_stay_within_integers(void **state)
{
	(void)state;
	assert_true(text_whole(-12) == -12);
	assert_true(text_whole(0x1p62) == INT64_C(1) << 62);
	assert_true(text_whole(100 * 0x1p68) == INT64_C(1) << 62);
	assert_true(text_whole(-100 * 0x1p68) == -(INT64_C(1) << 62));
}

static void
test_degrees_have_six_decimals(void **state)
{
	static const struct {
		int64_t v;
		const char *want;
	} cases[] = {
		{ 0, "0.000000" },
		{ 1, "0.000001" },
		{ -1, "-0.000001" },
		{ 51481583, "51.481583" },
		{ -3179090, "-3.179090" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = text_new(TEXT_MAX);

		text_micro(&t, cases[i].v);
		expect(&t, cases[i].want);
	}
}

/* Every byte value that a string can hold comes back from a JSON reader. */
static void
test_json_strings_come_back(void **state)
{
	struct text t = text_new(TEXT_MAX);
	char s[128 + 4];
	json_t *json;

	(void)state;
	for (int i = 1; i < 128; i++)
		s[i - 1] = (char)i;
	strcpy(s + 127, "\u20ac");
	text_json(&t, s);
	json = json_loadb(t.p, t.len, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json), s);
	json_decref(json);
	text_free(&t);
}

static void
test_csv_quotes_what_it_must(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "", "" },
		{ "Cardiff", "Cardiff" },
		{ "London, City of", "\"London, City of\"" },
		{ "a \"b\" c", "\"a \"\"b\"\" c\"" },
		{ "a\r\nb", "\"a\r\nb\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t = text_new(TEXT_MAX);

		text_csv(&t, cases[i].in);
		expect(&t, cases[i].want);
	}
}

static void
test_a_text_that_is_too_long_says_so_and_stays(void **state)
{
	struct text t = text_new(10);

	(void)state;
	text_add(&t, "12345678");
	text_add(&t, "90"); /* just fits */
	assert_int_equal(t.err, E_OK);
	text_add(&t, "x");
	assert_int_equal(t.err, E_LIMIT);
	text_add(&t, ""); /* nothing more is added */
	text_int(&t, 7);
	assert_int_equal(t.len, 10);
	text_free(&t);
	assert_int_equal(t.err, E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_to_the_ends),
		cmocka_unit_test(test_cents_have_the_decimals_they_need),
		cmocka_unit_test(test_whole_numbers_stay_within_integers),
		cmocka_unit_test(test_degrees_have_six_decimals),
		cmocka_unit_test(test_json_strings_come_back),
		cmocka_unit_test(test_csv_quotes_what_it_must),
		cmocka_unit_test(
		    test_a_text_that_is_too_long_says_so_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
