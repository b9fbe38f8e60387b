/* Promises of crypto/cert: what is issued verifies, names one party, and
 * nothing but the key of a request is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"

static char dir[] = "/tmp/ward-test-cert-XXXXXX";
static char ca_cert[64], ca_key[64], tls_key[64], leaf[64];

static int
before(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(ca_cert, sizeof(ca_cert), "%s/ca.pem", dir);
	snprintf(ca_key, sizeof(ca_key), "%s/ca.key", dir);
	snprintf(tls_key, sizeof(tls_key), "%s/tls.key", dir);
	snprintf(leaf, sizeof(leaf), "%s/tls.pem", dir);
	return cert_ca_new(ca_cert, ca_key, "Test federation", 30) == E_OK ? 0
									   : -1;
}

static int
after(void **state)
{
	(void)state;
	unlink(ca_cert);
	unlink(ca_key);
	unlink(tls_key);
	unlink(leaf);
	return rmdir(dir);
}

static struct party_id
party(const char *name)
{
	struct party_id id;

	assert_int_equal(party_id_parse(&id, name, strlen(name)), E_OK);
	return id;
}

static void
save(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Run openssl(1), another reader of the same standard, on our files. */
static bool openssl(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static bool
openssl(const char *format, ...)
{
	char command[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	return system(command) == 0;
}

static char *
issue(const char *name, const char *const *names, size_t n, unsigned days)
{
	struct party_id id = party(name);
	char *csr, *pem;

	unlink(tls_key);
	assert_int_equal(cert_request_new(&csr, tls_key, &id), E_OK);
	assert_int_equal(
	    cert_issue(&pem, ca_cert, ca_key, csr, &id, names, n, days), E_OK);
	free(csr);
	return pem;
}

static void
test_an_issued_certificate_verifies(void **state)
{
	static const char *const names[] = { "coordinator.example", "127.0.0.1",
		"::1" };
	char *pem = issue("coord", names, 3, 10);
	struct party_id id;
	uint64_t end, now = (uint64_t)time(NULL);

	(void)state;
	save(leaf, pem);
	assert_true(openssl("openssl verify -x509_strict -purpose sslserver "
			    "-verify_ip 127.0.0.1 -CAfile %s %s >/dev/null",
	    ca_cert, leaf));
	assert_true(openssl("openssl verify -x509_strict -purpose sslclient "
			    "-verify_hostname coordinator.example "
			    "-CAfile %s %s >/dev/null",
	    ca_cert, leaf));
	assert_false(openssl("openssl verify -verify_hostname other.example "
			     "-CAfile %s %s >/dev/null 2>&1",
	    ca_cert, leaf));
	assert_true(openssl("openssl x509 -in %s -noout -text | "
			    "grep -q 'URI:ward://party/coord,.*IP Address:0:0'",
	    leaf));
	assert_int_equal(cert_party(&id, &end, pem, strlen(pem)), E_OK);
	assert_string_equal(id.s, "coord");
	assert_true(end > now + 10 * 86400 - 60 && end < now + 10 * 86400 + 60);
	assert_int_equal(cert_party(NULL, NULL, pem, strlen(pem)), E_OK);
	free(pem);
}

static void
test_keys_are_secret_and_never_replaced(void **state)
{
	struct party_id id = party("node");
	uint8_t first[32], again[32];
	char *csr;
	struct stat st;

	(void)state;
	assert_int_equal(stat(ca_key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(ca_cert, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(hash_file(first, ca_key), E_OK);
	assert_int_equal(
	    cert_ca_new(ca_cert, ca_key, "Test federation", 30), E_EXISTS);
	unlink(ca_cert);
	assert_int_equal(
	    cert_ca_new(ca_cert, ca_key, "Test federation", 30), E_EXISTS);
	assert_int_not_equal(stat(ca_cert, &st), 0);
	assert_int_equal(hash_file(again, ca_key), E_OK);
	assert_memory_equal(first, again, 32);

	assert_int_equal(cert_request_new(&csr, tls_key, &id), E_OK);
	free(csr);
	assert_int_equal(stat(tls_key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(cert_request_new(&csr, tls_key, &id), E_EXISTS);
}

static void
test_a_failed_authority_leaves_nothing(void **state)
{
	char nowhere[96];
	struct stat st;

	(void)state;
	snprintf(nowhere, sizeof(nowhere), "%s/no/ca.pem", dir);
	assert_int_equal(
	    cert_ca_new(nowhere, tls_key, "Test federation", 30), E_IO);
	assert_int_not_equal(stat(tls_key, &st), 0);
}

static void
test_arguments_are_held_to_their_ranges(void **state)
{
	static const char *const bad[] = { "", "*.example", "a..b", ".a", "a.",
		"a b", "a,URI:ward://party/x", "a/b", "a\n", "[::1]", "a_b",
		"1.2.3.4/8" };
	struct party_id id = party("node"), none = { "" };
	char *csr, *pem = NULL;
	const char *many[CERT_NAMES_MAX + 1];

	(void)state;
	assert_int_equal(cert_ca_new(leaf, tls_key, "", 30), E_ARG);
	assert_int_equal(cert_ca_new(leaf, tls_key, "a\nb", 30), E_ARG);
	assert_int_equal(cert_ca_new(leaf, tls_key, "a", 0), E_ARG);
	assert_int_equal(
	    cert_ca_new(leaf, tls_key, "a", CERT_DAYS_MAX + 1), E_ARG);
	assert_int_equal(cert_request_new(&csr, tls_key, &none), E_ARG);
	assert_int_equal(cert_request_new(&csr, tls_key, &id), E_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    cert_issue(&pem, ca_cert, ca_key, csr, &id, &bad[i], 1, 10),
		    E_ARG);
	for (size_t i = 0; i <= CERT_NAMES_MAX; i++)
		many[i] = "a.example";
	assert_int_equal(cert_issue(&pem, ca_cert, ca_key, csr, &id, many,
			     CERT_NAMES_MAX + 1, 10),
	    E_ARG);
	assert_int_equal(
	    cert_issue(&pem, ca_cert, ca_key, csr, &none, NULL, 0, 10), E_ARG);
	assert_int_equal(
	    cert_issue(&pem, ca_cert, ca_key, csr, &id, NULL, 0, 0), E_ARG);
	assert_null(pem);
	assert_int_equal(cert_issue(&pem, ca_cert, ca_key, csr, &id, many,
			     CERT_NAMES_MAX, 10),
	    E_OK);
	free(pem);
	free(csr);
}

/* The request asks for another name, and for an authority: it gets neither. */
static void
test_only_the_key_of_a_request_counts(void **state)
{
	struct party_id asked = party("governor"), id;
	char *csr, *pem;

	(void)state;
	assert_int_equal(cert_request_new(&csr, tls_key, &asked), E_OK);
	id = party("node");
	assert_int_equal(
	    cert_issue(&pem, ca_cert, ca_key, csr, &id, NULL, 0, 10), E_OK);
	assert_int_equal(cert_party(&id, NULL, pem, strlen(pem)), E_OK);
	assert_string_equal(id.s, "node");
	save(leaf, pem);
	assert_true(openssl("openssl x509 -in %s -noout -text | "
			    "grep -q CA:FALSE",
	    leaf));
	assert_false(openssl("openssl x509 -in %s -noout -text | "
			     "grep -q governor",
	    leaf));
	free(csr);
	free(pem);
}

static void
test_no_certificate_outlives_the_authority(void **state)
{
	char *pem = issue("node", NULL, 0, 300);
	uint64_t end, now = (uint64_t)time(NULL);

	(void)state;
	assert_int_equal(cert_party(NULL, &end, pem, strlen(pem)), E_OK);
	assert_true(end < now + 31 * 86400);
	free(pem);
}

/* Read a request made by openssl(1) and try to have it signed. */
static enum err
issue_foreign(const char *make)
{
	struct party_id id = party("node");
	char command[600], text[8192], *pem = NULL;
	size_t n;
	FILE *f;
	enum err e;

	snprintf(command, sizeof(command), "%s 2>/dev/null", make);
	assert_non_null(f = popen(command, "r"));
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	assert_int_equal(pclose(f), 0);
	assert_true(n > 100);
	e = cert_issue(&pem, ca_cert, ca_key, text, &id, NULL, 0, 10);
	free(pem);
	return e;
}

static void
test_only_requests_for_p256_are_signed(void **state)
{
	(void)state;
	assert_int_equal(
	    issue_foreign("openssl req -new -newkey ec -pkeyopt "
			  "ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
			  "-subj /CN=x"),
	    E_OK);
	assert_int_equal(
	    issue_foreign("openssl req -new -newkey ec -pkeyopt "
			  "ec_paramgen_curve:P-384 -nodes -keyout /dev/null "
			  "-subj /CN=x"),
	    E_FORMAT);
	assert_int_equal(
	    issue_foreign("openssl req -new -newkey rsa:2048 -nodes -keyout "
			  "/dev/null -subj /CN=x"),
	    E_FORMAT);
	assert_int_equal(
	    issue_foreign("openssl req -new -newkey ed25519 -nodes -keyout "
			  "/dev/null -subj /CN=x"),
	    E_FORMAT);
	assert_int_equal(
	    issue_foreign(
		"openssl req -new -newkey ec -pkeyopt "
		"ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit -nodes "
		"-keyout /dev/null -subj /CN=x"),
	    E_FORMAT);
}

/* The request with one bit of its DER turned, as PEM again. */
static enum err
issue_turned(const char *csr, size_t at)
{
	struct party_id id = party("node");
	char copy[CERT_PEM_MAX], *pem = NULL;
	enum err e;

	strcpy(copy, csr);
	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	e = cert_issue(&pem, ca_cert, ca_key, copy, &id, NULL, 0, 10);
	free(pem);
	return e;
}

static void
test_an_altered_request_is_refused(void **state)
{
	struct party_id id = party("node");
	const char *body;
	char *csr;

	(void)state;
	assert_int_equal(cert_request_new(&csr, tls_key, &id), E_OK);
	body = strchr(csr, '\n');
	assert_non_null(body);
	for (const char *p = body + 1; p[0] != '-'; p++) {
		if (*p == '\n' || *p == '=' || p[1] == '=')
			continue;
		assert_int_not_equal(
		    issue_turned(csr, (size_t)(p - csr)), E_OK);
	}
	free(csr);
}

static void
test_an_unfit_authority_is_refused(void **state)
{
	struct party_id id = party("node");
	char *csr, *pem = NULL, *leaf_pem;
	char second[64];

	(void)state;
	leaf_pem = issue("node", NULL, 0, 10);
	save(leaf, leaf_pem);
	free(leaf_pem);
	snprintf(second, sizeof(second), "%s/2.key", dir);
	assert_int_equal(cert_request_new(&csr, second, &id), E_OK);
	unlink(second);
	/* a key that is not the authority's; a certificate that may not sign */
	assert_int_equal(
	    cert_issue(&pem, ca_cert, tls_key, csr, &id, NULL, 0, 10),
	    E_CONFIG);
	assert_int_equal(
	    cert_issue(&pem, leaf, tls_key, csr, &id, NULL, 0, 10), E_CONFIG);
	assert_int_equal(
	    cert_issue(&pem, dir, ca_key, csr, &id, NULL, 0, 10), E_IO);
	assert_int_equal(
	    cert_issue(&pem, ca_key, ca_key, csr, &id, NULL, 0, 10), E_FORMAT);
	assert_int_equal(chmod(ca_key, 0640), 0);
	assert_int_equal(
	    cert_issue(&pem, ca_cert, ca_key, csr, &id, NULL, 0, 10), E_CONFIG);
	unlink(ca_key);
	assert_int_equal(
	    cert_issue(&pem, ca_cert, ca_key, csr, &id, NULL, 0, 10),
	    E_NOTFOUND);
	assert_null(pem);
	free(csr);
}

static void
test_a_fingerprint_is_of_the_der_form(void **state)
{
	char *pem = issue("node", NULL, 0, 10);
	uint8_t a[CERT_FINGERPRINT], b[CERT_FINGERPRINT];
	char hex[3 * CERT_FINGERPRINT];

	(void)state;
	save(leaf, pem);
	assert_int_equal(cert_fingerprint(a, leaf), E_OK);
	assert_int_equal(cert_fingerprint_pem(b, pem, strlen(pem)), E_OK);
	assert_memory_equal(a, b, sizeof(a));
	for (size_t i = 0; i < CERT_FINGERPRINT; i++)
		snprintf(hex + 3 * i, 4, "%02X%s", a[i],
		    i + 1 < CERT_FINGERPRINT ? ":" : "");
	assert_true(openssl("openssl x509 -in %s -noout -fingerprint -sha256 | "
			    "grep -q '=%s'",
	    leaf, hex));
	assert_int_equal(cert_fingerprint(b, ca_cert), E_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(cert_fingerprint(b, ca_key), E_FORMAT);
	assert_int_equal(cert_fingerprint(b, dir), E_IO);
	assert_int_equal(cert_fingerprint(b, "/nowhere"), E_NOTFOUND);
	free(pem);
}

/* Certificates that openssl(1) made with those alternative names. */
static void
test_a_certificate_names_exactly_one_party(void **state)
{
	static const struct {
		const char *names;
		enum err want;
	} cases[] = {
		{ "URI:ward://party/node", E_OK },
		{ "URI:ward://party/node,DNS:a.example", E_OK },
		{ "DNS:a.example", E_FORMAT },
		{ "URI:ward://party/node,URI:ward://party/other", E_FORMAT },
		{ "URI:ward://party/node,URI:http://a.example", E_FORMAT },
		{ "URI:ward://party/", E_FORMAT },
		{ "URI:ward://party/Node", E_FORMAT },
		{ "URI:ward://party/node/x", E_FORMAT },
		{ "URI:ward://partynode", E_FORMAT },
		{ "URI:http://party/node", E_FORMAT },
		{ "DNS:ward://party/node", E_FORMAT },
		{ "URI:ward://party/a2345678901234567890123456789012",
		    E_FORMAT },
	};
	struct party_id id;
	char text[8192];
	size_t n;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(openssl("openssl req -x509 -newkey ec -pkeyopt "
				    "ec_paramgen_curve:P-256 -nodes -keyout "
				    "/dev/null -subj /CN=x -addext "
				    "subjectAltName=%s -out %s 2>/dev/null",
		    cases[i].names, leaf));
		assert_non_null(f = fopen(leaf, "r"));
		n = fread(text, 1, sizeof(text), f);
		fclose(f);
		memset(&id, 7, sizeof(id));
		if (cert_party(&id, NULL, text, n) != cases[i].want)
			fail_msg("%s", cases[i].names);
		if (cases[i].want == E_OK)
			assert_string_equal(id.s, "node");
		else
			assert_int_equal(id.s[0], 7);
	}
}

static void
test_other_bytes_are_no_certificate(void **state)
{
	char *pem = issue("node", NULL, 0, 10);
	uint8_t out[CERT_FINGERPRINT] = { 7 };
	struct party_id id;
	size_t len = strlen(pem);
	char *big = malloc(CERT_PEM_MAX + 2);

	(void)state;
	assert_non_null(big);
	for (size_t n = 0; n < len - 2; n += 13)
		assert_int_equal(cert_fingerprint_pem(out, pem, n), E_FORMAT);
	assert_int_equal(cert_party(&id, NULL, "", 0), E_FORMAT);
	memset(big, '\n', CERT_PEM_MAX + 2);
	memcpy(big, pem, len);
	assert_int_equal(cert_party(&id, NULL, big, CERT_PEM_MAX), E_OK);
	assert_int_equal(
	    cert_party(&id, NULL, big, CERT_PEM_MAX + 1), E_FORMAT);
	assert_int_equal(out[0], 7);
	free(big);
	free(pem);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, before, after)
	const struct CMUnitTest tests[] = {
		T(test_an_issued_certificate_verifies),
		T(test_keys_are_secret_and_never_replaced),
		T(test_a_failed_authority_leaves_nothing),
		T(test_arguments_are_held_to_their_ranges),
		T(test_only_the_key_of_a_request_counts),
		T(test_no_certificate_outlives_the_authority),
		T(test_only_requests_for_p256_are_signed),
		T(test_an_altered_request_is_refused),
		T(test_an_unfit_authority_is_refused),
		T(test_a_fingerprint_is_of_the_der_form),
		T(test_a_certificate_names_exactly_one_party),
		T(test_other_bytes_are_no_certificate),
	};
#undef T

	if (random_start() != E_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
