#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/incident.h"
#include "model/month.h"
#include "node/stamp.h"

static const struct {
	const char *format, *in, *from; /* from NULL: refused */
	unsigned precision;
	bool utc;
} good[] = {
	{ "DD/MM/YYYY HH:MM", "01/07/2021 00:30", "2021-06-30T23:30:00Z",
	    PRECISION_MINUTE, false },
	{ "DD/MM/YYYY HH:MM", "01/07/2021 00:30", "2021-07-01T00:30:00Z",
	    PRECISION_MINUTE, true },
	{ "DD/MM/YYYY HH:MM", " 01/07/2021 00:30\t", "2021-06-30T23:30:00Z",
	    PRECISION_MINUTE, false },
	{ "YYYY-MM-DDTHH:MM:SSZ", "2021-07-01T00:30:00Z",
	    "2021-07-01T00:30:00Z", PRECISION_MINUTE, false },
	{ "YYYY-MM-DDTHH:MM:SSZ", "2021-07-01T00:30:00+01:00",
	    "2021-06-30T23:30:00Z", PRECISION_MINUTE, false },
	{ "YYYY-MM-DDTHH:MM:SSZ", "2021-07-01T00:30:00.123-0530",
	    "2021-07-01T06:00:00Z", PRECISION_MINUTE, false },
	{ "DD-MON-YYYY", "01-JUL-2021", "2021-06-30T23:00:00Z", PRECISION_DAY,
	    false },
	{ "D MON YYYY", "1 January 2021", "2021-01-01T00:00:00Z", PRECISION_DAY,
	    false },
	{ "M/D/YYYY H:MM", "7/31/2021 9:05", "2021-07-31T08:05:00Z",
	    PRECISION_MINUTE, false },
	{ "YYYYMMDDHHMMSS", "20210131235958", "2021-01-31T23:59:58Z",
	    PRECISION_MINUTE, false },
	{ "YYYYMMDD HH", "20210131 23", "2021-01-31T23:00:00Z", PRECISION_HOUR,
	    false },
	{ "YYYY-MM", "2021-01", "2021-01-01T00:00:00Z", PRECISION_MONTH,
	    false },
	{ "MON YYYY", "may 2021", "2021-04-30T23:00:00Z", PRECISION_MONTH,
	    false },
	{ "DD/MM/YYYY", "1/07/2021", NULL, 0, false },
	{ "DD/MM/YYYY", "01/07/21", NULL, 0, false },
	{ "DD/MM/YYYY", "01/07/2021 ", "2021-06-30T23:00:00Z", PRECISION_DAY,
	    false },
	{ "DD/MM/YYYY", "01/07/2021 00:30", NULL, 0, false },
	{ "DD/MM/YYYY", "31/06/2021", NULL, 0, false },
	{ "DD/MM/YYYY", "07/31/2021", NULL, 0, false },
	{ "DD/MM/YYYY", "", NULL, 0, false },
	{ "DD-MON-YYYY", "01-JULLY-2021", NULL, 0, false },
	{ "DD-MON-YYYY", "01-XXX-2021", NULL, 0, false },
	{ "DD-MON-YYYY", "01-J", NULL, 0, false },
	{ "YYYY-MM-DDTHH:MM:SSZ", "2021-07-01T00:30:00", NULL, 0, false },
	{ "YYYY-MM-DDTHH:MM:SSZ", "2021-07-01T00:30:00+1", NULL, 0, false },
	{ "YYYY-MM-DDTHH:MM:SSZ", "2021-07-01T00:30:00+15:00", NULL, 0, false },
	{ "DD/MM/YYYY HH:MM", "01/07/2021 24:00", NULL, 0, false },
};

static void
test_forms_are_read_as_they_say(void **state)
{
	char from[TIME_TEXT];
	struct field_wall w;
	struct field_time t;
	struct stamp f;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bool taken;

		if (stamp_parse(&f, good[i].format) != NULL)
			fail_msg("%s: refused", good[i].format);
		taken = stamp_read(&f, &w, good[i].in, good[i].utc) &&
			field_fill(&t, &w);
		if (taken != (good[i].from != NULL))
			fail_msg("%s: %s", good[i].format, good[i].in);
		if (!taken)
			continue;
		time_text(from, t.from);
		if (strcmp(from, good[i].from) != 0 ||
		    t.precision != good[i].precision)
			fail_msg(
			    "%s: %s is %s", good[i].format, good[i].in, from);
	}
}

/* A form that does not say what day it is, or of which century, is none. */
static void
test_ambiguous_forms_are_refused(void **state)
{
	static const struct {
		const char *format, *why;
	} bad[] = {
		{ "DD/MM/YY", "of which century" },
		{ "YY-MM-DD", "of which century" },
		{ "DD/MM", "leaves something out" },
		{ "YYYY", "leaves something out" },
		{ "", "leaves something out" },
		{ "HH:MM", "leaves something out" },
		{ "YYYY-DD", "leaves something out" },
		{ "DD/MM/YYYY HH:SS", "leaves something out" },
		{ "DD/MM/YYYYZ", "leaves something out" },
		{ "DD/MM/YYYY D", "the same twice" },
		{ "DD/MM/MON/YYYY", "the same twice" },
		{ "%d/%m/%Y", "another word" },
		{ "dd/mm/yyyy", "another word" },
		{ "DD/MM/YYYY 00", "another word" },
		{ "DD......................./MM/YYYY", "too long" },
	};
	struct stamp f = { { 9 }, 9 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *why = stamp_parse(&f, bad[i].format);

		if (why == NULL || strstr(why, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].format,
			    why == NULL ? "taken" : why);
	}
	assert_int_equal(f.parts[0], 9);
}

/* The month is that on the wall, whatever clock the text is by. */
static void
test_month_is_that_on_the_wall(void **state)
{
	struct field_wall w;
	struct field_time t;
	struct stamp f;

	(void)state;
	assert_null(stamp_parse(&f, "YYYY-MM-DD HH:MM"));
	assert_true(stamp_read(&f, &w, "2021-06-30 23:30", true));
	assert_true(field_fill(&t, &w));
	assert_int_equal(t.month, 618); /* 2021-07 */
	assert_true(stamp_read(&f, &w, "2021-06-30 23:30", false));
	assert_true(field_fill(&t, &w));
	assert_int_equal(t.month, 617);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms_are_read_as_they_say),
		cmocka_unit_test(test_ambiguous_forms_are_refused),
		cmocka_unit_test(test_month_is_that_on_the_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
