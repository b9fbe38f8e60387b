#include "client/tell.h"

#include <inttypes.h>
#include <string.h>

#include "client/plain.h"
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
	plain_months(months, q->first_month, q->n_months);
	label(out, "When");
	fprintf(out, "%s, %s\n", months,
	    q->n_months == 1          ? "one month"
	    : q->slicing == SLICE_SUM ? "one number for all months together"
				      : "one number for each month");
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

static void
tell_nodes(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char rho[PLAIN_NUMBER], eps[PLAIN_NUMBER], text[NAMES];
	size_t width = 4;

	plain_rho(rho, q->charge_nrho);
	plain_figure_up(eps, x->month.epsilon);
	for (uint16_t i = 0; i < q->n_nodes; i++)
		width = strlen(q->nodes[i].s) > width ? strlen(q->nodes[i].s)
						      : width;
	fprintf(out,
	    "\nOf whom; each charges every month asked rho %s = (epsilon %s, "
	    "delta 1e-9)\n",
	    rho, eps);
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
tell_loss(FILE *out, const char *who, const struct explain_loss *loss)
{
	char rho[PLAIN_NUMBER], eps[PLAIN_NUMBER];

	plain_figure_up(rho, loss->rho);
	plain_figure_up(eps, loss->epsilon);
	fputs("  ", out);
	plain_cell(out, who, 44);
	plain_cell(out, rho, 8);
	fprintf(out, "%s\n", eps);
}

static void
tell_losses(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char who[80];

	fputs("\nWhat one person may lose, at most", out);
	fprintf(out, "%*s%s       epsilon\n", 15, "", "rho");
	tell_loss(out, "with records in one month, at one node", &x->month);
	if (q->n_months > 1) {
		snprintf(who, sizeof(who), "in all %u months, at one node",
		    (unsigned)q->n_months);
		tell_loss(out, who, &x->all);
	}
	if (q->g > 1) {
		snprintf(who, sizeof(who), "in all months, at %u agencies",
		    (unsigned)q->g);
		tell_loss(out, who, &x->agencies);
	}
	tell_loss(out, "one record beyond those that count", &x->record);
	fprintf(out,
	    "  Smaller is safer; epsilon at delta 1e-9.  Of the records of one "
	    "person in a\n  month at most %u count%s%s.\n",
	    (unsigned)q->c, q->c == 1 ? "s" : "",
	    q->k > 1 ? ", possibly in several themes" : "");
}

static void
tell_accuracy(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char sd[PLAIN_NUMBER], mean[PLAIN_NUMBER];

	plain_figure(sd, x->sd_node);
	fprintf(out,
	    "\nHow accurate\n  Each node adds random noise to each number: "
	    "standard deviation %s,\n  19 times of 20 within +-%" PRId64
	    ".  The sum of %u node%s is within +-%" PRId64 ".\n",
	    sd, x->half_node, (unsigned)q->n_nodes, q->n_nodes == 1 ? "" : "s",
	    x->half_sum);
	for (uint16_t i = 0; i < q->n_themes; i++) {
		fputs("  ", out);
		plain_cell(out, theme_text(q->themes[i]), 14);
		if (x->mean[i] < 0) {
			fputs("no public volume to plan with\n", out);
			continue;
		}
		plain_figure(mean, x->mean[i]);
		fprintf(out, "about %s in a cell, +-%" PRId64 "\n", mean,
		    x->half_sum);
	}
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
	tell_losses(x, out);
	tell_accuracy(x, out);
	if (x->n_warnings > 0) {
		fputs("\nTo consider\n", out);
		tell_warnings(x, out);
	}
}

void
tell_line(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char cells[PLAIN_NUMBER], rho[PLAIN_NUMBER], months[PLAIN_MONTHS];

	plain_count(cells, question_cells(q));
	plain_rho(rho, q->charge_nrho);
	plain_months(months, q->first_month, q->n_months);
	fprintf(out,
	    "%u node%s, %s, %s numbers, +-%" PRId64 " each; charge rho %s a "
	    "month at each node\n",
	    (unsigned)q->n_nodes, q->n_nodes == 1 ? "" : "s", months, cells,
	    x->half_sum, rho);
}
