/*
 * privacy/polya.h -- one node's share of a discrete Laplace.
 *
 * Each of h honest nodes adds to every cell the difference of two independent
 * NB(1/h, p), p = a/b; the sum of h shares is exactly a discrete Laplace with
 * P[x] ~ p^|x|.  Exact, integers only.
 *
 * Source: NB(r, p) is the sum over k >= 1 of k times a Poisson of mean r p^k /
 * k (a compound Poisson; arXiv:2504.05202).  With fewer than h honest shares
 * the noise is too small, fast: h is never a hope.
 */
#ifndef PRIVACY_POLYA_H
#define PRIVACY_POLYA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

struct polya {
	uint32_t a, b; /* p = a/b, 1 <= a < b <= 2^24 */
	uint32_t h;    /* honest shares that make the whole, 1 ... 65,535 */
};

/* polya_good: is it in that range? */
bool polya_good(const struct polya *law);

/*
 * polya_add: add a share to each of cells[0, n), n <= 2^24.  Time depends on
 * the values drawn and on the law, never on what stood in cells.
 *
 * On failure cells hold nothing of use and are wiped.
 *
 * E_ARG	out of range; the source is not read.
 * E_RNG, E_RANGE	as noise_draw.
 */
enum err polya_add(int64_t *cells, size_t n, const struct polya *law,
    const struct rng *rng) MUST_USE;

#endif
