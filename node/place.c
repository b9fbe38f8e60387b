#include "node/place.h"

#include <assert.h>
#include <string.h>

#include "model/grid.h"
#include "model/source.h"
#include "node/field.h"

#define NAME_M 50        /* what a name in a gazetteer stands for, metres */
#define UNSURE_M 500     /* likewise where the text says more than that */
#define IRELAND_EAST 2e5 /* the island lies west of it */
#define SURE 100         /* confidence of a text that is a name as a whole */

struct search { /* for the place of one record */
	const struct loader_world *world;
	const struct place_said *said;
	struct report *report;
	uint64_t line;
	bool outside; /* of OSTN15, with the coordinates it has */
};

static void
note(const struct search *s, enum report_reason reason)
{
	report_count(s->report, reason, s->line);
}

/* Sets the area of *i to a code of the lookup. */
static void
set_area(struct incident *i, const char *code)
{
	static_assert(AREA_CODE <= INCIDENT_AREA, "every code fits");
	strcpy(i->area, code);
}

static void
set_point(struct incident *i, double east, double north, enum geo_method method,
    uint16_t precision_m)
{
	i->has_point = true;
	i->east = (uint32_t)east;
	i->north = (uint32_t)north;
	i->geo_method = (uint8_t)method;
	i->geo_precision_m = precision_m;
}

/* Are metres, EPSG:27700, inside OSTN15?  Its shift puts 0, 0 outside, which is
 * what systems write that do not know. */
static bool
inside(const struct osgb *osgb, double east, double north)
{
	double lat, lon;

	if (!(east >= 0 && east < GRID_EAST_MAX && north >= 0 &&
		north < GRID_NORTH_MAX))
		return false;
	if (east >= IRELAND_EAST)
		return true;
	return osgb_to_wgs84(osgb, east, north, &lat, &lon) == E_OK &&
	       osgb_to_grid(osgb, lat, lon, &east, &north) == E_OK;
}

/* The point of *i from the coordinates that were said. */
static void
take_point(struct incident *i, struct search *s)
{
	const struct place_said *said = s->said;
	double east = said->east, north = said->north;
	bool good;

	if (said->has_grid)
		good = inside(s->world->osgb, east, north);
	else if (said->has_degrees)
		good = osgb_to_grid(s->world->osgb, said->lat, said->lon, &east,
			   &north) == E_OK;
	else
		return;
	s->outside = !good;
	if (good)
		set_point(i, east, north, said->method, said->precision_m);
	else
		note(s, REPORT_OUTSIDE);
}

/* The published code, and the area that it is or stands for. */
static void
take_published(struct incident *i, const struct search *s)
{
	const struct vintage *vintage = s->world->vintage;
	const char *code;

	if (!field_lsoa(i->published, s->said->lsoa) || i->published[0] == '\0')
		return;
	if (areas_has_lsoa(s->world->areas, i->published)) {
		i->vintage = 2011;
		memcpy(i->area, i->published, sizeof(i->published));
		return;
	}
	if (vintage == NULL ||
	    (code = vintage_2011(vintage, i->published)) == NULL ||
	    (code = areas_named(s->world->areas, GEO_LSOA11, code)) == NULL)
		return;
	i->vintage = 2021;
	set_area(i, code);
	note(s, REPORT_VINTAGE);
}

/* The code of the LSOA that a point lies in, which the lookup knows, or NULL.
 */
static const char *
outline(const struct loader_world *w, uint32_t east, uint32_t north)
{
	return w->boundary == NULL ? NULL
				   : boundary_lsoa(w->boundary, east, north);
}

/* The code of the finest area of that code or name, or NULL. */
static const char *
stated(const struct areas *areas, const char *text, uint32_t *geo)
{
	const char *code;

	if (*text == '\0')
		return NULL;
	for (*geo = GEO_LSOA11; *geo <= GEO_FORCE; ++*geo)
		if ((code = areas_named(areas, *geo, text)) != NULL)
			return code;
	return NULL;
}

/* Does that LSOA lie in the area that the record states, if it states one? */
static bool
agrees(const struct search *s, const char *lsoa)
{
	uint32_t geo;
	const char *area = stated(s->world->areas, s->said->area, &geo);

	return area == NULL ||
	       strcmp(areas_within(s->world->areas, lsoa, geo), area) == 0;
}

/* What the gazetteer has for the text; one that lies outside the area that the
 * record states is another place of that name. */
static void
take_text(struct incident *i, const struct search *s)
{
	const struct loader_world *w = s->world;
	struct gazetteer_place p;
	const char *code = NULL;

	if (w->gazetteer == NULL ||
	    !gazetteer_find(w->gazetteer, &p, s->said->text)) {
		note(s, REPORT_NO_PLACE);
		return;
	}
	code = areas_named(w->areas, GEO_LSOA11, p.area);
	if (code == NULL && p.has_point)
		code = outline(w, p.east, p.north);
	if (code != NULL && !agrees(s, code)) {
		note(s, REPORT_NO_PLACE);
		return;
	}
	if (code != NULL)
		set_area(i, code);
	if (p.has_point)
		set_point(i, p.east, p.north, GEO_GAZETTEER,
		    p.confidence < SURE ? UNSURE_M : NAME_M);
	if (p.confidence < SURE)
		note(s, REPORT_UNSURE);
}

/* Counts a record in the LSOA whose outline holds its point, unless NULL. */
static void
take_outline(struct incident *i, const struct search *s, const char *code)
{
	if (code == NULL)
		return;
	set_area(i, code);
	note(s, REPORT_OUTLINE);
}

/* The area of *i, if its published code has not given one. */
static void
find_area(struct incident *i, const struct search *s)
{
	const char *code = NULL;
	uint32_t geo;

	if (i->has_point)
		take_outline(i, s, outline(s->world, i->east, i->north));
	else if (!s->outside && s->said->text[0] != '\0')
		take_text(i, s);
	if (i->area[0] == '\0' &&
	    (code = stated(s->world->areas, s->said->area, &geo)) != NULL)
		set_area(i, code);
}

/* Can the outline wait, because nothing hangs on it now? */
static bool
can_wait(const struct incident *i, const struct search *s)
{
	return s->world->later != NULL && s->world->boundary != NULL &&
	       i->has_point && i->area[0] == '\0' && s->said->area[0] == '\0';
}

/* Takes away what must not be kept. */
static void
coarsen(struct incident *i, const struct search *s)
{
	const struct source_facts *source = source_of(i->kind.source);
	bool coarse = source->finest_geo > GEO_LSOA11;
	const char *code = !coarse ? NULL
				   : areas_within(s->world->areas, i->area,
					 source->finest_geo);

	if (code != NULL)
		set_area(i, code);
	if (coarse) {
		memset(i->published, 0, sizeof(i->published));
		i->vintage = 0;
	}
	if (s->said->dwelling && (i->has_point || i->area[0] != '\0'))
		note(s, REPORT_HOME);
	if (coarse || !source->points || s->said->dwelling) {
		i->has_point = false;
		i->east = i->north = 0;
	}
	if (!i->has_point) {
		i->geo_precision_m = 0;
		i->geo_method = i->area[0] == '\0' ? GEO_NONE : GEO_AREA;
	}
}

void
place_fill(struct incident *i, const struct place_said *said,
    const struct loader_world *w, struct report *r, uint64_t line)
{
	struct search s = { w, said, r, line, false };
	bool placed =
	    said->has_grid || said->has_degrees || said->text[0] != '\0';

	i->has_point = false;
	i->east = i->north = 0;
	i->geo_precision_m = 0;
	i->geo_method = GEO_NONE;
	memset(i->area, 0, sizeof(i->area));
	memset(i->published, 0, sizeof(i->published));
	i->vintage = 0;

	take_point(i, &s);
	take_published(i, &s);
	if (w->later != NULL) {
		w->later->waits = can_wait(i, &s);
		w->later->dwelling = said->dwelling;
		if (w->later->waits)
			return;
	}
	if (i->area[0] == '\0')
		find_area(i, &s);
	coarsen(i, &s);
	if (!placed && source_of(i->kind.source)->points)
		note(&s, REPORT_NO_POINT);
	if (i->area[0] == '\0')
		note(&s, REPORT_NO_AREA);
}

void
place_settle(const struct place_wait *waits, size_t n,
    const struct loader_world *w, struct report *r)
{
	struct boundary_point points[PLACE_WAITS] = { 0 };
	const char *codes[PLACE_WAITS];

	assert(n <= PLACE_WAITS);
	for (size_t k = 0; k < n; k++)
		points[k] = (struct boundary_point){ waits[k].incident->east,
			waits[k].incident->north };
	boundary_lsoas(w->boundary, codes, points, n);
	for (size_t k = 0; k < n; k++) {
		const struct place_said said = { .dwelling =
						     waits[k].dwelling };
		const struct search s = { w, &said, r, waits[k].line, false };
		struct incident *i = waits[k].incident;

		take_outline(i, &s, codes[k]);
		coarsen(i, &s);
		if (i->area[0] == '\0')
			note(&s, REPORT_NO_AREA);
	}
}
