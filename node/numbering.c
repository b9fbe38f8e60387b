#include "node/numbering.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

/* A table with open addressing.  The first 8 bytes of a base stand for it: a
 * keyed hash cannot be chosen to collide, and if two of ten million do (chance
 * 3 in a million) one record has another number and is no less a record. */
struct slot {
	uint64_t key;
	uint32_t times; /* 0: free */
};

struct numbering {
	size_t n, cap; /* slots in use and in all, cap a power of two */
	struct slot *slots;
};

enum err
numbering_new(struct numbering **out)
{
	struct numbering *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return E_NOMEM;
	n->cap = FIRST_SLOTS;
	if ((n->slots = calloc(n->cap, sizeof(*n->slots))) == NULL) {
		free(n);
		return E_NOMEM;
	}
	*out = n;
	return E_OK;
}

void
numbering_free(struct numbering *n)
{
	if (n == NULL)
		return;
	free(n->slots);
	free(n);
}

/* The slot of key, or the free one where it belongs. */
static struct slot *
find(struct slot *slots, size_t cap, uint64_t key)
{
	size_t i = (size_t)key & (cap - 1);

	while (slots[i].times != 0 && slots[i].key != key)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static enum err
grow(struct numbering *n)
{
	size_t cap = 2 * n->cap;
	struct slot *slots = calloc(cap, sizeof(*slots));

	if (slots == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < n->cap; i++)
		if (n->slots[i].times != 0)
			*find(slots, cap, n->slots[i].key) = n->slots[i];
	free(n->slots);
	n->slots = slots;
	n->cap = cap;
	return E_OK;
}

enum err
numbering_next(
    struct numbering *n, uint32_t *number, const uint8_t base[INCIDENT_KEY])
{
	struct slot *s;
	uint64_t key;
	enum err e;

	if (n->n >= n->cap / 2 && (e = grow(n)) != E_OK)
		return e;
	memcpy(&key, base, sizeof(key));
	s = find(n->slots, n->cap, key);
	if (s->times == UINT32_MAX)
		return E_LIMIT;
	if (s->times == 0) {
		s->key = key;
		n->n++;
	}
	*number = s->times++;
	return E_OK;
}
