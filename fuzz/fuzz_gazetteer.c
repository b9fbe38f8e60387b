#include "fuzz/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any file, then any text (what follows the first empty line): a place that is
 * found lies on the grid, with a code or none, and is found surely. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	const uint8_t *gap = len == 0 ? NULL : memmem(buf, len, "\n\n", 2);
	size_t file = gap == NULL ? len : (size_t)(gap - buf) + 1;
	struct rows_bytes b = { buf, file };
	struct csv_source s = { rows_read, &b };
	struct gazetteer_place p;
	struct gazetteer *g = NULL;
	char text[512] = "", area[10];
	uint64_t line;
	size_t n = len - file < 511 ? len - file : 511;

	if (gazetteer_read(&g, &s, &line) != E_OK)
		return 0;
	if (n > 0)
		memcpy(text, buf + file, n);
	if (gazetteer_find(g, &p, text) &&
	    (!field_lsoa(area, p.area) || p.confidence < GAZETTEER_SURE ||
		p.confidence > 100 ||
		(p.has_point &&
		    (p.east >= GRID_EAST_MAX || p.north >= GRID_NORTH_MAX))))
		abort();
	gazetteer_free(g);
	return 0;
}
