#include "coordinator/geometry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/files.h"
#include "coordinator/shapes.h"
#include "crypto/hash.h"
#include "model/grid.h"
#include "model/osgb.h"

#define KEPT 8                                  /* sets of places */
#define NOWHERE INT32_MIN                       /* a corner outside OSTN15 */
#define OUTLINES_MAX ((size_t)64 * 1024 * 1024) /* bytes of one set */

struct corner { /* of grid squares: millionths of a degree, WGS 84 */
	int32_t lat, lon;
};

struct places {
	struct question q;
	uint64_t used; /* when last asked for, in calls */
	bool outlined;
	struct placing *placing; /* areas */
	struct shape *shapes;    /* [q.n_places]; areas with outlines */
	struct corner *corners;  /* [(rows + 1) * (cols + 1)]; squares */
};

struct file {
	char *p;
	size_t len;
};

struct geometry {
	struct areas *areas;
	struct osgb *osgb;
	uint8_t areas_hash[HASH_BYTES];
	struct file east, north, lsoa, forces, lads;
	struct text forces_text, lads_text; /* views of the files */
	struct places *kept[KEPT];
	uint64_t calls;
};

static void
places_free(struct places *p)
{
	if (p == NULL)
		return;
	for (uint32_t i = 0; p->shapes != NULL && i < p->q.n_places; i++)
		text_free(&p->shapes[i].polygons);
	free(p->shapes);
	free(p->corners);
	placing_free(p->placing);
	free(p);
}

void
geometry_free(struct geometry *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < KEPT; i++)
		places_free(g->kept[i]);
	areas_free(g->areas);
	osgb_free(g->osgb);
	free(g->east.p);
	free(g->north.p);
	free(g->lsoa.p);
	free(g->forces.p);
	free(g->lads.p);
	free(g);
}

/* A whole shipped file; a missing one is E_IO. */
static enum err
load(struct file *out, int folder, const char *name)
{
	enum err e = files_read(&out->p, &out->len, folder, name);

	return e == E_NOTFOUND ? E_IO : e;
}

static enum err
load_all(struct geometry *g, int folder)
{
	const struct {
		struct file *file;
		const char *name;
	} wanted[] = {
		{ &g->east, "osgb/ostn_east" },
		{ &g->north, "osgb/ostn_north" },
		{ &g->lsoa, "boundaries/lsoa11.geojsonl.zst" },
		{ &g->forces, "boundaries/forces.geojson" },
		{ &g->lads, "boundaries/lads.geojson" },
	};
	enum err e;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if ((e = load(wanted[i].file, folder, wanted[i].name)) != E_OK)
			return e;
	g->forces_text =
	    (struct text){ .p = g->forces.p, .len = g->forces.len };
	g->lads_text = (struct text){ .p = g->lads.p, .len = g->lads.len };
	return osgb_new(&g->osgb, (const uint8_t *)g->east.p, g->east.len,
	    (const uint8_t *)g->north.p, g->north.len);
}

static enum err
load_areas(struct geometry *g, int folder)
{
	struct file f = { NULL, 0 };
	size_t line;
	enum err e;

	if ((e = load(&f, folder, "areas/lsoa11.csv")) != E_OK)
		return e;
	hash_bytes32(g->areas_hash, f.p, f.len);
	e = areas_parse(&g->areas, f.p, f.len, &line);
	free(f.p);
	return e;
}

enum err
geometry_open(struct geometry **out, const char *data)
{
	struct geometry *g = calloc(1, sizeof(*g));
	int folder = -1;
	enum err e;

	if (g == NULL)
		return E_NOMEM;
	if ((e = files_folder(&folder, data)) != E_OK ||
	    (e = load_all(g, folder)) != E_OK ||
	    (e = load_areas(g, folder)) != E_OK)
		goto out;

	*out = g;
	g = NULL;
out:
	if (folder != -1)
		close(folder);
	geometry_free(g);
	return e;
}

const struct areas *
geometry_areas(const struct geometry *g)
{
	return g->areas;
}

const uint8_t *
geometry_areas_hash(const struct geometry *g)
{
	return g->areas_hash;
}

const struct text *
geometry_file(const struct geometry *g, const char *name)
{
	if (strcmp(name, "forces.geojson") == 0)
		return &g->forces_text;
	if (strcmp(name, "lads.geojson") == 0)
		return &g->lads_text;
	return NULL;
}

/* The place whose code it is; for shapes_lines. */
static struct shape *
shape_by_code(void *ctx, const char *code)
{
	struct places *p = ctx;
	uint32_t lo = 0, hi = placing_count(p->placing);

	while (lo < hi) { /* places are sorted by code */
		uint32_t mid = lo + (hi - lo) / 2;
		int order = strcmp(placing_at(p->placing, mid).code, code);

		if (order == 0)
			return &p->shapes[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The place that holds the LSOA; for shapes_packed. */
static struct shape *
shape_by_lsoa(void *ctx, const char *code)
{
	struct places *p = ctx;
	int64_t i = placing_of(p->placing, code);

	return i < 0 || i >= p->q.n_places ? NULL : &p->shapes[i];
}

/* The error of the first outline that could not be kept. */
static enum err
shapes_error(const struct places *p)
{
	for (uint32_t i = 0; i < p->q.n_places; i++)
		if (p->shapes[i].polygons.err != E_OK)
			return p->shapes[i].polygons.err;
	return E_OK;
}

static bool
shapes_all(const struct places *p)
{
	for (uint32_t i = 0; i < p->q.n_places; i++)
		if (p->shapes[i].polygons.len == 0)
			return false;
	return true;
}

/* Outlines of areas: from their own file if it has all, else from LSOAs. */
static enum err
outline_areas(struct geometry *g, struct places *p)
{
	const struct shape_sink whole = { shape_by_code, p };
	const struct shape_sink parts = { shape_by_lsoa, p };
	const struct file *own = p->q.geo == GEO_LAD     ? &g->lads
				 : p->q.geo == GEO_FORCE ? &g->forces
							 : NULL;
	enum err e;

	p->shapes = calloc(p->q.n_places, sizeof(*p->shapes));
	if (p->shapes == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < p->q.n_places; i++)
		p->shapes[i].polygons = text_new(OUTLINES_MAX);
	if (own != NULL)
		shapes_lines(own->p, own->len, &whole);
	if (own != NULL && shapes_all(p))
		return shapes_error(p);
	for (uint32_t i = 0; i < p->q.n_places; i++)
		text_free(&p->shapes[i].polygons);
	if ((e = shapes_packed(g->lsoa.p, g->lsoa.len, &parts)) != E_OK)
		return e;
	return shapes_error(p);
}

/* The corner at column x, row y of the squares; the last may stand over the
 * edge of OSTN15 and is drawn at it. */
static struct corner
corner_at(
    const struct geometry *g, const struct question *q, uint32_t x, uint32_t y)
{
	double east =
	    fmin((double)q->west + (double)x * q->cell_m, GRID_EAST_MAX);
	double north =
	    fmin((double)q->south + (double)y * q->cell_m, GRID_NORTH_MAX);
	double lat, lon;

	if (osgb_to_wgs84(g->osgb, east, north, &lat, &lon) != E_OK)
		return (struct corner){ NOWHERE, NOWHERE };
	return (struct corner){ (int32_t)lround(lat * 1e6),
		(int32_t)lround(lon * 1e6) };
}

static enum err
outline_squares(struct geometry *g, struct places *p)
{
	const struct question *q = &p->q;
	size_t n = ((size_t)q->cols + 1) * ((size_t)q->rows + 1);
	struct corner *c = calloc(n, sizeof(*c));

	if (c == NULL)
		return E_NOMEM;
	p->corners = c;
	for (uint32_t y = 0; y <= q->rows; y++)
		for (uint32_t x = 0; x <= q->cols; x++)
			*c++ = corner_at(g, q, x, y);
	return E_OK;
}

static enum err
outline(struct geometry *g, struct places *p)
{
	enum err e;

	if (p->outlined)
		return E_OK;
	e = p->q.geo == GEO_GRID ? outline_squares(g, p) : outline_areas(g, p);
	p->outlined = e == E_OK;
	return e;
}

static enum err
places_new(struct geometry *g, struct places **out, const struct question *q)
{
	struct places *p = calloc(1, sizeof(*p));
	enum err e = E_OK;

	if (p == NULL)
		return E_NOMEM;
	p->q = *q;
	if (q->geo == GEO_GRID && !grid_good(q))
		e = E_FORMAT;
	if (q->geo != GEO_GRID) {
		if (memcmp(q->areas_hash, g->areas_hash, HASH_BYTES) != 0)
			e = E_STATE;
		else
			e = placing_new(&p->placing, g->areas, q->geo, q->areas,
			    q->n_areas);
		if (e == E_OK && placing_count(p->placing) != q->n_places)
			e = E_STATE;
	}
	if (e != E_OK) {
		places_free(p);
		return e;
	}
	*out = p;
	return E_OK;
}

/* Have both questions the same places? */
static bool
same_places(const struct question *a, const struct question *b)
{
	return a->geo == b->geo && a->n_places == b->n_places &&
	       a->cell_m == b->cell_m && a->west == b->west &&
	       a->south == b->south && a->cols == b->cols &&
	       a->rows == b->rows && a->n_areas == b->n_areas &&
	       memcmp(a->areas, b->areas, sizeof(a->areas)) == 0 &&
	       memcmp(a->areas_hash, b->areas_hash, QUERY_ID) == 0;
}

/* The kept set for q, or the place where a new one may go (the set there has
 * not been used for the longest time). */
static struct places **
kept_slot(struct geometry *g, const struct question *q)
{
	struct places **oldest = &g->kept[0];

	for (size_t i = 0; i < KEPT; i++) {
		struct places **slot = &g->kept[i];

		if (*slot != NULL && same_places(&(*slot)->q, q))
			return slot;
		if (*oldest != NULL &&
		    (*slot == NULL || (*slot)->used < (*oldest)->used))
			oldest = slot;
	}
	places_free(*oldest);
	*oldest = NULL;
	return oldest;
}

enum err
geometry_places(struct geometry *g, const struct places **out,
    const struct question *q, bool outlines)
{
	struct places **slot = kept_slot(g, q);
	enum err e;

	if (*slot == NULL && (e = places_new(g, slot, q)) != E_OK)
		return e;
	if (outlines && (e = outline(g, *slot)) != E_OK) {
		places_free(*slot);
		*slot = NULL;
		return e;
	}
	(*slot)->used = ++g->calls;
	*out = *slot;
	return E_OK;
}

void
places_text(const struct places *p, uint32_t i, struct place_text *out)
{
	uint32_t east, north;
	struct place at;

	if (p->q.geo != GEO_GRID) {
		at = placing_at(p->placing, i);
		(void)snprintf(out->code, sizeof(out->code), "%s", at.code);
		(void)snprintf(out->name, sizeof(out->name), "%s", at.name);
		return;
	}
	grid_code(out->code, &p->q, i);
	grid_corner(&p->q, i, &east, &north);
	(void)snprintf(out->name, sizeof(out->name),
	    "%u km square, %u km east, %u km north", p->q.cell_m / 1000,
	    east / 1000, north / 1000);
}

/* One corner as "[lon,lat]". */
static void
add_corner(struct text *out, const struct corner *c)
{
	text_bytes(out, "[", 1);
	text_micro(out, c->lon);
	text_bytes(out, ",", 1);
	text_micro(out, c->lat);
	text_bytes(out, "]", 1);
}

static void
square_shape(const struct places *p, uint32_t i, struct text *out)
{
	const struct question *q = &p->q;
	const struct corner *sw =
	    p->corners + (size_t)(i / q->cols) * (q->cols + 1) + i % q->cols;
	const struct corner *nw = sw + q->cols + 1;
	const struct corner *ring[] = { sw, sw + 1, nw + 1, nw, sw };

	for (size_t k = 0; k < 4; k++)
		if (ring[k]->lat == NOWHERE) {
			text_add(out, "null");
			return;
		}
	text_add(out, "{\"type\":\"Polygon\",\"coordinates\":[[");
	for (size_t k = 0; k < 5; k++) {
		if (k > 0)
			text_bytes(out, ",", 1);
		add_corner(out, ring[k]);
	}
	text_add(out, "]]}");
}

void
places_shape(const struct places *p, uint32_t i, struct text *out)
{
	if (p->corners != NULL)
		square_shape(p, i, out);
	else if (p->shapes != NULL)
		shape_write(&p->shapes[i], out);
	else
		text_add(out, "null");
}
