#include "protocol/cutter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Copy towards to[c->have, end) what buf has; is it whole now? */
static bool
fill(struct cutter *c, uint8_t *to, size_t end, const uint8_t *buf, size_t len,
    size_t *at)
{
	size_t n = end - c->have;

	if (n > len - *at)
		n = len - *at;
	if (n > 0)
		memcpy(to + c->have, buf + *at, n);
	c->have += n;
	*at += n;
	return c->have == end;
}

/* The header is whole: take memory for the frame. */
static enum err
begin(struct cutter *c, bool large)
{
	size_t whole;
	enum err e = frame_need(&whole, c->header, FRAME_BODY_MAX);

	if (e != E_OK)
		return e;
	if (!large && whole > FRAME_HEADER + FRAME_BODY_EARLY)
		return E_STATE;
	if ((c->frame = malloc(whole)) == NULL)
		return E_NOMEM;
	memcpy(c->frame, c->header, FRAME_HEADER);
	c->whole = whole;
	return E_OK;
}

enum err
cutter_feed(struct cutter *c, const uint8_t *buf, size_t len, size_t *at,
    bool large, uint8_t **frame, size_t *frame_len)
{
	enum err e;

	assert(*at <= len);
	if (c->frame == NULL) {
		if (!fill(c, c->header, FRAME_HEADER, buf, len, at))
			return E_AGAIN;
		if ((e = begin(c, large)) != E_OK)
			return e;
	}
	if (!fill(c, c->frame, c->whole, buf, len, at))
		return E_AGAIN;
	*frame = c->frame;
	*frame_len = c->whole;
	*c = (struct cutter){ .have = 0 };
	return E_OK;
}

void
cutter_finish(struct cutter *c)
{
	free(c->frame);
	*c = (struct cutter){ .have = 0 };
}
