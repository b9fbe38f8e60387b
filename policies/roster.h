/*
 * policies/roster.h -- who is in the federation.
 *
 * A signed note (crypto/note) whose text is YAML.  Nothing is read from it
 * before `need` of the governance keys have signed its bytes.
 */
#ifndef POLICIES_ROSTER_H
#define POLICIES_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/sign.h"
#include "model/month.h"
#include "model/party.h"
#include "model/query.h"
#include "policies/yaml.h"

#define ROSTER_PARTIES_MAX 256
#define ROSTER_NAME 101 /* bytes of UTF-8 with NUL */
#define ROSTER_COVERS_MAX 8
#define GOVERNANCE_KEYS_MAX 9

struct governance { /* whom a roster is believed from; governance.yaml */
	char federation[ROSTER_NAME];
	unsigned need; /* signatures of different keys, 1 ... n */
	unsigned n;
	struct governance_key {
		char name[PARTY_ID]; /* as crypto/note names it */
		uint8_t public[SIGN_PUBLIC];
	} keys[GOVERNANCE_KEYS_MAX];
	uint8_t fingerprint[32]; /* what people compare */
};

struct member { /* a party in the roster */
	struct party_id id;
	char name[ROSTER_NAME], organisation[ROSTER_NAME];
	unsigned roles; /* enum role */
	enum sector sector;
	uint8_t sign_public[SIGN_PUBLIC];
	uint8_t tls_fingerprint[32];
	uint64_t valid_from, valid_until; /* UTC seconds, half-open */
	/* of a node: */
	bool synthetic;                   /* its records are made up */
	uint32_t sources;                 /* enum source */
	uint16_t first_month, n_months;   /* that it holds */
	unsigned n_covers;
	char covers[ROSTER_COVERS_MAX][GSS]; /* police force areas */
};

struct roster {
	char federation[ROSTER_NAME];
	bool demo;
	uint32_t epoch;                   /* rises by one with every change */
	uint64_t valid_from, valid_until; /* UTC seconds, half-open */
	uint8_t hash[32]; /* crypto/hash "ward/roster/1" of the note's text */
	unsigned n;
	struct member members[ROSTER_PARTIES_MAX]; /* [n], ids rising */
};

/* governance_read: governance.yaml; E_CONFIG with fault, E_LIMIT, E_NOMEM. */
enum err governance_read(struct governance *out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* governance_text: the same as a file; *out is the caller's.  E_NOMEM. */
enum err governance_text(char **out, const struct governance *g) MUST_USE;

/*
 * roster_read: verify the note, then read it; *out is ended by free().
 *
 * E_FORMAT	not a note.
 * E_SIGNATURE	fewer than g->need governance keys have signed it.
 * E_CONFIG	the text is no roster (fault), or of another federation.
 * E_LIMIT, E_NOMEM
 */
enum err roster_read(struct roster **out, const struct governance *g,
    const char *note, size_t len, struct fault *fault) MUST_USE;

/* roster_text: a roster as the text of a note (hash is not part of it); *out
 * is the caller's.  E_NOMEM.  roster_parse: that text, not verified: for
 * governance's own draft; E_CONFIG with fault, E_LIMIT, E_NOMEM. */
enum err roster_text(char **out, const struct roster *r) MUST_USE;
enum err roster_parse(struct roster **out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* roster_find: the member of that id, or NULL. */
const struct member *roster_find(
    const struct roster *r, const struct party_id *id);

/* roster_current: is the roster valid at that time?  member_current: the
 * member?  member_has: has it that role (one bit)? */
bool roster_current(const struct roster *r, uint64_t utc_s);
bool member_current(const struct member *m, uint64_t utc_s);
bool member_has(const struct member *m, unsigned role);

/* member_same: do all fields agree?  For queries made under an older roster. */
bool member_same(const struct member *a, const struct member *b);

#endif
