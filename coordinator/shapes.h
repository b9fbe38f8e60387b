/*
 * coordinator/shapes.h -- outlines of areas out of the shipped boundary files.
 *
 * Both kinds of file hold one GeoJSON Feature a line: lsoa11.geojsonl.zst
 * (compressed, "id" is the code), and forces.geojson and lads.geojson (a
 * collection, "code" is a property).  Coordinates are copied as they stand.
 */
#ifndef COORDINATOR_SHAPES_H
#define COORDINATOR_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "coordinator/text.h"

struct shape {
	struct text polygons; /* "[[...]],[[...]]": a MultiPolygon's inside */
};

struct shape_sink {
	/* where the outline of an area goes; NULL: it is not wanted */
	struct shape *(*of)(void *ctx, const char *code);
	void *ctx;
};

/* shape_write: the shape as a GeoJSON geometry; "null" when it is empty. */
void shape_write(const struct shape *s, struct text *out);

/* shapes_lines: hand every feature of a text, one a line, to the sink. */
void shapes_lines(const char *text, size_t len, const struct shape_sink *sink);

/*
 * shapes_packed: the same of a text compressed with Zstandard (RFC 8878).
 *
 * E_FORMAT	not such a text, or a line of more than 1 MiB.
 * E_NOMEM
 */
enum err shapes_packed(
    const void *packed, size_t len, const struct shape_sink *sink) MUST_USE;

#endif
