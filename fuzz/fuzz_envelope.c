#include <stdint.h>
#include <stdlib.h>

#include "protocol/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: envelope_next returns, describes only bytes it was given, and
 * nobody who has not signed is taken for somebody who has. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const uint8_t nobody[SIGN_PUBLIC] = { 1 };
	struct envelope e;

	if (envelope_next(&e, buf, len) != E_OK)
		return 0;
	if (e.whole != buf || e.whole_len > len ||
	    e.whole_len != e.len + ENVELOPE_OVERHEAD ||
	    e.bytes != buf + ENVELOPE_HEADER || !party_id_good(&e.sender))
		abort();
	if (envelope_good(&e, nobody))
		abort();
	return 0;
}
