#include "coordinator/replies.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"

#define HEAD 8 /* be32 part, be32 parts */

struct reply {
	uint64_t conn; /* 0: free */
	uint8_t id[FRAME_ID];
	struct text body;
	uint32_t part, parts; /* the next, of how many */
	uint64_t due_ms;
};

struct replies {
	struct core_net net;
	size_t bytes;
	size_t turn; /* whose turn it is */
	struct reply all[REPLIES_MAX];
	uint8_t frame[HEAD + REPLIES_PART]; /* the part being sent */
};

enum err
replies_new(struct replies **out, const struct core_net *net)
{
	struct replies *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return E_NOMEM;
	r->net = *net;
	*out = r;
	return E_OK;
}

static void
forget(struct replies *r, struct reply *one)
{
	r->bytes -= one->body.len;
	text_free(&one->body);
	one->conn = 0;
}

void
replies_free(struct replies *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < REPLIES_MAX; i++)
		if (r->all[i].conn != 0)
			forget(r, &r->all[i]);
	free(r);
}

/* Send the next part; the last one ends the reply. */
static void
send_part(struct replies *r, struct reply *one)
{
	size_t at = one->part * REPLIES_PART, left = one->body.len - at;
	size_t n = left < REPLIES_PART ? left : REPLIES_PART;
	struct wr w = wr_over(r->frame, sizeof(r->frame));
	struct frame f = { .kind = FRAME_REPLY, .body = r->frame };

	wr_be32(&w, one->part);
	wr_be32(&w, one->parts);
	if (n > 0)
		wr_bytes(&w, one->body.p + at, n);
	f.len = w.len;
	memcpy(f.id, one->id, FRAME_ID);
	r->net.send(r->net.ctx, one->conn, &f);
	if (++one->part == one->parts)
		forget(r, one);
}

enum err
replies_room(const struct replies *r, uint64_t conn)
{
	bool room = false;

	for (size_t i = 0; i < REPLIES_MAX; i++) {
		if (r->all[i].conn == conn)
			return E_STATE;
		room = room || r->all[i].conn == 0;
	}
	return room ? E_OK : E_AGAIN;
}

enum err
replies_add(struct replies *r, uint64_t conn, const uint8_t id[FRAME_ID],
    struct text *body, uint64_t mono_ms)
{
	size_t parts = body->len / REPLIES_PART +
		       (body->len % REPLIES_PART > 0 || body->len == 0);
	struct reply *one = NULL;

	if (parts > REPLIES_PARTS)
		return E_LIMIT;
	for (size_t i = 0; i < REPLIES_MAX; i++) {
		if (r->all[i].conn == conn)
			return E_STATE;
		if (r->all[i].conn == 0 && one == NULL)
			one = &r->all[i];
	}
	if (one == NULL || body->len > REPLIES_BYTES - r->bytes)
		return E_AGAIN;
	*one = (struct reply){ .conn = conn,
		.body = *body,
		.parts = (uint32_t)parts,
		.due_ms = mono_ms + REPLIES_PACE_MS };
	memcpy(one->id, id, FRAME_ID);
	*body = text_new(body->max);
	r->bytes += one->body.len;
	send_part(r, one);
	return E_OK;
}

void
replies_down(struct replies *r, uint64_t conn)
{
	for (size_t i = 0; i < REPLIES_MAX; i++)
		if (conn != 0 && r->all[i].conn == conn)
			forget(r, &r->all[i]);
}

void
replies_pump(struct replies *r, uint64_t mono_ms)
{
	size_t first = r->turn, sent = 0;

	for (size_t i = 0; i < REPLIES_MAX && sent < REPLIES_PUMP; i++) {
		size_t k = (first + i) % REPLIES_MAX;
		struct reply *one = &r->all[k];

		if (one->conn == 0 || mono_ms < one->due_ms)
			continue;
		one->due_ms = mono_ms + REPLIES_PACE_MS;
		send_part(r, one);
		sent++;
		r->turn = k + 1;
	}
}
