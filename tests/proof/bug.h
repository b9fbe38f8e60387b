/*
 * tests/proof/bug.h -- planted bugs stand in for a function of the kernel.
 *
 * The linker (--wrap) sends calls of noise_draw to __wrap_noise_draw and gives
 * the real one as __real_noise_draw; likewise for the others.
 */
#ifndef TESTS_PROOF_BUG_H
#define TESTS_PROOF_BUG_H

#include "privacy/bound.h"
#include "privacy/noise.h"
#include "privacy/release.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
enum err __wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng);
enum err __real_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng);
enum err __wrap_release_counts(int64_t *noisy, const int64_t *exact,
    struct grant *grant, const struct release_plan *plan,
    const struct rng *rng);
enum err __real_release_counts(int64_t *noisy, const int64_t *exact,
    struct grant *grant, const struct release_plan *plan,
    const struct rng *rng);
void __wrap_bound_start(struct bound *b, uint32_t c);
void __real_bound_start(struct bound *b, uint32_t c);
/* NOLINTEND */

/* A fair 64-bit word of the source, for bugs that toss coins. */
static inline uint64_t
bug_word(const struct rng *rng)
{
	uint64_t x = 0;

	return rng->fill(rng->ctx, &x, sizeof(x)) == E_OK ? x : 0;
}

#endif
