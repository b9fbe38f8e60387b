/*
 * coordinator/render.h -- the numbers of a release as JSON, CSV and GeoJSON.
 *
 * "value" is the unbiased estimate, with two decimals at most, and may be
 * negative; "low" and "high" are the ends of its 95 % interval, rounded
 * outwards; "display" is the whole number, never negative, that adds up over
 * levels and months.
 */
#ifndef COORDINATOR_RENDER_H
#define COORDINATOR_RENDER_H

#include "coordinator/geometry.h"
#include "coordinator/releases.h"
#include "coordinator/text.h"
#include "model/query.h"

struct view { /* one theme, time, level and source of a release */
	const struct query *query;
	const uint8_t *id;    /* [QUERY_ID], the query's */
	uint32_t theme, time; /* indexes: question.themes, coordinator/times */
	unsigned level;
	struct release_words words;
	struct release_cells cells; /* [level_places + 1] of this view */
};

/*
 * render_select: the indexes that the words mean; "" is the first.
 *
 * E_NOTFOUND	the release has no such theme, slice or level.
 */
enum err render_select(struct view *v, const char *theme, const char *slice,
    const char *level) MUST_USE;

/* {"id","theme","text","rules":{"name","version","sha256"},"slice","source",
 * "level","half_width_95":{"least","most"},
 * "cells":[{"code","name","value","low","high","display"}],"not_placed":
 * {"value","low","high","display"}}; half_width_95 is that of the places. */
void render_json(
    struct text *out, const struct view *v, const struct places *places);

/* a FeatureCollection: "id" and properties as above, one feature a place */
void render_geojson(
    struct text *out, const struct view *v, const struct places *places);

/* render_csv_head: the names of the columns; render_csv: the rows.  The row of
 * what has no place has no code. */
void render_csv_head(struct text *out);
void render_csv(
    struct text *out, const struct view *v, const struct places *places);

/* render_sum: what the nodes sent, added up: {"id","source","nodes","noise",
 * "histograms":[{"level","by":["theme","slice"],"num","den","cells"}]}, cells
 * as model/query.h orders them; of running totals "slices" instead of "level",
 * of a Haar transform "columns" and "rows": how many a coefficient spans. */
void render_sum(struct text *out, const struct query *q, const uint8_t *id,
    const struct release_sum *sum);

#endif
