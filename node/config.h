/*
 * node/config.h -- node.yaml: who this node is and where it calls.
 *
 *	party: gwent
 *	coordinator: "tls+tcp://coordinator.example:443"
 *	coordinator_party: coordinator
 *	server_name: "coordinator.example"
 *	data: "/usr/share/ward"
 *
 *	records: "postgresql: host=/run/pg dbname=ward user=ward_count"
 *	records_load: "postgresql: host=/run/pg dbname=ward user=ward_load"
 *
 * data: the folder of the public files that everybody must agree on; may be
 * left out: then those that came with the program.  records, records_load:
 * where the records are, see records_open, for counting and for all else (to
 * load them, to look through them); may be left out: then records.db in the
 * node's folder, and records for both.
 */
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include <stddef.h>

#include "base/err.h"
#include "cli/file.h"
#include "model/party.h"
#include "node/records.h"
#include "policies/yaml.h"

#define CONFIG_FILE "node.yaml"
#define CONFIG_RECORDS "records.db"
#define CONFIG_URL 256   /* bytes with NUL */
#define CONFIG_NAME 128  /* bytes of a server's name with NUL */
#define CONFIG_MAX 65536 /* bytes of the file */

struct config {
	struct party_id party;
	char coordinator[CONFIG_URL];
	struct party_id coordinator_party;
	char server_name[CONFIG_NAME];
	char data[FILE_PATH];
	char records[RECORDS_WHERE], records_load[RECORDS_WHERE]; /* or "" */
};

/* config_read: E_CONFIG with fault, E_LIMIT, E_NOMEM. */
enum err config_read(struct config *out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* config_text: a commented node.yaml that config_read takes back; *out is the
 * caller's.  The default data folder is left out.  E_NOMEM. */
enum err config_text(char **out, const struct config *c) MUST_USE;

/* config_load: of a node's folder.  E_NOTFOUND: none there; E_CONFIG, E_LIMIT,
 * E_IO, E_NOMEM, all with fault. */
enum err config_load(
    struct config *out, const char *dir, struct fault *fault) MUST_USE;

/* config_where: where the records of the node in dir are: RECORDS_COUNT, as the
 * role that counts; RECORDS_LOAD, as the one that sees records, whether it then
 * loads or only reads.  E_LIMIT: the path is too long. */
enum err config_where(char out[RECORDS_WHERE], const struct config *c,
    const char *dir, enum records_mode mode) MUST_USE;

#endif
