#include "protocol/transport.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#include "protocol/frame.h"
#include "protocol/transport_conn.h"
#include "protocol/transport_open.h"

#define LOG_EVERY_MS 1000u /* refusals are counted, and logged so often */
#define TOTAL_MAX 65536u   /* connections at once, whatever the limits */

const struct transport_limits transport_limits_default = {
	.hello_ms = 5000,
	.drain_ms = 5000,
	.idle_ms = 30000,
	.ping_ms = 10000,
	.linger_ms = 1000,
	.tick_ms = 250,
	.per_address = 16,
	.total = 1024,
};

struct transport {
	struct transport_shared s; /* its lock is over everything here */
	pthread_cond_t wake;       /* the janitor */
	pthread_t janitor;
	struct tls_material tls; /* copies */

	struct transport_conn **conns; /* [limits.total]; at id % total */
	struct transport_conn **dead;  /* [limits.total]; the janitor's alone */
	unsigned live;                 /* how many are there */
	uint64_t serial;

	nng_stream_listener *listener;
	nng_aio *accept;
	bool accepting; /* in nng's hands */
	bool rearm;     /* the janitor shall accept again */
	uint16_t port;

	bool stopping;
	unsigned linger; /* ticks since the last accept ended; when stopping */
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
now_of(const struct transport_shared *s)
{
	return s->clock.mono_ms(s->clock.ctx);
}

/* ---- the connections ---- */

/* The one with this id, if it is neither closed nor dropped. */
static struct transport_conn *
conn_find(struct transport *t, uint64_t id)
{
	struct transport_conn *c = t->conns[id % t->s.limits.total];

	return c != NULL && transport_conn_is(c, id) ? c : NULL;
}

/* Give it a place and a number.  E_LIMIT: there is no place. */
static enum err
conn_enter(uint64_t *id, struct transport *t, struct transport_conn *c)
{
	unsigned at = 0;

	if (t->live == t->s.limits.total)
		return E_LIMIT;
	while (t->conns[at] != NULL)
		at++;
	*id = ++t->serial * t->s.limits.total + at;
	t->conns[at] = c;
	t->live++;
	return E_OK;
}

/* How many from the same place have not been admitted? */
static unsigned
place_count(const struct transport *t, const struct transport_place *place)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->s.limits.total; i++)
		n += t->conns[i] != NULL &&
		     transport_conn_counts(t->conns[i], place);
	return n;
}

/* ---- listening ---- */

static void
accept_stream(struct transport *t, nng_stream *s)
{
	char address[TRANSPORT_ADDRESS] = { 0 };
	struct transport_conn *c = NULL;
	struct transport_place place;
	uint64_t id;
	enum err e = E_OK;

	transport_place_of(&place, address, s);
	/* Those that come and go leave events behind: each an UP first. */
	if (place_count(t, &place) >= t->s.limits.per_address ||
	    t->s.events.ups >= t->s.limits.total)
		e = E_LIMIT;
	if (e == E_OK && (e = transport_conn_new(&c, &t->s)) == E_OK)
		e = conn_enter(&id, t, c);
	if (e != E_OK) {
		transport_conn_free(c);
		nng_stream_free(s);
		transport_conn_refuse(&t->s, address, e);
		return;
	}
	transport_conn_accepted(c, id, s, &place, address);
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

	pthread_mutex_lock(&t->s.lock);
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
	pthread_mutex_unlock(&t->s.lock);
}

/* Accept from l with aio, which are the transport's from now on.  E_STATE:
 * another thread was first. */
static enum err
listen_begin(
    struct transport *t, nng_stream_listener *l, nng_aio *aio, uint16_t port)
{
	enum err e = E_STATE;

	pthread_mutex_lock(&t->s.lock);
	if (t->listener == NULL) {
		t->listener = l;
		t->accept = aio;
		t->port = port;
		accept_post(t);
		e = E_OK;
	}
	pthread_mutex_unlock(&t->s.lock);
	return e;
}

enum err
transport_listen(struct transport *t, const char *url)
{
	nng_stream_listener *l = NULL;
	nng_tls_config *cfg = NULL;
	nng_aio *aio = NULL;
	uint16_t port = 0;
	enum err e;

	if (!transport_open_good(url, true))
		return E_ARG;
	if (transport_port(t) != 0)
		return E_STATE;
	if (nng_aio_alloc(&aio, on_accept, t) != 0)
		return E_NOMEM;
	e = tls_config_new(&cfg, &t->tls, NULL);
	if (e == E_OK)
		e = transport_open_listener(&l, &port, url, cfg);
	if (cfg != NULL)
		nng_tls_config_free(cfg); /* the listener holds it */
	if (e == E_OK)
		e = listen_begin(t, l, aio, port);
	if (e != E_OK) {
		if (l != NULL)
			nng_stream_listener_free(l);
		nng_aio_free(aio);
	}
	return e;
}

uint16_t
transport_port(struct transport *t)
{
	uint16_t port;

	pthread_mutex_lock(&t->s.lock);
	port = t->port;
	pthread_mutex_unlock(&t->s.lock);
	return port;
}

/* ---- dialling ---- */

enum err
transport_dial(struct transport *t, const char *url, const char *server_name,
    uint64_t *conn)
{
	nng_tls_config *cfg = NULL;
	struct transport_conn *c = NULL;
	enum err e;

	if (!transport_open_good(url, false))
		return E_ARG;
	if ((e = tls_config_new(&cfg, &t->tls, server_name)) != E_OK)
		return e;
	if ((e = transport_conn_new(&c, &t->s)) != E_OK ||
	    (e = transport_conn_dialler(c, url, cfg)) != E_OK)
		goto out;
	pthread_mutex_lock(&t->s.lock);
	if ((e = conn_enter(conn, t, c)) == E_OK) {
		transport_conn_dial(c, *conn);
		c = NULL;
	}
	pthread_mutex_unlock(&t->s.lock);
out:
	nng_tls_config_free(cfg); /* the dialler holds it */
	transport_conn_free(c);
	return e;
}

/* ---- the janitor ---- */

/* Look at every connection once; how many of them, in t->dead, are to be
 * freed. */
static unsigned
conns_check(struct transport *t)
{
	uint64_t now = now_of(&t->s);
	unsigned n = 0;

	for (unsigned i = 0; i < t->s.limits.total; i++) {
		struct transport_conn *c = t->conns[i];

		if (c == NULL || !transport_conn_tick(c, now))
			continue;
		t->conns[i] = NULL;
		t->live--;
		t->dead[n++] = c;
	}
	return n;
}

static void
refusals_log(struct transport *t)
{
	uint64_t now = now_of(&t->s);

	if (t->s.refused == 0 || now - t->logged < LOG_EVERY_MS)
		return;
	log_event(t->s.log, LOG_WARN_, "refused",
	    "connections=%u last_address=%s last_err=\"%s\"", t->s.refused,
	    t->s.refused_address, err_text(t->s.refused_err));
	t->s.refused = 0;
	t->logged = now;
}

/* Has everything ended that nng knew about? */
static bool
all_ended(struct transport *t)
{
	return t->live == 0 && !t->accepting &&
	       (t->listener == NULL ||
		   t->linger++ >= transport_conn_rest(&t->s.limits));
}

static void
sleep_tick(struct transport *t)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += t->s.limits.tick_ms / 1000;
	at.tv_nsec += (long)(t->s.limits.tick_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	(void)pthread_cond_timedwait(&t->wake, &t->s.lock, &at);
}

static void *
janitor_run(void *arg)
{
	struct transport *t = arg;
	unsigned dead;

	pthread_mutex_lock(&t->s.lock);
	while (!t->stopping || !all_ended(t)) {
		sleep_tick(t);
		dead = conns_check(t);
		if (t->rearm && !t->stopping)
			accept_post(t);
		refusals_log(t);
		pthread_mutex_unlock(&t->s.lock);
		while (dead > 0)
			transport_conn_free(t->dead[--dead]);
		pthread_mutex_lock(&t->s.lock);
	}
	pthread_mutex_unlock(&t->s.lock);
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
	if (t->accept != NULL)
		nng_aio_free(t->accept);
	if (t->listener != NULL)
		nng_stream_listener_free(t->listener);
	transport_events_finish(&t->s.events);
	tls_material_free(&t->tls);
	free(t->conns);
	free(t->dead);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->s.lock);
	free(t);
}

static void
locks_init(struct transport *t)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&t->s.lock, NULL);
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
	if ((e = transport_events_init(&t->s.events)) != E_OK) {
		free(t);
		return e;
	}
	locks_init(t);
	t->s.limits = limits == NULL ? transport_limits_default : *limits;
	assert(t->s.limits.tick_ms > 0 && t->s.limits.total > 0 &&
	       t->s.limits.total <= TOTAL_MAX);
	t->s.clock = *clock;
	t->s.log = log;
	t->conns = calloc(t->s.limits.total, sizeof(t->conns[0]));
	t->dead = calloc(t->s.limits.total, sizeof(t->dead[0]));
	if (t->conns == NULL || t->dead == NULL ||
	    material_copy(&t->tls, m) != E_OK)
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
	pthread_mutex_lock(&t->s.lock);
	t->stopping = true;
	if (t->listener != NULL)
		nng_stream_listener_close(t->listener);
	for (unsigned i = 0; i < t->s.limits.total; i++)
		if (t->conns[i] != NULL)
			transport_conn_end(t->conns[i]);
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->s.lock);
	pthread_join(t->janitor, NULL);
	transport_wipe(t);
}

/* ---- for the owner ---- */

int
transport_fd(struct transport *t)
{
	return t->s.events.fd;
}

enum err
transport_next(struct transport *t, struct transport_event *out)
{
	struct transport_conn *c;
	bool any;

	pthread_mutex_lock(&t->s.lock);
	any = transport_events_take(&t->s.events, out);
	if (any && out->kind == TRANSPORT_FRAME &&
	    (c = conn_find(t, out->conn)) != NULL)
		transport_conn_taken(c, transport_events_cost(out));
	pthread_mutex_unlock(&t->s.lock);
	return any ? E_OK : E_AGAIN;
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
	struct transport_conn *c;
	enum err e = E_NOTFOUND;

	if (frame_parse(&f, frame, len) != E_OK || f.kind == FRAME_PING ||
	    f.kind == FRAME_PONG)
		return E_FORMAT;
	pthread_mutex_lock(&t->s.lock);
	if ((c = conn_find(t, conn)) != NULL)
		e = transport_conn_send(c, frame, len);
	pthread_mutex_unlock(&t->s.lock);
	return e;
}

void
transport_admit(struct transport *t, uint64_t conn)
{
	struct transport_conn *c;

	pthread_mutex_lock(&t->s.lock);
	if ((c = conn_find(t, conn)) != NULL)
		transport_conn_admit(c);
	pthread_mutex_unlock(&t->s.lock);
}

void
transport_drop(struct transport *t, uint64_t conn)
{
	struct transport_conn *c;

	pthread_mutex_lock(&t->s.lock);
	transport_events_purge(&t->s.events, conn); /* also if it is gone */
	if ((c = conn_find(t, conn)) != NULL)
		transport_conn_drop(c);
	pthread_mutex_unlock(&t->s.lock);
}
