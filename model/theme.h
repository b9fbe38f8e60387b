/*
 * model/theme.h -- themes and the rules that derive them.
 *
 * A rule file (data/rules/themes.csv) is public and versioned by its hash; a
 * question names that hash, a release names the rules and their version, with
 * the words of each theme asked.  CSV, a field that holds a comma or a quote in
 * double quotes (RFC 4180); lines that start with '#' are comments; the first
 * field says what a line is:
 *
 *	rules,NAME,VERSION	first, once
 *	theme,THEME,TEXT	what the theme means, for people; each once
 *	list,NAME,FILE		a code list that rules stand on
 *	rule,SOURCES,LIST,CODES,WEAPON,VICTIM,SETTING,THEMES
 *
 * A rule gives its themes to what fits all of it: sources and codes are words
 * separated by ';' (codes may end in '*': a prefix), weapon, victim and setting
 * words of model/incident separated by ';', or empty: any.  A record has the
 * themes of all rules that fit it.  A code that no rule fits, whatever the
 * weapon, victim and setting, is unknown; one that is known and has no theme
 * stands in a rule whose themes are empty.  Lists and themes are named before
 * the rules that use them.
 *
 * Rules are what decides, records only meet them: so the multiplicity of a set
 * of themes comes from the rules alone.
 */
#ifndef MODEL_THEME_H
#define MODEL_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"

#define THEMES_NAME 64    /* bytes of the rules' name, with NUL */
#define THEMES_WORDS 512  /* of what a theme means, likewise */
#define THEMES_LINE 16384 /* bytes of a line at most */

enum theme { /* numbers travel in queries: new ones stand at the end */
	THEME_VIOLENCE,
	THEME_ASB,
	THEME_THEFT,
	THEME_ROBBERY,
	THEME_BURGLARY,
	THEME_POSSESSION,
	THEME_KNIFE,
	THEME_VAWG,
	THEME_DRUGS,
	THEME_DAMAGE,
	THEME_PUBLIC_ORDER,
	THEME_OTHER,
	THEME_KNIFE_POSSESSION,
	THEME_SEXUAL,
	THEME_STALKING,
	THEMES
};

struct themes; /* a parsed rule file */

/*
 * themes_parse: the rules in text[0, len); *line is the line at fault.
 *
 * E_FORMAT	not such a line; no "rules" line first; no rule at all; a
 *		control character or bytes that are no UTF-8.
 * E_RANGE	a name, code or text longer than its field in struct kind or
 *		above.
 * E_NOTFOUND	no such source, theme or word; a list or theme that no line
 *		before names.
 * E_EXISTS	a list, a theme or a word of a line twice; or a rule that says
 *		of a source, code, weapon, victim and setting what another says
 *		in just these words, or gives no theme where another gives one.
 * E_LIMIT	more than 4,096 rules, 16,384 codes in all, or 64 lists, or a
 *		line longer than THEMES_LINE.
 * E_NOMEM
 */
enum err themes_parse(
    struct themes **out, const char *text, size_t len, size_t *line) MUST_USE;
void themes_free(struct themes *t); /* NULL does nothing */

/* What the rules say of themselves: their name and version; and what a theme
 * means, for people: "" where they do not know the theme.  Views of t. */
const char *themes_name(const struct themes *t);
const char *themes_version(const struct themes *t);
const char *themes_text(const struct themes *t, unsigned theme);

/* themes_of: the theme bits of what was recorded; 0: none, or unknown.  Takes
 * less than a microsecond with the shipped rules; worth keeping all the same
 * where kinds repeat. */
uint32_t themes_of(const struct themes *t, const struct kind *k);

/* themes_know: does any rule fit its source, list and code, whatever the
 * weapon, victim and setting? */
bool themes_know(const struct themes *t, const struct kind *k);

/*
 * themes_multiplicity: k, the most of the asked themes that anything of the
 * asked sources can be in, over every list, code, weapon, victim and setting
 * that rules can meet: an upper bound for any records, and the least one.  At
 * least 1.
 *
 * Of the prefixes that fit a code each is a prefix of the next, so no code
 * meets more rules than one of those that stand in the rules, prefixes taken
 * as codes.
 */
unsigned themes_multiplicity(
    const struct themes *t, uint32_t sources, uint32_t asked);

/* "violence", "asb", "theft", "robbery", "burglary", "possession", "knife",
 * "vawg", "drugs", "damage", "public-order", "other", "knife-possession",
 * "sexual", "stalking"; E_NOTFOUND; "?". */
enum err theme_parse(uint8_t *out, const char *s) MUST_USE;
const char *theme_text(unsigned theme);
/* theme_label: as people read it, e.g. "Violence and sexual offences". */
const char *theme_label(unsigned theme);

#endif
