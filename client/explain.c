#include "client/explain.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "analysis/account.h"
#include "analysis/interval.h"
#include "base/hex.h"
#include "client/choice.h"
#include "client/forecast.h"
#include "client/plain.h"
#include "model/month.h"
#include "model/theme.h"
#include "policies/price.h"

static void __attribute__((format(printf, 2, 3)))
warn(struct explain *x, const char *fmt, ...)
{
	va_list args;

	if (x->n_warnings == EXPLAIN_WARNINGS)
		return;
	va_start(args, fmt);
	vsnprintf(x->warnings[x->n_warnings++], EXPLAIN_WARNING, fmt, args);
	va_end(args);
}

static struct explain_loss
loss_of(double rho)
{
	struct explain_loss loss = { .rho = rho };

	if (account_epsilon(&loss.epsilon, rho, EXPLAIN_DELTA) != E_OK)
		loss.epsilon = INFINITY;
	return loss;
}

/* docs/privacy.md, "What that means for one person". */
static void
set_losses(struct explain *x)
{
	const struct question *q = &x->query->q;
	double rho = (double)q->charge_nrho / (double)CHARGE_NANO;
	double months = q->n_months;
	double all = rho * (q->slicing == SLICE_SUM ? months * months : months);

	x->month = loss_of(rho);
	x->all = loss_of(all);
	x->agencies = loss_of(all * q->g);
	x->record = loss_of(2 * rho);
}

static enum err
set_noise(struct explain *x)
{
	const struct question *q = &x->query->q;
	const double chance = 0.05;
	enum err e;

	if ((e = interval_half_widths(&x->half_node, &chance, 1,
		 q->histograms[0].num, q->histograms[0].den, 1)) != E_OK ||
	    (e = interval_half_widths(&x->half_sum, &chance, 1,
		 q->histograms[0].num, q->histograms[0].den, q->n_nodes)) !=
		E_OK)
		return e;
	x->sd_node = interval_sd(q->histograms[0].num, q->histograms[0].den);
	return E_OK;
}

/* What a node will refuse, as far as the roster tells. */
static void
warn_nodes(struct explain *x)
{
	const struct question *q = &x->query->q;
	uint32_t held = 0;
	char months[PLAIN_MONTHS];

	for (uint16_t i = 0; i < q->n_nodes; i++) {
		const struct member *m = roster_find(x->roster, &q->nodes[i]);

		if (m == NULL) {
			warn(x,
			    "your roster has no %s: it is older or newer "
			    "than the query",
			    q->nodes[i].s);
			held = SOURCE_ALL;
			continue;
		}
		held |= m->sources;
		plain_months(months, m->first_month, m->n_months);
		if ((m->sources & q->sources) == 0)
			warn(x,
			    "%s holds none of these sources and will "
			    "refuse",
			    m->id.s);
		else if (!choice_holds(
			     m, q->sources, q->first_month, q->n_months))
			warn(x, "%s holds %s only and will refuse", m->id.s,
			    months);
	}
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((q->sources & bit) != 0 && (held & bit) == 0)
			warn(x, "no node asked holds %s", source_text(bit));
}

/* What every node recomputes, from these files. */
static void
warn_stated(struct explain *x)
{
	const struct question *q = &x->query->q;
	uint32_t asked = 0;
	struct price price;
	char text[PLAIN_NUMBER];

	for (uint16_t i = 0; i < q->n_themes; i++)
		asked |= 1U << q->themes[i];
	if (memcmp(q->rules_hash, x->ground->rules_hash, QUERY_ID) != 0)
		warn(x, "the query names other theme rules than those in your "
			"data folder; a node refuses other rules than its own");
	else if (themes_multiplicity(x->ground->themes, q->sources, asked) >
		 q->k)
		warn(x, "a record can count in more of the themes than the "
			"query says; nodes will refuse");
	if (q->geo != GEO_GRID &&
	    memcmp(q->areas_hash, x->ground->areas_hash, QUERY_ID) != 0)
		warn(x, "the query names other areas than those in your data "
			"folder; a node refuses other areas than its own");
	if (price_make(&price, q) == E_OK &&
	    price.cost.nrho != q->charge_nrho) {
		plain_rho(text, price.cost.nrho);
		warn(x,
		    "the query states another charge than it costs, rho "
		    "%s; nodes will refuse",
		    text);
	}
}

static void
warn_of_thin(struct explain *x, uint16_t i, double total)
{
	const struct question *q = &x->query->q;
	double eps = x->month.epsilon;
	char mean[PLAIN_NUMBER], then[PLAIN_NUMBER], what[40];
	struct coarser c, best = { 0 };

	for (unsigned step = 0; forecast_coarser(&c, q, x->ground, step);
	     step++) {
		best = c;
		if (total / c.cells * eps >= EXPLAIN_ENOUGH)
			break;
	}
	plain_figure(mean, x->mean[i]);
	if (best.cells <= 0) {
		warn(x,
		    "%s: about %s records in a cell: most cells will say "
		    "little more than their noise",
		    theme_text(q->themes[i]), mean);
		return;
	}
	if (best.slicing != q->slicing)
		snprintf(what, sizeof(what), "per: total");
	else if (best.geo == GEO_GRID)
		snprintf(
		    what, sizeof(what), "cell_m: %u", (unsigned)best.cell_m);
	else
		snprintf(what, sizeof(what), "kind: %s", geo_text(best.geo));
	plain_figure(then, total / best.cells);
	warn(x,
	    "%s: about %s records in a cell: most cells will say little "
	    "more than their noise; with %s a cell would have about %s",
	    theme_text(q->themes[i]), mean, what, then);
}

static void
set_means(struct explain *x)
{
	const struct question *q = &x->query->q;

	for (uint16_t i = 0; i < q->n_themes; i++) {
		double total = forecast_total(q, x->roster, x->ground, i);

		x->mean[i] = total < 0 ? -1 : total / forecast_cells(q);
		if (total >= 0 &&
		    x->mean[i] * x->month.epsilon < EXPLAIN_ENOUGH)
			warn_of_thin(x, i, total);
	}
}

enum err
explain_make(struct explain *out, const struct query *q, const struct roster *r,
    const struct ground *g)
{
	struct explain x = { .query = q, .roster = r, .ground = g };
	enum err e;

	set_losses(&x);
	if ((e = set_noise(&x)) != E_OK)
		return e;
	warn_stated(&x);
	warn_nodes(&x);
	set_means(&x);
	*out = x;
	return E_OK;
}

static json_t *
json_loss(const struct explain_loss *loss)
{
	json_t *o = json_pack("{s:f}", "rho", loss->rho);

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

		json_object_set_new(o, "each_month", json_loss(&x->month));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
json_themes(const struct explain *x)
{
	const struct question *q = &x->query->q;
	json_t *list = json_array();

	for (uint16_t i = 0; i < q->n_themes; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:o}", "theme",
			theme_text(q->themes[i]), "label",
			theme_label(q->themes[i]), "expected_per_cell",
			x->mean[i] < 0 ? json_null() : json_real(x->mean[i])));
	return list;
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
json_geography(const struct question *q)
{
	json_t *forces;

	if (q->geo == GEO_GRID)
		return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "kind",
		    "grid", "cell_m", (int)q->cell_m, "west", (int)q->west,
		    "south", (int)q->south, "cols", (int)q->cols, "rows",
		    (int)q->rows, "places", (int)q->n_places);
	forces = json_array();
	for (uint16_t i = 0; i < q->n_areas; i++)
		json_array_append_new(forces, json_string(q->areas[i]));
	return json_pack("{s:s, s:o, s:i}", "kind", geo_text(q->geo), "forces",
	    forces, "places", (int)q->n_places);
}

json_t *
explain_json(const struct explain *x)
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
	json_object_set_new(o, "months", json_string(months));
	json_object_set_new(
	    o, "per", json_string(q->slicing == SLICE_SUM ? "total" : "month"));
	json_object_set_new(o, "geography", json_geography(q));
	json_object_set_new(o, "cells", json_integer(question_cells(q)));
	json_object_set_new(o, "nodes", json_nodes(x));
	json_object_set_new(o, "noise",
	    json_pack("{s:i, s:i, s:f, s:I, s:I}", "s2_num",
		(int)q->histograms[0].num, "s2_den", (int)q->histograms[0].den,
		"sd_node", x->sd_node, "half_width_95_node",
		(json_int_t)x->half_node, "half_width_95_sum",
		(json_int_t)x->half_sum));
	json_object_set_new(
	    o, "charge_nrho", json_integer((json_int_t)q->charge_nrho));
	json_object_set_new(o, "bounds",
	    json_pack("{s:i, s:i, s:i, s:i}", "contribution", (int)q->c,
		"multiplicity", (int)q->k, "domains", (int)q->d, "agencies",
		(int)q->g));
	json_object_set_new(o, "loss",
	    json_pack("{s:f, s:o, s:o, s:o, s:o}", "delta", EXPLAIN_DELTA,
		"one_month", json_loss(&x->month), "all_months",
		json_loss(&x->all), "all_agencies", json_loss(&x->agencies),
		"record_above_bound", json_loss(&x->record)));
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
