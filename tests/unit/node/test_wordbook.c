#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/wordbook.h"

#define WORDS 3000

/* Record n: kinds and areas of every length that fits. */
static struct incident
record(uint32_t n)
{
	struct incident i = { .kind = { .source = 1U << n % 6,
				  .weapon = (uint8_t)(n % WEAPONS),
				  .victim = (uint8_t)(n % VICTIMS),
				  .setting = (uint8_t)(n % SETTINGS) },
		.vintage = (uint16_t)(n % 2 == 0 ? 2011 : 2021) };

	snprintf(i.kind.codelist, INCIDENT_LIST, "%0*u",
	    (int)(n % INCIDENT_LIST), n);
	snprintf(
	    i.kind.code, INCIDENT_CODE, "%0*u", (int)(n % INCIDENT_CODE), n);
	snprintf(i.feed, INCIDENT_FEED, "%0*u", (int)(n % INCIDENT_FEED), n);
	snprintf(i.area, INCIDENT_AREA, "%0*u", (int)(n % INCIDENT_AREA), n);
	snprintf(i.published, INCIDENT_GSS, "%0*u", (int)(n % INCIDENT_GSS), n);
	return i;
}

static void
fill(struct lexicon *x, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		struct incident i = record(k);
		uint32_t kind = 0, area = 0;

		assert_int_equal(lexicon_kind(x, &kind, &i), E_OK);
		assert_int_equal(lexicon_area(x, &area, &i), E_OK);
		assert_int_equal(kind, k);
		assert_int_equal(area, k);
	}
}

static void
test_reads_what_was_written(void **state)
{
	struct lexicon x = { 0 }, back = { 0 };
	uint8_t *buf;
	size_t n;

	(void)state;
	fill(&x, WORDS);
	n = wordbook_bytes(&x);
	buf = malloc(n);
	assert_non_null(buf);
	wordbook_write(&x, buf);
	assert_int_equal(wordbook_read(&back, buf, n), E_OK);
	assert_int_equal(back.n_kinds, WORDS);
	assert_int_equal(back.n_areas, WORDS);
	for (uint32_t k = 0; k < WORDS; k++) {
		struct incident want = record(k), got = { 0 };

		lexicon_put(&back, &got, k, k);
		assert_memory_equal(&got.kind, &want.kind, sizeof(want.kind));
		assert_string_equal(got.feed, want.feed);
		assert_string_equal(got.area, want.area);
		assert_string_equal(got.published, want.published);
		assert_int_equal(got.vintage, want.vintage);
	}
	fill(&back, WORDS); /* and each is found again */
	free(buf);
	lexicon_free(&x);
	lexicon_free(&back);
}

static void
refuse(const uint8_t *buf, size_t n)
{
	struct lexicon x = { 0 };
	uint8_t *exact = malloc(n == 0 ? 1 : n); /* overreads show */

	assert_non_null(exact);
	memcpy(exact, buf, n);
	assert_int_equal(wordbook_read(&x, exact, n), E_FORMAT);
	assert_null(x.kinds); /* untouched */
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
		{ "more kinds than bytes", 0, 0xff },
		{ "a list of 24 letters", 8, INCIDENT_LIST },
		{ "a NUL in a code", 12, 0 },
		{ "fewer areas than bytes", 27, 2 },
		{ "an area twice", 38, '1' },
	};
	/* clang-format off */
	static const uint8_t good[] = {
		0, 0, 0, 1,
		/* 4 */ 0, 0, 0, 1, /* 8 */ 2, 'h', 'o', 3, '1', '0', '4',
		/* 15 */ 5, 'G', 'w', 'e', 'n', 't', 1, 2, 3,
		/* 24 */ 0, 0, 0, 3,
		/* 28 */ 0, 0, 0, 0,
		/* 32 */ 1, '1', 0, 7, 0xdb,
		/* 37 */ 1, '2', 0, 7, 0xdb,
	};
	/* clang-format on */
	struct lexicon x = { 0 };
	uint8_t buf[sizeof(good) + 1] = { 0 };

	(void)state;
	assert_int_equal(wordbook_read(&x, good, sizeof(good)), E_OK);
	assert_int_equal(x.n_kinds, 1);
	assert_int_equal(x.n_areas, 3);
	lexicon_free(&x);
	for (size_t n = 0; n < sizeof(good); n++)
		refuse(good, n);
	memcpy(buf, good, sizeof(good));
	refuse(buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memcpy(buf, good, sizeof(good));
		buf[cases[i].at] = cases[i].value;
		refuse(buf, sizeof(good));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_was_written),
		cmocka_unit_test(test_hostile_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
