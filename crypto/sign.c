#include "crypto/sign.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/random.h"

enum err
sign_new(struct sign_key *out)
{
	uint8_t seed[SIGN_SEED];
	enum err e = random_bytes(seed, sizeof(seed));

	if (e != E_OK)
		return e;
	sign_from_seed(out, seed);
	random_wipe(seed, sizeof(seed));
	return E_OK;
}

void
sign_from_seed(struct sign_key *out, const uint8_t seed[SIGN_SEED])
{
	int rc;

	memcpy(out->seed, seed, SIGN_SEED);
	rc = crypto_sign_seed_keypair(out->public, out->secret, seed);
	assert(rc == 0);
}

void
sign_wipe(struct sign_key *key)
{
	random_wipe(key, sizeof(*key));
}

void
sign_raw(uint8_t sig[SIGN_BYTES], const struct sign_key *key, const void *p,
    size_t n)
{
	int rc = crypto_sign_detached(sig, NULL, p, n, key->secret);

	assert(rc == 0);
}

bool
sign_raw_good(const uint8_t sig[SIGN_BYTES], const uint8_t public[SIGN_PUBLIC],
    const void *p, size_t n)
{
	return crypto_sign_verify_detached(sig, p, n, public) == 0;
}

/* len8(label) || label || p[n] in one piece, to be freed; NULL: no memory. */
static uint8_t *
labelled(size_t *len, const char *label, const void *p, size_t n)
{
	size_t label_len = strlen(label);
	uint8_t *m;

	assert(label_len >= 1 && label_len <= HASH_LABEL_MAX);
	if (n > SIZE_MAX - 1 - label_len ||
	    (m = malloc(1 + label_len + n)) == NULL)
		return NULL;
	m[0] = (uint8_t)label_len;
	memcpy(m + 1, label, label_len);
	if (n > 0)
		memcpy(m + 1 + label_len, p, n);
	*len = 1 + label_len + n;
	return m;
}

enum err
sign_make(uint8_t sig[SIGN_BYTES], const struct sign_key *key,
    const char *label, const void *p, size_t n)
{
	size_t len;
	uint8_t *m = labelled(&len, label, p, n);

	if (m == NULL)
		return E_NOMEM;
	sign_raw(sig, key, m, len);
	free(m);
	return E_OK;
}

bool
sign_good(const uint8_t sig[SIGN_BYTES], const uint8_t public[SIGN_PUBLIC],
    const char *label, const void *p, size_t n)
{
	size_t len;
	uint8_t *m = labelled(&len, label, p, n);
	bool good;

	if (m == NULL)
		return false;
	good = sign_raw_good(sig, public, m, len);
	free(m);
	return good;
}
