/* Promises of cli/near: a slip is guessed, a stranger is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/near.h"

/* of more than the 64 bytes that are compared */
#define LONG "a word that is longer than all sixty-four bytes that are compared"

static const char *const words[] = { "violence", "asb", "South Wales", "",
	LONG };

static const struct {
	const char *typed, *want;
} cases[] = {
	{ "violence", "violence" },
	{ "VIOLENCE", "violence" },
	{ "violnce", "violence" },
	{ "vilence", "violence" },
	{ "violenxce", "violence" },
	{ "south wale", "South Wales" },
	{ "abs", "asb" },
	{ "knife", NULL },
	{ "viol", NULL }, /* four letters of eight are too many */
	{ "sixty-four bytes and a few more sixty-four bytes and a few more....",
	    NULL },
};

static void
test_a_slip_is_guessed_and_a_stranger_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = near_word(
		    cases[i].typed, words, sizeof(words) / sizeof(words[0]));

		print_message("%s\n", cases[i].typed);
		if (cases[i].want == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].want);
	}
	assert_null(near_word("asb", words, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_slip_is_guessed_and_a_stranger_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
