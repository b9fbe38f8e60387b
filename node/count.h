/*
 * node/count.h -- the exact, bounded counts of a question.  SECRET until
 * privacy/release has added noise.
 */
#ifndef NODE_COUNT_H
#define NODE_COUNT_H

#include <stdint.h>

#include "base/err.h"
#include "model/area.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/store.h"

/*
 * count_cells: cells[question_cells(q)] in the order of model/query: of the
 * records as of as_of_s that are of an asked source, month and theme, and
 * placed in the geography or without a usable place, the first q->c of each
 * person-month; one selection, which counts in every asked theme it has, but
 * in no more than q->k.  A count that is full, 2^32 - 1, stays so.
 *
 * A record without a usable place ("not placed") is one without a point (for
 * grids) or without an area that the lookup knows (for areas).
 *
 * areas	the lookup that q names by hash.
 * rules	likewise: they give a record its themes.
 *
 * cells is wiped on failure.
 *
 * E_NOTFOUND	a force that the lookup lacks.
 * E_ARG	q names other places than the lookup gives (n_places).
 * E_DB, E_NOMEM
 */
enum err count_cells(uint32_t *cells, struct store *store,
    const struct question *q, uint64_t as_of_s, const struct areas *areas,
    const struct themes *rules) MUST_USE;

#endif
