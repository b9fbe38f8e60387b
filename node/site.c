#include "node/site.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"

#define AREAS "areas/lsoa11.csv"
#define RULES "rules/themes.csv"
#define PUBLIC_MAX ((size_t)64 * 1024 * 1024) /* bytes of one file */

/* Sets the fault, if nobody has, to "PATH: what; do". */
static enum err
fail(struct fault *fault, const char *path, enum err e, const char *todo)
{
	fault_set(fault, "%.200s: %s; %s", path, err_text(e), todo);
	return e;
}

enum err
site_policy(struct policy *out, const char *dir, const struct party_id *party,
    struct fault *fault)
{
	char path[FILE_PATH], *text = NULL;
	struct policy p;
	size_t len;
	enum err e = file_path(path, dir, SITE_POLICY);

	if (e == E_OK)
		e = file_read(&text, &len, path, YAML_MAX);
	if (e != E_OK)
		return fail(fault, SITE_POLICY, e,
		    "`ward-node init` writes one to start from");
	e = policy_read(&p, text, len, path, fault);
	free(text);
	if (e != E_OK)
		return e;
	if (!party_id_same(&p.node, party)) {
		fault_set(fault,
		    "%.200s: it is the policy of '%s', this node "
		    "is '%s'; correct node:",
		    path, p.node.s, party->s);
		return E_CONFIG;
	}
	*out = p;
	return E_OK;
}

enum err
site_keys(struct keys *out, const char *dir, struct fault *fault)
{
	uint8_t secret[KEYS_STORE];
	char path[FILE_PATH];
	enum err e = file_path(path, dir, SITE_STORE_KEY);

	if (e == E_OK)
		e = keyfile_load(path, "store", secret, sizeof(secret));
	if (e == E_OK)
		keys_derive(out, secret);
	else
		(void)fail(fault, path, e,
		    "put it back from a backup: records loaded with another "
		    "key are other people");
	random_wipe(secret, sizeof(secret));
	return e;
}

static enum err
read_public(char **text, size_t *len, uint8_t hash[32], const char *data,
    const char *name, struct fault *fault)
{
	char path[FILE_PATH];
	enum err e = file_path(path, data, name);

	if (e == E_OK)
		e = file_read(text, len, path, PUBLIC_MAX);
	if (e != E_OK)
		return fail(fault, name, e,
		    "check data: in node.yaml, or install Ward again");
	hash_bytes32(hash, *text, *len);
	return E_OK;
}

enum err
site_public(struct site *out, const char *data, struct fault *fault)
{
	char *areas = NULL, *rules = NULL;
	size_t areas_len, rules_len, line;
	struct areas *a = NULL;
	enum err e;

	if ((e = read_public(&areas, &areas_len, out->areas_hash, data, AREAS,
		 fault)) != E_OK ||
	    (e = read_public(&rules, &rules_len, out->rules_hash, data, RULES,
		 fault)) != E_OK)
		goto out;
	if ((e = areas_parse(&a, areas, areas_len, &line)) != E_OK) {
		e = fail(fault, AREAS, e, "install Ward again");
		goto out;
	}
	if ((e = themes_parse(&out->themes, rules, rules_len, &line)) != E_OK) {
		e = fail(fault, RULES, e, "install Ward again");
		goto out;
	}
	out->areas = a;
	a = NULL;
out:
	areas_free(a);
	free(areas);
	free(rules);
	return e;
}

/* Does what was read fit together? */
static enum err
check_together(const struct site *s, struct fault *fault)
{
	if (s->identity.roster->demo && !s->policy.demo) {
		fault_set(fault,
		    "%.200s: the roster is a demonstration's; a real node "
		    "must not be in one (demo: true in " SITE_POLICY
		    " allows it)",
		    s->dir);
		return E_CONFIG;
	}
	if (!member_has(s->identity.me, ROLE_NODE)) {
		fault_set(fault,
		    "%.200s: the roster does not have '%s' as a node; ask "
		    "governance to add its join-request.yaml",
		    s->dir, s->config.party.s);
		return E_CONFIG;
	}
	return E_OK;
}

enum err
site_open(struct site *out, const char *dir, bool keys, struct fault *fault)
{
	struct site *s = calloc(1, sizeof(*s));
	enum err e;

	if (s == NULL)
		return E_NOMEM;
	if (strlen(dir) >= sizeof(s->dir)) {
		e = fail(fault, "the folder's name", E_LIMIT, "shorten it");
		goto out;
	}
	strcpy(s->dir, dir);
	if ((e = config_load(&s->config, dir, fault)) != E_OK ||
	    (e = site_policy(&s->policy, dir, &s->config.party, fault)) !=
		E_OK ||
	    (e = site_public(s, s->config.data, fault)) != E_OK ||
	    (e = identity_load(
		 &s->identity, dir, &s->config.party, keys, fault)) != E_OK)
		goto out;
	if ((e = check_together(s, fault)) != E_OK)
		goto out;

	*out = *s;
	memset(s, 0, sizeof(*s));
out:
	site_close(s);
	random_wipe(s, sizeof(*s));
	free(s);
	return e;
}

void
site_close(struct site *s)
{
	areas_free(s->areas);
	themes_free(s->themes);
	identity_free(&s->identity);
	s->areas = NULL;
	s->themes = NULL;
}
