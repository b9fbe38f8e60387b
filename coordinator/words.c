#include "coordinator/words.h"

#include <math.h>
#include <string.h>

/* "a, b and c". */
static void
add_list(struct text *out, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text_add(out, i + 1 == n ? " and " : ", ");
		text_add(out, names[i]);
	}
}

/* "within +-24", or "within +-24 to +-31", of the estimate. */
static void
add_widths(struct text *out, double least, double most)
{
	int64_t low = text_whole(ceil(least)), high = text_whole(ceil(most));

	text_add(out, "\u00b1");
	text_int(out, low);
	if (high > low) {
		text_add(out, " to \u00b1");
		text_int(out, high);
	}
}

void
words_noise(struct text *out, const struct words_facts *f)
{
	const struct question *q = &f->query->q;

	text_add(out,
	    "Each agency added a random whole number to each of its counts "
	    "before sending it: ");
	if (q->n_histograms > 1)
		text_add(out, "to those of the finest places ");
	text_add(out, "for 95 of 100 counts one between -");
	text_int(out, f->one_half);
	text_add(out, " and +");
	text_int(out, f->one_half);
	text_add(out, ". ");
	if (f->answered == 1) {
		text_add(out,
		    "One agency answered, so for 95 of 100 places the count "
		    "it made lies within ");
	} else {
		text_add(out, "The numbers of ");
		text_int(out, f->answered);
		text_add(out,
		    " agencies are added here, so for 95 of 100 places the sum "
		    "of the counts they made lies within ");
	}
	add_widths(out, f->all_least, f->all_most);
	text_add(out, " of the estimate.");
	if (q->n_levels > 1 || question_slices(q) > 1)
		text_add(out,
		    " Larger areas and sums of months have intervals of their "
		    "own.");
}

/* Of nested levels. */
static void
nested(struct text *out, const struct question *q)
{
	bool levels = false, sums = false;

	for (unsigned i = 0; i < q->n_histograms; i++) {
		levels = levels || q->histograms[i].level > 0;
		sums = sums || q->histograms[i].by != (BY_THEME | BY_TIME);
	}
	if (q->n_histograms == 1)
		text_add(out,
		    "Every count was measured once; what is larger is a sum of "
		    "these.");
	if (levels)
		text_add(out,
		    "Places were counted on several levels, each with noise of "
		    "its own, so that larger areas are known better than the "
		    "sums of their parts.");
	if (sums) {
		text_add(out, levels ? " " : "");
		text_add(out,
		    "Sums of themes or months were counted beside the single "
		    "ones, so that they are known better, too.");
	}
	if (q->n_histograms > 1)
		text_add(out,
		    " The estimates are the ones that fit all of these best, "
		    "and add up.");
}

void
words_strategy(struct text *out, const struct question *q)
{
	switch (q->strategy) {
	case STRATEGY_RUNNING:
		text_add(out,
		    "Months were counted one by one and in blocks of two, "
		    "four and more, each with noise of its own, so that the "
		    "noise in running totals grows little with the months that "
		    "they add up.");
		break;
	case STRATEGY_HAAR:
		text_add(out,
		    "Squares were counted as differences between halves of "
		    "ever larger blocks (a Haar transform), each with noise of "
		    "its own, so that sums over larger parts of the map are "
		    "known better than with counts of single squares.");
		break;
	default:
		nested(out, q);
	}
}

void
words_display(struct text *out)
{
	text_add(out,
	    "The map shows whole numbers that add up over levels and months "
	    "and are never below zero; unbiased estimates with their intervals "
	    "stand beside them. Calculate with the estimates: making numbers "
	    "whole and positive moves small ones up.");
}

const char *
words_law(uint32_t noise)
{
	return noise == NOISE_GAUSS ? "discrete Gaussian" : "discrete Laplace";
}

void
words_unit(struct text *out, const struct words_facts *f)
{
	unsigned c = f->query->q.c;

	text_add(out,
	    "The noise hides whether any one person's records of one month at "
	    "one agency are in the data. Where records name a person, at most "
	    "");
	text_int(out, c);
	text_add(out, c == 1 ? " record" : " records");
	text_add(out,
	    " of that person in a month are counted; a record that names "
	    "nobody is protected by itself.");
}

void
words_caveat(struct text *out, const struct words_facts *f)
{
	text_add(out,
	    "These are recorded incidents: not everything that happens is "
	    "recorded. An estimate may be below zero, because the noise goes "
	    "both ways and nothing is cut off.");
	if (f->query->q.k > 1)
		text_add(out,
		    " One record may count under several themes, so themes do "
		    "not add up.");
	if (f->n_missing > 0) {
		text_add(out, " The numbers are without the records of ");
		add_list(out, f->missing, f->n_missing);
		text_add(out, f->n_missing == 1
				  ? ", which gave no answer in time."
				  : ", who gave no answer in time.");
	}
	if (f->n_synthetic > 0) {
		text_add(out, " The records of ");
		add_list(out, f->synthetic, f->n_synthetic);
		text_add(out, " are made up for demonstration.");
	}
}

const char *
words_source(const char *source, bool synthetic)
{
	if (strcmp(source, "police") == 0)
		return synthetic ? "Police forces (synthetic)"
				 : "Police forces";
	if (strcmp(source, "nhs") == 0)
		return synthetic ? "NHS (synthetic)" : "NHS";
	if (strcmp(source, "other") == 0)
		return synthetic ? "Others (synthetic)" : "Others";
	return "All agencies";
}
