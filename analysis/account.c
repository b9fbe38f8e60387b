/*
 * With x = a - 1 and l = ln(1/delta) the function to minimise is
 *
 *	f(x) = (1 + x) rho - ln(1 + 1/x) + (l - ln(1 + x)) / x
 *
 * and f'(x) = rho - (l - ln(1 + x)) / x^2.  (l - ln(1 + x)) / x^2 falls from
 * infinity to 0 at x = 1/delta - 1, so the minimum is where it equals rho, and
 * there f(x) = (1 + 2x) rho - ln(1 + 1/x), which falls in x, too.  Both
 * questions are therefore one bisection over x.  Any x gives a true upper
 * bound of epsilon (and a true lower bound of rho): an x that is slightly off
 * costs a second-order amount and never safety.
 */
#include "analysis/account.h"

#include <math.h>
#include <stdbool.h>

#define RHO_MAX 1e6
#define EPSILON_MAX 1e7
#define STEPS 200            /* halvings of ln x: down to the last bit */
#define EPSILON_MARGIN 1e-12 /* of each term; libm is good to 1e-15 */
/* Wide enough that the epsilon of a rho so reduced, rounded up, stays within:
 * epsilon moves by at least half of the relative change of rho. */
#define RHO_MARGIN 1e-10

/* The rho whose minimum lies at x; falls in x. */
static double
rho_at(double x, double l)
{
	return (l - log1p(x)) / x / x;
}

/* The epsilon of that rho. */
static double
epsilon_at(double x, double l)
{
	return (1 + 2 * x) * rho_at(x, l) - log1p(1 / x);
}

/* The x at which falling(x, l) passes want, between almost 0 and the end of
 * what x can be. */
static double
solve(double (*falling)(double x, double l), double want, double l)
{
	double low = -80, high = l; /* of ln x; e^l > 1/delta - 1 */

	for (int i = 0; i < STEPS; i++) {
		double mid = (low + high) / 2;

		if (falling(exp(mid), l) > want)
			low = mid;
		else
			high = mid;
	}
	return exp(high);
}

static bool
delta_good(double delta)
{
	return delta > 0 && delta < 1;
}

/* f(x), every term moved up by its margin. */
static double
epsilon_up(double x, double rho, double l)
{
	const double up = 1 + EPSILON_MARGIN, down = 1 - EPSILON_MARGIN;
	double rest = (l - log1p(x)) / x;

	return (1 + x) * rho * up - log1p(1 / x) * down +
	       (rest > 0 ? rest * up : rest * down) +
	       (l + log1p(x)) / x * EPSILON_MARGIN;
}

enum err
account_epsilon(double *epsilon, double rho, double delta)
{
	double l, e;

	if (!(rho >= 0 && rho <= RHO_MAX) || !delta_good(delta))
		return E_ARG;
	if (rho == 0) {
		*epsilon = 0;
		return E_OK;
	}
	l = -log(delta);
	e = epsilon_up(solve(rho_at, rho, l), rho, l);
	*epsilon = e > 0 ? e : 0;
	return E_OK;
}

enum err
account_rho(double *rho, double epsilon, double delta)
{
	double l, x, r;

	if (!(epsilon >= 0 && epsilon <= EPSILON_MAX) || !delta_good(delta))
		return E_ARG;
	l = -log(delta);
	x = solve(epsilon_at, epsilon, l);
	r = (epsilon + log1p(1 / x) - (l - log1p(x)) / x) / (1 + x);
	r *= 1 - RHO_MARGIN;
	*rho = r > 0 ? r : 0;
	return E_OK;
}
