/*
 * privacy/laplace.h -- exact discrete Laplace noise.
 *
 * Source: Canonne, Kamath, Steinke, arXiv:2004.00010, algorithm 2; integers
 * only.  Exactly pure; its time depends on the value drawn, not on the scale.
 */
#ifndef PRIVACY_LAPLACE_H
#define PRIVACY_LAPLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"
#include "privacy/words.h"

#define LAPLACE_MAX (INT64_C(1) << 41) /* every draw is smaller in size */

/*
 * laplace_draw: store in out[i], i < n, independent integers X with
 * P[X = x] proportional to exp(-|x| den / num), 1 <= num, den and
 * num / den <= 2^24.  With den = 1 the words are consumed as "dlap" of
 * tests/vectors/dp_sampler_streams.json does.
 *
 * out is wiped on failure.  E_ARG: out of range, the source is not read; E_RNG;
 * E_RANGE: as noise_draw.
 */
enum err laplace_draw(int64_t *out, size_t n, uint32_t num, uint32_t den,
    const struct rng *rng) MUST_USE;

/* laplace_one: one of them, num and den in range; of no use once w has
 * failed. */
int64_t laplace_one(struct words *w, uint32_t num, uint32_t den);

#endif
