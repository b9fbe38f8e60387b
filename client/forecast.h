/*
 * client/forecast.h -- how many records a cell may hold, from public volumes.
 *
 * For planning: incidents that 1,000 people have in a year
 * (data/rules/volumes.csv) times the people whom the nodes asked cover.
 */
#ifndef CLIENT_FORECAST_H
#define CLIENT_FORECAST_H

#include <stdint.h>

#include "client/ground.h"
#include "model/query.h"
#include "policies/roster.h"

/* forecast_total: the expected number of records of the i-th theme of q, over
 * all months; negative when no volume is published for it. */
double forecast_total(const struct question *q, const struct roster *r,
    const struct ground *g, uint16_t i);

/* forecast_cells: places times slices: what a total is spread over. */
double forecast_cells(const struct question *q);

struct coarser { /* the same question with fewer, larger cells */
	uint32_t geo, cell_m, slicing;
	double cells;
};

/*
 * forecast_coarser: the i-th of the questions coarser than q in one step of
 * place or of time, the finest first: places of the levels above, then all
 * months in one number.  False when there are no more.
 */
bool forecast_coarser(struct coarser *out, const struct question *q,
    const struct ground *g, unsigned i) MUST_USE;

#endif
