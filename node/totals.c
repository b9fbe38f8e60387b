#include "node/totals.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/month.h"
#include "model/query.h"

#define FIRST_SLOTS 1024
#define KEY (TOTALS_FIELDS * 64) /* bytes of the texts with their NULs */

enum field { SOURCE, FEED, MONTH, LIST, CODE, AREA, PUBLISHED, FIELDS };

static const char *const words[FIELDS] = { "source", "feed", "month", "list",
	"code", "area", "published" };

struct group { /* of the same texts */
	uint64_t n;
	uint32_t hash, len;
	char key[]; /* [len]: the texts, each ended by NUL */
};

struct totals {
	uint8_t fields[TOTALS_FIELDS];
	size_t n_fields;
	size_t n, cap;        /* groups, slots (a power of two) */
	struct group **slots; /* NULL: free */
	struct group *last;   /* neighbours are often alike */
};

/* The field whose word is s[0, n); false: none, or t has it. */
static bool
take_word(struct totals *t, const char *s, size_t n)
{
	for (uint8_t f = 0; f < FIELDS; f++) {
		if (strlen(words[f]) != n || memcmp(words[f], s, n) != 0)
			continue;
		if (memchr(t->fields, f, t->n_fields) != NULL ||
		    t->n_fields == TOTALS_FIELDS)
			return false;
		t->fields[t->n_fields++] = f;
		return true;
	}
	return false;
}

static bool
take_words(struct totals *t, const char *s)
{
	for (;;) {
		size_t n = strcspn(s, ",");

		if (!take_word(t, s, n))
			return false;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

enum err
totals_new(struct totals **out, const char *fields)
{
	struct totals *t = calloc(1, sizeof(*t));
	enum err e = E_OK;

	if (t == NULL)
		return E_NOMEM;
	t->cap = FIRST_SLOTS;
	if (!take_words(t, fields))
		e = E_FORMAT;
	else if ((t->slots = calloc(t->cap, sizeof(struct group *))) == NULL)
		e = E_NOMEM;
	if (e == E_OK)
		*out = t;
	else
		totals_free(t);
	return e;
}

void
totals_free(struct totals *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; t->slots != NULL && i < t->cap; i++)
		if (t->slots[i] != NULL) {
			explicit_bzero(t->slots[i],
			    sizeof(struct group) + t->slots[i]->len);
			free(t->slots[i]);
		}
	free(t->slots);
	free(t);
}

/* The text of a field of a record; month is room for one. */
static const char *
text_of(const struct incident *i, uint8_t field, char month[MONTH_TEXT])
{
	switch (field) {
	case SOURCE:
		return source_text(i->kind.source);
	case FEED:
		return i->feed;
	case MONTH:
		month_text(month, i->month);
		return month;
	case LIST:
		return i->kind.codelist;
	case CODE:
		return i->kind.code;
	case AREA:
		return i->area;
	default:
		return i->published;
	}
}

/* The record's texts; how many bytes. */
static uint32_t
make_key(char key[KEY], const struct totals *t, const struct incident *i)
{
	char month[MONTH_TEXT];
	uint32_t len = 0;

	static_assert(
	    INCIDENT_AREA <= 64 && INCIDENT_CODE <= 64 && INCIDENT_FEED <= 64,
	    "each fits its share of a key");
	for (size_t f = 0; f < t->n_fields; f++) {
		const char *text = text_of(i, t->fields[f], month);
		size_t n = strlen(text) + 1;

		memcpy(key + len, text, n);
		len += (uint32_t)n;
	}
	return len;
}

/* FNV-1a (Fowler, Noll, Vo): the texts are the agency's own. */
static uint32_t
hash_of(const char *key, uint32_t len)
{
	uint32_t h = UINT32_C(2166136261);

	for (uint32_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)key[i]) * UINT32_C(16777619);
	return h;
}

static bool
is_group(const struct group *g, const char *key, uint32_t len, uint32_t hash)
{
	return g->hash == hash && g->len == len &&
	       memcmp(g->key, key, len) == 0;
}

/* Where the group of the key is, or would be. */
static struct group **
find(struct group **slots, size_t cap, const char *key, uint32_t len,
    uint32_t hash)
{
	size_t i = hash & (cap - 1);

	while (slots[i] != NULL && !is_group(slots[i], key, len, hash))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static enum err
grow(struct totals *t)
{
	size_t cap = 2 * t->cap;
	struct group **slots = calloc(cap, sizeof(struct group *));

	if (slots == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < t->cap; i++) {
		struct group *g = t->slots[i];

		if (g != NULL)
			*find(slots, cap, g->key, g->len, g->hash) = g;
	}
	free(t->slots);
	t->slots = slots;
	t->cap = cap;
	return E_OK;
}

enum err
totals_add(struct totals *t, const struct incident *i)
{
	char key[KEY];
	uint32_t len = make_key(key, t, i), hash = hash_of(key, len);
	struct group **slot;
	enum err e;

	if (t->last != NULL && is_group(t->last, key, len, hash)) {
		t->last->n++;
		return E_OK;
	}
	if (t->n >= t->cap / 2 && (e = grow(t)) != E_OK)
		return e;
	slot = find(t->slots, t->cap, key, len, hash);
	if (*slot == NULL) {
		if (t->n == TOTALS_MAX)
			return E_LIMIT;
		if ((*slot = malloc(sizeof(**slot) + len)) == NULL)
			return E_NOMEM;
		**slot = (struct group){ .hash = hash, .len = len };
		memcpy((*slot)->key, key, len);
		t->n++;
	}
	t->last = *slot;
	t->last->n++;
	return E_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;
	uint32_t n = x->len < y->len ? x->len : y->len;

	return memcmp(x->key, y->key, n); /* no key begins with another */
}

/* Moves all groups to the front of the table, sorted. */
static void
sort(struct totals *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->cap; i++) {
		struct group *g = t->slots[i];

		t->slots[i] = NULL;
		if (g != NULL)
			t->slots[n++] = g;
	}
	qsort(t->slots, n, sizeof(struct group *), compare);
}

/* A text as a field of CSV (RFC 4180). */
static void
csv_text(FILE *out, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		fputs(s, out);
		return;
	}
	fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

void
totals_csv(struct totals *t, FILE *out)
{
	sort(t);
	for (size_t f = 0; f < t->n_fields; f++)
		fprintf(out, "%s,", words[t->fields[f]]);
	fputs("records\n", out);
	for (size_t i = 0; i < t->n; i++) {
		const char *text = t->slots[i]->key;

		for (size_t f = 0; f < t->n_fields; f++) {
			csv_text(out, text);
			fputc(',', out);
			text += strlen(text) + 1;
		}
		fprintf(out, "%" PRIu64 "\n", t->slots[i]->n);
	}
}

/* One row as an object. */
static json_t *
json_row(const struct totals *t, const struct group *g)
{
	json_t *o = json_object();
	const char *text = g->key;

	for (size_t f = 0; f < t->n_fields; f++) {
		json_object_set_new(o, words[t->fields[f]], json_string(text));
		text += strlen(text) + 1;
	}
	json_object_set_new(o, "records", json_integer((json_int_t)g->n));
	return o;
}

void
totals_json(struct totals *t, FILE *out)
{
	sort(t);
	fputc('[', out);
	for (size_t i = 0; i < t->n; i++) {
		json_t *o = json_row(t, t->slots[i]);

		fputs(i == 0 ? "\n" : ",\n", out);
		json_dumpf(o, out, JSON_COMPACT);
		json_decref(o);
	}
	fputs("\n]\n", out);
}
