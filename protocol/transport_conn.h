/*
 * protocol/transport_conn.h -- the life of one connection of a transport.
 *
 * A connection lives from its accept or dial until the janitor frees it, some
 * time after it was closed and every operation of nng on it has been reported:
 * nng must never be asked to free what it may still be using.
 *
 * Callers hold the lock of what the connections share, but for the functions
 * that say otherwise; nng's callbacks take it.
 */
#ifndef PROTOCOL_TRANSPORT_CONN_H
#define PROTOCOL_TRANSPORT_CONN_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/transport.h"
#include "protocol/transport_events.h"
#include "protocol/transport_place.h"

struct nng_stream;
struct nng_tls_config;

struct transport_shared {     /* by all connections of a transport */
	pthread_mutex_t lock; /* over all of this, and over every connection */
	struct transport_limits limits;
	struct clock clock;
	const struct log *log;
	struct transport_events events;
	unsigned refused;     /* who never came up, since it was logged */
	enum err refused_err; /* of the last */
	char refused_address[TRANSPORT_ADDRESS];
};

struct transport_conn; /* opaque */

/* transport_conn_new: a connection that has not begun.  The lock may be held
 * or not.  E_NOMEM. */
enum err transport_conn_new(
    struct transport_conn **out, struct transport_shared *s) MUST_USE;

/* transport_conn_free: one that has not begun, or that transport_conn_tick has
 * released: then without the lock.  NULL does nothing. */
void transport_conn_free(struct transport_conn *c);

/* transport_conn_refuse: count somebody who is turned away before he came up.
 */
void transport_conn_refuse(
    struct transport_shared *s, const char *address, enum err why);

/* transport_conn_accepted: begin with a stream, which is the connection's from
 * now on, from place. */
void transport_conn_accepted(struct transport_conn *c, uint64_t id,
    struct nng_stream *stream, const struct transport_place *place,
    const char *address);

/* transport_conn_dialler: where it will dial; without the lock.  E_NOMEM,
 * E_SYSTEM. */
enum err transport_conn_dialler(struct transport_conn *c, const char *url,
    struct nng_tls_config *cfg) MUST_USE;

/* transport_conn_dial: begin to dial, after transport_conn_dialler. */
void transport_conn_dial(struct transport_conn *c, uint64_t id);

/* transport_conn_is: is it the one with this id, not closed and not dropped? */
bool transport_conn_is(const struct transport_conn *c, uint64_t id);

/* transport_conn_counts: is it a stranger, against whom place is held?  Also
 * one that was closed, until its memory is free. */
bool transport_conn_counts(
    const struct transport_conn *c, const struct transport_place *place);

/* transport_conn_taken: the owner has taken a frame whose event cost so many
 * bytes: read on. */
void transport_conn_taken(struct transport_conn *c, size_t cost);

/* The same of protocol/transport.h, of one that is. */
enum err transport_conn_send(
    struct transport_conn *c, const void *frame, size_t len) MUST_USE;
void transport_conn_admit(struct transport_conn *c);
void transport_conn_drop(struct transport_conn *c);

/* transport_conn_end: the transport ends: close it, unless it was dropped and
 * ends in its own time. */
void transport_conn_end(struct transport_conn *c);

/* transport_conn_tick: look at its deadlines, every tick_ms.  True: nng has let
 * go of it, and it may be freed. */
bool transport_conn_tick(struct transport_conn *c, uint64_t now) MUST_USE;

/* transport_conn_rest: for how many ticks a thing of nng's rests before it is
 * freed. */
unsigned transport_conn_rest(const struct transport_limits *limits);

#endif
