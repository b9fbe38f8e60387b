/*
 * crypto/hash.h -- BLAKE2b (RFC 7693) under a label.
 *
 * What is hashed is len8(label) || label || bytes: two uses with different
 * labels never hash the same input.  A label is ASCII, 1 ... 64 bytes, such as
 * "ward/query/1"; anything else is a broken caller (assert).
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HASH_BYTES 32
#define HASH_KEY 32
#define HASH_LABEL_MAX 64
#define HASH_SHORT 16
#define HASH_SHORT_KEY 16

struct hash { /* a hash under way; may be given up at any time */
	_Alignas(64) uint8_t state[384];
};

/* hash_label: BLAKE2b-256, no key, of p[0, n) under label. */
void hash_label(
    uint8_t out[HASH_BYTES], const char *label, const void *p, size_t n);

/* hash_keyed: the same with a key (SECRET) and a length of out_len bytes,
 * 16 ... 64; another length gives another hash, not a longer one. */
void hash_keyed(uint8_t *out, size_t out_len, const uint8_t key[HASH_KEY],
    const char *label, const void *p, size_t n);

/*
 * hash_short: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", 2012) of p[0, n), for what is hashed by
 * the million and never leaves the machine; without the key (SECRET) nobody
 * can tell it from noise.  No label: one key for each use.
 */
void hash_short(uint8_t out[HASH_SHORT], const uint8_t key[HASH_SHORT_KEY],
    const void *p, size_t n);

/* hash_open, hash_add, hash_end: hash_label of pieces; hash_end once. */
void hash_open(struct hash *h, const char *label);
void hash_add(struct hash *h, const void *p, size_t n);
void hash_end(struct hash *h, uint8_t out[HASH_BYTES]);

/* hash_bytes32: BLAKE2b-256 of p[0, n) under "ward/file/1". */
void hash_bytes32(uint8_t out[HASH_BYTES], const void *p, size_t n);

/* hash_file: hash_bytes32 of what the file holds.  E_NOTFOUND; E_ACCESS; E_IO:
 * it cannot be read. */
enum err hash_file(uint8_t out[HASH_BYTES], const char *path) MUST_USE;

/* hash_same: are a[n] and b[n] equal?  Time depends on n alone. */
bool hash_same(const void *a, const void *b, size_t n) MUST_USE;

/* hash_sha256: plain SHA-256 (FIPS 180-4), where a standard asks for it. */
void hash_sha256(uint8_t out[32], const void *p, size_t n);

#endif
