/*
 * protocol/transport.h -- frames over TLS 1.3, many connections, one owner.
 *
 * nng's streams (never its socket patterns) with crypto/tls.  Callbacks of nng
 * run on its own threads: they only cut bytes into frames and queue events.
 * The owner polls transport_fd and takes events; every function here may be
 * called from any thread.
 *
 * Against a hostile peer: the length of a frame is checked before memory is
 * taken; a connection that has not been admitted holds at most one frame of
 * FRAME_BODY_EARLY bytes and is dropped hello_ms after it was accepted, TLS
 * handshake included; reading stops while TRANSPORT_INBOX bytes of a connection
 * wait for the owner; a connection that says nothing for idle_ms, or takes
 * nothing of what it is sent, is dropped.  A larger frame that comes before the
 * admission is not read until then, nor is what follows it.
 *
 * PING and PONG are the transport's own: without a body; a PONG has the attempt
 * and the id of its PING and may overtake other frames.  The listener speaks
 * first, with a PING: only a dialler whose certificate it took can read it.
 * Attempt 1: who sent it drops the connection, and ends it when the PONG tells
 * that all before it has arrived.
 */
#ifndef PROTOCOL_TRANSPORT_H
#define PROTOCOL_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "crypto/tls.h"
#include "model/party.h"

#define TRANSPORT_ADDRESS 64
#define TRANSPORT_OUTBOX (8u * 1024 * 1024) /* bytes queued per connection */
#define TRANSPORT_INBOX (8u * 1024 * 1024)  /* events and their bytes */

struct transport; /* opaque */

struct transport_limits {
	unsigned hello_ms;    /* from accept or dial to transport_admit */
	unsigned drain_ms;    /* from transport_drop to its end */
	unsigned idle_ms;     /* without one byte from the peer */
	unsigned ping_ms;     /* between our pings */
	unsigned linger_ms;   /* from the end of a connection to its free */
	unsigned tick_ms;     /* how often the deadlines are looked at */
	unsigned per_address; /* connections of one address, not admitted */
	unsigned total;       /* connections at once */
};

/* hello 5 s, drain 5 s, idle 30 s, ping 10 s, linger 1 s, tick 0.25 s; 16;
 * 1,024 */
extern const struct transport_limits transport_limits_default;

/* the system's clock: CLOCK_REALTIME and CLOCK_MONOTONIC */
extern const struct clock transport_clock;

struct transport_peer {
	struct party_id party;          /* from its certificate */
	uint8_t fingerprint[32];        /* SHA-256 of the certificate, DER */
	uint8_t exporter[TLS_EXPORTER]; /* equal on both ends */
	char address[TRANSPORT_ADDRESS];
};

enum transport_kind { TRANSPORT_UP, TRANSPORT_FRAME, TRANSPORT_DOWN };

struct transport_event {
	enum transport_kind kind;
	uint64_t conn;              /* never used twice */
	struct transport_peer peer; /* UP */
	uint8_t *bytes;             /* FRAME: header and body, well-formed */
	size_t len;
	enum err err; /* DOWN: why */
};

/*
 * transport_new: a transport without connections.  clock and log must outlive
 * it and be callable from any thread; limits NULL: the default.  The material
 * is copied.
 *
 * E_CONFIG	the material cannot be used.
 * E_NOMEM, E_SYSTEM
 */
enum err transport_new(struct transport **out, const struct tls_material *m,
    const struct transport_limits *limits, const struct clock *clock,
    const struct log *log) MUST_USE;

/* transport_free: close everything and wait until it has ended, connections
 * that are being dropped in their own time; NULL does nothing. */
void transport_free(struct transport *t);

/*
 * transport_listen: accept at a url such as "tls+tcp://127.0.0.1:8443"; port 0
 * lets the system choose.  Once per transport.
 *
 * E_ARG	not such a url.
 * E_EXISTS	the address is taken.
 * E_STATE	it listens already.
 * E_SYSTEM, E_NOMEM
 */
enum err transport_listen(struct transport *t, const char *url) MUST_USE;

/* transport_port: the port listened on; 0 when not listening. */
uint16_t transport_port(struct transport *t);

/*
 * transport_dial: one attempt, in the background: UP, then frames, then DOWN;
 * or DOWN alone.  server_name: what the other's certificate must hold.
 *
 * E_ARG	not a url as above.
 * E_CONFIG	the material cannot be used.
 * E_LIMIT	too many connections.
 * E_NOMEM
 */
enum err transport_dial(struct transport *t, const char *url,
    const char *server_name, uint64_t *conn) MUST_USE;

/* transport_fd: readable (poll) while events wait. */
int transport_fd(struct transport *t);

/* transport_next: the oldest event; transport_event_free it.  E_AGAIN: none */
enum err transport_next(
    struct transport *t, struct transport_event *out) MUST_USE;

void transport_event_free(struct transport_event *event);

/*
 * transport_send: queue a whole frame (copied).
 *
 * E_NOTFOUND	no such connection (any more).
 * E_LIMIT	TRANSPORT_OUTBOX bytes wait already; nothing is queued.
 * E_FORMAT	not one whole frame.
 * E_NOMEM
 */
enum err transport_send(
    struct transport *t, uint64_t conn, const void *frame, size_t len) MUST_USE;

/* transport_admit: the peer has been identified: no hello deadline any more,
 * frames up to FRAME_MAX, no count against its address. */
void transport_admit(struct transport *t, uint64_t conn);

/* transport_drop: end a connection after what is queued has been written, at
 * most drain_ms later; at once when a frame waits for an admission.  No further
 * event of it is given, also when it was gone already. */
void transport_drop(struct transport *t, uint64_t conn);

#endif
