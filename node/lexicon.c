/*
 * Two tables with open addressing (linear probing, at most half full) over
 * arrays.  The hash takes 8 bytes at a time, and keeps no secret: words come
 * from the agency's own files, and many that collide would only be slow.
 */
#include "node/lexicon.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "node/chunk.h"

#define FIRST_SLOTS 256
#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio */

struct lexicon_slot {
	uint32_t number; /* + 1, or 0: free */
	uint32_t high;   /* half of the hash */
};

struct lexicon_index {
	size_t slots; /* a power of two */
	struct lexicon_slot of[];
};

/* Hashes --------------------------------------------------------------- */

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * HASH_FACTOR;
	return h ^ h >> 32;
}

static uint64_t
mix_text(uint64_t h, const char *s)
{
	size_t n = strlen(s);
	uint64_t v;

	h = mix(h, n);
	for (; n >= sizeof(v); n -= sizeof(v), s += sizeof(v)) {
		memcpy(&v, s, sizeof(v));
		h = mix(h, v);
	}
	v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (uint8_t)s[i];
	return mix(h, v);
}

static uint64_t
kind_hash(const struct kind *k, const char *feed)
{
	uint64_t h = mix((uint64_t)k->source << 24 | (uint64_t)k->weapon << 16 |
			     (uint64_t)k->victim << 8 | k->setting,
	    0);

	h = mix_text(mix_text(mix_text(h, k->codelist), k->code), feed);
	return mix(h, 0);
}

static uint64_t
area_hash(const char *area, const char *published, uint16_t vintage)
{
	return mix(mix_text(mix_text(vintage, area), published), 0);
}

static bool
kind_same(const struct lexicon *x, uint32_t n, const struct incident *i)
{
	const struct kind *a = &x->kinds[n], *b = &i->kind;

	return a->source == b->source && a->weapon == b->weapon &&
	       a->victim == b->victim && a->setting == b->setting &&
	       strcmp(a->code, b->code) == 0 &&
	       strcmp(a->codelist, b->codelist) == 0 &&
	       strcmp(x->feeds[n], i->feed) == 0;
}

static bool
area_same(const struct lexicon *x, uint32_t n, const struct incident *i)
{
	return x->published[n].vintage == i->vintage &&
	       strcmp(x->areas[n], i->area) == 0 &&
	       strcmp(x->published[n].code, i->published) == 0;
}

/* The index ------------------------------------------------------------ */

/* *index gets room for number n; *wider: it is new, and empty. */
static enum err
widen(struct lexicon_index **index, size_t n, bool *wider)
{
	size_t slots = *index == NULL ? FIRST_SLOTS / 2 : (*index)->slots;
	struct lexicon_index *new;

	*wider = false;
	if (n >= CHUNK_NUMBER_MAX)
		return E_LIMIT;
	if (*index != NULL && 2 * (n + 1) <= slots)
		return E_OK;
	slots *= 2;
	if ((new = calloc(1, sizeof(*new) + slots * sizeof(new->of[0]))) ==
	    NULL)
		return E_NOMEM;
	new->slots = slots;
	free(*index);
	*index = new;
	*wider = true;
	return E_OK;
}

static void
enter(struct lexicon_index *index, uint64_t hash, size_t number)
{
	size_t at = hash & (index->slots - 1);

	while (index->of[at].number != 0)
		at = (at + 1) & (index->slots - 1);
	index->of[at] = (struct lexicon_slot){ (uint32_t)number + 1,
		(uint32_t)(hash >> 32) };
}

/* Finds i's number among those with its hash; false: it has none. */
static bool
find(uint32_t *number, const struct lexicon *x, const struct incident *i,
    const struct lexicon_index *index, uint64_t hash,
    bool (*same)(const struct lexicon *x, uint32_t n, const struct incident *i))
{
	size_t at = hash;

	if (index == NULL)
		return false;
	for (;; at++) {
		struct lexicon_slot s = index->of[at & (index->slots - 1)];

		if (s.number == 0)
			return false;
		if (s.high == hash >> 32 && same(x, s.number - 1, i)) {
			*number = s.number - 1;
			return true;
		}
	}
}

/* New words ------------------------------------------------------------ */

/* a, an array of n elements: room for one more; it grows by doubling. */
static void *
room(void *a, size_t n, size_t size)
{
	if (n != 0 && (n & (n - 1)) != 0)
		return a;
	return realloc(a, (n == 0 ? 1 : 2 * n) * size);
}

static void
copy_text(char *out, size_t cap, const char *s)
{
	size_t n = strlen(s);

	assert(n < cap);
	memset(out, 0, cap);
	memcpy(out, s, n);
}

static enum err
add_kind(struct lexicon *x, const struct incident *i)
{
	size_t n = x->n_kinds;
	void *kinds, *feeds;
	struct kind *k;
	bool wider;
	enum err e;

	if ((kinds = room(x->kinds, n, sizeof(*x->kinds))) == NULL)
		return E_NOMEM;
	x->kinds = kinds;
	if ((feeds = room(x->feeds, n, sizeof(*x->feeds))) == NULL)
		return E_NOMEM;
	x->feeds = feeds;
	if ((e = widen(&x->by_kind, n, &wider)) != E_OK)
		return e;
	k = &x->kinds[n];
	*k = (struct kind){ .source = i->kind.source,
		.weapon = i->kind.weapon,
		.victim = i->kind.victim,
		.setting = i->kind.setting };
	copy_text(k->codelist, sizeof(k->codelist), i->kind.codelist);
	copy_text(k->code, sizeof(k->code), i->kind.code);
	copy_text(x->feeds[n], INCIDENT_FEED, i->feed);
	x->n_kinds++;
	for (size_t m = wider ? 0 : n; m <= n; m++)
		enter(x->by_kind, kind_hash(&x->kinds[m], x->feeds[m]), m);
	return E_OK;
}

static enum err
add_area(struct lexicon *x, const struct incident *i)
{
	size_t n = x->n_areas;
	void *areas, *published;
	bool wider;
	enum err e;

	if ((areas = room(x->areas, n, sizeof(*x->areas))) == NULL)
		return E_NOMEM;
	x->areas = areas;
	published = room(x->published, n, sizeof(*x->published));
	if (published == NULL)
		return E_NOMEM;
	x->published = published;
	if ((e = widen(&x->by_area, n, &wider)) != E_OK)
		return e;
	copy_text(x->areas[n], INCIDENT_AREA, i->area);
	copy_text(x->published[n].code, INCIDENT_GSS, i->published);
	x->published[n].vintage = i->vintage;
	x->n_areas++;
	for (size_t m = wider ? 0 : n; m <= n; m++)
		enter(x->by_area,
		    area_hash(x->areas[m], x->published[m].code,
			x->published[m].vintage),
		    m);
	return E_OK;
}

/* ---------------------------------------------------------------------- */

enum err
lexicon_kind(struct lexicon *x, uint32_t *number, const struct incident *i)
{
	uint64_t hash = kind_hash(&i->kind, i->feed);
	enum err e;

	if (find(number, x, i, x->by_kind, hash, kind_same))
		return E_OK;
	if ((e = add_kind(x, i)) == E_OK)
		*number = (uint32_t)x->n_kinds - 1;
	return e;
}

enum err
lexicon_area(struct lexicon *x, uint32_t *number, const struct incident *i)
{
	uint64_t hash = area_hash(i->area, i->published, i->vintage);
	enum err e;

	if (find(number, x, i, x->by_area, hash, area_same))
		return E_OK;
	if ((e = add_area(x, i)) == E_OK)
		*number = (uint32_t)x->n_areas - 1;
	return e;
}

void
lexicon_put(
    const struct lexicon *x, struct incident *i, uint32_t kind, uint32_t area)
{
	assert(kind < x->n_kinds && area < x->n_areas);
	i->kind = x->kinds[kind];
	memcpy(i->feed, x->feeds[kind], INCIDENT_FEED);
	memcpy(i->area, x->areas[area], INCIDENT_AREA);
	memcpy(i->published, x->published[area].code, INCIDENT_GSS);
	i->vintage = x->published[area].vintage;
}

void
lexicon_free(struct lexicon *x)
{
	free(x->kinds);
	free(x->feeds);
	free(x->areas);
	free(x->published);
	free(x->by_kind);
	free(x->by_area);
	*x = (struct lexicon){ 0 };
}
