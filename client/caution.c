#include "client/caution.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/choice.h"
#include "client/forecast.h"
#include "client/plain.h"
#include "client/where.h"
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

static bool
same_cost(const struct cost *cost, const struct question *q)
{
	return cost->nrho == q->charge_nrho && cost->neps == q->charge_neps &&
	       cost->tv == q->charge_tv;
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
	if (price_make(&price, q) == E_OK && !same_cost(&price.cost, q)) {
		plain_rho(text, price.cost.nrho + price.cost.neps);
		warn(x,
		    "the query states another charge than it costs, %s "
		    "%s; nodes will refuse",
		    q->noise == NOISE_GAUSS ? "rho" : "epsilon", text);
	}
}

/* The first published view whose numbers of theme i hold enough; NULL. */
static const struct explain_view *
published(const struct explain *x, uint16_t i)
{
	for (unsigned v = 1; v < x->n_views; v++)
		if (x->views[v].mean[i] * x->loss.month.epsilon >=
		    EXPLAIN_ENOUGH)
			return &x->views[v];
	return NULL;
}

/* What to ask instead, in words of the query file; the last resort when
 * nothing is enough.  False when there is nothing coarser. */
static bool
coarser(char what[40], double *mean, const struct explain *x, double total)
{
	const struct question *q = &x->query->q;
	struct coarser c, best = { 0 };

	for (unsigned step = 0; forecast_coarser(&c, q, x->ground, step);
	     step++) {
		best = c;
		if (total / c.cells * x->loss.month.epsilon >= EXPLAIN_ENOUGH)
			break;
	}
	if (best.cells <= 0)
		return false;
	if (best.slicing != q->slicing)
		snprintf(what, 40, "per: total");
	else if (best.geo == GEO_GRID)
		snprintf(what, 40, "cell_m: %u", (unsigned)best.cell_m);
	else
		snprintf(what, 40, "kind: %s", geo_text(best.geo));
	*mean = total / best.cells;
	return true;
}

/* Theme i has too few records in a number of the finest view. */
static void
warn_of_thin(struct explain *x, uint16_t i)
{
	const struct question *q = &x->query->q;
	const struct explain_view *good = published(x, i);
	char mean[PLAIN_NUMBER], then[PLAIN_NUMBER], what[40];
	char advice[160] = "", level[WHERE_LEVEL];
	double other;

	plain_figure(mean, x->views[0].mean[i]);
	if (good != NULL) {
		where_level(level, q->geo, q->cell_m, good->level);
		plain_figure(then, good->mean[i]);
		snprintf(advice, sizeof(advice),
		    "; trust those of %s%s, published too, which have about "
		    "%s",
		    level,
		    question_slices(q) == 1      ? ""
		    : good->per == TERMS_MONTH   ? " a month"
		    : good->per == TERMS_RUNNING ? " until a month"
						 : " for all months",
		    then);
	} else if (coarser(what, &other, x,
		       forecast_total(q, x->roster, x->ground, i))) {
		plain_figure(then, other);
		snprintf(advice, sizeof(advice),
		    "; with %s a cell would have about %s", what, then);
	}
	warn(x,
	    "%s: about %s records in a cell: most cells will say little more "
	    "than their noise%s",
	    theme_text(q->themes[i]), mean, advice);
}

void
caution_add(struct explain *x)
{
	const struct question *q = &x->query->q;

	warn_stated(x);
	warn_nodes(x);
	for (uint16_t i = 0; i < q->n_themes && x->n_views > 0; i++)
		if (x->views[0].mean[i] >= 0 &&
		    x->views[0].mean[i] * x->loss.month.epsilon <
			EXPLAIN_ENOUGH)
			warn_of_thin(x, i);
}
