/* Any address: route_parse returns; what it accepts names no file outside the
 * folder of the map, and its words are NUL-terminated. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct route r;

	if (route_parse(&r, (const char *)buf, len) == E_OK &&
	    (len > ROUTE_MAX || r.file[0] == '/' ||
		strstr(r.file, "..") != NULL || strchr(r.file, '%') != NULL ||
		memchr(r.file, '\0', ROUTE_FILE) == NULL ||
		memchr(r.theme, '\0', ROUTE_WORD) == NULL ||
		memchr(r.slice, '\0', ROUTE_WORD) == NULL ||
		memchr(r.source, '\0', ROUTE_WORD) == NULL))
		abort();
	return 0;
}
