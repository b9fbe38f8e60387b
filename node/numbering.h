/*
 * node/numbering.h -- how many equals a file has had so far.
 */
#ifndef NODE_NUMBERING_H
#define NODE_NUMBERING_H

#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"

struct numbering; /* opaque */

enum err numbering_new(struct numbering **out) MUST_USE; /* E_NOMEM */
void numbering_free(struct numbering *n);                /* NULL does nothing */

/* numbering_next: *number is how often base, a keyed hash, was given before:
 * 0, 1, 2, ...  32 to 64 bytes are kept for each base.  E_NOMEM, E_LIMIT. */
enum err numbering_next(struct numbering *n, uint32_t *number,
    const uint8_t base[INCIDENT_KEY]) MUST_USE;

#endif
