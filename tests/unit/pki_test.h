/*
 * tests/unit/pki_test.h -- an authority and parties' certificates, made new for
 * every run in a folder of its own.
 */
#ifndef TESTS_UNIT_PKI_TEST_H
#define TESTS_UNIT_PKI_TEST_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/cert.h"
#include "crypto/random.h"
#include "crypto/tls.h"

#define PKI_PATH 128

struct pki {
	char dir[64];
	char ca[PKI_PATH], ca_key[PKI_PATH];
};

/* What the calls return must be E_OK here: nothing can be tested without. */
#define PKI_MUST(call)                      \
	do {                                \
		enum err e_ = (call);       \
		if (e_ != E_OK) {           \
			puts(err_text(e_)); \
			abort();            \
		}                           \
	} while (0)

static inline void
pki_new(struct pki *p)
{
	strcpy(p->dir, "/tmp/ward-pki-XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		abort();
	snprintf(p->ca, PKI_PATH, "%s/ca.pem", p->dir);
	snprintf(p->ca_key, PKI_PATH, "%s/ca.key", p->dir);
	PKI_MUST(random_start());
	PKI_MUST(cert_ca_new(p->ca, p->ca_key, "Test authority", 2));
}

static inline void
pki_path(char out[PKI_PATH], const struct pki *p, const char *party,
    const char *what)
{
	snprintf(out, PKI_PATH, "%s/%s.%s", p->dir, party, what);
}

/* A party with names[n] in its certificate; its material in *m, to be ended by
 * tls_material_free. */
static inline void
pki_party(const struct pki *p, struct tls_material *m, const char *party,
    const char *const *names, size_t n)
{
	char key[PKI_PATH], cert[PKI_PATH];
	struct party_id id;
	char *csr, *pem;
	FILE *f;

	pki_path(key, p, party, "key");
	pki_path(cert, p, party, "pem");
	PKI_MUST(party_id_parse(&id, party, strlen(party)));
	PKI_MUST(cert_request_new(&csr, key, &id));
	PKI_MUST(cert_issue(&pem, p->ca, p->ca_key, csr, &id, names, n, 1));
	if ((f = fopen(cert, "we")) == NULL || fputs(pem, f) < 0 ||
	    fclose(f) != 0)
		abort();
	free(csr);
	free(pem);
	PKI_MUST(tls_material_load(m, p->ca, cert, key));
}

/* A copy of the text a followed by b, to be freed. */
static inline char *
pki_join(const char *a, const char *b)
{
	char *out = malloc(strlen(a) + strlen(b) + 1);

	if (out == NULL)
		abort();
	strcpy(stpcpy(out, a), b);
	return out;
}

/* Remove the folder and all in it. */
static inline void
pki_end(const struct pki *p)
{
	char command[PKI_PATH];

	snprintf(command, sizeof(command), "rm -r %s", p->dir);
	if (system(command) != 0)
		abort();
}

#endif
