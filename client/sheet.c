#include "client/sheet.h"

#include <math.h>

#include <jansson.h>

#include "analysis/law.h"
#include "base/hex.h"
#include "client/accuracy.h"
#include "client/plain.h"
#include "client/scheme.h"
#include "client/where.h"
#include "model/month.h"
#include "model/theme.h"

static json_t *
json_loss(const struct loss *loss)
{
	json_t *o =
	    json_pack("{s:f, s:f}", "rho", loss->rho, "delta", loss->delta);

	json_object_set_new(o, "epsilon",
	    isfinite(loss->epsilon) ? json_real(loss->epsilon) : json_null());
	return o;
}

static json_t *
json_time(uint64_t utc_s)
{
	char text[TIME_TEXT];

	time_text(text, utc_s);
	return json_string(text);
}

static json_t *
json_nodes(const struct explain *x)
{
	const struct question *q = &x->query->q;
	json_t *list = json_array();

	for (uint16_t i = 0; i < q->n_nodes; i++) {
		const struct member *m = roster_find(x->roster, &q->nodes[i]);
		json_t *o = json_pack("{s:s, s:s, s:b}", "id", q->nodes[i].s,
		    "name", m == NULL ? "" : m->name, "synthetic",
		    m != NULL && m->synthetic);

		json_object_set_new(o, "each_month", json_loss(&x->loss.month));
		json_array_append_new(list, o);
	}
	return list;
}

/* The expected count of theme i in a view. */
static json_t *
json_mean(const struct explain *x, unsigned view, uint16_t i)
{
	double mean = x->n_views > view ? x->views[view].mean[i] : -1;

	return mean < 0 ? json_null() : json_real(mean);
}

static json_t *
json_themes(const struct explain *x)
{
	const struct question *q = &x->query->q;
	const struct themes *rules = ground_rules(x->ground, q->rules_hash);
	json_t *list = json_array();

	for (uint16_t i = 0; i < q->n_themes; i++) {
		json_t *o = json_pack("{s:s, s:s, s:o}", "theme",
		    theme_text(q->themes[i]), "label",
		    theme_label(q->themes[i]), "expected_per_cell",
		    json_mean(x, 0, i));

		json_object_set_new(o, "text",
		    rules == NULL
			? json_null()
			: json_string(themes_text(rules, q->themes[i])));
		json_array_append_new(list, o);
	}
	return list;
}

/* Name and version are null where the rules are not those at hand. */
static json_t *
json_rules(const struct explain *x)
{
	const uint8_t *hash = x->query->q.rules_hash;
	const struct themes *rules = ground_rules(x->ground, hash);
	char hex[HEX_LEN(QUERY_ID)];

	hex_text(hex, hash, QUERY_ID);
	return json_pack("{s:s?, s:s?, s:s}", "name",
	    rules == NULL ? NULL : themes_name(rules), "version",
	    rules == NULL ? NULL : themes_version(rules), "sha256", hex);
}

static json_t *
json_sources(const struct question *q)
{
	json_t *list = json_array();

	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((q->sources & bit) != 0)
			json_array_append_new(
			    list, json_string(source_text(bit)));
	return list;
}

static json_t *
json_levels(const struct question *q)
{
	json_t *list = json_array();
	char level[WHERE_LEVEL];

	for (unsigned i = 0; i < q->n_levels; i++) {
		where_level(level, q->geo, q->cell_m, i);
		json_array_append_new(
		    list, json_pack("{s:s, s:i}", "level", level, "places",
			      (int)q->level_places[i]));
	}
	return list;
}

static json_t *
json_geography(const struct question *q)
{
	json_t *o = json_pack("{s:s, s:i, s:o}", "kind", geo_text(q->geo),
	    "places", (int)q->n_places, "levels", json_levels(q));
	json_t *forces, *grid;

	if (q->geo == GEO_GRID) {
		grid = json_pack("{s:i, s:i, s:i, s:i, s:i}", "cell_m",
		    (int)q->cell_m, "west", (int)q->west, "south",
		    (int)q->south, "cols", (int)q->cols, "rows", (int)q->rows);
		json_object_update(o, grid);
		json_decref(grid);
		return o;
	}
	forces = json_array();
	for (uint16_t i = 0; i < q->n_areas; i++)
		json_array_append_new(forces, json_string(q->areas[i]));
	json_object_set_new(o, "forces", forces);
	return o;
}

static const char *
per_word(const struct question *q)
{
	return q->slicing == SLICE_SUM           ? "total"
	       : q->strategy == STRATEGY_RUNNING ? "running"
						 : "month";
}

static const char *
strategy_word(const struct question *q)
{
	switch (q->strategy) {
	case STRATEGY_RUNNING:
		return "running";
	case STRATEGY_HAAR:
		return "haar";
	default:
		return "nested";
	}
}

static const char *
law_word(uint32_t noise)
{
	return noise == NOISE_GAUSS     ? "gauss"
	       : noise == NOISE_LAPLACE ? "laplace"
					: "laplace, pure";
}

/* What a histogram keeps apart. */
static json_t *
json_by(const struct histogram *h)
{
	json_t *by = json_array();

	if ((h->by & BY_THEME) != 0)
		json_array_append_new(by, json_string("theme"));
	if ((h->by & BY_TIME) != 0)
		json_array_append_new(by, json_string("time"));
	return by;
}

static json_t *
json_histogram(const struct question *q, unsigned i)
{
	const struct histogram *h = &q->histograms[i];
	struct noise_law law = accuracy_law(q, i);
	json_t *o = json_pack("{s:o, s:I, s:I, s:f, s:i}", "by", json_by(h),
	    "num", (json_int_t)h->num, "den", (json_int_t)h->den, "sd",
	    sqrt(law_variance(&law)), "cells", (int)question_histogram(q, i));
	char level[WHERE_LEVEL];
	uint64_t nano;

	where_level(level, q->geo, q->cell_m,
	    q->strategy == STRATEGY_NESTED ? h->level : 0);
	json_object_set_new(o, "level", json_string(level));
	if (q->strategy == STRATEGY_RUNNING)
		json_object_set_new(
		    o, "months", json_integer((json_int_t)1 << h->level));
	if (q->strategy == STRATEGY_HAAR) {
		json_object_set_new(o, "x", json_integer(h->x));
		json_object_set_new(o, "y", json_integer(h->y));
	}
	if (scheme_charge(&nano, q, i) == E_OK)
		json_object_set_new(
		    o, "charge_nano", json_integer((json_int_t)nano));
	return o;
}

static json_t *
json_noise(const struct question *q)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < q->n_histograms; i++)
		json_array_append_new(list, json_histogram(q, i));
	return list;
}

static json_t *
json_spread(const struct explain_spread *s)
{
	return json_pack("{s:f, s:f, s:f}", "sd", s->sd, "half_width_90",
	    s->half_90, "half_width_95", s->half_95);
}

/* Expected counts of a view, and those times epsilon. */
static json_t *
json_expected(const struct explain *x, unsigned view)
{
	const struct question *q = &x->query->q;
	double eps = x->loss.month.epsilon;
	json_t *o = json_object();

	for (uint16_t i = 0; i < q->n_themes; i++) {
		double mean = x->views[view].mean[i];

		json_object_set_new(o, theme_text(q->themes[i]),
		    json_pack("{s:o, s:o}", "count", json_mean(x, view, i),
			"times_epsilon",
			mean < 0 || !isfinite(eps) ? json_null()
						   : json_real(mean * eps)));
	}
	return o;
}

static json_t *
json_accuracy(const struct explain *x)
{
	const struct question *q = &x->query->q;
	json_t *list = json_array();
	char level[WHERE_LEVEL];

	for (unsigned i = 0; i < x->n_views; i++) {
		const struct explain_view *v = &x->views[i];

		where_level(level, q->geo, q->cell_m, v->level);
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:i, s:o, s:o, s:o}", "level",
			      level, "per", terms_per_word(v->per), "places",
			      (int)q->level_places[v->level], "typical",
			      json_spread(&v->typical), "worst",
			      json_spread(&v->worst), "expected",
			      json_expected(x, i)));
	}
	return list;
}

static json_t *
json_needs(const struct explain *x)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < x->n_needs; i++)
		json_array_append_new(list,
		    json_pack("{s:f, s:I}", "half_width_95", x->needs[i].half,
			"charge_nano", (json_int_t)x->needs[i].nano));
	return list;
}

json_t *
sheet_json(const struct explain *x)
{
	const struct query *query = x->query;
	const struct question *q = &query->q;
	char months[PLAIN_MONTHS];
	json_t *warnings = json_array();
	json_t *o = json_object();

	plain_months(months, q->first_month, q->n_months);
	json_object_set_new(o, "title", json_string(query->title));
	json_object_set_new(o, "purpose", json_string(query->purpose));
	json_object_set_new(o, "project", json_string(query->project));
	json_object_set_new(o, "researcher", json_string(query->researcher.s));
	json_object_set_new(o, "sources", json_sources(q));
	json_object_set_new(o, "themes", json_themes(x));
	json_object_set_new(o, "rules", json_rules(x));
	json_object_set_new(o, "months", json_string(months));
	json_object_set_new(o, "per", json_string(per_word(q)));
	json_object_set_new(o, "geography", json_geography(q));
	json_object_set_new(o, "cells", json_integer(question_cells(q)));
	json_object_set_new(o, "nodes", json_nodes(x));
	json_object_set_new(o, "strategy", json_string(strategy_word(q)));
	json_object_set_new(o, "law", json_string(law_word(q->noise)));
	json_object_set_new(o, "noise", json_noise(q));
	json_object_set_new(o, "accuracy", json_accuracy(x));
	json_object_set_new(o, "other_accuracies", json_needs(x));
	json_object_set_new(
	    o, "charge_nrho", json_integer((json_int_t)q->charge_nrho));
	json_object_set_new(
	    o, "charge_neps", json_integer((json_int_t)q->charge_neps));
	json_object_set_new(
	    o, "charge_tv", json_integer((json_int_t)q->charge_tv));
	json_object_set_new(o, "bounds",
	    json_pack("{s:i, s:i, s:i, s:i}", "contribution", (int)q->c,
		"multiplicity", (int)q->k, "domains", (int)q->d, "agencies",
		(int)q->g));
	json_object_set_new(o, "loss",
	    json_pack("{s:f, s:o, s:o, s:o, s:o}", "delta", LOSS_DELTA,
		"one_month", json_loss(&x->loss.month), "all_months",
		json_loss(&x->loss.all), "all_agencies",
		json_loss(&x->loss.agencies), "record_above_bound",
		json_loss(&x->loss.record)));
	json_object_set_new(o, "created_at", json_time(query->created_at));
	json_object_set_new(o, "send_at", json_time(query->send_at));
	json_object_set_new(o, "close_at", json_time(query->close_at));
	json_object_set_new(o, "not_after", json_time(query->not_after));
	json_object_set_new(o, "quorum", json_integer(query->quorum));
	json_object_set_new(
	    o, "roster_epoch", json_integer(query->roster_epoch));
	for (unsigned i = 0; i < x->n_warnings; i++)
		json_array_append_new(warnings, json_string(x->warnings[i]));
	json_object_set_new(o, "warnings", warnings);
	return o;
}
