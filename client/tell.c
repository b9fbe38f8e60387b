#include "client/tell.h"

#include <math.h>
#include <string.h>

#include "base/hex.h"
#include "client/outlook.h"
#include "client/plain.h"
#include "client/where.h"
#include "model/month.h"
#include "model/theme.h"

#define LABEL 10 /* letters of the left column */
#define NAMES 1000

static void
label(FILE *out, const char *text)
{
	fputs("  ", out);
	plain_cell(out, text, LABEL);
}

/* A line of a foreign text. */
static void
foreign(FILE *out, const char *name, const char *text)
{
	char shown[QUERY_TITLE];

	plain_words(shown, sizeof(shown), text);
	label(out, name);
	fprintf(out, "%s\n", shown);
}

static void
sources_of(char *out, size_t cap, uint32_t sources)
{
	out[0] = 0;
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((sources & bit) != 0) {
			strncat(out, out[0] == 0 ? "" : ", ",
			    cap - strlen(out) - 1);
			strncat(out, source_text(bit), cap - strlen(out) - 1);
		}
}

static const char *
place_words(const struct question *q)
{
	switch (q->geo) {
	case GEO_LSOA11:
		return "neighbourhoods (LSOA 2011)";
	case GEO_MSOA11:
		return "wider neighbourhoods (MSOA 2011)";
	case GEO_LAD:
		return "local authority districts";
	case GEO_FORCE:
		return "police force areas";
	default:
		return "squares";
	}
}

/* The coarser levels, if any. */
static void
tell_levels(const struct question *q, FILE *out)
{
	char n[PLAIN_NUMBER], level[WHERE_LEVEL];

	if (q->n_levels == 1)
		return;
	label(out, "");
	for (unsigned i = 1; i < q->n_levels; i++) {
		where_level(level, q->geo, q->cell_m, i);
		plain_count(n, q->level_places[i]);
		fprintf(out, "%s%s %s", i == 1 ? "and added up to " : ", ", n,
		    level);
		if (q->geo == GEO_GRID)
			fputs(" m", out);
	}
	fputc('\n', out);
}

static void
tell_where(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char n[PLAIN_NUMBER];

	plain_count(n, q->n_places);
	label(out, "Where");
	if (q->geo == GEO_GRID) {
		fprintf(out, "%s squares of %u m, %u x %u from E %u N %u\n", n,
		    (unsigned)q->cell_m, (unsigned)q->cols, (unsigned)q->rows,
		    (unsigned)q->west, (unsigned)q->south);
		tell_levels(q, out);
		return;
	}
	fprintf(out, "%s %s of\n", n, place_words(q));
	for (uint16_t i = 0; i < q->n_areas; i++) {
		const char *name =
		    areas_force_name(x->ground->areas, q->areas[i]);

		label(out, "");
		fprintf(
		    out, "  %s %s\n", q->areas[i], name == NULL ? "" : name);
	}
	tell_levels(q, out);
}

static const char *
when_words(const struct question *q)
{
	if (q->n_months == 1)
		return "one month";
	if (q->slicing == SLICE_SUM)
		return "one number for all months together";
	return q->strategy == STRATEGY_RUNNING
		   ? "one number for all months until each"
		   : "one number for each month";
}

/* Which rules say what counts: by name, or by hash where they are others than
 * those at hand. */
static void
tell_rules(const struct explain *x, FILE *out)
{
	const uint8_t *hash = x->query->q.rules_hash;
	const struct themes *rules = ground_rules(x->ground, hash);
	char name[THEMES_NAME], version[THEMES_NAME], hex[HEX_LEN(QUERY_ID)];

	label(out, "Rules");
	if (rules == NULL) {
		hex_text(hex, hash, QUERY_ID);
		fprintf(out, "not those in your data folder; SHA-256\n");
		label(out, "");
		fprintf(out, "%s\n", hex);
		return;
	}
	plain_words(name, sizeof(name), themes_name(rules));
	plain_words(version, sizeof(version), themes_version(rules));
	fprintf(out, "%s, version %s\n", name, version);
}

/* What each theme asked means, in the words of the rules. */
static void
tell_meaning(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	const struct themes *rules = ground_rules(x->ground, q->rules_hash);
	char text[THEMES_WORDS], head[40];

	if (rules == NULL)
		return;
	fputs("\nWhat the rules count\n", out);
	for (uint16_t i = 0; i < q->n_themes; i++) {
		snprintf(
		    head, sizeof(head), "  %s: ", theme_text(q->themes[i]));
		plain_words(
		    text, sizeof(text), themes_text(rules, q->themes[i]));
		plain_wrap(out, head, text);
	}
}

static void
tell_what(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char text[NAMES], months[PLAIN_MONTHS];

	sources_of(text, sizeof(text), q->sources);
	label(out, "Records");
	fprintf(out, "%s\n", text);
	for (uint16_t i = 0; i < q->n_themes; i++) {
		label(out, i == 0 ? "Counted" : "");
		fprintf(out, "%s (%s)\n", theme_label(q->themes[i]),
		    theme_text(q->themes[i]));
	}
	tell_rules(x, out);
	plain_months(months, q->first_month, q->n_months);
	label(out, "When");
	fprintf(out, "%s, %s\n", months, when_words(q));
	tell_where(x, out);
	plain_count(text, question_cells(q));
	label(out, "Numbers");
	fprintf(out, "%s, \"not placed\" included\n", text);
}

static void
tell_times(const struct explain *x, FILE *out)
{
	const struct query *q = x->query;
	char from[TIME_TEXT], until[TIME_TEXT], valid[TIME_TEXT];

	time_text(from, q->send_at);
	time_text(until, q->close_at);
	time_text(valid, q->not_after);
	label(out, "Answers");
	fprintf(out, "leave from %s; are waited for until\n", from);
	label(out, "");
	fprintf(out, "%s; published if at least %u of %u nodes answer\n", until,
	    (unsigned)q->quorum, (unsigned)q->q.n_nodes);
	label(out, "Valid");
	fprintf(out, "until %s\n", valid);
}

/* The charge, as it stands in a query file: "rho 0.02", "epsilon 0.5". */
static void
charge_words(char out[2 * PLAIN_NUMBER], const struct question *q)
{
	char n[PLAIN_NUMBER];

	plain_rho(n, q->charge_nrho + q->charge_neps); /* one of them is 0 */
	snprintf(out, (size_t)2 * PLAIN_NUMBER, "%s %s",
	    q->noise == NOISE_GAUSS ? "rho" : "epsilon", n);
}

static void
tell_nodes(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char charge[2 * PLAIN_NUMBER], eps[PLAIN_NUMBER], text[NAMES];
	size_t width = 4;

	charge_words(charge, q);
	plain_figure_up(eps, x->loss.month.epsilon);
	for (uint16_t i = 0; i < q->n_nodes; i++)
		width = strlen(q->nodes[i].s) > width ? strlen(q->nodes[i].s)
						      : width;
	fprintf(out, "\nOf whom; each charges every month asked %s", charge);
	if (q->noise == NOISE_GAUSS)
		fprintf(out, " = (epsilon %s, delta 1e-9)", eps);
	fputc('\n', out);
	for (uint16_t i = 0; i < q->n_nodes; i++) {
		const struct member *m = roster_find(x->roster, &q->nodes[i]);
		char shown[ROSTER_NAME], months[PLAIN_MONTHS];

		fputs("  ", out);
		plain_cell(out, q->nodes[i].s, width);
		if (m == NULL) {
			fputs("(not in your roster)\n", out);
			continue;
		}
		plain_words(shown, sizeof(shown), m->name);
		sources_of(text, sizeof(text), m->sources);
		plain_months(months, m->first_month, m->n_months);
		fprintf(out, "%s\n  ", shown);
		plain_cell(out, "", width);
		fprintf(out, "  %s, %s%s\n", text, months,
		    m->synthetic ? ", made up" : "");
	}
}

static void
tell_loss(FILE *out, const char *who, const struct loss *loss, bool rho)
{
	char text[PLAIN_NUMBER];

	fputs("  ", out);
	plain_cell(out, who, 44);
	if (rho) {
		plain_figure_up(text, loss->rho);
		plain_cell(out, text, 8);
	}
	plain_figure_up(text, loss->epsilon);
	fprintf(out, "%s\n", text);
}

/* What epsilon means here: the chance that it does not hold. */
static void
tell_delta(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	double tables =
	    x->loss.agencies.delta - (q->noise == NOISE_GAUSS ? LOSS_DELTA : 0);

	if (q->noise == NOISE_LAPLACE_PURE)
		fputs("  Pure: epsilon holds without a delta.", out);
	else if (q->noise == NOISE_LAPLACE)
		fputs("  Epsilon but for a tiny delta", out);
	else
		fputs("  Epsilon at delta 1e-9", out);
	if (q->noise != NOISE_LAPLACE_PURE && q->charge_tv > 0 &&
	    isfinite(tables))
		fprintf(out, "%s %.0e more, for noise from tables.",
		    q->noise == NOISE_GAUSS ? " and" : ":", tables);
	else if (q->noise == NOISE_GAUSS)
		fputc('.', out);
	else if (q->noise == NOISE_LAPLACE)
		fputs(": none, the sampler is exact.", out);
	fputc('\n', out);
}

static void
tell_losses(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	bool rho = q->noise == NOISE_GAUSS;
	char who[80];

	fputs("\nWhat one person may lose, at most", out);
	fprintf(out, "%*s%sepsilon\n", 15, "", rho ? "rho       " : "");
	tell_loss(
	    out, "with records in one month, at one node", &x->loss.month, rho);
	if (q->n_months > 1) {
		snprintf(who, sizeof(who), "in all %u months, at one node",
		    (unsigned)q->n_months);
		tell_loss(out, who, &x->loss.all, rho);
	}
	if (q->g > 1) {
		snprintf(who, sizeof(who), "in all months, at %u agencies",
		    (unsigned)q->g);
		tell_loss(out, who, &x->loss.agencies, rho);
	}
	tell_loss(
	    out, "one record beyond those that count", &x->loss.record, rho);
	fprintf(out,
	    "  Smaller is safer.  Of the records of one person in a month at "
	    "most %u\n  count%s%s.\n",
	    (unsigned)q->c, q->c == 1 ? "s" : "",
	    q->k > 1 ? ", possibly in several themes" : "");
	tell_delta(x, out);
}

void
tell_warnings(const struct explain *x, FILE *out)
{
	for (unsigned i = 0; i < x->n_warnings; i++)
		plain_wrap(out, "  ! ", x->warnings[i]);
}

void
tell_query(const struct explain *x, FILE *out)
{
	const struct member *m = roster_find(x->roster, &x->query->researcher);
	char title[QUERY_TITLE], name[ROSTER_NAME], from[ROSTER_NAME];

	plain_words(title, sizeof(title), x->query->title);
	fprintf(out, "%s\n\n", title);
	plain_words(name, sizeof(name), m == NULL ? "" : m->name);
	plain_words(from, sizeof(from), m == NULL ? "" : m->organisation);
	label(out, "Asked by");
	fprintf(out, "%s%s%s%s%s\n", x->query->researcher.s,
	    m == NULL ? " (not in your roster)" : ": ", name,
	    m == NULL ? "" : ", ", from);
	foreign(out, "Purpose", x->query->purpose);
	foreign(out, "Project", x->query->project);
	tell_what(x, out);
	tell_times(x, out);
	tell_nodes(x, out);
	tell_meaning(x, out);
	tell_losses(x, out);
	outlook_tell(x, out);
	if (x->n_warnings > 0) {
		fputs("\nTo consider\n", out);
		tell_warnings(x, out);
	}
}

void
tell_line(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char cells[PLAIN_NUMBER], charge[2 * PLAIN_NUMBER];
	char months[PLAIN_MONTHS], half[PLAIN_HALF];

	plain_count(cells, question_cells(q));
	charge_words(charge, q);
	plain_months(months, q->first_month, q->n_months);
	fprintf(out, "%u node%s, %s, %s numbers, ", (unsigned)q->n_nodes,
	    q->n_nodes == 1 ? "" : "s", months, cells);
	if (x->n_views > 0) {
		plain_half(half, x->views[0].worst.half_95);
		fprintf(out, "%s each; ", half);
	}
	fprintf(out, "charge %s a month at each node\n", charge);
}
