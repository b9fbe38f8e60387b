/*
 * Bytes of 32 draws at a time: plane p of a group holds byte p of each.  Of a
 * block of 16 columns, one shuffle by the low four bits of the column looks up
 * a byte for all draws; where the block is not a draw's, the top bit of its
 * index makes that 0, and the blocks are joined by OR.
 */
#include "privacy/alias_avx2.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define INLINE __attribute__((target("avx2"), always_inline)) static inline
#define ROWS (ALIAS_BYTES + 2)
#define HALF (ROWS / 2) /* what the registers hold at once */

/* The entries' bytes [first, first + HALF) of the columns (low, high).  A
 * number below 16 stays below 128 when 0x70 is added, any other does not. */
INLINE void
look_up(__m256i got[HALF], const struct alias *a, unsigned first, __m256i low,
    __m256i high)
{
	const __m256i top = _mm256_set1_epi8(0x70);
	const __m256i next = _mm256_set1_epi8(16);
	unsigned blocks = (1U << a->bits) / 16;
	__m256i elsewhere = _mm256_setzero_si256();

#pragma GCC unroll 8
	for (unsigned i = 0; i < HALF; i++)
		got[i] = _mm256_setzero_si256();
	for (unsigned b = 0; b < blocks; b++) {
		__m256i at;

		if (b % 16 == 0)
			elsewhere = _mm256_andnot_si256(
			    _mm256_cmpeq_epi8(
				high, _mm256_set1_epi8((char)(b / 16))),
			    _mm256_set1_epi8(-128));
		at = _mm256_or_si256(_mm256_adds_epu8(low, top), elsewhere);
#pragma GCC unroll 8
		for (unsigned i = 0; i < HALF; i++) {
			const void *row = a->entry[b][first + i];
			__m256i both =
			    _mm256_broadcastsi128_si256(_mm_loadu_si128(row));

			got[i] = _mm256_or_si256(
			    got[i], _mm256_shuffle_epi8(both, at));
		}
		low = _mm256_sub_epi8(low, next);
	}
}

INLINE __m256i
plane(const uint8_t *planes, unsigned p)
{
	return _mm256_loadu_si256((const void *)(planes + ALIAS_GROUP * p));
}

/* Is a number at least its threshold?  ge says it of the bytes behind, those
 * from first on are put before. */
INLINE __m256i
compare(__m256i ge, const uint8_t *planes, const __m256i threshold[HALF],
    unsigned first, unsigned n)
{
#pragma GCC unroll 8
	for (unsigned i = n; i-- > 0;) {
		__m256i number = plane(planes, first + i);
		__m256i less = _mm256_min_epu8(number, threshold[i]);
		__m256i number_le = _mm256_cmpeq_epi8(less, number);
		__m256i number_ge = _mm256_cmpeq_epi8(less, threshold[i]);

		ge = _mm256_andnot_si256(
		    _mm256_andnot_si256(ge, number_le), number_ge);
	}
	return ge;
}

/* One group: the low bytes of the thresholds first, as a carry goes up. */
INLINE void
draw(const struct alias *a, uint16_t *out, int8_t *signs, const uint8_t *planes)
{
	const unsigned last = (1U << a->bits) - 1;
	__m256i coins = plane(planes, alias_planes(a) - 1);
	__m256i low = _mm256_and_si256(
	    plane(planes, ALIAS_BYTES), _mm256_set1_epi8((char)(last & 0xff)));
	__m256i high =
	    _mm256_and_si256(coins, _mm256_set1_epi8((char)(last >> 8)));
	__m256i ge = _mm256_set1_epi8(-1), got[HALF], other[2], even, odd;

	look_up(got, a, HALF, low, high);
	other[0] = got[HALF - 2];
	other[1] = got[HALF - 1];
	ge = compare(ge, planes, got, HALF, HALF - 2);
	look_up(got, a, 0, low, high);
	ge = compare(ge, planes, got, 0, HALF);
	low = _mm256_blendv_epi8(low, other[0], ge);
	high = _mm256_blendv_epi8(high, other[1], ge);

	even = _mm256_unpacklo_epi8(low, high);
	odd = _mm256_unpackhi_epi8(low, high);
	_mm256_storeu_si256(
	    (void *)out, _mm256_permute2x128_si256(even, odd, 0x20));
	_mm256_storeu_si256(
	    (void *)(out + 16), _mm256_permute2x128_si256(even, odd, 0x31));
	_mm256_storeu_si256(
	    (void *)signs, _mm256_cmpgt_epi8(_mm256_setzero_si256(), coins));
}

__attribute__((target("avx2"))) void
alias_avx2_draw(
    const struct alias *a, uint16_t *out, int8_t *signs, const uint8_t *planes)
{
	for (unsigned i = 0; i < ALIAS_DRAWS; i += ALIAS_GROUP)
		draw(a, out + i, signs + i, planes + alias_planes(a) * i);
}

bool
alias_avx2_runs(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

#else

void
alias_avx2_draw(
    const struct alias *a, uint16_t *out, int8_t *signs, const uint8_t *planes)
{
	(void)a, (void)out, (void)signs, (void)planes;
}

bool
alias_avx2_runs(void)
{
	return false;
}

#endif
