#include "protocol/talk.h"

#include <assert.h>
#include <string.h>

#include "base/rd.h"
#include "protocol/words.h"

#define PARTS_MAX 256

#define X(name, text) +1
enum { ERRS = 0 ERR_LIST(X) };
#undef X

enum err
talk_part_parse(struct talk_part *out, const uint8_t *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	struct talk_part p;

	p.part = rd_be32(&r);
	p.parts = rd_be32(&r);
	p.len = r.left;
	p.bytes = rd_view(&r, r.left);
	if (r.err != E_OK)
		return r.err;
	if (p.parts > PARTS_MAX || p.part >= p.parts)
		return E_FORMAT;
	*out = p;
	return E_OK;
}

enum err
talk_words_parse(struct talk_words *out, const uint8_t *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	uint8_t err = rd_u8(&r);
	size_t n = r.left;
	const uint8_t *p = rd_view(&r, n);

	if (r.err != E_OK)
		return r.err;
	if (n > TALK_WORDS)
		return E_LIMIT;
	if (err == E_OK || err >= ERRS)
		return E_FORMAT;
	out->err = (enum err)err;
	memcpy(out->words, p, n);
	out->words[n] = '\0';
	words_clean(out->words, n);
	return E_OK;
}

size_t
talk_words_write(uint8_t *buf, enum err err, const char *words)
{
	size_t n = words_cut(words, strlen(words), TALK_WORDS);

	assert(err != E_OK && (unsigned)err < ERRS);
	buf[0] = (uint8_t)err;
	memcpy(buf + 1, words, n);
	return 1 + n;
}
