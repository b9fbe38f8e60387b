/*
 * fuzz/rows.h -- what the targets of the loaders share.
 */
#ifndef FUZZ_ROWS_H
#define FUZZ_ROWS_H

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "model/grid.h"
#include "model/month.h"
#include "model/source.h"
#include "node/field.h"
#include "node/loader.h"

struct rows_bytes {
	const uint8_t *p;
	size_t left;
};

static inline enum err
rows_read(void *ctx, void *buf, size_t cap, size_t *n)
{
	struct rows_bytes *b = ctx;

	*n = b->left < cap ? b->left : cap;
	if (*n > 0)
		memcpy(buf, b->p, *n);
	b->p += *n;
	b->left -= *n;
	return E_OK;
}

static inline char *
rows_table(const char *path, size_t *len)
{
	char *text = NULL;

	if (file_read(&text, len, path, 1 << 24) != E_OK)
		abort();
	return text;
}

/* The shipped tables, read once. */
static inline const struct loader_world *
rows_world(void)
{
	static struct loader_world world;
	static struct keys keys;
	static char *outlines; /* which boundary points into */
	static const uint8_t secret[KEYS_STORE];
	static const uint8_t places[] =
	    "place,east,north,lsoa\nQueen Street,318500,176400,W01001842\n";
	struct rows_bytes b = { places, sizeof(places) - 1 };
	struct csv_source s = { rows_read, &b };
	size_t e, n, len, line;
	uint64_t at;
	char *east, *north, *areas, *themes, *vintage;

	if (world.keys != NULL)
		return &world;
	east = rows_table(WARD_DATA "/osgb/ostn_east", &e);
	north = rows_table(WARD_DATA "/osgb/ostn_north", &n);
	if (osgb_new((struct osgb **)&world.osgb, (uint8_t *)east, e,
		(uint8_t *)north, n) != E_OK)
		abort();
	areas = rows_table(WARD_DATA "/areas/lsoa11.csv", &len);
	if (areas_parse((struct areas **)&world.areas, areas, len, &line) !=
	    E_OK)
		abort();
	themes = rows_table(WARD_DATA "/rules/themes.csv", &len);
	if (themes_parse((struct themes **)&world.themes, themes, len, &line) !=
	    E_OK)
		abort();
	if (gazetteer_read((struct gazetteer **)&world.gazetteer, &s, &at) !=
	    E_OK)
		abort();
	outlines = rows_table(WARD_DATA "/boundaries/lsoa11.bin", &len);
	if (boundary_parse((struct boundary **)&world.boundary,
		(uint8_t *)outlines, len) != E_OK)
		abort();
	vintage = rows_table(WARD_DATA "/areas/lsoa21.csv", &len);
	if (vintage_parse(
		(struct vintage **)&world.vintage, vintage, len, &line) != E_OK)
		abort();
	free(areas);
	free(themes);
	free(vintage);
	keys_derive(&keys, secret);
	world.keys = &keys;
	return &world;
}

/* Is the place of a record no finer than its source may have it? */
static inline bool
rows_coarse(const struct incident *i, const struct loader_world *world)
{
	const struct source_facts *source = source_of(i->kind.source);
	const char *code =
	    areas_within(world->areas, i->area, source->finest_geo);

	if (i->has_point &&
	    (!source->points || i->kind.setting == SETTING_DWELLING))
		return false;
	return code == NULL || strcmp(code, i->area) == 0;
}

/* Aborts unless every field of a record is inside its documented range. */
static inline void
rows_check(const struct incident *i, const struct loader_world *world)
{
	if (i->month >= MONTH_MAX || i->occurred_from >= i->occurred_to ||
	    i->time_precision == 0 || i->time_precision >= PRECISIONS ||
	    i->kind.code[INCIDENT_CODE - 1] != '\0' ||
	    i->kind.codelist[INCIDENT_LIST - 1] != '\0' ||
	    i->kind.weapon >= WEAPONS || i->kind.victim >= VICTIMS ||
	    i->kind.setting >= SETTINGS ||
	    !themes_know(world->themes, &i->kind) ||
	    i->feed[INCIDENT_FEED - 1] != '\0' ||
	    i->area[INCIDENT_AREA - 1] != '\0' ||
	    i->published[INCIDENT_GSS - 1] != '\0' ||
	    (i->has_person && source_of(i->kind.source)->people == NULL) ||
	    !rows_coarse(i, world) ||
	    (i->has_point &&
		(i->east >= GRID_EAST_MAX || i->north >= GRID_NORTH_MAX)))
		abort();
}

/* Takes bytes through a loader as node/load does. */
static inline void
rows_load(const struct loader *loader, const uint8_t *buf, size_t len)
{
	const struct loader_world *world = rows_world();
	struct rows_bytes b = { buf, len };
	struct csv_source s = { rows_read, &b };
	struct loader_columns columns;
	struct loader_record rec;
	struct csv_row row;
	struct report r;
	struct csv *c;

	report_start(&r, loader->name, "fuzz");
	if (csv_new(&c, &s, loader->one_line) != E_OK)
		abort();
	if (csv_next(c, &row) == E_OK &&
	    loader->header(loader, &columns, &row, &r) == E_OK)
		while (csv_next(c, &row) == E_OK && row.n > 0)
			if (!row.broken && row.n == columns.n &&
			    loader->map(loader, &rec, &columns, &row, world,
				&r) == REPORT_KEPT)
				rows_check(&rec.incident, world);
	csv_free(c);
}

#endif
