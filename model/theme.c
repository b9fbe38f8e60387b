#include "model/theme.h"

#include <stdlib.h>
#include <string.h>

#include "model/incident.h"
#include "model/query.h"

#define RULES_MAX 4096
#define HEADER "source,code,themes"

struct rule {
	uint32_t source;
	char code[INCIDENT_CODE];
	uint32_t themes;
};

struct themes {
	size_t n, cap;
	struct rule *rules; /* [n], sorted by rule_compare */
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

/* The theme whose word is s[0, len); E_NOTFOUND. */
static enum err
theme_find(uint8_t *out, const char *s, size_t len)
{
	for (uint8_t i = 0; i < THEMES; i++)
		if (strlen(words[i].name) == len &&
		    memcmp(words[i].name, s, len) == 0) {
			*out = i;
			return E_OK;
		}
	return E_NOTFOUND;
}

enum err
theme_parse(uint8_t *out, const char *s)
{
	return theme_find(out, s, strlen(s));
}

static int
rule_compare(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return strcmp(x->code, y->code);
}

/* The words s[0, len), one space between two, as theme bits. */
static enum err
parse_words(uint32_t *out, const char *s, size_t len)
{
	uint32_t bits = 0;

	for (;;) {
		const char *space = memchr(s, ' ', len);
		size_t n = space == NULL ? len : (size_t)(space - s);
		uint8_t theme;
		enum err e;

		if (n == 0)
			return E_FORMAT;
		if ((e = theme_find(&theme, s, n)) != E_OK)
			return e;
		bits |= UINT32_C(1) << theme;
		if (space == NULL)
			break;
		s += n + 1;
		len -= n + 1;
	}
	*out = bits;
	return E_OK;
}

/* One line "source,code,themes"; quoting is not part of the form. */
static enum err
parse_rule(struct rule *out, const char *s, size_t len)
{
	const char *first = memchr(s, ',', len), *second;
	char source[INCIDENT_CODE] = "";
	size_t source_len, code_len;
	struct rule r = { 0 };
	enum err e;

	if (first == NULL || memchr(s, '"', len) || memchr(s, '\0', len))
		return E_FORMAT;
	source_len = (size_t)(first - s);
	second = memchr(first + 1, ',', len - source_len - 1);
	if (second == NULL)
		return E_FORMAT;
	code_len = (size_t)(second - first) - 1;
	if (code_len == 0)
		return E_FORMAT;
	if (source_len >= sizeof(source) || code_len >= sizeof(r.code))
		return E_RANGE;
	memcpy(source, s, source_len);
	memcpy(r.code, first + 1, code_len);
	if ((e = source_parse(&r.source, source)) != E_OK)
		return e;
	if ((e = parse_words(&r.themes, second + 1,
		 len - source_len - code_len - 2)) != E_OK)
		return e;
	*out = r;
	return E_OK;
}

/* Appends *r; E_EXISTS when its code is there, E_LIMIT, E_NOMEM. */
static enum err
add_rule(struct themes *t, const struct rule *r)
{
	for (size_t i = 0; i < t->n; i++)
		if (rule_compare(&t->rules[i], r) == 0)
			return E_EXISTS;
	if (t->n == RULES_MAX)
		return E_LIMIT;
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 64 : 2 * t->cap;
		struct rule *grown = realloc(t->rules, cap * sizeof(*grown));

		if (grown == NULL)
			return E_NOMEM;
		t->rules = grown;
		t->cap = cap;
	}
	t->rules[t->n++] = *r;
	return E_OK;
}

/* One line of the file, without its end; *seen_header as it goes. */
static enum err
parse_line(struct themes *t, bool *seen_header, const char *s, size_t len)
{
	struct rule r;
	enum err e;

	if (len > 0 && s[len - 1] == '\r')
		len--;
	if (len == 0 || s[0] == '#')
		return E_OK;
	if (!*seen_header) {
		if (len != strlen(HEADER) || memcmp(s, HEADER, len) != 0)
			return E_FORMAT;
		*seen_header = true;
		return E_OK;
	}
	if ((e = parse_rule(&r, s, len)) != E_OK)
		return e;
	return add_rule(t, &r);
}

/* Every line of text[0, len) into t, in file order. */
static enum err
parse_lines(struct themes *t, const char *text, size_t len, size_t *line)
{
	bool seen_header = false;
	size_t at = 0;
	enum err e;

	for (*line = 1; at < len; ++*line) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end == NULL ? len - at : (size_t)(end - text) - at;

		if ((e = parse_line(t, &seen_header, text + at, n)) != E_OK)
			return e;
		at += n + 1;
	}
	return t->n == 0 ? E_FORMAT : E_OK;
}

enum err
themes_parse(struct themes **out, const char *text, size_t len, size_t *line)
{
	struct themes *t = calloc(1, sizeof(*t));
	enum err e;

	if (t == NULL)
		return E_NOMEM;
	if ((e = parse_lines(t, text, len, line)) != E_OK) {
		themes_free(t);
		return e;
	}
	qsort(t->rules, t->n, sizeof(*t->rules), rule_compare);
	*out = t;
	return E_OK;
}

void
themes_free(struct themes *t)
{
	if (t == NULL)
		return;
	free(t->rules);
	free(t);
}

uint32_t
themes_of(const struct themes *t, const struct kind *k)
{
	struct rule key = { .source = k->source };
	const struct rule *r;

	memcpy(key.code, k->code, sizeof(key.code));
	r = bsearch(&key, t->rules, t->n, sizeof(key), rule_compare);
	return r == NULL ? 0 : r->themes;
}

bool
themes_know(const struct themes *t, const struct kind *k)
{
	return themes_of(t, k) != 0;
}

unsigned
themes_multiplicity(const struct themes *t, uint32_t sources, uint32_t asked)
{
	unsigned most = 1;

	for (size_t i = 0; i < t->n; i++) {
		uint32_t both = t->rules[i].themes & asked;
		unsigned n = (unsigned)__builtin_popcount(both);

		if ((t->rules[i].source & sources) != 0 && n > most)
			most = n;
	}
	return most;
}
