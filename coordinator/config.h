/*
 * coordinator/config.h -- coordinator.yaml.
 *
 *	party: coordinator
 *	listen: "tls+tcp://0.0.0.0:8443"
 *	http:
 *	  address: 127.0.0.1
 *	  port: 8080
 *	data: /usr/share/ward/data	(optional)
 *	map: /usr/share/ward/map	(optional)
 */
#ifndef COORDINATOR_CONFIG_H
#define COORDINATOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/party.h"
#include "policies/yaml.h"

#define CONFIG_NAME "coordinator.yaml"
#define CONFIG_TEXT 256  /* bytes of an address with NUL */
#define CONFIG_PATH 1024 /* bytes of a folder with NUL */

struct config {
	struct party_id party;
	char listen[CONFIG_TEXT];       /* "tls+tcp://HOST:PORT" */
	char http_address[CONFIG_TEXT]; /* http_address_good */
	uint16_t http_port;             /* 0: the system chooses */
	char data[CONFIG_PATH];         /* folders of shipped files */
	char map[CONFIG_PATH];
};

/*
 * config_read: text[0, len) of the file `name`.
 *
 * E_CONFIG	with fault: file:line:column, what is wrong, what to do.
 * E_LIMIT, E_NOMEM
 */
enum err config_read(struct config *out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* config_listen_good: has it the form of `listen`? */
bool config_listen_good(const char *s);

/* config_text: a commented file; data and map are left at their defaults.
 * *out is the caller's.  E_NOMEM. */
enum err config_text(char **out, const struct config *c) MUST_USE;

#endif
