#include "model/ladder.h"

#include <stdlib.h>
#include <string.h>

void
ladder_question(struct question *out, const struct question *q, unsigned level)
{
	*out = *q;
	out->n_places = q->level_places[level];
	out->n_levels = 1;
	memset(out->level_places, 0, sizeof(out->level_places));
	out->level_places[0] = out->n_places;
	if (q->geo == GEO_GRID) {
		out->cell_m = q->cell_m << level;
		out->cols = q->cols >> level;
		out->rows = q->rows >> level;
	} else {
		out->geo = q->geo + level;
	}
}

/* Four squares of a level make one of the next. */
static void
grid_parents(uint32_t *parent, const struct question *q, unsigned level)
{
	uint32_t cols = q->cols >> level, rows = q->rows >> level;

	for (uint32_t row = 0; row < rows; row++)
		for (uint32_t col = 0; col < cols; col++)
			parent[row * cols + col] =
			    row / 2 * (cols / 2) + col / 2;
}

static enum err
area_level(struct placing **out, const struct question *q,
    const struct areas *areas, unsigned level)
{
	enum err e;

	if ((e = placing_new(
		 out, areas, q->geo + level, q->areas, q->n_areas)) != E_OK)
		return e;
	return placing_count(*out) == q->level_places[level] ? E_OK : E_ARG;
}

static enum err
area_parents(
    struct ladder *l, const struct question *q, const struct areas *areas)
{
	struct placing *fine = NULL, *coarse = NULL;
	enum err e = area_level(&fine, q, areas, 0);

	for (unsigned i = 0; i + 1 < l->levels && e == E_OK; i++) {
		if ((e = area_level(&coarse, q, areas, i + 1)) != E_OK)
			break;
		placing_parents(l->parent[i], fine, coarse);
		placing_free(fine);
		fine = coarse;
		coarse = NULL;
	}
	placing_free(fine);
	placing_free(coarse);
	return e;
}

enum err
ladder_new(
    struct ladder **out, const struct question *q, const struct areas *areas)
{
	struct ladder *l = calloc(1, sizeof(*l));
	enum err e = l == NULL ? E_NOMEM : E_OK;

	if (e != E_OK)
		return e;
	l->levels = q->n_levels;
	for (unsigned i = 0; i < l->levels; i++)
		l->n[i] = q->level_places[i] + 1;
	for (unsigned i = 0; i + 1 < l->levels; i++) {
		l->parent[i] = calloc(l->n[i], sizeof(*l->parent[i]));
		if (l->parent[i] == NULL) {
			e = E_NOMEM;
			goto out;
		}
		l->parent[i][l->n[i] - 1] = l->n[i + 1] - 1;
		if (q->geo == GEO_GRID)
			grid_parents(l->parent[i], q, i);
	}
	if (q->geo != GEO_GRID)
		e = area_parents(l, q, areas);
out:
	if (e == E_OK)
		*out = l;
	else
		ladder_free(l);
	return e;
}

void
ladder_free(struct ladder *l)
{
	if (l == NULL)
		return;
	for (unsigned i = 0; i < QUERY_LEVELS_MAX; i++)
		free(l->parent[i]);
	free(l);
}
