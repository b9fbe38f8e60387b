#include "privacy/bound.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define C_MAX 65535

void
bound_start(struct bound *b, uint32_t c)
{
	assert(c >= 1 && c <= C_MAX);
	*b = (struct bound){ .c = c };
}

/* (month, key) against the one that is open: below, at or above 0. */
static int
compare(const struct bound *b, uint16_t month, const uint8_t *key)
{
	if (month != b->month)
		return (int)month - (int)b->month;
	return memcmp(key, b->key, BOUND_KEY);
}

bool
bound_keeps(struct bound *b, uint16_t month, const uint8_t *key)
{
	int order;

	if (key == NULL)
		return true;
	order = b->open ? compare(b, month, key) : 1;
	assert(order >= 0);
	if (order > 0) {
		b->open = true;
		b->month = month;
		memcpy(b->key, key, BOUND_KEY);
		b->left = b->c;
	}
	if (b->left == 0)
		return false;
	b->left--;
	return true;
}
