#include "node/gazetteer.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/grid.h"
#include "node/field.h"

#define COLUMNS 4

static const char *const header[COLUMNS] = { "place", "east", "north", "lsoa" };

/* Words that have a shorter form; NULL: left out. */
static const struct {
	const char *word, *as;
} forms[] = {
	{ "street", "st" },
	{ "str", "st" },
	{ "saint", "st" },
	{ "road", "rd" },
	{ "avenue", "av" },
	{ "ave", "av" },
	{ "lane", "ln" },
	{ "square", "sq" },
	{ "place", "pl" },
	{ "terrace", "ter" },
	{ "terr", "ter" },
	{ "crescent", "cres" },
	{ "drive", "dr" },
	{ "gardens", "gdns" },
	{ "close", "cl" },
	{ "court", "ct" },
	{ "park", "pk" },
	{ "hospital", "hosp" },
	{ "station", "stn" },
	{ "the", NULL },
	{ "a", NULL },
	{ "on", NULL },
	{ "or", NULL },
	{ "near", NULL },
	{ "at", NULL },
	{ "in", NULL },
	{ "of", NULL },
	{ "by", NULL },
	{ "off", NULL },
	{ "and", NULL },
	{ "outside", NULL },
	{ "inside", NULL },
	{ "opposite", NULL },
	{ "junction", NULL },
	{ "next", NULL },
	{ "to", NULL },
	{ "from", NULL },
	{ "with", NULL },
};

struct words { /* of a text in plain form, one space between two */
	char text[GAZETTEER_TEXT];
	size_t n;
	size_t starts[GAZETTEER_WORDS], ends[GAZETTEER_WORDS];
};

struct name {
	char *text; /* in plain form; owned */
	bool unclear;
	bool has_point;
	uint32_t east, north;
	char area[10];
};

struct gazetteer {
	size_t n, cap;
	struct name *names; /* [n], strictly rising by text */
	size_t most_words;  /* of any name */
	uint64_t unclear;
};

/* Is s[0, n) that word? */
static bool
is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

/* Appends the word s[0, n) in its short form; false: no room. */
static bool
add_word(struct words *w, const char *s, size_t n)
{
	size_t at = w->n == 0 ? 0 : w->ends[w->n - 1] + 1;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (is_word(s, n, forms[i].word)) {
			if ((s = forms[i].as) == NULL)
				return true;
			n = strlen(s);
			break;
		}
	if (w->n == GAZETTEER_WORDS || at + n >= GAZETTEER_TEXT)
		return false;
	if (at > 0)
		w->text[at - 1] = ' ';
	memcpy(w->text + at, s, n);
	w->text[at + n] = '\0';
	w->starts[w->n] = at;
	w->ends[w->n++] = at + n;
	return true;
}

/* The next byte of a word from *p, passing over apostrophes; 0: a word ends
 * here, and *p stands behind the byte that ended it, or at the final NUL. */
static char
word_byte(const char **p)
{
	for (;;) {
		unsigned char b = (unsigned char)**p;

		if (b == '\0')
			return '\0';
		if (strncmp(*p, "\xe2\x80\x99", 3) == 0) {
			*p += 3;
			continue;
		}
		++*p;
		if (b == '\'')
			continue;
		if (b >= 'A' && b <= 'Z')
			return (char)(b - 'A' + 'a');
		if ((b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') ||
		    b >= 0x80)
			return (char)b;
		return '\0';
	}
}

/* The plain form of s; false: too long. */
static bool
cut_words(struct words *w, const char *s)
{
	char word[GAZETTEER_TEXT];
	size_t n = 0;

	w->n = 0;
	w->text[0] = '\0';
	for (;;) {
		char b = word_byte(&s);

		if (b != '\0') {
			if (n == sizeof(word))
				return false;
			word[n++] = b;
			continue;
		}
		if (n > 0 && !add_word(w, word, n))
			return false;
		n = 0;
		if (*s == '\0')
			return true;
	}
}

/* The place of a row; E_FORMAT, E_RANGE. */
static enum err
parse_place(struct name *n, const struct csv_row *row)
{
	const char *east = row->fields[1], *north = row->fields[2];
	uint64_t e, m;

	if (*east == '\0' && *north == '\0' && *row->fields[3] == '\0')
		return E_FORMAT;
	if (!field_lsoa(n->area, row->fields[3]))
		return E_RANGE;
	if (*east == '\0' && *north == '\0')
		return E_OK;
	if (num_parse(&e, east, strlen(east), GRID_EAST_MAX - 1) != E_OK ||
	    num_parse(&m, north, strlen(north), GRID_NORTH_MAX - 1) != E_OK)
		return E_RANGE;
	n->has_point = true;
	n->east = (uint32_t)e;
	n->north = (uint32_t)m;
	return E_OK;
}

/* Appends a name. */
static enum err
add_name(struct gazetteer *g, struct name *n, const struct words *w)
{
	if (g->n == GAZETTEER_NAMES)
		return E_LIMIT;
	if (g->n == g->cap) {
		size_t cap = g->cap == 0 ? 256 : 2 * g->cap;
		struct name *grown = realloc(g->names, cap * sizeof(*grown));

		if (grown == NULL)
			return E_NOMEM;
		g->names = grown;
		g->cap = cap;
	}
	if ((n->text = strdup(w->text)) == NULL)
		return E_NOMEM;
	g->names[g->n++] = *n;
	if (w->n > g->most_words)
		g->most_words = w->n;
	return E_OK;
}

/* One row after the header. */
static enum err
add_row(struct gazetteer *g, const struct csv_row *row)
{
	struct name n = { 0 };
	struct words w;
	enum err e;

	if (row->broken || row->n != COLUMNS ||
	    !cut_words(&w, row->fields[0]) || w.n == 0)
		return E_FORMAT;
	if ((e = parse_place(&n, row)) != E_OK)
		return e;
	return add_name(g, &n, &w);
}

static bool
header_good(const struct csv_row *row)
{
	if (row->broken || row->n != COLUMNS)
		return false;
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(row->fields[i], header[i]) != 0)
			return false;
	return true;
}

static int
name_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct name *)a)->text, ((const struct name *)b)->text);
}

static bool
same_place(const struct name *a, const struct name *b)
{
	return a->has_point == b->has_point && a->east == b->east &&
	       a->north == b->north && strcmp(a->area, b->area) == 0;
}

/* Sorts, and makes one name of those that are alike. */
static void
unite(struct gazetteer *g)
{
	size_t n = 0;

	if (g->n > 0)
		qsort(g->names, g->n, sizeof(*g->names), name_compare);
	for (size_t i = 0; i < g->n; i++) {
		struct name *last = n == 0 ? NULL : &g->names[n - 1];

		if (last == NULL || name_compare(last, &g->names[i]) != 0) {
			g->names[n++] = g->names[i];
			continue;
		}
		if (!last->unclear && !same_place(last, &g->names[i])) {
			last->unclear = true;
			g->unclear++;
		}
		free(g->names[i].text);
	}
	g->n = n;
}

/* Every row of c. */
static enum err
read_rows(struct gazetteer *g, struct csv *c, uint64_t *line)
{
	struct csv_row row;
	bool seen_header = false;
	enum err e;

	do {
		e = csv_next(c, &row);
		*line = csv_line(c);
		if (e != E_OK)
			return e;
		if (!seen_header && !header_good(&row))
			return E_FORMAT;
		if (seen_header && row.n > 0 && (e = add_row(g, &row)) != E_OK)
			return e;
		seen_header = true;
	} while (row.n > 0);
	return E_OK;
}

enum err
gazetteer_read(
    struct gazetteer **out, const struct csv_source *s, uint64_t *line)
{
	struct gazetteer *g = NULL;
	struct csv *c = NULL;
	enum err e;

	*line = 1;
	if ((g = calloc(1, sizeof(*g))) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if ((e = csv_new(&c, s, true)) != E_OK ||
	    (e = read_rows(g, c, line)) != E_OK)
		goto out;
	unite(g);
	*out = g;
	g = NULL;
out:
	csv_free(c);
	gazetteer_free(g);
	return e;
}

void
gazetteer_free(struct gazetteer *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->names[i].text);
	free(g->names);
	free(g);
}

/* The name that words [first, first + n) of w are, or NULL. */
static const struct name *
name_of(
    const struct gazetteer *g, const struct words *w, size_t first, size_t n)
{
	char text[GAZETTEER_TEXT];
	struct name key = { .text = text };
	size_t len = w->ends[first + n - 1] - w->starts[first];

	memcpy(text, w->text + w->starts[first], len);
	text[len] = '\0';
	return bsearch(&key, g->names, g->n, sizeof(key), name_compare);
}

/* The one name of n words in a row; *many when several places have one. */
static const struct name *
name_within(
    const struct gazetteer *g, const struct words *w, size_t n, bool *many)
{
	const struct name *found = NULL;

	for (size_t first = 0; first + n <= w->n; first++) {
		const struct name *hit = name_of(g, w, first, n);

		if (hit == NULL)
			continue;
		if (hit->unclear || (found != NULL && !same_place(found, hit)))
			*many = true;
		found = hit;
	}
	return found;
}

bool
gazetteer_find(
    const struct gazetteer *g, struct gazetteer_place *out, const char *text)
{
	struct words w;
	bool many = false;

	if (g->n == 0 || !cut_words(&w, text) || w.n == 0)
		return false;
	for (size_t n = w.n < g->most_words ? w.n : g->most_words; n > 0; n--) {
		const struct name *hit;

		if (n < w.n && (n < 2 || 100 * n / w.n < GAZETTEER_SURE))
			return false;
		hit = name_within(g, &w, n, &many);
		if (many)
			return false;
		if (hit == NULL)
			continue;
		*out = (struct gazetteer_place){ hit->has_point, hit->east,
			hit->north, "", (unsigned)(100 * n / w.n) };
		memcpy(out->area, hit->area, sizeof(out->area));
		return true;
	}
	return false;
}

void
gazetteer_size(const struct gazetteer *g, uint64_t *names, uint64_t *unclear)
{
	*names = g->n;
	*unclear = g->unclear;
}
