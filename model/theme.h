/*
 * model/theme.h -- themes and the rules that derive them.
 *
 * A rule file (data/rules/themes.csv) is public and versioned by its hash; a
 * question names that hash, a release names the rules and their version, with
 * the words of each theme asked.  CSV, lines that start with '#' are comments;
 * the first field says what a line is:
 *
 *	rules,NAME,VERSION
 *	theme,THEME,TEXT	what the theme means, for people; each once
 *	list,NAME,FILE		a code list that rules stand on
 *	rule,SOURCES,LIST,CODES,WEAPON,VICTIM,SETTING,THEMES
 *
 * A rule gives its themes to what fits all of it: sources and codes are words
 * separated by ';' (codes may end in '*': a prefix), weapon, victim and setting
 * words of model/incident separated by ';', or empty: any.  A record has the
 * themes of all rules that fit it.  A code that no rule fits, whatever the
 * weapon, victim and setting, is unknown.
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

enum theme {
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
	THEMES
};

struct themes; /* a parsed rule file */

/*
 * themes_parse: the rules in text[0, len); *line is the line at fault.
 *
 * E_FORMAT, E_RANGE, E_NOTFOUND (no such source or theme), E_EXISTS (a code
 * twice), E_LIMIT (more than 4,096 rules), E_NOMEM.
 */
enum err themes_parse(
    struct themes **out, const char *text, size_t len, size_t *line) MUST_USE;
void themes_free(struct themes *t);

/* themes_of: the theme bits of what was recorded; 0: none, or unknown. */
uint32_t themes_of(const struct themes *t, const struct kind *k);

/* themes_know: does any rule fit its source, list and code, whatever the
 * weapon, victim and setting? */
bool themes_know(const struct themes *t, const struct kind *k);

/* themes_multiplicity: the most of the asked themes that any one code of the
 * asked sources is in: k.  At least 1. */
unsigned themes_multiplicity(
    const struct themes *t, uint32_t sources, uint32_t asked);

/* "violence", "asb", "theft", "robbery", "burglary", "possession", "knife",
 * "vawg", "drugs", "damage", "public-order", "other"; E_NOTFOUND; "?". */
enum err theme_parse(uint8_t *out, const char *s) MUST_USE;
const char *theme_text(unsigned theme);
/* theme_label: as people read it, e.g. "Violence and sexual offences". */
const char *theme_label(unsigned theme);

#endif
