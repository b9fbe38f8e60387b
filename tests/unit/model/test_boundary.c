/*
 * Promises of model/boundary: a table is read strictly; areas that share edges
 * share no point and leave none out; the shipped table places points as another
 * program, tests/check_outlines.py, does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/wr.h"
#include "model/boundary.h"
#include "tests/unit/file_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CORNERS 8
#define RINGS 2
#define TABLE_MAX 4096
#define WEST 300000 /* where the sketches lie, metres */
#define SOUTH 200000
#define WIDE 20 /* what they fill: WIDE x WIDE metres */

struct ring {
	size_t n;
	int at[CORNERS][2]; /* metres from WEST, SOUTH */
};

struct sketch {
	const char *code;
	size_t n;
	struct ring rings[RINGS];
};

/* A square, cut along lines of every slope, with a hole that another area
 * fills and an area of two parts; some walk one way, some the other. */
static const struct sketch sketches[] = {
	{ "E01000001", 1,
	    { { 4, { { 0, 0 }, { 7, 0 }, { 3, 9 }, { 0, 9 } } } } },
	{ "E01000002", 2,
	    { { 5, { { 7, 0 }, { 20, 0 }, { 20, 13 }, { 8, 18 }, { 3, 9 } } },
		{ 4, { { 9, 4 }, { 9, 9 }, { 13, 11 }, { 14, 5 } } } } },
	{ "E01000003", 1,
	    { { 4, { { 9, 4 }, { 14, 5 }, { 13, 11 }, { 9, 9 } } } } },
	{ "E01000004", 2,
	    { { 4, { { 0, 9 }, { 0, 20 }, { 8, 18 }, { 3, 9 } } },
		{ 3, { { 20, 13 }, { 20, 20 }, { 8, 18 } } } } },
	{ "W01000005", 1, { { 3, { { 0, 20 }, { 8, 18 }, { 20, 20 } } } } },
};

static void
put_step(struct wr *w, int step)
{
	unsigned n = step >= 0 ? 2 * (unsigned)step : 2 * (unsigned)-step - 1;

	for (; n > 127; n >>= 7)
		wr_u8(w, (uint8_t)(128 | (n & 127)));
	wr_u8(w, (uint8_t)n);
}

static void
put_be24(struct wr *w, int n)
{
	wr_u8(w, (uint8_t)(n >> 16));
	wr_be16(w, (uint16_t)n);
}

static void
put_sketch(struct wr *w, const struct sketch *s)
{
	wr_bytes(w, s->code, 10);
	wr_be16(w, (uint16_t)s->n);
	for (size_t r = 0; r < s->n; r++) {
		const struct ring *ring = &s->rings[r];

		wr_be16(w, (uint16_t)ring->n);
		put_be24(w, WEST + ring->at[0][0]);
		put_be24(w, SOUTH + ring->at[0][1]);
		for (size_t i = 1; i < ring->n; i++) {
			put_step(w, ring->at[i][0] - ring->at[i - 1][0]);
			put_step(w, ring->at[i][1] - ring->at[i - 1][1]);
		}
	}
}

/* A table of n sketches; how many bytes. */
static size_t
put_table(uint8_t out[TABLE_MAX], const struct sketch *s, size_t n)
{
	struct wr w = wr_over(out, TABLE_MAX);

	wr_bytes(&w, "WARDOUT1", 8);
	wr_be32(&w, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		put_sketch(&w, &s[i]);
	assert_int_equal(w.err, E_OK);
	return w.len;
}

/* Every point in the square lies in exactly one area, edges and corners
 * included: in one that says so alone as well as among all; none outside. */
static void
test_neighbours_share_no_point(void **state)
{
	uint8_t whole[TABLE_MAX], bytes[COUNT(sketches)][TABLE_MAX];
	struct boundary *all, *one[COUNT(sketches)];

	(void)state;
	assert_int_equal(boundary_parse(&all, whole,
			     put_table(whole, sketches, COUNT(sketches))),
	    E_OK);
	for (size_t i = 0; i < COUNT(sketches); i++)
		assert_int_equal(boundary_parse(&one[i], bytes[i],
				     put_table(bytes[i], &sketches[i], 1)),
		    E_OK);
	for (int y = -2; y < WIDE + 2; y++)
		for (int x = -2; x < WIDE + 2; x++) {
			uint32_t e = (uint32_t)(WEST + x);
			uint32_t n = (uint32_t)(SOUTH + y);
			const char *got = boundary_lsoa(all, e, n);
			size_t hits = 0;

			for (size_t i = 0; i < COUNT(sketches); i++)
				if (boundary_lsoa(one[i], e, n) != NULL) {
					hits++;
					assert_string_equal(
					    got, sketches[i].code);
				}
			if (hits != (x >= 0 && x < WIDE && y >= 0 && y < WIDE))
				fail_msg("%d, %d: in %zu areas", x, y, hits);
			assert_int_equal(got != NULL, hits);
		}
	boundary_free(all);
	for (size_t i = 0; i < COUNT(sketches); i++)
		boundary_free(one[i]);
}

/* Bytes of a table, copied so that reading past them is seen. */
static enum err
parse(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);
	struct boundary *b = NULL;
	enum err e;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	e = boundary_parse(&b, exact, len);
	assert_true((e == E_OK) == (b != NULL));
	boundary_free(b);
	free(exact);
	return e;
}

static void
test_cut_and_longer_tables_are_refused(void **state)
{
	uint8_t bytes[TABLE_MAX] = { 0 };
	size_t len = put_table(bytes, sketches, COUNT(sketches));

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_equal(parse(bytes, n), E_FORMAT);
	assert_int_equal(parse(bytes, len), E_OK);
	assert_int_equal(parse(bytes, len + 1), E_FORMAT);
}

/* The first sketch: 12 bytes of head, code, rings at 22, corners at 24, east at
 * 26, north at 29, then steps at 32. */
static void
test_damaged_tables_are_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at, n;
		uint8_t bytes[4];
	} cases[] = {
		{ "another mark", 0, 1, { 'w' } },
		{ "another version", 7, 1, { '2' } },
		{ "no areas", 8, 4, { 0, 0, 0, 0 } },
		{ "too many areas", 8, 4, { 0, 1, 0, 1 } },
		{ "one area more", 8, 4, { 0, 0, 0, COUNT(sketches) + 1 } },
		{ "one area less", 8, 4, { 0, 0, 0, COUNT(sketches) - 1 } },
		{ "a code in lower case", 12, 1, { 'e' } },
		{ "a code with a letter", 20, 1, { 'x' } },
		{ "a code that does not end", 21, 1, { '1' } },
		{ "falling codes", 20, 1, { '3' } },
		{ "a code twice", 20, 1, { '2' } },
		{ "no rings", 22, 2, { 0, 0 } },
		{ "two corners", 24, 2, { 0, 2 } },
		{ "a corner too far east", 26, 3, { 0x0a, 0xae, 0x60 } },
		{ "a corner too far north", 29, 3, { 0x13, 0x12, 0xd0 } },
		{ "a step of four bytes", 32, 3, { 0x80, 0x80, 0x80 } },
		{ "a step off the grid", 32, 3, { 0xff, 0xff, 0x7f } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t bytes[TABLE_MAX];
		size_t len = put_table(bytes, sketches, COUNT(sketches));

		memcpy(bytes + cases[i].at, cases[i].bytes, cases[i].n);
		if (parse(bytes, len) != E_FORMAT)
			fail_msg("%s", cases[i].what);
	}
}

/* Areas so large that they would fill every square are refused before room is
 * made for them. */
static void
test_areas_too_large_are_refused(void **state)
{
	static const struct sketch wide = { "E01000001", 1,
		{ { 3, { { 0, 0 }, { 65535, 0 }, { 0, 65535 } } } } };
	static const struct sketch wider = { "E01000001", 1,
		{ { 3, { { 0, 0 }, { 65536, 0 }, { 0, 9 } } } } };
	static const struct sketch higher = { "E01000001", 1,
		{ { 3, { { 0, 0 }, { 9, 0 }, { 0, 65536 } } } } };
	enum { MANY = 1000, EACH = 40 };
	static uint8_t many[12 + MANY * EACH];
	uint8_t bytes[TABLE_MAX];
	struct wr w = wr_over(many, sizeof(many));

	(void)state;
	assert_int_equal(parse(bytes, put_table(bytes, &wide, 1)), E_OK);
	assert_int_equal(parse(bytes, put_table(bytes, &wider, 1)), E_FORMAT);
	assert_int_equal(parse(bytes, put_table(bytes, &higher, 1)), E_FORMAT);
	wr_bytes(&w, "WARDOUT1", 8);
	wr_be32(&w, MANY);
	for (int i = 0; i < MANY; i++) {
		struct sketch s = wide;
		char code[10];

		(void)snprintf(code, sizeof(code), "E01%06d", i);
		s.code = code;
		put_sketch(&w, &s);
	}
	assert_int_equal(w.err, E_OK);
	assert_int_equal(parse(many, w.len), E_FORMAT);
}

static uint8_t *shipped_bytes;
static struct boundary *shipped;

static int
load_shipped(void **state)
{
	size_t len = 0;

	(void)state;
	shipped_bytes =
	    (uint8_t *)file_test(WARD_DATA "/boundaries/lsoa11.bin", &len);
	if (shipped_bytes == NULL)
		return -1;
	return boundary_parse(&shipped, shipped_bytes, len) == E_OK ? 0 : -1;
}

static int
free_shipped(void **state)
{
	(void)state;
	boundary_free(shipped);
	free(shipped_bytes);
	return 0;
}

static void
test_shipped_table_places_points_as_another_program(void **state)
{
	size_t len = 0, n = 0, none = 0;
	char *text = file_test(WARD_VECTORS "/outlines.csv", &len);
	unsigned east, north;
	char want[10];
	int used;

	(void)state;
	assert_non_null(text);
	for (const char *at = text;
	     sscanf(at, "%u,%u,%9[^\n]\n%n", &east, &north, want, &used) == 3;
	     at += used, n++) {
		const char *got = boundary_lsoa(shipped, east, north);

		if (strcmp(got == NULL ? "-" : got, want) != 0)
			fail_msg("%u,%u: %s, not %s", east, north,
			    got == NULL ? "-" : got, want);
		none += got == NULL;
	}
	free(text);
	assert_int_equal(n, 400);
	assert_in_range(none, 5, 100);
}

static void
test_points_off_the_grid_are_in_no_area(void **state)
{
	static const uint32_t at[][2] = { { 0, 0 }, { 699999, 1249999 },
		{ 700000, 200000 }, { 300000, 1250000 },
		{ UINT32_MAX, UINT32_MAX } };

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++)
		assert_null(boundary_lsoa(shipped, at[i][0], at[i][1]));
	boundary_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_share_no_point),
		cmocka_unit_test(test_cut_and_longer_tables_are_refused),
		cmocka_unit_test(test_damaged_tables_are_refused),
		cmocka_unit_test(test_areas_too_large_are_refused),
		cmocka_unit_test(
		    test_shipped_table_places_points_as_another_program),
		cmocka_unit_test(test_points_off_the_grid_are_in_no_area),
	};

	return cmocka_run_group_tests(tests, load_shipped, free_shipped);
}
