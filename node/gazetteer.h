/*
 * node/gazetteer.h -- what people write about a place, as a place.
 *
 * File: CSV, UTF-8, header "place,east,north,lsoa", one name a row: metres east
 * and north (EPSG:27700) or both empty, LSOA 2011 or empty, not all empty.
 *
 * Names and texts are compared as words in a plain form: ASCII letters in lower
 * case, apostrophes (' and U+2019) left out, every other ASCII byte that is no
 * letter or digit a space; kinds of places in short (street and saint: st,
 * road: rd, ...: the table in gazetteer.c); words that name nothing (the, near,
 * outside, ...: likewise) left out.
 *
 * A text that is a name as a whole is found with confidence 100.  Otherwise the
 * most words in a row, at least two, that are a name stand for it, with the
 * share of the text's words that they are, in whole per cent; found only if
 * there is one such place and the confidence is at least GAZETTEER_SURE.  A
 * name that stands for several places is never found.
 */
#ifndef NODE_GAZETTEER_H
#define NODE_GAZETTEER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "node/csv.h"

#define GAZETTEER_NAMES 500000 /* rows of the file */
#define GAZETTEER_TEXT 1024    /* bytes of a name or text; longer: not found */
#define GAZETTEER_WORDS 48     /* of a name or text, likewise */
#define GAZETTEER_SURE 50      /* per cent */

struct gazetteer; /* opaque */

struct gazetteer_place {
	bool has_point;
	uint32_t east, north; /* metres, when has_point */
	char area[10];        /* LSOA 2011, or "" */
	unsigned confidence;  /* GAZETTEER_SURE ... 100 */
};

/*
 * gazetteer_read: all of s; *line is the line at fault.
 *
 * E_FORMAT	another header or number of fields, no place, not UTF-8.
 * E_RANGE	a point outside the National Grid, an LSOA that is no code.
 * E_LIMIT, E_SHORT, E_IO, E_NOMEM
 */
enum err gazetteer_read(struct gazetteer **out, const struct csv_source *s,
    uint64_t *line) MUST_USE;
void gazetteer_free(struct gazetteer *g); /* NULL does nothing */

/* gazetteer_find: the place of a NUL-terminated text; false when there is
 * none, or it is not clear which. */
bool gazetteer_find(const struct gazetteer *g, struct gazetteer_place *out,
    const char *text) MUST_USE;

/* gazetteer_size: names, and how many of them stand for several places. */
void gazetteer_size(
    const struct gazetteer *g, uint64_t *names, uint64_t *unclear);

#endif
