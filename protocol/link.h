/*
 * protocol/link.h -- one connection to the coordinator, blocking: for `ward`.
 *
 * One thread.  What comes before the coordinator has been identified must be
 * small (transport.h): call link_admit when its WELCOME was checked.
 */
#ifndef PROTOCOL_LINK_H
#define PROTOCOL_LINK_H

#include "base/err.h"
#include "crypto/tls.h"
#include "protocol/frame.h"
#include "protocol/transport.h"

struct link; /* opaque */

/*
 * link_open: connect; returns when the TLS handshake is over.
 *
 * E_ARG	not a url "tls+tcp://HOST:PORT".
 * E_CONFIG	the material cannot be used.
 * E_TIMEOUT	not within timeout_ms.
 * E_PEER	the other side is not the one that was asked for, or takes us
 *		for nobody it knows.
 * E_CLOSED	the address does not answer, or the connection broke.
 * E_NOMEM, E_SYSTEM
 */
enum err link_open(struct link **out, const char *url, const char *server_name,
    const struct tls_material *m, int timeout_ms) MUST_USE;

/* link_peer: who it is; valid as long as the link. */
const struct transport_peer *link_peer(const struct link *link);

/* link_admit: the other side has been identified: allow frames of any size. */
void link_admit(struct link *link);

/*
 * link_send: queue one frame.
 *
 * E_LIMIT	too long, or too much is queued.
 * E_CLOSED	the connection is gone.
 * E_NOMEM
 */
enum err link_send(struct link *link, const struct frame *frame) MUST_USE;

/*
 * link_receive: the next frame; its body is valid until the next call on the
 * link.
 *
 * E_TIMEOUT	nothing within timeout_ms; the link still works.
 * E_CLOSED	the connection is gone (or why transport.h's DOWN says).
 */
enum err link_receive(
    struct link *link, struct frame *out, int timeout_ms) MUST_USE;

/* link_close: send what is queued, close and free; NULL does nothing. */
void link_close(struct link *link);

#endif
