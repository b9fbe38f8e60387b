#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/bundle.h"
#include "protocol/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* A reason that was read is text, and the form it came in is the only one. */
static void
check_bodies(const uint8_t *buf, size_t len)
{
	uint8_t again[APPROVAL_MAX];
	struct approval a;
	struct refused r;

	if (approval_parse(&a, buf, len) == E_OK &&
	    (!words_good(a.reason, strlen(a.reason)) ||
		approval_write(again, &a) != len ||
		memcmp(again, buf, len) != 0))
		abort();
	if (refused_parse(&r, buf, len) == E_OK &&
	    (!words_good(r.reason, strlen(r.reason)) ||
		refused_write(again, &r) != len ||
		memcmp(again, buf, len) != 0))
		abort();
}

/* Any bytes: bundle_parse returns, and its envelopes fill the bytes without a
 * gap. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct bundle b;
	size_t at;

	check_bodies(buf, len);
	if (bundle_parse(&b, buf, len) != E_OK)
		return 0;
	at = b.query.whole_len;
	for (size_t i = 0; i < b.n; i++) {
		if (b.approvals[i].whole != buf + at)
			abort();
		at += b.approvals[i].whole_len;
		check_bodies(b.approvals[i].bytes, b.approvals[i].len);
	}
	if (at != len || b.n > BUNDLE_APPROVALS)
		abort();
	return 0;
}
