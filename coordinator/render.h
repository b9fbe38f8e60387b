/*
 * coordinator/render.h -- the numbers of a release as JSON, CSV and GeoJSON.
 *
 * low and high are value -+ the half width of the 95 % interval.  Values are
 * the unbiased sums and may be negative.
 */
#ifndef COORDINATOR_RENDER_H
#define COORDINATOR_RENDER_H

#include "coordinator/geometry.h"
#include "coordinator/releases.h"
#include "coordinator/text.h"
#include "model/query.h"

#define RENDER_SLICE 8 /* bytes of "sum" or "2021-01" with NUL */

struct view { /* one theme, one slice, one source of a release */
	const struct query *query;
	const uint8_t *id;      /* [QUERY_ID], the query's */
	uint32_t theme, slice;  /* indexes into question.themes, slices */
	struct release_sum sum; /* cells: [n_places + 1] of this view */
};

/*
 * render_select: the indexes that the words mean; "" is the first.
 *
 * E_NOTFOUND	the release has no such theme or slice.
 */
enum err render_select(
    struct view *v, const char *theme, const char *slice) MUST_USE;

/* render_slice_text: "sum", or the month of a slice. */
void render_slice_text(
    char out[RENDER_SLICE], const struct question *q, uint32_t slice);

/* {"id","theme","slice","source","half_width_95","cells":[{"code","name",
 * "value","low","high"}],"not_placed":{"value","low","high"}} */
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

#endif
