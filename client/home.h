/*
 * client/home.h -- a person's folder: who they are and where they call.
 *
 * party.yaml (written by `ward party init`) names the party and the
 * coordinator; keys, roster and certificates are those of policies/enrol.
 */
#ifndef CLIENT_HOME_H
#define CLIENT_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/call.h"
#include "cli/file.h"
#include "model/party.h"
#include "policies/enrol.h"
#include "policies/yaml.h"

#define HOME_URL 256  /* bytes with NUL */
#define HOME_NAME 128 /* bytes of a server's name with NUL */

struct home_file { /* party.yaml */
	struct party_id party;
	char coordinator[HOME_URL]; /* "tls+tcp://HOST:PORT" */
	struct party_id coordinator_party;
	char server_name[HOME_NAME]; /* in the coordinator's certificate */
};

/* home_file_read: E_CONFIG with fault, E_LIMIT, E_NOMEM. */
enum err home_file_read(struct home_file *out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* home_file_write: into dir, which exists.  E_IO, E_LIMIT with fault. */
enum err home_file_write(
    const struct home_file *f, const char *dir, struct fault *fault) MUST_USE;

struct home {
	char dir[FILE_PATH];
	struct home_file file;
	struct identity id; /* SECRET inside */
};

/*
 * home_load: read the folder of a joined party; home_free wipes and ends it.
 *
 * E_NOTFOUND	no party.yaml, or not joined; the fault says what to do.
 * E_CONFIG, E_SIGNATURE, E_FORMAT, E_IO, E_LIMIT, E_NOMEM	with fault.
 */
enum err home_load(
    struct home *out, const char *dir, struct fault *fault) MUST_USE;
void home_free(struct home *home);

/* home_reload: read the roster again, after a newer one was stored.  On
 * failure the home is as it was.  Errors as home_load. */
enum err home_reload(struct home *home, struct fault *fault) MUST_USE;

/* home_current: is the roster in force at utc_s?  The fault says when it ended
 * and what to do. */
bool home_current(
    const struct home *home, uint64_t utc_s, struct fault *fault) MUST_USE;

/* home_where: the folder that --party names, else $WARD_PARTY, else "." if it
 * has a party.yaml; NULL when there is none. */
const char *home_where(const struct call *call);

/* home_of: load it for a command; what fails has been written to err. */
enum err home_of(struct home *out, const struct call *call) MUST_USE;

/* home_as: likewise, when the roster is in force and has the party in that
 * role (one bit); else E_STATE, told. */
enum err home_as(
    struct home *out, const struct call *call, unsigned role) MUST_USE;

#endif
