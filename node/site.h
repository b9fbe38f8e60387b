/*
 * node/site.h -- a node's folder and the public files, read and checked.
 */
#ifndef NODE_SITE_H
#define NODE_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/file.h"
#include "model/area.h"
#include "model/theme.h"
#include "node/config.h"
#include "node/keys.h"
#include "policies/enrol.h"
#include "policies/policy.h"

#define SITE_RECORDS CONFIG_RECORDS
#define SITE_LEDGER "ledger.db"
#define SITE_STORE_KEY "store.key"
#define SITE_POLICY "policy.yaml"
#define SITE_ROSTER "roster.note"

struct site { /* by site_open; site_close ends and wipes it */
	char dir[FILE_PATH];
	struct config config;
	struct policy policy;
	struct identity identity; /* SECRET inside when opened with keys */
	struct areas *areas;
	struct themes *themes;
	uint8_t areas_hash[32], rules_hash[32];
};

/*
 * site_open: everything but the databases; keys: also those of the identity.
 * It does not start when the policy is another node's, or when the roster is a
 * demonstration's and the policy does not allow it.
 *
 * E_NOTFOUND, E_CONFIG, E_SIGNATURE, E_FORMAT, E_LIMIT, E_IO	with fault:
 *		what is wrong and what to do.
 * E_NOMEM
 */
enum err site_open(
    struct site *out, const char *dir, bool keys, struct fault *fault) MUST_USE;
void site_close(struct site *s);

/* site_policy: policy.yaml of the folder of party.  As site_open. */
enum err site_policy(struct policy *out, const char *dir,
    const struct party_id *party, struct fault *fault) MUST_USE;

/* site_keys: of store.key in dir.  SECRET: keys_wipe.  As site_open. */
enum err site_keys(
    struct keys *out, const char *dir, struct fault *fault) MUST_USE;

/* site_public: the public files of the folder data.  As site_open; the caller
 * frees areas and themes. */
enum err site_public(
    struct site *out, const char *data, struct fault *fault) MUST_USE;

#endif
