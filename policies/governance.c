#include "policies/governance.h"

#include <string.h>

#include "base/hex.h"
#include "base/wr.h"
#include "crypto/hash.h"

#define TEXT_MOST 512

static const cyaml_schema_field_t key_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER,
	    struct governance_raw_key, name, 1, TEXT_MOST),
	CYAML_FIELD_STRING_PTR("public", CYAML_FLAG_POINTER,
	    struct governance_raw_key, public, 1, TEXT_MOST),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t key_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct governance_raw_key, key_fields) };

const cyaml_schema_field_t governance_fields[] = {
	CYAML_FIELD_STRING_PTR("federation", CYAML_FLAG_POINTER,
	    struct governance_raw, federation, 1, TEXT_MOST),
	CYAML_FIELD_STRING_PTR("need", CYAML_FLAG_POINTER,
	    struct governance_raw, need, 1, TEXT_MOST),
	CYAML_FIELD_SEQUENCE_COUNT("keys", CYAML_FLAG_POINTER,
	    struct governance_raw, keys, n_keys, &key_schema, 1,
	    GOVERNANCE_KEYS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct governance_raw, governance_fields) };

void
governance_seal(struct governance *g)
{
	uint8_t buf[2 + sizeof(g->keys) + sizeof(g->federation)];
	struct wr w = wr_over(buf, sizeof(buf));

	wr_u8(&w, (uint8_t)g->need);
	wr_u8(&w, (uint8_t)g->n);
	for (unsigned i = 0; i < g->n; i++) {
		wr_bytes(&w, g->keys[i].name, sizeof(g->keys[i].name));
		wr_bytes(&w, g->keys[i].public, sizeof(g->keys[i].public));
	}
	wr_bytes(&w, g->federation, strlen(g->federation));
	hash_label(g->fingerprint, "ward/governance/1", buf, w.len);
}

/* One key; the same key under two names would sign for two. */
static enum err
take_key(struct governance *g, struct value_file *f,
    const struct governance_raw_key *raw)
{
	struct governance_key *k = &g->keys[g->n];
	struct party_id name;
	enum err e;

	if ((e = value_party(&name, f, "name", raw->name)) != E_OK ||
	    (e = value_base64(k->public, sizeof(k->public), f, "public",
		 raw->public)) != E_OK)
		return e;
	memcpy(k->name, name.s, sizeof(k->name));
	if (g->n > 0 && strcmp(k[-1].name, k->name) >= 0)
		return value_bad(f, "name",
		    "'%s' after '%s'; write the names in order, each once",
		    k->name, k[-1].name);
	for (unsigned i = 0; i < g->n; i++)
		if (memcmp(g->keys[i].public, k->public, SIGN_PUBLIC) == 0)
			return value_bad(f, "public",
			    "the key of '%s'; every key needs its own",
			    g->keys[i].name);
	g->n++;
	return E_OK;
}

enum err
governance_take(struct governance *out, struct value_file *f,
    const struct governance_raw *raw)
{
	struct governance g;
	char in[sizeof(f->in)];
	uint64_t need;
	enum err e;

	memset(&g, 0, sizeof(g));
	memcpy(in, f->in, sizeof(in));
	if ((e = value_words(g.federation, sizeof(g.federation), f,
		 "federation", raw->federation)) != E_OK ||
	    (e = value_number(&need, f, "need", raw->need, 1, raw->n_keys)) !=
		E_OK)
		return e;
	for (unsigned i = 0; i < raw->n_keys && e == E_OK; i++) {
		value_in(f, "%.40s%skeys[%u]", in, in[0] == '\0' ? "" : ".", i);
		e = take_key(&g, f, &raw->keys[i]);
	}
	memcpy(f->in, in, sizeof(in));
	if (e != E_OK)
		return e;
	g.need = (unsigned)need;
	governance_seal(&g);
	*out = g;
	return E_OK;
}

enum err
governance_read(struct governance *out, const char *text, size_t len,
    const char *name, struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	void *raw;
	enum err e;

	if ((e = yaml_load(&raw, &schema, text, len, name, fault)) != E_OK)
		return e;
	e = governance_take(out, &f, raw);
	yaml_drop(&schema, raw);
	return e;
}

void
governance_put(FILE *out, const struct governance *g, const char *before)
{
	char key[BASE64_LEN(SIGN_PUBLIC)];

	(void)fprintf(out, "%sfederation: ", before);
	yaml_quote(out, g->federation);
	(void)fprintf(out, "\n%sneed: %u\n%skeys:\n", before, g->need, before);
	for (unsigned i = 0; i < g->n; i++) {
		base64_text(key, g->keys[i].public, SIGN_PUBLIC);
		(void)fprintf(out, "%s  - name: \"%s\"\n%s    public: %s\n",
		    before, g->keys[i].name, before, key);
	}
}

enum err
governance_text(char **out, const struct governance *g)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return E_NOMEM;
	(void)fputs("# Whom a roster of this federation is believed from.\n"
		    "# Compare the fingerprint by another channel.\n",
	    f);
	governance_put(f, g, "");
	return yaml_done(out, f, &text);
}
