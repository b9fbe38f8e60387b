/* Promises of model/incident: each coarse fact has one word, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/incident.h"

static const struct {
	unsigned n;
	enum err (*parse)(uint8_t *out, const char *s);
	const char *(*text)(unsigned n);
	const char *last, *foreign; /* a word of another kind of fact */
} facts[] = {
	{ WEAPONS, weapon_parse, weapon_text, "other", "woman" },
	{ VICTIMS, victim_parse, victim_text, "other", "sharp" },
	{ SETTINGS, setting_parse, setting_text, "other", "none" },
};
#define FACTS (sizeof(facts) / sizeof(*facts))

static void
test_every_fact_has_its_own_word(void **state)
{
	uint8_t out;

	(void)state;
	for (size_t i = 0; i < FACTS; i++) {
		for (unsigned n = 0; n < facts[i].n; n++) {
			out = 77;
			assert_int_equal(
			    facts[i].parse(&out, facts[i].text(n)), E_OK);
			assert_int_equal(out, n);
		}
		assert_string_equal(facts[i].text(0), "unstated");
		assert_string_equal(
		    facts[i].text(facts[i].n - 1), facts[i].last);
		assert_string_equal(facts[i].text(facts[i].n), "?");
	}
}

static void
test_other_words_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < FACTS; i++) {
		const char *const words[] = { "", "?", "Other", "other ",
			facts[i].foreign };

		for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++) {
			uint8_t out = 77;

			assert_int_equal(
			    facts[i].parse(&out, words[w]), E_NOTFOUND);
			assert_int_equal(out, 77);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fact_has_its_own_word),
		cmocka_unit_test(test_other_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
