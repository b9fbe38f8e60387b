/* Any bytes: a catalog that is read writes the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "node/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct catalog c = { .next = 1 };
	uint8_t *out;

	if (catalog_read(&c, buf, len) != E_OK)
		return 0;
	if (catalog_bytes(&c) != len || (out = malloc(len)) == NULL)
		abort();
	catalog_write(&c, out);
	if (memcmp(out, buf, len) != 0)
		abort();
	free(out);
	catalog_free(&c);
	return 0;
}
