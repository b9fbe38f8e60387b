/*
 * coordinator/geometry.h -- the places of a question: codes, names, outlines.
 *
 * Areas take their outlines from the shipped boundaries; where a file has none
 * (MSOAs), an area is drawn as the LSOAs that it is made of.  Grid squares are
 * converted with OSTN15 (model/osgb).
 */
#ifndef COORDINATOR_GEOMETRY_H
#define COORDINATOR_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "coordinator/text.h"
#include "model/area.h"
#include "model/query.h"

struct geometry; /* the shipped files; one thread at a time */

/*
 * geometry_open: read what is needed from the data folder; nothing is opened
 * later.
 *
 * E_IO		a file is missing.
 * E_FORMAT	a file is damaged.
 * E_NOMEM
 */
enum err geometry_open(struct geometry **out, const char *data) MUST_USE;
void geometry_free(struct geometry *g); /* NULL does nothing */

const struct areas *geometry_areas(const struct geometry *g);

/* geometry_areas_hash: crypto/hash_bytes32 of the areas file. */
const uint8_t *geometry_areas_hash(const struct geometry *g);

/* geometry_file: "forces.geojson" or "lads.geojson" as shipped; NULL. */
const struct text *geometry_file(const struct geometry *g, const char *name);

struct places; /* of one question; valid until eight others were asked for */

/*
 * geometry_places: the places of q; with outlines or not.
 *
 * E_STATE	the areas file is another than the question was asked under.
 * E_FORMAT	the boundaries are damaged.
 * E_NOTFOUND, E_NOMEM
 */
enum err geometry_places(struct geometry *g, const struct places **out,
    const struct question *q, bool outlines) MUST_USE;

#define PLACE_TEXT 96 /* bytes with the final NUL */

struct place_text {
	char code[PLACE_TEXT];
	char name[PLACE_TEXT];
};

/* places_text: code and name of place i < q->n_places. */
void places_text(const struct places *p, uint32_t i, struct place_text *out);

/* places_shape: append the outline of place i as a GeoJSON geometry; "null"
 * when there is none. */
void places_shape(const struct places *p, uint32_t i, struct text *out);

#endif
