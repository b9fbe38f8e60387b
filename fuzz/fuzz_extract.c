#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/extract.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* A file of these bytes whose name ends in .zst. */
static const char *
packed_file(const uint8_t *buf, size_t len)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/ward-fuzz-%ld.zst", (long)getpid());
	if ((f = fopen(path, "wb")) == NULL || fwrite(buf, 1, len, f) != len ||
	    fclose(f) != 0)
		abort();
	return path;
}

/* Any bytes: an extract ends, having handed out no more than it may, and says
 * why if it failed. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static uint8_t out[4096];
	const char *path = packed_file(buf, len);
	struct extract *x;
	uint64_t total = 0;
	size_t n = 1;
	enum err e;

	if (extract_open(&x, path) != E_OK)
		abort();
	do {
		e = extract_read(x, out, 1 + len % sizeof(out), &n);
		total += e == E_OK ? n : 0;
	} while (e == E_OK && n > 0);
	if ((e == E_OK) != (extract_why(x) == NULL) ||
	    total > EXTRACT_FREE + (uint64_t)EXTRACT_RATIO * (len + 1))
		abort();
	extract_close(x);
	unlink(path);
	return 0;
}
