#include "coordinator/render.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "model/month.h"
#include "model/theme.h"

void
render_slice_text(
    char out[RENDER_SLICE], const struct question *q, uint32_t slice)
{
	static_assert(RENDER_SLICE == MONTH_TEXT, "a month fits");
	if (q->slicing == SLICE_SUM)
		(void)snprintf(out, RENDER_SLICE, "sum");
	else
		month_text(out, (uint16_t)(q->first_month + slice));
}

static bool
find_theme(const struct question *q, const char *word, uint32_t *out)
{
	for (uint32_t i = 0; i < q->n_themes; i++)
		if (word[0] == '\0' ||
		    strcmp(theme_text(q->themes[i]), word) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static bool
find_slice(const struct question *q, const char *word, uint32_t *out)
{
	char name[RENDER_SLICE];

	for (uint32_t i = 0; i < question_slices(q); i++) {
		render_slice_text(name, q, i);
		if (word[0] == '\0' || strcmp(name, word) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

enum err
render_select(struct view *v, const char *theme, const char *slice)
{
	uint32_t t, s;

	if (!find_theme(&v->query->q, theme, &t) ||
	    !find_slice(&v->query->q, slice, &s))
		return E_NOTFOUND;
	v->theme = t;
	v->slice = s;
	return E_OK;
}

/* "value":v,"low":v - h,"high":v + h */
static void
add_value(struct text *out, const struct view *v, uint32_t i)
{
	int64_t value = v->sum.cells[i], h = v->sum.half_width_95;

	text_add(out, "\"value\":");
	text_int(out, value);
	text_add(out, ",\"low\":");
	text_int(out, value - h);
	text_add(out, ",\"high\":");
	text_int(out, value + h);
}

/* "id":...,"theme":...,"slice":...,"source":...,"half_width_95":... */
static void
add_view(struct text *out, const struct view *v)
{
	char id[HEX_LEN(QUERY_ID)], slice[RENDER_SLICE];

	hex_text(id, v->id, QUERY_ID);
	render_slice_text(slice, &v->query->q, v->slice);
	text_add(out, "\"id\":");
	text_json(out, id);
	text_add(out, ",\"theme\":");
	text_json(out, theme_text(v->query->q.themes[v->theme]));
	text_add(out, ",\"slice\":");
	text_json(out, slice);
	text_add(out, ",\"source\":");
	text_json(out, v->sum.source);
	text_add(out, ",\"half_width_95\":");
	text_int(out, v->sum.half_width_95);
}

void
render_json(struct text *out, const struct view *v, const struct places *places)
{
	uint32_t n = v->query->q.n_places;
	struct place_text at;

	text_add(out, "{");
	add_view(out, v);
	text_add(out, ",\"cells\":[");
	for (uint32_t i = 0; i < n; i++) {
		places_text(places, i, &at);
		text_add(out, i == 0 ? "{\"code\":" : ",\n{\"code\":");
		text_json(out, at.code);
		text_add(out, ",\"name\":");
		text_json(out, at.name);
		text_add(out, ",");
		add_value(out, v, i);
		text_add(out, "}");
	}
	text_add(out, "],\"not_placed\":{");
	add_value(out, v, n);
	text_add(out, "}}\n");
}

void
render_geojson(
    struct text *out, const struct view *v, const struct places *places)
{
	uint32_t n = v->query->q.n_places;
	struct place_text at;

	text_add(out, "{\"type\":\"FeatureCollection\",");
	add_view(out, v);
	text_add(out, ",\"not_placed\":{");
	add_value(out, v, n);
	text_add(out, "},\"features\":[");
	for (uint32_t i = 0; i < n; i++) {
		places_text(places, i, &at);
		text_add(out, i == 0 ? "\n" : ",\n");
		text_add(out, "{\"type\":\"Feature\",\"id\":");
		text_json(out, at.code);
		text_add(out, ",\"properties\":{\"code\":");
		text_json(out, at.code);
		text_add(out, ",\"name\":");
		text_json(out, at.name);
		text_add(out, ",");
		add_value(out, v, i);
		text_add(out, "},\"geometry\":");
		places_shape(places, i, out);
		text_add(out, "}");
	}
	text_add(out, "]}\n");
}

void
render_csv_head(struct text *out)
{
	text_add(out, "theme,slice,source,code,name,value,low,high\r\n");
}

/* The rest of a row, from the value on. */
static void
csv_value(struct text *out, const struct view *v, uint32_t i)
{
	int64_t value = v->sum.cells[i], h = v->sum.half_width_95;

	text_add(out, ",");
	text_int(out, value);
	text_add(out, ",");
	text_int(out, value - h);
	text_add(out, ",");
	text_int(out, value + h);
	text_add(out, "\r\n");
}

void
render_csv(struct text *out, const struct view *v, const struct places *places)
{
	uint32_t n = v->query->q.n_places;
	char head[64], slice[RENDER_SLICE];
	struct place_text at;

	render_slice_text(slice, &v->query->q, v->slice);
	(void)snprintf(head, sizeof(head), "%s,%s,%s,",
	    theme_text(v->query->q.themes[v->theme]), slice, v->sum.source);
	for (uint32_t i = 0; i < n; i++) {
		places_text(places, i, &at);
		text_add(out, head);
		text_csv(out, at.code);
		text_add(out, ",");
		text_csv(out, at.name);
		csv_value(out, v, i);
	}
	text_add(out, head);
	text_add(out, ",not placed");
	csv_value(out, v, n);
}
