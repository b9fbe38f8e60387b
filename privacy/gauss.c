/*
 * Every number below is an integer; probabilities are ratios of integers.  p
 * and q stand for s2_num and s2_den, t for floor(sqrt(p / q)) + 1, the scale of
 * the Laplace proposal.  Why nothing overflows 128 bits:
 *
 *	p, q < 2^32			their type
 *	t <= 2^16			floor(sqrt(x)) < 2^16 for x < 2^32
 *	q t^2 <= 4 p < 2^34		where p >= q, as then t <= 2 sqrt(p / q)
 *	q t^2 = q < 2^32		where p < q, as then t = 1
 *	|y| < 2^12 t			a proposal of privacy/laplace
 *	|y| q t < 2^12 q t^2 < 2^46
 *	num = (|y| q t - p)^2 < 2^92
 *	den = 2 p q t^2 < 2^67
 */
#include "privacy/gauss.h"

#include <stdbool.h>
#include <string.h>

#include "privacy/laplace.h"
#include "privacy/words.h"

/* One draw: algorithm 3.  A proposal y is kept with probability
 * exp(-(|y| - s2/t)^2 / (2 s2)), multiplied out to integers. */
static int64_t
draw(struct words *w, uint32_t p, uint32_t q, uint32_t t)
{
	const u128 den = (u128)2 * p * q * t * t;
	bool kept = false;
	int64_t y = 0;

	while (!kept && w->err == E_OK) {
		u128 left;

		y = laplace_one(w, t, 1);
		left = (u128)(y < 0 ? -y : y) * q * t;
		left = left > p ? left - p : p - left;
		kept = words_flip_exp(w, left * left, den);
	}
	return y;
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
	struct words w;
	enum err e = E_ARG;

	if (s2_num >= 1 && s2_den >= 1) {
		/* floor(sqrt(p / q)) = floor(sqrt(floor(p / q))) */
		uint32_t t = root(s2_num / s2_den) + 1;

		words_start(&w, rng);
		for (size_t i = 0; i < n && w.err == E_OK; i++)
			out[i] = draw(&w, s2_num, s2_den, t);
		e = words_end(&w);
	}
	if (e != E_OK)
		explicit_bzero(out, n * sizeof(*out));
	return e;
}
