/*
 * What was seen once, nearly everything, is a set of 64-bit keys: tables with
 * open addressing, PARTS of them so that one can grow while the others stand.
 * A key belongs at the share of its table that it is of 2^64: so any size
 * will do, and growing goes through both tables from start to end.  How often
 * it came, when more than once, is in a second, smaller table.
 */
#include "node/numbering.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PARTS 256 /* by the first byte of the base */
#define FIRST_SLOTS 64
#define TAIL 64 /* slots after the last home: a table never wraps */

struct part {
	size_t n, homes; /* keys; homes + TAIL slots */
	uint64_t *slots; /* 0: free */
};

struct times { /* of a key that came again */
	uint64_t key;
	uint32_t n; /* 0: free */
};

struct numbering {
	struct part parts[PARTS];
	size_t n_times, cap_times; /* a power of two */
	struct times *times;
};

static enum err
part_new(struct part *out, size_t homes)
{
	uint64_t *slots = calloc(homes + TAIL, sizeof(*slots));

	if (slots == NULL)
		return E_NOMEM;
	*out = (struct part){ .homes = homes, .slots = slots };
	return E_OK;
}

enum err
numbering_new(struct numbering **out)
{
	struct numbering *n = calloc(1, sizeof(*n));
	enum err e = n == NULL ? E_NOMEM : E_OK;

	for (size_t i = 0; e == E_OK && i < PARTS; i++)
		e = part_new(&n->parts[i], FIRST_SLOTS);
	if (e == E_OK) {
		n->cap_times = FIRST_SLOTS;
		n->times = calloc(n->cap_times, sizeof(*n->times));
		e = n->times == NULL ? E_NOMEM : E_OK;
	}
	if (e == E_OK)
		*out = n;
	else
		numbering_free(n);
	return e;
}

void
numbering_free(struct numbering *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < PARTS; i++)
		free(n->parts[i].slots);
	free(n->times);
	free(n);
}

static uint64_t
key_of(const uint8_t base[INCIDENT_KEY])
{
	uint64_t key;

	memcpy(&key, base, sizeof(key));
	return key == 0 ? 1 : key;
}

/* Where a key belongs in its table; the part is by its low bits. */
static uint64_t *
home(const struct part *p, uint64_t key)
{
	return p->slots + (size_t)((key >> 32) * (uint64_t)p->homes >> 32);
}

/* The key's slot, or the free one it belongs in, or NULL: the tail is full. */
static uint64_t *
find(const struct part *p, uint64_t key)
{
	uint64_t *s = home(p, key), *end = p->slots + p->homes + TAIL;

	while (s < end && *s != 0 && *s != key)
		s++;
	return s < end ? s : NULL;
}

/* Puts all keys of one table into another; false: its tail is full. */
static bool
move(struct part *to, const struct part *from)
{
	for (size_t i = 0; i < from->homes + TAIL; i++) {
		uint64_t *s;

		if (from->slots[i] == 0)
			continue;
		if ((s = find(to, from->slots[i])) == NULL)
			return false;
		*s = from->slots[i];
	}
	to->n = from->n;
	return true;
}

/* Half as many more homes, or as many as it takes. */
static enum err
grow(struct part *p)
{
	struct part more;
	size_t homes = p->homes;
	enum err e;

	for (;;) {
		homes += homes / 2;
		if (homes > UINT32_MAX)
			return E_LIMIT;
		if ((e = part_new(&more, homes)) != E_OK)
			return e;
		if (move(&more, p))
			break;
		free(more.slots);
	}
	free(p->slots);
	*p = more;
	return E_OK;
}

/* The slot of a key in times[cap], or the free one. */
static struct times *
find_times(struct times *times, size_t cap, uint64_t key)
{
	size_t i = (size_t)(key >> 8) & (cap - 1);

	while (times[i].n != 0 && times[i].key != key)
		i = (i + 1) & (cap - 1);
	return &times[i];
}

static enum err
grow_times(struct numbering *n)
{
	size_t cap = 2 * n->cap_times;
	struct times *times = calloc(cap, sizeof(*times));

	if (times == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < n->cap_times; i++)
		if (n->times[i].n != 0)
			*find_times(times, cap, n->times[i].key) = n->times[i];
	free(n->times);
	n->times = times;
	n->cap_times = cap;
	return E_OK;
}

/* The number of a key that has come before. */
static enum err
again(struct numbering *n, uint32_t *number, uint64_t key)
{
	struct times *t;
	enum err e;

	if (n->n_times >= n->cap_times / 2 && (e = grow_times(n)) != E_OK)
		return e;
	t = find_times(n->times, n->cap_times, key);
	if (t->n == UINT32_MAX)
		return E_LIMIT;
	if (t->n == 0) {
		t->key = key;
		n->n_times++;
	}
	*number = ++t->n;
	return E_OK;
}

void
numbering_hint(const struct numbering *n, const uint8_t base[INCIDENT_KEY])
{
	uint64_t key = key_of(base);

	__builtin_prefetch(home(&n->parts[key % PARTS], key), 1);
}

enum err
numbering_next(
    struct numbering *n, uint32_t *number, const uint8_t base[INCIDENT_KEY])
{
	uint64_t key = key_of(base), *s;
	struct part *p = &n->parts[key % PARTS];
	enum err e;

	while (
	    (s = find(p, key)) == NULL || (*s == 0 && p->n >= p->homes / 4 * 3))
		if ((e = grow(p)) != E_OK)
			return e;
	if (*s == key)
		return again(n, number, key);
	*s = key;
	p->n++;
	*number = 0;
	return E_OK;
}
