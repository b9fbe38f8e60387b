/*
 * Gaussian: two ways to the law of the sum of n draws of N_Z(0, s2).
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
 *
 * Laplace: with q = exp(-1 / t) the generating function of the sum of n draws
 * is G(z) = ((1 - q)^2 / ((1 - q z)(1 - q / z)))^n.  From
 *
 *	(1 - q z)(1 - q / z) z G'(z) = n q (z - 1 / z) G(z)
 *
 * its probabilities obey, as v = 2 q / (1 - q)^2 is the variance of one draw,
 *
 *	(n + k - 1)(p[k-1] - p[k]) =
 *	    (2 / v) k p[k] + (k + 1 - n)(p[k] - p[k+1]).
 *
 * Of the two solutions of this p is the one that falls in k: taken downwards
 * from anywhere far enough out it drowns the other (J. C. P. Miller), as
 *exactly as one likes, and the norm comes from the sum.  All terms are positive
 * from k = n - 1 on; below that the second one's factor is less than 1.
 *
 * That takes as many terms as the law is wide.  Where they would be more than
 * TERMS the law is taken of the same number of draws of a smaller variance and
 * stretched, each whole number standing for the interval around it.  The two
 * are not quite of one shape, as the steps of the smaller are the coarser: with
 * K(u) = ln E exp(u S) = -n ln(1 - v (cosh u - 1)), its K is larger than with
 * v u^2 / 2 in the place of v (cosh u - 1), what it would be without steps, by
 *
 *	n (v u^4 / 24) / (1 - v u^2 / 2) = h u^3 / 24
 *
 * where u is the one at which K' = n v u / (1 - v u^2 / 2) = h.  So much larger
 * is the logarithm of the tail beyond h (saddle point), whose slope is -u: the
 * h of the stretched law is reduced by h u^2 / 24, less what its own steps call
 * for.  u^2 is at most 10^-8, with FEWER terms 10^-6: what remains, of u^4, of
 * sums taken for integrals and between whole numbers, is below 10^-9 of h.
 */
#include "analysis/spread.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/law.h"

#define WIDE 8.0
#define BROAD 34000.0
#define CUT 1e-30
#define TERMS (1 << 20)
#define FEWER (1 << 17) /* where that is enough: more than SEVERAL draws */
#define SEVERAL 16
#define CELLS_MAX (UINT64_C(1) << 40)
#define SUMMED 1e6 /* variance up to which a tail is summed, term by term */
#define SAFE 1e-12 /* chances are compared with this margin, relative */
#define PI 3.14159265358979323846

/* P[X = x] for |x| <= reach, at p[reach + x]. */
struct mass {
	size_t reach;
	double *p;
};

static enum err
mass_new(struct mass *l, size_t reach)
{
	l->reach = reach;
	l->p = calloc(2 * reach + 1, sizeof(*l->p));
	return l->p == NULL ? E_NOMEM : E_OK;
}

static void
mass_free(struct mass *l)
{
	free(l->p);
	l->p = NULL;
}

/* Makes the sum 1. */
static void
mass_norm(struct mass *l)
{
	double sum = 0;

	for (size_t i = 0; i < l->reach; i++) /* the small ones first */
		sum += l->p[i] + l->p[2 * l->reach - i];
	sum += l->p[l->reach];
	for (size_t i = 0; i <= 2 * l->reach; i++)
		l->p[i] /= sum;
}

/* The smallest h with P(|X| > h) <= chance, from the far end inwards; *part is
 * how far back from h, of the step to h - 1, a law that is smooth in between
 * would have that chance. */
static int64_t
mass_half(const struct mass *l, double chance, double *part)
{
	double tail = 0, more = 0;
	size_t h = l->reach;

	for (; h > 0; h--) {
		more = tail + 2 * l->p[l->reach + h];
		if (more * (1 + SAFE) > chance)
			break;
		tail = more;
	}
	if (part != NULL)
		*part = tail > 0 && more > chance
			    ? log(chance / tail) / log(more / tail)
			    : 0;
	return (int64_t)h;
}

/* One draw of N_Z(0, s2), s2 < WIDE, until exp(-100). */
static enum err
gauss_single(struct mass *l, double s2)
{
	size_t reach = (size_t)sqrt(200 * s2) + 1;

	if (mass_new(l, reach) != E_OK)
		return E_NOMEM;
	for (size_t i = 0; i <= 2 * reach; i++) {
		double x = (double)i - (double)reach;

		l->p[i] = exp(-x * x / (2 * s2));
	}
	mass_norm(l);
	return E_OK;
}

/* Drops both tails while they hold less than CUT. */
static void
mass_trim(struct mass *l)
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
mass_add(struct mass *a, const struct mass *b)
{
	size_t na = 2 * a->reach + 1, nb = 2 * b->reach + 1;
	struct mass sum;

	if (mass_new(&sum, a->reach + b->reach) != E_OK)
		return E_NOMEM;
	for (size_t i = 0; i < na; i++)
		for (size_t j = 0; j < nb; j++)
			sum.p[i + j] += a->p[i] * b->p[j];
	mass_trim(&sum);
	mass_free(a);
	*a = sum;
	return E_OK;
}

/* The law of the sum of n draws of N_Z(0, s2), s2 < WIDE. */
static enum err
gauss_sum(struct mass *out, double s2, uint64_t n)
{
	struct mass sum = { 0 }, power = { 0 };
	enum err e;

	if ((e = mass_new(&sum, 0)) != E_OK ||
	    (e = gauss_single(&power, s2)) != E_OK)
		goto out;
	sum.p[0] = 1;
	for (;;) {
		if (n % 2 == 1 && (e = mass_add(&sum, &power)) != E_OK)
			goto out;
		if ((n /= 2) == 0)
			break;
		if ((e = mass_add(&power, &power)) != E_OK)
			goto out;
	}
	*out = sum;
	sum.p = NULL;
out:
	mass_free(&sum);
	mass_free(&power);
	return e;
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

/* As mass_half, for N_Z(0, v), v >= WIDE: its norm is sqrt(2 pi v) to the last
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

static enum err
gauss_halves(int64_t *half, const double *chance, unsigned n, double s2,
    double variance, uint64_t draws)
{
	double v = variance * (double)draws;
	struct mass sum = { 0 };

	if (s2 < WIDE && v <= BROAD) {
		if (gauss_sum(&sum, s2, draws) != E_OK)
			return E_NOMEM;
		for (unsigned i = 0; i < n; i++)
			half[i] = mass_half(&sum, chance[i], NULL);
		mass_free(&sum);
		return E_OK;
	}
	for (unsigned i = 0; i < n; i++)
		half[i] = v <= SUMMED ? summed_half(v, chance[i])
				      : smooth_half(v, chance[i]);
	return E_OK;
}

/*
 * An h with P(S > h) <= CUT for n Laplace draws of this variance each: by
 * Chernoff, E exp(u S) = (1 - a)^-n where a = variance (cosh u - 1), at the
 * best of some u.
 */
static double
laplace_reach(double variance, double n)
{
	double best = INFINITY;

	for (double a = 0.99; a > 1e-17; a *= 0.8) {
		double x = a / variance; /* u = arcosh(1 + x) */
		double u = log1p(x + sqrt(x * (x + 2)));
		double h = (-log(CUT) - n * log1p(-a)) / u;

		if (h < best)
			best = h;
	}
	return floor(best) + 1;
}

/* The law of n Laplace draws, by the recurrence above. */
static enum err
laplace_sum(struct mass *out, double variance, double n)
{
	size_t reach = (size_t)laplace_reach(variance, n);
	double p = 1, fall = 1; /* p[k], p[k] - p[k+1] */

	if (mass_new(out, reach) != E_OK)
		return E_NOMEM;
	out->p[0] = out->p[2 * reach] = p;
	for (size_t i = 1; i <= reach; i++) {
		double k = (double)(reach - i + 1);

		fall =
		    (2 / variance * k * p + (k + 1 - n) * fall) / (n + k - 1);
		p += fall;
		out->p[i] = out->p[2 * reach - i] = p;
	}
	mass_norm(out);
	return E_OK;
}

/* The largest variance, of one that is too large, whose law has TERMS terms at
 * most, nearly; fewer where the law is smooth at 0: a release asks for sums of
 * hundreds of sizes. */
static double
laplace_shrink(double variance, double n)
{
	double terms = n > SEVERAL ? FEWER : TERMS;
	double over = laplace_reach(variance, n) / terms;

	variance /= over * over;
	while (laplace_reach(variance, n) > terms)
		variance *= 0.95;
	return variance;
}

/* The u of the above, squared. */
static double
saddle(double h, double variance, double n)
{
	double a = n * variance,
	       u = 2 * h / (a + sqrt(a * a + 2 * variance * h * h));

	return u * u;
}

/* The half width h - part of the law of that small variance for the law of
 * `stretch` times its standard deviation. */
static int64_t
stretched(double h, double small, double n, double stretch)
{
	double finer = 1 - 1 / (stretch * stretch);
	double y = (h + 0.5) * (1 - saddle(h + 0.5, small, n) * finer / 24);

	return (int64_t)ceil(y * stretch - 0.5);
}

static enum err
laplace_halves(int64_t *half, const double *chance, unsigned n, double variance,
    double draws)
{
	bool whole = laplace_reach(variance, draws) <= TERMS;
	double small = whole ? variance : laplace_shrink(variance, draws);
	struct mass sum;

	if (laplace_sum(&sum, small, draws) != E_OK)
		return E_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		double part;
		int64_t h = mass_half(&sum, chance[i], &part);

		half[i] = whole ? h
				: stretched((double)h - part, small, draws,
				      sqrt(variance / small));
	}
	mass_free(&sum);
	return E_OK;
}

static bool
law_good(const struct noise_law *law)
{
	return law->num >= 1 && law->den >= 1 &&
	       (law->noise == NOISE_GAUSS || law->noise == NOISE_LAPLACE ||
		   law->noise == NOISE_LAPLACE_PURE);
}

static bool
chance_good(double chance)
{
	return chance >= SPREAD_CHANCE_MIN && chance < 1;
}

/* half[i] for the sum of `draws` draws, which may be very many. */
static enum err
half_widths(int64_t *half, const double *chance, unsigned n,
    const struct noise_law *law, uint64_t draws)
{
	double variance = law_variance(law);

	/* P(X != 0) <= E X^2 for whole numbers */
	if (variance * (double)draws * (1 + SAFE) <= SPREAD_CHANCE_MIN) {
		memset(half, 0, n * sizeof(*half));
		return E_OK;
	}
	if (law->noise == NOISE_GAUSS)
		return gauss_halves(half, chance, n,
		    (double)law->num / law->den, variance, draws);
	return laplace_halves(half, chance, n, variance, (double)draws);
}

enum err
spread_half_widths(int64_t *half, const double *chance, unsigned n,
    const struct noise_law *law, unsigned m)
{
	if (m == 0 || m > SPREAD_NODES_MAX || !law_good(law))
		return E_ARG;
	for (unsigned i = 0; i < n; i++)
		if (!chance_good(chance[i]))
			return E_ARG;
	return half_widths(half, chance, n, law, m);
}

enum err
spread_total(int64_t *half, double chance, const struct noise_law *law,
    unsigned m, uint64_t cells)
{
	if (m == 0 || m > SPREAD_NODES_MAX || cells == 0 || cells > CELLS_MAX ||
	    !law_good(law) || !chance_good(chance))
		return E_ARG;
	return half_widths(half, &chance, 1, law, m * cells);
}

/*
 * The z with P(|N(0, 1)| > z) = chance, by Newton on the logarithm of that
 * probability, which falls and is concave: from beyond z the steps lead back to
 * it and never past it.  It is at most exp(-z^2 / 2).
 */
static double
normal_quantile(double chance)
{
	double z = sqrt(-2 * log(chance)), step;

	do {
		double tail = erfc(z / sqrt(2));
		double density = sqrt(2 / PI) * exp(-z * z / 2);

		step = log(tail / chance) * tail / density;
		z += step;
	} while (fabs(step) > 1e-9); /* the next would be of its square */
	return z;
}

/* How many standard deviations wide the interval of a smooth law is. */
static double
smooth_factor(double kurtosis, double chance)
{
	double z = normal_quantile(chance);
	double wider = (z * z * z - 3 * z) / 24;

	if (wider < 0)
		wider = 0;
	return z + (kurtosis > 0 ? kurtosis : 0) * (wider + 1.0 / 90);
}

double
spread_linear(double sd, double kurtosis, double chance)
{
	assert(sd >= 0 && chance_good(chance));
	return sd * fmin(smooth_factor(kurtosis, chance), 1 / sqrt(chance));
}

double
spread_estimate(double sd, double kurtosis, double chance)
{
	double step = sd > 2 ? 4 / (sd * sd * sd) : 0.5;

	assert(sd >= 0 && chance_good(chance));
	return fmin(
	    sd * smooth_factor(kurtosis, chance) + step, sd / sqrt(chance));
}
