#include "node/column_avx2.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* A value's bits past the end of its word stand in the next one: there, a
 * shift by 32 or more gives 0, and when there are none the same word is read
 * twice, whose bits the mask takes away.  A row of every block is done before
 * the next, as it shifts the same in all. */
__attribute__((target("avx2"))) uint32_t
column_avx2_unpack(uint32_t *out, const uint8_t *in, size_t n_blocks,
    unsigned bits, uint32_t least)
{
	const __m256i mask =
	    _mm256_set1_epi32((int)(UINT32_MAX >> (32 - bits)));
	const __m256i add = _mm256_set1_epi32((int)least);
	const size_t row = COLUMN_LANES * sizeof(*out);
	__m256i most = _mm256_setzero_si256();
	uint32_t lanes[COLUMN_LANES], greatest = 0;

	for (unsigned i = 0, at = 0; i < COLUMN_ROWS; i++, at += bits) {
		unsigned shift = at % 32;
		const uint8_t *word = in + row * (at / 32);
		const size_t next = shift + bits > 32 ? row : 0;
		const __m128i down = _mm_cvtsi32_si128((int)shift);
		const __m128i up = _mm_cvtsi32_si128((int)(32 - shift));
		uint32_t *to = out + COLUMN_LANES * i;

		for (size_t b = 0; b < n_blocks; b++) {
			__m256i low = _mm256_srl_epi32(
			    _mm256_loadu_si256((const void *)word), down);
			__m256i high = _mm256_sll_epi32(
			    _mm256_loadu_si256((const void *)(word + next)),
			    up);
			__m256i v = _mm256_add_epi32(
			    _mm256_and_si256(_mm256_or_si256(low, high), mask),
			    add);

			most = _mm256_max_epu32(most, v);
			_mm256_storeu_si256((void *)to, v);
			word += row * bits;
			to += COLUMN_BLOCK;
		}
	}
	_mm256_storeu_si256((void *)lanes, most);
	for (unsigned i = 0; i < COLUMN_LANES; i++)
		greatest = lanes[i] > greatest ? lanes[i] : greatest;
	return greatest;
}

/* Bit v of the set is shifted to the top of lane i: 0 where v is above 31. */
__attribute__((target("avx2"))) uint32_t
column_avx2_find(uint32_t *out, const uint8_t *in, uint32_t n_blocks,
    unsigned bits, uint32_t set)
{
	const __m256i mask =
	    _mm256_set1_epi32((int)(UINT32_MAX >> (32 - bits)));
	const __m256i all = _mm256_set1_epi32((int)set);
	const size_t row = COLUMN_LANES * sizeof(*out);
	uint32_t found = 0, number = 0;

	for (uint32_t b = 0; b < n_blocks; b++, in += row * bits)
		for (unsigned i = 0, at = 0; i < COLUMN_ROWS; i++, at += bits) {
			unsigned shift = at % 32;
			const uint8_t *word = in + row * (at / 32);
			const uint8_t *next = word + row * (shift + bits > 32);
			__m256i low = _mm256_srl_epi32(
			    _mm256_loadu_si256((const void *)word),
			    _mm_cvtsi32_si128((int)shift));
			__m256i high = _mm256_sll_epi32(
			    _mm256_loadu_si256((const void *)next),
			    _mm_cvtsi32_si128((int)(32 - shift)));
			__m256i v =
			    _mm256_and_si256(_mm256_or_si256(low, high), mask);
			__m256i hit =
			    _mm256_slli_epi32(_mm256_srlv_epi32(all, v), 31);
			unsigned hits = (unsigned)_mm256_movemask_ps(
			    _mm256_castsi256_ps(hit));

			for (; hits != 0; hits &= hits - 1)
				out[found++] =
				    number + (unsigned)__builtin_ctz(hits);
			number += COLUMN_LANES;
		}
	return found;
}

bool
column_avx2_runs(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

#else

uint32_t
column_avx2_unpack(uint32_t *out, const uint8_t *in, size_t n_blocks,
    unsigned bits, uint32_t least)
{
	(void)out, (void)in, (void)n_blocks, (void)bits, (void)least;
	return 0;
}

uint32_t
column_avx2_find(uint32_t *out, const uint8_t *in, uint32_t n_blocks,
    unsigned bits, uint32_t set)
{
	(void)out, (void)in, (void)n_blocks, (void)bits, (void)set;
	return 0;
}

bool
column_avx2_runs(void)
{
	return false;
}

#endif
