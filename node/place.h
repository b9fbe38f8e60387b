/*
 * node/place.h -- where a record says it happened, as a place that may be kept.
 *
 * In this order: a published area code that the lookups know; the point by
 * outline; the gazetteer by text; a coarser area.  Then what must not be kept
 * is dropped: no record is finer than its source allows (model/source), and
 * one in a private dwelling keeps no point.  Of coordinates outside OSTN15,
 * Northern Ireland included, only an area that was stated is kept.
 */
#ifndef NODE_PLACE_H
#define NODE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/incident.h"
#include "node/loader.h"

struct place_said {       /* views; "" or false: not said */
	const char *lsoa; /* a published LSOA code, of 2011 or 2021 */
	const char *area; /* an MSOA, local authority or police force area, by
			   * code or name */
	const char *text; /* free text, for the gazetteer */
	bool has_grid;
	double east, north;     /* metres, EPSG:27700 */
	bool has_degrees;       /* looked at only without has_grid */
	double lat, lon;        /* WGS 84 */
	enum geo_method method; /* of the point */
	uint16_t precision_m;   /* likewise */
	bool dwelling;          /* private, or may be */
};

/* Of a record of which nothing is left to look for but the outline that holds
 * its point: those of many records are found in a fraction of the time. */
struct place_later {
	bool waits; /* set or cleared by place_fill */
	bool dwelling;
};

/*
 * place_fill: the place fields of *i (has_point ... vintage), whose
 * kind.source is set; the others stay.  Notes go to r under line.  E_OK always
 * follows: a record without a usable place is kept as "not placed".  Where
 * w->later is there and waits then, place_settle does the rest.
 */
void place_fill(struct incident *i, const struct place_said *said,
    const struct loader_world *w, struct report *r, uint64_t line);

struct place_wait {
	struct incident *incident; /* of which place_fill said that it waits */
	bool dwelling;             /* as it said then */
	uint64_t line;
};
#define PLACE_WAITS 32 /* at most */

/* place_settle: what place_fill has put off of n records. */
void place_settle(const struct place_wait *waits, size_t n,
    const struct loader_world *w, struct report *r);

#endif
