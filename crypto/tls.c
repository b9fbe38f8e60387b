#include "crypto/tls.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "crypto/cert.h"
#include "crypto/keyfile.h"
#include "crypto/tls_context.h"
#include "crypto/tls_engine.h"

enum err
tls_start(void)
{
	return tls_engine_start();
}

enum err
tls_peer(struct tls_peer *out, struct nng_stream *s)
{
	return tls_engine_peer(out, s);
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

	assert(tls_engine_ours());
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

/* ---- material ---- */

enum err
tls_material_check(const struct tls_material *m)
{
	SSL_CTX *ctx;
	bool good;

	/* It may be the first use of OpenSSL: see tls_start. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    (ctx = tls_context_new()) == NULL)
		return E_NOMEM;
	good = tls_context_trust(ctx, m->ca_pem) &&
	       tls_context_show(ctx, m->cert_pem) &&
	       tls_context_key(ctx, m->key_pem) && tls_context_signed(ctx);
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
