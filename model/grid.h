/*
 * model/grid.h -- squares of the British National Grid as places.
 *
 * A square holds its west and south edges, not its east and north ones, so
 * neighbours never share a point.  Whole metres, EPSG:27700.
 */
#ifndef MODEL_GRID_H
#define MODEL_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "model/query.h"

#define GRID_EAST_MAX 700000   /* metres; the extent of OSTN15 */
#define GRID_NORTH_MAX 1250000 /* metres */
#define GRID_CELL_MAX 16000    /* metres; the largest square */
#define GRID_CODE 32           /* bytes of a square's code with NUL */

/* grid_good: are the squares of q of a published size (1, 2, 4, 8 or 16 km),
 * aligned to multiples of it, inside the extent (the last rows and columns may
 * reach over its edge by less than GRID_CELL_MAX), n_places = cols * rows, and
 * fewer than the cells that an answer may have? */
bool grid_good(const struct question *q);

/* grid_level_good: do squares of cell_m << level exist, and tile the grid, all
 * of them published ones?  q is one that grid_good holds for. */
bool grid_level_good(const struct question *q, unsigned level);

/* grid_place: the place (row * cols + col) that holds the point, or -1 when
 * the point is outside.  q is one that grid_good holds for. */
int64_t grid_place(const struct question *q, uint32_t east, uint32_t north);

/* grid_corner: the south-west corner of a place < n_places. */
void grid_corner(
    const struct question *q, uint32_t place, uint32_t *east, uint32_t *north);

/* grid_code: the published code of a place: kilometres of its south-west corner
 * and its size in metres, "E0310N0170-1000". */
void grid_code(char out[GRID_CODE], const struct question *q, uint32_t place);

#endif
