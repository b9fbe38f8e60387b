/*
 * node/column.h -- numbers packed to as many bits as the largest needs.
 *
 * Layout: 256 values, in 32 rows of 8, are one block of `bits` rows of eight
 * 32-bit words, little-endian.  Lane i of the words, read from the first row on
 * and from the low bit of each, holds value i of every row of values, the first
 * row first.  So eight values are shifted into place by the same two counts,
 * and no instruction crosses a lane.  (The vertical layout of Lemire, Boytsov,
 * "Decoding billions of integers per second through vectorization",
 * arXiv:1209.2137, section 4, with eight lanes.)
 */
#ifndef NODE_COLUMN_H
#define NODE_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLUMN_BLOCK 256U
#define COLUMN_LANES 8U
#define COLUMN_ROWS (COLUMN_BLOCK / COLUMN_LANES)

/* column_bits: the least b with most < 2^b, 0 ... 32. */
unsigned column_bits(uint32_t most);

/* column_bytes: of n values, in whole blocks. */
size_t column_bytes(size_t n, unsigned bits);

/* column_pack: one block: in[COLUMN_BLOCK], each below 2^bits, into
 * out[column_bytes(COLUMN_BLOCK, bits)]; bits <= 32. */
void column_pack(uint8_t *out, const uint32_t *in, unsigned bits);

/* column_unpack: n_blocks of them back into out[n_blocks * COLUMN_BLOCK], with
 * least added (modulo 2^32); the greatest of these.  bits <= 32; any bytes are
 * good ones. */
uint32_t column_unpack(uint32_t *out, const uint8_t *in, size_t n_blocks,
    unsigned bits, uint32_t least);

/*
 * column_find: which of n values v (without least) are below 32 and have bit v
 * of set: their numbers, rising, into out[n rounded up to COLUMN_BLOCK]; how
 * many.  bits <= 32.
 */
uint32_t column_find(
    uint32_t *out, const uint8_t *in, uint32_t n, unsigned bits, uint32_t set);

/* column_at: the i-th value alone. */
uint32_t column_at(const uint8_t *in, size_t i, unsigned bits, uint32_t least);

/* column_portable: true: without AVX2 even where it runs; for tests. */
void column_portable(bool on);

#endif
