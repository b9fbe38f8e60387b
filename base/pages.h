/*
 * base/pages.h -- memory for large tables that are read in no order: in pages
 * of 2 MiB where the kernel has them, so that finding a page costs little.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* pages_new: n bytes, of any content, aligned to 64; NULL: out of memory.  What
 * is not touched takes little memory.  pages_free: NULL does nothing. */
void *pages_new(size_t n);
void pages_free(void *p);

#endif
