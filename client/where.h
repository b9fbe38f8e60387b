/*
 * client/where.h -- the geography of a query file: which places, and on which
 * levels.
 *
 *	geography:
 *	  kind: lsoa11          # or msoa11, lad, force, grid
 *	  levels: [msoa11, lad] # published, too; "lad" alone: all up to it
 *	  forces: all
 */
#ifndef CLIENT_WHERE_H
#define CLIENT_WHERE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/reader.h"
#include "model/query.h"

#define WHERE_LEVEL 12 /* bytes of the word for a level with NUL */

struct where {
	uint32_t geo;      /* enum geo */
	uint16_t n_levels; /* published, kind being the first */
	uint16_t n_forces; /* 0: wherever the nodes asked are */
	struct reader_name forces[QUERY_AREAS_MAX];
	uint32_t cell_m; /* of a grid; 1,000 when not said */
	bool boxed;      /* west ... rows were given */
	bool ranges;     /* rectangles of squares will be added up */
	uint32_t west, south, cols, rows;
	int at, at_levels; /* in the doc */
};

/* where_read: complaints go to doc. */
void where_read(struct where *out, struct doc *doc);

/* where_level: the word for a level: "msoa11", or the metres of its squares. */
void where_level(
    char out[WHERE_LEVEL], uint32_t geo, uint32_t cell_m, unsigned level);

/* where_find: the number of the level of that word, as it may be written in a
 * file ("lsoa" is lsoa11); QUERY_LEVELS_MAX: none of the published ones. */
unsigned where_find(const struct where *w, const char *word);

#endif
