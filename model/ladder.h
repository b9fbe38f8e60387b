/*
 * model/ladder.h -- the levels of a question's places, and how they nest.
 *
 * Level 0 has the places of the counts, every level "not placed" as its last
 * node, whose parent is the "not placed" of the next level.
 */
#ifndef MODEL_LADDER_H
#define MODEL_LADDER_H

#include <stdint.h>

#include "base/err.h"
#include "model/area.h"
#include "model/query.h"

struct ladder {
	unsigned levels;                    /* q->n_levels */
	uint32_t n[QUERY_LEVELS_MAX];       /* level_places + 1 */
	uint32_t *parent[QUERY_LEVELS_MAX]; /* [n[l]]: a node of level l + 1;
					     * NULL for the last */
};

/*
 * ladder_new: the levels of q, for which query_check holds.  areas is the
 * lookup that q names; not read for grids.
 *
 * E_NOTFOUND	a force that the lookup lacks.
 * E_ARG	q states other numbers of places than the lookup gives.
 * E_NOMEM
 */
enum err ladder_new(struct ladder **out, const struct question *q,
    const struct areas *areas) MUST_USE;
void ladder_free(struct ladder *l); /* NULL does nothing */

/* ladder_question: *out is q as it would be asked on one of its levels: the
 * places, cell_m, cols, rows, geo and n_places are the level's; n_levels is 1.
 * For what draws or names places; its histograms mean nothing. */
void ladder_question(
    struct question *out, const struct question *q, unsigned level);

#endif
