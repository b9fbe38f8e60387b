/* Any text as a query file: the reader returns, every fault it tells begins
 * with a place, and a wish that it takes is inside its ranges. */
#include <stdlib.h>
#include <string.h>

#include "client/doc.h"
#include "client/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

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
		w.c > QUERY_C_MAX || (w.rho_nrho == 0) == (w.s2_num == 0)))
		abort();
	for (size_t i = 0; i < doc_faults(doc); i++)
		if (strncmp(doc_fault(doc, i), "q:", 2) != 0)
			abort();
	doc_free(doc);
	return 0;
}
