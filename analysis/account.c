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
 *
 * Where delta is about 0.6 sqrt(2 rho) epsilon passes 0: its terms, each about
 * sqrt(rho / 2), cancel, and what is left has their errors.  Hence long double,
 * whose last bit is 10^-19 on every machine of ours.
 */
#include "analysis/account.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define RHO_MAX 1e6L
#define EPSILON_MAX 1e7L
#define STEPS 240                 /* halvings of ln x: down to the last bit */
#define MARGIN (8 * LDBL_EPSILON) /* of each term; libm is good to 2 */
/* Wide enough that the epsilon of a rho so reduced, rounded up, stays within:
 * epsilon moves by at least half of the relative change of rho, and a double is
 * rounded by up to twice its last bit, 4.4e-16. */
#define RHO_MARGIN 4e-15L

/* The rho whose minimum lies at x; falls in x. */
static long double
rho_at(long double x, long double l)
{
	return (l - log1pl(x)) / x / x;
}

/* The epsilon of that rho. */
static long double
epsilon_at(long double x, long double l)
{
	return (1 + 2 * x) * rho_at(x, l) - log1pl(1 / x);
}

/* The x at which falling(x, l) passes want, between almost 0 and the end of
 * what x can be. */
static long double
solve(long double (*falling)(long double x, long double l), long double want,
    long double l)
{
	long double low = -120, high = l; /* of ln x; e^l > 1/delta - 1 */

	for (int i = 0; i < STEPS; i++) {
		long double mid = (low + high) / 2;

		if (falling(expl(mid), l) > want)
			low = mid;
		else
			high = mid;
	}
	return expl(high);
}

static bool
delta_good(long double delta)
{
	return delta > 0 && delta < 1;
}

/* l - ln(1 + x), where x is large as one logarithm: its error is then that of
 * the last bit of 1, not of l. */
static long double
gap(long double x, long double delta)
{
	return x > 1 ? -logl(delta * (1 + x)) : -logl(delta) - log1pl(x);
}

/* f(x), every term moved up by its margin. */
static long double
epsilon_up(long double x, long double rho, long double delta)
{
	const long double up = 1 + MARGIN, down = 1 - MARGIN;
	long double rest = gap(x, delta);
	long double size = x > 1 ? 1 + fabsl(rest) : log1pl(x) - logl(delta);

	return (1 + x) * rho * up - log1pl(1 / x) * down +
	       (rest + size * MARGIN) / x;
}

/* The double above v by one or two last bits, so that its 17 digits are above
 * v, too; down_to: below. */
static double
up_to(long double v)
{
	return nextafter(nextafter((double)v, INFINITY), INFINITY);
}

static double
down_to(long double v)
{
	return nextafter(nextafter((double)v, 0), 0);
}

enum err
account_epsilon(double *epsilon, long double rho, long double delta)
{
	long double l, e;

	if (!(rho >= 0 && rho <= RHO_MAX) || !delta_good(delta))
		return E_ARG;
	if (rho == 0) {
		*epsilon = 0;
		return E_OK;
	}
	l = -logl(delta);
	e = epsilon_up(solve(rho_at, rho, l), rho, delta);
	*epsilon = e > 0 ? up_to(e) : 0;
	return E_OK;
}

enum err
account_rho(double *rho, long double epsilon, long double delta)
{
	long double l, x, r;

	if (!(epsilon >= 0 && epsilon <= EPSILON_MAX) || !delta_good(delta))
		return E_ARG;
	l = -logl(delta);
	x = solve(epsilon_at, epsilon, l);
	r = (epsilon + log1pl(1 / x) - gap(x, delta) / x) / (1 + x);
	r *= 1 - RHO_MARGIN;
	*rho = r > 0 ? down_to(r) : 0;
	return E_OK;
}
