/*
 * analysis/account.h -- rho of zCDP as (epsilon, delta), and back.
 *
 * Source: arXiv:2004.00010 proposition 12 (tight conversion):
 *
 *	eps(rho, delta) = min over a > 1 of
 *	    a rho + (ln(1/delta) + (a-1) ln(1 - 1/a) - ln a) / (a - 1)
 *
 * and never below 0.  With an outward margin: epsilon is rounded up, a rho from
 * a target epsilon down, so that 17 digits of the result are still on the safe
 * side.  Within 1e-9 of the true value, relative; an epsilon so small that its
 * terms cancel, within 1e-17 sqrt(rho).
 */
#ifndef ANALYSIS_ACCOUNT_H
#define ANALYSIS_ACCOUNT_H

#include "base/err.h"

#define ACCOUNT_DELTA 1e-9 /* unless said otherwise */

/* account_epsilon: 0 <= rho <= 1e6, 0 < delta < 1; E_ARG. */
enum err account_epsilon(
    double *epsilon, long double rho, long double delta) MUST_USE;

/* account_rho: the largest rho whose epsilon is <= epsilon, which is
 * 0 ... 1e7; 0 < delta < 1; E_ARG. */
enum err account_rho(
    double *rho, long double epsilon, long double delta) MUST_USE;

#endif
