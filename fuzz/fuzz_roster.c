/* Any bytes: roster_parse must return; what it takes is written as a text that
 * it takes again, with the same members, and that is written the same. */
#include <stdlib.h>
#include <string.h>

#include "policies/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct roster *r, *again;
	struct fault fault = { "" };
	char *text, *same;

	if (roster_parse(&r, (const char *)buf, len, "r", &fault) != E_OK) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	if (roster_text(&text, r) != E_OK ||
	    roster_parse(&again, text, strlen(text), "r", NULL) != E_OK ||
	    roster_text(&same, again) != E_OK || strcmp(text, same) != 0 ||
	    again->n != r->n)
		abort();
	for (unsigned i = 0; i < r->n; i++)
		if (!member_same(&r->members[i], &again->members[i]) ||
		    roster_find(r, &r->members[i].id) != &r->members[i])
			abort();
	free(same);
	free(text);
	free(again);
	free(r);
	return 0;
}
