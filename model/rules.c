#include "model/rules.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "model/query.h"

#define RULES_MAX 4096
#define PATTERNS_MAX 16384
#define FILE_NAME 96
#define FIELDS 8
#define ANY UINT16_MAX /* of facts */
#define BIT(n) (UINT32_C(1) << (n))

static_assert(INCIDENT_CODE <= 64, "a bit for each length of a prefix");
static_assert(THEMES <= 32, "a bit for each theme");
static_assert(WEAPONS <= 16 && VICTIMS <= 16 && SETTINGS <= 16, "of facts");

int
rules_compare(const struct pattern *a, const struct pattern *b)
{
	int text;

	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	if ((text = strcmp(a->text, b->text)) != 0)
		return text;
	return (int)a->exact - (int)b->exact;
}

/* By rules_compare, then in the order of the file. */
static int
order(const void *a, const void *b)
{
	const struct pattern *x = a, *y = b;
	int c = rules_compare(x, y);

	return c != 0 ? c : (int)x->rule - (int)y->rule;
}

size_t
rules_end(const struct rules *r, size_t i)
{
	size_t end = i + 1;

	while (end < r->n_patterns &&
	       rules_compare(&r->patterns[i], &r->patterns[end]) == 0)
		end++;
	return end;
}

bool
rules_list(const struct rules *r, uint8_t *out, const char *name)
{
	for (size_t i = 0; i < r->n_lists; i++)
		if (strcmp(r->lists[i], name) == 0) {
			*out = (uint8_t)i;
			return true;
		}
	return false;
}

/* A field in quotes, without them, in place; where it ends, or NULL. */
static char *
unquote(char *s)
{
	char *to = s, *from = s + 1;

	for (; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"') {
			*to = '\0';
			return from;
		}
		*to++ = *from;
	}
	return NULL;
}

/* The fields of a line, in place; unused ones are NULL. */
static enum err
split(char *fields[FIELDS], char *s)
{
	size_t n = 0;

	for (;;) {
		char *end = *s == '"' ? unquote(s) : s + strcspn(s, ",\"");
		char stop;

		if (end == NULL || n == FIELDS)
			return E_FORMAT;
		fields[n++] = s;
		stop = *end;
		*end = '\0';
		if (stop == '\0')
			break;
		if (stop != ',')
			return E_FORMAT;
		s = end + 1;
	}
	while (n < FIELDS)
		fields[n++] = NULL;
	return E_OK;
}

/* s into out[cap]; E_FORMAT when there is none. */
static enum err
take_text(char *out, size_t cap, const char *s)
{
	size_t len = strlen(s);

	if (len == 0)
		return E_FORMAT;
	if (len >= cap)
		return E_RANGE;
	memcpy(out, s, len + 1);
	return E_OK;
}

/* The next word of a field of them; E_FORMAT: an empty one, or one with spaces
 * around it. */
static enum err
next_word(const char **out, char **rest)
{
	const char *word = strsep(rest, ";");
	size_t len = strlen(word);

	if (len == 0 || word[0] == ' ' || word[len - 1] == ' ')
		return E_FORMAT;
	*out = word;
	return E_OK;
}

/* The words of a field as bits; number finds the number of one. */
static enum err
take_bits(
    uint32_t *out, char *field, enum err (*number)(uint8_t *out, const char *s))
{
	uint32_t bits = 0;

	while (field != NULL) {
		const char *word;
		uint8_t n;
		enum err e;

		if ((e = next_word(&word, &field)) != E_OK ||
		    (e = number(&n, word)) != E_OK)
			return e;
		if ((bits & BIT(n)) != 0)
			return E_EXISTS;
		bits |= BIT(n);
	}
	*out = bits;
	return E_OK;
}

static enum err
source_number(uint8_t *out, const char *s)
{
	uint32_t bit;
	enum err e = source_parse(&bit, s);

	if (e == E_OK)
		*out = (uint8_t)__builtin_ctz(bit);
	return e;
}

/* Likewise of a field that may be empty: any. */
static enum err
take_facts(
    uint16_t *out, char *field, enum err (*number)(uint8_t *out, const char *s))
{
	uint32_t bits = ANY;
	enum err e = E_OK;

	if (*field != '\0')
		e = take_bits(&bits, field, number);
	*out = (uint16_t)bits;
	return e;
}

static enum err
add_pattern(struct rules *t, const struct pattern *p)
{
	if (t->n_patterns == PATTERNS_MAX)
		return E_LIMIT;
	if (t->n_patterns == t->patterns_cap) {
		size_t cap = t->patterns_cap == 0 ? 256 : 2 * t->patterns_cap;
		struct pattern *grown =
		    realloc(t->patterns, cap * sizeof(*grown));

		if (grown == NULL)
			return E_NOMEM;
		t->patterns = grown;
		t->patterns_cap = cap;
	}
	t->patterns[t->n_patterns++] = *p;
	if (!p->exact)
		t->lengths |= UINT64_C(1) << strlen(p->text);
	return E_OK;
}

/* One word of the codes: a code, or a prefix and '*'. */
static enum err
take_code(struct rules *t, struct pattern *p, const char *word)
{
	size_t len = strcspn(word, "*");

	p->exact = word[len] == '\0';
	if (!p->exact && word[len + 1] != '\0')
		return E_FORMAT;
	if (len >= sizeof(p->text))
		return E_RANGE;
	memset(p->text, 0, sizeof(p->text));
	memcpy(p->text, word, len);
	return add_pattern(t, p);
}

static enum err
take_codes(struct rules *t, struct pattern *p, char *field)
{
	const char *word;
	enum err e = E_OK;

	while (field != NULL && e == E_OK)
		if ((e = next_word(&word, &field)) == E_OK)
			e = take_code(t, p, word);
	return e;
}

static enum err
add_rule(struct rules *t, const struct rule *r)
{
	if (t->n_rules == RULES_MAX)
		return E_LIMIT;
	if (t->n_rules == t->rules_cap) {
		size_t cap = t->rules_cap == 0 ? 64 : 2 * t->rules_cap;
		struct rule *grown = realloc(t->rules, cap * sizeof(*grown));

		if (grown == NULL)
			return E_NOMEM;
		t->rules = grown;
		t->rules_cap = cap;
	}
	t->rules[t->n_rules++] = *r;
	return E_OK;
}

/* rule,SOURCES,LIST,CODES,WEAPON,VICTIM,SETTING,THEMES */
static enum err
take_rule(struct rules *t, char *f[FIELDS], size_t line)
{
	struct pattern p = { .rule = (uint16_t)t->n_rules };
	struct rule r = { .line = (uint32_t)line };
	enum err e;

	if (f[7] == NULL)
		return E_FORMAT;
	if ((e = take_bits(&r.sources, f[1], source_number)) != E_OK ||
	    (e = take_facts(&r.weapons, f[4], weapon_parse)) != E_OK ||
	    (e = take_facts(&r.victims, f[5], victim_parse)) != E_OK ||
	    (e = take_facts(&r.settings, f[6], setting_parse)) != E_OK)
		return e;
	if (*f[7] != '\0' &&
	    (e = take_bits(&r.themes, f[7], theme_parse)) != E_OK)
		return e;
	for (unsigned i = 0; i < THEMES; i++)
		if ((r.themes & BIT(i)) != 0 && t->texts[i][0] == '\0')
			return E_NOTFOUND;
	if (!rules_list(t, &p.list, f[2]))
		return E_NOTFOUND;
	if ((e = add_rule(t, &r)) != E_OK)
		return e;
	return take_codes(t, &p, f[3]);
}

/* theme,THEME,TEXT */
static enum err
take_theme(struct rules *t, char *f[FIELDS], size_t line)
{
	uint8_t theme;
	enum err e;

	(void)line;
	if (f[2] == NULL || f[3] != NULL)
		return E_FORMAT;
	if ((e = theme_parse(&theme, f[1])) != E_OK)
		return e;
	if (t->texts[theme][0] != '\0')
		return E_EXISTS;
	return take_text(t->texts[theme], THEMES_WORDS, f[2]);
}

/* list,NAME,FILE; the file is for people and tests. */
static enum err
take_list(struct rules *t, char *f[FIELDS], size_t line)
{
	char file[FILE_NAME];
	uint8_t n;
	enum err e;

	(void)line;
	if (f[2] == NULL || f[3] != NULL)
		return E_FORMAT;
	if (rules_list(t, &n, f[1]))
		return E_EXISTS;
	if (t->n_lists == RULES_LISTS)
		return E_LIMIT;
	if ((e = take_text(t->lists[t->n_lists], INCIDENT_LIST, f[1])) !=
		E_OK ||
	    (e = take_text(file, sizeof(file), f[2])) != E_OK)
		return e;
	t->n_lists++;
	return E_OK;
}

/* rules,NAME,VERSION */
static enum err
take_rules(struct rules *t, char *f[FIELDS], size_t line)
{
	enum err e;

	(void)line;
	if (f[2] == NULL || f[3] != NULL)
		return E_FORMAT;
	if (t->name[0] != '\0')
		return E_EXISTS;
	if ((e = take_text(t->name, sizeof(t->name), f[1])) != E_OK)
		return e;
	return take_text(t->version, sizeof(t->version), f[2]);
}

/* Is it text without controls? */
static bool
is_text(const char *s, size_t len)
{
	size_t at = 0, n;

	while (at < len) {
		if ((n = utf8_len(s + at)) == 0)
			return false;
		at += n;
	}
	return true;
}

/* One line of the file, without its end. */
static enum err
parse_line(struct rules *t, const char *text, size_t len, size_t line)
{
	static const struct {
		const char *name;
		enum err (*take)(struct rules *t, char *f[FIELDS], size_t n);
	} kinds[] = { { "rules", take_rules }, { "theme", take_theme },
		{ "list", take_list }, { "rule", take_rule } };
	char *f[FIELDS], copy[THEMES_LINE + 1];
	enum err e;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len == 0 || text[0] == '#')
		return E_OK;
	if (len > THEMES_LINE)
		return E_LIMIT;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!is_text(copy, len))
		return E_FORMAT;
	if ((e = split(f, copy)) != E_OK)
		return e;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(f[0], kinds[i].name) == 0)
			return i > 0 && t->name[0] == '\0'
				   ? E_FORMAT
				   : kinds[i].take(t, f, line);
	return E_FORMAT;
}

/* Every line of text[0, len) into t. */
static enum err
parse_lines(struct rules *t, const char *text, size_t len, size_t *line)
{
	size_t at = 0;
	enum err e;

	for (*line = 1; at < len; ++*line) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end == NULL ? len - at : (size_t)(end - text) - at;

		if ((e = parse_line(t, text + at, n, *line)) != E_OK)
			return e;
		at += n + 1;
	}
	return t->n_rules == 0 ? E_FORMAT : E_OK;
}

/* Do two rules for the same codes say a thing twice, or one that there is no
 * theme and the other a theme? */
static bool
clash(const struct rule *a, const struct rule *b)
{
	return (a->sources & b->sources) != 0 && a->weapons == b->weapons &&
	       a->victims == b->victims && a->settings == b->settings &&
	       ((a->themes & b->themes) != 0 || a->themes == 0 ||
		   b->themes == 0);
}

/* E_EXISTS when rules clash; *line is that of the later. */
static enum err
find_twice(const struct rules *t, size_t *line)
{
	for (size_t i = 0, end; i < t->n_patterns; i = end) {
		end = rules_end(t, i);
		for (size_t a = i; a < end; a++)
			for (size_t b = a + 1; b < end; b++) {
				const struct rule *x, *y;

				x = &t->rules[t->patterns[a].rule];
				y = &t->rules[t->patterns[b].rule];
				if (clash(x, y)) {
					*line = y->line;
					return E_EXISTS;
				}
			}
	}
	return E_OK;
}

enum err
rules_read(struct rules *t, const char *text, size_t len, size_t *line)
{
	enum err e;

	if ((e = parse_lines(t, text, len, line)) != E_OK)
		return e;
	qsort(t->patterns, t->n_patterns, sizeof(*t->patterns), order);
	return find_twice(t, line);
}

void
rules_finish(struct rules *t)
{
	free(t->rules);
	free(t->patterns);
}
