/*
 * coordinator/route.h -- the address of an HTTP request as a checked value.
 *
 * Strict: no percent sign is ever needed in an address of ours, so an address
 * that holds one is unknown; so is one with an empty segment or dots.
 */
#ifndef COORDINATOR_ROUTE_H
#define COORDINATOR_ROUTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/query.h"

#define ROUTE_MAX 1024 /* bytes of an address */
#define ROUTE_FILE 128 /* bytes of a file name with NUL */
#define ROUTE_WORD 24  /* bytes of the value of a parameter with NUL */

enum route_kind {
	ROUTE_HEALTH,
	ROUTE_RELEASES,
	ROUTE_RELEASE,
	ROUTE_CELLS,
	ROUTE_SUMS,
	ROUTE_AREAS, /* file: "forces.geojson", "lads.geojson" */
	ROUTE_FILE_, /* file: below the folder of the map */
};

enum route_format { ROUTE_JSON, ROUTE_CSV, ROUTE_GEOJSON };

struct route {
	enum route_kind kind;
	enum route_format format; /* ROUTE_CELLS */
	uint8_t id[QUERY_ID];     /* of a release */
	/* ROUTE_CELLS; "" when not given: the first, and of source "all" */
	char theme[ROUTE_WORD], slice[ROUTE_WORD], level[ROUTE_WORD];
	char source[ROUTE_WORD]; /* of ROUTE_SUMS, too */
	char file[ROUTE_FILE];
};

/*
 * route_parse: the address uri[0, len), path and query, as it came.
 *
 * E_LIMIT	longer than ROUTE_MAX.
 * E_NOTFOUND	no such address.
 * E_FORMAT	the address is known, a parameter is not, or stands twice, or
 *		its value is none.
 */
enum err route_parse(struct route *out, const char *uri, size_t len) MUST_USE;

#endif
