/*
 * node/numbering.h -- how many equals a load has had so far.
 *
 * The first 8 bytes of a base stand for it: a keyed hash cannot be chosen to
 * collide, and if two of ten million do (chance 3 in a million) one record has
 * another number and is no less a record.
 */
#ifndef NODE_NUMBERING_H
#define NODE_NUMBERING_H

#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"

struct numbering; /* opaque */

enum err numbering_new(struct numbering **out) MUST_USE; /* E_NOMEM */
void numbering_free(struct numbering *n);                /* NULL does nothing */

/* numbering_hint: base will be asked for soon; changes nothing. */
void numbering_hint(
    const struct numbering *n, const uint8_t base[INCIDENT_KEY]);

/* numbering_next: *number is how often base, a keyed hash, was given before:
 * 0, 1, 2, ...  About 11 to 16 bytes are kept for each base, and 48 more for
 * each that repeats.  E_NOMEM, E_LIMIT. */
enum err numbering_next(struct numbering *n, uint32_t *number,
    const uint8_t base[INCIDENT_KEY]) MUST_USE;

#endif
