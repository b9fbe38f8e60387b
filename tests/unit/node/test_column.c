/*
 * Promises of node/column: what was packed comes back, by either code, and
 * takes the bytes that its header draws.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/column.h"
#include "node/column_avx2.h"
#include "tests/unit/node/rows_test.h"

#define BLOCKS 3
#define N (BLOCKS * COLUMN_BLOCK)

static uint32_t
most(unsigned bits)
{
	return bits == 0 ? 0 : UINT32_MAX >> (32 - bits);
}

/* Unpacks from exactly the bytes that they take, whole and one by one; the
 * greatest. */
static uint32_t
unpack(uint32_t out[N], const uint8_t *packed, unsigned bits, uint32_t least)
{
	uint32_t greatest;
	size_t n = column_bytes(N, bits);
	uint8_t *exact = malloc(n == 0 ? 1 : n); /* ASan sees overreads */

	assert_non_null(exact);
	memcpy(exact, packed, n);
	memset(out, 0xee, N * sizeof(*out));
	greatest = column_unpack(out, exact, BLOCKS, bits, least);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(column_at(exact, i, bits, least), out[i]);
	free(exact);
	return greatest;
}

static void
test_values_of_every_width_come_back(void **state)
{
	struct draw d = { 1 };

	(void)state;
	for (unsigned bits = 0; bits <= 32; bits++) {
		static uint8_t packed[N * 4];
		static uint32_t in[N], out[N];

		for (unsigned i = 0; i < N; i++)
			in[i] = (uint32_t)draw(&d) & most(bits);
		in[7] = 0;
		in[N - 1] = in[COLUMN_BLOCK] = most(bits);
		for (unsigned b = 0; b < BLOCKS; b++)
			column_pack(
			    packed + b * column_bytes(COLUMN_BLOCK, bits),
			    in + b * COLUMN_BLOCK, bits);
		for (int portable = 0; portable < 2; portable++) {
			uint32_t least = (uint32_t)draw(&d);

			column_portable(portable);
			(void)unpack(out, packed, bits, least);
			for (unsigned i = 0; i < N; i++)
				assert_int_equal(out[i] - least, in[i]);
			assert_int_equal(
			    unpack(out, packed, bits, 0), most(bits));
			assert_memory_equal(out, in, sizeof(in));
		}
		column_portable(false);
	}
	if (!column_avx2_runs())
		print_message("[  NOTE  ] no AVX2: one code was tested\n");
}

/* Of any number of values, those of a set; what fills the last block is none,
 * and values of 32 and more are in no set. */
static void
test_values_of_a_set_are_found(void **state)
{
	static const uint32_t sizes[] = { 1, 7, 255, 256, 257, N - 1, N };
	static uint8_t packed[N * 4];
	static uint32_t in[N], found[N];
	struct draw d = { 17 };

	(void)state;
	for (unsigned turn = 0; turn < 200; turn++) {
		unsigned bits = turn % 8;
		uint32_t n = sizes[turn % 7];
		uint32_t set = (uint32_t)(draw(&d) & draw(&d)) | (turn & 1);
		uint32_t want = 0, got;

		for (unsigned i = 0; i < N; i++)
			in[i] = i < n ? (uint32_t)draw(&d) & most(bits) : 0;
		for (unsigned b = 0; b < BLOCKS; b++)
			column_pack(
			    packed + b * column_bytes(COLUMN_BLOCK, bits),
			    in + b * COLUMN_BLOCK, bits);
		column_portable(turn % 3 == 0);
		got = column_find(found, packed, n, bits, set);
		column_portable(false);
		for (unsigned i = 0; i < n; i++)
			if (in[i] < 32 && (set >> in[i] & 1) != 0)
				assert_int_equal(found[want++], i);
		assert_int_equal(got, want);
	}
}

/* Three bits: value i of the first row stands in the lowest bits of word i; the
 * eleventh row has two bits in the first words and one in the next. */
static void
test_layout_is_as_drawn(void **state)
{
	uint32_t in[COLUMN_BLOCK] = { [0] = 5, [9] = 6, [8 * 10 + 2] = 7 };
	uint8_t out[96], want[96] = { 0 };

	(void)state;
	want[0] = 5;
	want[4] = 6 << 3;
	want[2 * 4 + 3] = 3 << 6;
	want[32 + 2 * 4] = 1;
	memset(out, 0xee, sizeof(out));
	assert_int_equal(column_bytes(COLUMN_BLOCK, 3), sizeof(out));
	column_pack(out, in, 3);
	assert_memory_equal(out, want, sizeof(want));
}

static void
test_sizes(void **state)
{
	static const struct {
		uint32_t most;
		unsigned bits;
	} widths[] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 2 }, { 4, 3 },
		{ 255, 8 }, { 256, 9 }, { UINT32_MAX / 2, 31 },
		{ UINT32_MAX / 2 + 1, 32 }, { UINT32_MAX, 32 } };

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		assert_int_equal(column_bits(widths[i].most), widths[i].bits);
	assert_int_equal(column_bytes(0, 7), 0);
	assert_int_equal(column_bytes(1, 7), 7 * 32);
	assert_int_equal(column_bytes(256, 7), 7 * 32);
	assert_int_equal(column_bytes(257, 7), 2 * 7 * 32);
	assert_int_equal(column_bytes(65536, 32), 4 * 65536);
	assert_int_equal(column_bytes(65536, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_of_every_width_come_back),
		cmocka_unit_test(test_values_of_a_set_are_found),
		cmocka_unit_test(test_layout_is_as_drawn),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
