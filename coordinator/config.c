#include "coordinator/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "coordinator/http.h"
#include "policies/value.h"

#define SCHEME "tls+tcp://"

struct raw_http {
	char *address, *port;
};

struct raw {
	char *party, *listen, *data, *map;
	struct raw_http http;
};

static const cyaml_schema_field_t http_fields[] = {
	CYAML_FIELD_STRING_PTR("address", CYAML_FLAG_POINTER, struct raw_http,
	    address, 1, CONFIG_TEXT - 1),
	CYAML_FIELD_STRING_PTR("port", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct raw_http, port, 1, 5),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR(
	    "party", CYAML_FLAG_POINTER, struct raw, party, 1, PARTY_ID),
	CYAML_FIELD_STRING_PTR("listen", CYAML_FLAG_POINTER, struct raw, listen,
	    1, CONFIG_TEXT - 1),
	CYAML_FIELD_MAPPING(
	    "http", CYAML_FLAG_DEFAULT, struct raw, http, http_fields),
	CYAML_FIELD_STRING_PTR("data", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct raw, data, 1, CONFIG_PATH - 1),
	CYAML_FIELD_STRING_PTR("map", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct raw, map, 1, CONFIG_PATH - 1),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct raw, fields) };

bool
config_listen_good(const char *s)
{
	const char *host = s + strlen(SCHEME), *colon;
	uint64_t port;

	if (strncmp(s, SCHEME, strlen(SCHEME)) != 0 ||
	    (colon = strrchr(host, ':')) == NULL || colon == host)
		return false;
	return strlen(s) < CONFIG_TEXT &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") ==
		   strlen(host) &&
	       num_parse(&port, colon + 1, strlen(colon + 1), 65535) == E_OK;
}

/* Where people find the numbers. */
static enum err
take_http(struct config *c, struct value_file *f, const struct raw_http *raw)
{
	uint64_t port = 8080;
	enum err e;

	value_in(f, "http");
	if (!http_address_good(raw->address))
		return value_bad(f, "address",
		    "'%s' is open to others; write 127.0.0.1, ::1 or the path "
		    "of a socket, and put a reverse proxy before it",
		    raw->address);
	if (raw->port != NULL &&
	    (e = value_number(&port, f, "port", raw->port, 0, 65535)) != E_OK)
		return e;
	(void)snprintf(
	    c->http_address, sizeof(c->http_address), "%s", raw->address);
	c->http_port = (uint16_t)port;
	value_in(f, "%s", "");
	return E_OK;
}

static enum err
take(struct config *out, struct value_file *f, const struct raw *raw)
{
	struct config c;
	enum err e;

	memset(&c, 0, sizeof(c));
	if ((e = value_party(&c.party, f, "party", raw->party)) != E_OK)
		return e;
	if (!config_listen_good(raw->listen))
		return value_bad(f, "listen",
		    "'%s' is no address; write " SCHEME "HOST:PORT",
		    raw->listen);
	(void)snprintf(c.listen, sizeof(c.listen), "%s", raw->listen);
	if ((e = take_http(&c, f, &raw->http)) != E_OK)
		return e;
	(void)snprintf(c.data, sizeof(c.data), "%s",
	    raw->data == NULL ? WARD_DATA : raw->data);
	(void)snprintf(
	    c.map, sizeof(c.map), "%s", raw->map == NULL ? WARD_MAP : raw->map);
	*out = c;
	return E_OK;
}

enum err
config_read(struct config *out, const char *text, size_t len, const char *name,
    struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	void *raw;
	enum err e;

	if ((e = yaml_load(&raw, &schema, text, len, name, fault)) != E_OK)
		return e;
	e = take(out, &f, raw);
	yaml_drop(&schema, raw);
	return e;
}

enum err
config_text(char **out, const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return E_NOMEM;
	(void)fprintf(f,
	    "# The coordinator of a federation: where it listens.\n"
	    "# After a change: stop and start ward-coordinator.\n"
	    "\n"
	    "party: %s\n"
	    "\n"
	    "# Nodes and people dial this, with TLS and their certificates.\n"
	    "listen: \"%s\"\n"
	    "\n"
	    "# The map and the numbers, for a reverse proxy on this machine:\n"
	    "# a loopback address and a port, or the path of a socket.\n"
	    "http:\n"
	    "  address: \"%s\"\n"
	    "  port: %u\n"
	    "\n"
	    "# Shipped files, if they are not where they were built for:\n"
	    "# data: /usr/share/ward/data\n"
	    "# map: /usr/share/ward/map\n",
	    c->party.s, c->listen, c->http_address, c->http_port);
	return yaml_done(out, f, &text);
}
