#include "policies/roster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/note.h"
#include "model/month.h"

#define TEXT_MOST 512

struct roster_raw {
	char *federation, *demo, *epoch, *valid_from, *valid_until;
	struct member_raw *members;
	unsigned n_members;
};

#define FIELD(member)                                                          \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, struct roster_raw, \
	    member, 1, TEXT_MOST)

static const cyaml_schema_value_t member_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct member_raw, member_fields) };

static const cyaml_schema_field_t fields[] = {
	FIELD(federation),
	FIELD(demo),
	FIELD(epoch),
	FIELD(valid_from),
	FIELD(valid_until),
	CYAML_FIELD_SEQUENCE_COUNT("members", CYAML_FLAG_POINTER,
	    struct roster_raw, members, n_members, &member_schema, 0,
	    ROSTER_PARTIES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct roster_raw, fields) };

/* Is member i no copy of one before it?  A key held by two parties would let
 * one speak, or approve, as the other. */
static enum err
check_distinct(const struct roster *r, const struct value_file *f, unsigned i)
{
	const struct member *m = &r->members[i];

	if (i > 0 && strcmp(m[-1].id.s, m->id.s) >= 0)
		return value_bad(f, "id",
		    "'%s' after '%s'; write the members in order of id, each "
		    "once",
		    m->id.s, m[-1].id.s);
	for (const struct member *o = r->members; o < m; o++) {
		if (memcmp(o->sign_public, m->sign_public, SIGN_PUBLIC) == 0)
			return value_bad(f, "sign_key",
			    "the key of '%s'; every party needs its own",
			    o->id.s);
		if (memcmp(o->tls_fingerprint, m->tls_fingerprint,
			sizeof(m->tls_fingerprint)) == 0)
			return value_bad(f, "tls_fingerprint",
			    "that of '%s'; every party needs its own", o->id.s);
	}
	return E_OK;
}

static enum err
take_head(
    struct roster *r, const struct value_file *f, const struct roster_raw *raw)
{
	uint64_t epoch;
	enum err e;

	if ((e = value_words(r->federation, sizeof(r->federation), f,
		 "federation", raw->federation)) != E_OK ||
	    (e = value_yes(&r->demo, f, "demo", raw->demo)) != E_OK ||
	    (e = value_number(&epoch, f, "epoch", raw->epoch, 0, UINT32_MAX)) !=
		E_OK ||
	    (e = value_time(
		 &r->valid_from, f, "valid_from", raw->valid_from)) != E_OK ||
	    (e = value_time(
		 &r->valid_until, f, "valid_until", raw->valid_until)) != E_OK)
		return e;
	if (r->valid_from >= r->valid_until)
		return value_bad(f, "valid_until",
		    "not after valid_from; write a later time");
	r->epoch = (uint32_t)epoch;
	return E_OK;
}

static enum err
take(struct roster *r, struct value_file *f, const struct roster_raw *raw)
{
	enum err e;

	if ((e = take_head(r, f, raw)) != E_OK)
		return e;
	for (unsigned i = 0; i < raw->n_members; i++) {
		value_in(f, "members[%u]", i);
		if ((e = member_take(
			 &r->members[i], f, &raw->members[i], true)) != E_OK ||
		    (e = check_distinct(r, f, i)) != E_OK)
			return e;
	}
	r->n = raw->n_members;
	hash_label(r->hash, "ward/roster/1", f->text, f->len);
	return E_OK;
}

enum err
roster_parse(struct roster **out, const char *text, size_t len,
    const char *name, struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	struct roster *r = NULL;
	void *raw = NULL;
	enum err e;

	if ((e = yaml_load(&raw, &schema, text, len, name, fault)) != E_OK)
		goto out;
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if ((e = take(r, &f, raw)) != E_OK)
		goto out;
	*out = r;
	r = NULL;
out:
	free(r);
	yaml_drop(&schema, raw);
	return e;
}

/* Have enough different governance keys signed?  g's names and keys differ
 * from each other, so no signature counts twice. */
static bool
note_believed(const struct note *note, const struct governance *g)
{
	unsigned good = 0;

	for (unsigned i = 0; i < g->n; i++)
		if (note_signed_by(note, g->keys[i].name, g->keys[i].public))
			good++;
	return good >= g->need && good > 0;
}

enum err
roster_read(struct roster **out, const struct governance *g, const char *note,
    size_t len, struct fault *fault)
{
	struct roster *r;
	struct note n;
	enum err e;

	if ((e = note_parse(&n, note, len)) != E_OK) {
		fault_set(fault, "roster.note: %s; ask governance for it again",
		    e == E_LIMIT ? "too long" : "not a signed note");
		return e;
	}
	if (!note_believed(&n, g)) {
		fault_set(fault,
		    "roster.note: not signed by %u of the governance keys; "
		    "ask governance for the roster of this federation",
		    g->need);
		return E_SIGNATURE;
	}
	if ((e = roster_parse(&r, n.text, n.len, "roster.note", fault)) != E_OK)
		return e;
	if (strcmp(r->federation, g->federation) != 0) {
		fault_set(fault,
		    "roster.note: of the federation '%s', not '%s'; ask "
		    "governance for the right one",
		    r->federation, g->federation);
		free(r);
		return E_CONFIG;
	}
	*out = r;
	return E_OK;
}

enum err
roster_text(char **out, const struct roster *r)
{
	char *text = NULL, from[TIME_TEXT], until[TIME_TEXT];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return E_NOMEM;
	time_text(from, r->valid_from);
	time_text(until, r->valid_until);
	(void)fputs("federation: ", f);
	yaml_quote(f, r->federation);
	(void)fprintf(f,
	    "\ndemo: %s\nepoch: %" PRIu32 "\nvalid_from: %s\n"
	    "valid_until: %s\nmembers:%s\n",
	    r->demo ? "true" : "false", r->epoch, from, until,
	    r->n == 0 ? " []" : "");
	for (unsigned i = 0; i < r->n; i++)
		member_put(f, &r->members[i], "  - ", "    ", true);
	return yaml_done(out, f, &text);
}

/* bsearch: an id against a member. */
static int
compare_id(const void *id, const void *m)
{
	const struct party_id *a = id;
	const struct member *b = m;

	return memcmp(a->s, b->id.s, PARTY_ID);
}

const struct member *
roster_find(const struct roster *r, const struct party_id *id)
{
	return bsearch(id, r->members, r->n, sizeof(r->members[0]), compare_id);
}

bool
roster_current(const struct roster *r, uint64_t utc_s)
{
	return r->valid_from <= utc_s && utc_s < r->valid_until;
}
