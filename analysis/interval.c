/*
 * Two ways to the law of the sum of n draws of N_Z(0, s2).
 *
 * s2 >= WIDE: it is N_Z(0, n s2).  The Fourier series of N_Z(0, s2) is, by
 * Poisson summation, proportional to the sum over k of g(u + 2 pi k), g(u) =
 * exp(-s2 u^2 / 2); that of the sum is its n-th power, that of N_Z(0, n s2)
 * is the sum over k of g(u + 2 pi k)^n.  For u in [-pi, pi] the two differ by
 * the mixed terms of g(u) and g(u - 2 pi) (the others are smaller still),
 *
 *	sum over 0 < j < n of C(n, j) exp(-2 pi^2 s2 j (n - j) / n)
 *	    <= 2 sum over j > 0 of (n exp(-pi^2 s2))^j,
 *
 * as j (n - j) / n >= j / 2 for j <= n / 2.  At s2 = 8 that is below
 * 2 n 10^-34: no probability differs by more, for n up to 2^50 not in the last
 * bit of the tails that a chance of 10^-12 is about.
 *
 * s2 < WIDE: by convolution, squaring by squaring, every tail of mass below
 * CUT dropped, as long as the variance of the sum is at most BROAD.  Beyond
 * that a normal law with the exact variance: the sum's excess kurtosis is at
 * most 1 / BROAD, which moves a bound at 10^-12 by 0.08 of a whole number, at
 * 5 % by less than 0.001.
 */
#include "analysis/interval.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WIDE 8.0
#define BROAD 34000.0
#define CUT 1e-30
#define CHANCE_MIN 1e-12
#define CELLS_MAX (UINT64_C(1) << 40)
#define SUMMED 1e6 /* variance up to which a tail is summed, term by term */
#define SAFE 1e-12 /* chances are compared with this margin, relative */
#define PI 3.14159265358979323846

/* P[X = x] for |x| <= reach, at p[reach + x]. */
struct law {
	size_t reach;
	double *p;
};

static enum err
law_new(struct law *l, size_t reach)
{
	l->reach = reach;
	l->p = calloc(2 * reach + 1, sizeof(*l->p));
	return l->p == NULL ? E_NOMEM : E_OK;
}

static void
law_free(struct law *l)
{
	free(l->p);
	l->p = NULL;
}

/* One draw of N_Z(0, s2), s2 < WIDE, until exp(-100). */
static enum err
law_single(struct law *l, double s2)
{
	size_t reach = (size_t)sqrt(200 * s2) + 1;
	double sum = 0;

	if (law_new(l, reach) != E_OK)
		return E_NOMEM;
	for (size_t i = 0; i <= 2 * reach; i++) {
		double x = (double)i - (double)reach;

		l->p[i] = exp(-x * x / (2 * s2));
		sum += l->p[i];
	}
	for (size_t i = 0; i <= 2 * reach; i++)
		l->p[i] /= sum;
	return E_OK;
}

/* Drops both tails while they hold less than CUT. */
static void
law_trim(struct law *l)
{
	size_t drop = 0;
	double tail = 0;

	while (drop < l->reach && (tail += l->p[drop]) < CUT)
		drop++;
	l->reach -= drop;
	memmove(l->p, l->p + drop, (2 * l->reach + 1) * sizeof(*l->p));
}

/* *a becomes the law of the sum with an independent b, which may be a. */
static enum err
law_add(struct law *a, const struct law *b)
{
	size_t na = 2 * a->reach + 1, nb = 2 * b->reach + 1;
	struct law sum;

	if (law_new(&sum, a->reach + b->reach) != E_OK)
		return E_NOMEM;
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			sum.p[i + j] += a->p[i] * b->p[j];
	law_trim(&sum);
	law_free(a);
	*a = sum;
	return E_OK;
}

/* The law of the sum of n draws. */
static enum err
law_sum(struct law *out, double s2, uint64_t n)
{
	struct law sum = { 0 }, power = { 0 };
	enum err e;

	if ((e = law_new(&sum, 0)) != E_OK ||
	    (e = law_single(&power, s2)) != E_OK)
		goto out;
	sum.p[0] = 1;
	for (;;) {
		if (n % 2 == 1 && (e = law_add(&sum, &power)) != E_OK)
			goto out;
		if ((n /= 2) == 0)
			break;
		if ((e = law_add(&power, &power)) != E_OK)
			goto out;
	}
	*out = sum;
	sum.p = NULL;
out:
	law_free(&sum);
	law_free(&power);
	return e;
}

/* The smallest h with P(|X| > h) <= chance, from the far end inwards. */
static int64_t
law_half(const struct law *l, double chance)
{
	double tail = 0;
	size_t h = l->reach;

	while (h > 0) {
		tail += 2 * l->p[l->reach + h];
		if (tail * (1 + SAFE) > chance)
			break;
		h--;
	}
	return (int64_t)h;
}

/*
 * P(|X| > h) of N_Z(0, v), v >= SUMMED: the integral from h + 1/2 on and the
 * first term of Euler and Maclaurin for midpoints, f' / 24.  The next is of
 * relative size z^4 / (800 v^2): below 10^-11 where z, the standard deviations
 * of h, is at most 8.
 */
static double
tail_smooth(double h, double v)
{
	double y = h + 0.5;
	double f = exp(-y * y / (2 * v)) / sqrt(2 * PI * v);

	return erfc(y / sqrt(2 * v)) - f * y / v / 12;
}

/* As law_half, for N_Z(0, v), v >= WIDE: its norm is sqrt(2 pi v) to the last
 * bit, as 2 exp(-2 pi^2 v) is below 10^-68. */
static int64_t
summed_half(double v, double chance)
{
	double norm = sqrt(2 * PI * v), tail = 0;
	int64_t h = (int64_t)(8.5 * sqrt(v)) + 1; /* 2 * 10^-17 is beyond */

	for (; h > 0; h--) {
		double x = (double)h;

		tail += 2 * exp(-x * x / (2 * v)) / norm;
		if (tail * (1 + SAFE) > chance)
			break;
	}
	return h;
}

/* The smallest h whose smooth tail is within chance. */
static int64_t
smooth_half(double v, double chance)
{
	int64_t low = -1, high = (int64_t)(8.5 * sqrt(v)) + 1;

	while (high - low > 1) { /* low fails, high holds */
		int64_t mid = low + (high - low) / 2;

		if (tail_smooth((double)mid, v) * (1 + SAFE) <= chance)
			high = mid;
		else
			low = mid;
	}
	return high;
}

static bool
variance_good(uint32_t s2_num, uint32_t s2_den)
{
	return s2_num >= 1 && s2_den >= 1;
}

static bool
chance_good(double chance)
{
	return chance >= CHANCE_MIN && chance < 1;
}

double
interval_sd(uint32_t s2_num, uint32_t s2_den)
{
	double s2, sum = 0, weights = 1;

	assert(variance_good(s2_num, s2_den));
	s2 = (double)s2_num / s2_den;
	if (s2 >= WIDE)
		return sqrt(s2); /* short of it by exp(-2 pi^2 s2) */
	for (double x = 1; x * x <= 200 * s2 + 1; x++) {
		double w = 2 * exp(-x * x / (2 * s2));

		weights += w;
		sum += w * x * x;
	}
	return sqrt(sum / weights);
}

/* half[i] for the sum of `draws` draws, which may be very many. */
static enum err
half_widths(int64_t *half, const double *chance, unsigned n, uint32_t s2_num,
    uint32_t s2_den, uint64_t draws)
{
	double s2 = (double)s2_num / s2_den;
	double sd = interval_sd(s2_num, s2_den), v = sd * sd * (double)draws;
	struct law law = { 0 };
	enum err e;

	if (s2 < WIDE && v <= BROAD) {
		if ((e = law_sum(&law, s2, draws)) != E_OK)
			return e;
		for (unsigned i = 0; i < n; i++)
			half[i] = law_half(&law, chance[i]);
		law_free(&law);
		return E_OK;
	}
	for (unsigned i = 0; i < n; i++)
		half[i] = v <= SUMMED ? summed_half(v, chance[i])
				      : smooth_half(v, chance[i]);
	return E_OK;
}

enum err
interval_half_widths(int64_t *half, const double *chance, unsigned n,
    uint32_t s2_num, uint32_t s2_den, unsigned m)
{
	if (m == 0 || m > INTERVAL_NODES_MAX || !variance_good(s2_num, s2_den))
		return E_ARG;
	for (unsigned i = 0; i < n; i++)
		if (!chance_good(chance[i]))
			return E_ARG;
	return half_widths(half, chance, n, s2_num, s2_den, m);
}

enum err
interval_total(int64_t *half, double chance, uint32_t s2_num, uint32_t s2_den,
    unsigned m, uint64_t cells)
{
	if (m == 0 || m > INTERVAL_NODES_MAX || cells == 0 ||
	    cells > CELLS_MAX || !variance_good(s2_num, s2_den) ||
	    !chance_good(chance))
		return E_ARG;
	return half_widths(half, &chance, 1, s2_num, s2_den, m * cells);
}
