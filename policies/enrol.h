/*
 * policies/enrol.h -- how a party comes into the federation.
 *
 *	init    makes the party's folder and keys, and join-request.yaml: its
 *	        public keys, what it is, and a signature that it holds the key
 *	(governance adds it to the roster, signs, issues its certificate)
 *	admit   writes NAME.admission.yaml: governance keys, roster, authority,
 *	        certificate; nothing secret
 *	join    takes that in; people compare the governance fingerprint
 *
 * Files of a folder: sign.key tls.key join-request.yaml, after join also
 * governance.yaml roster.note ca.pem tls.pem.
 */
#ifndef POLICIES_ENROL_H
#define POLICIES_ENROL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/cert.h"
#include "policies/identity.h"
#include "policies/roster.h"
#include "policies/yaml.h"

struct enrol_request {
	struct member member; /* tls_fingerprint and validity are not set */
	unsigned n_names;     /* where others dial it */
	char names[CERT_NAMES_MAX][64];
	char csr_pem[CERT_PEM_MAX];
};

/*
 * enrol_init: make dir (mode 0700, or empty and there), its keys and the join
 * request.  sign_public of the member is set from the new key.
 *
 * The areas that the member covers are put in order.
 *
 * E_EXISTS	dir holds keys already; nothing is changed.
 * E_ARG	the member is not well-formed (fault); nothing is made.
 * E_IO, E_RNG, E_LIMIT, E_NOMEM
 */
enum err enrol_init(
    const char *dir, struct enrol_request *r, struct fault *fault) MUST_USE;

/*
 * enrol_request_read: a join request, the proof of its signing key checked:
 * the signature under "ward/join/1" of
 *
 *	id[32] || sign_public[32] || hash of the CSR[32], under "ward/csr/1"
 *
 * The CSR's own signature is checked when its certificate is issued.
 *
 * E_CONFIG with fault, E_SIGNATURE with fault, E_LIMIT, E_NOMEM.
 */
enum err enrol_request_read(struct enrol_request *out, const char *text,
    size_t len, const char *name, struct fault *fault) MUST_USE;

/* enrol_admission: the text of an admission; *out is the caller's. E_NOMEM */
enum err enrol_admission(char **out, const struct governance *g,
    const char *roster_note, const char *ca_pem, const char *cert_pem) MUST_USE;

/*
 * enrol_join: take an admission into dir.  Checked before anything is
 * written: the roster is signed by the governance keys and names this party
 * with this signing key and certificate, whose key is ours.  If dir holds a
 * governance.yaml already it must have the same keys, and the roster may not
 * be older than the one it holds.  *g is what was taken.
 *
 * E_CONFIG	with fault: what does not fit.
 * E_SIGNATURE	the roster is not signed.
 * E_NOTFOUND	the roster does not name this party.
 * E_PEER	another governance than before.
 * E_IO, E_FORMAT, E_NOMEM, E_LIMIT
 */
enum err enrol_join(struct governance *g, const char *dir,
    const char *admission, size_t len, struct fault *fault) MUST_USE;

#endif
