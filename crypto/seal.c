#include "crypto/seal.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "crypto/random.h"

#define NONCE 12
#define TAG 16

static_assert(NONCE + TAG == SEAL_OVER, "what sealing adds");

/* Each context keeps the key's schedule; a message sets its nonce only. */
struct seal {
	EVP_CIPHER_CTX *close, *open;
};

enum err
seal_new(struct seal **out, const uint8_t *key)
{
	struct seal *s = calloc(1, sizeof(*s));
	enum err e = E_NOMEM;

	if (s == NULL)
		return E_NOMEM;
	if ((s->close = EVP_CIPHER_CTX_new()) == NULL ||
	    (s->open = EVP_CIPHER_CTX_new()) == NULL)
		goto out;
	if (EVP_EncryptInit_ex(s->close, EVP_aes_256_gcm(), NULL, key, NULL) !=
		1 ||
	    EVP_DecryptInit_ex(s->open, EVP_aes_256_gcm(), NULL, key, NULL) !=
		1)
		goto out;
	*out = s;
	s = NULL;
	e = E_OK;
out:
	seal_free(s);
	return e;
}

void
seal_free(struct seal *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_CTX_free(s->close); /* wipes */
	EVP_CIPHER_CTX_free(s->open);
	free(s);
}

enum err
seal_close(struct seal *s, uint8_t *out, const uint8_t *in, size_t n,
    const void *what, size_t n_what)
{
	uint8_t *body = out + NONCE, *tag = body + n;
	EVP_CIPHER_CTX *c = s->close;
	int got;

	assert(n <= SEAL_MAX && n_what <= SEAL_MAX);
	if (random_bytes(out, NONCE) != E_OK)
		return E_RNG;
	if (EVP_EncryptInit_ex(c, NULL, NULL, NULL, out) != 1 ||
	    (n_what > 0 &&
		EVP_EncryptUpdate(c, NULL, &got, what, (int)n_what) != 1) ||
	    (n > 0 && EVP_EncryptUpdate(c, body, &got, in, (int)n) != 1) ||
	    EVP_EncryptFinal_ex(c, tag, &got) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag) != 1) {
		random_wipe(out, n + SEAL_OVER);
		return E_NOMEM;
	}
	return E_OK;
}

/* Deciphers body[n] into out[n], though the tag is still to be compared. */
static bool
decipher(EVP_CIPHER_CTX *c, uint8_t *out, const uint8_t *nonce, size_t n,
    const void *what, size_t n_what)
{
	const uint8_t *body = nonce + NONCE;
	uint8_t tag[TAG];
	int got;

	memcpy(tag, body + n, TAG); /* the call wants it writable */
	return EVP_DecryptInit_ex(c, NULL, NULL, NULL, nonce) == 1 &&
	       (n_what == 0 ||
		   EVP_DecryptUpdate(c, NULL, &got, what, (int)n_what) == 1) &&
	       (n == 0 || EVP_DecryptUpdate(c, out, &got, body, (int)n) == 1) &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1;
}

enum err
seal_open(struct seal *s, uint8_t *out, const uint8_t *in, size_t n,
    const void *what, size_t n_what)
{
	uint8_t none[1];
	size_t body = n - SEAL_OVER;
	enum err e = E_OK;
	int got;

	assert(n_what <= SEAL_MAX);
	if (n < SEAL_OVER)
		return E_SIGNATURE;
	if (body > SEAL_MAX)
		e = E_SIGNATURE;
	else if (!decipher(s->open, out, in, body, what, n_what))
		e = E_NOMEM;
	else if (EVP_DecryptFinal_ex(s->open, none, &got) != 1)
		e = E_SIGNATURE;
	if (e != E_OK)
		random_wipe(out, body);
	return e;
}
