#include "privacy/words.h"

#include <assert.h>
#include <string.h>

/* Round k is reached with chance at most 1 / (k - 1)!: at 256 below 2^-1600. */
#define ROUNDS_MAX 256

void
words_start(struct words *w, const struct rng *rng)
{
	w->rng = rng;
	w->err = E_OK;
	w->at = WORDS_POOL;
}

enum err
words_end(struct words *w)
{
	enum err e = w->err;

	explicit_bzero(w, sizeof(*w));
	return e;
}

void
words_give_up(struct words *w)
{
	if (w->err == E_OK)
		w->err = E_RANGE;
}

/* Puts what is left at the front and fills up behind it; with zeros from the
 * first failure on, and the source is not asked again. */
static void
refill(struct words *w)
{
	const struct rng *rng = w->rng;
	size_t left = WORDS_POOL - w->at;

	memmove(w->pool, w->pool + w->at, left);
	if (w->err != E_RNG &&
	    rng->fill(rng->ctx, w->pool + left, w->at) != E_OK)
		w->err = E_RNG;
	if (w->err == E_RNG)
		memset(w->pool, 0, sizeof(w->pool));
	w->at = 0;
}

const uint8_t *
words_view(struct words *w, size_t n)
{
	assert(n <= WORDS_POOL && n % 8 == 0);
	if (WORDS_POOL - w->at < n)
		refill(w);
	w->at += n;
	return w->pool + w->at - n;
}

/*
 * x is kept when the whole block of m numbers that holds it, [x - x % m,
 * x - x % m + m), lies below 2^64; the largest start of such a block is
 * 2^64 - m, which is 0 - m.
 */
uint64_t
words_below(struct words *w, uint64_t m)
{
	uint64_t x, rest;

	if (m == 1)
		return 0;
	do {
		x = words_next(w);
		rest = x % m;
	} while (x - rest > 0 - m);
	return rest;
}

u128
words_below_big(struct words *w, u128 m)
{
	u128 x, rest;

	if (m <= UINT64_MAX)
		return words_below(w, (uint64_t)m);
	do {
		x = (u128)words_next(w) << 64;
		x |= words_next(w);
		rest = x % m;
	} while (x - rest > 0 - m);
	return rest;
}

/* num <= den: the first case of the algorithm.  The sequence ends at k with
 * the chance that k uniforms fall. */
static bool
flip_exp1(struct words *w, u128 num, u128 den)
{
	const bool small = den <= UINT64_MAX / ROUNDS_MAX; /* as is usual */
	unsigned k = 1;

	while ((small ? words_below(w, (uint64_t)den * k)
		      : words_below_big(w, den * k)) < num &&
	       k < ROUNDS_MAX)
		k++;
	if (k == ROUNDS_MAX)
		words_give_up(w);
	return k % 2 == 1;
}

bool
words_flip_exp(struct words *w, u128 num, u128 den)
{
	for (; num > den; num -= den)
		if (!flip_exp1(w, 1, 1))
			return false;
	return flip_exp1(w, num, den);
}
