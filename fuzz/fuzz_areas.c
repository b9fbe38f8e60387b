/* Any bytes: areas_parse must return; what it takes can be placed in every
 * geography, each LSOA in one place of its own force. */
#include <stdlib.h>
#include <string.h>

#include "model/area.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Does every place, taken as an LSOA, lie where the placing says? */
static void
check(const struct areas *a, uint32_t geo, const char *force)
{
	char forces[1][GSS];
	struct placing *p;

	memcpy(forces[0], force, GSS);
	if (placing_new(&p, a, geo, forces, 1) != E_OK)
		abort();
	if (placing_count(p) == 0)
		abort();
	for (uint32_t i = 0; i < placing_count(p); i++) {
		struct place place = placing_at(p, i), lsoa;
		int64_t at = placing_of(p, place.code);

		if (strcmp(place.force, force) != 0 || at < -1 ||
		    at > placing_count(p))
			abort();
		if (geo == GEO_LSOA11 &&
		    (at != i || !areas_lsoa(a, place.code, &lsoa)))
			abort();
		if (areas_named(a, geo, place.code) == NULL ||
		    areas_within(a, place.code, GEO_FORCE) == NULL)
			abort();
	}
	placing_free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct areas *a = NULL;
	struct place first;
	char code[GSS] = "";
	size_t line = 0;
	const uint8_t *row;

	if (areas_parse(&a, (const char *)buf, len, &line) != E_OK) {
		if (a != NULL || line == 0)
			abort();
		return 0;
	}
	row = memchr(buf, '\n', len);
	memcpy(code, row[1] == '"' ? row + 2 : row + 1, GSS - 1);
	if (!areas_lsoa(a, code, &first) || !areas_has_force(a, first.force))
		abort();
	for (uint32_t geo = GEO_LSOA11; geo <= GEO_FORCE; geo++)
		check(a, geo, first.force);
	areas_free(a);
	return 0;
}
