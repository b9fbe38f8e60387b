#include "protocol/frame.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"

static bool
kind_known(uint8_t kind)
{
	return kind >= FRAME_HELLO && kind <= FRAME_PONG;
}

/* The fixed part of a frame; the length of its body in *len. */
static enum err
header_read(struct frame *out, size_t *len, struct rd *r, size_t body_max)
{
	uint32_t body_len = rd_be32(r);
	uint8_t version = rd_u8(r);
	uint8_t kind = rd_u8(r);
	uint16_t reserved = rd_be16(r);

	out->attempt = rd_be32(r);
	rd_copy(r, out->id, FRAME_ID);
	if (r->err != E_OK)
		return r->err;
	if (version != FRAME_VERSION || !kind_known(kind) || reserved != 0)
		return E_FORMAT;
	if (body_len > body_max)
		return E_LIMIT;
	out->kind = (enum frame_kind)kind;
	*len = body_len;
	return E_OK;
}

enum err
frame_need(size_t *whole, const uint8_t header[FRAME_HEADER], size_t body_max)
{
	struct rd r = rd_over(header, FRAME_HEADER);
	struct frame f;
	size_t len;
	enum err e;

	assert(body_max <= FRAME_BODY_MAX);
	if ((e = header_read(&f, &len, &r, body_max)) != E_OK)
		return e;
	*whole = FRAME_HEADER + len;
	return E_OK;
}

enum err
frame_parse(struct frame *out, const void *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	struct frame f = { 0 };
	enum err e;

	if ((e = header_read(&f, &f.len, &r, FRAME_BODY_MAX)) != E_OK)
		return e;
	f.body = rd_view(&r, f.len);
	if ((e = rd_end(&r)) != E_OK)
		return e;
	*out = f;
	return E_OK;
}

enum err
frame_write(uint8_t **out, size_t *len, const struct frame *frame)
{
	struct wr w;
	uint8_t *buf;

	assert(kind_known((uint8_t)frame->kind));
	if (frame->len > FRAME_BODY_MAX)
		return E_LIMIT;
	if ((buf = malloc(FRAME_HEADER + frame->len)) == NULL)
		return E_NOMEM;
	w = wr_over(buf, FRAME_HEADER + frame->len);
	wr_be32(&w, (uint32_t)frame->len);
	wr_u8(&w, FRAME_VERSION);
	wr_u8(&w, (uint8_t)frame->kind);
	wr_be16(&w, 0);
	wr_be32(&w, frame->attempt);
	wr_bytes(&w, frame->id, FRAME_ID);
	wr_bytes(&w, frame->body, frame->len);
	assert(w.err == E_OK && w.len == w.cap);
	*out = buf;
	*len = w.len;
	return E_OK;
}
