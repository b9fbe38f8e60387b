#include "policies/govern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/note.h"
#include "policies/folder.h"

#define KEY_KIND "governance"
#define SKEW_S 300 /* others' clocks may be behind by that */
#define DAYS 365
#define DAYS_DEMO 7
#define CA_DAYS 3650
#define CA_DAYS_DEMO 30
#define CA_NAME_MAX 64

static unsigned
days_of(bool demo)
{
	return demo ? DAYS_DEMO : DAYS;
}

static uint64_t
start_of(uint64_t now_s)
{
	return now_s < SKEW_S ? 0 : now_s - SKEW_S;
}

static enum err
write_draft(const char *dir, const struct roster *r, struct fault *fault)
{
	char *text = NULL;
	enum err e = roster_text(&text, r);

	if (e == E_OK)
		e = folder_write(dir, "roster.yaml", text, strlen(text), fault);
	free(text);
	return e;
}

/* The draft written only if it can be read again: a key that two parties hold,
 * or a name that no roster holds, is found here. */
static enum err
write_draft_checked(
    const char *dir, const struct roster *r, struct fault *fault)
{
	struct roster *again = NULL;
	char *text = NULL;
	enum err e;

	if ((e = roster_text(&text, r)) == E_OK &&
	    (e = roster_parse(
		 &again, text, strlen(text), "new roster.yaml", fault)) == E_OK)
		e = folder_write(dir, "roster.yaml", text, strlen(text), fault);
	free(again);
	free(text);
	return e;
}

enum err
govern_draft(struct roster **out, const char *dir, struct fault *fault)
{
	char *text = NULL;
	enum err e;

	if ((e = folder_read(&text, dir, "roster.yaml", YAML_MAX, fault)) ==
	    E_OK)
		e = roster_parse(out, text, strlen(text), "roster.yaml", fault);
	free(text);
	return e;
}

static enum err
read_governance(struct governance *out, const char *dir, struct fault *fault)
{
	char *text = NULL;
	enum err e;

	if ((e = folder_read(&text, dir, "governance.yaml", YAML_MAX, fault)) ==
	    E_OK)
		e = governance_read(
		    out, text, strlen(text), "governance.yaml", fault);
	free(text);
	return e;
}

/* The roster in force and, if note is not NULL, its note. */
static enum err
read_in_force(struct roster **out, char **note, const char *dir,
    const struct governance *g, struct fault *fault)
{
	char *text = NULL;
	enum err e;

	if (!folder_has(dir, "roster.note")) {
		fault_set(fault,
		    "%.150s: no roster is in force; sign the draft first", dir);
		return E_NOTFOUND;
	}
	if ((e = folder_read(&text, dir, "roster.note", NOTE_MAX, fault)) ==
		E_OK &&
	    (e = roster_read(out, g, text, strlen(text), fault)) == E_OK &&
	    note != NULL) {
		*note = text;
		return E_OK;
	}
	free(text);
	return e;
}

/* New */

/* The governance, its keys still unset; E_ARG when it cannot be written as a
 * file. */
static enum err
new_governance(
    struct governance *out, const struct govern_new *n, struct fault *fault)
{
	struct governance g = { .need = n->need, .n = n->keys }, again;
	char *text = NULL;
	enum err e;

	if (n->keys < 1 || n->keys > GOVERNANCE_KEYS_MAX || n->need < 1 ||
	    n->need > n->keys || strlen(n->federation) >= ROSTER_NAME) {
		fault_set(fault,
		    "1 to %d keys, of which 1 or more must sign, and a name "
		    "of at most %d bytes",
		    GOVERNANCE_KEYS_MAX, ROSTER_NAME - 1);
		return E_ARG;
	}
	strcpy(g.federation, n->federation);
	for (unsigned i = 0; i < g.n; i++) {
		g.keys[i].name[0] = 'g';
		g.keys[i].name[1] = (char)('1' + i);
		g.keys[i].public[0] = (uint8_t)i; /* until there is one */
	}
	static_assert(GOVERNANCE_KEYS_MAX <= 9, "one digit");
	if ((e = governance_text(&text, &g)) == E_OK)
		e = governance_read(
		    &again, text, strlen(text), "governance.yaml", fault);
	free(text);
	if (e == E_OK && strcmp(again.federation, g.federation) != 0) {
		fault_set(fault,
		    "the federation's name holds a line break; remove it");
		e = E_ARG;
	}
	if (e == E_OK)
		*out = g;
	return e == E_CONFIG ? E_ARG : e;
}

static enum err
new_keys(struct governance *g, const char *dir, struct fault *fault)
{
	char path[FILE_PATH], name[PARTY_ID + sizeof(".key")];
	struct sign_key key;
	enum err e;

	if ((e = file_path(path, dir, "governance")) != E_OK ||
	    (e = folder_make(path, fault)) != E_OK)
		return e;
	for (unsigned i = 0; i < g->n; i++) {
		(void)snprintf(name, sizeof(name), "%s.key", g->keys[i].name);
		if ((e = folder_key_new(&key, path, name, KEY_KIND, fault)) !=
		    E_OK)
			return e;
		memcpy(g->keys[i].public, key.public, SIGN_PUBLIC);
		sign_wipe(&key);
	}
	governance_seal(g);
	return E_OK;
}

/* The authority shows the federation's name where X.509 can hold it. */
static enum err
new_authority(const char *dir, const struct govern_new *n, struct fault *fault)
{
	char cert[FILE_PATH], key[FILE_PATH];
	const char *name = n->federation;
	enum err e;

	for (const char *s = name; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x7f || s - name >= CA_NAME_MAX) {
			name = "Ward federation";
			break;
		}
	if ((e = file_path(cert, dir, "ca.pem")) != E_OK ||
	    (e = file_path(key, dir, "ca.key")) != E_OK ||
	    (e = cert_ca_new(
		 cert, key, name, n->demo ? CA_DAYS_DEMO : CA_DAYS)) != E_OK)
		fault_set(fault, "%.150s/ca.key: %s; check the folder", dir,
		    err_text(e));
	return e;
}

static enum err
new_draft(const char *dir, const struct govern_new *n, uint64_t now_s,
    struct fault *fault)
{
	struct roster *r = calloc(1, sizeof(*r));
	enum err e;

	if (r == NULL)
		return E_NOMEM;
	strcpy(r->federation, n->federation);
	r->demo = n->demo;
	r->valid_from = start_of(now_s);
	r->valid_until = now_s + days_of(n->demo) * UINT64_C(86400);
	e = write_draft(dir, r, fault);
	free(r);
	return e;
}

enum err
govern_new(const char *dir, const struct govern_new *n, uint64_t now_s,
    struct fault *fault)
{
	struct governance g;
	char issued[FILE_PATH], *text = NULL;
	enum err e;

	if ((e = new_governance(&g, n, fault)) != E_OK ||
	    (e = file_path(issued, dir, "issued")) != E_OK ||
	    (e = folder_make(dir, fault)) != E_OK)
		return e;
	if (folder_has(dir, "governance") ||
	    folder_has(dir, "governance.yaml") || folder_has(dir, "ca.key")) {
		fault_set(fault,
		    "%.200s: holds a governance already; its keys are never "
		    "overwritten, choose another folder",
		    dir);
		return E_EXISTS;
	}
	if ((e = new_keys(&g, dir, fault)) == E_OK &&
	    (e = new_authority(dir, n, fault)) == E_OK &&
	    (e = folder_make(issued, fault)) == E_OK &&
	    (e = new_draft(dir, n, now_s, fault)) == E_OK &&
	    (e = governance_text(&text, &g)) == E_OK)
		e = folder_write(
		    dir, "governance.yaml", text, strlen(text), fault);
	free(text);
	return e;
}

/* Add and remove */

static enum err
issue(char **pem, const char *dir, const struct enrol_request *r, unsigned days,
    struct fault *fault)
{
	const char *names[CERT_NAMES_MAX];
	char cert[FILE_PATH], key[FILE_PATH];
	enum err e;

	for (unsigned i = 0; i < r->n_names; i++)
		names[i] = r->names[i];
	if ((e = file_path(cert, dir, "ca.pem")) != E_OK ||
	    (e = file_path(key, dir, "ca.key")) != E_OK)
		return e;
	e = cert_issue(
	    pem, cert, key, r->csr_pem, &r->member.id, names, r->n_names, days);
	if (e == E_SIGNATURE || e == E_FORMAT || e == E_ARG) {
		fault_set(fault,
		    "'%s': its certificate request cannot be granted (%s); "
		    "ask for a new join request",
		    r->member.id.s, err_text(e));
		return e == E_SIGNATURE ? e : E_CONFIG;
	}
	if (e != E_OK)
		fault_set(fault, "%.150s/ca.key: %s; check ca.key and ca.pem",
		    dir, err_text(e));
	return e;
}

/* Put m at its place among the members, or over its older self. */
static enum err
insert(struct roster *r, const struct member *m, struct fault *fault)
{
	unsigned i = 0;

	while (i < r->n && strcmp(r->members[i].id.s, m->id.s) < 0)
		i++;
	if (i < r->n && party_id_same(&r->members[i].id, &m->id)) {
		r->members[i] = *m;
		return E_OK;
	}
	if (r->n == ROSTER_PARTIES_MAX) {
		fault_set(fault,
		    "the roster holds %d parties already; remove one first",
		    ROSTER_PARTIES_MAX);
		return E_LIMIT;
	}
	memmove(&r->members[i + 1], &r->members[i],
	    (r->n - i) * sizeof(r->members[0]));
	r->members[i] = *m;
	r->n++;
	return E_OK;
}

static enum err
add(const char *dir, struct roster *draft, const struct enrol_request *r,
    uint64_t now_s, struct fault *fault)
{
	char name[PARTY_ID + sizeof("issued/.pem")], *pem = NULL;
	struct member m = r->member;
	enum err e;

	(void)snprintf(name, sizeof(name), "issued/%s.pem", m.id.s);
	if ((e = issue(&pem, dir, r, days_of(draft->demo), fault)) != E_OK ||
	    (e = cert_fingerprint_pem(m.tls_fingerprint, pem, strlen(pem))) !=
		E_OK ||
	    (e = cert_party(NULL, &m.valid_until, pem, strlen(pem))) != E_OK)
		goto out;
	m.valid_from = start_of(now_s);
	if ((e = insert(draft, &m, fault)) == E_OK &&
	    (e = write_draft_checked(dir, draft, fault)) == E_OK)
		e = folder_write(dir, name, pem, strlen(pem), fault);
out:
	free(pem);
	return e;
}

enum err
govern_add(const char *dir, const char *request, size_t len, const char *name,
    uint64_t now_s, struct fault *fault)
{
	struct enrol_request *r = calloc(1, sizeof(*r));
	struct roster *draft = NULL;
	enum err e;

	if (r == NULL)
		return E_NOMEM;
	if ((e = enrol_request_read(r, request, len, name, fault)) == E_OK &&
	    (e = govern_draft(&draft, dir, fault)) == E_OK)
		e = add(dir, draft, r, now_s, fault);
	free(draft);
	free(r);
	return e;
}

enum err
govern_remove(
    const char *dir, const struct party_id *party, struct fault *fault)
{
	struct roster *r = NULL;
	unsigned i = 0;
	enum err e;

	if ((e = govern_draft(&r, dir, fault)) != E_OK)
		return e;
	while (i < r->n && !party_id_same(&r->members[i].id, party))
		i++;
	if (i == r->n) {
		fault_set(fault, "roster.yaml does not name '%s'; check the id",
		    party->s);
		e = E_NOTFOUND;
	} else {
		r->n--;
		memmove(&r->members[i], &r->members[i + 1],
		    (r->n - i) * sizeof(r->members[0]));
		e = write_draft(dir, r, fault);
	}
	free(r);
	return e;
}

/* Sign */

/* One more signature on the note, or the first on the text. */
static enum err
sign_one(char **note, size_t *note_len, const char *text, const char *dir,
    const char *name, const struct governance *g, struct fault *fault)
{
	char file[sizeof("governance/.key") + PARTY_ID], *more;
	struct party_id id;
	struct sign_key key;
	bool known = false;
	size_t len;
	enum err e;

	if (party_id_parse(&id, name, strlen(name)) != E_OK) {
		fault_set(fault,
		    "'%.40s' is no governance key; write its "
		    "name, such as g1",
		    name);
		return E_CONFIG;
	}
	(void)snprintf(file, sizeof(file), "governance/%s.key", id.s);
	if ((e = folder_key(&key, dir, file, KEY_KIND, fault)) != E_OK)
		return e;
	for (unsigned i = 0; i < g->n; i++)
		if (strcmp(g->keys[i].name, id.s) == 0 &&
		    memcmp(g->keys[i].public, key.public, SIGN_PUBLIC) == 0)
			known = true;
	if (!known)
		e = E_CONFIG;
	else if (*note == NULL)
		e = note_make(&more, &len, text, strlen(text), id.s, &key);
	else
		e = note_append(&more, &len, *note, *note_len, id.s, &key);
	sign_wipe(&key);
	if (e != E_OK) {
		fault_set(fault,
		    "the key '%s': %s; name each key of "
		    "governance.yaml once",
		    id.s, err_text(e));
		return e;
	}
	free(*note);
	*note = more;
	*note_len = len;
	return E_OK;
}

/* The draft as what is to be signed: the next epoch, valid from now on. */
static enum err
renew(struct roster *draft, const char *dir, const struct governance *g,
    uint64_t now_s, struct fault *fault)
{
	struct roster *old = NULL;
	enum err e;

	if (strcmp(draft->federation, g->federation) != 0) {
		fault_set(fault,
		    "roster.yaml is of '%s', governance.yaml of '%s'; correct "
		    "the draft",
		    draft->federation, g->federation);
		return E_CONFIG;
	}
	draft->epoch = 1;
	if (folder_has(dir, "roster.note")) {
		if ((e = read_in_force(&old, NULL, dir, g, fault)) != E_OK)
			return e;
		draft->epoch = old->epoch + 1;
		free(old);
	}
	draft->valid_from = start_of(now_s);
	draft->valid_until = now_s + days_of(draft->demo) * UINT64_C(86400);
	return E_OK;
}

static enum err
sign_all(char **out, size_t *out_len, const struct roster *draft,
    const char *dir, const struct governance *g, const char *const *keys,
    size_t n, struct fault *fault)
{
	struct roster *again = NULL;
	char *text = NULL, *note = NULL;
	size_t len = 0;
	enum err e;

	if (n < g->need) {
		fault_set(fault,
		    "%u governance keys must sign, %zu are named; name more "
		    "with --key",
		    g->need, n);
		return E_SIGNATURE;
	}
	if ((e = roster_text(&text, draft)) != E_OK)
		return e;
	for (size_t i = 0; i < n && e == E_OK; i++)
		e = sign_one(&note, &len, text, dir, keys[i], g, fault);
	if (e == E_OK &&
	    (e = roster_read(&again, g, note, len, fault)) == E_OK) {
		*out = note;
		*out_len = len;
		note = NULL;
	}
	free(again);
	free(note);
	free(text);
	return e;
}

enum err
govern_sign(const char *dir, const char *const *keys, size_t n, uint64_t now_s,
    struct fault *fault)
{
	struct governance g;
	struct roster *draft = NULL;
	char *note = NULL;
	size_t len;
	enum err e;

	if ((e = read_governance(&g, dir, fault)) == E_OK &&
	    (e = govern_draft(&draft, dir, fault)) == E_OK &&
	    (e = renew(draft, dir, &g, now_s, fault)) == E_OK &&
	    (e = sign_all(&note, &len, draft, dir, &g, keys, n, fault)) ==
		E_OK &&
	    (e = folder_write(dir, "roster.note", note, len, fault)) == E_OK)
		e = write_draft(dir, draft, fault);
	free(note);
	free(draft);
	return e;
}

/* Admit */

/* The certificate must be the one that the roster in force names: after a
 * party was added again, the new one is issued before the roster is signed. */
static enum err
read_issued(
    char **out, const char *dir, const struct member *m, struct fault *fault)
{
	char name[PARTY_ID + sizeof("issued/.pem")], *pem = NULL;
	uint8_t print[CERT_FINGERPRINT];
	enum err e;

	(void)snprintf(name, sizeof(name), "issued/%s.pem", m->id.s);
	if ((e = folder_read(&pem, dir, name, CERT_PEM_MAX, fault)) != E_OK)
		return e;
	if (cert_fingerprint_pem(print, pem, strlen(pem)) == E_OK &&
	    hash_same(print, m->tls_fingerprint, sizeof(print))) {
		*out = pem;
		return E_OK;
	}
	free(pem);
	fault_set(fault,
	    "'%s' has a newer certificate than the roster in force; sign the "
	    "draft first",
	    m->id.s);
	return E_NOTFOUND;
}

enum err
govern_admit(char **out, const char *dir, const struct party_id *party,
    struct fault *fault)
{
	struct governance g;
	struct roster *r = NULL;
	const struct member *m;
	char *note = NULL, *ca = NULL, *cert = NULL;
	enum err e;

	if ((e = read_governance(&g, dir, fault)) != E_OK ||
	    (e = read_in_force(&r, &note, dir, &g, fault)) != E_OK)
		goto out;
	if ((m = roster_find(r, party)) == NULL) {
		fault_set(fault,
		    "the roster in force does not name '%s'; add it and sign "
		    "the draft first",
		    party->s);
		e = E_NOTFOUND;
		goto out;
	}
	if ((e = folder_read(&ca, dir, "ca.pem", CERT_PEM_MAX, fault)) ==
		E_OK &&
	    (e = read_issued(&cert, dir, m, fault)) == E_OK)
		e = enrol_admission(out, &g, note, ca, cert);
out:
	free(cert);
	free(ca);
	free(r);
	free(note);
	return e;
}
