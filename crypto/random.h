/*
 * crypto/random.h -- randomness: a keyed stream, keyed from the kernel.
 *
 * AES-256 in counter mode (NIST SP 800-38A 6.5), the counter from 0, under a
 * key from getrandom(2).  A key gives at most 64 KiB, or one larger request,
 * and its first output is the next key, which takes its place: a later look
 * into memory tells what the key in use gave, and nothing of earlier ones.
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>

#include "base/err.h"
#include "base/rng.h"

struct random; /* opaque, SECRET; one thread at a time */

/*
 * random_start: make the crypto library ready.  Once per process, before any
 * other function of crypto/; again is harmless, also after a fork.
 *
 * E_RNG	the kernel gives no randomness.
 */
enum err random_start(void) MUST_USE;

/*
 * random_new: a source of its own.  After a fork the child's copy takes a new
 * key before its next byte: two processes never share output.
 *
 * E_NOMEM	out of memory.
 * E_RNG	the kernel gives no randomness.
 */
enum err random_new(struct random **out) MUST_USE;

/* random_free: wipe and free; NULL does nothing. */
void random_free(struct random *random);

/* random_rng: random in the shape of base/rng.h, valid as long as random. */
struct rng random_rng(struct random *random);

/* random_bytes: n bytes straight from the kernel, for keys; any thread.
 * E_RNG: the kernel refused; buf is wiped. */
enum err random_bytes(void *buf, size_t n) MUST_USE;

/* random_wipe: overwrite secret bytes; the compiler may not leave it out. */
void random_wipe(void *buf, size_t n);

#endif
