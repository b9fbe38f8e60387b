/* Promises of crypto/tls: its material, and whom it takes for a party.  The
 * handshakes between two of ours are in protocol/test_transport. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "crypto/tls.h"
#include "tests/unit/pki_test.h"

static struct pki pki;
static struct tls_material hub, spoke;

static int
setup(void **state)
{
	const char *name = "127.0.0.1";

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	pki_new(&pki);
	pki_party(&pki, &hub, "hub", &name, 1);
	pki_party(&pki, &spoke, "spoke", NULL, 0);
	PKI_MUST(tls_start());
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tls_material_free(&hub);
	tls_material_free(&spoke);
	pki_end(&pki);
	return 0;
}

static void
test_the_engine_is_ours_and_starting_again_is_harmless(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tls_start(), E_OK);
		assert_string_equal(nng_tls_engine_name(), "ward-openssl");
	}
}

static void
put(const char *path, const char *text, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
test_files_that_are_not_as_they_must_be_are_refused(void **state)
{
	char key[PKI_PATH], cert[PKI_PATH], bad[PKI_PATH];
	char *large = malloc(TLS_PEM_MAX + 1);
	struct tls_material m = { NULL, NULL, NULL };

	(void)state;
	pki_path(key, &pki, "spoke", "key");
	pki_path(cert, &pki, "spoke", "pem");
	pki_path(bad, &pki, "spoke", "bad");
	assert_int_equal(tls_material_load(&m, bad, cert, key), E_NOTFOUND);
	assert_int_equal(tls_material_load(&m, pki.ca, bad, key), E_NOTFOUND);
	assert_int_equal(tls_material_load(&m, pki.ca, cert, bad), E_NOTFOUND);
	assert_int_equal(tls_material_load(&m, pki.dir, cert, key), E_IO);

	memset(large, 'x', TLS_PEM_MAX + 1);
	put(bad, large, TLS_PEM_MAX + 1, 0644);
	assert_int_equal(tls_material_load(&m, bad, cert, key), E_LIMIT);
	put(bad, "a\0b", 3, 0644);
	assert_int_equal(tls_material_load(&m, bad, cert, key), E_FORMAT);
	put(bad, spoke.key_pem, strlen(spoke.key_pem), 0644);
	assert_int_equal(tls_material_load(&m, pki.ca, cert, bad), E_CONFIG);
	assert_null(m.ca_pem);
	assert_null(m.cert_pem);
	assert_null(m.key_pem);
	free(large);
}

static void
test_material_that_does_not_fit_is_refused(void **state)
{
	struct pki other;
	struct tls_material alien;
	char *cut = strdup(spoke.cert_pem);

	(void)state;
	cut[strlen(cut) / 2] = '\0';
	pki_new(&other);
	pki_party(&other, &alien, "alien", NULL, 0);
	{
		const struct {
			const char *ca, *cert, *key;
			enum err want;
		} cases[] = {
			{ hub.ca_pem, hub.cert_pem, hub.key_pem, E_OK },
			{ hub.ca_pem, hub.cert_pem, spoke.key_pem, E_CONFIG },
			{ alien.ca_pem, hub.cert_pem, hub.key_pem, E_CONFIG },
			{ hub.ca_pem, alien.cert_pem, alien.key_pem, E_CONFIG },
			{ "", hub.cert_pem, hub.key_pem, E_CONFIG },
			{ hub.ca_pem, "", hub.key_pem, E_CONFIG },
			{ hub.ca_pem, hub.cert_pem, "", E_CONFIG },
			{ hub.ca_pem, cut, spoke.key_pem, E_CONFIG },
			/* the authority itself is no party */
			{ hub.ca_pem, hub.ca_pem, hub.key_pem, E_CONFIG },
		};

		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct tls_material m = { cases[i].ca, cases[i].cert,
				cases[i].key };

			assert_int_equal(tls_material_check(&m), cases[i].want);
		}
	}
	tls_material_free(&alien);
	pki_end(&other);
	free(cut);
}

static void
test_a_configuration_needs_its_material(void **state)
{
	char name[300];
	struct tls_material swapped = { hub.ca_pem, hub.cert_pem,
		spoke.key_pem };
	nng_tls_config *cfg = NULL;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(tls_config_new(&cfg, &swapped, NULL), E_CONFIG);
	assert_int_equal(tls_config_new(&cfg, &spoke, ""), E_CONFIG);
	assert_int_equal(tls_config_new(&cfg, &spoke, name), E_CONFIG);
	assert_null(cfg);
	assert_int_equal(tls_config_new(&cfg, &spoke, "hub"), E_OK);
	nng_tls_config_free(cfg);
}

/* ---- what may stand in a certificate ---- */

/* A certificate by the test's authority with these lines of OpenSSL's extension
 * syntax, by the openssl command; its material in *m. */
static void
odd_party(struct tls_material *m, const char *lines)
{
	char key[PKI_PATH], csr[PKI_PATH], ext[PKI_PATH], cert[PKI_PATH];
	char command[1024], *text;
	struct party_id id;

	pki_path(key, &pki, "odd", "key");
	pki_path(csr, &pki, "odd", "csr");
	pki_path(ext, &pki, "odd", "ext");
	pki_path(cert, &pki, "odd", "pem");
	(void)unlink(key);
	PKI_MUST(party_id_parse(&id, "odd", 3));
	PKI_MUST(cert_request_new(&text, key, &id));
	put(csr, text, strlen(text), 0644);
	free(text);
	put(ext, lines, strlen(lines), 0644);
	snprintf(command, sizeof(command),
	    "openssl x509 -req -in %s -CA %s -CAkey %s -days 1 -extfile %s "
	    "-out %s 2>/dev/null",
	    csr, pki.ca, pki.ca_key, ext, cert);
	assert_int_equal(system(command), 0);
	PKI_MUST(tls_material_load(m, pki.ca, cert, key));
}

/* A certificate for the hub by a party's own key, with that party's
 * certificate as the chain; its material in *m. */
static void
forged_party(struct tls_material *m)
{
	char spoke_cert[PKI_PATH], spoke_key[PKI_PATH], key[PKI_PATH];
	char csr[PKI_PATH], ext[PKI_PATH], cert[PKI_PATH];
	char command[1024], *text;
	struct party_id id;

	pki_path(spoke_cert, &pki, "spoke", "pem");
	pki_path(spoke_key, &pki, "spoke", "key");
	pki_path(key, &pki, "forged", "key");
	pki_path(csr, &pki, "forged", "csr");
	pki_path(ext, &pki, "forged", "ext");
	pki_path(cert, &pki, "forged", "pem");
	PKI_MUST(party_id_parse(&id, "hub", 3));
	PKI_MUST(cert_request_new(&text, key, &id));
	put(csr, text, strlen(text), 0644);
	free(text);
	text = "subjectAltName=URI:ward://party/hub,DNS:hub";
	put(ext, text, strlen(text), 0644);
	snprintf(command, sizeof(command),
	    "openssl x509 -req -in %s -CA %s -CAkey %s -days 1 -extfile %s "
	    "-out %s 2>/dev/null && cat %s >>%s",
	    csr, spoke_cert, spoke_key, ext, cert, spoke_cert, cert);
	assert_int_equal(system(command), 0);
	PKI_MUST(tls_material_load(m, pki.ca, cert, key));
}

/* A TLS client of OpenSSL's with m as its certificate, at fd. */
static SSL *
client_new(const struct tls_material *m, int fd)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	BIO *cert_bio = BIO_new_mem_buf(m->cert_pem, -1);
	BIO *key_bio = BIO_new_mem_buf(m->key_pem, -1);
	X509 *cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
	SSL *ssl;

	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(cert);
	while ((cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL)) != NULL)
		assert_int_equal(SSL_CTX_add0_chain_cert(ctx, cert), 1);
	EVP_PKEY_free(key);
	BIO_free(cert_bio);
	BIO_free(key_bio);
	ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_fd(ssl, fd);
	return ssl;
}

static int
connect_to(int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* A listening stream of nng's with our engine. */
static nng_stream_listener *
listener_new(int *port)
{
	nng_stream_listener *l;
	nng_tls_config *cfg;

	PKI_MUST(tls_config_new(&cfg, &hub, NULL));
	assert_int_equal(
	    nng_stream_listener_alloc(&l, "tls+tcp://127.0.0.1:0"), 0);
	assert_int_equal(
	    nng_stream_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, cfg), 0);
	nng_tls_config_free(cfg);
	assert_int_equal(nng_stream_listener_listen(l), 0);
	assert_int_equal(
	    nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, port), 0);
	return l;
}

/* What a listener makes of a client with m that says one word: *handshake, and
 * when it came to that, what tls_peer says. */
static enum err
heard(const struct tls_material *m, bool *handshake, struct tls_peer *peer)
{
	int port, fd, early;
	nng_stream_listener *l = listener_new(&port);
	nng_aio *accept, *recv;
	nng_stream *s;
	char buf[8];
	nng_iov iov = { buf, sizeof(buf) };
	enum err e = E_CLOSED;
	SSL *ssl;

	assert_int_equal(nng_aio_alloc(&accept, NULL, NULL), 0);
	assert_int_equal(nng_aio_alloc(&recv, NULL, NULL), 0);
	nng_stream_listener_accept(l, accept);
	fd = connect_to(port);
	nng_aio_wait(accept);
	assert_int_equal(nng_aio_result(accept), 0);
	s = nng_aio_get_output(accept, 0);
	early = (int)tls_peer(peer, s);
	assert_int_equal(early, E_AGAIN);
	nng_aio_set_iov(recv, 1, &iov);
	nng_stream_recv(s, recv);
	ssl = client_new(m, fd);
	if (SSL_connect(ssl) == 1)
		(void)SSL_write(ssl, "word", 4);
	nng_aio_wait(recv);
	*handshake = nng_aio_result(recv) == 0;
	if (*handshake)
		e = tls_peer(peer, s);
	else
		assert_int_equal(nng_aio_result(recv), NNG_EPEERAUTH);
	SSL_free(ssl);
	close(fd);
	nng_stream_close(s);
	nng_stream_listener_close(l);
	poll(NULL, 0, 50); /* nng lets go */
	nng_aio_free(accept);
	nng_aio_free(recv);
	nng_stream_free(s);
	nng_stream_listener_free(l);
	return e;
}

static void
test_exactly_one_party_is_named(void **state)
{
	static const struct {
		const char *what, *lines;
		bool handshake;
		enum err want;
	} cases[] = {
		{ "as it must be", "subjectAltName=URI:ward://party/odd", true,
		    E_OK },
		{ "and a name", "subjectAltName=URI:ward://party/odd,DNS:hub",
		    true, E_OK },
		{ "no URI", "subjectAltName=DNS:odd", true, E_PEER },
		{ "no alternative name", "basicConstraints=CA:FALSE", true,
		    E_PEER },
		{ "two parties",
		    "subjectAltName=URI:ward://party/odd,URI:ward://party/hub",
		    true, E_PEER },
		{ "two URIs",
		    "subjectAltName=URI:ward://party/odd,URI:http://x", true,
		    E_PEER },
		{ "another URI", "subjectAltName=URI:http://party/odd", true,
		    E_PEER },
		{ "no party's name", "subjectAltName=URI:ward://party/Odd",
		    true, E_PEER },
		{ "a path", "subjectAltName=URI:ward://party/odd/hub", true,
		    E_PEER },
		{ "a NUL: ward://party/hub, 0, x",
		    "subjectAltName=DER:30:14:86:12:77:61:72:64:3a:2f:2f:70:61:"
		    "72:74:79:2f:68:75:62:00:78",
		    true, E_PEER },
		{ "for servers only",
		    "subjectAltName=URI:ward://party/odd\n"
		    "extendedKeyUsage=serverAuth",
		    false, E_CLOSED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tls_peer peer = { .party.s = "unset" };
		struct tls_material m;
		bool handshake;
		enum err e;

		odd_party(&m, cases[i].lines);
		e = heard(&m, &handshake, &peer);
		if (e != cases[i].want || handshake != cases[i].handshake)
			fail_msg("%s: %s", cases[i].what, err_text(e));
		assert_string_equal(peer.party.s, e == E_OK ? "odd" : "unset");
		tls_material_free(&m);
	}
}

/* A party's certificate makes no other party's. */
static void
test_a_party_is_no_authority(void **state)
{
	struct tls_peer peer = { .party.s = "unset" };
	struct tls_material m;
	bool handshake;

	(void)state;
	forged_party(&m);
	assert_int_equal(heard(&m, &handshake, &peer), E_CLOSED);
	assert_false(handshake);
	assert_string_equal(peer.party.s, "unset");
	assert_int_equal(tls_material_check(&m), E_CONFIG);
	tls_material_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_engine_is_ours_and_starting_again_is_harmless),
		cmocka_unit_test(
		    test_files_that_are_not_as_they_must_be_are_refused),
		cmocka_unit_test(test_material_that_does_not_fit_is_refused),
		cmocka_unit_test(test_a_configuration_needs_its_material),
		cmocka_unit_test(test_exactly_one_party_is_named),
		cmocka_unit_test(test_a_party_is_no_authority),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
