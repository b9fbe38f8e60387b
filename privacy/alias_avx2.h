/*
 * privacy/alias_avx2.h -- the inner loop of privacy/alias with AVX2.
 */
#ifndef PRIVACY_ALIAS_AVX2_H
#define PRIVACY_ALIAS_AVX2_H

#include <stdbool.h>
#include <stdint.h>

#include "privacy/alias.h"

/* alias_avx2_runs: has the processor AVX2? */
bool alias_avx2_runs(void);

/* alias_avx2_draw: as alias_draw, of the pool that the planes stand in; where
 * AVX2 runs. */
void alias_avx2_draw(
    const struct alias *a, uint16_t *out, int8_t *signs, const uint8_t *planes);

#endif
