#include "model/grid.h"

#include <stdio.h>

/* Is n squares of cell metres from start good on an axis of extent metres? */
static bool
axis_good(uint32_t start, uint32_t n, uint32_t cell, uint32_t extent)
{
	return start % cell == 0 && start < extent && n >= 1 &&
	       n <= (extent - start + GRID_CELL_MAX - 1) / cell;
}

bool
grid_good(const struct question *q)
{
	uint32_t cell = q->cell_m;

	if (cell != 1000 && cell != 2000 && cell != 4000 && cell != 8000 &&
	    cell != 16000)
		return false;
	return axis_good(q->west, q->cols, cell, GRID_EAST_MAX) &&
	       axis_good(q->south, q->rows, cell, GRID_NORTH_MAX) &&
	       q->n_places == q->cols * q->rows &&
	       q->n_places < QUERY_CELLS_MAX;
}

bool
grid_level_good(const struct question *q, unsigned level)
{
	uint32_t side;

	if (level > 4) /* 1 km << 4 is the largest square */
		return false;
	side = UINT32_C(1) << level;
	return q->cell_m <= GRID_CELL_MAX / side && q->cols % side == 0 &&
	       q->rows % side == 0 && q->west % (q->cell_m * side) == 0 &&
	       q->south % (q->cell_m * side) == 0;
}

int64_t
grid_place(const struct question *q, uint32_t east, uint32_t north)
{
	uint32_t col, row;

	if (east < q->west || north < q->south)
		return -1;
	col = (east - q->west) / q->cell_m;
	row = (north - q->south) / q->cell_m;
	if (col >= q->cols || row >= q->rows)
		return -1;
	return (int64_t)row * q->cols + col;
}

void
grid_corner(
    const struct question *q, uint32_t place, uint32_t *east, uint32_t *north)
{
	*east = q->west + place % q->cols * q->cell_m;
	*north = q->south + place / q->cols * q->cell_m;
}

void
grid_code(char out[GRID_CODE], const struct question *q, uint32_t place)
{
	uint32_t east, north;

	grid_corner(q, place, &east, &north);
	(void)snprintf(out, GRID_CODE, "E%04uN%04u-%u", east / 1000 % 10000,
	    north / 1000 % 10000, q->cell_m);
}
