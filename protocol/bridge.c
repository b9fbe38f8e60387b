#include "protocol/bridge.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "protocol/frame.h"
#include "protocol/ipc.h"

/* While so much waits for the core, nothing is taken from the transport, which
 * then stops reading: frames of the largest size always fit in what is left. */
#define IPC_CROWDED (IPC_QUEUE_MAX / 4)
#define BATCH 64u /* events or messages in a row, before the other side */

struct bridge {
	const struct bridge_config *config;
	struct clock clock;
	struct transport *transport;
	struct ipc *ipc;
	uint64_t dialled; /* the connection of ours; 0: none */
	bool dialled_up;  /* the core was told of it */
	unsigned failures;
	uint64_t dial_at; /* mono_ms; while there is none */
};

unsigned
bridge_wait_ms(unsigned failures, uint32_t random)
{
	uint64_t bound = BRIDGE_BACKOFF_MS;

	if (failures == 0)
		return 0;
	while (--failures > 0 && bound < BRIDGE_BACKOFF_MAX_MS)
		bound *= 2;
	if (bound > BRIDGE_BACKOFF_MAX_MS)
		bound = BRIDGE_BACKOFF_MAX_MS;
	return (unsigned)(random * bound >> 32);
}

static uint64_t
now_of(const struct bridge *b)
{
	return b->clock.mono_ms(b->clock.ctx);
}

/* ---- transport to core ---- */

static enum err
tell_up(struct bridge *b, const struct transport_event *ev)
{
	struct ipc_up up = { .party = ev->peer.party };
	uint8_t body[IPC_UP_MAX];
	size_t len;

	static_assert(
	    sizeof(up.address) == sizeof(ev->peer.address), "the same text");
	memcpy(up.fingerprint, ev->peer.fingerprint, sizeof(up.fingerprint));
	memcpy(up.exporter, ev->peer.exporter, sizeof(up.exporter));
	memcpy(up.address, ev->peer.address, sizeof(up.address));
	len = ipc_up_write(body, &up);
	if (ev->conn == b->dialled)
		b->dialled_up = true;
	log_event(b->config->log, LOG_INFO_, "connected",
	    "conn=%llu peer=%s address=%s", (unsigned long long)ev->conn,
	    up.party.s, up.address);
	return ipc_send(b->ipc, IPC_UP, ev->conn, body, len);
}

/* When to dial again, after one more failure. */
static enum err
dial_later(struct bridge *b, enum err why)
{
	uint32_t random;
	unsigned wait_ms;
	enum err e;

	b->dialled = 0;
	if (b->failures < UINT_MAX)
		b->failures++;
	e = b->config->rng->fill(b->config->rng->ctx, &random, sizeof(random));
	if (e != E_OK)
		return e;
	wait_ms = bridge_wait_ms(b->failures, random);
	b->dial_at = now_of(b) + wait_ms;
	log_event(b->config->log, LOG_WARN_, "dial-again",
	    "err=\"%s\" attempt=%u wait_ms=%u", err_text(why), b->failures,
	    wait_ms);
	return E_OK;
}

/* A connection is gone: the core hears of it if it had heard of it before. */
static enum err
tell_down(struct bridge *b, uint64_t conn, enum err why)
{
	bool known = conn != b->dialled || b->dialled_up;
	uint8_t body = (uint8_t)why;
	enum err e = E_OK;

	if (known) {
		log_event(b->config->log, LOG_INFO_, "disconnected",
		    "conn=%llu err=\"%s\"", (unsigned long long)conn,
		    err_text(why));
		e = ipc_send(b->ipc, IPC_DOWN, conn, &body, 1);
	}
	if (e == E_OK && conn == b->dialled)
		e = dial_later(b, why);
	return e;
}

static enum err
event_tell(struct bridge *b, const struct transport_event *ev)
{
	switch (ev->kind) {
	case TRANSPORT_UP:
		return tell_up(b, ev);
	case TRANSPORT_FRAME:
		return ipc_send(
		    b->ipc, IPC_FRAME, ev->conn, ev->bytes, ev->len);
	default:
		return tell_down(b, ev->conn, ev->err);
	}
}

static enum err
events_tell(struct bridge *b)
{
	struct transport_event ev;
	enum err e = E_OK;

	for (unsigned i = 0;
	     i < BATCH && e == E_OK && ipc_queued(b->ipc) < IPC_CROWDED; i++) {
		if (transport_next(b->transport, &ev) != E_OK)
			break;
		e = event_tell(b, &ev);
		transport_event_free(&ev);
	}
	return e;
}

/* ---- core to transport ---- */

/* A peer that does not take what it is sent is given up. */
static enum err
frame_send(struct bridge *b, const struct ipc_message *m)
{
	enum err e = transport_send(b->transport, m->conn, m->body, m->len);

	if (e != E_LIMIT)
		return e == E_NOTFOUND ? E_OK : e;
	transport_drop(b->transport, m->conn);
	return tell_down(b, m->conn, E_LIMIT);
}

static enum err
message_do(struct bridge *b, const struct ipc_message *m)
{
	if (m->conn == 0)
		return E_FORMAT;
	if (m->kind == IPC_SEND)
		return frame_send(b, m);
	if (m->len != 0)
		return E_FORMAT;
	switch (m->kind) {
	case IPC_DROP:
		transport_drop(b->transport, m->conn);
		return m->conn == b->dialled ? dial_later(b, E_CLOSED) : E_OK;
	case IPC_ADMIT:
		transport_admit(b->transport, m->conn);
		if (m->conn == b->dialled)
			b->failures = 0;
		return E_OK;
	default:
		return E_FORMAT;
	}
}

static enum err
messages_do(struct bridge *b)
{
	struct ipc_message m;
	enum err e;

	while ((e = ipc_next(b->ipc, &m)) == E_OK)
		if ((e = message_do(b, &m)) != E_OK)
			return e;
	return e == E_AGAIN ? E_OK : E_FORMAT;
}

/* ---- the loop ---- */

/* Dial if it is time; *wait_ms: how long nothing has to be done, -1: ever. */
static enum err
dial_when_due(struct bridge *b, int *wait_ms)
{
	const struct bridge_config *config = b->config;
	uint64_t now = now_of(b);
	enum err e = E_OK;

	*wait_ms = -1;
	if (config->dial_url == NULL || b->dialled != 0)
		return E_OK;
	if (now >= b->dial_at) {
		b->dialled_up = false;
		e = transport_dial(b->transport, config->dial_url,
		    config->server_name, &b->dialled);
		if (e == E_OK)
			return E_OK;
		if (e == E_ARG || e == E_CONFIG)
			return E_CONFIG;
		if ((e = dial_later(b, e)) != E_OK)
			return e;
	}
	*wait_ms = b->dial_at > now ? (int)(b->dial_at - now) : 0;
	return E_OK;
}

/* One turn: wait, then carry both ways.  E_CLOSED: the core is gone. */
static enum err
bridge_turn(struct bridge *b)
{
	bool crowded = ipc_queued(b->ipc) >= IPC_CROWDED;
	struct pollfd p[2] = {
		{ .fd = ipc_fd(b->ipc), .events = ipc_events(b->ipc) },
		{ .fd = crowded ? -1 : transport_fd(b->transport),
		    .events = POLLIN },
	};
	enum err e, pump = E_OK;
	int wait_ms;

	if ((e = dial_when_due(b, &wait_ms)) != E_OK)
		return e;
	if (poll(p, 2, wait_ms) == -1)
		return errno == EINTR ? E_OK : E_SYSTEM;
	if (p[0].revents != 0)
		pump = ipc_pump(b->ipc, p[0].revents);
	if ((e = messages_do(b)) != E_OK)
		return e;
	if (pump != E_OK)
		return pump;
	return (p[1].revents & POLLIN) != 0 ? events_tell(b) : E_OK;
}

/* Listen, and say at which port. */
static enum err
listen_and_tell(struct bridge *b)
{
	uint8_t body[2];
	struct wr w = wr_over(body, sizeof(body));
	uint16_t port;
	enum err e;

	if (b->config->listen_url == NULL)
		return E_OK;
	if ((e = transport_listen(b->transport, b->config->listen_url)) != E_OK)
		return e;
	port = transport_port(b->transport);
	log_event(b->config->log, LOG_INFO_, "listening", "port=%u", port);
	wr_be16(&w, port);
	return ipc_send(b->ipc, IPC_LISTENING, 0, body, sizeof(body));
}

enum err
bridge_run(const struct bridge_config *config)
{
	struct bridge b = { .config = config };
	enum err e;

	if ((config->listen_url == NULL) == (config->dial_url == NULL) ||
	    (config->dial_url != NULL && config->server_name == NULL))
		return E_CONFIG;
	assert(config->dial_url == NULL || config->rng != NULL);
	b.clock = config->clock == NULL ? transport_clock : *config->clock;
	if ((e = ipc_new(&b.ipc, config->ipc_fd, FRAME_MAX)) != E_OK)
		return e;
	b.dial_at = now_of(&b);
	e = transport_new(
	    &b.transport, &config->tls, config->limits, &b.clock, config->log);
	if (e == E_OK)
		e = listen_and_tell(&b);
	while (e == E_OK)
		e = bridge_turn(&b);
	transport_free(b.transport);
	ipc_free(b.ipc);
	return e == E_CLOSED ? E_OK : e;
}
