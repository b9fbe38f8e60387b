/* Promises of coordinator/levels: every level has one word, which finds it
 * again, and a label for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/levels.h"

static const struct {
	struct question q;
	const char *words[QUERY_LEVELS_MAX];
	const char *last; /* label */
} cases[] = {
	{ { .geo = GEO_LSOA11, .n_levels = 4 },
	    { "lsoa11", "msoa11", "lad", "force" }, "Police force areas" },
	{ { .geo = GEO_MSOA11, .n_levels = 2 }, { "msoa11", "lad" },
	    "Local authorities" },
	{ { .geo = GEO_LSOA11, .n_levels = 1 }, { "lsoa11" },
	    "Neighbourhoods (LSOA)" },
	{ { .geo = GEO_LSOA11, .n_levels = 2 }, { "lsoa11", "msoa11" },
	    "Groups of neighbourhoods (MSOA)" },
	{ { .geo = GEO_GRID, .cell_m = 1000, .n_levels = 5 },
	    { "1000", "2000", "4000", "8000", "16000" }, "Squares of 16 km" },
};

static void
test_words_find_their_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct question *q = &cases[i].q;
		char word[LEVELS_TEXT], label[LEVELS_LABEL];
		unsigned found;

		for (unsigned l = 0; l < q->n_levels; l++) {
			levels_text(word, q, l);
			assert_string_equal(word, cases[i].words[l]);
			assert_int_equal(levels_find(&found, q, word), E_OK);
			assert_int_equal(found, l);
			levels_label(label, q, l);
		}
		assert_string_equal(label, cases[i].last);
		assert_int_equal(levels_find(&found, q, ""), E_OK);
		assert_int_equal(found, 0);
	}
}

static void
test_other_words_are_not_found(void **state)
{
	static const char *const words[] = { "force", "grid", "1000", "lsoa" };
	unsigned found = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(
		    levels_find(&found, &cases[1].q, words[i]), E_NOTFOUND);
	assert_int_equal(found, 77); /* untouched */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_find_their_level),
		cmocka_unit_test(test_other_words_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
