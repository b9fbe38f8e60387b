/*
 * policies/governance.h -- whom a roster is believed from: governance.yaml.
 */
#ifndef POLICIES_GOVERNANCE_H
#define POLICIES_GOVERNANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "crypto/sign.h"
#include "model/party.h"
#include "policies/member.h"
#include "policies/value.h"

#define GOVERNANCE_KEYS_MAX 9

struct governance { /* whom a roster is believed from; governance.yaml */
	char federation[ROSTER_NAME];
	unsigned need; /* signatures of different keys, 1 ... n */
	unsigned n;
	struct governance_key {
		char name[PARTY_ID]; /* as crypto/note names it; rising */
		uint8_t public[SIGN_PUBLIC];
	} keys[GOVERNANCE_KEYS_MAX];
	uint8_t fingerprint[32]; /* what people compare */
};

/* governance_read: governance.yaml; E_CONFIG with fault, E_LIMIT, E_NOMEM. */
enum err governance_read(struct governance *out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* governance_text: the same as a file; *out is the caller's.  E_NOMEM. */
enum err governance_text(char **out, const struct governance *g) MUST_USE;

/*
 * governance_seal: set the fingerprint from the other fields: the hash under
 * "ward/governance/1" of
 *
 *	need[1] || n[1] || n times (name[32] || public[32]) || federation
 *
 * name zero-padded, federation to the end.
 */
void governance_seal(struct governance *g);

struct governance_raw { /* as libcyaml reads it by governance_fields */
	char *federation, *need;
	struct governance_raw_key {
		char *name, *public;
	} * keys;
	unsigned n_keys;
};

extern const cyaml_schema_field_t governance_fields[];

/* governance_take: what raw, read from the map under way in f, states.
 * E_CONFIG with the fault. */
enum err governance_take(struct governance *out, struct value_file *f,
    const struct governance_raw *raw) MUST_USE;

/* governance_put: g as governance_take takes it, each line after `before`. */
void governance_put(FILE *out, const struct governance *g, const char *before);

#endif
