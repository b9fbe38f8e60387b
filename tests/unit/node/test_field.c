#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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
	/* in UTC; the month is still the one on the wall */
	{ "2021-06-30T23:30:00Z", "2021-06-30T23:30:00Z",
	    "2021-06-30T23:31:00Z", "2021-07", PRECISION_MINUTE },
	{ "2021-11-30T23:59Z", "2021-11-30T23:59:00Z", "2021-12-01T00:00:00Z",
	    "2021-11", PRECISION_MINUTE },
	/* the last minute of the hour that comes twice is a minute */
	{ "2021-10-31 01:59", "2021-10-31T00:59:00Z", "2021-10-31T01:00:00Z",
	    "2021-10", PRECISION_MINUTE },
	{ "01/07/2021 00:30", "2021-06-30T23:30:00Z", "2021-06-30T23:31:00Z",
	    "2021-07", PRECISION_MINUTE },
	{ "29/02/2024", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z",
	    "2024-02", PRECISION_DAY },
	{ "2000-02-29", "2000-02-29T00:00:00Z", "2000-03-01T00:00:00Z",
	    "2000-02", PRECISION_DAY },
	{ "1970-01-02", "1970-01-02T00:00:00Z", "1970-01-03T00:00:00Z",
	    "1970-01", PRECISION_DAY },
	{ "29/02/2100", NULL, NULL, NULL, 0 },
	{ "12/13/2021 10:00", NULL, NULL, NULL, 0 },
	{ "1/1/2021", NULL, NULL, NULL, 0 },
	{ "01/01/21", NULL, NULL, NULL, 0 },
	{ "2021-01-01 10:00ZZ", NULL, NULL, NULL, 0 },
	{ "2021-01-01 10:00:60", NULL, NULL, NULL, 0 },
	{ "2021-01-01 10", NULL, NULL, NULL, 0 },
	{ "2021-01-00", NULL, NULL, NULL, 0 },
	{ "2021-00-01", NULL, NULL, NULL, 0 },
	{ "2021-01-01X10:00", NULL, NULL, NULL, 0 },
	{ "2021-01-01 1:00", NULL, NULL, NULL, 0 },
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

/* A date and its time of day in two fields; a month alone. */
static void
test_time_of_day_in_a_field_of_its_own(void **state)
{
	static const struct {
		const char *date, *clock; /* clock NULL: the date is refused */
		const char *from, *to;
	} in[] = {
		{ "2021-07-01", "00:30", "2021-06-30T23:30:00Z",
		    "2021-06-30T23:31:00Z" },
		{ "01/01/2021", "23:59:58", "2021-01-01T23:59:58Z",
		    "2021-01-02T00:00:58Z" },
		{ "2021-04", "", "2021-03-31T23:00:00Z",
		    "2021-04-30T23:00:00Z" },
		{ "2021-12", "", "2021-12-01T00:00:00Z",
		    "2022-01-01T00:00:00Z" },
		{ "2021-07-01 00:30", "00:30", NULL, NULL },
		{ "2021-07", "00:30", NULL, NULL },
		{ "2021-07-01", "0:30", NULL, NULL },
		{ "2021-07-01", "003000", NULL, NULL },
		{ "", "00:30", NULL, NULL },
	};
	char from[TIME_TEXT], to[TIME_TEXT];
	struct field_wall w;
	struct field_time t;

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		bool good =
		    field_wall(&w, in[i].date) &&
		    (in[i].clock[0] == '\0' || field_clock(&w, in[i].clock));

		if (good != (in[i].from != NULL))
			fail_msg("%s %s", in[i].date, in[i].clock);
		if (!good)
			continue;
		assert_true(field_fill(&t, &w));
		time_text(from, t.from);
		time_text(to, t.to);
		assert_string_equal(from, in[i].from);
		assert_string_equal(to, in[i].to);
	}
}

/* The calendar that field_fill counts by is that of model/month, each day. */
static void
test_days_are_those_of_the_calendar(void **state)
{
	struct field_wall w = { .precision = PRECISION_DAY, .fixed = true };
	struct field_time t;
	char text[TIME_TEXT];

	(void)state;
	for (uint64_t day = 1; month_of(day * 86400) < MONTH_MAX; day++) {
		time_text(text, day * 86400);
		w.year = (unsigned)strtoul(text, NULL, 10);
		w.month = (unsigned)strtoul(text + 5, NULL, 10);
		w.day = (unsigned)strtoul(text + 8, NULL, 10);
		assert_true(field_fill(&t, &w));
		assert_int_equal(t.from, day * 86400);
		assert_int_equal(t.to, t.from + 86400);
		assert_int_equal(t.month, month_of(t.from));
	}
}

/* Clocks change on the last Sunday: dates of the official notices. */
static void
test_clocks_change_when_they_did(void **state)
{
	static const char *const springs[] = { "1996-03-31", "2010-03-28",
		"2016-03-27", "2021-03-28", "2024-03-31", "2026-03-29" };
	static const char *const autumns[] = { "1996-10-27", "2010-10-31",
		"2016-10-30", "2021-10-31", "2024-10-27", "2026-10-25" };
	struct field_time t;

	(void)state;
	for (size_t i = 0; i < sizeof(springs) / sizeof(springs[0]); i++) {
		assert_true(field_time(&t, springs[i]));
		assert_int_equal(t.to - t.from, 23 * 3600);
		assert_true(field_time(&t, autumns[i]));
		assert_int_equal(t.to - t.from, 25 * 3600);
	}
}

static void
test_metres_in_any_unit(void **state)
{
	static const char *const bad[] = { "", " ", "1,000", "1e5", "318500m",
		"nan", "1.", ".5", "-", "1000000001", "99999999999999999999" };
	double v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (field_metres(&v, bad[i], 0))
			fail_msg("taken: %s", bad[i]);
	assert_true(v == 7);
	assert_true(field_metres(&v, "318500", 0) && v == 318500);
	assert_true(field_metres(&v, "318500.250", 0) && v == 318500.25);
	assert_true(field_metres(&v, "-5", 0) && v == -5);
	assert_true(field_metres(&v, "3185002", 1) && v == 318500.2);
	assert_true(field_metres(&v, "318500250", 3) && v == 318500.25);
}

static void
test_codes_and_degrees_are_checked(void **state)
{
	static const char *const bad_codes[] = { "W0100144", "W010014444",
		"w01001444", "W0100144A", "W01001444 ", " ",
		/* an output area, which is finer, and an authority */
		"E00000001", "W06000015" };
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
		cmocka_unit_test(test_time_of_day_in_a_field_of_its_own),
		cmocka_unit_test(test_days_are_those_of_the_calendar),
		cmocka_unit_test(test_clocks_change_when_they_did),
		cmocka_unit_test(test_metres_in_any_unit),
		cmocka_unit_test(test_codes_and_degrees_are_checked),
		cmocka_unit_test(test_words_in_plain_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
