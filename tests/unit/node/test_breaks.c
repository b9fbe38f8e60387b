/*
 * Promises of node/breaks: each rule fires where its sentence says, and nowhere
 * else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/breaks.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MONTHS 12

static const struct {
	const char *what;
	uint64_t count[MONTHS];
	struct break_at want[3];
	size_t n;
} cases[] = {
	{ "steady",
	    { 400, 410, 390, 405, 395, 400, 402, 398, 391, 409, 400, 401 },
	    { { 0, BREAK_NONE, 0 } }, 0 },
	{ "summer, slowly",
	    { 300, 330, 380, 430, 480, 520, 530, 500, 450, 400, 350, 310 },
	    { { 0, BREAK_NONE, 0 } }, 0 },
	{ "one month missing most",
	    { 400, 410, 390, 405, 90, 400, 402, 398, 391, 409, 400, 401 },
	    { { 4, BREAK_LOW, 400 } }, 1 },
	{ "exactly half is no break",
	    { 400, 400, 400, 400, 200, 400, 400, 400, 400, 400, 400, 400 },
	    { { 0, BREAK_NONE, 0 } }, 0 },
	{ "one below half is",
	    { 400, 400, 400, 400, 199, 400, 400, 400, 400, 400, 400, 400 },
	    { { 4, BREAK_LOW, 400 } }, 1 },
	{ "loaded twice",
	    { 400, 410, 390, 405, 395, 810, 402, 398, 391, 409, 400, 401 },
	    { { 5, BREAK_HIGH, 395 } }, 1 },
	{ "the last month is cut",
	    { 400, 410, 390, 405, 395, 400, 402, 398, 391, 409, 400, 120 },
	    { { 11, BREAK_LOW, 400 } }, 1 },
	{ "the first month is cut",
	    { 20, 410, 390, 405, 395, 400, 402, 398, 391, 409, 400, 400 },
	    { { 0, BREAK_LOW, 405 } }, 1 },
	{ "nothing at all for a month is a gap",
	    { 400, 410, 390, 405, 395, 0, 402, 398, 391, 409, 400, 401 },
	    { { 0, BREAK_NONE, 0 } }, 0 },
	{ "and hides no break beside it",
	    { 400, 0, 0, 405, 395, 0, 90, 398, 391, 409, 400, 401 },
	    { { 6, BREAK_LOW, 398 } }, 1 },
	{ "few records: chance", { 9, 3, 10, 8, 2, 9, 16, 8, 7, 9, 20, 8 },
	    { { 0, BREAK_NONE, 0 } }, 0 },
	{ "a new system: from the sixth month more than before",
	    { 400, 410, 390, 405, 395, 640, 655, 630, 642, 651, 649, 645 },
	    { { 5, BREAK_RISE, 395 } }, 1 },
	{ "a feed lost: from the seventh month less",
	    { 640, 655, 630, 642, 651, 649, 400, 410, 390, 405, 395, 400 },
	    { { 6, BREAK_FALL, 649 } }, 1 },
	{ "both", { 900, 20, 905, 910, 890, 900, 905, 895, 450, 440, 445, 450 },
	    { { 1, BREAK_LOW, 900 }, { 8, BREAK_FALL, 900 } }, 2 },
};

static void
check(const char *what, const struct break_at *got, size_t n,
    const struct break_at *want, size_t n_want)
{
	if (n != n_want)
		fail_msg("%s: %zu breaks, not %zu", what, n, n_want);
	for (size_t i = 0; i < n; i++)
		if (got[i].i != want[i].i || got[i].rule != want[i].rule ||
		    got[i].usual != want[i].usual)
			fail_msg("%s: month %u, rule %d, usual %u", what,
			    got[i].i, (int)got[i].rule, (unsigned)got[i].usual);
}

static void
test_counts_break_where_the_rules_say(void **state)
{
	struct break_at got[MONTHS];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].what, got,
		    breaks_counts(got, MONTHS, cases[i].count, MONTHS),
		    cases[i].want, cases[i].n);
}

static void
test_too_few_months_say_nothing(void **state)
{
	static const uint64_t count[] = { 1000, 10, 1000 };
	struct break_at got[3];

	(void)state;
	for (size_t n = 0; n <= 3; n++)
		assert_int_equal(breaks_counts(got, 3, count, n), 0);
}

static void
test_no_more_than_asked_for(void **state)
{
	static const uint64_t count[] = { 900, 20, 900, 900, 900, 20, 900, 900,
		900 };
	struct break_at got[2] = { { 0 }, { 77, BREAK_NONE, 77 } };

	(void)state;
	assert_int_equal(breaks_counts(got, 1, count, COUNT(count)), 1);
	assert_int_equal(got[0].i, 1);
	assert_int_equal(got[1].i, 77);
}

static void
test_shares_break_by_twenty_points(void **state)
{
	static const uint64_t whole[] = { 100, 100, 100, 100, 100, 100, 49 };
	static const uint64_t part[] = { 98, 97, 79, 99, 77, 98, 0 };
	static const uint64_t other[] = { 2, 3, 21, 1, 23, 2, 49 };
	static const struct break_at want[] = { { 4, BREAK_SHARE_LOW, 970 } };
	static const struct break_at rise[] = { { 4, BREAK_SHARE_HIGH, 20 } };
	struct break_at got[7];

	(void)state;
	check("low", got, breaks_shares(got, 7, part, whole, 7), want, 1);
	check("high", got, breaks_shares(got, 7, other, whole, 7), rise, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_break_where_the_rules_say),
		cmocka_unit_test(test_too_few_months_say_nothing),
		cmocka_unit_test(test_no_more_than_asked_for),
		cmocka_unit_test(test_shares_break_by_twenty_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
