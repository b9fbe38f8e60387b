#include "model/party.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned role;
} roles[] = {
	{ "node", ROLE_NODE },
	{ "helper", ROLE_HELPER },
	{ "approver", ROLE_APPROVER },
	{ "researcher", ROLE_RESEARCHER },
	{ "auditor", ROLE_AUDITOR },
	{ "coordinator", ROLE_COORDINATOR },
};

static const char *const sectors[] = {
	[SECTOR_NONE] = "none",
	[SECTOR_POLICE] = "police",
	[SECTOR_NHS] = "nhs",
	[SECTOR_OTHER] = "other",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Is s[0, len) a party's name? */
static bool
name_good(const char *s, size_t len)
{
	if (len == 0 || len >= PARTY_ID || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return true;
}

enum err
party_id_parse(struct party_id *out, const char *s, size_t len)
{
	if (!name_good(s, len))
		return E_FORMAT;
	memset(out, 0, sizeof(*out));
	memcpy(out->s, s, len);
	return E_OK;
}

bool
party_id_good(const struct party_id *id)
{
	size_t len = strnlen(id->s, PARTY_ID);

	if (!name_good(id->s, len))
		return false;
	for (size_t i = len; i < PARTY_ID; i++)
		if (id->s[i] != '\0')
			return false;
	return true;
}

bool
party_id_same(const struct party_id *a, const struct party_id *b)
{
	return memcmp(a->s, b->s, PARTY_ID) == 0;
}

enum err
role_parse(unsigned *role, const char *s)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (strcmp(roles[i].name, s) == 0) {
			*role = roles[i].role;
			return E_OK;
		}
	return E_NOTFOUND;
}

const char *
role_text(unsigned role)
{
	for (size_t i = 0; i < COUNT(roles); i++)
		if (roles[i].role == role)
			return roles[i].name;
	return "?";
}

enum err
sector_parse(enum sector *out, const char *s)
{
	for (size_t i = 0; i < COUNT(sectors); i++)
		if (strcmp(sectors[i], s) == 0) {
			*out = (enum sector)i;
			return E_OK;
		}
	return E_NOTFOUND;
}

const char *
sector_text(enum sector sector)
{
	return (size_t)sector < COUNT(sectors) ? sectors[sector] : "?";
}
