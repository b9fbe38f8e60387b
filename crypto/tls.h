/*
 * crypto/tls.h -- TLS for nng: its engine interface, filled with OpenSSL.
 *
 * TLS 1.3 only (RFC 8446), both sides authenticated by certificates of one
 * private authority; no tickets, no resumption.  The dialler also checks the
 * name or address it dialled.  Material comes from memory: the process that
 * speaks to the network has no files.
 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include <stdint.h>

#include "base/err.h"
#include "model/party.h"

#define TLS_EXPORTER 32
#define TLS_EXPORTER_LABEL "EXPORTER-ward-hello"
#define TLS_PEM_MAX 65536 /* bytes of one file of material */

struct nng_stream;
struct nng_tls_config;

struct tls_material { /* PEM texts, NUL-terminated; key_pem is SECRET */
	const char *ca_pem, *cert_pem, *key_pem;
};

struct tls_peer {
	struct party_id party;          /* from the URI in its certificate */
	uint8_t fingerprint[32];        /* SHA-256 of the certificate, DER */
	uint8_t exporter[TLS_EXPORTER]; /* RFC 8446 7.5, equal on both ends */
};

/*
 * tls_material_load: read the three files; tls_material_free ends it.
 *
 * Errors of keyfile_load_text; the two certificate files may be readable by
 * all.
 */
enum err tls_material_load(struct tls_material *out, const char *ca_path,
    const char *cert_path, const char *key_path) MUST_USE;

/* tls_material_free: wipe and free what tls_material_load read. */
void tls_material_free(struct tls_material *m);

/*
 * tls_material_check: can this material be used: do the texts parse, does the
 * key fit the certificate, has the authority signed it, does it name a party?
 *
 * E_CONFIG	no.
 * E_NOMEM	out of memory.
 */
enum err tls_material_check(const struct tls_material *m) MUST_USE;

/* tls_start: make OpenSSL nng's engine.  Starts nng's threads: fork before,
 * not after.  Again is harmless.  E_SYSTEM: nng would not take it. */
enum err tls_start(void) MUST_USE;

/*
 * tls_config_new: nng's configuration for one side.  server_name: the name or
 * address that the other's certificate must hold, or NULL to listen.  The
 * caller ends it with nng_tls_config_free.
 *
 * E_CONFIG	the material cannot be used.
 * E_NOMEM	out of memory.
 */
enum err tls_config_new(struct nng_tls_config **out,
    const struct tls_material *m, const char *server_name) MUST_USE;

/*
 * tls_peer: who is at the other end of a TLS stream of ours.
 *
 * E_AGAIN	the handshake is not over, or has failed.
 * E_PEER	its certificate does not name exactly one party.
 */
enum err tls_peer(struct tls_peer *out, struct nng_stream *s) MUST_USE;

#endif
