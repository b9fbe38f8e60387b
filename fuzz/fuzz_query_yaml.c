/* Any text as a query file: the reader returns, every fault it tells begins
 * with a place, and a wish that it takes is inside its ranges. */
#include <stdlib.h>
#include <string.h>

#include "client/doc.h"
#include "client/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* One of a charge, a variance and an accuracy; levels that exist, of which the
 * contract's is one; what needs Gaussian noise has it. */
static bool
promised(const struct wish *w)
{
	const struct terms *t = &w->terms;

	return (t->nano != 0) + (t->s2_num != 0) + (t->plus_minus != 0) == 1 &&
	       (t->s2_num != 0) == (t->s2_den != 0) &&
	       (t->plus_minus == 0 ||
		   (t->confidence >= 500000 && t->confidence < 1000000)) &&
	       w->where.n_levels >= 1 &&
	       w->where.n_levels <= QUERY_LEVELS_MAX &&
	       t->level < w->where.n_levels &&
	       (t->noise == NOISE_GAUSS ||
		   (t->s2_num == 0 && w->strategy != WISH_MARGINALS));
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct doc *doc;
	struct wish w;

	if (doc_parse(&doc, (const char *)buf, len, "q") != E_OK)
		return 0;
	if (wish_read(&w, doc) &&
	    (doc_faults(doc) != 0 || w.sources == 0 || w.n_themes == 0 ||
		w.n_months == 0 || w.n_months > QUERY_MONTHS_MAX ||
		w.c > QUERY_C_MAX || !promised(&w)))
		abort();
	for (size_t i = 0; i < doc_faults(doc); i++)
		if (strncmp(doc_fault(doc, i), "q:", 2) != 0)
			abort();
	doc_free(doc);
	return 0;
}
