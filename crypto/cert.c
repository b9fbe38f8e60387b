#include "crypto/cert.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/cert_pem.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#define CURVE "prime256v1" /* P-256 by the name that OpenSSL gives back */
#define SERIAL 16
#define NAME_MAX_ 64
#define DNS_MAX 253
#define BACKDATE_S 3600 /* for clocks that are behind */

static enum err
key_new(EVP_PKEY **out)
{
	EVP_PKEY *key = EVP_EC_gen(CURVE);

	if (key == NULL)
		return E_RNG;
	*out = key;
	return E_OK;
}

/* Is it a key on P-256, said by name and not by the curve's numbers? */
static bool
key_is_p256(EVP_PKEY *key)
{
	char group[32];
	size_t len;
	int numbers = 0;

	return EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1 &&
	       strcmp(group, CURVE) == 0 &&
	       (EVP_PKEY_get_int_param(key,
		    OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		    &numbers) != 1 ||
		   numbers == 0);
}

static enum err
serial_set(X509 *cert)
{
	uint8_t bytes[SERIAL];
	BIGNUM *n;
	enum err e = random_bytes(bytes, sizeof(bytes));

	if (e != E_OK)
		return e;
	bytes[0] = (bytes[0] & 0x3f) | 0x40; /* positive, of one length */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	if (n == NULL ||
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) == NULL)
		e = E_NOMEM;
	BN_free(n);
	return e;
}

static bool
name_set(X509_NAME *name, const char *common)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		   (const unsigned char *)common, -1, -1, 0) == 1;
}

/* Version, serial number, validity and key of a certificate. */
static enum err
cert_begin(X509 *cert, EVP_PKEY *key, unsigned days)
{
	enum err e = serial_set(cert);

	if (e != E_OK)
		return e;
	if (X509_set_version(cert, X509_VERSION_3) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(cert), -BACKDATE_S) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, 0, NULL) ==
		NULL ||
	    X509_set_pubkey(cert, key) != 1)
		return E_NOMEM;
	return E_OK;
}

struct extension {
	int nid;
	const char *value;
};

/* clang-format off */
static const struct extension of_authority[] = {
	{ NID_basic_constraints,        "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage,                "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier,   "hash" },
	{ NID_undef,                    NULL },
};
static const struct extension of_party[] = {
	{ NID_basic_constraints,        "critical,CA:FALSE" },
	{ NID_key_usage,                "critical,digitalSignature" },
	{ NID_ext_key_usage,            "serverAuth,clientAuth" },
	{ NID_subject_key_identifier,   "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ NID_undef,                    NULL },
};
/* clang-format on */

static bool
extensions_add(X509 *cert, X509 *issuer, const struct extension *list)
{
	X509V3_CTX ctx;
	X509_EXTENSION *x;
	bool good = true;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (; list->value != NULL && good; list++) {
		x = X509V3_EXT_conf_nid(NULL, &ctx, list->nid, list->value);
		good = x != NULL && X509_add_ext(cert, x, -1) == 1;
		X509_EXTENSION_free(x);
	}
	return good;
}

/* Could people take it for a name on the screen, and is it short enough? */
static bool
display_good(const char *name)
{
	size_t n = strlen(name);

	if (n < 1 || n > NAME_MAX_)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] < 0x20 || name[i] > 0x7e)
			return false;
	return true;
}

static bool
days_good(unsigned days)
{
	return days >= 1 && days <= CERT_DAYS_MAX;
}

/* The self-signed certificate of an authority. */
static enum err
authority_make(X509 **out, EVP_PKEY *key, const char *name, unsigned days)
{
	X509 *cert = X509_new();
	enum err e = E_NOMEM;

	if (cert == NULL)
		return E_NOMEM;
	if ((e = cert_begin(cert, key, days)) != E_OK)
		goto out;
	if (!name_set(X509_get_subject_name(cert), name) ||
	    X509_set_issuer_name(cert, X509_get_subject_name(cert)) != 1 ||
	    !extensions_add(cert, cert, of_authority) ||
	    X509_sign(cert, key, EVP_sha256()) == 0) {
		e = E_NOMEM;
		goto out;
	}
	*out = cert;
	cert = NULL;
out:
	X509_free(cert);
	return e;
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

enum err
cert_ca_new(const char *ca_cert_path, const char *ca_key_path, const char *name,
    unsigned days)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	char *text = NULL;
	enum err e;

	if (!display_good(name) || !days_good(days))
		return E_ARG;
	if (exists(ca_cert_path) || exists(ca_key_path))
		return E_EXISTS;
	if ((e = key_new(&key)) != E_OK ||
	    (e = authority_make(&cert, key, name, days)) != E_OK ||
	    (e = cert_pem_write(&text, cert)) != E_OK ||
	    (e = cert_pem_key_save(ca_key_path, key)) != E_OK)
		goto out;
	if ((e = cert_pem_save(ca_cert_path, text)) != E_OK)
		unlink(ca_key_path);
out:
	free(text);
	X509_free(cert);
	EVP_PKEY_free(key);
	return e;
}

enum err
cert_request_new(
    char **csr_pem, const char *key_path, const struct party_id *party)
{
	EVP_PKEY *key = NULL;
	X509_REQ *req = NULL;
	BIO *bio = NULL;
	char *text = NULL;
	enum err e;

	if (!party_id_good(party))
		return E_ARG;
	if ((e = key_new(&key)) != E_OK)
		goto out;
	e = E_NOMEM;
	if ((req = X509_REQ_new()) == NULL ||
	    (bio = BIO_new(BIO_s_mem())) == NULL ||
	    X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
	    !name_set(X509_REQ_get_subject_name(req), party->s) ||
	    X509_REQ_set_pubkey(req, key) != 1 ||
	    X509_REQ_sign(req, key, EVP_sha256()) == 0 ||
	    PEM_write_bio_X509_REQ(bio, req) != 1)
		goto out;
	if ((e = cert_pem_text(&text, bio)) != E_OK ||
	    (e = cert_pem_key_save(key_path, key)) != E_OK)
		goto out;
	*csr_pem = text;
	text = NULL;
out:
	free(text);
	BIO_free(bio);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
	return e;
}

/* A request whose key is P-256 and has signed it. */
static enum err
request_parse(X509_REQ **out, const char *pem)
{
	BIO *bio = cert_pem_bio(pem, strnlen(pem, CERT_PEM_MAX + 1));
	X509_REQ *req = NULL;
	EVP_PKEY *key; /* in req */
	enum err e = E_FORMAT;

	if (bio != NULL)
		req = PEM_read_bio_X509_REQ(
		    bio, NULL, cert_pem_no_password, NULL);
	BIO_free(bio);
	if (req == NULL || (key = X509_REQ_get0_pubkey(req)) == NULL ||
	    !key_is_p256(key))
		goto out;
	if (X509_REQ_verify(req, key) != 1) {
		e = E_SIGNATURE;
		goto out;
	}
	*out = req;
	req = NULL;
	e = E_OK;
out:
	X509_REQ_free(req);
	ERR_clear_error();
	return e;
}

/* Letters, digits, dots and hyphens; no wildcard, no empty part. */
static bool
dns_good(const char *s)
{
	size_t n = strlen(s);

	if (n < 1 || n > DNS_MAX || s[0] == '.' || s[n - 1] == '.' ||
	    strstr(s, "..") != NULL)
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789.-") == n;
}

/* One more general name: bytes[n] of a string or address type. */
static bool
general_add(GENERAL_NAMES *list, int type, const void *bytes, size_t n)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *s =
	    type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	if (name == NULL || s == NULL ||
	    ASN1_STRING_set(s, bytes, (int)n) != 1) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(s);
		return false;
	}
	GENERAL_NAME_set0_value(name, type, s);
	if (sk_GENERAL_NAME_push(list, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

/* A DNS name or an address. */
static enum err
general_add_text(GENERAL_NAMES *list, const char *text)
{
	uint8_t ip[16];
	bool good;

	if (inet_pton(AF_INET, text, ip) == 1)
		good = general_add(list, GEN_IPADD, ip, 4);
	else if (inet_pton(AF_INET6, text, ip) == 1)
		good = general_add(list, GEN_IPADD, ip, 16);
	else if (dns_good(text))
		good = general_add(list, GEN_DNS, text, strlen(text));
	else
		return E_ARG;
	return good ? E_OK : E_NOMEM;
}

/* The alternative names: the party's URI and names[n]. */
static enum err
names_make(GENERAL_NAMES **out, const struct party_id *party,
    const char *const *names, size_t n)
{
	GENERAL_NAMES *list = sk_GENERAL_NAME_new_null();
	char uri[sizeof(CERT_URI) + PARTY_ID];
	enum err e = E_OK;

	strcpy(stpcpy(uri, CERT_URI), party->s);
	if (list == NULL || !general_add(list, GEN_URI, uri, strlen(uri)))
		e = E_NOMEM;
	for (size_t i = 0; i < n && e == E_OK; i++)
		e = general_add_text(list, names[i]);
	if (e != E_OK) {
		sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
		return e;
	}
	*out = list;
	return E_OK;
}

struct authority {
	X509 *cert;
	EVP_PKEY *key;
};

static void
authority_free(struct authority *a)
{
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
}

static enum err
authority_load(
    struct authority *out, const char *cert_path, const char *key_path)
{
	struct authority a = { NULL, NULL };
	enum err e;

	if ((e = cert_pem_load(&a.cert, cert_path)) == E_OK &&
	    (e = cert_pem_key_load(&a.key, key_path)) == E_OK &&
	    (X509_check_private_key(a.cert, a.key) != 1 ||
		X509_check_ca(a.cert) != 1 ||
		X509_cmp_current_time(X509_get0_notAfter(a.cert)) <= 0))
		e = E_CONFIG;
	ERR_clear_error();
	if (e != E_OK) {
		authority_free(&a);
		return e;
	}
	*out = a;
	return E_OK;
}

/* No certificate outlives the authority's own: its end would come unseen. */
static bool
end_within(X509 *cert, const X509 *ca)
{
	const ASN1_TIME *end = X509_get0_notAfter(ca);

	return ASN1_TIME_compare(X509_get0_notAfter(cert), end) <= 0 ||
	       X509_set1_notAfter(cert, end) == 1;
}

static enum err
party_make(X509 **out, const struct authority *ca, EVP_PKEY *key,
    const struct party_id *party, GENERAL_NAMES *names, unsigned days)
{
	X509 *cert = X509_new();
	enum err e = E_NOMEM;

	if (cert == NULL)
		return E_NOMEM;
	if ((e = cert_begin(cert, key, days)) != E_OK)
		goto out;
	if (!end_within(cert, ca->cert) ||
	    !name_set(X509_get_subject_name(cert), party->s) ||
	    X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) != 1 ||
	    !extensions_add(cert, ca->cert, of_party) ||
	    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) != 1 ||
	    X509_sign(cert, ca->key, EVP_sha256()) == 0) {
		e = E_NOMEM;
		goto out;
	}
	*out = cert;
	cert = NULL;
out:
	X509_free(cert);
	return e;
}

enum err
cert_issue(char **cert_pem, const char *ca_cert_path, const char *ca_key_path,
    const char *csr_pem, const struct party_id *party, const char *const *names,
    size_t n, unsigned days)
{
	struct authority ca = { NULL, NULL };
	GENERAL_NAMES *list = NULL;
	X509_REQ *req = NULL;
	X509 *cert = NULL;
	enum err e;

	if (!party_id_good(party) || n > CERT_NAMES_MAX || !days_good(days))
		return E_ARG;
	if ((e = names_make(&list, party, names, n)) != E_OK ||
	    (e = request_parse(&req, csr_pem)) != E_OK ||
	    (e = authority_load(&ca, ca_cert_path, ca_key_path)) != E_OK ||
	    (e = party_make(&cert, &ca, X509_REQ_get0_pubkey(req), party, list,
		 days)) != E_OK)
		goto out;
	e = cert_pem_write(cert_pem, cert);
out:
	X509_free(cert);
	X509_REQ_free(req);
	sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
	authority_free(&ca);
	return e;
}

enum err
cert_fingerprint(uint8_t out[CERT_FINGERPRINT], const char *cert_path)
{
	char *text;
	size_t len;
	enum err e = cert_pem_file(&text, &len, cert_path);

	if (e != E_OK)
		return e;
	e = cert_fingerprint_pem(out, text, len);
	free(text);
	return e;
}

enum err
cert_fingerprint_pem(uint8_t out[CERT_FINGERPRINT], const char *pem, size_t len)
{
	unsigned char *der = NULL;
	X509 *cert;
	int n;
	enum err e = cert_pem_read(&cert, pem, len);

	if (e != E_OK)
		return e;
	n = i2d_X509(cert, &der);
	X509_free(cert);
	if (n <= 0)
		return E_FORMAT;
	hash_sha256(out, der, (size_t)n);
	OPENSSL_free(der);
	return E_OK;
}

/* The party in a URI of ours. */
static enum err
uri_party(struct party_id *out, const ASN1_IA5STRING *uri)
{
	const size_t skip = sizeof(CERT_URI) - 1;
	const char *s = (const char *)ASN1_STRING_get0_data(uri);
	int len = ASN1_STRING_length(uri);

	if (len < 0 || (size_t)len <= skip || memcmp(s, CERT_URI, skip) != 0)
		return E_FORMAT;
	return party_id_parse(out, s + skip, (size_t)len - skip);
}

/* The party of the one URI among the alternative names. */
static enum err
names_party(struct party_id *out, const X509 *cert)
{
	GENERAL_NAMES *list =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const ASN1_IA5STRING *uri = NULL;
	size_t uris = 0;
	enum err e = E_FORMAT;

	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(list, i);

		if (name->type != GEN_URI)
			continue;
		uri = name->d.uniformResourceIdentifier;
		uris++;
	}
	if (uris == 1)
		e = uri_party(out, uri);
	sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
	ERR_clear_error();
	return e;
}

/* The UTC second of a certificate's end. */
static enum err
cert_end(uint64_t *out, const X509 *cert)
{
	struct tm tm;
	time_t t;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1 ||
	    (t = timegm(&tm)) < 0)
		return E_FORMAT;
	*out = (uint64_t)t;
	return E_OK;
}

enum err
cert_party(
    struct party_id *party, uint64_t *not_after, const char *pem, size_t len)
{
	struct party_id id;
	uint64_t end;
	X509 *cert;
	enum err e = cert_pem_read(&cert, pem, len);

	if (e != E_OK)
		return e;
	if ((e = names_party(&id, cert)) == E_OK)
		e = cert_end(&end, cert);
	X509_free(cert);
	if (e != E_OK)
		return e;
	if (party != NULL)
		*party = id;
	if (not_after != NULL)
		*not_after = end;
	return E_OK;
}
