/*
 * base/num.h -- checked integer arithmetic and strict decimal text.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* num_add, num_mul: *out = a + b, a * b; false and *out untouched when the
 * result does not fit 64 bits. */
bool num_add(uint64_t *out, uint64_t a, uint64_t b) MUST_USE;
bool num_mul(uint64_t *out, uint64_t a, uint64_t b) MUST_USE;

/*
 * num_muldiv_up: *out = ceil(a * b / c), the product held in 128 bits.
 *
 * E_ARG	c is 0.
 * E_RANGE	the result does not fit 64 bits.
 */
enum err num_muldiv_up(
    uint64_t *out, uint64_t a, uint64_t b, uint64_t c) MUST_USE;

/*
 * num_parse: the decimal digits s[0, len) as *out; no sign, no space.
 *
 * E_FORMAT	empty, or a byte that is no digit.
 * E_RANGE	larger than max.
 */
enum err num_parse(
    uint64_t *out, const char *s, size_t len, uint64_t max) MUST_USE;

/*
 * num_parse_fixed: decimal text such as "0.02" or "-3.658828" in units of
 * 10^-places (places <= 18): "0.02" with places 9 gives 20000000.  Digits
 * beyond places are refused unless they are zero: nothing is rounded.
 *
 * E_FORMAT	not [-]digits[.digits], or more precise than places allow.
 * E_RANGE	does not fit int64_t.
 */
enum err num_parse_fixed(
    int64_t *out, const char *s, size_t len, unsigned places) MUST_USE;

#endif
