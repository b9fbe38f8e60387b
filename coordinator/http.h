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

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "coordinator/pages.h"

#define HTTP_TIMEOUT_S 10
#define HTTP_BACKLOG 256
#define HTTP_CONNECTIONS 2048
#define HTTP_PER_ADDRESS 1024
#define HTTP_BODIES ((size_t)768 * 1024 * 1024) /* bytes kept or being sent */

struct http; /* opaque */

/* http_address_good: is it a loopback address, or the path of a socket?  The
 * public side is a reverse proxy's, with its certificate and its limits. */
bool http_address_good(const char *address);

/*
 * http_listen: a listening socket at a loopback address and port (0 lets the
 * system choose), or at a path, where the port is not read; *fd is the
 * caller's.
 *
 * E_ARG	not http_address_good.
 * E_EXISTS	the address is taken.
 * E_SYSTEM	it cannot listen there.
 */
enum err http_listen(int *fd, const char *address, uint16_t port) MUST_USE;

/* http_port: the port of a listening socket; 0 for a path. */
uint16_t http_port(int fd);

/*
 * http_start: serve pages, which must outlive it, at fd, which it takes over.
 * Starts threads; opens no socket and no file but what pages reads.
 *
 * E_SYSTEM, E_NOMEM	fd is still the caller's.
 */
enum err http_start(struct http **out, struct pages *pages, int fd) MUST_USE;

void http_stop(struct http *h); /* NULL does nothing */

#endif
