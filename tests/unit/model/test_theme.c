/* Promises of model/theme: a record has the themes of all rules that fit it;
 * no record has more of them than the multiplicity says, and one has as many; a
 * bad rule file is refused with the number of its line. */
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
#define RULES "rules,Test,1\n"
#define HEAD                                                                 \
	RULES "theme,violence,v\ntheme,knife,k\ntheme,asb,a\nlist,l,f.csv\n" \
	      "list,m,g.csv\n" /* 6 lines */
#define CODE63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct themes *
parsed(const char *text)
{
	struct themes *t = NULL;
	size_t line = 0;
	enum err e = themes_parse(&t, text, strlen(text), &line);

	if (e != E_OK)
		fail_msg("%s at line %zu", err_text(e), line);
	return t;
}

static struct kind
kind(uint32_t source, const char *list, const char *code)
{
	struct kind k = { .source = source };

	assert_true(strlen(list) < sizeof(k.codelist));
	assert_true(strlen(code) < sizeof(k.code));
	strcpy(k.codelist, list);
	strcpy(k.code, code);
	return k;
}

/* Reading ---------------------------------------------------------------- */

static void
test_bad_rule_files_are_refused_at_their_line(void **state)
{
	static const struct {
		const char *text;
		enum err want;
		size_t line;
	} cases[] = {
		{ HEAD "rule,nhs.ed,l,fist,,,,violence\n", E_OK, 0 },
		{ HEAD "rule,nhs.ed,l,fist,,,,violence", E_OK, 0 },
		{ "# c\r\n\r\n" HEAD "rule,nhs.ed,l,a,,,,\r\n", E_OK, 0 },
		{ HEAD "rule,nhs.ed,l," CODE63 ",,,,knife\n", E_OK, 0 },
		{ HEAD "rule,nhs.ed,l," CODE63 "*,,,,knife\n", E_OK, 0 },
		{ HEAD "rule,nhs.ed,l," CODE63 "x,,,,knife\n", E_RANGE, 7 },
		{ HEAD "rule,nhs.ed;police.asb,l,a;b*,sharp;none,girl,shop,"
		       "asb;knife\n",
		    E_OK, 0 },
		{ HEAD "rule,nhs.ed,l,\"a, b\",,,,asb\n", E_OK, 0 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb\nrule,nhs.ed,m,a,,,,asb\n", E_OK,
		    0 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb\nrule,nhs.ed,l,a*,,,,asb\n",
		    E_OK, 0 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb\nrule,police.asb,l,a,,,,asb\n",
		    E_OK, 0 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb\nrule,nhs.ed,l,a,sharp,,,asb\n",
		    E_OK, 0 },
		/* the head */
		{ "", E_FORMAT, 1 },
		{ HEAD, E_FORMAT, 7 },
		{ "# only a comment\n", E_FORMAT, 2 },
		{ "theme,asb,a\n" RULES, E_FORMAT, 1 },
		{ "source,code,themes\n", E_FORMAT, 1 },
		{ "rules,Test\n", E_FORMAT, 1 },
		{ "rules,,1\n", E_FORMAT, 1 },
		{ "rules,Test,\n", E_FORMAT, 1 },
		{ "rules,Test,1,2\n", E_FORMAT, 1 },
		{ "rules," CODE63 ",1\n", E_FORMAT, 2 },
		{ "rules," CODE63 "x,1\n", E_RANGE, 1 },
		{ "rules,Test,12345678901234567890123456789012\n", E_RANGE, 1 },
		{ RULES RULES, E_EXISTS, 2 },
		{ HEAD "rumour,a,b\n", E_FORMAT, 7 },
		{ HEAD "theme,boxing,b\n", E_NOTFOUND, 7 },
		{ HEAD "theme,asb,again\n", E_EXISTS, 7 },
		{ HEAD "theme,drugs,\n", E_FORMAT, 7 },
		{ HEAD "theme,drugs,d,e\n", E_FORMAT, 7 },
		{ HEAD "list,l,other.csv\n", E_EXISTS, 7 },
		{ HEAD "list,n\n", E_FORMAT, 7 },
		{ HEAD "list,,n.csv\n", E_FORMAT, 7 },
		{ HEAD "list,n,\n", E_FORMAT, 7 },
		{ HEAD "list,abcdefghijklmnopqrstuvwx,n\n", E_RANGE, 7 },
		/* rules */
		{ HEAD "rule,nhs.ed,l,a,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb,\n", E_FORMAT, 7 },
		{ HEAD "rule\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a;,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a; b,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a ;b,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a*b,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a**,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a\"b,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,\"a,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,\"a\"b,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a\tb,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a\xff,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,l,a;b;a,,,,asb\n", E_EXISTS, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb;asb\n", E_EXISTS, 7 },
		{ HEAD "rule,nhs.ed;nhs.ed,l,a,,,,asb\n", E_EXISTS, 7 },
		{ HEAD "rule,nhs.ed,l,a,sharp;sharp,,,asb\n", E_EXISTS, 7 },
		{ HEAD "rule,nhs.ed,l,a,knife,,,asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,a,,person,,asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,pub,asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ae,l,a,,,,asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,,l,a,,,,asb\n", E_FORMAT, 7 },
		{ HEAD "rule,nhs.ed,n,a,,,,asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,,a,,,,asb\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,,boxing\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,,ASB\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,a,,,,drugs\n", E_NOTFOUND, 7 },
		{ HEAD "rule,nhs.ed,l,b;a,,,,asb\nrule,nhs.ed,l,c,,,,asb\n"
		       "rule,police.asb;nhs.ed,l,a,,,,knife;asb\n",
		    E_EXISTS, 9 },
		{ HEAD "rule,nhs.ed,l,a*,,girl,,asb\n"
		       "rule,nhs.ed,l,b;a*,,girl,,\n",
		    E_EXISTS, 8 },
		{ HEAD "rule,nhs.ed,l,a,,,,asb\nrule,nhs.ed,l,a,,,,knife\n",
		    E_OK, 0 },
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
			fail_msg("%s: %s, line %zu", cases[i].text, err_text(e),
			    line);
		if (e != E_OK)
			assert_null(t);
		themes_free(t);
		free(exact);
	}
}

static void
test_nul_in_a_rule_is_refused(void **state)
{
	static const char text[] = HEAD "rule,nhs.ed,l,fi\0st,,,,violence\n";
	struct themes *t = NULL;
	size_t line;

	(void)state;
	assert_int_equal(
	    themes_parse(&t, text, sizeof(text) - 1, &line), E_FORMAT);
	assert_int_equal(line, 7);
}

/* n rules of so many codes each. */
static enum err
parse_many(unsigned n, unsigned codes)
{
	char *text = malloc(200 + n * (40 + (size_t)codes * 12));
	size_t len = 0, line;
	struct themes *t = NULL;
	enum err e;

	assert_non_null(text);
	len += (size_t)sprintf(text, "%s", HEAD);
	for (unsigned i = 0; i < n; i++) {
		len += (size_t)sprintf(text + len, "rule,nhs.ed,l,");
		for (unsigned c = 0; c < codes; c++)
			len += (size_t)sprintf(
			    text + len, "%s%u/%u", c == 0 ? "" : ";", i, c);
		len += (size_t)sprintf(text + len, ",,,,knife\n");
	}
	e = themes_parse(&t, text, len, &line);
	if (e == E_OK) {
		struct kind k = kind(SOURCE_NHS_ED, "l", "4095/0");

		assert_int_equal(
		    themes_of(t, &k), n == 4096 ? BIT(THEME_KNIFE) : 0);
	}
	themes_free(t);
	free(text);
	return e;
}

static void
test_rules_are_limited(void **state)
{
	char *text = malloc(2 * THEMES_LINE);
	struct themes *t = NULL;
	size_t line;

	(void)state;
	assert_int_equal(parse_many(4096, 1), E_OK);
	assert_int_equal(parse_many(4097, 1), E_LIMIT);
	assert_int_equal(parse_many(64, 256), E_OK);
	assert_int_equal(parse_many(64, 257), E_LIMIT);

	assert_non_null(text); /* a line too long; a text too long */
	memset(text, 'x', 2 * THEMES_LINE);
	memcpy(text, "rules,", 6);
	assert_int_equal(themes_parse(&t, text, THEMES_LINE, &line), E_FORMAT);
	assert_int_equal(
	    themes_parse(&t, text, THEMES_LINE + 1, &line), E_LIMIT);
	memcpy(text, RULES "theme,asb,", strlen(RULES) + 10);
	assert_int_equal(
	    themes_parse(&t, text, strlen(RULES) + 10 + THEMES_WORDS, &line),
	    E_RANGE);
	assert_int_equal(line, 2);
	free(text);
}

static void
test_rules_say_what_they_are(void **state)
{
	struct themes *t = parsed("rules,\"A, \"\"B\"\"\",2.1\n"
				  "theme,asb,\"a, b\"\nlist,l,f\n"
				  "rule,police.asb,l,a,,,,asb\n");

	(void)state;
	assert_string_equal(themes_name(t), "A, \"B\"");
	assert_string_equal(themes_version(t), "2.1");
	assert_string_equal(themes_text(t, THEME_ASB), "a, b");
	assert_string_equal(themes_text(t, THEME_KNIFE), "");
	assert_string_equal(themes_text(t, THEMES), "");
	themes_free(t);
}

/* Deciding --------------------------------------------------------------- */

static void
test_a_record_has_the_themes_of_all_rules_that_fit(void **state)
{
	static const char text[] =
	    HEAD "theme,vawg,w\n"
		 "rule,police.crime;nhs.ed,l,a;ab*,,,,violence\n"
		 "rule,police.crime,l,a*,sharp,,,knife\n"
		 "rule,police.crime,l,abc,,woman;girl,,vawg\n"
		 "rule,police.crime,l,abc,,,street;shop,asb\n"
		 "rule,police.asb,m,*,,,,asb\n"
		 "rule,nhs.ed,l,none,,,,\n"
		 "rule,nhs.ed,l,cold,firearm,,,knife\n";
	static const struct {
		uint32_t source;
		const char *list, *code;
		uint8_t weapon, victim, setting;
		uint32_t themes;
		bool known;
	} cases[] = {
		{ 1, "l", "a", 0, 0, 0, BIT(THEME_VIOLENCE), true },
		{ 1, "l", "a", WEAPON_SHARP, 0, 0,
		    BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE), true },
		{ 1, "l", "ax", 0, 0, 0, 0, true },
		{ 1, "l", "ax", WEAPON_SHARP, 0, 0, BIT(THEME_KNIFE), true },
		{ 1, "l", "ab", 0, 0, 0, BIT(THEME_VIOLENCE), true },
		{ 1, "l", "abcd", 0, VICTIM_GIRL, 0, BIT(THEME_VIOLENCE),
		    true },
		{ 1, "l", "abc", 0, VICTIM_GIRL, 0,
		    BIT(THEME_VIOLENCE) | BIT(THEME_VAWG), true },
		{ 1, "l", "abc", WEAPON_SHARP, VICTIM_WOMAN, SETTING_SHOP,
		    BIT(THEME_VIOLENCE) | BIT(THEME_VAWG) | BIT(THEME_KNIFE) |
			BIT(THEME_ASB),
		    true },
		{ 1, "l", "abc", WEAPON_FIREARM, VICTIM_MAN, SETTING_SCHOOL,
		    BIT(THEME_VIOLENCE), true },
		{ 1, "l", "", 0, 0, 0, 0, false },
		{ 1, "l", "A", 0, 0, 0, 0, false },
		{ 1, "l", "b", 0, 0, 0, 0, false },
		{ 1, "m", "a", 0, 0, 0, 0, false }, /* another list */
		{ 1, "n", "a", 0, 0, 0, 0, false }, /* no list */
		{ 1, "", "a", 0, 0, 0, 0, false },
		{ 2, "l", "a", 0, 0, 0, 0, false }, /* another source */
		{ 4, "l", "abc", WEAPON_SHARP, VICTIM_GIRL, 0,
		    BIT(THEME_VIOLENCE), true },
		{ 2, "m", "", 0, 0, 0, BIT(THEME_ASB), true },
		{ 2, "m", CODE63, 0, 0, 0, BIT(THEME_ASB), true },
		{ 4, "l", "none", 0, 0, 0, 0, true },
		{ 4, "l", "cold", 0, 0, 0, 0, true },
		/* numbers that no fact has, as bytes of a store may */
		{ 1, "l", "a", 255, 0, 0, 0, true },
		{ 1, "l", "abc", 0, 32, 64, 0, true },
	};
	struct themes *t = parsed(text);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct kind k =
		    kind(cases[i].source, cases[i].list, cases[i].code);

		k.weapon = cases[i].weapon;
		k.victim = cases[i].victim;
		k.setting = cases[i].setting;
		if (themes_of(t, &k) != cases[i].themes ||
		    themes_know(t, &k) != cases[i].known)
			fail_msg("case %zu: %x", i, themes_of(t, &k));
	}
	themes_free(t);
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
#define V BIT(THEME_VIOLENCE)
#define K BIT(THEME_KNIFE)
#define W BIT(THEME_VAWG)
#define S BIT(THEME_SEXUAL)
#define POSSESSION BIT(THEME_POSSESSION)
#define SHARP WEAPON_SHARP
#define WOMAN VICTIM_WOMAN
	static const struct {
		uint32_t source;
		const char *list, *code;
		uint8_t weapon, victim;
		uint32_t themes;
	} codes[] = {
		/* street files: no knife, no vawg, whatever is claimed */
		{ 1, "police.uk", "Robbery", 0, 0, BIT(THEME_ROBBERY) },
		{ 1, "police.uk", "Violence and sexual offences", SHARP, WOMAN,
		    V },
		{ 2, "police.uk", "Anti-social behaviour", 0, 0,
		    BIT(THEME_ASB) },
		{ 1, "police.uk", "Anti-social behaviour", 0, 0, 0 },
		{ 1, "police.uk", "robbery", 0, 0, 0 },
		{ 1, "police.uk", "", 0, 0, 0 },
		/* the seven kinds of offence, with a knife and without */
		{ 1, "ho", "1", SHARP, 0, V | K },
		{ 1, "ho", "2", SHARP, 0, V | K },
		{ 1, "ho", "3B", SHARP, 0, V | K },
		{ 1, "ho", "5D", SHARP, 0, V | K },
		{ 1, "ho", "8N", SHARP, 0, V | K },
		{ 1, "ho", "8N", WEAPON_FIREARM, 0, V },
		{ 1, "ho", "8N", 0, 0, V },
		{ 1, "ho", "34B", SHARP, WOMAN, BIT(THEME_ROBBERY) | K },
		{ 1, "ho", "19C", SHARP, WOMAN, V | S | K | W },
		{ 1, "ho", "20A", SHARP, 0, V | S | K },
		{ 1, "ho", "105A", SHARP, 0, V }, /* none of the seven */
		{ 1, "ho", "28E", SHARP, 0, BIT(THEME_BURGLARY) },
		{ 1, "ho", "10D", SHARP, 0,
		    POSSESSION | BIT(THEME_KNIFE_POSSESSION) },
		{ 1, "ho", "10C", SHARP, 0, POSSESSION },
		/* vawg: a female victim, not of the road, not police */
		{ 1, "ho", "8L", 0, VICTIM_GIRL, V | W | BIT(THEME_STALKING) },
		{ 1, "ho", "8L", 0, VICTIM_BOY, V | BIT(THEME_STALKING) },
		{ 1, "ho", "4.4", 0, WOMAN, V },
		{ 1, "ho", "4.10", 0, WOMAN, V },
		{ 1, "ho", "104", 0, WOMAN, V },
		{ 1, "ho", "46", 0, WOMAN, BIT(THEME_THEFT) },
		{ 1, "ho-notifiable", "8/6", SHARP, WOMAN, V | K | W },
		{ 1, "ho-notifiable", "4/12", SHARP, WOMAN, V },
		{ 1, "ho-notifiable", "19/99", 0, WOMAN, V | S | W },
		{ 1, "ho-notifiable", "8/26", 0, 0,
		    POSSESSION | BIT(THEME_KNIFE_POSSESSION) },
		{ 1, "ho-notifiable", "8/11", 0, 0, POSSESSION },
		{ 1, "ho-notifiable", "8/999", 0, 0, 0 },
		{ 2, "asb", "noise", 0, 0, BIT(THEME_ASB) },
		/* health */
		{ 4, "istv", "knife", 0, 0, V | K },
		{ 4, "istv", "bottle or glass", SHARP, 0, V },
		{ 4, "istv", "knif", 0, 0, 0 },
		{ 4, "istv", CODE63, 0, 0, 0 },
		{ 4, "ecds", "assault: knife", 0, WOMAN, V | K | W },
		{ 4, "ecds", "assault", SHARP, 0, V | K },
		{ 4, "ecds", "self-harm", SHARP, WOMAN, 0 },
		{ 8, "ambulance", "stabbing", 0, 0, V | K },
		{ 8, "ambulance", "fall", SHARP, WOMAN, 0 },
		/* schools and platforms */
		{ 16, "exclusion", "ow", SHARP, 0,
		    POSSESSION | BIT(THEME_KNIFE_POSSESSION) },
		{ 16, "exclusion", "pp", SHARP, WOMAN, V },
		{ 32, "platform", "stalking", 0, VICTIM_GIRL,
		    V | W | BIT(THEME_STALKING) },
	};
	struct themes *t = shipped();

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		struct kind k =
		    kind(codes[i].source, codes[i].list, codes[i].code);

		k.weapon = codes[i].weapon;
		k.victim = codes[i].victim;
		if (themes_of(t, &k) != codes[i].themes)
			fail_msg(
			    "%s %s: %x", k.codelist, k.code, themes_of(t, &k));
	}
	for (unsigned i = 0; i < THEMES; i++)
		assert_string_not_equal(themes_text(t, i), "");
	themes_free(t);
}

/* Multiplicity ----------------------------------------------------------- */

static const uint32_t sources[] = { 1, 2, 4, 8, 16, 32 };

/* The most of the asked themes that a code of a list is in. */
static unsigned
most_of(const struct themes *t, uint32_t source, const char *list,
    const char *code, uint32_t asked)
{
	struct kind k = kind(source, list, code);
	unsigned most = 0;

	for (k.weapon = 0; k.weapon < WEAPONS; k.weapon++)
		for (k.victim = 0; k.victim < VICTIMS; k.victim++)
			for (k.setting = 0; k.setting < SETTINGS; k.setting++) {
				unsigned n = (unsigned)__builtin_popcount(
				    themes_of(t, &k) & asked);

				most = n > most ? n : most;
			}
	return most;
}

static void
test_multiplicity_is_of_what_is_asked(void **state)
{
	static const struct {
		uint32_t sources, asked;
		unsigned k;
	} cases[] = {
		{ SOURCE_NHS_ED, V | K, 2 },
		{ SOURCE_NHS_ED, V, 1 },
		{ SOURCE_NHS_ED, BIT(THEME_DRUGS), 1 }, /* none: still 1 */
		{ SOURCE_NHS_ED, UINT32_MAX, 4 },
		{ SOURCE_POLICE_CRIME, UINT32_MAX, 4 },
		{ SOURCE_POLICE_CRIME, POSSESSION | K, 1 },
		{ SOURCE_POLICE_CRIME,
		    V | BIT(THEME_ROBBERY) | BIT(THEME_THEFT) |
			BIT(THEME_BURGLARY) | POSSESSION | BIT(THEME_DRUGS) |
			BIT(THEME_DAMAGE) | BIT(THEME_PUBLIC_ORDER) |
			BIT(THEME_OTHER) | BIT(THEME_ASB),
		    1 },
		{ SOURCE_POLICE_ASB, UINT32_MAX, 1 },
		{ SOURCE_ALL, 0, 1 },
		{ 0, UINT32_MAX, 1 },
	};
	struct themes *t = shipped();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (themes_multiplicity(t, cases[i].sources, cases[i].asked) !=
		    cases[i].k)
			fail_msg("case %zu", i);
	themes_free(t);
}

/* The next line of *text, a copy of which is in line[cap]. */
static bool
next_line(const char **text, char *line, size_t cap)
{
	size_t n = strcspn(*text, "\n");

	if (**text == '\0')
		return false;
	assert_true(n < cap);
	memcpy(line, *text, n);
	line[n] = '\0';
	*text += n + ((*text)[n] == '\n');
	return true;
}

/* The most that any code in a rule of the file is in: codes and prefixes, as
 * they stand and with a letter more. */
static unsigned
most_in_file(
    const struct themes *t, const char *text, uint32_t source, uint32_t asked)
{
	char line[THEMES_LINE + 1];
	unsigned most = 0;

	while (next_line(&text, line, sizeof(line))) {
		char *list, *codes, *code, more[INCIDENT_CODE + 1];

		if (strncmp(line, "rule,", 5) != 0)
			continue;
		list = strchr(line + 5, ',');
		*list++ = '\0';
		if (strstr(line + 5, source_text(source)) == NULL)
			continue;
		codes = strchr(list, ',');
		*codes++ = '\0';
		*strchr(codes, ',') = '\0';
		while ((code = strsep(&codes, ";")) != NULL) {
			unsigned n;

			code[strcspn(code, "*")] = '\0';
			n = most_of(t, source, list, code, asked);
			most = n > most ? n : most;
			snprintf(more, sizeof(more), "%sz", code);
			n = most_of(t, source, list, more, asked);
			most = n > most ? n : most;
		}
	}
	return most;
}

static void
expect_attained(const struct themes *t, const char *text, uint32_t asked)
{
	unsigned all = 1, k;

	for (size_t i = 0; i < COUNT(sources); i++) {
		unsigned most = most_in_file(t, text, sources[i], asked);

		most = most < 1 ? 1 : most;
		k = themes_multiplicity(t, sources[i], asked);
		if (k != most)
			fail_msg("source %u, asked %x: %u, attained %u in\n%s",
			    sources[i], asked, k, most, text);
		all = most > all ? most : all;
	}
	assert_int_equal(themes_multiplicity(t, SOURCE_ALL, asked), all);
}

/* Of the shipped rules: every code, weapon, victim and setting. */
static void
test_shipped_multiplicity_is_attained_and_never_exceeded(void **state)
{
	size_t len;
	char *text = file_test(WARD_DATA "/rules/themes.csv", &len);
	struct themes *t = shipped();

	(void)state;
	expect_attained(t, text, UINT32_MAX);
	expect_attained(t, text, V | K | W);
	themes_free(t);
	free(text);
}

static uint32_t seed;

static uint32_t
below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* A word of n, or none. */
static const char *
maybe(const char *const *some, uint32_t n)
{
	return below(2) == 0 ? "" : some[below(n)];
}

/* A file of up to six rules over few codes, so that much overlaps. */
static void
write_random(char *text, size_t cap)
{
	static const char *const from[] = { "police.crime", "nhs.ed",
		"police.crime;nhs.ed" };
	static const char *const codes[] = { "*", "a*", "ab*", "abc*", "b*",
		"a", "ab", "abc", "b", "a*;b", "ab;b*" };
	static const char *const weapons[] = { "sharp", "none;sharp",
		"firearm" };
	static const char *const victims[] = { "girl", "woman;girl", "man" };
	static const char *const settings[] = { "shop", "shop;street" };
	static const char *const themes[] = { "violence", "knife", "asb",
		"violence;knife", "vawg;asb", "" };
	size_t len = (size_t)snprintf(text, cap, HEAD "theme,vawg,w\n");

	for (uint32_t n = 1 + below(6); n > 0; n--)
		len += (size_t)snprintf(text + len, cap - len,
		    "rule,%s,%s,%s,%s,%s,%s,%s\n", from[below(3)],
		    below(3) == 0 ? "m" : "l", codes[below(COUNT(codes))],
		    maybe(weapons, 3), maybe(victims, 3), maybe(settings, 2),
		    themes[below(COUNT(themes))]);
}

/* Of 300 random files; those that say something twice are passed over. */
static void
test_any_multiplicity_is_attained_and_never_exceeded(void **state)
{
	unsigned taken = 0, several = 0;
	char text[1024];

	(void)state;
	seed = 1;
	for (unsigned run = 0; run < 300; run++) {
		struct themes *t = NULL;
		size_t line;
		enum err e;

		write_random(text, sizeof(text));
		e = themes_parse(&t, text, strlen(text), &line);
		if (e == E_EXISTS)
			continue;
		assert_int_equal(e, E_OK);
		expect_attained(t, text, UINT32_MAX);
		expect_attained(t, text, K | W);
		several += themes_multiplicity(t, SOURCE_ALL, UINT32_MAX) > 2;
		taken++;
		themes_free(t);
	}
	assert_true(taken > 150 && several > 40);
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

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bad_rule_files_are_refused_at_their_line),
		TEST(test_nul_in_a_rule_is_refused),
		TEST(test_rules_are_limited),
		TEST(test_rules_say_what_they_are),
		TEST(test_a_record_has_the_themes_of_all_rules_that_fit),
		TEST(test_shipped_rules_say_what_they_say),
		TEST(test_multiplicity_is_of_what_is_asked),
		TEST(test_shipped_multiplicity_is_attained_and_never_exceeded),
		TEST(test_any_multiplicity_is_attained_and_never_exceeded),
		TEST(test_themes_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
