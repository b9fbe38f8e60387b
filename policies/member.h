/*
 * policies/member.h -- one party as the roster and join requests state it.
 */
#ifndef POLICIES_MEMBER_H
#define POLICIES_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "crypto/sign.h"
#include "model/party.h"
#include "model/query.h"
#include "policies/value.h"

#define ROSTER_NAME 101 /* bytes of UTF-8 with NUL */
#define ROSTER_COVERS_MAX 8

struct member { /* a party in the roster */
	struct party_id id;
	char name[ROSTER_NAME], organisation[ROSTER_NAME];
	unsigned roles; /* enum role */
	enum sector sector;
	uint8_t sign_public[SIGN_PUBLIC];
	uint8_t tls_fingerprint[32];
	uint64_t valid_from, valid_until; /* UTC seconds, half-open */
	/* of a node: */
	bool synthetic;                 /* its records are made up */
	uint32_t sources;               /* enum source */
	uint16_t first_month, n_months; /* that it holds */
	unsigned n_covers;
	char covers[ROSTER_COVERS_MAX][GSS]; /* police force areas, rising */
};

/* member_current: is it valid at that time?  member_has: has it that role (one
 * bit)? */
bool member_current(const struct member *m, uint64_t utc_s);
bool member_has(const struct member *m, unsigned role);

/* member_same: do all fields agree?  For queries made under an older roster. */
bool member_same(const struct member *a, const struct member *b);

/* member_colleagues: are they of one organisation?  Letter case is ignored. */
bool member_colleagues(const struct member *a, const struct member *b);

struct member_raw { /* as libcyaml reads it by member_fields */
	char *id, *name, *organisation, *sector, *sign_key, *tls_fingerprint,
	    *valid_from, *valid_until, *synthetic, *months;
	char **roles, **sources, **covers;
	unsigned n_roles, n_sources, n_covers;
};

extern const cyaml_schema_field_t member_fields[];

/*
 * member_take: the member that raw, read from the map under way in f, states.
 * admitted: it must have a certificate's fingerprint and a validity; otherwise
 * it must not.
 *
 * E_CONFIG	with the fault.
 */
enum err member_take(struct member *out, const struct value_file *f,
    const struct member_raw *raw, bool admitted) MUST_USE;

/* member_put: m as member_take takes it, its first line after `first`, the
 * others after `rest`.  Errors are those of the stream. */
void member_put(FILE *out, const struct member *m, const char *first,
    const char *rest, bool admitted);

#endif
