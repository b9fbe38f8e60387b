#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/talk.h"
#include "protocol/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: parts describe the bytes that were given; words that are shown to
 * people are text, whatever came. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct talk_part p;
	struct talk_words w;
	size_t cut;

	if (talk_part_parse(&p, buf, len) == E_OK &&
	    (p.part >= p.parts || p.len + 8 != len || p.bytes != buf + 8))
		abort();
	if (talk_words_parse(&w, buf, len) == E_OK &&
	    (w.err == E_OK || strlen(w.words) + 1 != len ||
		!words_good(w.words, len - 1)))
		abort();
	if (words_good((const char *)buf, len)) {
		cut = words_cut((const char *)buf, len, len / 2);
		if (cut > len / 2 || !words_good((const char *)buf, cut))
			abort();
	}
	return 0;
}
