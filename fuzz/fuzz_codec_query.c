#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: what is read as a query is a good one, and these bytes are the
 * only ones that say it. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct query q;
	uint8_t *again, id[QUERY_ID];
	size_t n;

	if (codec_query_read(&q, buf, len) != E_OK)
		return 0;
	if (query_check(&q) != E_OK ||
	    codec_query_write(&again, &n, &q, id) != E_OK || n != len ||
	    memcmp(again, buf, len) != 0 ||
	    memcmp(id, q.question_id, QUERY_ID) != 0)
		abort();
	free(again);
	return 0;
}
