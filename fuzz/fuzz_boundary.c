/* Any bytes: boundary_parse must return; what it takes gives every point it is
 * asked for one of its own codes or none. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/boundary.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Is s a string of buf[0, len)? */
static bool
within(const char *s, const uint8_t *buf, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;

	return p >= buf && p < buf + len && strlen(s) == 9;
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct boundary *b = NULL;

	if (boundary_parse(&b, buf, len) != E_OK) {
		if (b != NULL)
			abort();
		return 0;
	}
	for (size_t at = 12; at + 6 <= len && at < 4096; at++) {
		uint32_t east =
		    (uint32_t)(buf[at] << 16 | buf[at + 1] << 8 | buf[at + 2]);
		uint32_t north = (uint32_t)(buf[at + 3] << 16 |
					    buf[at + 4] << 8 | buf[at + 5]);
		const char *code = boundary_lsoa(b, east, north);

		if (code != NULL && !within(code, buf, len))
			abort();
	}
	boundary_free(b);
	return 0;
}
