/*
 * client/ground.h -- the public files that a query stands on.
 *
 * The lookup of areas and the theme rules, which the query names by hash and
 * every node has too; names and extents of police force areas; and the usual
 * yearly volumes per head, which serve planning only.
 */
#ifndef CLIENT_GROUND_H
#define CLIENT_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"
#include "model/area.h"
#include "model/theme.h"

#define GROUND_FAULT 400
#define GROUND_SOURCES 6 /* bits of enum source */

struct json_t;

struct ground {
	struct areas *areas;
	struct themes *themes;
	uint8_t areas_hash[HASH_BYTES], rules_hash[HASH_BYTES];
	/* Incidents that 1,000 people have in a year, by source (number of its
	 * bit) and theme; negative where none is published. */
	double per_1000[GROUND_SOURCES][THEMES];
	struct json_t *boundaries; /* GeoJSON of the police force areas */
	char *dir;
};

/*
 * ground_load: read the files of the data folder dir; the reason of a failure
 * is in fault.
 *
 * E_NOTFOUND, E_IO, E_LIMIT, E_FORMAT, E_NOMEM
 */
enum err ground_load(
    struct ground **out, const char *dir, char fault[GROUND_FAULT]) MUST_USE;
void ground_free(struct ground *g);

/* ground_rules: the theme rules of that hash; NULL: those of the folder are
 * others. */
const struct themes *ground_rules(
    const struct ground *g, const uint8_t hash[HASH_BYTES]);

/*
 * ground_force: the code of the police force area that text names, by its code
 * or its name, case ignored.  *near is the name that was probably meant, or
 * NULL; valid as long as g.  False when there is none.
 */
bool ground_force(const struct ground *g, char code[GSS], const char *text,
    const char **near) MUST_USE;

struct extent { /* metres, EPSG:27700 */
	double west, south, east, north;
};

/*
 * ground_extent: the rectangle around the named force areas' boundaries.
 *
 * E_NOTFOUND	a force that the boundaries lack.
 * E_FORMAT, E_IO, E_NOMEM, E_LIMIT	a file cannot be used.
 */
enum err ground_extent(const struct ground *g, struct extent *out,
    const char (*forces)[GSS], size_t n_forces) MUST_USE;

/* ground_people: how many people live in the named force areas. */
uint64_t ground_people(
    const struct ground *g, const char (*forces)[GSS], size_t n_forces);

#endif
