/*
 * crypto/sign.h -- Ed25519 (RFC 8032) signatures under a label.
 *
 * What is signed is len8(label) || label || bytes; the label as in
 * crypto/hash.h.  Verification refuses S outside [0, L), points of small
 * order and points not written canonically.
 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SIGN_SEED 32
#define SIGN_PUBLIC 32
#define SIGN_SECRET 64
#define SIGN_BYTES 64

struct sign_key { /* SECRET but for public; sign_wipe ends it */
	uint8_t seed[SIGN_SEED];
	uint8_t public[SIGN_PUBLIC];
	uint8_t secret[SIGN_SECRET]; /* seed || public, what libsodium wants */
};

/* sign_new: a fresh key.  E_RNG. */
enum err sign_new(struct sign_key *out) MUST_USE;

/* sign_from_seed: the key that seed gives. */
void sign_from_seed(struct sign_key *out, const uint8_t seed[SIGN_SEED]);

/* sign_wipe: overwrite the key. */
void sign_wipe(struct sign_key *key);

/* sign_make: the signature of p[0, n) under label.  E_NOMEM. */
enum err sign_make(uint8_t sig[SIGN_BYTES], const struct sign_key *key,
    const char *label, const void *p, size_t n) MUST_USE;

/* sign_good: is sig one by public over p[0, n) under label?  Also false when
 * memory ran out. */
bool sign_good(const uint8_t sig[SIGN_BYTES], const uint8_t public[SIGN_PUBLIC],
    const char *label, const void *p, size_t n) MUST_USE;

/* sign_raw, sign_raw_good: the same over the bytes alone, for formats that
 * bring their own separation (crypto/note). */
void sign_raw(uint8_t sig[SIGN_BYTES], const struct sign_key *key,
    const void *p, size_t n);
bool sign_raw_good(const uint8_t sig[SIGN_BYTES],
    const uint8_t public[SIGN_PUBLIC], const void *p, size_t n) MUST_USE;

#endif
