/*
 * model/boundary.h -- which area a point lies in, by shipped outlines.
 *
 * The table, data/boundaries/lsoa11.bin, is what tools/boundaries.py makes of
 * the outlines beside it; integers are big-endian:
 *
 *	"WARDOUT1"  areas: 4 bytes
 *	each area:  code: 9 bytes and NUL   rings: 2 bytes
 *	each ring:  corners: 2 bytes, >= 3  first east, north: 3 bytes each
 *	            every further corner: steps east and north from the one
 *	            before, each in at most three bytes of seven bits, the
 *	            lowest first, the sign in the lowest bit
 *
 * in whole metres, EPSG:27700; areas strictly rising by code; a ring closes
 * itself, and a hole is a ring as any.  Neighbours share their edges, so a
 * point on one belongs to exactly one of them.
 *
 * The outlines are generalised: of 966,574 points that 12 forces published for
 * 2021, 96.2 % (93-97.5 % by force) lie in the LSOA that was published with
 * them, 0.05 % in none: a published code always goes first (node/place).
 * `python3 tests/check_outlines.py FILE...` measures it.
 */
#ifndef MODEL_BOUNDARY_H
#define MODEL_BOUNDARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define BOUNDARY_BYTES (16U << 20) /* of a table, at most */

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
 * string of b; NULL: none does. */
const char *boundary_lsoa(
    const struct boundary *b, uint32_t east, uint32_t north);

/* boundary_lsoas: the same of points[n] into codes[n]; of many at once each
 * takes a fraction of the time. */
struct boundary_point {
	uint32_t east, north;
};
#define BOUNDARY_BATCH 32 /* more at once are no faster */
void boundary_lsoas(const struct boundary *b, const char **codes,
    const struct boundary_point *points, size_t n);

/* boundary_code: the code of the i-th area of the table; NULL after the last.*/
const char *boundary_code(const struct boundary *b, uint32_t i);

#endif
