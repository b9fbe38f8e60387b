/*
 * privacy/words.h -- random words for the samplers, read in pools.
 *
 * SECRET: the words tell the noise.  Words are little-endian 64-bit numbers,
 * consumed in the order in which the source gives bytes, so that a draw from a
 * fixed stream is the same on every machine.
 */
#ifndef PRIVACY_WORDS_H
#define PRIVACY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

__extension__ typedef unsigned __int128 u128;

#define WORDS_POOL 8192 /* bytes: what one refill asks of the source */

struct words { /* by words_start; wiped by words_end */
	const struct rng *rng;
	enum err err; /* sticky: E_RNG, or E_RANGE by words_give_up */
	size_t at;    /* bytes used of the pool, a multiple of 8 */
	uint8_t pool[WORDS_POOL];
};

void words_start(struct words *w, const struct rng *rng);

/* words_end: wipe; E_OK, or what went wrong on the way: then nothing that was
 * drawn may be used. */
enum err words_end(struct words *w) MUST_USE;

/* words_view: the next n bytes, n <= WORDS_POOL and a multiple of 8 (assert);
 * zeros once the source has failed.  Good until the next call. */
const uint8_t *words_view(struct words *w, size_t n);

/* words_next: the next 64 bits; 0 once the source has failed, and every loop
 * of the samplers ends on zeros. */
static inline uint64_t
words_next(struct words *w)
{
	const uint8_t *b;

	if (w->at < WORDS_POOL) {
		b = w->pool + w->at;
		w->at += 8;
	} else {
		b = words_view(w, 8);
	}
	return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
	       (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
	       (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
	       (uint64_t)b[7] << 56;
}

/* words_below: uniform below m >= 1, without bias, by rejection;
 * words_below_big: for any m, two words a try from 2^64 on (the order of
 * dp_sampler_streams). */
uint64_t words_below(struct words *w, uint64_t m);
u128 words_below_big(struct words *w, u128 m);

/* words_flip_exp: true with probability exp(-num / den), den >= 1; exactly:
 * arXiv:2004.00010 algorithm 1.  num and den below 2^100: nothing overflows. */
bool words_flip_exp(struct words *w, u128 num, u128 den);

/* words_give_up: a bound was reached that only a broken source reaches. */
void words_give_up(struct words *w);

#endif
