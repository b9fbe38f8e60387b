/*
 * policies/identity.h -- a joined party's folder, read and checked.
 */
#ifndef POLICIES_IDENTITY_H
#define POLICIES_IDENTITY_H

#include <stddef.h>

#include "base/err.h"
#include "crypto/sign.h"
#include "crypto/tls.h"
#include "policies/roster.h"
#include "policies/yaml.h"

struct identity { /* wipe with identity_free */
	struct governance governance;
	struct roster *roster;
	const struct member *me;           /* in roster */
	struct sign_key key;               /* SECRET */
	char *ca_pem, *cert_pem, *key_pem; /* key_pem SECRET */
};

/*
 * identity_load: read a folder; with_keys false leaves key and key_pem unset.
 *
 * E_NOTFOUND	not joined yet (fault says what to do).
 * E_CONFIG, E_SIGNATURE, E_FORMAT, E_IO, E_LIMIT, E_NOMEM	with fault:
 *		a file is wrong, the roster is not signed or lacks the party,
 *		or the party's keys or certificate are not those in it.
 */
enum err identity_load(struct identity *out, const char *dir,
    const struct party_id *party, int with_keys, struct fault *fault) MUST_USE;
void identity_free(struct identity *id);

/* identity_store_roster: replace roster.note in dir, durably.  E_IO, E_LIMIT.
 */
enum err identity_store_roster(
    const char *dir, const char *note, size_t len) MUST_USE;

/*
 * identity_tls: ca.pem, tls.pem and tls.key of a folder, for a process that
 * needs nothing else of it; tls_material_free ends it.
 *
 * E_LIMIT	the path is too long; and those of tls_material_load.
 */
enum err identity_tls(struct tls_material *out, const char *dir) MUST_USE;

#endif
