#include "coordinator/render.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "coordinator/levels.h"
#include "coordinator/times.h"
#include "coordinator/words.h"
#include "model/theme.h"

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

enum err
render_select(
    struct view *v, const char *theme, const char *slice, const char *level)
{
	const struct question *q = &v->query->q;
	uint32_t t, s;
	unsigned l;

	if (!find_theme(q, theme, &t) || times_find(&s, q, slice) != E_OK ||
	    levels_find(&l, q, level) != E_OK)
		return E_NOTFOUND;
	v->theme = t;
	v->time = s;
	v->level = l;
	return E_OK;
}

static uint32_t
places_of(const struct view *v)
{
	return v->query->q.level_places[v->level];
}

static int64_t
value_cents(const struct view *v, uint32_t i)
{
	return text_whole(round(v->cells.values[i] * 100));
}

static int64_t
low_cents(const struct view *v, uint32_t i)
{
	return text_whole(
	    floor((v->cells.values[i] - v->cells.half_95[i]) * 100));
}

static int64_t
high_cents(const struct view *v, uint32_t i)
{
	return text_whole(
	    ceil((v->cells.values[i] + v->cells.half_95[i]) * 100));
}

/* "value":...,"low":...,"high":...,"display":... */
static void
add_value(struct text *out, const struct view *v, uint32_t i)
{
	text_add(out, "\"value\":");
	text_cents(out, value_cents(v, i));
	text_add(out, ",\"low\":");
	text_cents(out, low_cents(v, i));
	text_add(out, ",\"high\":");
	text_cents(out, high_cents(v, i));
	text_add(out, ",\"display\":");
	text_int(out, v->cells.display[i]);
}

/* ,"half_width_95":{"least":...,"most":...} */
static void
add_widths(struct text *out, const struct view *v)
{
	const double *half = v->cells.half_95;
	double least = half[0], most = half[0];

	for (uint32_t i = 1; i < places_of(v); i++) {
		least = fmin(least, half[i]);
		most = fmax(most, half[i]);
	}
	text_add(out, ",\"half_width_95\":{\"least\":");
	text_cents(out, text_whole(ceil(least * 100)));
	text_add(out, ",\"most\":");
	text_cents(out, text_whole(ceil(most * 100)));
	text_add(out, "}");
}

/* "key":"value" */
static void
add_pair(struct text *out, const char *key, const char *value)
{
	text_json(out, key);
	text_add(out, ":");
	text_json(out, value);
}

/* "key":"value", or null where there is none. */
static void
add_words(struct text *out, const char *key, const char *value)
{
	text_json(out, key);
	text_add(out, ":");
	if (*value == '\0')
		text_add(out, "null");
	else
		text_json(out, value);
}

/* What the theme means, and by which rules. */
static void
add_meaning(struct text *out, const struct view *v)
{
	char hash[HEX_LEN(QUERY_ID)];

	hex_text(hash, v->query->q.rules_hash, QUERY_ID);
	add_words(out, "text", v->words.text[v->theme]);
	text_add(out, ",\"rules\":{");
	add_words(out, "name", v->words.rules);
	text_add(out, ",");
	add_words(out, "version", v->words.version);
	text_add(out, ",");
	add_pair(out, "sha256", hash);
	text_add(out, "}");
}

/* The members that say which view it is. */
static void
add_view(struct text *out, const struct view *v)
{
	const struct question *q = &v->query->q;
	char id[HEX_LEN(QUERY_ID)], slice[TIMES_TEXT], level[LEVELS_TEXT];

	hex_text(id, v->id, QUERY_ID);
	times_text(slice, q, v->time);
	levels_text(level, q, v->level);
	add_pair(out, "id", id);
	text_add(out, ",");
	add_pair(out, "theme", theme_text(q->themes[v->theme]));
	text_add(out, ",");
	add_meaning(out, v);
	text_add(out, ",");
	add_pair(out, "slice", slice);
	text_add(out, ",");
	add_pair(out, "source", v->cells.source);
	text_add(out, ",");
	add_pair(out, "level", level);
	add_widths(out, v);
}

/* "code":...,"name":..., and the numbers. */
static void
add_place(struct text *out, const struct view *v, const struct place_text *at,
    uint32_t i)
{
	add_pair(out, "code", at->code);
	text_add(out, ",");
	add_pair(out, "name", at->name);
	text_add(out, ",");
	add_value(out, v, i);
}

void
render_json(struct text *out, const struct view *v, const struct places *places)
{
	uint32_t n = places_of(v);
	struct place_text at;

	text_add(out, "{");
	add_view(out, v);
	text_add(out, ",\"cells\":[");
	for (uint32_t i = 0; i < n; i++) {
		places_text(places, i, &at);
		text_add(out, i == 0 ? "{" : ",\n{");
		add_place(out, v, &at, i);
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
	uint32_t n = places_of(v);
	struct place_text at;

	text_add(out, "{\"type\":\"FeatureCollection\",");
	add_view(out, v);
	text_add(out, ",\"not_placed\":{");
	add_value(out, v, n);
	text_add(out, "},\"features\":[");
	for (uint32_t i = 0; i < n; i++) {
		places_text(places, i, &at);
		text_add(out, i == 0 ? "\n" : ",\n");
		text_add(out, "{\"type\":\"Feature\",");
		add_pair(out, "id", at.code);
		text_add(out, ",\"properties\":{");
		add_place(out, v, &at, i);
		text_add(out, "},\"geometry\":");
		places_shape(places, i, out);
		text_add(out, "}");
	}
	text_add(out, "]}\n");
}

void
render_csv_head(struct text *out)
{
	text_add(out,
	    "theme,slice,source,level,code,name,value,low,high,display\r\n");
}

/* The rest of a row, from the value on. */
static void
csv_value(struct text *out, const struct view *v, uint32_t i)
{
	text_add(out, ",");
	text_cents(out, value_cents(v, i));
	text_add(out, ",");
	text_cents(out, low_cents(v, i));
	text_add(out, ",");
	text_cents(out, high_cents(v, i));
	text_add(out, ",");
	text_int(out, v->cells.display[i]);
	text_add(out, "\r\n");
}

void
render_csv(struct text *out, const struct view *v, const struct places *places)
{
	const struct question *q = &v->query->q;
	uint32_t n = places_of(v);
	char head[96], slice[TIMES_TEXT], level[LEVELS_TEXT];
	struct place_text at;

	times_text(slice, q, v->time);
	levels_text(level, q, v->level);
	(void)snprintf(head, sizeof(head), "%s,%s,%s,%s,",
	    theme_text(q->themes[v->theme]), slice, v->cells.source, level);
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

/* What the cells of a histogram are of. */
static void
add_histogram(struct text *out, const struct question *q, unsigned i)
{
	const struct histogram *h = &q->histograms[i];
	unsigned nx = question_bits(q->cols), ny = question_bits(q->rows);
	char level[LEVELS_TEXT];

	text_add(out, "{");
	if (q->strategy == STRATEGY_RUNNING) {
		text_add(out, "\"slices\":");
		text_int(out, INT64_C(1) << h->level);
	} else if (q->strategy == STRATEGY_HAAR) {
		text_add(out, "\"columns\":");
		text_int(out, INT64_C(1) << (h->x < nx ? h->x + 1U : nx));
		text_add(out, ",\"rows\":");
		text_int(out, INT64_C(1) << (h->y < ny ? h->y + 1U : ny));
	} else {
		levels_text(level, q, h->level);
		add_pair(out, "level", level);
	}
	text_add(out, ",\"by\":[");
	text_add(out, h->by & BY_THEME ? "\"theme\"" : "");
	text_add(out, h->by == (BY_THEME | BY_TIME) ? "," : "");
	text_add(out, h->by & BY_TIME ? "\"slice\"" : "");
	text_add(out, "],\"num\":");
	text_int(out, h->num);
	text_add(out, ",\"den\":");
	text_int(out, h->den);
}

void
render_sum(struct text *out, const struct query *q, const uint8_t *id,
    const struct release_sum *sum)
{
	const int64_t *cells = sum->cells;
	char hex[HEX_LEN(QUERY_ID)];

	hex_text(hex, id, QUERY_ID);
	text_add(out, "{");
	add_pair(out, "id", hex);
	text_add(out, ",");
	add_pair(out, "source", sum->source);
	text_add(out, ",\"nodes\":");
	text_int(out, sum->nodes);
	text_add(out, ",");
	add_pair(out, "noise", words_law(q->q.noise));
	text_add(out, ",\"histograms\":[");
	for (unsigned i = 0; i < q->q.n_histograms; i++) {
		text_add(out, i == 0 ? "\n" : ",\n");
		add_histogram(out, &q->q, i);
		text_add(out, ",\"cells\":[");
		for (uint32_t k = 0; k < question_histogram(&q->q, i); k++) {
			text_add(out, k == 0 ? "" : ",");
			text_int(out, *cells++);
		}
		text_add(out, "]}");
	}
	text_add(out, "]}\n");
}
