/*
 * crypto/cert.h -- a federation's own X.509 authority and its certificates.
 *
 * RFC 5280.  Keys are ECDSA P-256.  A party's certificate names it by the one
 * URI "ward://party/ID" among its alternative names, is good for client and
 * server, and may carry DNS names and addresses where others dial it.  Files
 * of keys have mode 0600 and are never overwritten.
 */
#ifndef CRYPTO_CERT_H
#define CRYPTO_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/party.h"

#define CERT_URI "ward://party/"
#define CERT_FINGERPRINT 32
#define CERT_PEM_MAX 16384 /* bytes of a request or certificate in PEM */
#define CERT_NAMES_MAX 8
#define CERT_DAYS_MAX 3660

/*
 * cert_ca_new: a new authority: its self-signed certificate (mode 0644) and
 * its key.  name: for display, 1 ... 64 bytes of printable ASCII.
 *
 * E_ARG	name or days out of range.
 * E_EXISTS	one of the files is there; nothing is changed.
 * E_IO		a file cannot be written.
 * E_RNG, E_NOMEM
 */
enum err cert_ca_new(const char *ca_cert_path, const char *ca_key_path,
    const char *name, unsigned days) MUST_USE;

/*
 * cert_request_new: a new TLS key in the file key_path and the request for its
 * certificate, PEM in *csr_pem, the caller's to free.
 *
 * Errors as cert_ca_new.
 */
enum err cert_request_new(char **csr_pem, const char *key_path,
    const struct party_id *party) MUST_USE;

/*
 * cert_issue: a certificate for party with the key of the request; everything
 * else that the request says is ignored.  names[n]: DNS names, or addresses in
 * text form, n <= CERT_NAMES_MAX.  PEM in *cert_pem, the caller's to free.
 *
 * E_ARG	party, names or days out of range.
 * E_FORMAT	the request is none, or its key is not P-256.
 * E_SIGNATURE	the request is not signed by the key it names.
 * E_NOTFOUND, E_IO, E_CONFIG, E_FORMAT	the authority cannot be read
 * (keyfile.h). E_RNG, E_NOMEM
 */
enum err cert_issue(char **cert_pem, const char *ca_cert_path,
    const char *ca_key_path, const char *csr_pem, const struct party_id *party,
    const char *const *names, size_t n, unsigned days) MUST_USE;

/*
 * cert_fingerprint: SHA-256 of the DER form of the first certificate in the
 * file; cert_fingerprint_pem: in the text pem[0, len).
 *
 * E_NOTFOUND, E_IO	the file cannot be read.
 * E_FORMAT	it holds no certificate.
 */
enum err cert_fingerprint(
    uint8_t out[CERT_FINGERPRINT], const char *cert_path) MUST_USE;
enum err cert_fingerprint_pem(
    uint8_t out[CERT_FINGERPRINT], const char *pem, size_t len) MUST_USE;

/*
 * cert_party: the party that the certificate pem[0, len) names, and the UTC
 * second of its end (either may be NULL).
 *
 * E_FORMAT	no certificate, or it does not name exactly one party.
 */
enum err cert_party(struct party_id *party, uint64_t *not_after,
    const char *pem, size_t len) MUST_USE;

#endif
