/*
 * node/column_avx2.h -- node/column with AVX2.
 */
#ifndef NODE_COLUMN_AVX2_H
#define NODE_COLUMN_AVX2_H

#include "node/column.h"

/* column_avx2_runs: has the processor AVX2? */
bool column_avx2_runs(void);

/* column_avx2_unpack: as column_unpack, for bits >= 1, where AVX2 runs. */
uint32_t column_avx2_unpack(uint32_t *out, const uint8_t *in, size_t n_blocks,
    unsigned bits, uint32_t least);

/* column_avx2_find: as column_find, of whole blocks, likewise. */
uint32_t column_avx2_find(uint32_t *out, const uint8_t *in, uint32_t n_blocks,
    unsigned bits, uint32_t set);

#endif
