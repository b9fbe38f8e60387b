#include "client/newcomer.h"

#include <string.h>

#include "base/hex.h"
#include "client/plain.h"
#include "crypto/hash.h"

void
newcomer_roles(char out[NEWCOMER_ROLES], unsigned roles)
{
	out[0] = 0;
	for (unsigned bit = 1; bit <= ROLE_COORDINATOR; bit <<= 1)
		if ((roles & bit) != 0) {
			if (out[0] != 0)
				strcat(out, ", ");
			strcat(out, role_text(bit));
		}
}

/* A line "  label  now", and what it was when that is another. */
static void
tell_text(FILE *out, const char *label, const char *now, const char *was)
{
	char head[20], shown[ROSTER_NAME];

	(void)snprintf(head, sizeof(head), "  %-14s", label);
	plain_words(shown, sizeof(shown), now);
	plain_wrap(out, head, shown);
	if (was != NULL && strcmp(was, now) != 0) {
		plain_words(shown, sizeof(shown), was);
		plain_wrap(out, "    was         ", shown);
	}
}

static void
tell_names(FILE *out, const struct enrol_request *r)
{
	char text[CERT_NAMES_MAX * (sizeof(r->names[0]) + 1) + 1] = "";

	for (unsigned i = 0; i < r->n_names; i++) {
		if (i > 0)
			strcat(text, " ");
		strcat(text, r->names[i]);
	}
	plain_wrap(out, "  host names    ", r->n_names == 0 ? "none" : text);
}

/* The public key in full: `party init` prints its beginning. */
static void
tell_key(FILE *out, const char *label, const uint8_t key[SIGN_PUBLIC])
{
	char hex[HEX_LEN(SIGN_PUBLIC)];

	hex_text(hex, key, SIGN_PUBLIC);
	fprintf(out, "  %-13s %s\n", label, hex);
}

static void
tell_change(FILE *out, const struct member *now, const struct member *was)
{
	if (hash_same(now->sign_public, was->sign_public, SIGN_PUBLIC)) {
		plain_wrap(out, "  ",
		    "The same signing key; a new certificate takes the place "
		    "of the one before.");
		return;
	}
	tell_key(out, "key before", was->sign_public);
	fprintf(out, "\n  !!! THE KEYS OF %s CHANGE !!!\n", now->id.s);
	plain_wrap(out, "  ! ",
	    "Whoever made this request will speak, approve and sign under "
	    "that name, and who holds the key before no longer will.  Ask "
	    "them by another channel whether it is theirs.");
}

void
newcomer_tell(
    FILE *out, const struct roster *draft, const struct enrol_request *r)
{
	const struct member *m = &r->member;
	const struct member *was = roster_find(draft, &m->id);
	char roles[NEWCOMER_ROLES], before[NEWCOMER_ROLES];

	newcomer_roles(roles, m->roles);
	newcomer_roles(before, was == NULL ? 0 : was->roles);
	fprintf(out, "%s %s\n", was == NULL ? "Adds" : "REPLACES", m->id.s);
	tell_text(out, "name", m->name, was == NULL ? NULL : was->name);
	tell_text(out, "organisation", m->organisation,
	    was == NULL ? NULL : was->organisation);
	tell_text(out, "roles", roles, was == NULL ? NULL : before);
	tell_names(out, r);
	tell_key(out, "key", m->sign_public);
	if (was != NULL)
		tell_change(out, m, was);
}
