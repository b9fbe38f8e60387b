/*
 * model/rules.h -- the lines of a rule file, as model/theme looks them up.
 *
 * For model/theme alone; the form of the file stands there.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"
#include "model/theme.h"

#define RULES_LISTS 64
#define RULES_VERSION 32 /* bytes with NUL */

struct rule {
	uint32_t sources, themes; /* bits */
	/* bits by enum weapon, victim, setting; all where any will do */
	uint16_t weapons, victims, settings;
	uint32_t line;
};

/* The codes of a list that a rule is for. */
struct pattern {
	uint8_t list;
	bool exact; /* that code; otherwise all that start with it */
	uint16_t rule;
	char text[INCIDENT_CODE];
};

struct rules {
	char name[THEMES_NAME], version[RULES_VERSION];
	char texts[THEMES][THEMES_WORDS];
	char lists[RULES_LISTS][INCIDENT_LIST];
	size_t n_lists;
	size_t n_rules, rules_cap;
	struct rule *rules;
	size_t n_patterns, patterns_cap;
	struct pattern *patterns; /* sorted by rules_compare */
	uint64_t lengths;         /* that prefixes have, as bits */
};

/* rules_read: text[0, len) into *r, which is all zero, and is to be given to
 * rules_finish whatever comes back: an error of themes_parse. */
enum err rules_read(
    struct rules *r, const char *text, size_t len, size_t *line) MUST_USE;
void rules_finish(struct rules *r);

/* rules_compare: < 0, 0, > 0: by list, then text, a prefix before the code that
 * is all of it: so what starts with a prefix follows it. */
int rules_compare(const struct pattern *a, const struct pattern *b);

/* rules_end: past the last of the patterns from i on that are equal. */
size_t rules_end(const struct rules *r, size_t i);

/* rules_list: the number of a list; false: no line names it. */
bool rules_list(const struct rules *r, uint8_t *out, const char *name);

#endif
