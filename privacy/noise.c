/*
 * The tables.  r stands for exp(-1/t), the ratio of the Laplace.
 *
 *	GAUSS, |X|		weight 1 for 0, 2 exp(-x^2 / (2 s2)) for x
 *	LAPLACE, |X|		weight 1 for 0, 2 r^x for x; t <= 3
 *	LAPLACE, |X| = M + b H	for larger t, M and H independent
 *
 * and X = |X| or -|X| by a fair coin.  The last line holds as |X| has the
 * generating function
 *
 *	(1 - r) (1 + r z) / ((1 + r) (1 - r z)),
 *
 * that of the sum of a coin, 1 with chance r / (1 + r), and of a geometric
 * with ratio r, whose rest modulo b is independent of the quotient H: a
 * geometric with ratio r^b.  The coin and the rest are M: weight 1 for 0,
 * 2 r^m for 0 < m < b, r^b for b.
 *
 * Distance.  A table ends before the first outcome whose power g_n is below
 * 2^-116.  As g_(n+x) <= g_n g_x, and powers count once or twice (0 once), what
 * is cut off is at most 2 g_n of the whole: below 2^-115.  A power is a product
 * of fewer than 2^11 factors, each within 2^-168 (the exponential is within
 * 2^-180, and a factor is itself made of fewer than 2^11), so that weights are
 * wrong by less than 2^-140 in sum, and they sum to at least 1.  The table
 * itself adds 2^-113: less than 2^-112 a draw and table.
 */
#include "privacy/noise.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "privacy/alias.h"
#include "privacy/gauss.h"
#include "privacy/laplace.h"

#define T_ONE 3     /* most for one table: 3 ln(2^116) < 256 outcomes */
#define OUTCOMES 81 /* of a geometric of scale 1 are not cut off, less one */

static_assert(
    GAUSS_MAX <= NOISE_MAX && LAPLACE_MAX <= NOISE_MAX, "no draw is larger");

struct tables {
	struct alias low, high; /* |X| = low + base * high; base 0: low alone */
	unsigned base;
};

static const struct fixed one = { { 0, 0, 0, 1 } };

/* weight[0] = 1, and each is the one before times ratio, which is itself
 * multiplied by change each time; how many there are: most at most. */
static unsigned
powers(struct fixed *weight, unsigned most, struct fixed ratio,
    struct fixed change)
{
	struct fixed w = one;
	unsigned n;

	for (n = 0; n < most && (w.limb[3] | w.limb[2] | w.limb[1] >> 12) != 0;
	     n++) {
		weight[n] = w;
		w = fixed_mul(w, ratio);
		ratio = fixed_mul(ratio, change);
	}
	return n;
}

static void
build(struct tables *out, const struct noise_law *law)
{
	const uint64_t num = law->num, den = law->den;
	struct fixed weight[ALIAS_COLUMNS], r;
	unsigned n = ALIAS_COLUMNS;

	out->base = 0;
	if (law->noise == NOISE_GAUSS) {
		r = fixed_exp(den, 2 * num);
		n = powers(weight, n, r, fixed_mul(r, r));
	} else {
		if (num > T_ONE * den) { /* two tables of about one size */
			for (n = 16; (n - 1) * (n - 1) * den < OUTCOMES * num;)
				n *= 2;
			out->base = n - 1;
		}
		n = powers(weight, n, fixed_exp(den, num), one);
	}
	r = weight[n - 1]; /* r^b, which does not count twice */
	for (unsigned i = 1; i < (out->base != 0 ? n - 1 : n); i++)
		weight[i] = fixed_add(weight[i], weight[i]);
	alias_build(&out->low, weight, n);
	if (out->base != 0) {
		n = powers(weight, ALIAS_COLUMNS, r, one);
		alias_build(&out->high, weight, n);
	}
}

struct chunk { /* SECRET */
	uint16_t low[ALIAS_DRAWS], high[ALIAS_DRAWS];
	int8_t sign[ALIAS_DRAWS];
	int16_t x[ALIAS_DRAWS];
	int64_t last[ALIAS_DRAWS];
};

/* Sizes and signs to numbers: in 16 bits, as |X| <= 127 * 128, and in loops
 * that a compiler makes vectors of. */
static void
join(int64_t *restrict out, struct chunk *restrict c, unsigned base)
{
	for (unsigned i = 0; i < ALIAS_DRAWS; i++) {
		uint16_t high = (uint16_t)(base * c->high[i]);
		int16_t size = (int16_t)(c->low[i] + high);

		c->x[i] = (int16_t)((size ^ c->sign[i]) - c->sign[i]);
	}
	for (unsigned i = 0; i < ALIAS_DRAWS; i++)
		out[i] = c->x[i];
}

/* Whole chunks; of the last what fits. */
static enum err
draw_tables(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	struct chunk c = { .high = { 0 } }; /* where there is no such table */
	struct tables t;
	struct words w;
	enum err e;

	build(&t, law);
	words_start(&w, rng);
	for (size_t i = 0; i < n && w.err == E_OK; i += ALIAS_DRAWS) {
		bool whole = n - i >= ALIAS_DRAWS;

		if (t.base != 0)
			alias_draw(&t.high, c.high, c.sign, &w);
		alias_draw(&t.low, c.low, c.sign, &w);
		join(whole ? out + i : c.last, &c, t.base);
		if (!whole)
			memcpy(out + i, c.last, (n - i) * sizeof(*out));
	}
	explicit_bzero(&c, sizeof(c));
	e = words_end(&w);
	if (e != E_OK)
		explicit_bzero(out, n * sizeof(*out));
	return e;
}

/* How many tables make one draw: 0 when an exact sampler does, or nothing. */
static unsigned
tables_of(const struct noise_law *law)
{
	const uint64_t num = law->num, den = law->den;

	if (num == 0)
		return 0;
	if (law->noise == NOISE_GAUSS)
		return num <= NOISE_TABLE_S2 * den ? 1 : 0;
	if (law->noise != NOISE_LAPLACE || num > NOISE_TABLE_T * den)
		return 0;
	return num <= T_ONE * den ? 1 : 2;
}

enum err
noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	if (tables_of(law) > 0)
		return draw_tables(out, n, law, rng);
	if (law->noise == NOISE_GAUSS)
		return gauss_draw(out, n, law->num, law->den, rng);
	if (law->noise == NOISE_LAPLACE || law->noise == NOISE_LAPLACE_PURE)
		return laplace_draw(out, n, law->num, law->den, rng);
	explicit_bzero(out, n * sizeof(*out));
	return E_ARG;
}

uint64_t
noise_distance(uint64_t n, const struct noise_law *law)
{
	const unsigned each = tables_of(law);

	return n / 1024 * each + (n % 1024 * each + 1023) / 1024;
}
