/*
 * privacy/fixed.h -- non-negative numbers with 192 bits after the point.
 *
 * What the tables of privacy/alias are made from: exp of a ratio, products,
 * quotients, by integer arithmetic alone.  A number is
 * (limb[0] + limb[1] 2^64 + limb[2] 2^128 + limb[3] 2^192) / 2^192: 64 bits
 * before the point.
 */
#ifndef PRIVACY_FIXED_H
#define PRIVACY_FIXED_H

#include <stdint.h>

#include "base/err.h"

struct fixed {
	uint64_t limb[4]; /* the lowest first */
};

/* fixed_add, fixed_mul: the sum; the product, rounded down, which differs by
 * less than 2^-192.  A result of 2^64 or more is a broken caller (assert). */
struct fixed fixed_add(struct fixed a, struct fixed b);
struct fixed fixed_mul(struct fixed a, struct fixed b);

/* fixed_inverse: 1 / a rounded down, 1 <= a < 2^63 (assert). */
struct fixed fixed_inverse(struct fixed a);

/* fixed_exp: exp(-num / den), den >= 1, within 2^-180 either way; num, den
 * below 2^33 (assert). */
struct fixed fixed_exp(uint64_t num, uint64_t den);

/*
 * fixed_log_up: an upper bound of ln(b / a) in units of 2^-64 (64 bits before
 * the point, as *whole and *part), at most 2^-60 above it; 1 <= a < b < 2^32.
 *
 * E_ARG	not so.
 */
enum err fixed_log_up(
    uint64_t *whole, uint64_t *part, uint64_t a, uint64_t b) MUST_USE;

#endif
