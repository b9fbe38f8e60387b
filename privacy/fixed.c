/*
 * A struct fixed is read as a whole number of units of 2^-192, "ulp" below.
 * Every function is exact but for rounding down by less than one ulp a step.
 */
#include "privacy/fixed.h"

#include <assert.h>
#include <stdbool.h>

__extension__ typedef unsigned __int128 u128;

#define ARG_MAX (UINT64_C(1) << 33) /* arguments are below */
#define EXP_MAX 134                 /* exp(-134) < 2^-193 */

static const struct fixed one = { { 0, 0, 0, 1 } };

/* a - b modulo 2^256; *less: a < b. */
static struct fixed
sub(struct fixed a, struct fixed b, bool *less)
{
	unsigned below = 0;

	for (unsigned i = 0; i < 4; i++) {
		u128 d = (u128)a.limb[i] - b.limb[i] - below;

		a.limb[i] = (uint64_t)d;
		below = (unsigned)(d >> 64) & 1;
	}
	*less = below != 0;
	return a;
}

struct fixed
fixed_add(struct fixed a, struct fixed b)
{
	u128 sum = 0;

	for (unsigned i = 0; i < 4; i++) {
		sum += (u128)a.limb[i] + b.limb[i];
		a.limb[i] = (uint64_t)sum;
		sum >>= 64;
	}
	assert(sum == 0);
	return a;
}

struct fixed
fixed_mul(struct fixed a, struct fixed b)
{
	uint64_t p[8] = { 0 };

	for (unsigned i = 0; i < 4; i++) {
		u128 sum = 0;

		for (unsigned j = 0; j < 4; j++) {
			sum += (u128)a.limb[i] * b.limb[j] + p[i + j];
			p[i + j] = (uint64_t)sum;
			sum >>= 64;
		}
		p[i + 4] = (uint64_t)sum;
	}
	assert(p[7] == 0);
	return (struct fixed){ { p[3], p[4], p[5], p[6] } };
}

/* Long division: rest starts as 1.0 and is doubled as the quotient's bits come
 * out, that of 2^0 first.  rest < 2 a, which fits. */
struct fixed
fixed_inverse(struct fixed a)
{
	struct fixed rest = one, quotient = { { 0 } };

	assert(a.limb[3] >= 1 && a.limb[3] >> 63 == 0);
	for (unsigned bit = 0; bit <= 192; bit++) {
		bool less;
		struct fixed left = sub(rest, a, &less);

		quotient = fixed_add(quotient, quotient);
		if (!less) {
			rest = left;
			quotient.limb[0] |= 1;
		}
		rest = fixed_add(rest, rest);
	}
	return quotient;
}

/* a / n, rounded down. */
static struct fixed
over(struct fixed a, uint64_t n)
{
	u128 rest = 0;

	for (unsigned i = 4; i-- > 0;) {
		rest = rest << 64 | a.limb[i];
		a.limb[i] = (uint64_t)(rest / n);
		rest %= n;
	}
	return a;
}

static struct fixed
ratio(uint64_t num, uint64_t den)
{
	return over((struct fixed){ { 0, 0, 0, num } }, den);
}

/* exp(-x), 0 <= x <= 1, by the series of exp(x): 1/50! < 2^-192, a term is less
 * than 2 ulp short, and 1/y moves by less than y >= 1 does: within 2^-185. */
static struct fixed
exp_unit(struct fixed x)
{
	struct fixed term = one, sum = one;

	for (unsigned n = 1; n < 50; n++) {
		term = over(fixed_mul(term, x), n);
		sum = fixed_add(sum, term);
	}
	return fixed_inverse(sum);
}

/*
 * exp(-(n + x)), x < 1: n < 134 factors exp(-1), one at a time.  Its error
 * shrinks with each factor as fast as the number of factors makes it grow: d
 * n e^-(n-1) <= d.
 */
struct fixed
fixed_exp(uint64_t num, uint64_t den)
{
	struct fixed y, once;

	assert(den >= 1 && den < ARG_MAX && num < ARG_MAX);
	if (num / den >= EXP_MAX)
		return (struct fixed){ { 0 } };
	y = exp_unit(ratio(num % den, den));
	once = exp_unit(one);
	for (uint64_t n = num / den; n > 0; n--)
		y = fixed_mul(y, once);
	return y;
}

/*
 * ln(b / a) = 2 (z + z^3/3 + z^5/5 + ...), z = (b - a) / (b + a), for a <= b <=
 * 2 a: as z <= 1/3, 64 terms leave less than 2^-200.  The power of z is short
 * by less than 2 ulp (an error shrinks by z^2 <= 1/9 a step), a term by 3, and
 * what was left out is below 1: the sum is short by less than 2^-183.
 */
static struct fixed
log_unit(uint64_t a, uint64_t b)
{
	struct fixed z = ratio(b - a, b + a), z2 = fixed_mul(z, z);
	struct fixed sum = z;

	for (unsigned n = 3; n < 128; n += 2) {
		z = fixed_mul(z, z2);
		sum = fixed_add(sum, over(z, n));
	}
	return fixed_add(sum, sum);
}

/* b / a = 2^n times a ratio from 1 to 2, so n + 1 <= 33 logarithms are added:
 * short by less than 2^-177, and 2^-64 + 2^-170 more is above, also when what
 * is below 2^-64 is cut off. */
enum err
fixed_log_up(uint64_t *whole, uint64_t *part, uint64_t a, uint64_t b)
{
	struct fixed sum = { { UINT64_C(1) << 22, 0, 1 } };
	const struct fixed two = log_unit(1, 2);

	if (a < 1 || a >= b || b > UINT32_MAX)
		return E_ARG;
	for (; 2 * a <= b; a *= 2)
		sum = fixed_add(sum, two);
	sum = fixed_add(sum, log_unit(a, b));
	*whole = sum.limb[3];
	*part = sum.limb[2];
	return E_OK;
}
