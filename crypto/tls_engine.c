#include "crypto/tls_engine.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/engine.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/cert.h"
#include "crypto/tls_context.h"

#define ENGINE_NAME "ward-openssl"
#define NAME_MAX_ 253 /* bytes of a server name */

/* nng hands these back to us as they were zeroed: a config or a connection may
 * be ended without ever having been begun. */
struct nng_tls_engine_config {
	SSL_CTX *ctx;
	nng_tls_mode mode;
	char server_name[NAME_MAX_ + 1]; /* empty: none set */
};

struct nng_tls_engine_conn {
	SSL *ssl;
	void *nng;   /* the handle for nng_tls_engine_send and _recv */
	int fault;   /* an error of nng, for ever; 0: none */
	bool server; /* we accepted it */
	bool wrote;  /* bytes were given to nng by the last operation */
};

static BIO_METHOD *pipe_method; /* made once, at the start */

/* Where `verified` puts what tls_engine_peer, on the same thread, asks for. */
static _Thread_local struct {
	struct tls_peer *out;
	enum err err;
} asked;

/* ---- bytes between OpenSSL and nng ---- */

static int
pipe_write(BIO *bio, const char *buf, int len)
{
	struct nng_tls_engine_conn *c = BIO_get_data(bio);
	size_t n = len < 0 ? 0 : (size_t)len;
	int rv;

	BIO_clear_retry_flags(bio);
	rv = nng_tls_engine_send(c->nng, (const uint8_t *)buf, &n);
	if (rv == 0) {
		c->wrote = true;
		return (int)n;
	}
	if (rv == NNG_EAGAIN)
		BIO_set_retry_write(bio);
	else
		c->fault = NNG_ECONNRESET;
	return -1;
}

static int
pipe_read(BIO *bio, char *buf, int len)
{
	struct nng_tls_engine_conn *c = BIO_get_data(bio);
	size_t n = len < 0 ? 0 : (size_t)len;
	int rv;

	BIO_clear_retry_flags(bio);
	rv = nng_tls_engine_recv(c->nng, (uint8_t *)buf, &n);
	if (rv == 0)
		return (int)n;
	if (rv == NNG_EAGAIN)
		BIO_set_retry_read(bio);
	else
		c->fault = NNG_ECONNRESET;
	return -1;
}

static long
pipe_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH ? 1 : 0;
}

static int
pipe_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *
pipe_method_new(void)
{
	BIO_METHOD *m =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "nng");

	if (m == NULL || BIO_meth_set_write(m, pipe_write) != 1 ||
	    BIO_meth_set_read(m, pipe_read) != 1 ||
	    BIO_meth_set_ctrl(m, pipe_ctrl) != 1 ||
	    BIO_meth_set_create(m, pipe_create) != 1) {
		BIO_meth_free(m);
		return NULL;
	}
	return m;
}

/* ---- one configuration ---- */

static int
config_init(struct nng_tls_engine_config *cfg, nng_tls_mode mode)
{
	cfg->mode = mode;
	cfg->ctx = tls_context_new();
	ERR_clear_error();
	return cfg->ctx == NULL ? NNG_ENOMEM : 0;
}

static void
config_fini(struct nng_tls_engine_config *cfg)
{
	SSL_CTX_free(cfg->ctx);
	cfg->ctx = NULL;
}

static int
config_server(struct nng_tls_engine_config *cfg, const char *name)
{
	size_t n = name == NULL ? 0 : strlen(name);

	if (n < 1 || n > NAME_MAX_)
		return NNG_EINVAL;
	memcpy(cfg->server_name, name, n + 1);
	return 0;
}

/* There is one mode, and context_new has set it. */
static int
config_auth(struct nng_tls_engine_config *cfg, nng_tls_auth_mode mode)
{
	(void)cfg;
	return mode == NNG_TLS_AUTH_MODE_REQUIRED ? 0 : NNG_ENOTSUP;
}

static int
config_ca(
    struct nng_tls_engine_config *cfg, const char *ca_pem, const char *crl)
{
	bool good;

	if (crl != NULL)
		return NNG_ENOTSUP; /* rather than not looked at */
	good = tls_context_trust(cfg->ctx, ca_pem);
	ERR_clear_error();
	return good ? 0 : NNG_ECRYPTO;
}

static int
config_own(struct nng_tls_engine_config *cfg, const char *cert_pem,
    const char *key_pem, const char *password)
{
	bool good;

	if (password != NULL)
		return NNG_ENOTSUP;
	good = tls_context_show(cfg->ctx, cert_pem) &&
	       tls_context_key(cfg->ctx, key_pem);
	ERR_clear_error();
	return good ? 0 : NNG_ECRYPTO;
}

static int
config_version(
    struct nng_tls_engine_config *cfg, nng_tls_version min, nng_tls_version max)
{
	(void)cfg;
	return min <= NNG_TLS_1_3 && max >= NNG_TLS_1_3 ? 0 : NNG_ENOTSUP;
}

/* ---- one connection ---- */

/* What must stand in the other's certificate: an address or a name. */
static bool
expect_server(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	uint8_t ip[16];

	if (inet_pton(AF_INET, name, ip) == 1 ||
	    inet_pton(AF_INET6, name, ip) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

static int
conn_init(
    struct nng_tls_engine_conn *c, void *nng, struct nng_tls_engine_config *cfg)
{
	BIO *bio = NULL;

	c->nng = nng;
	c->server = cfg->mode == NNG_TLS_MODE_SERVER;
	if (!c->server && cfg->server_name[0] == '\0')
		return NNG_EINVAL; /* never dial without knowing whom */
	if ((c->ssl = SSL_new(cfg->ctx)) == NULL ||
	    (bio = BIO_new(pipe_method)) == NULL)
		goto out;
	BIO_set_data(bio, c);
	SSL_set_bio(c->ssl, bio, bio); /* owns it now */
	if (!c->server && !expect_server(c->ssl, cfg->server_name))
		goto out;
	if (c->server)
		SSL_set_accept_state(c->ssl);
	else
		SSL_set_connect_state(c->ssl);
	return 0;
out:
	SSL_free(c->ssl);
	c->ssl = NULL;
	ERR_clear_error();
	return NNG_ENOMEM;
}

static void
conn_fini(struct nng_tls_engine_conn *c)
{
	SSL_free(c->ssl);
	c->ssl = NULL;
	ERR_clear_error();
}

/* Has the other side told us that it does not like our certificate? */
static bool
alert_on_certificate(int reason)
{
	switch (reason) {
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return true;
	default:
		return false;
	}
}

/*
 * nng's error for the result of an operation of OpenSSL.  Everything but
 * NNG_EAGAIN is for ever.  NNG_ECLOSED and NNG_ECANCELED are nng's own: it
 * takes them for its own doing and lets the connection hang.
 *
 * nng closes at once on an error, with whatever it has not sent.  So that the
 * other side learns why, an error that has written an alert is first reported
 * as NNG_EAGAIN: nng asks again when bytes have been sent, and hears of it
 * then.
 */
static int
conn_result(struct nng_tls_engine_conn *c, int ret)
{
	int why = SSL_get_error(c->ssl, ret);
	unsigned long err = ERR_peek_error();

	if ((why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) &&
	    c->fault == 0)
		return NNG_EAGAIN;
	if (SSL_get_verify_result(c->ssl) != X509_V_OK ||
	    (ERR_GET_LIB(err) == ERR_LIB_SSL &&
		(alert_on_certificate(ERR_GET_REASON(err)) ||
		    ERR_GET_REASON(err) ==
			SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)))
		c->fault = NNG_EPEERAUTH;
	if (c->fault == 0)
		c->fault = NNG_ECONNRESET;
	ERR_clear_error();
	return c->wrote ? NNG_EAGAIN : c->fault;
}

/* Before every operation: OpenSSL keeps a list of errors per thread. */
static void
conn_ready(struct nng_tls_engine_conn *c)
{
	ERR_clear_error();
	c->wrote = false;
}

static int
conn_handshake(struct nng_tls_engine_conn *c)
{
	int ret;

	if (c->fault != 0)
		return c->fault;
	conn_ready(c);
	if ((ret = SSL_do_handshake(c->ssl)) == 1)
		return 0;
	return conn_result(c, ret);
}

static int
conn_recv(struct nng_tls_engine_conn *c, uint8_t *buf, size_t *len)
{
	size_t n = 0;
	int ret;

	if (c->fault != 0)
		return c->fault;
	conn_ready(c);
	if ((ret = SSL_read_ex(c->ssl, buf, *len, &n)) != 1)
		return conn_result(c, ret);
	*len = n;
	return 0;
}

static int
conn_send(struct nng_tls_engine_conn *c, const uint8_t *buf, size_t *len)
{
	size_t n = 0;
	int ret;

	if (c->fault != 0)
		return c->fault;
	conn_ready(c);
	if ((ret = SSL_write_ex(c->ssl, buf, *len, &n)) != 1)
		return conn_result(c, ret);
	*len = n;
	return 0;
}

/* Say goodbye if there is somebody, and fail every later operation: nng itself
 * would let them wait. */
static void
conn_close(struct nng_tls_engine_conn *c)
{
	ERR_clear_error();
	if (c->fault == 0 && c->ssl != NULL && SSL_is_init_finished(c->ssl))
		(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
	c->fault = NNG_ECONNRESET;
}

/* The certificate as the text that crypto/cert reads. */
static enum err
peer_party(struct party_id *out, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum err e = E_NOMEM;
	const char *pem;
	long len;

	if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1 &&
	    (len = BIO_get_mem_data(bio, &pem)) > 0)
		e = cert_party(out, NULL, pem, (size_t)len);
	BIO_free(bio);
	return e == E_FORMAT ? E_PEER : e;
}

static enum err
peer_read(struct tls_peer *out, SSL *ssl)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	struct tls_peer peer;
	unsigned n = 0;
	enum err e;

	if (!SSL_is_init_finished(ssl) || cert == NULL ||
	    SSL_get_verify_result(ssl) != X509_V_OK)
		return E_AGAIN;
	if ((e = peer_party(&peer.party, cert)) != E_OK)
		return e;
	if (X509_digest(cert, EVP_sha256(), peer.fingerprint, &n) != 1 ||
	    n != sizeof(peer.fingerprint) ||
	    SSL_export_keying_material(ssl, peer.exporter,
		sizeof(peer.exporter), TLS_EXPORTER_LABEL,
		sizeof(TLS_EXPORTER_LABEL) - 1, NULL, 0, 0) != 1)
		return E_NOMEM;
	*out = peer;
	return E_OK;
}

/* nng calls this, under its own lock, on the thread that asks. */
static bool
conn_verified(struct nng_tls_engine_conn *c)
{
	struct tls_peer peer;
	enum err e = c->ssl == NULL ? E_AGAIN : peer_read(&peer, c->ssl);

	ERR_clear_error();
	if (asked.out != NULL) {
		asked.err = e;
		if (e == E_OK)
			*asked.out = peer;
	}
	return e == E_OK;
}

/* ---- the engine ---- */

static nng_tls_engine_config_ops config_ops = {
	.size = sizeof(struct nng_tls_engine_config),
	.init = config_init,
	.fini = config_fini,
	.server = config_server,
	.auth = config_auth,
	.ca_chain = config_ca,
	.own_cert = config_own,
	.version = config_version,
};

static nng_tls_engine_conn_ops conn_ops = {
	.size = sizeof(struct nng_tls_engine_conn),
	.init = conn_init,
	.fini = conn_fini,
	.close = conn_close,
	.handshake = conn_handshake,
	.recv = conn_recv,
	.send = conn_send,
	.verified = conn_verified,
};

static const nng_tls_engine engine = {
	.version = NNG_TLS_ENGINE_VERSION,
	.config_ops = &config_ops,
	.conn_ops = &conn_ops,
	.name = ENGINE_NAME,
	.description = "OpenSSL 3, TLS 1.3 only",
};

bool
tls_engine_ours(void)
{
	return strcmp(nng_tls_engine_name(), ENGINE_NAME) == 0;
}

enum err
tls_engine_start(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	enum err e = E_OK;

	pthread_mutex_lock(&lock);
	/* No configuration file: the machine's must not change what we do. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		e = E_SYSTEM;
	if (e == E_OK && pipe_method == NULL &&
	    (pipe_method = pipe_method_new()) == NULL)
		e = E_SYSTEM;
	/* Asking for the name makes nng begin; only then can it be changed. */
	if (e == E_OK && !tls_engine_ours() &&
	    (nng_tls_engine_register(&engine) != 0 || !tls_engine_ours()))
		e = E_SYSTEM;
	pthread_mutex_unlock(&lock);
	return e;
}

enum err
tls_engine_peer(struct tls_peer *out, struct nng_stream *s)
{
	struct tls_peer peer;
	bool yes = false;
	int rv;

	asked.out = &peer;
	asked.err = E_AGAIN;
	rv = nng_stream_get_bool(s, NNG_OPT_TLS_VERIFIED, &yes);
	asked.out = NULL;
	if (rv != 0)
		return E_AGAIN;
	if (asked.err == E_OK)
		*out = peer;
	return asked.err;
}
