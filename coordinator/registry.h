/*
 * coordinator/registry.h -- who is connected.
 */
#ifndef COORDINATOR_REGISTRY_H
#define COORDINATOR_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/ipc.h"

#define REGISTRY_MAX 1024 /* connections; the transport allows no more */

struct session {
	uint64_t conn;     /* never 0, never used twice */
	struct ipc_up who; /* as the transport verified it */
	bool admitted;     /* its hello was checked against the roster */
	unsigned roles;    /* enum role, from the roster; when admitted */
	bool owed;         /* a newer roster than it knows */
};

struct registry {
	size_t n;
	struct session sessions[REGISTRY_MAX]; /* [n], in no order */
};

/* registry_add: a connection that has come up, not admitted; the session is
 * valid until the next add or remove.  E_LIMIT; E_EXISTS. */
enum err registry_add(struct registry *r, struct session **out, uint64_t conn,
    const struct ipc_up *who) MUST_USE;

/* registry_find: the session of a connection, or NULL. */
struct session *registry_find(struct registry *r, uint64_t conn);

/* registry_party: the admitted session of a party, other than `but`; NULL. */
struct session *registry_party(
    struct registry *r, const struct party_id *party, uint64_t but);

/* registry_remove: forget a connection; false when it was not there. */
bool registry_remove(struct registry *r, uint64_t conn);

#endif
