/* Any bytes: themes_parse must return; what it takes has a name, a version and
 * a multiplicity that nothing exceeds, from 1 to the number of themes. */
#include <stdlib.h>
#include <string.h>

#include "model/query.h"
#include "model/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

static void
check(const struct themes *t, const uint8_t *buf, size_t len)
{
	static const char *const lists[] = { "istv", "police.uk", "l" };
	unsigned k = themes_multiplicity(t, SOURCE_NHS_ED, UINT32_MAX);
	size_t n = len < INCIDENT_CODE - 1 ? len : INCIDENT_CODE - 1;

	if (k < 1 || k > THEMES ||
	    k > themes_multiplicity(t, SOURCE_ALL, UINT32_MAX))
		abort();
	for (size_t i = 0; i < 3; i++) {
		struct kind kind = { .source = SOURCE_NHS_ED,
			.weapon = len > 0 ? buf[0] : 0,
			.victim = len > 1 ? buf[1] % VICTIMS : 0 };
		uint32_t of;

		strcpy(kind.codelist, lists[i]);
		memcpy(kind.code, buf + len - n, n); /* ends of files vary */
		of = themes_of(t, &kind);
		if (of >> THEMES != 0 || (unsigned)__builtin_popcount(of) > k ||
		    (of != 0 && !themes_know(t, &kind)))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct themes *t = NULL;
	size_t line = 0;

	if (themes_parse(&t, (const char *)buf, len, &line) != E_OK) {
		if (t != NULL || line == 0)
			abort();
		return 0;
	}
	if (*themes_name(t) == '\0' || *themes_version(t) == '\0')
		abort();
	check(t, buf, len);
	themes_free(t);
	return 0;
}
