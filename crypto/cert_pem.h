/*
 * crypto/cert_pem.h -- certificates and their keys as PEM, in memory and files.
 *
 * RFC 7468.  A text has at most CERT_PEM_MAX bytes.  Nobody is ever asked for a
 * password: an encrypted key is no key.
 */
#ifndef CRYPTO_CERT_PEM_H
#define CRYPTO_CERT_PEM_H

#include <stddef.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/err.h"

/* cert_pem_no_password: OpenSSL asks the terminal when nobody else answers. */
int cert_pem_no_password(char *buf, int size, int writing, void *u);

/* cert_pem_bio: a reader of pem[0, len); NULL: too long, or no memory. */
BIO *cert_pem_bio(const char *pem, size_t len);

/* cert_pem_text: what a memory BIO holds, as a text of the caller's.
 * E_NOMEM. */
enum err cert_pem_text(char **out, BIO *bio) MUST_USE;

/* cert_pem_read: the first certificate of pem[0, len), the caller's.
 * E_FORMAT: there is none. */
enum err cert_pem_read(X509 **out, const char *pem, size_t len) MUST_USE;

/* cert_pem_write: a certificate as a text of the caller's.  E_NOMEM. */
enum err cert_pem_write(char **out, X509 *cert) MUST_USE;

/*
 * cert_pem_file: a public file as a text of the caller's.
 *
 * E_NOTFOUND, E_IO	it cannot be read.
 * E_FORMAT	it is too long.
 * E_NOMEM
 */
enum err cert_pem_file(char **out, size_t *len, const char *path) MUST_USE;

/* cert_pem_load: the first certificate of a file.  Errors of cert_pem_file, and
 * E_FORMAT: there is none. */
enum err cert_pem_load(X509 **out, const char *path) MUST_USE;

/* cert_pem_save: a new public file, mode 0644, on disk.  E_EXISTS, E_IO. */
enum err cert_pem_save(const char *path, const char *text) MUST_USE;

/* cert_pem_key_save, cert_pem_key_load: a key, SECRET, in a file as
 * crypto/keyfile.h wants it; its errors, and E_FORMAT: no key. */
enum err cert_pem_key_save(const char *path, const EVP_PKEY *key) MUST_USE;
enum err cert_pem_key_load(EVP_PKEY **out, const char *path) MUST_USE;

#endif
