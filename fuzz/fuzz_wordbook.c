/* Any bytes: a word book that is read writes the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "node/wordbook.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct lexicon x = { 0 };
	uint8_t *out;

	if (wordbook_read(&x, buf, len) != E_OK)
		return 0;
	if (wordbook_bytes(&x) != len || (out = malloc(len)) == NULL)
		abort();
	wordbook_write(&x, out);
	if (memcmp(out, buf, len) != 0)
		abort();
	free(out);
	lexicon_free(&x);
	return 0;
}
