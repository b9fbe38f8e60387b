/*
 * model/boundary.h -- which area a point lies in, by shipped outlines.
 *
 * The outlines are generalised: they give another LSOA than the published one
 * for 2.5-4.5 % of the police's points, so a published code always goes first
 * (node/place).
 */
#ifndef MODEL_BOUNDARY_H
#define MODEL_BOUNDARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct boundary; /* opaque */

/*
 * boundary_parse: the table in bytes[0, len), which tools/boundaries.py makes
 * of data/boundaries and which must outlive *out.
 *
 * E_FORMAT	it is not such a table: every offset and count is checked.
 * E_NOMEM
 */
enum err boundary_parse(
    struct boundary **out, const uint8_t *bytes, size_t len) MUST_USE;
void boundary_free(struct boundary *b); /* NULL does nothing */

/* boundary_lsoa: the LSOA 2011 that holds the point (metres, EPSG:27700), as a
 * string of the table; NULL: none does. */
const char *boundary_lsoa(
    const struct boundary *b, uint32_t east, uint32_t north);

#endif
