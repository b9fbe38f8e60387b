/* Any bytes: vintage_parse must return; every row of what it takes is found. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/vintage.h"

#define HEAD 12 /* bytes of the header line */
#define ROW 20

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct vintage *v = NULL;
	size_t line = 0;

	if (vintage_parse(&v, (const char *)buf, len, &line) != E_OK) {
		if (v != NULL || line == 0)
			abort();
		return 0;
	}
	for (size_t at = HEAD; at + ROW <= len; at += ROW) {
		char code[10] = "";
		const char *old;

		memcpy(code, buf + at, 9);
		if ((old = vintage_2011(v, code)) == NULL ||
		    memcmp(old, buf + at + 10, 9) != 0)
			abort();
	}
	vintage_free(v);
	return 0;
}
