#include "privacy/laplace.h"

#include <assert.h>
#include <string.h>

/* A geometric with ratio 1/e reaches it with chance exp(-2^12) < 2^-5900. */
#define STEPS_MAX (1U << 12)
#define SCALE_MAX (1U << 24)

/* |X| <= (steps num + rest) / den < 2^12 num / den */
static_assert(
    STEPS_MAX * INT64_C(1) * SCALE_MAX < LAPLACE_MAX, "no draw is larger");

/*
 * With P[Z = z] ~ exp(-z / num) for the size of num draws, floor(Z / den) is
 * geometric with ratio exp(-den / num): Z is a number below num, kept with
 * chance exp(-rest / num), and num times a geometric with ratio 1/e.  A sign
 * for 0 is refused, so that 0 does not count twice.
 */
int64_t
laplace_one(struct words *w, uint32_t num, uint32_t den)
{
	uint64_t rest, size;
	bool minus;

	do {
		uint32_t steps = 0;

		do
			rest = words_below(w, num);
		while (!words_flip_exp(w, rest, num));
		while (words_flip_exp(w, 1, 1))
			if (++steps == STEPS_MAX) {
				words_give_up(w);
				return 0;
			}
		minus = words_below(w, 2) == 1;
		size = ((uint64_t)steps * num + rest) / den;
	} while (minus && size == 0);
	return minus ? -(int64_t)size : (int64_t)size;
}

enum err
laplace_draw(
    int64_t *out, size_t n, uint32_t num, uint32_t den, const struct rng *rng)
{
	struct words w;
	enum err e = E_ARG;

	if (num >= 1 && den >= 1 && num <= (uint64_t)den * SCALE_MAX) {
		words_start(&w, rng);
		for (size_t i = 0; i < n && w.err == E_OK; i++)
			out[i] = laplace_one(&w, num, den);
		e = words_end(&w);
	}
	if (e != E_OK)
		explicit_bzero(out, n * sizeof(*out));
	return e;
}
