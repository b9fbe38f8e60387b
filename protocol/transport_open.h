/*
 * protocol/transport_open.h -- nng's listener or dialler for a url.
 *
 * With TLS as the configuration says, no delay of small writes (Nagle) and
 * TCP's keep-alive.
 */
#ifndef PROTOCOL_TRANSPORT_OPEN_H
#define PROTOCOL_TRANSPORT_OPEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct nng_stream_dialer;
struct nng_stream_listener;
struct nng_tls_config;

/* transport_open_good: is it tls+tcp://HOST:PORT and nothing more?  To listen,
 * the host may be empty and the port 0. */
bool transport_open_good(const char *url, bool listen);

/*
 * transport_open_listener: a listener, listening; *port is its.  It holds cfg.
 *
 * E_EXISTS	the address is taken.
 * E_ARG	no such address here.
 * E_NOMEM, E_SYSTEM
 */
enum err transport_open_listener(struct nng_stream_listener **out,
    uint16_t *port, const char *url, struct nng_tls_config *cfg) MUST_USE;

/* transport_open_dialler: a dialler, which holds cfg.  E_NOMEM, E_SYSTEM. */
enum err transport_open_dialler(struct nng_stream_dialer **out, const char *url,
    struct nng_tls_config *cfg) MUST_USE;

#endif
