#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/incident.h"
#include "model/month.h"
#include "node/field.h"

static const struct {
	const char *in, *from, *to; /* from NULL: refused */
	const char *month;
	unsigned precision;
} times[] = {
	{ "2021-01-31", "2021-01-31T00:00:00Z", "2021-02-01T00:00:00Z",
	    "2021-01", PRECISION_DAY },
	{ "2021-01-31 23:59", "2021-01-31T23:59:00Z", "2021-02-01T00:00:00Z",
	    "2021-01", PRECISION_MINUTE },
	/* summer: an hour ahead; the month is the one on the wall */
	{ "2021-07-01T00:30:15", "2021-06-30T23:30:15Z", "2021-06-30T23:31:15Z",
	    "2021-07", PRECISION_MINUTE },
	/* the clocks went forward on 28 March and back on 31 October */
	{ "2021-03-28 00:59", "2021-03-28T00:59:00Z", "2021-03-28T01:00:00Z",
	    "2021-03", PRECISION_MINUTE },
	{ "2021-03-28 02:00", "2021-03-28T01:00:00Z", "2021-03-28T01:01:00Z",
	    "2021-03", PRECISION_MINUTE },
	{ "2021-10-31 01:30", "2021-10-31T00:30:00Z", "2021-10-31T00:31:00Z",
	    "2021-10", PRECISION_MINUTE },
	{ "2021-10-31 02:00", "2021-10-31T02:00:00Z", "2021-10-31T02:01:00Z",
	    "2021-10", PRECISION_MINUTE },
	/* a day of 23 and one of 25 hours */
	{ "2021-03-28", "2021-03-28T00:00:00Z", "2021-03-28T23:00:00Z",
	    "2021-03", PRECISION_DAY },
	{ "2021-10-31", "2021-10-30T23:00:00Z", "2021-11-01T00:00:00Z",
	    "2021-10", PRECISION_DAY },
	{ "2021-02-29", NULL, NULL, NULL, 0 },
	{ "2021-13-01 10:00", NULL, NULL, NULL, 0 },
	{ "2021-01-01 24:00", NULL, NULL, NULL, 0 },
	{ "2021-01-01 10:00Z", NULL, NULL, NULL, 0 },
	{ "2021-01-01 1:00", NULL, NULL, NULL, 0 },
	{ "01/01/2021 10:00", NULL, NULL, NULL, 0 },
	{ "2021-01", NULL, NULL, NULL, 0 },
	{ "", NULL, NULL, NULL, 0 },
	{ "1970-01-01", NULL, NULL, NULL, 0 },
	{ "2169-12-31", NULL, NULL, NULL, 0 },
};

static void
test_times_as_clocks_show_them(void **state)
{
	char from[TIME_TEXT], to[TIME_TEXT], month[MONTH_TEXT];
	struct field_time t;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (!field_time(&t, times[i].in)) {
			if (times[i].from != NULL)
				fail_msg("%s: refused", times[i].in);
			continue;
		}
		if (times[i].from == NULL)
			fail_msg("%s: taken", times[i].in);
		time_text(from, t.from);
		time_text(to, t.to);
		month_text(month, t.month);
		if (strcmp(from, times[i].from) != 0 ||
		    strcmp(to, times[i].to) != 0 ||
		    strcmp(month, times[i].month) != 0 ||
		    t.precision != times[i].precision)
			fail_msg("%s: %s %s %s", times[i].in, from, to, month);
	}
}

static void
test_codes_and_degrees_are_checked(void **state)
{
	static const char *const bad_codes[] = { "W0100144", "W010014444",
		"w01001444", "W0100144A", "W01001444 ", " " };
	static const char *const bad_degrees[] = { "", " 1", "1e2", "nan",
		"inf", "0x10", "181", "-180.1", "1,5", "1.", ".5", "+1",
		"99999999999999999999" };
	char code[10] = "W01001444";
	double d = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad_codes) / sizeof(*bad_codes); i++)
		assert_false(field_lsoa(code, bad_codes[i]));
	assert_string_equal(code, "W01001444");
	assert_true(field_lsoa(code, ""));
	assert_string_equal(code, "");
	assert_true(field_lsoa(code, "E01000001"));
	for (size_t i = 0; i < sizeof(bad_degrees) / sizeof(*bad_degrees); i++)
		if (field_degrees(&d, bad_degrees[i]))
			fail_msg("taken: %s", bad_degrees[i]);
	assert_true(d == 7);
	assert_true(field_degrees(&d, "-3.658828"));
	assert_true(d == -3.658828);
}

static void
test_words_in_plain_form(void **state)
{
	char out[8] = "before";

	(void)state;
	assert_true(field_plain(out, sizeof(out), "  A \t\n bC "));
	assert_string_equal(out, "a bc");
	assert_true(field_plain(out, sizeof(out), "1234567"));
	assert_false(field_plain(out, sizeof(out), "12345678"));
	assert_true(field_plain(out, sizeof(out), "123456   "));
	assert_true(field_plain(out, sizeof(out), " "));
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_as_clocks_show_them),
		cmocka_unit_test(test_codes_and_degrees_are_checked),
		cmocka_unit_test(test_words_in_plain_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
