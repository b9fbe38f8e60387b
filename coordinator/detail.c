#include "coordinator/detail.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interval.h"
#include "base/hex.h"
#include "coordinator/render.h"
#include "coordinator/words.h"
#include "model/month.h"
#include "model/theme.h"

/* A number in the shortest form that has 12 significant digits. */
static void
add_number(struct text *out, double v)
{
	char s[40];

	(void)snprintf(s, sizeof(s), "%.12g", v);
	text_add(out, s);
}

/* "key":"value" */
static void
add_pair(struct text *out, const char *key, const char *value)
{
	text_json(out, key);
	text_add(out, ":");
	text_json(out, value);
}

/* The next element of a list follows. */
static void
add_comma(struct text *out, size_t i)
{
	if (i > 0)
		text_add(out, ",");
}

/* [{"code","name"}] of police force areas. */
static void
add_forces(struct text *out, const struct areas *areas,
    const char (*codes)[GSS], size_t n)
{
	text_add(out, "[");
	for (size_t i = 0; i < n; i++) {
		const char *name = areas_force_name(areas, codes[i]);

		add_comma(out, i);
		text_add(out, "{");
		add_pair(out, "code", codes[i]);
		text_add(out, ",");
		add_pair(out, "name", name == NULL ? codes[i] : name);
		text_add(out, "}");
	}
	text_add(out, "]");
}

static void
add_head(struct text *out, const struct detail_facts *f)
{
	const struct query *q = &f->round->query;
	char id[HEX_LEN(QUERY_ID)], when[TIME_TEXT];

	hex_text(id, f->round->id, QUERY_ID);
	time_text(when, f->released_at);
	add_pair(out, "id", id);
	text_add(out, ",");
	add_pair(out, "title", q->title);
	text_add(out, ",");
	add_pair(out, "purpose", q->purpose);
	text_add(out, ",");
	add_pair(out, "project", q->project);
	text_add(out, ",");
	add_pair(out, "researcher", q->researcher.s);
	text_add(out, ",");
	add_pair(out, "released_at", when);
}

static void
add_geography(struct text *out, const struct detail_facts *f)
{
	const struct question *q = &f->round->query.q;

	text_add(out, ",\"geography\":{");
	add_pair(out, "kind", geo_text(q->geo));
	text_add(out, ",\"cell_m\":");
	text_int(out, q->cell_m);
	text_add(out, ",\"places\":");
	text_int(out, q->n_places);
	text_add(out, ",\"areas\":");
	add_forces(out, f->areas, q->areas, q->n_areas);
	text_add(out, "}");
}

static void
add_themes(struct text *out, const struct question *q)
{
	text_add(out, ",\"themes\":[");
	for (uint16_t i = 0; i < q->n_themes; i++) {
		add_comma(out, i);
		text_add(out, "{");
		add_pair(out, "key", theme_text(q->themes[i]));
		text_add(out, ",");
		add_pair(out, "label", theme_label(q->themes[i]));
		text_add(out, "}");
	}
	text_add(out, "]");
}

static void
add_months(struct text *out, const struct question *q)
{
	char first[MONTH_TEXT], last[MONTH_TEXT], slice[RENDER_SLICE];

	month_text(first, q->first_month);
	month_text(last, (uint16_t)(q->first_month + q->n_months - 1));
	text_add(out, ",\"months\":{");
	add_pair(out, "first", first);
	text_add(out, ",");
	add_pair(out, "last", last);
	text_add(out, ",\"slices\":[");
	for (uint32_t i = 0; i < question_slices(q); i++) {
		render_slice_text(slice, q, i);
		add_comma(out, i);
		text_json(out, slice);
	}
	text_add(out, "],");
	add_pair(out, "slicing", q->slicing == SLICE_SUM ? "sum" : "month");
	text_add(out, "}");
}

/* One node; a party that has left the roster has only its id. */
static void
add_node(
    struct text *out, const struct detail_facts *f, const struct node_row *row)
{
	const struct member *m = roster_find(f->roster, &row->node);

	text_add(out, "{");
	add_pair(out, "id", row->node.s);
	text_add(out, ",");
	add_pair(out, "name", m == NULL ? row->node.s : m->name);
	text_add(out, ",");
	add_pair(out, "organisation", m == NULL ? "" : m->organisation);
	text_add(out, ",");
	add_pair(out, "sector", sums_key(sums_sector(f->roster, &row->node)));
	text_add(out, ",");
	add_pair(out, "state", node_state_text(row->state));
	text_add(out, ",");
	add_pair(out, "reason", row->reason);
	text_add(out, m != NULL && m->synthetic ? ",\"synthetic\":true"
						: ",\"synthetic\":false");
	text_add(out, ",\"covers\":");
	if (m == NULL)
		text_add(out, "[]");
	else
		add_forces(out, f->areas, m->covers, m->n_covers);
	text_add(out, "}");
}

static void
add_nodes(struct text *out, const struct detail_facts *f)
{
	const struct round *r = f->round;
	bool partial = false;

	text_add(out, ",\"nodes\":[");
	for (uint16_t i = 0; i < r->n; i++) {
		add_comma(out, i);
		add_node(out, f, &r->nodes[i].row);
		if (r->nodes[i].row.state != NODE_ANSWERED)
			partial = true;
	}
	text_add(out, partial ? "],\"partial\":true" : "],\"partial\":false");
}

static void
add_noise(struct text *out, const struct question *q)
{
	text_add(out, ",\"noise\":{\"law\":\"discrete Gaussian\","
		      "\"variance\":");
	add_number(
	    out, (double)q->histograms[0].num / (double)q->histograms[0].den);
	text_add(out, ",\"sd\":");
	add_number(
	    out, interval_sd(q->histograms[0].num, q->histograms[0].den));
	text_add(out, ",\"per\":\"cell and node\",\"charge_rho\":");
	add_number(out, (double)q->charge_nrho / 1e9);
	text_add(out, "}");
}

/* Are the records of all nodes that answered in a source made up? */
static bool
all_synthetic(const struct detail_facts *f, const char *source)
{
	const struct round *r = f->round;

	for (uint16_t i = 0; i < r->n; i++) {
		const struct node_row *row = &r->nodes[i].row;
		const struct member *m = roster_find(f->roster, &row->node);

		if (row->state == NODE_ANSWERED &&
		    strcmp(source,
			sums_key(sums_sector(f->roster, &row->node))) == 0 &&
		    (m == NULL || !m->synthetic))
			return false;
	}
	return true;
}

static void
add_sources(struct text *out, const struct detail_facts *f)
{
	const struct question *q = &f->round->query.q;
	double sd = interval_sd(q->histograms[0].num, q->histograms[0].den);

	text_add(out, ",\"sources\":[");
	for (size_t k = 0; k < f->sums->n; k++) {
		const struct release_sum *s = &f->sums->sum[k];

		add_comma(out, k);
		text_add(out, "{");
		add_pair(out, "key", s->source);
		text_add(out, ",");
		add_pair(out, "label",
		    words_source(s->source, all_synthetic(f, s->source)));
		text_add(out, ",\"nodes\":");
		text_int(out, s->nodes);
		text_add(out, ",\"sd\":");
		add_number(out, round(sqrt(s->nodes) * sd * 100) / 100);
		text_add(out, ",\"half_width\":{\"90\":");
		text_int(out, f->sums->half_90[k]);
		text_add(out, ",\"95\":");
		text_int(out, s->half_width_95);
		text_add(out, ",\"99.9\":");
		text_int(out, f->sums->half_999[k]);
		text_add(out, "}}");
	}
	text_add(out, "]");
}

/* The names of nodes for the sentences. */
static void
fill_names(struct words_facts *w, const char **missing, const char **synthetic,
    const struct detail_facts *f)
{
	const struct round *r = f->round;

	for (uint16_t i = 0; i < r->n; i++) {
		const struct node_row *row = &r->nodes[i].row;
		const struct member *m = roster_find(f->roster, &row->node);
		const char *name = m == NULL ? row->node.s : m->name;

		if (row->state != NODE_ANSWERED)
			missing[w->n_missing++] = name;
		else if (m != NULL && m->synthetic)
			synthetic[w->n_synthetic++] = name;
	}
}

/* "key":"..." of a sentence. */
static void
add_sentence(struct text *out, const char *key,
    void (*write)(struct text *, const struct words_facts *),
    const struct words_facts *w)
{
	struct text t = text_new(TEXT_MAX);

	write(&t, w);
	text_bytes(&t, "", 1); /* as a string */
	if (t.err == E_OK)
		add_pair(out, key, t.p);
	else
		out->err = t.err;
	text_free(&t);
}

static void
add_words(struct text *out, const struct detail_facts *f)
{
	const struct question *q = &f->round->query.q;
	const double chance = 0.05;
	const char *missing[QUERY_NODES_MAX], *synthetic[QUERY_NODES_MAX];
	struct words_facts w = {
		.query = &f->round->query,
		.answered = f->sums->sum[0].nodes,
		.all_half_width = f->sums->sum[0].half_width_95,
		.missing = missing,
		.synthetic = synthetic,
	};
	enum err e;

	fill_names(&w, missing, synthetic, f);
	if ((e = interval_half_widths(&w.one_half_width, &chance, 1,
		 q->histograms[0].num, q->histograms[0].den, 1)) != E_OK) {
		out->err = e;
		return;
	}
	text_add(out, ",\"words\":{");
	add_sentence(out, "noise", words_noise, &w);
	text_add(out, ",");
	add_sentence(out, "unit", words_unit, &w);
	text_add(out, ",");
	add_sentence(out, "caveat", words_caveat, &w);
	text_add(out, "}");
}

/* The sums over places of one view. */
static void
add_total(struct text *out, const struct detail_facts *f, uint32_t theme,
    uint32_t slice, size_t k)
{
	const struct question *q = &f->round->query.q;
	const struct release_sum *s = &f->sums->sum[k];
	const int64_t *cells = s->cells + question_cell(q, theme, slice, 0);
	char word[RENDER_SLICE];
	int64_t total = 0;

	for (uint32_t i = 0; i < q->n_places; i++)
		total += cells[i];
	render_slice_text(word, q, slice);
	text_add(out, "{");
	add_pair(out, "theme", theme_text(q->themes[theme]));
	text_add(out, ",");
	add_pair(out, "slice", word);
	text_add(out, ",");
	add_pair(out, "source", s->source);
	text_add(out, ",\"value\":");
	text_int(out, total);
	text_add(out, ",\"plus_minus_95\":");
	text_int(out, f->sums->half_total[k]);
	text_add(out, ",\"not_placed\":");
	text_int(out, cells[q->n_places]);
	text_add(out, "}");
}

static void
add_totals(struct text *out, const struct detail_facts *f)
{
	const struct question *q = &f->round->query.q;
	size_t n = 0;

	text_add(out, ",\"totals\":[");
	for (uint32_t t = 0; t < q->n_themes; t++)
		for (uint32_t s = 0; s < question_slices(q); s++)
			for (size_t k = 0; k < f->sums->n; k++) {
				add_comma(out, n++);
				add_total(out, f, t, s, k);
			}
	text_add(out, "]");
}

void
detail_write(struct text *out, const struct detail_facts *f)
{
	const struct question *q = &f->round->query.q;

	assert(f->sums->n > 0 && f->sums->n_cells == question_answer(q));
	text_add(out, "{");
	add_head(out, f);
	add_geography(out, f);
	add_themes(out, q);
	add_months(out, q);
	add_nodes(out, f);
	add_noise(out, q);
	add_sources(out, f);
	text_add(out, ",\"cells\":");
	text_int(out, f->sums->n_cells);
	text_add(out, f->roster->demo ? ",\"demo\":true" : ",\"demo\":false");
	add_words(out, f);
	add_totals(out, f);
	text_add(out, "}");
}
