#include "protocol/transport_open.h"

#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

bool
transport_open_good(const char *url, bool listen)
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

enum err
transport_open_listener(nng_stream_listener **out, uint16_t *port,
    const char *url, nng_tls_config *cfg)
{
	nng_stream_listener *l = NULL;
	int bound = 0;
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
		 l, NNG_OPT_TCP_BOUND_PORT, &bound)) != 0) {
		nng_stream_listener_free(l);
		return setup_err(rv);
	}
	*out = l;
	*port = (uint16_t)bound;
	return E_OK;
}

enum err
transport_open_dialler(
    nng_stream_dialer **out, const char *url, nng_tls_config *cfg)
{
	nng_stream_dialer *d = NULL;
	int rv = nng_stream_dialer_alloc(&d, url);

	if (rv != 0)
		return setup_err(rv);
	if ((rv = nng_stream_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, cfg)) != 0 ||
	    (rv = nng_stream_dialer_set_bool(d, NNG_OPT_TCP_NODELAY, true)) !=
		0 ||
	    (rv = nng_stream_dialer_set_bool(d, NNG_OPT_TCP_KEEPALIVE, true)) !=
		0) {
		nng_stream_dialer_free(d);
		return setup_err(rv);
	}
	*out = d;
	return E_OK;
}
