/*
 * protocol/bridge.h -- the whole of a daemon's net process.
 *
 * Carries UP, FRAME and DOWN from the transport to the core over a socketpair,
 * and SEND, DROP and ADMIT back (protocol/ipc.h).  No policy is in it, and no
 * key that signs: who breaks into it can do what any peer can do.
 *
 * A node's bridge dials and dials again: the first time at once, then within
 * 1 s, then after a random time below a bound that doubles to 60 s ("full
 * jitter"); a connection that the core admitted resets it.
 */
#ifndef PROTOCOL_BRIDGE_H
#define PROTOCOL_BRIDGE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rng.h"
#include "crypto/tls.h"
#include "protocol/transport.h"

#define BRIDGE_BACKOFF_MS 1000      /* bound of the first wait */
#define BRIDGE_BACKOFF_MAX_MS 60000 /* and of the longest */

struct bridge_config {
	struct tls_material tls;
	const char *listen_url;  /* either this: IPC_LISTENING tells the port */
	const char *dial_url;    /* or this */
	const char *server_name; /* with dial_url */
	int ipc_fd;              /* the socketpair to the core; stays open */
	const struct rng *rng;   /* for the jitter; with dial_url */
	const struct log *log;   /* may be NULL */
	const struct clock *clock;             /* NULL: the system's */
	const struct transport_limits *limits; /* NULL: the default */
};

/*
 * bridge_run: runs until the core closes its end.
 *
 * E_OK		the core closed its end.
 * E_CONFIG	not exactly one url, or the material cannot be used.
 * E_FORMAT	the core broke the ipc's rules.
 * and those of transport_listen, ipc_pump and the random source.
 */
enum err bridge_run(const struct bridge_config *config) MUST_USE;

/* bridge_wait_ms: how long to wait before attempt number `failures` + 1, given
 * a random number: below BRIDGE_BACKOFF_MS doubled per failure, and below
 * BRIDGE_BACKOFF_MAX_MS. */
unsigned bridge_wait_ms(unsigned failures, uint32_t random);

#endif
