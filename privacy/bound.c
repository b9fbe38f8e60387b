#include "privacy/bound.h"

#include <assert.h>

#define C_MAX 65535

void
bound_start(struct bound *b, uint32_t c)
{
	assert(c >= 1 && c <= C_MAX);
	*b = (struct bound){ .c = c };
}
