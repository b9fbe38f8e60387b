#include "protocol/link.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>

#define LINGER_MS 50 /* one connection, and then the process ends */
#define TICK_MS 10

struct link {
	struct transport *transport;
	uint64_t conn;
	bool up;
	enum err down; /* E_OK while the connection is there */
	struct transport_peer peer;
	struct transport_event last; /* what the caller's frame points into */
};

static uint64_t
now_ms(void)
{
	return transport_clock.mono_ms(transport_clock.ctx);
}

/* The next event, within the time that is left until end.  E_TIMEOUT. */
static enum err
event_before(struct link *link, uint64_t end)
{
	transport_event_free(&link->last);
	for (;;) {
		struct pollfd p = { .fd = transport_fd(link->transport),
			.events = POLLIN };
		uint64_t now = now_ms();
		int left = end > now ? (int)(end - now) : 0;

		if (transport_next(link->transport, &link->last) == E_OK)
			return E_OK;
		if (left == 0)
			return E_TIMEOUT;
		if (poll(&p, 1, left) == -1 && errno != EINTR)
			return E_SYSTEM;
	}
}

/* One attempt to connect: until it is up or down. */
static enum err
connect_before(struct link *link, uint64_t end)
{
	enum err e = event_before(link, end);

	if (e != E_OK)
		return e;
	if (link->last.kind == TRANSPORT_DOWN)
		return link->last.err;
	assert(link->last.kind == TRANSPORT_UP);
	link->peer = link->last.peer;
	link->up = true;
	return E_OK;
}

enum err
link_open(struct link **out, const char *url, const char *server_name,
    const struct tls_material *m, int timeout_ms)
{
	struct transport_limits limits = transport_limits_default;
	uint64_t end = now_ms() + (uint64_t)timeout_ms;
	struct link *link = calloc(1, sizeof(*link));
	enum err e;

	assert(timeout_ms >= 0);
	if (link == NULL)
		return E_NOMEM;
	limits.hello_ms += (unsigned)timeout_ms; /* ours ends before */
	limits.linger_ms = LINGER_MS;
	limits.tick_ms = TICK_MS;
	limits.total = 1;
	e = transport_new(&link->transport, m, &limits, &transport_clock, NULL);
	if (e == E_OK)
		e = transport_dial(
		    link->transport, url, server_name, &link->conn);
	if (e == E_OK)
		e = connect_before(link, end);
	if (e != E_OK) {
		link_close(link);
		return e;
	}
	*out = link;
	return E_OK;
}

const struct transport_peer *
link_peer(const struct link *link)
{
	return &link->peer;
}

void
link_admit(struct link *link)
{
	transport_admit(link->transport, link->conn);
}

enum err
link_send(struct link *link, const struct frame *frame)
{
	uint8_t *bytes;
	size_t len;
	enum err e = frame_write(&bytes, &len, frame);

	if (e != E_OK)
		return e;
	e = transport_send(link->transport, link->conn, bytes, len);
	free(bytes);
	assert(e != E_FORMAT); /* frame_write made it */
	return e == E_NOTFOUND ? E_CLOSED : e;
}

enum err
link_receive(struct link *link, struct frame *out, int timeout_ms)
{
	enum err e;

	assert(timeout_ms >= 0);
	if (link->down != E_OK)
		return link->down;
	e = event_before(link, now_ms() + (uint64_t)timeout_ms);
	if (e != E_OK)
		return e;
	if (link->last.kind == TRANSPORT_FRAME)
		return frame_parse(out, link->last.bytes, link->last.len);
	/* E_TIMEOUT would say that the link still works */
	link->down = link->last.err == E_TIMEOUT ? E_CLOSED : link->last.err;
	return link->down;
}

void
link_close(struct link *link)
{
	if (link == NULL)
		return;
	transport_event_free(&link->last);
	if (link->up)
		transport_drop(link->transport, link->conn);
	transport_free(link->transport);
	free(link);
}
