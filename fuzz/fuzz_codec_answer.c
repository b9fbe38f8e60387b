#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: what is read as an answer is as long as its cells say, and these
 * bytes are the only ones that say it. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct answer a;
	uint8_t *again;
	size_t n;

	if (codec_answer_read(&a, buf, len) != E_OK)
		return 0;
	if (a.n_cells == 0 || a.n_cells > QUERY_ANSWER_MAX ||
	    codec_answer_size(a.n_cells) != len || !party_id_good(&a.node) ||
	    codec_answer_write(&again, &n, &a) != E_OK || n != len ||
	    memcmp(again, buf, len) != 0)
		abort();
	free(again);
	free(a.cells);
	return 0;
}
