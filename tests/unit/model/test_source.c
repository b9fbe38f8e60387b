#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/source.h"

/* Every bit has its own facts, and names that are not another's. */
static void
test_every_source_has_facts(void **state)
{
	(void)state;
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1) {
		const struct source_facts *s = source_of(bit);
		uint32_t parsed;

		assert_int_equal(s->bit, bit);
		assert_string_equal(s->name, source_text(bit));
		assert_int_equal(source_parse(&parsed, s->name), E_OK);
		assert_int_equal(parsed, bit);
		assert_true(s->label[0] != '\0');
		assert_true((s->people == NULL) == (s->domain == NULL));
		assert_true(s->people != NULL || !s->keyed);
		assert_true(s->finest_geo >= GEO_LSOA11);
		assert_true(!s->points || s->finest_geo == GEO_LSOA11);
		for (uint32_t other = 1; other < bit; other <<= 1)
			assert_string_not_equal(
			    s->label, source_of(other)->label);
	}
}

/* What must not be finer: where pupils are excluded, and who reports what. */
static void
test_facts_that_others_rest_on(void **state)
{
	(void)state;
	assert_int_equal(
	    source_of(SOURCE_EDU_EXCLUSION)->finest_geo, GEO_MSOA11);
	assert_false(source_of(SOURCE_EDU_EXCLUSION)->points);
	assert_int_equal(
	    source_of(SOURCE_PLATFORM_REPORT)->finest_geo, GEO_LAD);
	assert_false(source_of(SOURCE_PLATFORM_REPORT)->points);
	assert_null(source_of(SOURCE_PLATFORM_REPORT)->people);
	/* one patient, one key, whoever brings or treats them */
	assert_string_equal(source_of(SOURCE_NHS_ED)->domain,
	    source_of(SOURCE_NHS_AMBULANCE)->domain);
	assert_string_not_equal(source_of(SOURCE_NHS_ED)->domain,
	    source_of(SOURCE_POLICE_CRIME)->domain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_source_has_facts),
		cmocka_unit_test(test_facts_that_others_rest_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
