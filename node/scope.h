/*
 * node/scope.h -- what a replacement replaces: months of sources and feeds.
 */
#ifndef NODE_SCOPE_H
#define NODE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct scope_part; /* of one source and feed */

struct scope {                    /* starts as { 0 } */
	struct scope_part *parts; /* [n_parts] */
	uint32_t n_parts, last;
};

#define SCOPE_NONE UINT32_MAX

void scope_free(struct scope *s); /* empties it */

/* scope_put: a record of that month was put; scope_whole: the month is whole in
 * the batch, records or not.  E_NOMEM.  scope_forget: as if none had been put.
 */
enum err scope_put(struct scope *s, uint32_t source, const char *feed,
    uint16_t month) MUST_USE;
enum err scope_whole(struct scope *s, uint32_t source, const char *feed,
    uint16_t month) MUST_USE;
void scope_forget(struct scope *s);

/* scope_find: the part of a source and feed, from 0, or SCOPE_NONE.  scope_has:
 * is that month in it, put or whole?  Of SCOPE_NONE none is. */
uint32_t scope_find(const struct scope *s, uint32_t source, const char *feed);
bool scope_has(const struct scope *s, uint32_t part, uint16_t month);

bool scope_has_month(const struct scope *s, uint16_t month); /* of any part */

#endif
