/*
 * policies/govern.h -- the folder of a federation's governance.
 *
 *	governance/NAME.key   governance keys (kept apart in real life)
 *	governance.yaml       their public halves, how many must sign
 *	ca.pem ca.key         the authority of the parties' TLS certificates
 *	roster.yaml           the draft that the next signing signs
 *	roster.note           the roster in force
 *	issued/NAME.pem       certificates
 */
#ifndef POLICIES_GOVERN_H
#define POLICIES_GOVERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policies/enrol.h"
#include "policies/roster.h"
#include "policies/yaml.h"

struct govern_new {
	const char *federation; /* its name */
	unsigned keys, need;    /* 1 <= need <= keys <= GOVERNANCE_KEYS_MAX */
	bool demo;              /* the roster is valid 7 days, else 365 */
};

/* govern_new: a new folder with keys g1 ... gN, authority and empty draft of
 * epoch 0.  E_EXISTS, E_ARG, E_IO, E_RNG, E_LIMIT, E_NOMEM. */
enum err govern_new(const char *dir, const struct govern_new *n, uint64_t now_s,
    struct fault *fault) MUST_USE;

/* govern_draft: the draft of dir; *out is the caller's to free.  E_NOTFOUND,
 * E_CONFIG, E_ACCESS, E_IO, E_LIMIT, E_NOMEM with the fault. */
enum err govern_draft(
    struct roster **out, const char *dir, struct fault *fault) MUST_USE;

/*
 * govern_add: put the party of a join request (new, or again with new keys)
 * into the draft and issue its certificate.
 *
 * E_CONFIG	the request or the draft is wrong, or another party has the
 *		same signing key (fault).
 * E_SIGNATURE	the request's proofs are (fault).
 * E_NOTFOUND, E_IO, E_FORMAT, E_RNG, E_LIMIT, E_NOMEM
 */
enum err govern_add(const char *dir, const char *request, size_t len,
    const char *name, uint64_t now_s, struct fault *fault) MUST_USE;

/* govern_remove: take a party out of the draft.  E_NOTFOUND, and what reading
 * and writing the draft gives. */
enum err govern_remove(const char *dir, const struct party_id *party,
    struct fault *fault) MUST_USE;

/*
 * govern_sign: the draft as epoch + 1 of the roster in force, signed by the
 * named keys[n]; it becomes roster.note when need of them have signed, else
 * nothing changes.  A draft equal to the roster in force, but for its
 * validity, is signed with a new validity.
 *
 * E_SIGNATURE	fewer keys than needed (fault).
 * E_EXISTS	a key is named twice (fault).
 * E_CONFIG	a key is none of governance.yaml's, or the draft is wrong
 *		(fault).
 * E_NOTFOUND, E_IO, E_FORMAT, E_LIMIT, E_NOMEM
 */
enum err govern_sign(const char *dir, const char *const *keys, size_t n,
    uint64_t now_s, struct fault *fault) MUST_USE;

/*
 * govern_admit: the admission of a party in force; *out is the caller's.
 *
 * E_NOTFOUND	not in roster.note, or there with an older certificate than
 *		was issued last (fault).
 * E_CONFIG, E_SIGNATURE, E_IO, E_FORMAT, E_LIMIT, E_NOMEM
 */
enum err govern_admit(char **out, const char *dir, const struct party_id *party,
    struct fault *fault) MUST_USE;

#endif
