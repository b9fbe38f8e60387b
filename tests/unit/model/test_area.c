/* Promises of model/area: the lookup is read strictly, and every LSOA lies in
 * exactly one place of each geography. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/area.h"
#include "tests/unit/file_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEAD "code,name,lad,lad_name,force,force_name,population\n"
#define NAME64                             \
	"abcdefghijklmnopqrstuvwxyz012345" \
	"abcdefghijklmnopqrstuvwxyz012345"
#define ROW1 "E01000001,Aa 001A,E09000001,Aa,E23000034,\"Aa, Bb\",10\n"
#define ROW2 "E01000002,Aa 001B,E09000001,Aa,E23000034,\"Aa, Bb\",20\n"
#define ROW3 "E01000003,Cc 002A,E09000002,Cc,E23000035,Cc,30\n"

static enum err
parse(struct areas **out, const char *text, size_t len, size_t *line)
{
	char *exact = malloc(len == 0 ? 1 : len); /* ASan sees overreads */
	enum err e;

	assert_non_null(exact);
	memcpy(exact, text, len);
	e = areas_parse(out, exact, len, line);
	free(exact);
	return e;
}

static void
test_bad_lookups_are_refused_at_their_line(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		size_t line;
	} cases[] = {
		{ HEAD ROW1 ROW2 ROW3, E_OK, 0 },
		{ "", E_FORMAT, 1 },
		{ HEAD, E_FORMAT, 2 },
		{ ROW1, E_FORMAT, 1 },
		{ "code,name\n" ROW1, E_FORMAT, 1 },
		{ HEAD ROW2 ROW1, E_FORMAT, 3 }, /* falls */
		{ HEAD ROW1 ROW1, E_FORMAT, 3 }, /* twice */
		{ HEAD ROW1 "\n", E_FORMAT, 3 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,Aa,10",
		    E_FORMAT, 2 }, /* cut */
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,Aa\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,Aa,10,1\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,\"Aa,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,\"Aa\"x,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E0100000,Aa 001A,E09000001,Aa,E23000034,Aa,10\n",
		    E_FORMAT, 2 },
		{ HEAD "e01000001,Aa 001A,E09000001,Aa,E23000034,Aa,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E0900000x,Aa,E23000034,Aa,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,,Aa,10\n", E_FORMAT, 2 },
		{ HEAD "E01000001,A,E09000001,Aa,E23000034,Aa,10\n", E_FORMAT,
		    2 },
		{ HEAD "E01000001," NAME64 ",E09000001,Aa,E23000034,Aa,10\n",
		    E_OK, 0 },
		{ HEAD "E01000001," NAME64 "A,E09000001,Aa,E23000034,Aa,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,,E23000034,Aa,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,,10\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,Aa,\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,Aa,-1\n",
		    E_FORMAT, 2 },
		{ HEAD "E01000001,Aa 001A,E09000001,Aa,E23000034,Aa,10000001\n",
		    E_FORMAT, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct areas *a = NULL;
		size_t line = 0;
		enum err e =
		    parse(&a, cases[i].text, strlen(cases[i].text), &line);

		if (e != cases[i].want || (e != E_OK && line != cases[i].line))
			fail_msg(
			    "case %zu: %s, line %zu", i, err_text(e), line);
		if (e != E_OK)
			assert_null(a);
		areas_free(a);
	}
}

/* Every prefix of a good file either ends with a line or is refused. */
static void
test_cut_lookups_are_refused(void **state)
{
	static const char text[] = HEAD ROW1 ROW2 ROW3;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct areas *a = NULL;
		size_t line;
		bool whole = n > strlen(HEAD) && text[n - 1] == '\n';

		assert_int_equal(
		    parse(&a, text, n, &line), whole ? E_OK : E_FORMAT);
		areas_free(a);
	}
}

static void
test_a_lookup_with_nul_is_refused(void **state)
{
	static const char text[] = HEAD ROW1 "\0" ROW2;
	struct areas *a = NULL;
	size_t line;

	(void)state;
	assert_int_equal(parse(&a, text, sizeof(text) - 1, &line), E_FORMAT);
}

static struct areas *shipped;

static int
load_shipped(void **state)
{
	size_t len = 0, line;
	char *text = file_test(WARD_DATA "/areas/lsoa11.csv", &len);
	enum err e;

	(void)state;
	if (text == NULL)
		return -1;
	e = areas_parse(&shipped, text, len, &line);
	free(text);
	return e == E_OK ? 0 : -1;
}

static int
free_shipped(void **state)
{
	(void)state;
	areas_free(shipped);
	return 0;
}

static void
test_shipped_lookup_has_both_countries(void **state)
{
	struct place p = { 0 };

	(void)state;
	assert_true(areas_lsoa(shipped, "E01000001", &p));
	assert_string_equal(p.code, "E01000001");
	assert_string_equal(p.name, "City of London 001A");
	assert_string_equal(p.force, "E23000034");
	assert_int_equal(p.population, 1636);
	assert_string_equal(
	    areas_force_name(shipped, "E23000034"), "London, City of");
	assert_true(areas_has_force(shipped, "W15000003"));
	assert_string_equal(
	    areas_force_name(shipped, "W15000003"), "South Wales");
	assert_false(areas_has_force(shipped, "W15000009"));
	assert_null(areas_force_name(shipped, ""));
	assert_string_equal(
	    areas_force_code(shipped, "E23000034"), "E23000034");
	assert_string_equal(
	    areas_force_code(shipped, "south wales"), "W15000003");
	assert_null(areas_force_code(shipped, "Northern Ireland"));
	assert_null(areas_force_code(shipped, ""));
	p.code = NULL;
	assert_false(areas_lsoa(shipped, "E01000004", &p)); /* is none */
	assert_false(areas_lsoa(shipped, "", &p));
	assert_false(areas_lsoa(shipped, "E010000011", &p));
	assert_null(p.code);
}

/* Places rise by code, carry their people, and every LSOA inside has one. */
static void
test_every_lsoa_of_a_force_has_one_place(void **state)
{
	static const uint32_t geos[] = { GEO_LSOA11, GEO_MSOA11, GEO_LAD,
		GEO_FORCE };
	static const char forces[2][GSS] = { "W15000003", "E23000034" };
	uint64_t people[COUNT(geos)] = { 0 };
	struct placing *lsoas = NULL, *p;

	(void)state;
	assert_int_equal(
	    placing_new(&lsoas, shipped, GEO_LSOA11, forces, 2), E_OK);
	for (size_t g = 0; g < COUNT(geos); g++) {
		uint32_t n;

		assert_int_equal(
		    placing_new(&p, shipped, geos[g], forces, 2), E_OK);
		n = placing_count(p);
		assert_in_range(n, 2, placing_count(lsoas));
		for (uint32_t i = 0; i < n; i++) {
			people[g] += placing_at(p, i).population;
			if (i > 0)
				assert_true(strcmp(placing_at(p, i - 1).code,
						placing_at(p, i).code) < 0);
		}
		assert_int_equal(people[g], people[0]);
		for (uint32_t i = 0; i < placing_count(lsoas); i++) {
			struct place lsoa = placing_at(lsoas, i);
			int64_t at = placing_of(p, lsoa.code);

			assert_true(at >= 0 && at < n);
			assert_string_equal(
			    placing_at(p, (uint32_t)at).force, lsoa.force);
		}
		assert_int_equal(placing_of(p, "E01000027"), -1); /* Met */
		assert_int_equal(placing_of(p, "nowhere"), n);
		placing_free(p);
	}
	assert_int_equal(placing_count(lsoas), 810 + 6);
	placing_free(lsoas);
}

/* Codes of any level, in South Wales and the City of London: the code of the
 * place they lie in, "-": outside, "?": not placed. */
static const struct {
	const char *code, *of[4]; /* LSOA, MSOA, local authority, force */
} levels[] = {
	{ "W01001747",
	    { "W01001747", "Cardiff 027", "W06000015", "W15000003" } },
	{ "Cardiff 027", { "?", "Cardiff 027", "W06000015", "W15000003" } },
	{ "W06000015", { "?", "?", "W06000015", "W15000003" } },
	{ "W15000003", { "?", "?", "?", "W15000003" } },
	{ "E01000001",
	    { "E01000001", "City of London 001", "E09000001", "E23000034" } },
	{ "E09000001", { "?", "?", "E09000001", "E23000034" } },
	{ "E01000027", { "-", "-", "-", "-" } }, /* Metropolitan Police */
	{ "Barking and Dagenham 001", { "-", "-", "-", "-" } },
	{ "E09000002", { "-", "-", "-", "-" } },
	{ "E23000001", { "-", "-", "-", "-" } },
	{ "W01999999", { "?", "?", "?", "?" } },
	{ "cardiff 027", { "?", "?", "?", "?" } }, /* codes have a case */
	{ "Cardiff", { "?", "?", "?", "?" } },     /* a name, no code */
	{ "", { "?", "?", "?", "?" } },
};

static void
test_codes_of_any_level_are_placed(void **state)
{
	static const char forces[2][GSS] = { "E23000034", "W15000003" };

	(void)state;
	for (uint32_t geo = GEO_LSOA11; geo <= GEO_FORCE; geo++) {
		struct placing *p;

		assert_int_equal(
		    placing_new(&p, shipped, geo, forces, 2), E_OK);
		for (size_t i = 0; i < COUNT(levels); i++) {
			const char *want = levels[i].of[geo - GEO_LSOA11];
			int64_t at = placing_of(p, levels[i].code);
			const char *got =
			    at < 0 ? "-"
			    : at == placing_count(p)
				? "?"
				: placing_at(p, (uint32_t)at).code;

			if (strcmp(got, want) != 0)
				fail_msg("%s on level %u: %s", levels[i].code,
				    geo, got);
		}
		placing_free(p);
	}
}

static void
test_areas_lie_within_coarser_ones(void **state)
{
	static const struct {
		const char *code;
		uint32_t geo;
		const char *want; /* or NULL */
	} cases[] = {
		{ "W01001747", GEO_LSOA11, "W01001747" },
		{ "W01001747", GEO_MSOA11, "Cardiff 027" },
		{ "W01001747", GEO_LAD, "W06000015" },
		{ "W01001747", GEO_FORCE, "W15000003" },
		{ "Cardiff 027", GEO_LSOA11, NULL },
		{ "Cardiff 027", GEO_MSOA11, "Cardiff 027" },
		{ "Cardiff 027", GEO_LAD, "W06000015" },
		{ "W06000015", GEO_MSOA11, NULL },
		{ "W06000015", GEO_FORCE, "W15000003" },
		{ "W15000003", GEO_LAD, NULL },
		{ "W15000003", GEO_FORCE, "W15000003" },
		{ "S01006506", GEO_FORCE, NULL },
		{ "", GEO_FORCE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got =
		    areas_within(shipped, cases[i].code, cases[i].geo);

		if (cases[i].want == NULL
			? got != NULL
			: got == NULL || strcmp(got, cases[i].want) != 0)
			fail_msg("%s on level %u: %s", cases[i].code,
			    cases[i].geo, got == NULL ? "NULL" : got);
	}
}

static void
test_areas_are_found_by_code_or_name(void **state)
{
	static const struct {
		uint32_t geo;
		const char *text, *want; /* or NULL */
	} cases[] = {
		{ GEO_LSOA11, "W01001747", "W01001747" },
		{ GEO_LSOA11, "Cardiff 027A", NULL },
		{ GEO_LSOA11, "W01999999", NULL },
		{ GEO_MSOA11, "Cardiff 027", "Cardiff 027" },
		{ GEO_MSOA11, "CARDIFF 027", "Cardiff 027" },
		{ GEO_MSOA11, "Cardiff 999", NULL },
		{ GEO_LAD, "cardiff", "W06000015" },
		{ GEO_LAD, "W06000015", "W06000015" },
		{ GEO_LAD, "South Wales", NULL },
		{ GEO_LAD, "Wiltshire", "E06000054" },
		{ GEO_FORCE, "Wiltshire", "E23000038" },
		{ GEO_FORCE, "south wales", "W15000003" },
		{ GEO_FORCE, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got =
		    areas_named(shipped, cases[i].geo, cases[i].text);

		if (cases[i].want == NULL
			? got != NULL
			: got == NULL || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].text,
			    got == NULL ? "NULL" : got);
	}
}

static void
test_unknown_forces_and_geographies_are_refused(void **state)
{
	static const char forces[2][GSS] = { "W15000003", "W15000099" };
	struct placing *p = NULL;

	(void)state;
	assert_int_equal(
	    placing_new(&p, shipped, GEO_LAD, forces, 2), E_NOTFOUND);
	assert_int_equal(placing_new(&p, shipped, GEO_GRID, forces, 1), E_ARG);
	assert_int_equal(placing_new(&p, shipped, 0, forces, 1), E_ARG);
	assert_int_equal(placing_new(&p, shipped, 99, forces, 1), E_ARG);
	assert_null(p);
	areas_free(NULL);
	placing_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_lookups_are_refused_at_their_line),
		cmocka_unit_test(test_cut_lookups_are_refused),
		cmocka_unit_test(test_a_lookup_with_nul_is_refused),
		cmocka_unit_test(test_shipped_lookup_has_both_countries),
		cmocka_unit_test(test_every_lsoa_of_a_force_has_one_place),
		cmocka_unit_test(test_codes_of_any_level_are_placed),
		cmocka_unit_test(test_areas_lie_within_coarser_ones),
		cmocka_unit_test(test_areas_are_found_by_code_or_name),
		cmocka_unit_test(
		    test_unknown_forces_and_geographies_are_refused),
	};

	return cmocka_run_group_tests(tests, load_shipped, free_shipped);
}
