#include "coordinator/levels.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void
levels_text(char out[LEVELS_TEXT], const struct question *q, unsigned level)
{
	assert(level < q->n_levels);
	if (q->geo == GEO_GRID)
		(void)snprintf(out, LEVELS_TEXT, "%u", q->cell_m << level);
	else
		(void)snprintf(
		    out, LEVELS_TEXT, "%s", geo_text(q->geo + level));
}

void
levels_label(char out[LEVELS_LABEL], const struct question *q, unsigned level)
{
	static const char *const labels[] = { [GEO_LSOA11] =
						  "Neighbourhoods (LSOA)",
		[GEO_MSOA11] = "Groups of neighbourhoods (MSOA)",
		[GEO_LAD] = "Local authorities",
		[GEO_FORCE] = "Police force areas" };

	assert(level < q->n_levels);
	if (q->geo == GEO_GRID)
		(void)snprintf(out, LEVELS_LABEL, "Squares of %g km",
		    (double)(q->cell_m << level) / 1000);
	else
		(void)snprintf(out, LEVELS_LABEL, "%s", labels[q->geo + level]);
}

enum err
levels_find(unsigned *out, const struct question *q, const char *word)
{
	char name[LEVELS_TEXT];

	for (unsigned l = 0; l < q->n_levels; l++) {
		levels_text(name, q, l);
		if (word[0] == '\0' || strcmp(name, word) == 0) {
			*out = l;
			return E_OK;
		}
	}
	return E_NOTFOUND;
}
