#include "coordinator/detail.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/law.h"
#include "analysis/spread.h"
#include "base/hex.h"
#include "coordinator/levels.h"
#include "coordinator/times.h"
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

/* A number with two decimals at most; a width is rounded up. */
static void
add_cents(struct text *out, double v)
{
	text_cents(out, text_whole(round(v * 100)));
}

static void
add_width(struct text *out, double v)
{
	text_cents(out, text_whole(ceil(v * 100)));
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

/* ,"levels":[{"key","label","places"}], the finest first. */
static void
add_levels(struct text *out, const struct question *q)
{
	char key[LEVELS_TEXT], label[LEVELS_LABEL];

	text_add(out, ",\"levels\":[");
	for (unsigned l = 0; l < q->n_levels; l++) {
		levels_text(key, q, l);
		levels_label(label, q, l);
		add_comma(out, l);
		text_add(out, "{");
		add_pair(out, "key", key);
		text_add(out, ",");
		add_pair(out, "label", label);
		text_add(out, ",\"places\":");
		text_int(out, q->level_places[l]);
		text_add(out, "}");
	}
	text_add(out, "]");
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
	add_levels(out, q);
	text_add(out, "}");
}

/* "key":"value", or "key":null. */
static void
add_maybe(struct text *out, const char *key, const char *value)
{
	text_json(out, key);
	text_add(out, ":");
	if (value == NULL)
		text_add(out, "null");
	else
		text_json(out, value);
}

/* ,"rules":{"name","version","sha256"}: what decided which record is in which
 * theme. */
static void
add_rules(struct text *out, const struct detail_facts *f)
{
	const struct themes *rules = f->rules;
	char hash[HEX_LEN(QUERY_ID)];

	hex_text(hash, f->round->query.q.rules_hash, QUERY_ID);
	text_add(out, ",\"rules\":{");
	add_maybe(out, "name", rules == NULL ? NULL : themes_name(rules));
	text_add(out, ",");
	add_maybe(out, "version", rules == NULL ? NULL : themes_version(rules));
	text_add(out, ",");
	add_pair(out, "sha256", hash);
	text_add(out, "}");
}

static void
add_themes(
    struct text *out, const struct question *q, const struct themes *rules)
{
	text_add(out, ",\"themes\":[");
	for (uint16_t i = 0; i < q->n_themes; i++) {
		add_comma(out, i);
		text_add(out, "{");
		add_pair(out, "key", theme_text(q->themes[i]));
		text_add(out, ",");
		add_pair(out, "label", theme_label(q->themes[i]));
		text_add(out, ",");
		add_maybe(out, "text",
		    rules == NULL ? NULL : themes_text(rules, q->themes[i]));
		text_add(out, "}");
	}
	text_add(out, "]");
}

/* "key":[...]: the words of times [from, to). */
static void
add_times(struct text *out, const char *key, const struct question *q,
    uint32_t from, uint32_t to)
{
	char word[TIMES_TEXT];

	text_json(out, key);
	text_add(out, ":[");
	for (uint32_t i = from; i < to; i++) {
		times_text(word, q, i);
		add_comma(out, i - from);
		text_json(out, word);
	}
	text_add(out, "]");
}

static void
add_months(struct text *out, const struct question *q)
{
	uint32_t slices = question_slices(q);
	char first[MONTH_TEXT], last[MONTH_TEXT];

	month_text(first, q->first_month);
	month_text(last, (uint16_t)(q->first_month + q->n_months - 1));
	text_add(out, ",\"months\":{");
	add_pair(out, "first", first);
	text_add(out, ",");
	add_pair(out, "last", last);
	text_add(out, ",");
	add_times(out, "slices", q, 0, slices);
	text_add(out, ",");
	add_times(out, "sums", q, slices, times_count(q));
	text_add(out, ",");
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

static const char *
strategy_text(uint32_t strategy)
{
	return strategy == STRATEGY_RUNNING ? "running"
	       : strategy == STRATEGY_HAAR  ? "haar"
					    : "nested";
}

static struct noise_law
law_of(const struct question *q, unsigned i)
{
	return (struct noise_law){ .noise = q->noise,
		.num = q->histograms[i].num,
		.den = q->histograms[i].den };
}

/* "variance":...,"sd":... of the noise in histogram i. */
static void
add_law(struct text *out, const struct question *q, unsigned i)
{
	struct noise_law law = law_of(q, i);
	double variance = law_variance(&law);

	text_add(out, "\"variance\":");
	add_number(out, variance);
	text_add(out, ",\"sd\":");
	add_number(out, sqrt(variance));
}

/* {"of","themes","slices","variance","sd"}: what its cells count, and which
 * axes it keeps apart. */
static void
add_histogram(struct text *out, const struct question *q, unsigned i)
{
	const struct histogram *h = &q->histograms[i];
	char of[64], level[LEVELS_TEXT];

	levels_text(level, q, q->strategy == STRATEGY_NESTED ? h->level : 0);
	if (q->strategy == STRATEGY_HAAR)
		(void)snprintf(of, sizeof(of), "band %u, %u", h->x, h->y);
	else if (q->strategy == STRATEGY_RUNNING)
		(void)snprintf(
		    of, sizeof(of), "%s, months by %u", level, 1U << h->level);
	else
		(void)snprintf(of, sizeof(of), "%s", level);
	text_add(out, "{");
	add_pair(out, "of", of);
	text_add(out, ",\"themes\":");
	text_add(out, h->by & BY_THEME ? "\"apart\"" : "\"added\"");
	text_add(out, ",\"slices\":");
	text_add(out, h->by & BY_TIME ? "\"apart\"" : "\"added\"");
	text_add(out, ",");
	add_law(out, q, i);
	text_add(out, "}");
}

static void
add_noise(struct text *out, const struct question *q)
{
	bool gauss = q->noise == NOISE_GAUSS;

	text_add(out, ",\"noise\":{");
	add_pair(out, "law", words_law(q->noise));
	text_add(out, ",");
	add_law(out, q, 0); /* of the finest counts */
	text_add(out, ",\"per\":\"cell and node\",");
	text_add(out, gauss ? "\"charge_rho\":" : "\"charge_epsilon\":");
	add_number(
	    out, (double)(gauss ? q->charge_nrho : q->charge_neps) / 1e9);
	text_add(out, ",\"histograms\":[");
	for (unsigned i = 0; i < q->n_histograms; i++) {
		add_comma(out, i);
		add_histogram(out, q, i);
	}
	text_add(out, "]}");
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

struct widths { /* of the places of a level, times of one kind */
	double least_90, most_90, least_95, most_95;
};

static struct widths
widths_of(const struct product *p, unsigned level, uint32_t kind)
{
	const struct product_level *at = &p->level[level];
	const double *half_90 = at->half_90 + (size_t)kind * at->n;
	const double *half_95 = at->half_95 + (size_t)kind * at->n;
	struct widths w = { half_90[0], half_90[0], half_95[0], half_95[0] };

	for (uint32_t i = 1; i + 1 < at->n; i++) {
		w.least_90 = fmin(w.least_90, half_90[i]);
		w.most_90 = fmax(w.most_90, half_90[i]);
		w.least_95 = fmin(w.least_95, half_95[i]);
		w.most_95 = fmax(w.most_95, half_95[i]);
	}
	return w;
}

/* {"level","slice","90":[least,most],"95":[least,most]}; slice is a word for
 * all times of the kind. */
static void
add_widths(struct text *out, const struct question *q, const struct product *p,
    unsigned level, uint32_t time)
{
	struct widths w = widths_of(p, level, times_kind(q, time));
	char key[LEVELS_TEXT], word[TIMES_TEXT];

	levels_text(key, q, level);
	times_text(word, q, time);
	text_add(out, "{");
	add_pair(out, "level", key);
	text_add(out, ",");
	add_pair(out, "slice", word);
	text_add(out, ",\"90\":[");
	add_width(out, w.least_90);
	text_add(out, ",");
	add_width(out, w.most_90);
	text_add(out, "],\"95\":[");
	add_width(out, w.least_95);
	text_add(out, ",");
	add_width(out, w.most_95);
	text_add(out, "]}");
}

/* The widths of each level; of each kind of time its first. */
static void
add_half_widths(
    struct text *out, const struct question *q, const struct product *p)
{
	size_t n = 0;

	text_add(out, ",\"half_widths\":[");
	for (unsigned l = 0; l < p->levels; l++)
		for (uint32_t kind = 0, t = 0; t < p->times; t++)
			if (times_kind(q, t) == kind) {
				add_comma(out, n++);
				add_widths(out, q, p, l, t);
				kind++;
			}
	text_add(out, "]");
}

static void
add_sources(struct text *out, const struct detail_facts *f)
{
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
		add_half_widths(out, &f->round->query.q, &s->product);
		text_add(out, "}");
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

/* For add_sentence, of what depends on the question alone, or on nothing. */
static void
strategy_sentence(struct text *out, const struct words_facts *w)
{
	words_strategy(out, &w->query->q);
}

static void
display_sentence(struct text *out, const struct words_facts *w)
{
	(void)w;
	words_display(out);
}

static void
add_words(struct text *out, const struct detail_facts *f)
{
	static const struct {
		const char *key;
		void (*write)(struct text *, const struct words_facts *);
	} sentences[] = {
		{ "noise", words_noise },
		{ "strategy", strategy_sentence },
		{ "display", display_sentence },
		{ "unit", words_unit },
		{ "caveat", words_caveat },
	};
	const double chance = 0.05;
	const char *missing[QUERY_NODES_MAX], *synthetic[QUERY_NODES_MAX];
	struct widths all = widths_of(&f->sums->sum[0].product, 0, 0);
	struct words_facts w = { .query = &f->round->query,
		.answered = f->sums->sum[0].nodes,
		.all_least = all.least_95,
		.all_most = all.most_95,
		.missing = missing,
		.synthetic = synthetic };
	struct noise_law law = law_of(&f->round->query.q, 0);
	enum err e;

	fill_names(&w, missing, synthetic, f);
	if ((e = spread_half_widths(&w.one_half, &chance, 1, &law, 1)) !=
	    E_OK) {
		out->err = e;
		return;
	}
	text_add(out, ",\"words\":{");
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		add_comma(out, i);
		add_sentence(out, sentences[i].key, sentences[i].write, &w);
	}
	text_add(out, "}");
}

/* The sums over places of one view: the same on every level. */
static void
add_total(struct text *out, const struct detail_facts *f, uint32_t theme,
    uint32_t time, size_t k)
{
	const struct question *q = &f->round->query.q;
	const struct product *p = &f->sums->sum[k].product;
	unsigned top = p->levels - 1;
	size_t at = product_index(p, top, theme, time, 0);
	const double *values = p->level[top].values + at;
	const int64_t *display = p->level[top].display + at;
	uint32_t n = p->level[top].n - 1;
	char word[TIMES_TEXT];
	double value = 0;
	int64_t shown = 0;

	for (uint32_t i = 0; i < n; i++) {
		value += values[i];
		shown += display[i];
	}
	times_text(word, q, time);
	text_add(out, "{");
	add_pair(out, "theme", theme_text(q->themes[theme]));
	text_add(out, ",");
	add_pair(out, "slice", word);
	text_add(out, ",");
	add_pair(out, "source", f->sums->sum[k].source);
	text_add(out, ",\"value\":");
	add_cents(out, value);
	text_add(out, ",\"plus_minus_95\":");
	add_width(out, p->total_95[times_kind(q, time)]);
	text_add(out, ",\"display\":");
	text_int(out, shown);
	text_add(out, ",\"not_placed\":{\"value\":");
	add_cents(out, values[n]);
	text_add(out, ",\"plus_minus_95\":");
	add_width(
	    out, p->level[top].half_95[product_width(p, q, top, time, n)]);
	text_add(out, ",\"display\":");
	text_int(out, display[n]);
	text_add(out, "}}");
}

static void
add_totals(struct text *out, const struct detail_facts *f)
{
	const struct question *q = &f->round->query.q;
	size_t n = 0;

	text_add(out, ",\"totals\":[");
	for (uint32_t t = 0; t < q->n_themes; t++)
		for (uint32_t s = 0; s < times_count(q); s++)
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
	add_themes(out, q, f->rules);
	add_rules(out, f);
	add_months(out, q);
	add_nodes(out, f);
	text_add(out, ",");
	add_pair(out, "strategy", strategy_text(q->strategy));
	add_noise(out, q);
	add_sources(out, f);
	text_add(out, ",\"cells\":");
	text_int(out, f->sums->n_cells);
	text_add(out, f->roster->demo ? ",\"demo\":true" : ",\"demo\":false");
	add_words(out, f);
	add_totals(out, f);
	text_add(out, "}");
}
