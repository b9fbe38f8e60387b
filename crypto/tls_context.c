#include "crypto/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/cert_pem.h"

#define CHAIN_MAX 4 /* certificates above the leaf */
#define SECURITY_LEVEL 2
#define SUITES                                           \
	"TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:" \
	"TLS_CHACHA20_POLY1305_SHA256"

SSL_CTX *
tls_context_new(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, SUITES) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519:P-256") != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				  SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(
	    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_verify_depth(ctx, CHAIN_MAX);
	SSL_CTX_set_default_passwd_cb(ctx, cert_pem_no_password);
	return ctx;
}

/* The next certificate of a text; NULL at its end. */
static X509 *
certificate_next(BIO *bio)
{
	X509 *cert = PEM_read_bio_X509(bio, NULL, cert_pem_no_password, NULL);

	ERR_clear_error();
	return cert;
}

bool
tls_context_trust(SSL_CTX *ctx, const char *ca_pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *bio = BIO_new_mem_buf(ca_pem, -1);
	bool good = false;
	X509 *cert;

	while (bio != NULL && (cert = certificate_next(bio)) != NULL) {
		/* A listener tells diallers which authority it wants. */
		good = X509_STORE_add_cert(store, cert) == 1 &&
		       SSL_CTX_add_client_CA(ctx, cert) == 1;
		X509_free(cert);
		if (!good)
			break;
	}
	BIO_free(bio);
	return good;
}

bool
tls_context_show(SSL_CTX *ctx, const char *cert_pem)
{
	BIO *bio = BIO_new_mem_buf(cert_pem, -1);
	X509 *cert = bio == NULL ? NULL : certificate_next(bio);
	bool good = cert != NULL && SSL_CTX_use_certificate(ctx, cert) == 1;

	X509_free(cert);
	while (good && (cert = certificate_next(bio)) != NULL) {
		good = SSL_CTX_add1_chain_cert(ctx, cert) == 1;
		X509_free(cert);
	}
	BIO_free(bio);
	return good;
}

bool
tls_context_key(SSL_CTX *ctx, const char *key_pem)
{
	BIO *bio = BIO_new_mem_buf(key_pem, -1);
	EVP_PKEY *key = NULL;
	bool good;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(
		    bio, NULL, cert_pem_no_password, NULL);
	good = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	       SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}

bool
tls_context_signed(SSL_CTX *ctx)
{
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	STACK_OF(X509) *chain = NULL;
	bool good = check != NULL && SSL_CTX_get0_chain_certs(ctx, &chain) == 1;

	good = good && X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(ctx),
			   SSL_CTX_get0_certificate(ctx), chain) == 1;
	if (good) {
		X509_VERIFY_PARAM_set_depth(
		    X509_STORE_CTX_get0_param(check), CHAIN_MAX);
		good = X509_verify_cert(check) == 1;
	}
	X509_STORE_CTX_free(check);
	return good;
}
