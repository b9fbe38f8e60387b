/* Any bytes: themes_parse must return; what it takes has a multiplicity from 1
 * to the number of themes. */
#include <stdlib.h>
#include <string.h>

#include "model/query.h"
#include "model/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct themes *t = NULL;
	size_t line = 0;
	struct kind none = { .source = SOURCE_NHS_ED, .codelist = "istv" };
	struct kind knife = none;
	unsigned k;

	strcpy(knife.code, "knife");

	if (themes_parse(&t, (const char *)buf, len, &line) != E_OK) {
		if (t != NULL || line == 0)
			abort();
		return 0;
	}
	k = themes_multiplicity(t, SOURCE_ALL, UINT32_MAX);
	if (k < 1 || k > THEMES || themes_of(t, &none) != 0 ||
	    themes_of(t, &knife) >> THEMES != 0)
		abort();
	themes_free(t);
	return 0;
}
