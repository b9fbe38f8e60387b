#include "protocol/transport_conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#include "base/wr.h"
#include "protocol/cutter.h"
#include "protocol/frame.h"
#include "protocol/transport_open.h"
#include "protocol/transport_outbox.h"

#define SLOT_BYTES 8192u /* one read; more than one frame before admit */
#define PONGS_MAX 8u     /* of ours, waiting to be written */
#define PING_ROOM 65536u /* no ping of ours behind more bytes than this */
#define DRAIN 1u         /* `attempt` of the PING that ends a drain */

enum slot_state { SLOT_IDLE, SLOT_POSTED, SLOT_DONE };

struct transport_conn;

/*
 * One read of a connection.  There are two, always posted one after the other,
 * and what they bring is used in that order whatever the order in which nng's
 * threads report it.  While one is being used the other waits in nng: with
 * none there nng 1.5.2 does not report that the other side is gone.
 */
struct slot {
	struct transport_conn *conn;
	nng_aio *aio;
	enum slot_state state;
	int rv;
	size_t len, at; /* bytes read, and how many were used */
	uint8_t buf[SLOT_BYTES];
};

struct transport_conn {
	struct transport_shared *shared;
	uint64_t id;
	bool dialled;
	bool up;       /* UP was given, or would have been */
	bool admitted; /* transport_admit */
	bool mute;     /* transport_drop: no more events; waits for DRAIN */
	bool closed;
	bool held;        /* a large frame is coming and may not yet */
	unsigned flights; /* operations that nng has not reported yet */
	unsigned linger;  /* ticks since nothing was in flight */
	struct transport_place place;
	struct transport_peer peer;
	uint64_t opened, heard, pinged, moved, dropped; /* mono_ms */

	nng_stream *stream; /* NULL while dialling */
	nng_stream_dialer *dialer;
	nng_aio *dial;

	struct slot in[2];
	unsigned used, posted; /* the slot to use next, and to post next */
	struct cutter cutter;
	size_t inbox; /* cost of the frames that the owner has not taken */

	nng_aio *send;
	struct transport_outbox out;
};

static uint64_t
now_of(const struct transport_shared *s)
{
	return s->clock.mono_ms(s->clock.ctx);
}

static enum err
err_of(int rv)
{
	switch (rv) {
	case 0:
		return E_OK;
	case NNG_ENOMEM:
		return E_NOMEM;
	case NNG_EPEERAUTH:
		return E_PEER;
	case NNG_ETIMEDOUT:
		return E_TIMEOUT;
	default:
		return E_CLOSED;
	}
}

/* ---- the end ---- */

void
transport_conn_refuse(
    struct transport_shared *s, const char *address, enum err why)
{
	s->refused++;
	s->refused_err = why;
	memcpy(s->refused_address, address, TRANSPORT_ADDRESS);
}

/* No more of it, at once; the janitor frees it when nng has let go. */
static void
conn_close(struct transport_conn *c, enum err why)
{
	struct transport_shared *s = c->shared;
	struct transport_event down = {
		.kind = TRANSPORT_DOWN, .conn = c->id, .err = why
	};

	if (c->closed)
		return;
	c->closed = true;
	if (c->stream != NULL)
		nng_stream_close(c->stream);
	else if (c->dialer != NULL)
		nng_stream_dialer_close(c->dialer);
	if (!c->up && !c->dialled)
		transport_conn_refuse(s, c->peer.address, why);
	else if (!c->mute && !transport_events_push(&s->events, &down))
		log_event(s->log, LOG_ERROR_, "transport", "err=%s",
		    err_text(E_NOMEM));
}

void
transport_conn_free(struct transport_conn *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < 2; i++)
		if (c->in[i].aio != NULL)
			nng_aio_free(c->in[i].aio);
	if (c->send != NULL)
		nng_aio_free(c->send);
	if (c->dial != NULL)
		nng_aio_free(c->dial);
	if (c->dialer != NULL)
		nng_stream_dialer_free(c->dialer);
	if (c->stream != NULL)
		nng_stream_free(c->stream); /* it, too, holds the dialler */
	transport_outbox_finish(&c->out);
	cutter_finish(&c->cutter);
	free(c);
}

/* The next operation of the aio is on buf[0, len). */
static void
aio_over(nng_aio *aio, void *buf, size_t len)
{
	nng_iov iov = { buf, len };
	int rv = nng_aio_set_iov(aio, 1, &iov);

	assert(rv == 0); /* one always fits */
}

/* ---- writing ---- */

static void
conn_push(struct transport_conn *c)
{
	struct transport_parcel *p = c->out.first;

	if (p == NULL || c->out.busy || c->closed || c->stream == NULL)
		return;
	aio_over(c->send, p->bytes + p->off, p->len - p->off);
	c->out.busy = true;
	c->flights++;
	nng_stream_send(c->stream, c->send);
}

static void
on_send(void *arg)
{
	struct transport_conn *c = arg;
	int rv;

	pthread_mutex_lock(&c->shared->lock);
	c->flights--;
	c->out.busy = false;
	rv = nng_aio_result(c->send);
	if (rv != 0) {
		conn_close(c, err_of(rv));
	} else if (!c->closed) {
		c->moved = now_of(c->shared);
		transport_outbox_wrote(&c->out, nng_aio_count(c->send));
		conn_push(c);
	}
	pthread_mutex_unlock(&c->shared->lock);
}

/* Queue a copy of bytes[len). */
static enum err
conn_queue(struct transport_conn *c, const void *bytes, size_t len, bool pong)
{
	bool empty = c->out.first == NULL;
	enum err e = transport_outbox_put(&c->out, bytes, len, pong);

	if (e != E_OK)
		return e;
	if (empty)
		c->moved = now_of(c->shared);
	conn_push(c);
	return E_OK;
}

/* Queue a frame without a body, with our numbers or those of the other side's
 * PING. */
static enum err
conn_signal(struct transport_conn *c, enum frame_kind kind, uint32_t attempt,
    const uint8_t *id)
{
	uint8_t buf[FRAME_HEADER] = { 0 };
	struct wr w = wr_over(buf, sizeof(buf));

	wr_be32(&w, 0);
	wr_u8(&w, FRAME_VERSION);
	wr_u8(&w, (uint8_t)kind);
	wr_be16(&w, 0);
	wr_be32(&w, attempt);
	if (id != NULL)
		wr_bytes(&w, id, FRAME_ID);
	return conn_queue(c, buf, sizeof(buf), kind == FRAME_PONG);
}

/* ---- reading ---- */

/* Is there enough of it for the owner to take first? */
static bool
conn_paused(const struct transport_conn *c)
{
	return c->held || c->inbox > (c->admitted ? TRANSPORT_INBOX : 0);
}

/* The first frame is here, so the handshake is over: who is it? */
static enum err
conn_up(struct transport_conn *c)
{
	struct transport_event up = { .kind = TRANSPORT_UP, .conn = c->id };
	struct tls_peer peer;
	enum err e = tls_peer(&peer, c->stream);

	if (e != E_OK)
		return e == E_NOMEM ? E_NOMEM : E_PEER;
	c->peer.party = peer.party;
	memcpy(c->peer.fingerprint, peer.fingerprint, sizeof(peer.fingerprint));
	memcpy(c->peer.exporter, peer.exporter, sizeof(peer.exporter));
	c->pinged = now_of(c->shared);
	up.peer = c->peer;
	c->up = transport_events_push(&c->shared->events, &up);
	return c->up ? E_OK : E_NOMEM;
}

/* The other side's PING is answered with its own numbers. */
static enum err
conn_signalled(struct transport_conn *c, const struct frame *f)
{
	if (f->len != 0)
		return E_FORMAT;
	if (f->kind == FRAME_PING)
		return c->out.pongs >= PONGS_MAX
			   ? E_LIMIT
			   : conn_signal(c, FRAME_PONG, f->attempt, f->id);
	return c->mute && f->attempt == DRAIN ? E_CLOSED : E_OK;
}

/* Use one whole frame, whose memory is ours.  An error closes. */
static enum err
conn_frame(struct transport_conn *c, uint8_t *bytes, size_t len)
{
	struct transport_event ev = { .kind = TRANSPORT_FRAME,
		.conn = c->id,
		.bytes = bytes,
		.len = len };
	struct frame f;
	enum err e = frame_parse(&f, bytes, len);

	if (e == E_OK && !c->up)
		e = conn_up(c);
	if (e == E_OK && (f.kind == FRAME_PING || f.kind == FRAME_PONG)) {
		e = conn_signalled(c, &f);
	} else if (e == E_OK && !c->mute) {
		c->inbox += transport_events_cost(&ev);
		return transport_events_push(&c->shared->events, &ev) ? E_OK
								      : E_NOMEM;
	}
	free(bytes);
	return e;
}

/* Use what the slot holds, frame by frame, until it is empty, or reading has
 * to pause, or the connection is closed. */
static void
slot_use(struct transport_conn *c, struct slot *s)
{
	uint8_t *frame;
	size_t len;
	enum err e;

	while (!c->closed && !conn_paused(c)) {
		e = cutter_feed(&c->cutter, s->buf, s->len, &s->at, c->admitted,
		    &frame, &len);
		if (e == E_OK)
			e = conn_frame(c, frame, len);
		else if (e == E_STATE && !c->mute)
			c->held = true;
		else if (e == E_AGAIN)
			break;
		if (e != E_OK && e != E_STATE)
			conn_close(c, e);
		else if (e == E_STATE && c->mute)
			conn_close(c, E_LIMIT);
	}
	if (s->at == s->len && !c->held) {
		s->state = SLOT_IDLE;
		c->used ^= 1;
	}
}

static void
slot_post(struct transport_conn *c, struct slot *s)
{
	aio_over(s->aio, s->buf, SLOT_BYTES);
	s->state = SLOT_POSTED;
	c->flights++;
	c->posted ^= 1;
	nng_stream_recv(c->stream, s->aio);
}

/* Use what was read and read on, as far as may be. */
static void
conn_pump(struct transport_conn *c)
{
	while (!c->closed && !conn_paused(c)) {
		struct slot *s = &c->in[c->used];

		if (s->state != SLOT_DONE)
			break;
		if (s->rv != 0)
			conn_close(c, err_of(s->rv));
		else
			slot_use(c, s);
	}
	while (!c->closed && !conn_paused(c) &&
	       c->in[c->posted].state == SLOT_IDLE)
		slot_post(c, &c->in[c->posted]);
}

static void
on_recv(void *arg)
{
	struct slot *s = arg;
	struct transport_conn *c = s->conn;

	pthread_mutex_lock(&c->shared->lock);
	c->flights--;
	s->state = SLOT_DONE;
	s->rv = nng_aio_result(s->aio);
	s->len = s->rv == 0 ? nng_aio_count(s->aio) : 0;
	s->at = 0;
	assert(s->len <= SLOT_BYTES);
	if (s->rv == 0)
		c->heard = now_of(c->shared);
	conn_pump(c);
	pthread_mutex_unlock(&c->shared->lock);
}

/* ---- the beginning ---- */

static enum err
conn_aios(struct transport_conn *c)
{
	for (size_t i = 0; i < 2; i++) {
		c->in[i].conn = c;
		if (nng_aio_alloc(&c->in[i].aio, on_recv, &c->in[i]) != 0)
			return E_NOMEM;
	}
	return nng_aio_alloc(&c->send, on_send, c) == 0 ? E_OK : E_NOMEM;
}

enum err
transport_conn_new(struct transport_conn **out, struct transport_shared *s)
{
	struct transport_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return E_NOMEM;
	c->shared = s;
	c->opened = c->heard = c->pinged = c->moved = now_of(s);
	if (conn_aios(c) != E_OK) {
		transport_conn_free(c);
		return E_NOMEM;
	}
	*out = c;
	return E_OK;
}

/* The stream is open.  A listener speaks first: what it says can only be read
 * by a dialler whose certificate it took. */
static void
conn_begin(struct transport_conn *c)
{
	conn_pump(c);
	if (!c->dialled && conn_signal(c, FRAME_PING, 0, NULL) != E_OK)
		conn_close(c, E_NOMEM);
}

void
transport_conn_accepted(struct transport_conn *c, uint64_t id,
    nng_stream *stream, const struct transport_place *place,
    const char *address)
{
	c->id = id;
	c->stream = stream;
	c->place = *place;
	memcpy(c->peer.address, address, TRANSPORT_ADDRESS);
	conn_begin(c);
}

static void
on_dial(void *arg)
{
	struct transport_conn *c = arg;
	nng_stream *s = NULL;
	int rv;

	pthread_mutex_lock(&c->shared->lock);
	c->flights--;
	if ((rv = nng_aio_result(c->dial)) == 0)
		s = nng_aio_get_output(c->dial, 0);
	if (rv != 0) {
		conn_close(c, err_of(rv));
	} else if (c->closed) {
		nng_stream_free(s);
	} else {
		c->stream = s;
		transport_place_of(&c->place, c->peer.address, s);
		conn_begin(c);
	}
	pthread_mutex_unlock(&c->shared->lock);
}

enum err
transport_conn_dialler(
    struct transport_conn *c, const char *url, nng_tls_config *cfg)
{
	enum err e = transport_open_dialler(&c->dialer, url, cfg);

	if (e != E_OK)
		return e;
	c->dialled = true;
	return nng_aio_alloc(&c->dial, on_dial, c) == 0 ? E_OK : E_NOMEM;
}

void
transport_conn_dial(struct transport_conn *c, uint64_t id)
{
	c->id = id;
	c->flights++;
	nng_stream_dialer_dial(c->dialer, c->dial);
}

/* ---- for the transport ---- */

bool
transport_conn_is(const struct transport_conn *c, uint64_t id)
{
	return c->id == id && !c->closed && !c->mute;
}

bool
transport_conn_counts(
    const struct transport_conn *c, const struct transport_place *place)
{
	return !c->dialled && !c->admitted &&
	       transport_place_same(&c->place, place);
}

void
transport_conn_taken(struct transport_conn *c, size_t cost)
{
	bool paused = conn_paused(c);

	c->inbox -= cost;
	if (paused && !conn_paused(c))
		c->heard = now_of(c->shared); /* nobody listened */
	conn_pump(c);
}

enum err
transport_conn_send(struct transport_conn *c, const void *frame, size_t len)
{
	if (!c->up)
		return E_NOTFOUND;
	/* PONGs may have lifted it above the limit */
	if (c->out.bytes > TRANSPORT_OUTBOX ||
	    len > TRANSPORT_OUTBOX - c->out.bytes)
		return E_LIMIT;
	return conn_queue(c, frame, len, false);
}

void
transport_conn_admit(struct transport_conn *c)
{
	c->admitted = true;
	c->held = false;
	c->heard = now_of(c->shared);
	conn_pump(c);
}

void
transport_conn_drop(struct transport_conn *c)
{
	c->mute = true;
	c->dropped = now_of(c->shared);
	c->inbox = 0;
	if (!c->up || c->held ||
	    conn_signal(c, FRAME_PING, DRAIN, NULL) != E_OK)
		conn_close(c, E_CLOSED);
	else
		conn_pump(c);
}

void
transport_conn_end(struct transport_conn *c)
{
	if (!c->mute)
		conn_close(c, E_CLOSED);
}

/* The deadlines of a connection that is not closed. */
static void
conn_check(struct transport_conn *c, uint64_t now)
{
	const struct transport_limits *l = &c->shared->limits;

	if (c->mute) {
		if (now - c->dropped >= l->drain_ms)
			conn_close(c, E_TIMEOUT);
	} else if (!c->admitted && now - c->opened >= l->hello_ms) {
		conn_close(c, c->held ? E_LIMIT : E_TIMEOUT);
	} else if ((!conn_paused(c) && now - c->heard >= l->idle_ms) ||
		   (c->out.first != NULL && now - c->moved >= l->idle_ms)) {
		conn_close(c, E_TIMEOUT);
	} else if (c->up && now - c->pinged >= l->ping_ms) {
		c->pinged = now;
		if (c->out.bytes < PING_ROOM &&
		    conn_signal(c, FRAME_PING, 0, NULL) != E_OK)
			conn_close(c, E_NOMEM);
	}
}

unsigned
transport_conn_rest(const struct transport_limits *limits)
{
	return limits->linger_ms / limits->tick_ms + 1;
}

bool
transport_conn_tick(struct transport_conn *c, uint64_t now)
{
	if (!c->closed) {
		conn_check(c, now);
		return false;
	}
	return c->flights == 0 &&
	       c->linger++ >= transport_conn_rest(&c->shared->limits);
}
