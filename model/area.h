/*
 * model/area.h -- published areas: LSOA 2011, MSOA 2011, local authority,
 * police force area of England and Wales, from the shipped lookup
 * (data/areas/lsoa11.csv: code,name,lad,lad_name,force,force_name,population;
 * sorted by code).
 */
#ifndef MODEL_AREA_H
#define MODEL_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/query.h"

#define AREA_CODE 64 /* bytes of the code of any area, with NUL */

struct areas; /* the parsed lookup */

/* areas_parse: E_FORMAT with *line, E_LIMIT (more than 65,536 rows), E_NOMEM.*/
enum err areas_parse(
    struct areas **out, const char *text, size_t len, size_t *line) MUST_USE;
void areas_free(struct areas *a);

struct place {            /* views into the lookup, valid as long as it */
	const char *code; /* GSS; an MSOA has its name as its code, see .c */
	const char *name;
	const char *force;   /* GSS code of the police force area it lies in */
	uint32_t population; /* mid-2019 */
};

/* areas_has_lsoa: is it the code of an LSOA? */
bool areas_has_lsoa(const struct areas *a, const char *lsoa) MUST_USE;
/* areas_lsoa: the LSOA with that code in *out; false when there is none. */
bool areas_lsoa(
    const struct areas *a, const char *lsoa, struct place *out) MUST_USE;

/*
 * areas_within: the code of the area of level geo (GEO_LSOA11 ... GEO_FORCE)
 * that the area with that code, of any level, lies in; a string of the lookup.
 * NULL: the lookup does not know the code, or it is coarser than geo.
 */
const char *areas_within(const struct areas *a, const char *code, uint32_t geo);
/* areas_named: the code of the area of level geo that text names, by its code
 * or, case ignored, its name (an LSOA by its code alone); NULL: none. */
const char *areas_named(const struct areas *a, uint32_t geo, const char *text);

/* areas_has_force: is it the code of a police force area? */
bool areas_has_force(const struct areas *a, const char *force);
/* areas_force_name: its name, or NULL. */
const char *areas_force_name(const struct areas *a, const char *force);
/* areas_force_code: the code of the police force area that text names, by its
 * code or, case ignored, its name; NULL when there is none. */
const char *areas_force_code(const struct areas *a, const char *text);

/*
 * The places of a geography (not GEO_GRID) inside the given forces, sorted by
 * code; the order is the order of cells.
 *
 * E_NOTFOUND	a force that the lookup lacks.
 * E_ARG	geo has no areas.
 */
struct placing; /* places of one question, and the map from an LSOA to them;
		 * needs the lookup as long as it lives */
enum err placing_new(struct placing **out, const struct areas *a, uint32_t geo,
    const char (*forces)[GSS], size_t n_forces) MUST_USE;
void placing_free(struct placing *p);
uint32_t placing_count(const struct placing *p);
struct place placing_at(const struct placing *p, uint32_t i);
/*
 * placing_of: the place that an area code of any level (LSOA 2011, MSOA, local
 * authority, police force area) lies in; -1 when it lies outside the forces;
 * placing_count(p), "not placed", when the lookup does not know it, or when it
 * is coarser than the places and inside the forces.
 */
int64_t placing_of(const struct placing *p, const char *code);

/* placing_parents: parents[i], i < placing_count(fine): the place of coarse
 * that the i-th place of fine lies in; both of the same lookup and forces,
 * coarse of a coarser geography (the levels nest: tests hold the shipped lookup
 * to it). */
void placing_parents(uint32_t *parents, const struct placing *fine,
    const struct placing *coarse);

#endif
