#include "model/theme.h"

#include <stdlib.h>
#include <string.h>

#include "model/query.h"
#include "model/rules.h"

#define FACTS (WEAPONS * VICTIMS * SETTINGS)

struct themes {
	struct rules rules;
};

static const struct {
	const char *name, *label;
} words[THEMES] = {
	[THEME_VIOLENCE] = { "violence", "Violence and sexual offences" },
	[THEME_ASB] = { "asb", "Anti-social behaviour" },
	[THEME_THEFT] = { "theft", "Theft" },
	[THEME_ROBBERY] = { "robbery", "Robbery" },
	[THEME_BURGLARY] = { "burglary", "Burglary" },
	[THEME_POSSESSION] = { "possession", "Possession of weapons" },
	[THEME_KNIFE] = { "knife", "Violence with a knife" },
	[THEME_VAWG] = { "vawg", "Violence against women and girls" },
	[THEME_DRUGS] = { "drugs", "Drugs" },
	[THEME_DAMAGE] = { "damage", "Criminal damage and arson" },
	[THEME_PUBLIC_ORDER] = { "public-order", "Public order" },
	[THEME_OTHER] = { "other", "Other crime" },
	[THEME_KNIFE_POSSESSION] = { "knife-possession",
	    "Possession of knives" },
	[THEME_SEXUAL] = { "sexual", "Sexual offences" },
	[THEME_STALKING] = { "stalking", "Stalking and harassment" },
};

const char *
theme_text(unsigned theme)
{
	return theme < THEMES ? words[theme].name : "?";
}

const char *
theme_label(unsigned theme)
{
	return theme < THEMES ? words[theme].label : "?";
}

enum err
theme_parse(uint8_t *out, const char *s)
{
	for (uint8_t i = 0; i < THEMES; i++)
		if (strcmp(words[i].name, s) == 0) {
			*out = i;
			return E_OK;
		}
	return E_NOTFOUND;
}

enum err
themes_parse(struct themes **out, const char *text, size_t len, size_t *line)
{
	struct themes *t = calloc(1, sizeof(*t));
	enum err e;

	*line = 1;
	if (t == NULL)
		return E_NOMEM;
	if ((e = rules_read(&t->rules, text, len, line)) != E_OK) {
		themes_free(t);
		return e;
	}
	*out = t;
	return E_OK;
}

void
themes_free(struct themes *t)
{
	if (t == NULL)
		return;
	rules_finish(&t->rules);
	free(t);
}

const char *
themes_name(const struct themes *t)
{
	return t->rules.name;
}

const char *
themes_version(const struct themes *t)
{
	return t->rules.version;
}

const char *
themes_text(const struct themes *t, unsigned theme)
{
	return theme < THEMES ? t->rules.texts[theme] : "";
}

/* Deciding --------------------------------------------------------------- */

/* Is that number among the bits?  Of no fact that there is: never. */
static bool
has(uint16_t bits, unsigned n)
{
	return n < 16 && (bits >> n & 1) != 0;
}

static bool
fits(const struct rule *r, unsigned weapon, unsigned victim, unsigned setting)
{
	return has(r->weapons, weapon) && has(r->victims, victim) &&
	       has(r->settings, setting);
}

/* The first pattern that is not before key. */
static size_t
lower_bound(const struct rules *t, const struct pattern *key)
{
	size_t low = 0, high = t->n_patterns;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (rules_compare(&t->patterns[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Adds the themes of the rules for that pattern that fit k; *known as any is
 * for its source. */
static void
add_fitting(uint32_t *themes, bool *known, const struct rules *t,
    const struct pattern *key, const struct kind *k)
{
	for (size_t i = lower_bound(t, key);
	     i < t->n_patterns && rules_compare(&t->patterns[i], key) == 0;
	     i++) {
		const struct rule *r = &t->rules[t->patterns[i].rule];

		if ((r->sources & k->source) == 0)
			continue;
		*known = true;
		if (fits(r, k->weapon, k->victim, k->setting))
			*themes |= r->themes;
	}
}

static void
decide(
    uint32_t *themes, bool *known, const struct rules *t, const struct kind *k)
{
	struct pattern key = { .exact = true };
	size_t len = strnlen(k->code, sizeof(k->code));

	*themes = 0;
	*known = false;
	if (len == sizeof(k->code) || !rules_list(t, &key.list, k->codelist))
		return;
	memcpy(key.text, k->code, len);
	add_fitting(themes, known, t, &key, k);
	key.exact = false;
	for (size_t n = len + 1; n-- > 0;) { /* from the longest prefix */
		key.text[n] = '\0';
		if ((t->lengths >> n & 1) != 0)
			add_fitting(themes, known, t, &key, k);
	}
}

uint32_t
themes_of(const struct themes *t, const struct kind *k)
{
	uint32_t themes;
	bool known;

	decide(&themes, &known, &t->rules, k);
	return themes;
}

bool
themes_know(const struct themes *t, const struct kind *k)
{
	uint32_t themes;
	bool known;

	decide(&themes, &known, &t->rules, k);
	return known;
}

/* Multiplicity ----------------------------------------------------------- */

struct chain { /* of prefixes, each of which the next starts with */
	size_t depth;
	struct link {
		const struct pattern *prefix;
		uint32_t themes[FACTS]; /* of it and all before it */
	} links[INCIDENT_CODE];
};

/* Takes from the chain what p does not start with. */
static void
shorten(struct chain *c, const struct pattern *p)
{
	while (c->depth > 0) {
		const struct pattern *last = c->links[c->depth - 1].prefix;

		if (last->list == p->list &&
		    strncmp(last->text, p->text, strlen(last->text)) == 0)
			return;
		c->depth--;
	}
}

/* Adds the asked themes of a rule by the facts that fit it. */
static void
add_themes(uint32_t themes[FACTS], const struct rule *r, uint32_t asked)
{
	size_t i = 0;

	if ((r->themes & asked) == 0)
		return;
	for (unsigned w = 0; w < WEAPONS; w++)
		for (unsigned v = 0; v < VICTIMS; v++)
			for (unsigned s = 0; s < SETTINGS; s++, i++)
				if (fits(r, w, v, s))
					themes[i] |= r->themes & asked;
}

static unsigned
most_of(const uint32_t themes[FACTS])
{
	unsigned most = 0;

	for (size_t i = 0; i < FACTS; i++) {
		unsigned n = (unsigned)__builtin_popcount(themes[i]);

		most = n > most ? n : most;
	}
	return most;
}

/* The multiplicity for one source. */
static unsigned
multiplicity(
    const struct rules *t, struct chain *c, uint32_t source, uint32_t asked)
{
	unsigned most = 0;

	c->depth = 0;
	for (size_t i = 0, end; i < t->n_patterns; i = end) {
		const struct pattern *p = &t->patterns[i];
		struct link here = { .prefix = p };
		unsigned n;

		end = rules_end(t, i);
		shorten(c, p);
		if (c->depth > 0)
			memcpy(here.themes, c->links[c->depth - 1].themes,
			    sizeof(here.themes));
		for (size_t k = i; k < end; k++) {
			const struct rule *r = &t->rules[t->patterns[k].rule];

			if ((r->sources & source) != 0)
				add_themes(here.themes, r, asked);
		}
		n = most_of(here.themes);
		most = n > most ? n : most;
		if (!p->exact)
			c->links[c->depth++] = here;
	}
	return most;
}

unsigned
themes_multiplicity(const struct themes *t, uint32_t sources, uint32_t asked)
{
	struct chain c; /* 70 kB */
	unsigned most = 1;

	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((sources & bit) != 0) {
			unsigned n = multiplicity(&t->rules, &c, bit, asked);

			most = n > most ? n : most;
		}
	return most;
}
