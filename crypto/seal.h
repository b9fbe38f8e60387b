/*
 * crypto/seal.h -- bytes at rest: sealed so that only the key opens them, and
 * only as what they were.
 *
 * Source: AES-256-GCM, NIST SP 800-38D, with a random 96-bit nonce (8.2.2):
 * under one key at most 2^32 messages, so at 100 a second for a year.
 * Layout: nonce (12 bytes), ciphertext, tag (16).
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SEAL_KEY 32
#define SEAL_OVER 28                 /* bytes that sealing adds */
#define SEAL_MAX (UINT32_C(1) << 30) /* of one message */

struct seal; /* opaque, SECRET; one thread */

/* seal_new: key[SEAL_KEY] is copied.  E_NOMEM. */
enum err seal_new(struct seal **out, const uint8_t *key) MUST_USE;
void seal_free(struct seal *s); /* wipes; NULL does nothing */

/*
 * seal_close: out[n + SEAL_OVER] of in[n], n <= SEAL_MAX; they may be the same
 * buffer only if in is out + 12.  what[n_what] is not stored: it says what
 * these bytes are, and to open them the same must be said.
 *
 * E_RNG, E_NOMEM	out holds nothing of use.
 */
enum err seal_close(struct seal *s, uint8_t *out, const uint8_t *in, size_t n,
    const void *what, size_t n_what) MUST_USE;

/*
 * seal_open: out[n - SEAL_OVER] of in[n]; in and out do not overlap.
 *
 * E_SIGNATURE	other bytes, another key, or something else than what; n is
 *		below SEAL_OVER.  out is wiped.
 * E_NOMEM
 */
enum err seal_open(struct seal *s, uint8_t *out, const uint8_t *in, size_t n,
    const void *what, size_t n_what) MUST_USE;

#endif
