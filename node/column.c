#include "node/column.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "node/column_avx2.h"

#define ROW (COLUMN_LANES * sizeof(uint32_t)) /* bytes */

static bool portable;

void
column_portable(bool on)
{
	portable = on;
}

unsigned
column_bits(uint32_t most)
{
	return most == 0 ? 0 : 32 - (unsigned)__builtin_clz(most);
}

size_t
column_bytes(size_t n, unsigned bits)
{
	return (n + COLUMN_BLOCK - 1) / COLUMN_BLOCK * ROW * bits;
}

/* Eight words as numbers, and back. */
static void
load(uint32_t words[COLUMN_LANES], const uint8_t *from)
{
	memcpy(words, from, ROW);
	for (unsigned i = 0; i < COLUMN_LANES; i++)
		words[i] = le32toh(words[i]);
}

static void
store(uint8_t *to, const uint32_t words[COLUMN_LANES])
{
	uint32_t little[COLUMN_LANES];

	for (unsigned i = 0; i < COLUMN_LANES; i++)
		little[i] = htole32(words[i]);
	memcpy(to, little, ROW);
}

void
column_pack(uint8_t *out, const uint32_t *in, unsigned bits)
{
	uint32_t words[COLUMN_LANES] = { 0 };
	unsigned used = 0; /* bits of words */

	assert(bits <= 32);
	if (bits == 0)
		return;
	for (unsigned row = 0; row < COLUMN_ROWS; row++) {
		for (unsigned i = 0; i < COLUMN_LANES; i++)
			words[i] |= in[i] << used;
		used += bits;
		if (used >= 32) {
			store(out, words);
			out += ROW;
			used -= 32;
			for (unsigned i = 0; i < COLUMN_LANES; i++)
				words[i] =
				    used == 0 ? 0 : in[i] >> (bits - used);
		}
		in += COLUMN_LANES;
	}
}

/* See column_avx2.c; shifted twice, as 32 at once is not defined.  most[i] is
 * the greatest of lane i. */
static void
unpack_block(uint32_t *out, const uint8_t *in, unsigned bits, uint32_t least,
    uint32_t most[COLUMN_LANES])
{
	const uint32_t mask = UINT32_MAX >> (32 - bits);

	for (unsigned row = 0, at = 0; row < COLUMN_ROWS; row++, at += bits) {
		unsigned shift = at % 32;
		uint32_t low[COLUMN_LANES], high[COLUMN_LANES];

		load(low, in + ROW * (at / 32));
		load(high, in + ROW * (at / 32 + (shift + bits > 32)));
		for (unsigned i = 0; i < COLUMN_LANES; i++) {
			uint32_t both =
			    low[i] >> shift | high[i] << 1 << (31 - shift);

			out[i] = (both & mask) + least;
			most[i] = out[i] > most[i] ? out[i] : most[i];
		}
		out += COLUMN_LANES;
	}
}

static uint32_t
unpack_same(uint32_t *out, size_t n_blocks, uint32_t value)
{
	for (size_t b = 0; b < n_blocks; b++, out += COLUMN_BLOCK)
		for (unsigned i = 0; i < COLUMN_BLOCK; i++)
			out[i] = value;
	return value;
}

uint32_t
column_unpack(uint32_t *out, const uint8_t *in, size_t n_blocks, unsigned bits,
    uint32_t least)
{
	uint32_t most[COLUMN_LANES] = { 0 }, greatest = 0;

	assert(bits <= 32);
	if (bits == 0)
		return unpack_same(out, n_blocks, least);
	if (!portable && column_avx2_runs())
		return column_avx2_unpack(out, in, n_blocks, bits, least);
	for (size_t b = 0; b < n_blocks; b++)
		unpack_block(out + b * COLUMN_BLOCK, in + b * ROW * bits, bits,
		    least, most);
	for (unsigned i = 0; i < COLUMN_LANES; i++)
		greatest = most[i] > greatest ? most[i] : greatest;
	return greatest;
}

uint32_t
column_find(
    uint32_t *out, const uint8_t *in, uint32_t n, unsigned bits, uint32_t set)
{
	uint32_t n_blocks = (n + COLUMN_BLOCK - 1) / COLUMN_BLOCK;
	uint32_t values[COLUMN_BLOCK], found = 0;

	assert(bits <= 32);
	if (bits > 0 && !portable && column_avx2_runs())
		found = column_avx2_find(out, in, n_blocks, bits, set);
	else
		for (uint32_t b = 0; b < n_blocks; b++) {
			(void)column_unpack(
			    values, in + b * ROW * bits, 1, bits, 0);
			for (uint32_t i = 0; i < COLUMN_BLOCK; i++) {
				uint32_t v = values[i];

				out[found] = b * COLUMN_BLOCK + i;
				found += v < 32 && (set >> v % 32 & 1) != 0;
			}
		}
	while (found > 0 && out[found - 1] >= n)
		found--; /* not values, but what fills the last block */
	return found;
}

uint32_t
column_at(const uint8_t *in, size_t i, unsigned bits, uint32_t least)
{
	unsigned at = (unsigned)(i % COLUMN_BLOCK / COLUMN_LANES) * bits;
	unsigned shift = at % 32;
	uint32_t low, high;

	assert(bits <= 32);
	if (bits == 0)
		return least;
	in += i / COLUMN_BLOCK * ROW * bits + ROW * (at / 32);
	in += i % COLUMN_LANES * sizeof(low);
	memcpy(&low, in, sizeof(low));
	memcpy(&high, in + (shift + bits > 32 ? ROW : 0), sizeof(high));
	low = le32toh(low) >> shift;
	high = le32toh(high) << 1 << (31 - shift);
	return ((low | high) & UINT32_MAX >> (32 - bits)) + least;
}
