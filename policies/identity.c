#include "policies/identity.h"

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "policies/folder.h"

void
identity_free(struct identity *id)
{
	free(id->roster);
	free(id->ca_pem);
	free(id->cert_pem);
	keyfile_free_text(id->key_pem);
	random_wipe(id, sizeof(*id));
}

static enum err
read_governance(struct governance *out, const char *dir, struct fault *fault)
{
	char *text = NULL;
	enum err e;

	if (!folder_has(dir, "governance.yaml")) {
		fault_set(fault,
		    "%.150s: not joined yet; send its join-request.yaml to "
		    "governance and join with the admission they send back",
		    dir);
		return E_NOTFOUND;
	}
	if ((e = folder_read(&text, dir, "governance.yaml", YAML_MAX, fault)) ==
	    E_OK)
		e = governance_read(
		    out, text, strlen(text), "governance.yaml", fault);
	free(text);
	return e;
}

static enum err
read_roster(struct identity *id, const char *dir, const struct party_id *party,
    struct fault *fault)
{
	char *text = NULL;
	enum err e;

	if ((e = folder_read(&text, dir, "roster.note", NOTE_MAX, fault)) !=
		E_OK ||
	    (e = roster_read(&id->roster, &id->governance, text, strlen(text),
		 fault)) != E_OK)
		goto out;
	if ((id->me = roster_find(id->roster, party)) == NULL) {
		fault_set(fault,
		    "%.150s/roster.note: does not name '%s'; ask governance "
		    "to add it",
		    dir, party->s);
		e = E_CONFIG;
	}
out:
	free(text);
	return e;
}

/* The certificate must be the one in the roster: nobody else's is believed by
 * those who are dialled. */
static enum err
read_certificates(struct identity *id, const char *dir, struct fault *fault)
{
	uint8_t print[CERT_FINGERPRINT];
	enum err e;

	if ((e = folder_read(
		 &id->ca_pem, dir, "ca.pem", CERT_PEM_MAX, fault)) != E_OK ||
	    (e = folder_read(
		 &id->cert_pem, dir, "tls.pem", CERT_PEM_MAX, fault)) != E_OK)
		return e;
	if ((e = cert_fingerprint_pem(
		 print, id->cert_pem, strlen(id->cert_pem))) == E_NOMEM)
		return e;
	if (e == E_OK &&
	    hash_same(print, id->me->tls_fingerprint, sizeof(print)))
		return E_OK;
	fault_set(fault,
	    "%.150s/tls.pem: not the certificate of '%s' in the roster; join "
	    "with a new admission",
	    dir, id->me->id.s);
	return E_CONFIG;
}

static enum err
read_keys(struct identity *id, const char *dir, struct fault *fault)
{
	char path[FILE_PATH];
	enum err e;

	if ((e = folder_key(&id->key, dir, "sign.key", "sign", fault)) != E_OK)
		return e;
	if (!hash_same(id->key.public, id->me->sign_public, SIGN_PUBLIC)) {
		fault_set(fault,
		    "%.150s/sign.key: not the key of '%s' in the roster; put "
		    "the right key back or ask to be added again",
		    dir, id->me->id.s);
		return E_CONFIG;
	}
	if ((e = file_path(path, dir, "tls.key")) != E_OK ||
	    (e = keyfile_load_text(&id->key_pem, path, CERT_PEM_MAX)) != E_OK)
		fault_set(fault,
		    "%.150s/tls.key: %s; put the key back, its "
		    "owner's alone (chmod 600)",
		    dir, err_text(e));
	return e;
}

enum err
identity_load(struct identity *out, const char *dir,
    const struct party_id *party, int with_keys, struct fault *fault)
{
	struct identity id;
	enum err e;

	memset(&id, 0, sizeof(id));
	if ((e = read_governance(&id.governance, dir, fault)) != E_OK ||
	    (e = read_roster(&id, dir, party, fault)) != E_OK ||
	    (e = read_certificates(&id, dir, fault)) != E_OK ||
	    (with_keys != 0 && (e = read_keys(&id, dir, fault)) != E_OK)) {
		identity_free(&id);
		return e;
	}
	*out = id;
	random_wipe(&id.key, sizeof(id.key));
	return E_OK;
}

enum err
identity_store_roster(const char *dir, const char *note, size_t len)
{
	return folder_write(dir, "roster.note", note, len, NULL);
}

enum err
identity_tls(struct tls_material *out, const char *dir)
{
	char ca[FILE_PATH], cert[FILE_PATH], key[FILE_PATH];
	enum err e;

	if ((e = file_path(ca, dir, "ca.pem")) != E_OK ||
	    (e = file_path(cert, dir, "tls.pem")) != E_OK ||
	    (e = file_path(key, dir, "tls.key")) != E_OK)
		return e;
	return tls_material_load(out, ca, cert, key);
}
