/*
 * base/rng.h -- the shape of a random source, handed in by the caller.
 *
 * Production hands in crypto/random (a keyed stream, keyed from the kernel);
 * tests hand in theirs.  Nothing below crypto/ makes randomness of its own.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>

#include "base/err.h"

struct rng {
	/* Fill buf[0, len) or return E_RNG; then buf holds nothing of use. */
	enum err (*fill)(void *ctx, void *buf, size_t len);
	void *ctx;
};

#endif
