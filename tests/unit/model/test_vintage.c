/* Promises of model/vintage: the table is read strictly; every code of the
 * shipped one stands for an LSOA that the lookup has, and is none itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/area.h"
#include "model/vintage.h"
#include "tests/unit/file_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEAD "code,lsoa11\n"

static enum err
parse(struct vintage **out, const char *text, size_t *line)
{
	size_t len = strlen(text);
	char *exact = malloc(len == 0 ? 1 : len); /* ASan sees overreads */
	enum err e;

	assert_non_null(exact);
	memcpy(exact, text, len);
	e = vintage_parse(out, exact, len, line);
	free(exact);
	return e;
}

static void
test_bad_tables_are_refused_at_their_line(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		size_t line;
	} cases[] = {
		{ HEAD "E01033769,E01028040\nE01033770,E01028040\n", E_OK, 0 },
		{ HEAD, E_OK, 0 },
		{ "", E_FORMAT, 1 },
		{ "code,lsoa11", E_FORMAT, 1 },
		{ "lsoa11,code\n", E_FORMAT, 1 },
		{ HEAD "E01033769,E01028040", E_FORMAT, 2 },
		{ HEAD "E01033769,E01028040\n\n", E_FORMAT, 3 },
		{ HEAD "E01033769;E01028040\n", E_FORMAT, 2 },
		{ HEAD "e01033769,E01028040\n", E_FORMAT, 2 },
		{ HEAD "E01033769,E0102804x\n", E_FORMAT, 2 },
		{ HEAD "E0103376,E010280400\n", E_FORMAT, 2 },
		{ HEAD "E01033770,E01028040\nE01033769,E01028040\n", E_FORMAT,
		    3 },
		{ HEAD "E01033769,E01028040\nE01033769,E01028041\n", E_FORMAT,
		    3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vintage *v = NULL;
		size_t line = 0;
		enum err e = parse(&v, cases[i].text, &line);

		if (e != cases[i].want || (e != E_OK && line != cases[i].line))
			fail_msg(
			    "case %zu: %s, line %zu", i, err_text(e), line);
		assert_true((e == E_OK) == (v != NULL));
		vintage_free(v);
	}
}

static void
test_a_table_too_long_is_refused(void **state)
{
	enum { ROWS = 65537, ROW = 20 };
	char *text = malloc(strlen(HEAD) + (size_t)ROWS * ROW);
	struct vintage *v = NULL;
	size_t line;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', strlen(HEAD) + (size_t)ROWS * ROW);
	memcpy(text, HEAD, strlen(HEAD));
	assert_int_equal(
	    vintage_parse(&v, text, strlen(HEAD) + (size_t)ROWS * ROW, &line),
	    E_LIMIT);
	assert_null(v);
	free(text);
}

static void
test_codes_are_found_or_not(void **state)
{
	struct vintage *v;
	size_t line;

	(void)state;
	assert_int_equal(
	    parse(&v, HEAD "E01033769,E01028040\nW01002024,W01001853\n", &line),
	    E_OK);
	assert_string_equal(vintage_2011(v, "E01033769"), "E01028040");
	assert_string_equal(vintage_2011(v, "W01002024"), "W01001853");
	assert_null(vintage_2011(v, "E01033770"));
	assert_null(vintage_2011(v, "E01028040"));
	assert_null(vintage_2011(v, "E010337690"));
	assert_null(vintage_2011(v, "E0103376"));
	assert_null(vintage_2011(v, ""));
	vintage_free(v);
	vintage_free(NULL);
}

/* Two places looked up by hand among them. */
static void
test_shipped_table_leads_to_known_areas(void **state)
{
	size_t len = 0, areas_len = 0, line, n = 0;
	char *text = file_test(WARD_DATA "/areas/lsoa21.csv", &len);
	char *areas = file_test(WARD_DATA "/areas/lsoa11.csv", &areas_len);
	struct vintage *v;
	struct areas *a;
	struct place p;

	(void)state;
	assert_non_null(text);
	assert_non_null(areas);
	assert_int_equal(vintage_parse(&v, text, len, &line), E_OK);
	assert_int_equal(areas_parse(&a, areas, areas_len, &line), E_OK);
	for (const char *at = text + strlen(HEAD); *at != '\0'; at += 20, n++) {
		char code[10] = "";

		memcpy(code, at, 9);
		assert_false(areas_lsoa(a, code, &p));
		assert_true(areas_lsoa(a, vintage_2011(v, code), &p));
	}
	assert_int_equal(n, 2025);
	/* Plymouth 034D, and a half of Cardiff's 048 */
	assert_true(areas_lsoa(a, vintage_2011(v, "E01034161"), &p));
	assert_string_equal(p.force, "E23000035");
	assert_true(areas_lsoa(a, vintage_2011(v, "W01002024"), &p));
	assert_string_equal(areas_within(a, p.code, GEO_LAD), "W06000015");
	vintage_free(v);
	areas_free(a);
	free(text);
	free(areas);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_tables_are_refused_at_their_line),
		cmocka_unit_test(test_a_table_too_long_is_refused),
		cmocka_unit_test(test_codes_are_found_or_not),
		cmocka_unit_test(test_shipped_table_leads_to_known_areas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
