#include "node/count.h"

#include <assert.h>
#include <string.h>

#include "model/grid.h"
#include "privacy/bound.h"

struct count { /* of one question */
	uint32_t *cells;
	const struct question *q;
	const struct areas *areas;
	const struct placing *placing; /* NULL for grids */
	struct bound bound;
	bool open; /* a record of the person below has been shown */
	uint16_t month;
	uint8_t person[INCIDENT_KEY];
	uint32_t asked; /* theme bits */
};

/* The asked themes as bits. */
static uint32_t
asked_themes(const struct question *q)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < q->n_themes; i++)
		bits |= UINT32_C(1) << q->themes[i];
	return bits;
}

/* The place of a record; n_places: not placed; -1: outside the geography. */
static int64_t
place_of(const struct count *c, const struct incident *i)
{
	struct place known;

	if (c->placing == NULL) {
		if (!i->has_point)
			return c->q->n_places;
		return grid_place(c->q, i->east, i->north);
	}
	if (!areas_lsoa(c->areas, i->area, &known))
		return c->q->n_places;
	return placing_of(c->placing, i->area);
}

/* Adds a record to its cell in every asked theme that it has, but in no more
 * than k: what was charged bounds what a record moves, whatever the rules. */
static void
add(struct count *c, const struct incident *i, uint32_t place)
{
	const struct question *q = c->q;
	uint32_t slice = q->slicing == SLICE_MONTH
			     ? (uint32_t)(i->month - q->first_month)
			     : 0;
	uint16_t left = q->k;

	for (uint32_t t = 0; t < q->n_themes && left > 0; t++)
		if ((i->themes & UINT32_C(1) << q->themes[t]) != 0) {
			uint32_t *cell =
			    &c->cells[question_cell(q, t, slice, place)];

			/* One that is full stays so: wrapping to 0 would move
			 * it by more than the record. */
			*cell += *cell != UINT32_MAX;
			left--;
		}
}

/* Does this record, which matches, count?  store_each yields those of a person
 * and month one after the other. */
static bool
kept(struct count *c, const struct incident *i)
{
	bool starts = !c->open || i->month != c->month ||
		      memcmp(i->person_key, c->person, INCIDENT_KEY) != 0;

	if (!i->has_person)
		return true;
	c->open = true;
	c->month = i->month;
	memcpy(c->person, i->person_key, INCIDENT_KEY);
	return bound_keeps(&c->bound, starts, true);
}

/* One record, as store_each yields it. */
static void
take(void *ctx, const struct incident *i)
{
	struct count *c = ctx;
	int64_t place;

	if ((i->themes & c->asked) == 0 || (place = place_of(c, i)) < 0)
		return;
	if (kept(c, i))
		add(c, i, (uint32_t)place);
}

/* The placing of an area question; *out stays NULL for grids. */
static enum err
open_placing(
    struct placing **out, const struct question *q, const struct areas *areas)
{
	enum err e;

	if (q->geo == GEO_GRID)
		return grid_good(q) ? E_OK : E_ARG;
	if ((e = placing_new(out, areas, q->geo, q->areas, q->n_areas)) != E_OK)
		return e;
	return placing_count(*out) == q->n_places ? E_OK : E_ARG;
}

enum err
count_cells(uint32_t *cells, struct store *store, const struct question *q,
    uint64_t as_of_s, const struct areas *areas, const struct themes *rules)
{
	struct count c = {
		.cells = cells, .q = q, .areas = areas, .asked = asked_themes(q)
	};
	size_t bytes = question_cells(q) * sizeof(*cells);
	struct placing *placing = NULL;
	enum err e;

	memset(cells, 0, bytes);
	bound_start(&c.bound, q->c);
	if ((e = open_placing(&placing, q, areas)) == E_OK) {
		c.placing = placing;
		e = store_each(store, q->first_month, q->n_months, q->sources,
		    as_of_s, rules, take, &c);
	}
	if (e != E_OK)
		explicit_bzero(cells, bytes);
	placing_free(placing);
	explicit_bzero(&c, sizeof(c));
	return e;
}
