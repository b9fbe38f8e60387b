#include "crypto/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
#include "crypto/keyfile.h"

#define ENGINE_NAME "ward-openssl"
#define NAME_MAX_ 253 /* bytes of a server name */
#define CHAIN_MAX 4   /* certificates above the leaf */
#define SECURITY_LEVEL 2
#define SUITES                                           \
	"TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:" \
	"TLS_CHACHA20_POLY1305_SHA256"

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

static BIO_METHOD *pipe_method; /* made once, by tls_start */

/* Where `verified` puts what tls_peer, on the same thread, asks for. */
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

/* A password is never asked for: no terminal may appear here. */
static int
no_password(char *buf, int size, int writing, void *u)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)u;
	return -1;
}

static SSL_CTX *
context_new(void)
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
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
	return ctx;
}

/* The next certificate of a text; NULL at its end. */
static X509 *
certificate_next(BIO *bio)
{
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_password, NULL);

	ERR_clear_error();
	return cert;
}

/* Trust every certificate of the text; false when there is none. */
static bool
context_trust(SSL_CTX *ctx, const char *ca_pem)
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

/* Show the first certificate of the text, and the others as its chain. */
static bool
context_show(SSL_CTX *ctx, const char *cert_pem)
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

static bool
context_key(SSL_CTX *ctx, const char *key_pem)
{
	BIO *bio = BIO_new_mem_buf(key_pem, -1);
	EVP_PKEY *key = NULL;
	bool good;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	good = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	       SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(key);
	BIO_free(bio);
	return good;
}

static int
config_init(struct nng_tls_engine_config *cfg, nng_tls_mode mode)
{
	cfg->mode = mode;
	cfg->ctx = context_new();
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
	good = context_trust(cfg->ctx, ca_pem);
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
	good =
	    context_show(cfg->ctx, cert_pem) && context_key(cfg->ctx, key_pem);
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

/* nng_fini would silently bring nng's own engine back. */
static bool
engine_is_ours(void)
{
	return strcmp(nng_tls_engine_name(), ENGINE_NAME) == 0;
}

enum err
tls_start(void)
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
	if (e == E_OK && !engine_is_ours() &&
	    (nng_tls_engine_register(&engine) != 0 || !engine_is_ours()))
		e = E_SYSTEM;
	pthread_mutex_unlock(&lock);
	return e;
}

static enum err
err_of(int rv)
{
	if (rv == 0)
		return E_OK;
	return rv == NNG_ENOMEM ? E_NOMEM : E_CONFIG;
}

enum err
tls_config_new(struct nng_tls_config **out, const struct tls_material *m,
    const char *server_name)
{
	nng_tls_config *cfg = NULL;
	int rv;

	assert(engine_is_ours());
	rv = nng_tls_config_alloc(&cfg,
	    server_name == NULL ? NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT);
	if (rv == 0)
		rv = nng_tls_config_auth_mode(cfg, NNG_TLS_AUTH_MODE_REQUIRED);
	if (rv == 0)
		rv = nng_tls_config_ca_chain(cfg, m->ca_pem, NULL);
	if (rv == 0)
		rv =
		    nng_tls_config_own_cert(cfg, m->cert_pem, m->key_pem, NULL);
	if (rv == 0 && server_name != NULL)
		rv = nng_tls_config_server_name(cfg, server_name);
	if (rv != 0) {
		if (cfg != NULL)
			nng_tls_config_free(cfg);
		return err_of(rv);
	}
	*out = cfg;
	return E_OK;
}

enum err
tls_peer(struct tls_peer *out, struct nng_stream *s)
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

/* ---- material ---- */

/* Has the authority in ctx signed the certificate in it? */
static bool
context_signed(SSL_CTX *ctx)
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

enum err
tls_material_check(const struct tls_material *m)
{
	SSL_CTX *ctx;
	bool good;

	/* It may be the first use of OpenSSL: see tls_start. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    (ctx = context_new()) == NULL)
		return E_NOMEM;
	good = context_trust(ctx, m->ca_pem) &&
	       context_show(ctx, m->cert_pem) && context_key(ctx, m->key_pem) &&
	       context_signed(ctx);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	if (!good)
		return E_CONFIG;
	/* cert_party reads the first certificate, as context_show does. */
	return cert_party(NULL, NULL, m->cert_pem,
		   strnlen(m->cert_pem, CERT_PEM_MAX)) == E_OK
		   ? E_OK
		   : E_CONFIG;
}

/* A text file that all may read, at most TLS_PEM_MAX bytes; links are fine. */
static enum err
text_load(char **out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	size_t done = 0;
	ssize_t n = -1;
	enum err e = E_OK;

	if (fd == -1)
		return errno == ENOENT ? E_NOTFOUND : E_IO;
	if ((text = malloc(TLS_PEM_MAX + 1)) == NULL)
		e = E_NOMEM;
	while (e == E_OK && done <= TLS_PEM_MAX &&
	       (n = read(fd, text + done, TLS_PEM_MAX + 1 - done)) > 0)
		done += (size_t)n;
	close(fd);
	if (e == E_OK && n < 0)
		e = E_IO;
	if (e == E_OK && done > TLS_PEM_MAX)
		e = E_LIMIT;
	if (e == E_OK && memchr(text, '\0', done) != NULL)
		e = E_FORMAT;
	if (e != E_OK) {
		free(text);
		return e;
	}
	text[done] = '\0';
	*out = text;
	return E_OK;
}

enum err
tls_material_load(struct tls_material *out, const char *ca_path,
    const char *cert_path, const char *key_path)
{
	char *ca = NULL, *cert = NULL, *key = NULL;
	enum err e;

	if ((e = text_load(&ca, ca_path)) != E_OK ||
	    (e = text_load(&cert, cert_path)) != E_OK ||
	    (e = keyfile_load_text(&key, key_path, TLS_PEM_MAX)) != E_OK) {
		free(ca);
		free(cert);
		return e;
	}
	*out = (struct tls_material){ ca, cert, key };
	return E_OK;
}

void
tls_material_free(struct tls_material *m)
{
	free((void *)(uintptr_t)m->ca_pem);
	free((void *)(uintptr_t)m->cert_pem);
	keyfile_free_text((char *)(uintptr_t)m->key_pem);
	*m = (struct tls_material){ NULL, NULL, NULL };
}
