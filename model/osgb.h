/*
 * model/osgb.h -- WGS 84 to British National Grid by OSTN15, and back.
 *
 * Source: Ordnance Survey, "A guide to coordinate systems in Great Britain",
 * annexes B and C (transverse Mercator), and the OSTN15 technical notes: the
 * shift from ETRS89 to OSGB36 is bilinear between nodes 1 km apart.  WGS 84 is
 * taken as ETRS89; the two differ by less than a metre.  The tables are
 * data/osgb/ostn_east and ostn_north.  Within 1 cm of Ordnance Survey's 40 test
 * points both ways.
 */
#ifndef MODEL_OSGB_H
#define MODEL_OSGB_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define OSGB_TABLE ((size_t)701 * 1251 * 2) /* bytes of each table */

struct osgb;

/* osgb_new: over the two tables, which stay the caller's and must outlive it.
 * E_FORMAT (a table is not OSGB_TABLE bytes), E_NOMEM. */
enum err osgb_new(struct osgb **out, const uint8_t *east, size_t east_len,
    const uint8_t *north, size_t north_len) MUST_USE;
void osgb_free(struct osgb *o);

/*
 * osgb_to_grid: latitude and longitude in degrees as metres east and north.
 *
 * E_RANGE	not finite, outside OSTN15 (0 ... 700 km east, 0 ... 1,250 km
 *		north), or on the island of Ireland, where the tables hold
 *		values that nobody measured.
 */
enum err osgb_to_grid(const struct osgb *o, double lat, double lon,
    double *east, double *north) MUST_USE;

/* osgb_to_wgs84: the other way; E_RANGE outside OSTN15. */
enum err osgb_to_wgs84(const struct osgb *o, double east, double north,
    double *lat, double *lon) MUST_USE;

#endif
