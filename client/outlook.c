#include "client/outlook.h"

#include <math.h>

#include "analysis/law.h"
#include "client/accuracy.h"
#include "client/plain.h"
#include "client/where.h"
#include "model/theme.h"

static const char *
law_words(uint32_t noise)
{
	return noise == NOISE_GAUSS     ? "Gaussian"
	       : noise == NOISE_LAPLACE ? "Laplace"
					: "exact Laplace";
}

/* The counts of a histogram, in words. */
static void
histogram_words(
    char *out, size_t cap, const struct question *q, const struct histogram *h)
{
	char level[WHERE_LEVEL];

	where_level(level, q->geo, q->cell_m,
	    q->strategy == STRATEGY_NESTED ? h->level : 0);
	if (q->strategy == STRATEGY_RUNNING)
		snprintf(out, cap, "%s, blocks of %u month%s", level,
		    1U << h->level, h->level == 0 ? "" : "s");
	else
		snprintf(out, cap, "%s%s", level,
		    question_slices(q) == 1  ? ""
		    : (h->by & BY_TIME) != 0 ? ", each month"
					     : ", all months");
}

static double
sd_of(const struct question *q, unsigned i)
{
	struct noise_law law = accuracy_law(q, i);

	return sqrt(law_variance(&law));
}

/* The bands of a Haar transform: too many to be told one by one. */
static void
tell_bands(const struct question *q, FILE *out)
{
	double least = sd_of(q, 0), most = least;
	char a[PLAIN_NUMBER], b[PLAIN_NUMBER];

	for (unsigned i = 1; i < q->n_histograms; i++) {
		least = fmin(least, sd_of(q, i));
		most = fmax(most, sd_of(q, i));
	}
	plain_figure(a, least);
	plain_figure(b, most);
	fprintf(out,
	    "    sums and differences of squares (Haar bands)  sd %s to %s\n",
	    a, b);
}

static void
tell_strategy(const struct question *q, FILE *out)
{
	static const char *const words[] = { "no", "one", "two", "three",
		"four", "five", "six", "seven", "eight", "nine", "ten" };
	char text[60], sd[PLAIN_NUMBER];

	snprintf(text, sizeof(text), "%u", (unsigned)q->n_histograms);
	fprintf(out,
	    "  Each node answers %s histogram%s; in every count %s noise:\n",
	    q->n_histograms <= 10 ? words[q->n_histograms] : text,
	    q->n_histograms == 1 ? "" : "s", law_words(q->noise));
	if (q->strategy == STRATEGY_HAAR) {
		tell_bands(q, out);
		return;
	}
	for (unsigned i = 0; i < q->n_histograms; i++) {
		histogram_words(text, sizeof(text), q, &q->histograms[i]);
		plain_figure(sd, sd_of(q, i));
		fputs("    ", out);
		plain_cell(out, text, 32);
		fprintf(out, "sd %s\n", sd);
	}
}

/* The numbers of a view, in words. */
static void
view_words(char *out, size_t cap, const struct question *q,
    const struct explain_view *v)
{
	static const char *const times[] = { ", all months", ", each month",
		", until each month" };
	char level[WHERE_LEVEL];

	where_level(level, q->geo, q->cell_m, v->level);
	snprintf(out, cap, "%s%s", level,
	    question_slices(q) == 1 ? "" : times[v->per]);
}

static void
tell_views(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char text[60], sd[PLAIN_NUMBER], widths[3][PLAIN_HALF];

	fprintf(out,
	    "  Published is the best estimate from the answers of %s%u "
	    "node%s%s:\n",
	    q->n_nodes == 1 ? "" : "all ", (unsigned)q->n_nodes,
	    q->n_nodes == 1 ? "" : "s", q->n_nodes == 1 ? "" : ", added up");
	fprintf(out, "%*ssd       9 of 10     19 of 20    at worst\n", 34, "");
	for (unsigned i = 0; i < x->n_views; i++) {
		const struct explain_view *v = &x->views[i];

		view_words(text, sizeof(text), q, v);
		plain_figure(sd, v->typical.sd);
		plain_half(widths[0], v->typical.half_90);
		plain_half(widths[1], v->typical.half_95);
		plain_half(widths[2], v->worst.half_95);
		fputs("    ", out);
		plain_cell(out, text, 28);
		plain_cell(out, sd, 7);
		plain_cell(out, widths[0], 10);
		plain_cell(out, widths[1], 10);
		fprintf(out, "%s\n", widths[2]);
	}
}

/* Expected counts, and how much more than noise they are. */
static void
tell_expected(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char text[60], mean[PLAIN_NUMBER], times[PLAIN_NUMBER];

	fprintf(out,
	    "  Expected, from public volumes%*scount     times epsilon (want "
	    "%.0f)\n",
	    13, "", EXPLAIN_ENOUGH);
	for (uint16_t i = 0; i < q->n_themes; i++)
		for (unsigned v = 0; v < x->n_views; v++) {
			double m = x->views[v].mean[i];

			fputs("    ", out);
			plain_cell(
			    out, v == 0 ? theme_text(q->themes[i]) : "", 12);
			view_words(text, sizeof(text), q, &x->views[v]);
			if (m < 0) {
				fputs("no public volume to plan with\n", out);
				break;
			}
			plain_figure(mean, m);
			plain_figure(times, m * x->loss.month.epsilon);
			plain_cell(out, text, 24);
			plain_cell(out, mean, 8);
			fprintf(out, "%s\n", times);
		}
}

/* The other way: from an accuracy to its charge. */
static void
tell_needs(const struct explain *x, FILE *out)
{
	const struct question *q = &x->query->q;
	char text[60], half[PLAIN_HALF], charge[PLAIN_NUMBER];

	for (unsigned i = 0; i < x->n_needs; i++) {
		plain_half(half, x->needs[i].half);
		plain_figure_up(charge, (double)x->needs[i].nano / 1e9);
		view_words(text, sizeof(text), q, &x->views[0]);
		fprintf(out, "  If you need %s at %s: %s %s.\n", half, text,
		    q->noise == NOISE_GAUSS ? "rho" : "epsilon", charge);
	}
}

void
outlook_tell(const struct explain *x, FILE *out)
{
	fputs("\nHow accurate\n", out);
	tell_strategy(&x->query->q, out);
	if (x->n_views == 0) {
		fputs("  What comes of it cannot be told without the areas "
		      "that the query names.\n",
		    out);
		return;
	}
	tell_views(x, out);
	tell_expected(x, out);
	tell_needs(x, out);
}
