/*
 * client/steps.h -- how to divide a charge over nested blocks of months for
 * running totals.
 *
 * Blocks of level j add up 2^j months in a row; the running total to month t is
 * their least-squares estimate (analysis/tree).
 */
#ifndef CLIENT_STEPS_H
#define CLIENT_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define STEPS_LEVELS 8 /* 120 months */

/*
 * steps_shares: share[i], i < levels <= STEPS_LEVELS, of sum 1, for blocks of
 * level i, which minimise the mean over t of the variance of the running total
 * to month t over t: noise beside the variation of counts.  A share of 0: not
 * worth measuring; share[0] > 0.  *worth is that mean where a level of all the
 * charge has variance 1; it goes as 1 / share with gauss, else 1 / share^2.
 *
 * Alternating: with the estimates as they are, the best shares are in closed
 * form; with the shares, the best estimates are least squares.  Neither step
 * can make it worse.
 *
 * E_NOMEM
 */
enum err steps_shares(double *share, double *worth, uint32_t months,
    unsigned levels, bool gauss) MUST_USE;

#endif
