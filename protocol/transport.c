#include "protocol/transport.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#include "base/wr.h"
#include "protocol/cutter.h"
#include "protocol/frame.h"

#define SLOT_BYTES 8192u   /* one read; more than one frame before admit */
#define PONGS_MAX 8u       /* of ours, waiting to be written */
#define PING_ROOM 65536u   /* no ping of ours behind more bytes than this */
#define LOG_EVERY_MS 1000u /* refusals are counted, and logged so often */
#define DRAIN 1u           /* `attempt` of the PING that ends a drain */
#define TOTAL_MAX 65536u   /* connections at once, whatever the limits */

const struct transport_limits transport_limits_default = {
	.hello_ms = 5000,
	.idle_ms = 30000,
	.ping_ms = 10000,
	.linger_ms = 1000,
	.tick_ms = 250,
	.per_address = 16,
	.total = 1024,
};

enum slot_state { SLOT_IDLE, SLOT_POSTED, SLOT_DONE };

struct conn;

/*
 * One read of a connection.  There are two, always posted one after the other,
 * and what they bring is used in that order whatever the order in which nng's
 * threads report it.  While one is being used the other waits in nng: with
 * none there nng 1.5.2 does not report that the other side is gone.
 */
struct slot {
	struct conn *conn;
	nng_aio *aio;
	enum slot_state state;
	int rv;
	size_t len, at; /* bytes read, and how many were used */
	uint8_t buf[SLOT_BYTES];
};

struct parcel { /* bytes on their way out */
	struct parcel *next;
	bool pong;
	size_t len, off;
	uint8_t bytes[];
};

struct place { /* where a connection comes from, for the limit per address */
	uint8_t family; /* 0: nowhere */
	uint8_t net[8]; /* an IPv4 address, or the first half of an IPv6 one */
};

/*
 * A connection lives from its accept or dial until the janitor frees it, some
 * time after it was closed and every operation of nng on it has been reported:
 * nng must never be asked to free what it may still be using.
 */
struct conn {
	struct transport *t;
	struct conn *next_dead;
	uint64_t id;
	bool dialled;
	bool up;       /* UP was given, or would have been */
	bool admitted; /* transport_admit */
	bool mute;     /* transport_drop: no more events; waits for DRAIN */
	bool closed;
	bool held;        /* a large frame is coming and may not yet */
	unsigned flights; /* operations that nng has not reported yet */
	unsigned linger;  /* ticks since nothing was in flight */
	struct place place;
	struct transport_peer peer;
	uint64_t opened, heard, pinged, moved, dropped; /* mono_ms */

	nng_stream *stream; /* NULL while dialling */
	nng_stream_dialer *dialer;
	nng_aio *dial;

	struct slot in[2];
	unsigned used, posted; /* the slot to use next, and to post next */
	struct cutter cutter;
	size_t inbox; /* event_cost of the frames that nobody has taken */

	nng_aio *send;
	bool sending; /* the first parcel is in nng's hands */
	struct parcel *first, **last;
	size_t outbox;
	unsigned pongs;
};

struct event {
	struct event *next;
	struct transport_event e;
};

struct transport {
	pthread_mutex_t lock; /* over everything here and in connections */
	pthread_cond_t wake;  /* the janitor */
	pthread_t janitor;
	struct transport_limits limits;
	struct clock clock;
	const struct log *log;
	struct tls_material tls; /* copies */

	struct conn **conns; /* [limits.total]; at id % total */
	unsigned live;       /* how many are there */
	uint64_t serial;

	nng_stream_listener *listener;
	nng_aio *accept;
	bool accepting; /* in nng's hands */
	bool rearm;     /* the janitor shall accept again */
	uint16_t port;

	struct event *first, **last;
	size_t waiting, ups; /* events, and how many are UP */
	int fd;              /* an eventfd, readable while waiting > 0 */

	bool stopping;
	unsigned linger; /* ticks since the last accept ended; when stopping */
	unsigned refused;
	enum err refused_err; /* of the last */
	char refused_address[TRANSPORT_ADDRESS];
	uint64_t logged; /* mono_ms */
};

static uint64_t
system_utc_s(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec;
}

static uint64_t
system_mono_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

const struct clock transport_clock = { system_utc_s, system_mono_ms, NULL };

static uint64_t
now_of(const struct transport *t)
{
	return t->clock.mono_ms(t->clock.ctx);
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

/* ---- events ---- */

/* What a frame that waits takes: one without a body is not for nothing. */
static size_t
event_cost(const struct transport_event *e)
{
	return sizeof(struct event) + e->len;
}

/* Queue e, which owns its bytes; they are freed when there is no memory. */
static bool
event_push(struct transport *t, const struct transport_event *e)
{
	struct event *ev = malloc(sizeof(*ev));
	const uint64_t one = 1;
	ssize_t n;

	if (ev == NULL) {
		free(e->bytes);
		return false;
	}
	*ev = (struct event){ NULL, *e };
	*t->last = ev;
	t->last = &ev->next;
	t->ups += e->kind == TRANSPORT_UP;
	if (t->waiting++ == 0) {
		n = write(t->fd, &one, sizeof(one));
		assert(n == sizeof(one));
	}
	return true;
}

/* Unlink the event at *at. */
static struct event *
event_unlink(struct transport *t, struct event **at)
{
	struct event *ev = *at;
	uint64_t any;
	ssize_t n;

	if ((*at = ev->next) == NULL)
		t->last = at;
	t->ups -= ev->e.kind == TRANSPORT_UP;
	if (--t->waiting == 0) {
		n = read(t->fd, &any, sizeof(any));
		assert(n == sizeof(any));
	}
	return ev;
}

/* Forget what waits of one connection. */
static void
events_purge(struct transport *t, uint64_t conn)
{
	struct event **at = &t->first, *ev;

	while ((ev = *at) != NULL) {
		if (ev->e.conn != conn) {
			at = &ev->next;
			continue;
		}
		ev = event_unlink(t, at);
		free(ev->e.bytes);
		free(ev);
	}
}

/* ---- one connection: its end ---- */

static void
parcel_drop(struct conn *c)
{
	struct parcel *p = c->first;

	if ((c->first = p->next) == NULL)
		c->last = &c->first;
	c->outbox -= p->len;
	c->pongs -= p->pong;
	free(p);
}

/* Somebody who never came up was turned away. */
static void
refusal(struct transport *t, const char *address, enum err why)
{
	t->refused++;
	t->refused_err = why;
	memcpy(t->refused_address, address, TRANSPORT_ADDRESS);
}

/* No more of it, at once; the janitor frees it when nng has let go. */
static void
conn_close(struct conn *c, enum err why)
{
	struct transport *t = c->t;
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
		refusal(t, c->peer.address, why);
	else if (!c->mute && !event_push(t, &down))
		log_event(t->log, LOG_ERROR_, "transport", "err=%s",
		    err_text(E_NOMEM));
}

/* Free it; nothing of it is in nng's hands, and t->lock is not held. */
static void
conn_free(struct conn *c)
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
	while (c->first != NULL)
		parcel_drop(c);
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

/* ---- one connection: writing ---- */

static void
conn_push(struct conn *c)
{
	struct parcel *p = c->first;

	if (p == NULL || c->sending || c->closed || c->stream == NULL)
		return;
	aio_over(c->send, p->bytes + p->off, p->len - p->off);
	c->sending = true;
	c->flights++;
	nng_stream_send(c->stream, c->send);
}

static void
on_send(void *arg)
{
	struct conn *c = arg;
	int rv;

	pthread_mutex_lock(&c->t->lock);
	c->flights--;
	c->sending = false;
	rv = nng_aio_result(c->send);
	if (rv != 0) {
		conn_close(c, err_of(rv));
	} else if (!c->closed) {
		c->moved = now_of(c->t);
		c->first->off += nng_aio_count(c->send);
		assert(c->first->off <= c->first->len);
		if (c->first->off == c->first->len)
			parcel_drop(c);
		conn_push(c);
	}
	pthread_mutex_unlock(&c->t->lock);
}

/* Where in the queue a parcel goes.  A PONG overtakes what nng does not have
 * yet: who reads slowly must not take us for gone, nor we its PINGs for a
 * flood. */
static struct parcel **
queue_place(struct conn *c, bool pong)
{
	struct parcel **at = &c->first;

	if (!pong || c->first == NULL)
		return c->last;
	if (c->sending || c->first->off > 0)
		at = &c->first->next;
	while (*at != NULL && (*at)->pong)
		at = &(*at)->next;
	return at;
}

/* Queue a copy of bytes[len). */
static enum err
conn_queue(struct conn *c, const void *bytes, size_t len, bool pong)
{
	struct parcel *p = malloc(sizeof(*p) + len);
	struct parcel **at = queue_place(c, pong);

	if (p == NULL)
		return E_NOMEM;
	*p = (struct parcel){ .next = *at, .pong = pong, .len = len };
	memcpy(p->bytes, bytes, len);
	if (c->first == NULL)
		c->moved = now_of(c->t);
	*at = p;
	if (p->next == NULL)
		c->last = &p->next;
	c->outbox += len;
	c->pongs += pong;
	conn_push(c);
	return E_OK;
}

/* Queue a frame without a body, with our numbers or those of the other side's
 * PING. */
static enum err
conn_signal(
    struct conn *c, enum frame_kind kind, uint32_t attempt, const uint8_t *id)
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

/* ---- one connection: reading ---- */

/* Is there enough of it for the owner to take first? */
static bool
conn_paused(const struct conn *c)
{
	return c->held || c->inbox > (c->admitted ? TRANSPORT_INBOX : 0);
}

/* The first frame is here, so the handshake is over: who is it? */
static enum err
conn_up(struct conn *c)
{
	struct transport_event up = { .kind = TRANSPORT_UP, .conn = c->id };
	struct tls_peer peer;
	enum err e = tls_peer(&peer, c->stream);

	if (e != E_OK)
		return e == E_NOMEM ? E_NOMEM : E_PEER;
	c->peer.party = peer.party;
	memcpy(c->peer.fingerprint, peer.fingerprint, sizeof(peer.fingerprint));
	memcpy(c->peer.exporter, peer.exporter, sizeof(peer.exporter));
	c->pinged = now_of(c->t);
	up.peer = c->peer;
	c->up = event_push(c->t, &up);
	return c->up ? E_OK : E_NOMEM;
}

/* The other side's PING is answered with its own numbers. */
static enum err
conn_signalled(struct conn *c, const struct frame *f)
{
	if (f->len != 0)
		return E_FORMAT;
	if (f->kind == FRAME_PING)
		return c->pongs >= PONGS_MAX
			   ? E_LIMIT
			   : conn_signal(c, FRAME_PONG, f->attempt, f->id);
	return c->mute && f->attempt == DRAIN ? E_CLOSED : E_OK;
}

/* Use one whole frame, whose memory is ours.  An error closes. */
static enum err
conn_frame(struct conn *c, uint8_t *bytes, size_t len)
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
		c->inbox += event_cost(&ev);
		return event_push(c->t, &ev) ? E_OK : E_NOMEM;
	}
	free(bytes);
	return e;
}

/* Use what the slot holds, frame by frame, until it is empty, or reading has
 * to pause, or the connection is closed. */
static void
slot_use(struct conn *c, struct slot *s)
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
slot_post(struct conn *c, struct slot *s)
{
	aio_over(s->aio, s->buf, SLOT_BYTES);
	s->state = SLOT_POSTED;
	c->flights++;
	c->posted ^= 1;
	nng_stream_recv(c->stream, s->aio);
}

/* Use what was read and read on, as far as may be. */
static void
conn_pump(struct conn *c)
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
	struct conn *c = s->conn;

	pthread_mutex_lock(&c->t->lock);
	c->flights--;
	s->state = SLOT_DONE;
	s->rv = nng_aio_result(s->aio);
	s->len = s->rv == 0 ? nng_aio_count(s->aio) : 0;
	s->at = 0;
	assert(s->len <= SLOT_BYTES);
	if (s->rv == 0)
		c->heard = now_of(c->t);
	conn_pump(c);
	pthread_mutex_unlock(&c->t->lock);
}

/* ---- one connection: its beginning ---- */

static struct conn *
conn_find(struct transport *t, uint64_t id)
{
	struct conn *c = t->conns[id % t->limits.total];

	return c != NULL && c->id == id && !c->closed && !c->mute ? c : NULL;
}

static enum err
conn_aios(struct conn *c)
{
	for (size_t i = 0; i < 2; i++) {
		c->in[i].conn = c;
		if (nng_aio_alloc(&c->in[i].aio, on_recv, &c->in[i]) != 0)
			return E_NOMEM;
	}
	return nng_aio_alloc(&c->send, on_send, c) == 0 ? E_OK : E_NOMEM;
}

/* A connection with a number of its own, not yet among the others. */
static enum err
conn_new(struct conn **out, struct transport *t)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return E_NOMEM;
	c->t = t;
	c->last = &c->first;
	c->opened = c->heard = c->pinged = c->moved = now_of(t);
	if (conn_aios(c) != E_OK) {
		conn_free(c);
		return E_NOMEM;
	}
	*out = c;
	return E_OK;
}

/* Give it a place and a number.  E_LIMIT: there is no place. */
static enum err
conn_enter(struct transport *t, struct conn *c)
{
	unsigned at = 0;

	if (t->live == t->limits.total)
		return E_LIMIT;
	while (t->conns[at] != NULL)
		at++;
	c->id = ++t->serial * t->limits.total + at;
	t->conns[at] = c;
	t->live++;
	return E_OK;
}

/* The text and the place of the other end. */
static void
address_of(struct transport_peer *peer, struct place *place, nng_stream *s)
{
	char text[INET6_ADDRSTRLEN] = "?";
	nng_sockaddr sa;

	*place = (struct place){ 0 };
	strcpy(peer->address, "?");
	if (nng_stream_get_addr(s, NNG_OPT_REMADDR, &sa) != 0)
		return;
	if (sa.s_family == NNG_AF_INET) {
		place->family = 4;
		memcpy(place->net, &sa.s_in.sa_addr, 4);
		inet_ntop(AF_INET, &sa.s_in.sa_addr, text, sizeof(text));
		snprintf(peer->address, sizeof(peer->address), "%s:%u", text,
		    (unsigned)ntohs(sa.s_in.sa_port));
	} else if (sa.s_family == NNG_AF_INET6) {
		const uint8_t *a = (const uint8_t *)sa.s_in6.sa_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(
		    (const struct in6_addr *)(const void *)a);

		place->family = mapped ? 4 : 6;
		memcpy(place->net, mapped ? a + 12 : a, mapped ? 4 : 8);
		inet_ntop(AF_INET6, a, text, sizeof(text));
		snprintf(peer->address, sizeof(peer->address), "[%s]:%u", text,
		    (unsigned)ntohs(sa.s_in6.sa_port));
	}
}

/* How many from the same place have not been admitted?  One that was closed
 * counts until its memory is free. */
static unsigned
place_count(const struct transport *t, const struct place *place)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->limits.total; i++) {
		const struct conn *c = t->conns[i];

		n += c != NULL && !c->dialled && !c->admitted &&
		     memcmp(&c->place, place, sizeof(*place)) == 0;
	}
	return n;
}

/* The stream is open.  A listener speaks first: what it says can only be read
 * by a dialler whose certificate it took. */
static void
conn_begin(struct conn *c)
{
	conn_pump(c);
	if (!c->dialled && conn_signal(c, FRAME_PING, 0, NULL) != E_OK)
		conn_close(c, E_NOMEM);
}

/* ---- accepting ---- */

static void
accept_stream(struct transport *t, nng_stream *s)
{
	struct transport_peer peer = { 0 };
	struct conn *c = NULL;
	struct place place;
	enum err e = E_OK;

	address_of(&peer, &place, s);
	/* Those that come and go leave events behind: each an UP first. */
	if (place_count(t, &place) >= t->limits.per_address ||
	    t->ups >= t->limits.total)
		e = E_LIMIT;
	if (e == E_OK && (e = conn_new(&c, t)) == E_OK)
		e = conn_enter(t, c);
	if (e != E_OK) {
		conn_free(c);
		nng_stream_free(s);
		refusal(t, peer.address, e);
		return;
	}
	c->stream = s;
	c->place = place;
	c->peer = peer;
	conn_begin(c);
}

static void
accept_post(struct transport *t)
{
	t->rearm = false;
	t->accepting = true;
	nng_stream_listener_accept(t->listener, t->accept);
}

static void
on_accept(void *arg)
{
	struct transport *t = arg;
	int rv;

	pthread_mutex_lock(&t->lock);
	t->accepting = false;
	rv = nng_aio_result(t->accept);
	if (rv == 0 && t->stopping)
		nng_stream_free(nng_aio_get_output(t->accept, 0));
	else if (rv == 0)
		accept_stream(t, nng_aio_get_output(t->accept, 0));
	if (!t->stopping) {
		if (rv == 0 || rv == NNG_ECONNABORTED || rv == NNG_ECONNRESET)
			accept_post(t);
		else
			t->rearm = true; /* no files, no memory: later */
	}
	pthread_mutex_unlock(&t->lock);
}

/* ---- the janitor ---- */

/* The deadlines of a connection that is not closed. */
static void
conn_check(struct conn *c, uint64_t now)
{
	const struct transport_limits *l = &c->t->limits;

	if (c->mute) {
		if (now - c->dropped >= l->hello_ms)
			conn_close(c, E_TIMEOUT);
	} else if (!c->admitted && now - c->opened >= l->hello_ms) {
		conn_close(c, c->held ? E_LIMIT : E_TIMEOUT);
	} else if ((!conn_paused(c) && now - c->heard >= l->idle_ms) ||
		   (c->first != NULL && now - c->moved >= l->idle_ms)) {
		conn_close(c, E_TIMEOUT);
	} else if (c->up && now - c->pinged >= l->ping_ms) {
		c->pinged = now;
		if (c->outbox < PING_ROOM &&
		    conn_signal(c, FRAME_PING, 0, NULL) != E_OK)
			conn_close(c, E_NOMEM);
	}
}

/* Ticks that a thing rests before it is freed. */
static unsigned
linger_ticks(const struct transport *t)
{
	return t->limits.linger_ms / t->limits.tick_ms + 1;
}

/* Look at every connection once; a list of those to be freed. */
static struct conn *
conns_check(struct transport *t)
{
	uint64_t now = now_of(t);
	struct conn *dead = NULL;

	for (unsigned i = 0; i < t->limits.total; i++) {
		struct conn *c = t->conns[i];

		if (c == NULL)
			continue;
		if (!c->closed)
			conn_check(c, now);
		else if (c->flights == 0 && c->linger++ >= linger_ticks(t)) {
			t->conns[i] = NULL;
			t->live--;
			c->next_dead = dead;
			dead = c;
		}
	}
	return dead;
}

static void
refusals_log(struct transport *t)
{
	uint64_t now = now_of(t);

	if (t->refused == 0 || now - t->logged < LOG_EVERY_MS)
		return;
	log_event(t->log, LOG_WARN_, "refused",
	    "connections=%u last_address=%s last_err=\"%s\"", t->refused,
	    t->refused_address, err_text(t->refused_err));
	t->refused = 0;
	t->logged = now;
}

/* Has everything ended that nng knew about? */
static bool
all_ended(struct transport *t)
{
	return t->live == 0 && !t->accepting &&
	       (t->listener == NULL || t->linger++ >= linger_ticks(t));
}

static void
sleep_tick(struct transport *t)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += t->limits.tick_ms / 1000;
	at.tv_nsec += (long)(t->limits.tick_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	(void)pthread_cond_timedwait(&t->wake, &t->lock, &at);
}

static void *
janitor_run(void *arg)
{
	struct transport *t = arg;
	struct conn *dead, *next;

	pthread_mutex_lock(&t->lock);
	while (!t->stopping || !all_ended(t)) {
		sleep_tick(t);
		dead = conns_check(t);
		if (t->rearm && !t->stopping)
			accept_post(t);
		refusals_log(t);
		pthread_mutex_unlock(&t->lock);
		for (; dead != NULL; dead = next) {
			next = dead->next_dead;
			conn_free(dead);
		}
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* ---- the whole ---- */

static enum err
material_copy(struct tls_material *out, const struct tls_material *m)
{
	struct tls_material copy = { strdup(m->ca_pem), strdup(m->cert_pem),
		strdup(m->key_pem) };

	if (copy.ca_pem == NULL || copy.cert_pem == NULL ||
	    copy.key_pem == NULL) {
		tls_material_free(&copy);
		return E_NOMEM;
	}
	*out = copy;
	return E_OK;
}

static void
transport_wipe(struct transport *t)
{
	while (t->first != NULL) {
		struct event *ev = t->first;

		t->first = ev->next;
		free(ev->e.bytes);
		free(ev);
	}
	if (t->accept != NULL)
		nng_aio_free(t->accept);
	if (t->listener != NULL)
		nng_stream_listener_free(t->listener);
	if (t->fd != -1)
		close(t->fd);
	tls_material_free(&t->tls);
	free(t->conns);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void
locks_init(struct transport *t)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
}

enum err
transport_new(struct transport **out, const struct tls_material *m,
    const struct transport_limits *limits, const struct clock *clock,
    const struct log *log)
{
	struct transport *t;
	enum err e;

	if ((e = tls_start()) != E_OK || (e = tls_material_check(m)) != E_OK)
		return e;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return E_NOMEM;
	locks_init(t);
	t->limits = limits == NULL ? transport_limits_default : *limits;
	assert(t->limits.tick_ms > 0 && t->limits.total > 0 &&
	       t->limits.total <= TOTAL_MAX);
	t->clock = *clock;
	t->log = log;
	t->last = &t->first;
	t->conns = calloc(t->limits.total, sizeof(*t->conns));
	if ((t->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		e = E_SYSTEM;
	else if (t->conns == NULL || material_copy(&t->tls, m) != E_OK)
		e = E_NOMEM;
	else if (pthread_create(&t->janitor, NULL, janitor_run, t) != 0)
		e = E_SYSTEM;
	if (e != E_OK) {
		transport_wipe(t);
		return e;
	}
	*out = t;
	return E_OK;
}

void
transport_free(struct transport *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	if (t->listener != NULL)
		nng_stream_listener_close(t->listener);
	for (unsigned i = 0; i < t->limits.total; i++)
		if (t->conns[i] != NULL && !t->conns[i]->mute)
			conn_close(t->conns[i], E_CLOSED);
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->janitor, NULL);
	transport_wipe(t);
}

/* Is it tls+tcp://HOST:PORT and nothing more? */
static bool
url_good(const char *url, bool listen)
{
	nng_url *u = NULL;
	char *end;
	bool good;

	if (nng_url_parse(&u, url) != 0)
		return false;
	good = strcmp(u->u_scheme, "tls+tcp") == 0 && u->u_userinfo == NULL &&
	       u->u_query == NULL && u->u_fragment == NULL &&
	       (u->u_path == NULL || u->u_path[0] == '\0') &&
	       u->u_hostname != NULL && u->u_port != NULL &&
	       (listen || u->u_hostname[0] != '\0') && u->u_port[0] >= '0' &&
	       u->u_port[0] <= '9';
	if (good) {
		unsigned long port = strtoul(u->u_port, &end, 10);

		good = *end == '\0' && port <= 65535 && (listen || port != 0);
	}
	nng_url_free(u);
	return good;
}

/* What nng said about a listener or dialler. */
static enum err
setup_err(int rv)
{
	switch (rv) {
	case 0:
		return E_OK;
	case NNG_ENOMEM:
		return E_NOMEM;
	case NNG_EADDRINUSE:
		return E_EXISTS;
	case NNG_EINVAL:
	case NNG_EADDRINVAL:
		return E_ARG;
	default:
		return E_SYSTEM;
	}
}

/* A listener at url, listening; *port is its. */
static enum err
listener_open(
    nng_stream_listener **out, int *port, const char *url, nng_tls_config *cfg)
{
	nng_stream_listener *l = NULL;
	int rv = nng_stream_listener_alloc(&l, url);

	if (rv != 0)
		return setup_err(rv);
	if ((rv = nng_stream_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, cfg)) !=
		0 ||
	    (rv = nng_stream_listener_set_bool(l, NNG_OPT_TCP_NODELAY, true)) !=
		0 ||
	    (rv = nng_stream_listener_set_bool(
		 l, NNG_OPT_TCP_KEEPALIVE, true)) != 0 ||
	    (rv = nng_stream_listener_listen(l)) != 0 ||
	    (rv = nng_stream_listener_get_int(
		 l, NNG_OPT_TCP_BOUND_PORT, port)) != 0) {
		nng_stream_listener_free(l);
		return setup_err(rv);
	}
	*out = l;
	return E_OK;
}

enum err
transport_listen(struct transport *t, const char *url)
{
	nng_stream_listener *l = NULL;
	nng_tls_config *cfg = NULL;
	nng_aio *aio = NULL;
	int port = 0;
	enum err e;

	if (!url_good(url, true))
		return E_ARG;
	if (transport_port(t) != 0)
		return E_STATE;
	if (nng_aio_alloc(&aio, on_accept, t) != 0)
		return E_NOMEM;
	e = tls_config_new(&cfg, &t->tls, NULL);
	if (e == E_OK)
		e = listener_open(&l, &port, url, cfg);
	if (cfg != NULL)
		nng_tls_config_free(cfg); /* the listener holds it */
	if (e != E_OK) {
		nng_aio_free(aio);
		return e;
	}
	pthread_mutex_lock(&t->lock);
	t->listener = l;
	t->accept = aio;
	t->port = (uint16_t)port;
	accept_post(t);
	pthread_mutex_unlock(&t->lock);
	return E_OK;
}

uint16_t
transport_port(struct transport *t)
{
	uint16_t port;

	pthread_mutex_lock(&t->lock);
	port = t->port;
	pthread_mutex_unlock(&t->lock);
	return port;
}

/* ---- dialling ---- */

static void
on_dial(void *arg)
{
	struct conn *c = arg;
	nng_stream *s = NULL;
	int rv;

	pthread_mutex_lock(&c->t->lock);
	c->flights--;
	if ((rv = nng_aio_result(c->dial)) == 0)
		s = nng_aio_get_output(c->dial, 0);
	if (rv != 0) {
		conn_close(c, err_of(rv));
	} else if (c->closed) {
		nng_stream_free(s);
	} else {
		c->stream = s;
		address_of(&c->peer, &c->place, s);
		conn_begin(c);
	}
	pthread_mutex_unlock(&c->t->lock);
}

/* A dialler to url for c. */
static enum err
dialer_open(struct conn *c, const char *url, nng_tls_config *cfg)
{
	int rv = nng_stream_dialer_alloc(&c->dialer, url);

	if (rv == 0)
		rv = nng_stream_dialer_set_ptr(
		    c->dialer, NNG_OPT_TLS_CONFIG, cfg);
	if (rv == 0)
		rv = nng_stream_dialer_set_bool(
		    c->dialer, NNG_OPT_TCP_NODELAY, true);
	if (rv == 0)
		rv = nng_stream_dialer_set_bool(
		    c->dialer, NNG_OPT_TCP_KEEPALIVE, true);
	if (rv == 0)
		rv = nng_aio_alloc(&c->dial, on_dial, c);
	return setup_err(rv);
}

enum err
transport_dial(struct transport *t, const char *url, const char *server_name,
    uint64_t *conn)
{
	nng_tls_config *cfg = NULL;
	struct conn *c = NULL;
	enum err e;

	if (!url_good(url, false))
		return E_ARG;
	if ((e = tls_config_new(&cfg, &t->tls, server_name)) != E_OK)
		return e;
	if ((e = conn_new(&c, t)) != E_OK ||
	    (e = dialer_open(c, url, cfg)) != E_OK)
		goto out;
	c->dialled = true;
	pthread_mutex_lock(&t->lock);
	if ((e = conn_enter(t, c)) == E_OK) {
		*conn = c->id;
		c->flights++;
		nng_stream_dialer_dial(c->dialer, c->dial);
		c = NULL;
	}
	pthread_mutex_unlock(&t->lock);
out:
	nng_tls_config_free(cfg); /* the dialler holds it */
	conn_free(c);
	return e;
}

/* ---- for the owner ---- */

int
transport_fd(struct transport *t)
{
	return t->fd;
}

enum err
transport_next(struct transport *t, struct transport_event *out)
{
	struct event *ev = NULL;
	struct conn *c;

	pthread_mutex_lock(&t->lock);
	if (t->first != NULL) {
		ev = event_unlink(t, &t->first);
		c = conn_find(t, ev->e.conn);
		if (c != NULL && ev->e.kind == TRANSPORT_FRAME) {
			bool paused = conn_paused(c);

			c->inbox -= event_cost(&ev->e);
			if (paused && !conn_paused(c))
				c->heard = now_of(t); /* nobody listened */
			conn_pump(c);
		}
	}
	pthread_mutex_unlock(&t->lock);
	if (ev == NULL)
		return E_AGAIN;
	*out = ev->e;
	free(ev);
	return E_OK;
}

void
transport_event_free(struct transport_event *event)
{
	free(event->bytes);
	event->bytes = NULL;
	event->len = 0;
}

enum err
transport_send(
    struct transport *t, uint64_t conn, const void *frame, size_t len)
{
	struct frame f;
	struct conn *c;
	enum err e = E_NOTFOUND;

	if (frame_parse(&f, frame, len) != E_OK || f.kind == FRAME_PING ||
	    f.kind == FRAME_PONG)
		return E_FORMAT;
	pthread_mutex_lock(&t->lock);
	if ((c = conn_find(t, conn)) != NULL && c->up) {
		/* PONGs may have lifted it above the limit */
		if (c->outbox > TRANSPORT_OUTBOX ||
		    len > TRANSPORT_OUTBOX - c->outbox)
			e = E_LIMIT;
		else
			e = conn_queue(c, frame, len, false);
	}
	pthread_mutex_unlock(&t->lock);
	return e;
}

void
transport_admit(struct transport *t, uint64_t conn)
{
	struct conn *c;

	pthread_mutex_lock(&t->lock);
	if ((c = conn_find(t, conn)) != NULL) {
		c->admitted = true;
		c->held = false;
		c->heard = now_of(t);
		conn_pump(c);
	}
	pthread_mutex_unlock(&t->lock);
}

void
transport_drop(struct transport *t, uint64_t conn)
{
	struct conn *c;

	pthread_mutex_lock(&t->lock);
	events_purge(t, conn); /* also of one that is gone already */
	if ((c = conn_find(t, conn)) != NULL) {
		c->mute = true;
		c->dropped = now_of(t);
		c->inbox = 0;
		if (!c->up || c->held ||
		    conn_signal(c, FRAME_PING, DRAIN, NULL) != E_OK)
			conn_close(c, E_CLOSED);
		else
			conn_pump(c);
	}
	pthread_mutex_unlock(&t->lock);
}
