/* Promises of model/theme: one meaning per code; a bad rule file is refused
 * with the number of its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/query.h"
#include "model/theme.h"
#include "tests/unit/file_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(theme) (UINT32_C(1) << (theme))
#define HEAD "source,code,themes\n"
#define CODE63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* themes_of of a code of one source, by its usual list. */
static uint32_t
of(const struct themes *t, uint32_t source, const char *code)
{
	struct kind k = { .source = source };

	strcpy(k.codelist, source == SOURCE_NHS_ED ? "istv" : "police.uk");
	assert_true(strlen(code) < sizeof(k.code));
	strcpy(k.code, code);
	return themes_of(t, &k);
}

static void
test_bad_rule_files_are_refused_at_their_line(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		size_t line;
	} cases[] = {
		{ HEAD "nhs.ed,fist,violence\n", E_OK, 0 },
		{ HEAD "nhs.ed,fist,violence", E_OK, 0 },
		{ "# c\r\n\r\n" HEAD "nhs.ed,fist,violence\r\n", E_OK, 0 },
		{ HEAD "nhs.ed,a,knife\npolice.asb,a,asb\n", E_OK, 0 },
		{ HEAD "nhs.ed," CODE63 ",knife\n", E_OK, 0 },
		{ HEAD "nhs.ed," CODE63 "x,knife\n", E_RANGE, 2 },
		{ "", E_FORMAT, 1 },
		{ HEAD, E_FORMAT, 2 },
		{ "# only a comment\n", E_FORMAT, 2 },
		{ "nhs.ed,fist,violence\n", E_FORMAT, 1 },
		{ "source,code\n", E_FORMAT, 1 },
		{ HEAD HEAD, E_NOTFOUND, 2 },
		{ HEAD "nhs.ed,fist\n", E_FORMAT, 2 },
		{ HEAD "nhs.ed\n", E_FORMAT, 2 },
		{ HEAD "nhs.ed,,violence\n", E_FORMAT, 2 },
		{ HEAD "nhs.ed,fist,\n", E_FORMAT, 2 },
		{ HEAD "nhs.ed,fist,violence,knife\n", E_NOTFOUND, 2 },
		{ HEAD "nhs.ed,fist,violence  knife\n", E_FORMAT, 2 },
		{ HEAD "nhs.ed,fist, violence\n", E_FORMAT, 2 },
		{ HEAD "nhs.ed,fist,violence \n", E_FORMAT, 2 },
		{ HEAD "nhs.ed,\"fist\",violence\n", E_FORMAT, 2 },
		{ HEAD "nhs.ae,fist,violence\n", E_NOTFOUND, 2 },
		{ HEAD ",fist,violence\n", E_NOTFOUND, 2 },
		{ HEAD "nhs.ed,fist,boxing\n", E_NOTFOUND, 2 },
		{ HEAD "nhs.ed,fist,Violence\n", E_NOTFOUND, 2 },
		{ HEAD "\nnhs.ed,a,knife\nnhs.ed,a,asb\n", E_EXISTS, 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].text), line = 0;
		char *exact = malloc(len == 0 ? 1 : len);
		struct themes *t = NULL;
		enum err e;

		assert_non_null(exact);
		memcpy(exact, cases[i].text, len);
		e = themes_parse(&t, exact, len, &line);
		if (e != cases[i].want || (e != E_OK && line != cases[i].line))
			fail_msg(
			    "case %zu: %s, line %zu", i, err_text(e), line);
		if (e != E_OK)
			assert_null(t);
		themes_free(t);
		free(exact);
	}
}

static void
test_nul_in_a_rule_is_refused(void **state)
{
	static const char text[] = HEAD "nhs.ed,fi\0st,violence\n";
	struct themes *t = NULL;
	size_t line;

	(void)state;
	assert_int_equal(
	    themes_parse(&t, text, sizeof(text) - 1, &line), E_FORMAT);
	assert_int_equal(line, 2);
}

/* 4,096 rules and no more. */
static void
test_rules_are_limited(void **state)
{
	for (unsigned n = 4096; n <= 4097; n++) {
		char *text = malloc(40 * (n + 1));
		size_t len = 0, line = 0;
		struct themes *t = NULL;
		enum err e;

		(void)state;
		assert_non_null(text);
		len += (size_t)sprintf(text, "%s", HEAD);
		for (unsigned i = 0; i < n; i++)
			len += (size_t)sprintf(
			    text + len, "nhs.ed,code %u,knife\n", i);
		e = themes_parse(&t, text, len, &line);
		assert_int_equal(e, n == 4096 ? E_OK : E_LIMIT);
		if (e == E_OK)
			assert_int_equal(of(t, SOURCE_NHS_ED, "code 4095"),
			    BIT(THEME_KNIFE));
		themes_free(t);
		free(text);
	}
}

static struct themes *
shipped(void)
{
	size_t len = 0, line;
	char *text = file_test(WARD_DATA "/rules/themes.csv", &len);
	struct themes *t = NULL;

	assert_non_null(text);
	assert_int_equal(themes_parse(&t, text, len, &line), E_OK);
	free(text);
	return t;
}

static void
test_shipped_rules_say_what_they_say(void **state)
{
	static const struct {
		uint32_t source;
		const char *code;
		uint32_t themes;
	} codes[] = {
		{ SOURCE_NHS_ED, "knife",
		    BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE) },
		{ SOURCE_NHS_ED, "bottle or glass", BIT(THEME_VIOLENCE) },
		{ SOURCE_POLICE_CRIME, "Robbery", BIT(THEME_ROBBERY) },
		{ SOURCE_POLICE_ASB, "Anti-social behaviour", BIT(THEME_ASB) },
		{ SOURCE_POLICE_CRIME, "knife", 0 }, /* of another source */
		{ SOURCE_POLICE_CRIME, "robbery", 0 },
		{ SOURCE_POLICE_CRIME, "", 0 },
		{ SOURCE_NHS_ED, "knif", 0 },
		{ SOURCE_NHS_ED, CODE63, 0 },
	};
	struct themes *t = shipped();

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		assert_int_equal(
		    of(t, codes[i].source, codes[i].code), codes[i].themes);
	themes_free(t);
}

static void
test_multiplicity_is_of_what_is_asked(void **state)
{
	static const struct {
		uint32_t sources, asked;
		unsigned k;
	} cases[] = {
		{ SOURCE_NHS_ED, BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE), 2 },
		{ SOURCE_NHS_ED, BIT(THEME_VIOLENCE), 1 },
		{ SOURCE_NHS_ED, BIT(THEME_DRUGS), 1 }, /* none: still 1 */
		{ SOURCE_POLICE_CRIME, UINT32_MAX, 1 },
		{ SOURCE_ALL, UINT32_MAX, 2 },
		{ 0, UINT32_MAX, 1 },
	};
	struct themes *t = shipped();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    themes_multiplicity(t, cases[i].sources, cases[i].asked),
		    cases[i].k);
	themes_free(t);
}

static void
test_themes_have_words(void **state)
{
	uint8_t out = 77;

	(void)state;
	for (uint8_t i = 0; i < THEMES; i++) {
		assert_int_equal(theme_parse(&out, theme_text(i)), E_OK);
		assert_int_equal(out, i);
		assert_string_not_equal(theme_label(i), "?");
	}
	out = 77;
	assert_int_equal(theme_parse(&out, "?"), E_NOTFOUND);
	assert_int_equal(theme_parse(&out, ""), E_NOTFOUND);
	assert_int_equal(out, 77);
	assert_string_equal(theme_text(THEMES), "?");
	assert_string_equal(theme_label(THEMES), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_rule_files_are_refused_at_their_line),
		cmocka_unit_test(test_nul_in_a_rule_is_refused),
		cmocka_unit_test(test_rules_are_limited),
		cmocka_unit_test(test_shipped_rules_say_what_they_say),
		cmocka_unit_test(test_multiplicity_is_of_what_is_asked),
		cmocka_unit_test(test_themes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
