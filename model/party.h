/*
 * model/party.h -- names, roles and sectors of the parties of a federation.
 */
#ifndef MODEL_PARTY_H
#define MODEL_PARTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PARTY_ID 32 /* bytes, zero-padded, at least one final zero */

/* [a-z0-9] first, then [a-z0-9-], 1 ... 31 bytes, then zeros to the end. */
struct party_id {
	char s[PARTY_ID];
};

enum role { /* bits */
	ROLE_NODE = 1,
	ROLE_HELPER = 2,
	ROLE_APPROVER = 4,
	ROLE_RESEARCHER = 8,
	ROLE_AUDITOR = 16,
	ROLE_COORDINATOR = 32,
};

enum sector { SECTOR_NONE, SECTOR_POLICE, SECTOR_NHS, SECTOR_OTHER };

/* party_id_parse: the name s[0, len); E_FORMAT. */
enum err party_id_parse(
    struct party_id *out, const char *s, size_t len) MUST_USE;

/* party_id_good: is it a name, zero-padded to the end? */
bool party_id_good(const struct party_id *id);

bool party_id_same(const struct party_id *a, const struct party_id *b);

/* role_parse, sector_parse: "node", "approver" ...; "police", "nhs", "other";
 * E_NOTFOUND.  role_text, sector_text: the other way, "?" for no such value. */
enum err role_parse(unsigned *role, const char *s) MUST_USE;
const char *role_text(unsigned role);
enum err sector_parse(enum sector *out, const char *s) MUST_USE;
const char *sector_text(enum sector sector);

#endif
