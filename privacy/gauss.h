/*
 * privacy/gauss.h -- exact discrete Gaussian noise.
 *
 * Source: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential
 * Privacy", arXiv:2004.00010, algorithms 1-3.  Integers only: a draw made from
 * doubles leaks through its low bits (Mironov, CCS 2012).
 */
#ifndef PRIVACY_GAUSS_H
#define PRIVACY_GAUSS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

#define GAUSS_MAX (INT64_C(1) << 40) /* every draw is smaller in size */

/*
 * gauss_draw: store in out[i], i < n, independent integers X with
 *
 *	P[X = x] proportional to exp(-x^2 * s2_den / (2 * s2_num)).
 *
 * s2_num / s2_den	the variance parameter; 1 <= s2_num, s2_den, and
 *			s2_num / s2_den <= 2^32.
 * time			varies with the drawn values and the variance, never
 *			with a record: no count is an argument here.
 *
 * out is wiped on failure.
 *
 * E_ARG	the variance is out of range; the source is not read.
 * E_RNG	the source failed.
 * E_RANGE	a bound was reached that keeps every draw below GAUSS_MAX;
 *		chance below 2^-1000 a draw.
 */
enum err gauss_draw(int64_t *out, size_t n, uint32_t s2_num, uint32_t s2_den,
    const struct rng *rng) MUST_USE;

#endif
