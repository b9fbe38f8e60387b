#include <stdlib.h>
#include <string.h>

#include "protocol/cutter.h"
#include "protocol/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: frame_parse must return, describe only bytes it was given, and
 * frame_write must make the same of it; the cutter must find that frame too. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct cutter c = { .have = 0 };
	struct frame f;
	uint8_t *out;
	size_t n, at = 0;

	if (frame_parse(&f, buf, len) == E_OK) {
		if (f.len + FRAME_HEADER != len ||
		    (f.len > 0 && f.body != buf + FRAME_HEADER) ||
		    frame_write(&out, &n, &f) != E_OK || n != len ||
		    memcmp(out, buf, len) != 0)
			abort();
		free(out);
		if (cutter_feed(&c, buf, len, &at, true, &out, &n) != E_OK ||
		    n != len || at != len)
			abort();
		free(out);
		return 0;
	}
	/* What is no one frame may be several, or none. */
	while (cutter_feed(&c, buf, len, &at, false, &out, &n) == E_OK) {
		if (frame_parse(&f, out, n) != E_OK || f.len > FRAME_BODY_EARLY)
			abort();
		free(out);
	}
	cutter_finish(&c);
	return 0;
}
