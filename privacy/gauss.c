/*
 * Every number below is an integer; probabilities are ratios of integers.  p
 * and q stand for s2_num and s2_den, t for floor(sqrt(p / q)) + 1, the scale of
 * the Laplace proposal.  Why nothing overflows 128 bits:
 *
 *	p, q < 2^32			their type
 *	t <= 2^16			floor(sqrt(x)) < 2^16 for x < 2^32
 *	q t^2 <= 4 p < 2^34		where p >= q, as then t <= 2 sqrt(p / q)
 *	q t^2 = q < 2^32		where p < q, as then t = 1
 *	|y| < 2^12 t			a proposal is cut off at STEPS_MAX =
 *2^12 |y| q t < 2^12 q t^2 < 2^46 num = (|y| q t - p)^2 < 2^92 den = 2 p q t^2
 *< 2^67 den k < 2^128			for every k < 2^61, far past ROUNDS_MAX
 */
#include "privacy/gauss.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* A geometric with ratio 1/e reaches it with chance exp(-2^12) < 2^-5900. */
#define STEPS_MAX (1U << 12)
/* Round k is reached with chance at most 1 / (k - 1)!: at 256 below 2^-1600. */
#define ROUNDS_MAX 256
#define POOL 512 /* words: 4 KiB */

static_assert(STEPS_MAX * INT64_C(65536) < GAUSS_MAX, "no draw is larger");

__extension__ typedef unsigned __int128 u128;

/* The source, read in pools; SECRET: the words tell the noise. */
struct words {
	const struct rng *rng;
	enum err err; /* sticky; words are then 0 */
	size_t at;
	uint8_t pool[POOL * 8];
};

/* Fills the pool anew: with zeros from the first failure on, on which every
 * loop below ends, and the source is not asked again. */
static void
refill(struct words *w)
{
	const struct rng *rng = w->rng;

	if (w->err != E_RNG &&
	    rng->fill(rng->ctx, w->pool, sizeof(w->pool)) != E_OK)
		w->err = E_RNG;
	if (w->err == E_RNG)
		memset(w->pool, 0, sizeof(w->pool));
	w->at = 0;
}

/* The next 64 bits; 0 once the source has failed. */
static inline uint64_t
word(struct words *w)
{
	const uint8_t *b;
	uint64_t x = 0;

	if (w->at == POOL)
		refill(w);
	b = w->pool + 8 * w->at++;
	for (unsigned i = 0; i < 8; i++)
		x |= (uint64_t)b[i] << (8 * i);
	return x;
}

/* A bound was reached that only a broken source reaches. */
static void
give_up(struct words *w)
{
	if (w->err == E_OK)
		w->err = E_RANGE;
}

/*
 * Uniform below m >= 1, without bias: x is kept when the whole block of m
 * numbers that holds it, [x - x % m, x - x % m + m), lies below 2^64; the
 * largest start of such a block is 2^64 - m, which is 0 - m.
 */
static uint64_t
below64(struct words *w, uint64_t m)
{
	uint64_t x, rest;

	if (m == 1)
		return 0;
	do {
		x = word(w);
		rest = x % m;
	} while (x - rest > 0 - m);
	return rest;
}

/* The same for m of any size, two words a try from 2^64 on. */
static u128
below(struct words *w, u128 m)
{
	u128 x, rest;

	if (m <= UINT64_MAX)
		return below64(w, (uint64_t)m);
	do {
		x = (u128)word(w) << 64;
		x |= word(w);
		rest = x % m;
	} while (x - rest > 0 - m);
	return rest;
}

/* True with probability exp(-num / den), num <= den: algorithm 1, its first
 * case.  The sequence ends at k with the chance that k uniforms fall. */
static bool
flip_exp1(struct words *w, u128 num, u128 den)
{
	unsigned k = 1;

	if (den <= UINT64_MAX / ROUNDS_MAX) {
		uint64_t small = (uint64_t)den, less = (uint64_t)num;

		while (below64(w, small * k) < less && k < ROUNDS_MAX)
			k++;
	} else {
		while (below(w, den * k) < num && k < ROUNDS_MAX)
			k++;
	}
	if (k == ROUNDS_MAX)
		give_up(w);
	return k % 2 == 1;
}

/* True with probability exp(-num / den): algorithm 1, its second case. */
static bool
flip_exp(struct words *w, u128 num, u128 den)
{
	for (; num > den; num -= den)
		if (!flip_exp1(w, 1, 1))
			return false;
	return flip_exp1(w, num, den);
}

/* A size and a sign with P[Y = y] proportional to exp(-|y| / t): algorithm 2,
 * with a sign for 0 refused so that 0 does not count twice. */
static uint32_t
laplace(struct words *w, bool *minus, uint32_t t)
{
	uint32_t size = 0, rest, steps;

	do {
		do
			rest = (uint32_t)below64(w, t);
		while (!flip_exp1(w, rest, t) && w->err == E_OK);
		for (steps = 0; flip_exp1(w, 1, 1) && w->err == E_OK;)
			if (++steps == STEPS_MAX)
				give_up(w);
		*minus = below64(w, 2) == 1;
		if (w->err != E_OK)
			return 0;
		size = steps * t + rest; /* < 2^12 * 2^16 */
	} while (*minus && size == 0);
	return size;
}

/* One draw: algorithm 3.  A proposal y is kept with probability
 * exp(-(|y| - s2/t)^2 / (2 s2)), multiplied out to integers. */
static int64_t
draw(struct words *w, uint32_t p, uint32_t q, uint32_t t)
{
	const u128 den = (u128)2 * p * q * t * t;
	uint32_t size = 0;
	bool minus = false, kept = false;

	while (!kept && w->err == E_OK) {
		u128 left, num;

		size = laplace(w, &minus, t);
		left = (u128)size * q * t;
		left = left > p ? left - p : p - left;
		num = left * left;
		kept = flip_exp(w, num, den);
	}
	return minus ? -(int64_t)size : (int64_t)size;
}

/* floor(sqrt(x)), bit by bit from the top. */
static uint32_t
root(uint32_t x)
{
	uint32_t r = 0;

	for (uint32_t bit = UINT32_C(1) << 15; bit > 0; bit >>= 1)
		if ((uint64_t)(r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}

enum err
gauss_draw(int64_t *out, size_t n, uint32_t s2_num, uint32_t s2_den,
    const struct rng *rng)
{
	struct words w = { .rng = rng, .err = E_OK, .at = POOL };
	uint32_t t;
	enum err e;

	if (s2_num == 0 || s2_den == 0) {
		explicit_bzero(out, n * sizeof(*out));
		return E_ARG;
	}
	/* floor(sqrt(p / q)) = floor(sqrt(floor(p / q))) */
	t = root(s2_num / s2_den) + 1;
	for (size_t i = 0; i < n && w.err == E_OK; i++)
		out[i] = draw(&w, s2_num, s2_den, t);
	e = w.err;
	if (e != E_OK)
		explicit_bzero(out, n * sizeof(*out));
	explicit_bzero(&w, sizeof(w));
	return e;
}
