#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/catalog.h"

#define ROOM 1024
#define CHUNK (14 + CHUNK_ABOUT)
#define CHUNKS(batches) (24 + 8 * (batches)) /* where they begin */

static struct catalog_chunk
chunk(uint64_t id, uint16_t month)
{
	return (struct catalog_chunk){ .id = id,
		.month = month,
		.alive = 3,
		.about = { .n = 4,
		    .any_start = true,
		    .last_died = 2,
		    .born = { 1, 1 } } };
}

/* Three batches; months 10, 12, 12, 15. */
static struct catalog
made(void)
{
	struct catalog_chunk chunks[] = { chunk(3, 10), chunk(9, 12),
		chunk(4, 12), chunk(5, 15) };
	struct catalog c = { .next = 10, .words = 8 };

	assert_int_equal(catalog_batch(&c, 100), E_OK);
	assert_int_equal(catalog_batch(&c, 200), E_OK);
	assert_int_equal(catalog_batch(&c, 200), E_OK);
	assert_int_equal(catalog_splice(&c, 0, 0, chunks, 4), E_OK);
	return c;
}

static size_t
bytes_of(uint8_t out[ROOM], const struct catalog *c)
{
	size_t n = catalog_bytes(c);

	assert_true(n <= ROOM);
	catalog_write(c, out);
	return n;
}

static void
test_reads_what_was_written(void **state)
{
	struct catalog c = made(), back = { 0 };
	uint8_t buf[ROOM], again[ROOM];
	size_t n = bytes_of(buf, &c);

	(void)state;
	assert_int_equal(catalog_read(&back, buf, n), E_OK);
	assert_int_equal(back.next, 10);
	assert_int_equal(back.words, 8);
	assert_int_equal(back.n_batches, 3);
	assert_int_equal(back.n_chunks, 4);
	assert_int_equal(back.chunks[1].id, 9);
	assert_int_equal(back.chunks[3].month, 15);
	assert_int_equal(back.chunks[3].alive, 3);
	assert_int_equal(back.chunks[3].about.n, 4);
	assert_int_equal(bytes_of(again, &back), n);
	assert_memory_equal(buf, again, n);
	catalog_free(&c);
	catalog_free(&back);
}

static void
test_as_of(void **state)
{
	static const struct {
		uint64_t at;
		uint32_t want;
	} cases[] = { { 0, 0 }, { 99, 0 }, { 100, 1 }, { 199, 1 }, { 200, 3 },
		{ UINT64_MAX, 3 } };
	struct catalog c = made();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(catalog_as_of(&c, cases[i].at), cases[i].want);
	catalog_free(&c);
}

static void
test_months(void **state)
{
	static const struct {
		uint16_t month;
		size_t first, n;
	} cases[] = { { 0, 0, 0 }, { 10, 0, 1 }, { 11, 1, 0 }, { 12, 1, 2 },
		{ 15, 3, 1 }, { 16, 4, 0 }, { UINT16_MAX, 4, 0 } };
	struct catalog c = made();
	size_t first;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(
		    catalog_month(&c, cases[i].month, &first), cases[i].n);
		assert_int_equal(first, cases[i].first);
	}
	catalog_free(&c);
}

/* Fewer, as many and more chunks in the place of some. */
static void
test_splice(void **state)
{
	struct catalog_chunk new[] = { chunk(6, 12), chunk(7, 12),
		chunk(8, 12) };
	struct catalog c = made();

	(void)state;
	for (size_t n = 0; n <= 3; n++) {
		size_t first, old = catalog_month(&c, 12, &first);

		assert_int_equal(catalog_splice(&c, first, old, new, n), E_OK);
		assert_int_equal(c.n_chunks, 2 + n);
		assert_int_equal(c.chunks[0].id, 3);
		assert_int_equal(c.chunks[1 + n].id, 5);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(c.chunks[1 + i].id, 6 + i);
	}
	catalog_free(&c);
}

static void
refuse(const uint8_t *buf, size_t n)
{
	struct catalog c = { .next = 77 };
	uint8_t *exact = malloc(n == 0 ? 1 : n); /* overreads show */

	assert_non_null(exact);
	memcpy(exact, buf, n);
	assert_int_equal(catalog_read(&c, exact, n), E_FORMAT);
	assert_int_equal(c.next, 77); /* untouched */
	free(exact);
}

static void
test_hostile_bytes_are_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
	} cases[] = {
		{ "the words are not yet written", 15, 10 },
		{ "no next number", 7, 0 },
		{ "a next number that SQLite has not", 0, 0x80 },
		{ "more batches than bytes", 16, 0x7f },
		{ "more chunks than bytes", 20, 0x7f },
		{ "time falls", 24 + 8 + 7, 99 },
		{ "chunk 0", CHUNKS(3) + 7, 0 },
		{ "a chunk not yet written", CHUNKS(3) + 7, 10 },
		{ "months fall", CHUNKS(3) + 9, 13 },
		{ "more alive than there are", CHUNKS(3) + 13, 5 },
	};
	struct catalog c = made();
	uint8_t buf[ROOM];
	size_t n = bytes_of(buf, &c);

	(void)state;
	catalog_free(&c);
	for (size_t i = 0; i < n; i++)
		refuse(buf, i);
	buf[n] = 0;
	refuse(buf, n + 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t was = buf[cases[i].at];

		buf[cases[i].at] = cases[i].value;
		refuse(buf, n);
		buf[cases[i].at] = was;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_was_written),
		cmocka_unit_test(test_as_of),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_splice),
		cmocka_unit_test(test_hostile_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
