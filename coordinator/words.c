#include "coordinator/words.h"

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

void
words_noise(struct text *out, const struct words_facts *f)
{
	text_add(out,
	    "Each agency added a random whole number to each of its counts "
	    "before sending it: for 95 of 100 counts one between -");
	text_int(out, f->one_half_width);
	text_add(out, " and +");
	text_int(out, f->one_half_width);
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
	text_add(out, "\u00b1");
	text_int(out, f->all_half_width);
	text_add(out, " of the number shown.");
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
	    "recorded. A number may be below zero, because the noise goes both "
	    "ways and nothing is cut off.");
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
