#include "policies/enrol.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "cli/file.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/note.h"
#include "crypto/tls.h"
#include "policies/folder.h"

#define REQUEST_FILE "join-request.yaml"
#define PROOF_LABEL "ward/join/1"
#define PROOF_BYTES (PARTY_ID + SIGN_PUBLIC + HASH_BYTES)
#define NAME_CHARS                   \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789.:-"

/* Does a line of the text begin so?  The first key of a kind of file tells it
 * from any other, before its faults are told one by one. */
static bool
has_line(const char *text, size_t len, const char *head)
{
	size_t n = strlen(head);
	const char *end = text + len, *at = text;

	while ((size_t)(end - at) >= n) {
		if (memcmp(at, head, n) == 0)
			return true;
		if ((at = memchr(at, '\n', (size_t)(end - at))) == NULL)
			return false;
		at++;
	}
	return false;
}

/* The join request */

struct request_raw {
	struct member_raw member;
	char **names, *csr, *proof;
	unsigned n_names;
};

static const cyaml_schema_value_t name_schema = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 1, 63) };

static const cyaml_schema_field_t request_fields[] = {
	CYAML_FIELD_MAPPING("member", CYAML_FLAG_DEFAULT, struct request_raw,
	    member, member_fields),
	CYAML_FIELD_SEQUENCE_COUNT("names", CYAML_FLAG_POINTER,
	    struct request_raw, names, n_names, &name_schema, 0,
	    CERT_NAMES_MAX),
	CYAML_FIELD_STRING_PTR("csr", CYAML_FLAG_POINTER, struct request_raw,
	    csr, 1, CERT_PEM_MAX - 1),
	CYAML_FIELD_STRING_PTR("proof", CYAML_FLAG_POINTER, struct request_raw,
	    proof, 1, BASE64_LEN(SIGN_BYTES)),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t request_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct request_raw, request_fields) };

/* What the proof signs: this key asks under this name for this certificate. */
static void
proof_bytes(uint8_t out[PROOF_BYTES], const struct enrol_request *r)
{
	memcpy(out, r->member.id.s, PARTY_ID);
	memcpy(out + PARTY_ID, r->member.sign_public, SIGN_PUBLIC);
	hash_label(out + PARTY_ID + SIGN_PUBLIC, "ward/csr/1", r->csr_pem,
	    strlen(r->csr_pem));
}

static enum err
request_text(
    char **out, const struct enrol_request *r, const uint8_t proof[SIGN_BYTES])
{
	char *text = NULL, base64[BASE64_LEN(SIGN_BYTES)];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return E_NOMEM;
	(void)fputs("# A request to join a federation, for its governance.  "
		    "Nothing in it is secret.\nmember:\n",
	    f);
	member_put(f, &r->member, "  ", "  ", false);
	(void)fputs("names: [", f);
	for (unsigned i = 0; i < r->n_names; i++) {
		(void)fputs(i == 0 ? "" : ", ", f);
		yaml_quote(f, r->names[i]);
	}
	base64_text(base64, proof, SIGN_BYTES);
	(void)fputs("]\ncsr: ", f);
	yaml_block(f, r->csr_pem);
	(void)fprintf(f, "proof: %s\n", base64);
	return yaml_done(out, f, &text);
}

static enum err
request_take(struct enrol_request *r, uint8_t proof[SIGN_BYTES],
    struct value_file *f, const struct request_raw *raw)
{
	enum err e;

	for (unsigned i = 0; i < raw->n_names; i++) {
		if (raw->names[i][strspn(raw->names[i], NAME_CHARS)] != '\0')
			return value_bad(f, "names",
			    "'%.40s' is no host name or address; correct it",
			    raw->names[i]);
		memcpy(r->names[i], raw->names[i], strlen(raw->names[i]));
	}
	r->n_names = raw->n_names;
	memcpy(r->csr_pem, raw->csr, strlen(raw->csr));
	if ((e = value_base64(proof, SIGN_BYTES, f, "proof", raw->proof)) !=
	    E_OK)
		return e;
	value_in(f, "member");
	e = member_take(&r->member, f, &raw->member, false);
	value_in(f, "%s", "");
	return e;
}

/* A request and its proof, which is not checked. */
static enum err
request_parse(struct enrol_request **out, uint8_t proof[SIGN_BYTES],
    const char *text, size_t len, const char *name, struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	struct enrol_request *r;
	void *raw;
	enum err e;

	if (!has_line(text, len, "member:")) {
		fault_set(fault,
		    "%s: this is no join request; give the " REQUEST_FILE
		    " of the party's folder, as it was made",
		    name);
		return E_CONFIG;
	}
	if ((e = yaml_load(&raw, &request_schema, text, len, name, fault)) !=
	    E_OK)
		return e;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		e = E_NOMEM;
	else
		e = request_take(r, proof, &f, raw);
	yaml_drop(&request_schema, raw);
	if (e != E_OK) {
		free(r);
		return e;
	}
	*out = r;
	return E_OK;
}

enum err
enrol_request_read(struct enrol_request *out, const char *text, size_t len,
    const char *name, struct fault *fault)
{
	uint8_t proof[SIGN_BYTES], bytes[PROOF_BYTES];
	struct enrol_request *r;
	enum err e;

	if ((e = request_parse(&r, proof, text, len, name, fault)) != E_OK)
		return e;
	proof_bytes(bytes, r);
	if (sign_good(proof, r->member.sign_public, PROOF_LABEL, bytes,
		sizeof(bytes))) {
		*out = *r;
	} else {
		fault_set(fault,
		    "%s: the proof does not fit the party, its key or its "
		    "certificate request; ask for the file as it was made",
		    name);
		e = E_SIGNATURE;
	}
	free(r);
	return e;
}

/* Init */

static int
compare_gss(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Does b say what a says? */
static bool
request_same(const struct enrol_request *a, const struct enrol_request *b)
{
	if (!member_same(&a->member, &b->member) || a->n_names != b->n_names)
		return false;
	for (unsigned i = 0; i < a->n_names; i++)
		if (strcmp(a->names[i], b->names[i]) != 0)
			return false;
	return true;
}

/* Would the request be taken back as it is?  Asked before any key is made. */
static enum err
request_check(struct enrol_request *r, struct fault *fault)
{
	uint8_t proof[SIGN_BYTES] = { 0 };
	struct enrol_request *again = NULL;
	char *text = NULL;
	enum err e;

	if (r->n_names > CERT_NAMES_MAX ||
	    r->member.n_covers > ROSTER_COVERS_MAX) {
		fault_set(fault,
		    "at most %d names and %d areas; leave some out",
		    CERT_NAMES_MAX, ROSTER_COVERS_MAX);
		return E_ARG;
	}
	qsort(r->member.covers, r->member.n_covers, GSS, compare_gss);
	strcpy(r->csr_pem, "none yet\n");
	if ((e = request_text(&text, r, proof)) != E_OK)
		return e;
	e = request_parse(
	    &again, proof, text, strlen(text), REQUEST_FILE, fault);
	if (e == E_OK && !request_same(r, again)) {
		fault_set(fault,
		    "a line break or control character in a name, "
		    "or what a party of this role does not have; remove it");
		e = E_ARG;
	}
	free(again);
	free(text);
	return e == E_CONFIG ? E_ARG : e;
}

static enum err
init_tls(struct enrol_request *r, const char *dir, struct fault *fault)
{
	char path[FILE_PATH], *csr = NULL;
	enum err e;

	if ((e = file_path(path, dir, "tls.key")) != E_OK ||
	    (e = cert_request_new(&csr, path, &r->member.id)) != E_OK) {
		fault_set(fault, "%.150s/tls.key: %s; check the folder", dir,
		    err_text(e));
		return e;
	}
	if (strlen(csr) < sizeof(r->csr_pem))
		strcpy(r->csr_pem, csr);
	else
		e = E_LIMIT;
	free(csr);
	return e;
}

static enum err
init_request(struct enrol_request *r, const struct sign_key *key,
    const char *dir, struct fault *fault)
{
	uint8_t proof[SIGN_BYTES], bytes[PROOF_BYTES];
	char *text = NULL;
	enum err e;

	proof_bytes(bytes, r);
	if ((e = sign_make(proof, key, PROOF_LABEL, bytes, sizeof(bytes))) ==
		E_OK &&
	    (e = request_text(&text, r, proof)) == E_OK)
		e = folder_write(dir, REQUEST_FILE, text, strlen(text), fault);
	free(text);
	return e;
}

/* Take back what init has made; it failed before anybody could use it. */
static void
init_undo(const char *dir)
{
	static const char *const names[] = { "sign.key", "tls.key",
		REQUEST_FILE };
	char path[FILE_PATH];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (file_path(path, dir, names[i]) == E_OK)
			(void)unlink(path);
}

enum err
enrol_init(const char *dir, struct enrol_request *r, struct fault *fault)
{
	struct sign_key key;
	enum err e;

	if ((e = request_check(r, fault)) != E_OK ||
	    (e = folder_make(dir, fault)) != E_OK)
		return e;
	if (folder_has(dir, "sign.key") || folder_has(dir, "tls.key") ||
	    folder_has(dir, REQUEST_FILE)) {
		fault_set(fault,
		    "%.200s: holds keys already; they are never overwritten, "
		    "choose another folder",
		    dir);
		return E_EXISTS;
	}
	if ((e = folder_key_new(&key, dir, "sign.key", "sign", fault)) != E_OK)
		return e;
	memcpy(r->member.sign_public, key.public, SIGN_PUBLIC);
	if ((e = init_tls(r, dir, fault)) != E_OK ||
	    (e = init_request(r, &key, dir, fault)) != E_OK)
		init_undo(dir);
	sign_wipe(&key);
	return e;
}

/* The admission */

struct admission_raw {
	struct governance_raw governance;
	char *roster, *ca, *certificate;
};

#define ADMISSION_TEXT(member, most)                        \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, \
	    struct admission_raw, member, 1, most)

static const cyaml_schema_field_t admission_fields[] = {
	CYAML_FIELD_MAPPING("governance", CYAML_FLAG_DEFAULT,
	    struct admission_raw, governance, governance_fields),
	ADMISSION_TEXT(roster, NOTE_MAX),
	ADMISSION_TEXT(ca, CERT_PEM_MAX - 1),
	ADMISSION_TEXT(certificate, CERT_PEM_MAX - 1),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t admission_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct admission_raw, admission_fields) };

enum err
enrol_admission(char **out, const struct governance *g, const char *roster_note,
    const char *ca_pem, const char *cert_pem)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return E_NOMEM;
	(void)fputs("# An admission to a federation.  Nothing in it is secret; "
		    "compare the\n# fingerprint of the governance by another "
		    "channel.\ngovernance:\n",
	    f);
	governance_put(f, g, "  ");
	(void)fputs("roster: ", f);
	yaml_block(f, roster_note);
	(void)fputs("ca: ", f);
	yaml_block(f, ca_pem);
	(void)fputs("certificate: ", f);
	yaml_block(f, cert_pem);
	return yaml_done(out, f, &text);
}

struct joining {
	const char *dir;
	struct fault *fault;
	const struct admission_raw *raw;
	struct governance governance;
	struct roster *roster;
};

static enum err
wrong(const struct joining *j, enum err e, const char *words)
{
	fault_set(j->fault, "admission: %s", words);
	return e;
}

/* Is it the same governance as before, if there was one, and no older roster
 * than before? */
static enum err
check_before(const struct joining *j)
{
	struct governance before;
	struct roster *old = NULL;
	char *text = NULL, *note = NULL;
	enum err e;

	if (!folder_has(j->dir, "governance.yaml"))
		return E_OK;
	if ((e = folder_read(&text, j->dir, "governance.yaml", YAML_MAX,
		 j->fault)) != E_OK ||
	    (e = governance_read(&before, text, strlen(text), "governance.yaml",
		 j->fault)) != E_OK)
		goto out;
	if (!hash_same(before.fingerprint, j->governance.fingerprint,
		sizeof(before.fingerprint))) {
		e = wrong(j, E_PEER,
		    "of another governance than this folder has joined; if "
		    "that is meant, start with a new folder");
		goto out;
	}
	if (!folder_has(j->dir, "roster.note"))
		goto out;
	if ((e = folder_read(
		 &note, j->dir, "roster.note", NOTE_MAX, j->fault)) != E_OK ||
	    (e = roster_read(&old, &before, note, strlen(note), j->fault)) !=
		E_OK)
		goto out;
	if (old->epoch > j->roster->epoch)
		e = wrong(j, E_CONFIG,
		    "its roster is older than the one held here; ask for a "
		    "new admission");
out:
	free(old);
	free(note);
	free(text);
	return e;
}

/* One certificate alone?  The roster names the certificate but not the
 * authority: whoever put another one beside ours, or above it, could speak TLS
 * to this party as anybody. */
static bool
one_certificate(const char *pem)
{
	static const char mark[] = "-----BEGIN ";
	const char *first = strstr(pem, mark);

	return first != NULL && strstr(first + 1, mark) == NULL;
}

/* Does the TLS key here fit the certificate, which the authority signed? */
static enum err
check_tls(const struct joining *j)
{
	struct tls_material m = { .ca_pem = j->raw->ca,
		.cert_pem = j->raw->certificate };
	char path[FILE_PATH], *key = NULL;
	enum err e;

	if (!one_certificate(m.ca_pem) || !one_certificate(m.cert_pem))
		return wrong(j, E_CONFIG,
		    "not one certificate and one authority; ask for it as it "
		    "was made");
	if ((e = file_path(path, j->dir, "tls.key")) != E_OK ||
	    (e = keyfile_load_text(&key, path, CERT_PEM_MAX)) != E_OK) {
		fault_set(j->fault,
		    "%.150s/tls.key: %s; is this the folder that was made for "
		    "the join request?",
		    j->dir, err_text(e));
		return e;
	}
	m.key_pem = key;
	if ((e = tls_material_check(&m)) == E_CONFIG)
		wrong(j, e,
		    "its certificate is not for the key in this folder, or "
		    "not signed by its authority; send the join request again");
	keyfile_free_text(key);
	return e;
}

/* Does the roster name the party of the certificate with both its keys, and
 * are they ours? */
static enum err
check_member(const struct joining *j)
{
	const char *cert = j->raw->certificate;
	uint8_t print[CERT_FINGERPRINT];
	const struct member *m;
	struct party_id party;
	struct sign_key key;
	bool ours;
	enum err e;

	if (cert_party(&party, NULL, cert, strlen(cert)) != E_OK ||
	    cert_fingerprint_pem(print, cert, strlen(cert)) != E_OK)
		return wrong(j, E_CONFIG,
		    "its certificate names no party; ask for a new one");
	if ((m = roster_find(j->roster, &party)) == NULL) {
		fault_set(j->fault,
		    "admission: its roster does not name '%s'; ask governance "
		    "to sign the roster first",
		    party.s);
		return E_NOTFOUND;
	}
	if ((e = folder_key(&key, j->dir, "sign.key", "sign", j->fault)) !=
	    E_OK)
		return e;
	ours = hash_same(key.public, m->sign_public, SIGN_PUBLIC);
	sign_wipe(&key);
	if (!ours) {
		fault_set(j->fault,
		    "admission: for '%s' with another signing key than this "
		    "folder's; use the admission for the join request made "
		    "here",
		    party.s);
		return E_CONFIG;
	}
	if (!hash_same(print, m->tls_fingerprint, sizeof(print)))
		return wrong(j, E_CONFIG,
		    "its certificate is not the one in its roster; ask for a "
		    "new admission");
	return check_tls(j);
}

/* governance.yaml last: a folder that has it has joined. */
static enum err
join_write(const struct joining *j)
{
	const struct admission_raw *raw = j->raw;
	char *text = NULL;
	enum err e;

	if ((e = governance_text(&text, &j->governance)) != E_OK)
		return e;
	if ((e = folder_write(j->dir, "ca.pem", raw->ca, strlen(raw->ca),
		 j->fault)) == E_OK &&
	    (e = folder_write(j->dir, "tls.pem", raw->certificate,
		 strlen(raw->certificate), j->fault)) == E_OK &&
	    (e = folder_write(j->dir, "roster.note", raw->roster,
		 strlen(raw->roster), j->fault)) == E_OK)
		e = folder_write(
		    j->dir, "governance.yaml", text, strlen(text), j->fault);
	free(text);
	return e;
}

enum err
enrol_join(struct governance *g, const char *dir, const char *admission,
    size_t len, struct fault *fault)
{
	struct joining j = { .dir = dir, .fault = fault };
	struct value_file f = { .text = admission,
		.len = len,
		.name = "admission",
		.fault = fault,
		.in = "governance" };
	void *raw;
	enum err e;

	if (!has_line(admission, len, "governance:"))
		return wrong(&j, E_CONFIG,
		    "this is no admission; give the file that governance made "
		    "with `ward roster admit` and sent back");
	if ((e = yaml_load(&raw, &admission_schema, admission, len, "admission",
		 fault)) != E_OK)
		return e;
	j.raw = raw;
	if ((e = governance_take(&j.governance, &f, &j.raw->governance)) ==
		E_OK &&
	    (e = roster_read(&j.roster, &j.governance, j.raw->roster,
		 strlen(j.raw->roster), fault)) == E_OK &&
	    (e = check_before(&j)) == E_OK && (e = check_member(&j)) == E_OK &&
	    (e = join_write(&j)) == E_OK)
		*g = j.governance;
	free(j.roster);
	yaml_drop(&admission_schema, raw);
	return e;
}
