/*
 * Gaussian: the weights exp(-x^2 / (2 s2)) summed until exp(-100); from WIDE on
 * by Poisson summation, where the law differs from its continuous cousin by
 * exp(-2 pi^2 s2), 10^-68 at WIDE.
 *
 * Laplace: with q = exp(-den / num) a draw is the difference of two geometric
 * ones, P[k] = (1 - q) q^k, whose cumulants are q / (1 - q)^2 and
 * q (1 + 4 q + q^2) / (1 - q)^4.
 */
#include "analysis/law.h"

#include <assert.h>
#include <math.h>

#define WIDE 8.0
#define PI 3.14159265358979323846

struct moments { /* E X^2, E X^4, P[X = 0] */
	double second, fourth, zero;
};

static struct moments
gauss_moments(double s2)
{
	double weight = 1, second = 0, fourth = 0;

	if (s2 >= WIDE)
		return (
		    struct moments){ s2, 3 * s2 * s2, 1 / sqrt(2 * PI * s2) };
	for (double x = 1; x == 1 || x * x <= 200 * s2; x++) {
		double w = 2 * exp(-x * x / (2 * s2));

		weight += w;
		second += w * x * x;
		fourth += w * x * x * x * x;
	}
	return (struct moments){ second / weight, fourth / weight, 1 / weight };
}

/* num / den, once the law is seen to be one. */
static double
parameter(const struct noise_law *law)
{
	assert(law->num >= 1 && law->den >= 1);
	assert(law->noise == NOISE_GAUSS || law->noise == NOISE_LAPLACE ||
	       law->noise == NOISE_LAPLACE_PURE);
	return (double)law->num / law->den;
}

static double
laplace_variance(double scale)
{
	double rest = -expm1(-1 / scale); /* 1 - q, with all its digits */

	return 2 * exp(-1 / scale) / (rest * rest);
}

static double
laplace_fourth(double scale)
{
	double q = exp(-1 / scale), rest = -expm1(-1 / scale);
	double square = rest * rest;

	return 2 * q * (1 + 4 * q + q * q) / (square * square);
}

double
law_variance(const struct noise_law *law)
{
	double p = parameter(law);

	return law->noise == NOISE_GAUSS ? gauss_moments(p).second
					 : laplace_variance(p);
}

double
law_fourth(const struct noise_law *law)
{
	double p = parameter(law);
	struct moments m;

	if (law->noise != NOISE_GAUSS)
		return laplace_fourth(p);
	m = gauss_moments(p);
	return m.fourth - 3 * m.second * m.second;
}

double
law_zero(const struct noise_law *law)
{
	double p = parameter(law);

	return law->noise == NOISE_GAUSS ? gauss_moments(p).zero
					 : tanh(0.5 / p); /* (1-q) / (1+q) */
}
