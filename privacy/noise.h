/*
 * privacy/noise.h -- integer noise for a histogram, by law (base/noise).
 *
 * GAUSS with s2 <= NOISE_TABLE_S2 and LAPLACE with t <= NOISE_TABLE_T come from
 * tables in constant time (privacy/alias), each draw within 2^-110 of its law
 * in total variation for each table used: noise_distance says what that adds up
 * to, and privacy/charge charges it.  All others come from exact samplers
 * (arXiv:2004.00010 algorithms 2 and 3), whose time depends on the values
 * drawn, never on a record: no count is an argument here.
 */
#ifndef PRIVACY_NOISE_H
#define PRIVACY_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/noise.h"
#include "base/rng.h"

#define NOISE_TABLE_S2 16384         /* sigma 128: one table */
#define NOISE_TABLE_T 128            /* two tables, one up to scale 3 */
#define NOISE_MAX (INT64_C(1) << 41) /* every draw is smaller in size */

/*
 * noise_draw: n independent draws of law into out[0, n), which is wiped on
 * failure.  Tables are made anew, which takes less than a millisecond, and live
 * on the stack: 200 KiB of it are needed.
 *
 * E_ARG	the law is out of range: an unknown one, num or den 0, num / den
 *		above 2^24 (not GAUSS); the source is not read.
 * E_RNG	the source failed.
 * E_RANGE	a bound was reached that keeps every draw below NOISE_MAX;
 *		chance below 2^-1000 a draw.
 */
enum err noise_draw(int64_t *out, size_t n, const struct noise_law *law,
    const struct rng *rng) MUST_USE;

/* noise_distance: the total variation distance of n draws from their law, in
 * units of 2^-100, rounded up: 0 for exact samplers (and where noise_draw says
 * E_ARG), ceil(n / 2^10) for one table, ceil(2 n / 2^10) for two. */
uint64_t noise_distance(uint64_t n, const struct noise_law *law);

#endif
