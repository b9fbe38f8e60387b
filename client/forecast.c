#include "client/forecast.h"

#include <string.h>

#include "client/choice.h"

/* How many people live where a node asked holds the source, inside the forces
 * asked about; every force once. */
static uint64_t
people_of(const struct question *q, const struct roster *r,
    const struct ground *g, uint32_t source)
{
	uint64_t people = 0;
	char seen[QUERY_AREAS_MAX][GSS];
	size_t n = 0;

	for (uint16_t i = 0; i < q->n_nodes; i++) {
		const struct member *m = roster_find(r, &q->nodes[i]);

		if (m == NULL || (m->sources & source) == 0)
			continue;
		for (unsigned j = 0; j < m->n_covers; j++) {
			const char *force = m->covers[j];
			bool asked = q->n_areas == 0, again = false;

			for (uint16_t a = 0; a < q->n_areas; a++)
				asked =
				    asked || strcmp(q->areas[a], force) == 0;
			for (size_t s = 0; s < n; s++)
				again = again || strcmp(seen[s], force) == 0;
			if (!asked || again || n == QUERY_AREAS_MAX)
				continue;
			memcpy(seen[n++], force, GSS);
			people += ground_people(g, &m->covers[j], 1);
		}
	}
	return people;
}

double
forecast_total(const struct question *q, const struct roster *r,
    const struct ground *g, uint16_t i)
{
	double total = -1;

	for (unsigned s = 0; s < GROUND_SOURCES; s++) {
		double rate = g->per_1000[s][q->themes[i]];
		uint32_t source = 1U << s;

		if ((q->sources & source) == 0 || rate < 0)
			continue;
		if (total < 0)
			total = 0;
		total += (double)people_of(q, r, g, source) / 1000 * rate *
			 q->n_months / 12;
	}
	return total;
}

double
forecast_cells(const struct question *q)
{
	return (double)q->n_places * question_slices(q);
}

/* The i-th level above that of q. */
static bool
level_above(struct coarser *c, const struct question *q, const struct ground *g,
    unsigned i)
{
	struct placing *p = NULL;

	if (q->geo == GEO_GRID) {
		if (i > 3 || q->cell_m << (i + 1) > 16000)
			return false;
		c->cell_m = q->cell_m << (i + 1);
		c->cells /= (double)(1U << 2 * (i + 1));
		return true;
	}
	if (q->geo + i + 1 > GEO_FORCE ||
	    placing_new(&p, g->areas, q->geo + i + 1, q->areas, q->n_areas) !=
		E_OK)
		return false;
	c->geo = q->geo + i + 1;
	c->cells *= (double)placing_count(p) / q->n_places;
	placing_free(p);
	return true;
}

bool
forecast_coarser(struct coarser *out, const struct question *q,
    const struct ground *g, unsigned i)
{
	const struct coarser same = { q->geo, q->cell_m, q->slicing,
		forecast_cells(q) };
	struct coarser c = same;

	if (!level_above(&c, q, g, i)) {
		/* time comes once, after the last level */
		if (q->slicing != SLICE_MONTH || q->n_months == 1 ||
		    (i > 0 && !level_above(&c, q, g, i - 1)))
			return false;
		c = same;
		c.slicing = SLICE_SUM;
		c.cells /= q->n_months;
	}
	*out = c;
	return true;
}
