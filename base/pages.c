#include "base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE ((size_t)2 << 20)

void *
pages_new(size_t n)
{
	size_t whole = (n + PAGE - 1) / PAGE * PAGE;
	void *p;

	if (n < PAGE)
		return aligned_alloc(64, (n + 63) / 64 * 64 + 64);
	if (whole < n || (p = aligned_alloc(PAGE, whole)) == NULL)
		return NULL;
	(void)madvise(p, whole, MADV_HUGEPAGE); /* or it is only slower */
	return p;
}

void
pages_free(void *p)
{
	free(p);
}
