#include "policies/member.h"

#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "model/month.h"
#include "model/source.h"

#define TEXT_MOST 512

#define FIELD(key, more, member)                                 \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (more), \
	    struct member_raw, member, 1, TEXT_MOST)
#define LIST(key, more, member, most)                                \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | (more), \
	    struct member_raw, member, n_##member, &word, 0, most)

static const cyaml_schema_value_t word = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 1, TEXT_MOST) };

const cyaml_schema_field_t member_fields[] = {
	FIELD("id", 0, id),
	FIELD("name", 0, name),
	FIELD("organisation", 0, organisation),
	LIST("roles", 0, roles, 6),
	FIELD("sector", 0, sector),
	FIELD("sign_key", 0, sign_key),
	FIELD("tls_fingerprint", CYAML_FLAG_OPTIONAL, tls_fingerprint),
	FIELD("valid_from", CYAML_FLAG_OPTIONAL, valid_from),
	FIELD("valid_until", CYAML_FLAG_OPTIONAL, valid_until),
	FIELD("synthetic", CYAML_FLAG_OPTIONAL, synthetic),
	LIST("sources", CYAML_FLAG_OPTIONAL, sources, 32),
	FIELD("months", CYAML_FLAG_OPTIONAL, months),
	LIST("covers", CYAML_FLAG_OPTIONAL, covers, ROSTER_COVERS_MAX),
	CYAML_FIELD_END,
};

bool
member_current(const struct member *m, uint64_t utc_s)
{
	return m->valid_from <= utc_s && utc_s < m->valid_until;
}

bool
member_has(const struct member *m, unsigned role)
{
	return (m->roles & role) != 0;
}

bool
member_same(const struct member *a, const struct member *b)
{
	if (a->n_covers != b->n_covers)
		return false;
	for (unsigned i = 0; i < a->n_covers; i++)
		if (strcmp(a->covers[i], b->covers[i]) != 0)
			return false;
	return party_id_same(&a->id, &b->id) && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->organisation, b->organisation) == 0 &&
	       a->roles == b->roles && a->sector == b->sector &&
	       memcmp(a->sign_public, b->sign_public, SIGN_PUBLIC) == 0 &&
	       memcmp(a->tls_fingerprint, b->tls_fingerprint,
		   sizeof(a->tls_fingerprint)) == 0 &&
	       a->valid_from == b->valid_from &&
	       a->valid_until == b->valid_until &&
	       a->synthetic == b->synthetic && a->sources == b->sources &&
	       a->first_month == b->first_month && a->n_months == b->n_months;
}

bool
member_colleagues(const struct member *a, const struct member *b)
{
	return strcasecmp(a->organisation, b->organisation) == 0;
}

static enum err
take_roles(
    struct member *m, const struct value_file *f, const struct member_raw *raw)
{
	for (unsigned i = 0; i < raw->n_roles; i++) {
		unsigned role;

		if (role_parse(&role, raw->roles[i]) != E_OK)
			return value_bad(f, "roles",
			    "'%.40s' is no role; write node, helper, approver, "
			    "researcher, auditor or coordinator",
			    raw->roles[i]);
		if ((m->roles & role) != 0)
			return value_bad(f, "roles", "'%s' twice; remove one",
			    raw->roles[i]);
		m->roles |= role;
	}
	if (m->roles == 0)
		return value_bad(f, "roles", "empty; write at least one");
	if (sector_parse(&m->sector, raw->sector) != E_OK)
		return value_bad(f, "sector",
		    "'%.40s' is no sector; write police, nhs, other or none",
		    raw->sector);
	return E_OK;
}

static enum err
take_sources(
    struct member *m, const struct value_file *f, const struct member_raw *raw)
{
	for (unsigned i = 0; i < raw->n_sources; i++) {
		uint32_t source;

		if (source_parse(&source, raw->sources[i]) != E_OK)
			return value_bad(f, "sources",
			    "'%.40s' is no source; write " SOURCE_WORDS,
			    raw->sources[i]);
		if ((m->sources & source) != 0)
			return value_bad(f, "sources", "'%s' twice; remove one",
			    raw->sources[i]);
		m->sources |= source;
	}
	return E_OK;
}

/* A code of the Government Statistical Service, such as W15000003? */
static bool
gss_good(const char *s)
{
	return strlen(s) == GSS - 1 && s[0] >= 'A' && s[0] <= 'Z' &&
	       strspn(s + 1, "0123456789") == GSS - 2;
}

static enum err
take_covers(
    struct member *m, const struct value_file *f, const struct member_raw *raw)
{
	for (unsigned i = 0; i < raw->n_covers; i++) {
		if (!gss_good(raw->covers[i]))
			return value_bad(f, "covers",
			    "'%.40s' is no area code; write that of a police "
			    "force area, such as W15000003",
			    raw->covers[i]);
		memcpy(m->covers[i], raw->covers[i], GSS);
		if (i > 0 && strcmp(m->covers[i - 1], m->covers[i]) >= 0)
			return value_bad(f, "covers",
			    "%s after %s; write them in order, each once",
			    m->covers[i], m->covers[i - 1]);
	}
	m->n_covers = raw->n_covers;
	return E_OK;
}

/* What only nodes have. */
static enum err
take_node(
    struct member *m, const struct value_file *f, const struct member_raw *raw)
{
	enum err e;

	if (!member_has(m, ROLE_NODE)) {
		if (raw->synthetic != NULL || raw->n_sources > 0 ||
		    raw->months != NULL || raw->n_covers > 0)
			return value_bad(f, NULL,
			    "synthetic, sources, months and covers are of "
			    "nodes; remove them, or add the role node");
		return E_OK;
	}
	if (raw->n_sources == 0 || raw->months == NULL)
		return value_bad(
		    f, NULL, "a node without sources or months; add them");
	if (m->sector == SECTOR_NONE)
		return value_bad(f, "sector",
		    "none, for a node; write police, nhs or other");
	if (raw->synthetic != NULL &&
	    (e = value_yes(&m->synthetic, f, "synthetic", raw->synthetic)) !=
		E_OK)
		return e;
	if ((e = take_sources(m, f, raw)) != E_OK ||
	    (e = value_months(&m->first_month, &m->n_months, f, "months",
		 raw->months)) != E_OK)
		return e;
	return take_covers(m, f, raw);
}

/* What governance adds to a request. */
static enum err
take_admitted(struct member *m, const struct value_file *f,
    const struct member_raw *raw, bool admitted)
{
	enum err e;

	if (!admitted) {
		if (raw->tls_fingerprint != NULL || raw->valid_from != NULL ||
		    raw->valid_until != NULL)
			return value_bad(f, NULL,
			    "tls_fingerprint, valid_from and valid_until are "
			    "set by governance; remove them");
		return E_OK;
	}
	if (raw->tls_fingerprint == NULL || raw->valid_from == NULL ||
	    raw->valid_until == NULL)
		return value_bad(f, NULL,
		    "tls_fingerprint, valid_from or valid_until is missing; "
		    "add the party by its join request");
	if ((e = value_hex(m->tls_fingerprint, sizeof(m->tls_fingerprint), f,
		 "tls_fingerprint", raw->tls_fingerprint)) != E_OK ||
	    (e = value_time(
		 &m->valid_from, f, "valid_from", raw->valid_from)) != E_OK ||
	    (e = value_time(
		 &m->valid_until, f, "valid_until", raw->valid_until)) != E_OK)
		return e;
	if (m->valid_from >= m->valid_until)
		return value_bad(f, "valid_until",
		    "not after valid_from; write a later time");
	return E_OK;
}

enum err
member_take(struct member *out, const struct value_file *f,
    const struct member_raw *raw, bool admitted)
{
	struct member m;
	enum err e;

	memset(&m, 0, sizeof(m));
	if ((e = value_party(&m.id, f, "id", raw->id)) != E_OK ||
	    (e = value_words(m.name, sizeof(m.name), f, "name", raw->name)) !=
		E_OK ||
	    (e = value_words(m.organisation, sizeof(m.organisation), f,
		 "organisation", raw->organisation)) != E_OK ||
	    (e = take_roles(&m, f, raw)) != E_OK ||
	    (e = value_base64(m.sign_public, sizeof(m.sign_public), f,
		 "sign_key", raw->sign_key)) != E_OK ||
	    (e = take_admitted(&m, f, raw, admitted)) != E_OK ||
	    (e = take_node(&m, f, raw)) != E_OK)
		return e;
	*out = m;
	return E_OK;
}

/* "key: [a, b]" of the bits that text names. */
static void
put_bits(FILE *out, const char *before, const char *key, unsigned bits,
    const char *(*text)(unsigned))
{
	const char *comma = "";

	(void)fprintf(out, "%s%s: [", before, key);
	for (unsigned i = 0; i < 32; i++)
		if ((bits >> i & 1) != 0) {
			(void)fprintf(out, "%s%s", comma, text(1U << i));
			comma = ", ";
		}
	(void)fputs("]\n", out);
}

static void
put_quoted(FILE *out, const char *before, const char *key, const char *s)
{
	(void)fprintf(out, "%s%s: ", before, key);
	yaml_quote(out, s);
	(void)fputc('\n', out);
}

static void
put_node(FILE *out, const struct member *m, const char *rest)
{
	if (m->synthetic)
		(void)fprintf(out, "%ssynthetic: true\n", rest);
	put_bits(out, rest, "sources", m->sources, source_text);
	(void)fprintf(out, "%smonths: ", rest);
	value_put_months(out, m->first_month, m->n_months);
	(void)fprintf(out, "\n%scovers: [", rest);
	for (unsigned i = 0; i < m->n_covers; i++)
		(void)fprintf(out, "%s%s", i == 0 ? "" : ", ", m->covers[i]);
	(void)fputs("]\n", out);
}

void
member_put(FILE *out, const struct member *m, const char *first,
    const char *rest, bool admitted)
{
	char key[BASE64_LEN(SIGN_PUBLIC)], hex[HEX_LEN(32)];
	char from[TIME_TEXT], until[TIME_TEXT];

	(void)fprintf(out, "%sid: \"%s\"\n", first, m->id.s);
	put_quoted(out, rest, "name", m->name);
	put_quoted(out, rest, "organisation", m->organisation);
	put_bits(out, rest, "roles", m->roles, role_text);
	(void)fprintf(out, "%ssector: %s\n", rest, sector_text(m->sector));
	base64_text(key, m->sign_public, sizeof(m->sign_public));
	(void)fprintf(out, "%ssign_key: %s\n", rest, key);
	if (admitted) {
		hex_text(hex, m->tls_fingerprint, sizeof(m->tls_fingerprint));
		time_text(from, m->valid_from);
		time_text(until, m->valid_until);
		(void)fprintf(out,
		    "%stls_fingerprint: %s\n%svalid_from: %s\n"
		    "%svalid_until: %s\n",
		    rest, hex, rest, from, rest, until);
	}
	if (member_has(m, ROLE_NODE))
		put_node(out, m, rest);
}
