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

#define VIEW 80    /* bytes of the words for a view with NUL */
#define ADVICE 220 /* bytes of what to do instead */

/* What a new node's policy allows a query (docs/privacy.md). */
#define USUAL_NRHO UINT64_C(20000000)
#define USUAL_NEPS UINT64_C(2000000000)

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
	const struct themes *rules;
	uint32_t asked = 0;
	struct price price;
	char text[PLAIN_NUMBER];

	for (uint16_t i = 0; i < q->n_themes; i++)
		asked |= 1U << q->themes[i];
	if ((rules = ground_rules(x->ground, q->rules_hash)) == NULL)
		warn(x, "the query names other theme rules than those in your "
			"data folder; a node refuses other rules than its own");
	else if (themes_multiplicity(rules, q->sources, asked) > q->k)
		warn(x, "a record can count in more of the themes than the "
			"query says; nodes will refuse");
	for (uint16_t i = 0; i < q->n_themes && rules != NULL; i++)
		if (*themes_text(rules, q->themes[i]) == '\0')
			warn(x,
			    "the theme rules know no %s: nothing will count "
			    "as that",
			    theme_text(q->themes[i]));
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

/* The first published view whose numbers of theme i hold enough and, if so
 * asked, more than their noise; NULL. */
static const struct explain_view *
published(const struct explain *x, uint16_t i, bool noise)
{
	for (unsigned n = 1; n < x->n_views; n++) {
		const struct explain_view *v = &x->views[n];

		if (v->mean[i] * x->loss.month.epsilon >= EXPLAIN_ENOUGH &&
		    (!noise || v->mean[i] >= v->typical.sd))
			return v;
	}
	return NULL;
}

/* "lad for all months (about 79.0)". */
static void
view_words(char out[VIEW], const struct question *q,
    const struct explain_view *v, uint16_t i)
{
	static const char *const times[] = { " for all months", " a month",
		" until a month" };
	char level[WHERE_LEVEL], mean[PLAIN_NUMBER];

	where_level(level, q->geo, q->cell_m, v->level);
	plain_figure(mean, v->mean[i]);
	snprintf(out, VIEW, "%s%s (about %s)", level,
	    question_slices(q) == 1 ? "" : times[v->per], mean);
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

/* Which of the published numbers to trust instead. */
static void
advise_published(char advice[ADVICE], const struct explain *x, uint16_t i)
{
	const struct question *q = &x->query->q;
	const struct explain_view *enough = published(x, i, false);
	const struct explain_view *clear = published(x, i, true);
	char a[VIEW], b[VIEW] = "";

	view_words(a, q, enough, i);
	if (clear != NULL && clear != enough)
		view_words(b, q, clear, i);
	snprintf(advice, ADVICE, "; of those published, %s hold enough%s%s%s",
	    a, b[0] == 0 ? "" : ", ", b, b[0] == 0 ? "" : " more than noise");
}

/* Theme i has too few records in a number of the finest view. */
static void
warn_of_thin(struct explain *x, uint16_t i)
{
	const struct question *q = &x->query->q;
	char mean[PLAIN_NUMBER], then[PLAIN_NUMBER], what[40];
	char advice[ADVICE] = "";
	double other;

	plain_figure(mean, x->views[0].mean[i]);
	if (published(x, i, false) != NULL) {
		advise_published(advice, x, i);
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

/* What a node allows a query is in its policy, which nobody else has. */
static void
warn_dear(struct explain *x)
{
	const struct question *q = &x->query->q;

	if (q->charge_nrho > USUAL_NRHO)
		warn(x, "nodes usually allow a query rho 0.02 a month; ask "
			"the agencies first, or take more noise");
	if (q->charge_neps > USUAL_NEPS)
		warn(x, "nodes usually allow a query epsilon 2 a month; ask "
			"the agencies first, or take more noise");
}

void
caution_add(struct explain *x)
{
	const struct question *q = &x->query->q;

	warn_stated(x);
	warn_nodes(x);
	warn_dear(x);
	for (uint16_t i = 0; i < q->n_themes && x->n_views > 0; i++)
		if (x->views[0].mean[i] >= 0 &&
		    x->views[0].mean[i] * x->loss.month.epsilon <
			EXPLAIN_ENOUGH)
			warn_of_thin(x, i);
}
