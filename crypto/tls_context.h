/*
 * crypto/tls_context.h -- what OpenSSL is told before any connection.
 *
 * TLS 1.3 only, a certificate asked of both sides, three suites, two groups, no
 * tickets, no sessions.  Material comes from memory, as PEM texts.
 */
#ifndef CRYPTO_TLS_CONTEXT_H
#define CRYPTO_TLS_CONTEXT_H

#include <stdbool.h>

#include <openssl/ssl.h>

/* tls_context_new: without material; SSL_CTX_free ends it.  NULL: no memory. */
SSL_CTX *tls_context_new(void);

/* tls_context_trust: trust every certificate of the text; false when there is
 * none. */
bool tls_context_trust(SSL_CTX *ctx, const char *ca_pem);

/* tls_context_show: show the first certificate of the text, and the others as
 * its chain. */
bool tls_context_show(SSL_CTX *ctx, const char *cert_pem);

/* tls_context_key: the key, SECRET, of the certificate that is shown. */
bool tls_context_key(SSL_CTX *ctx, const char *key_pem);

/* tls_context_signed: has the authority that is trusted signed what is shown?
 */
bool tls_context_signed(SSL_CTX *ctx);

#endif
