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
#include "policies/governance.h"
#include "policies/member.h"
#include "policies/yaml.h"

#define ROSTER_PARTIES_MAX 256

struct roster {
	char federation[ROSTER_NAME];
	bool demo;
	uint32_t epoch;                   /* rises by one with every change */
	uint64_t valid_from, valid_until; /* UTC seconds, half-open */
	uint8_t hash[32]; /* crypto/hash "ward/roster/1" of the note's text */
	unsigned n;
	struct member members[ROSTER_PARTIES_MAX]; /* [n], ids rising */
};

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

/* roster_current: is the roster valid at that time? */
bool roster_current(const struct roster *r, uint64_t utc_s);

#endif
