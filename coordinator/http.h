/*
 * coordinator/http.h -- the HTTP server: libmicrohttpd around pages.
 *
 * GET and HEAD only.  Against a hostile client: 10 s without progress end a
 * connection, 16 KiB hold its request, connections are capped in all and by
 * address, and the bodies that wait to be sent are capped in bytes.  What never
 * changes is made once and sent to many.
 */
#ifndef COORDINATOR_HTTP_H
#define COORDINATOR_HTTP_H

#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "coordinator/pages.h"

#define HTTP_TIMEOUT_S 10
#define HTTP_CONNECTIONS 2048
#define HTTP_PER_ADDRESS 1024
#define HTTP_BODIES ((size_t)768 * 1024 * 1024) /* bytes kept or being sent */

struct http; /* opaque */

/*
 * http_start: serve pages at an IPv4 or IPv6 address; port 0 lets the system
 * choose.  pages and log must outlive it.  Starts threads.
 *
 * E_ARG	not an address.
 * E_SYSTEM	it cannot listen there.
 * E_NOMEM
 */
enum err http_start(struct http **out, struct pages *pages, const char *address,
    uint16_t port, const struct log *log) MUST_USE;

uint16_t http_port(const struct http *h);

void http_stop(struct http *h); /* NULL does nothing */

#endif
