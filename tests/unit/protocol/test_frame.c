/* Promises of protocol/frame and protocol/cutter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/cutter.h"
#include "protocol/frame.h"

/* A good frame with the body "hi", to be spoilt. */
static void
good(uint8_t buf[FRAME_HEADER + 2])
{
	memset(buf, 0, FRAME_HEADER + 2);
	buf[3] = 2;
	buf[4] = FRAME_VERSION;
	buf[5] = FRAME_ASK;
	buf[11] = 9;
	buf[12] = 0xaa;
	buf[43] = 0xbb;
	memcpy(buf + FRAME_HEADER, "hi", 2);
}

static void
test_the_layout_is_as_drawn(void **state)
{
	uint8_t want[FRAME_HEADER + 2], *got;
	struct frame f = { .kind = FRAME_ASK,
		.attempt = 9,
		.body = (const uint8_t *)"hi",
		.len = 2 };
	struct frame back;
	size_t len;

	(void)state;
	f.id[0] = 0xaa;
	f.id[31] = 0xbb;
	good(want);
	assert_int_equal(frame_write(&got, &len, &f), E_OK);
	assert_int_equal(len, sizeof(want));
	assert_memory_equal(got, want, len);
	assert_int_equal(frame_parse(&back, got, len), E_OK);
	assert_int_equal(back.kind, FRAME_ASK);
	assert_int_equal(back.attempt, 9);
	assert_memory_equal(back.id, f.id, FRAME_ID);
	assert_int_equal(back.len, 2);
	assert_ptr_equal(back.body, got + FRAME_HEADER);
	free(got);
}

static void
test_what_is_no_frame_is_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		enum err want, need;
	} cases[] = {
		{ "as it is", 0, 0, E_OK, E_OK },
		{ "version 0", 4, 0, E_FORMAT, E_FORMAT },
		{ "version 2", 4, 2, E_FORMAT, E_FORMAT },
		{ "kind 0", 5, 0, E_FORMAT, E_FORMAT },
		{ "kind 18", 5, 18, E_FORMAT, E_FORMAT },
		{ "kind 255", 5, 255, E_FORMAT, E_FORMAT },
		{ "reserved", 6, 1, E_FORMAT, E_FORMAT },
		{ "reserved", 7, 1, E_FORMAT, E_FORMAT },
		{ "one byte longer", 3, 3, E_SHORT, E_OK },
		{ "one byte shorter", 3, 1, E_TRAILING, E_OK },
		{ "4 GiB", 0, 255, E_LIMIT, E_LIMIT },
		{ "4 MiB and 2", 1, 64, E_LIMIT, E_LIMIT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t buf[FRAME_HEADER + 2];
		struct frame f = { .len = 77 };
		size_t whole = 77;

		good(buf);
		buf[cases[i].at] = cases[i].value;
		assert_int_equal(
		    frame_parse(&f, buf, sizeof(buf)), cases[i].want);
		assert_int_equal(
		    frame_need(&whole, buf, FRAME_BODY_MAX), cases[i].need);
		if (cases[i].want != E_OK)
			assert_int_equal(f.len, 77);
		if (cases[i].need != E_OK)
			assert_int_equal(whole, 77);
	}
}

/* Every prefix of a good frame is refused, and leaves the output alone. */
static void
test_prefixes_are_short(void **state)
{
	uint8_t buf[FRAME_HEADER + 2];

	(void)state;
	good(buf);
	for (size_t n = 0; n < sizeof(buf); n++) {
		struct frame f = { .len = 77 };
		uint8_t *exact = malloc(n == 0 ? 1 : n);

		memcpy(exact, buf, n);
		assert_int_equal(frame_parse(&f, exact, n), E_SHORT);
		assert_int_equal(f.len, 77);
		free(exact);
	}
}

static void
test_the_longest_body_fits_and_no_longer(void **state)
{
	struct frame f = { .kind = FRAME_CHUNK, .len = FRAME_BODY_MAX };
	uint8_t *body = calloc(1, FRAME_BODY_MAX), *buf = NULL;
	size_t len = 0;

	(void)state;
	f.body = body;
	assert_int_equal(frame_write(&buf, &len, &f), E_OK);
	assert_int_equal(len, FRAME_MAX);
	assert_int_equal(frame_parse(&f, buf, len), E_OK);
	free(buf);
	buf = NULL;
	f.len++;
	assert_int_equal(frame_write(&buf, &len, &f), E_LIMIT);
	assert_null(buf);
	free(body);
}

/* Three frames, the second without a body, cut from pieces of every length. */
static void
test_pieces_make_the_same_frames(void **state)
{
	uint8_t all[3 * FRAME_HEADER + 4];
	const size_t lens[] = { FRAME_HEADER + 2, FRAME_HEADER,
		FRAME_HEADER + 2 };

	(void)state;
	good(all);
	good(all + lens[0]);
	all[lens[0] + 3] = 0;
	good(all + lens[0] + lens[1]);
	for (size_t piece = 1; piece <= sizeof(all); piece++) {
		struct cutter c = { .have = 0 };
		size_t from = 0, frames = 0, off = 0, at, len = 0;
		uint8_t *frame;
		enum err e;

		for (; from < sizeof(all); from += piece) {
			size_t n = sizeof(all) - from < piece
				       ? sizeof(all) - from
				       : piece;

			at = 0;
			while ((e = cutter_feed(&c, all + from, n, &at, false,
				    &frame, &len)) == E_OK) {
				assert_int_equal(len, lens[frames]);
				assert_memory_equal(frame, all + off, len);
				off += len;
				frames++;
				free(frame);
			}
			assert_int_equal(e, E_AGAIN);
			assert_int_equal(at, n);
		}
		assert_int_equal(frames, 3);
		cutter_finish(&c);
	}
}

static void
test_a_large_frame_waits_without_memory(void **state)
{
	struct frame f = { .kind = FRAME_ROSTER, .len = FRAME_BODY_EARLY + 1 };
	uint8_t *body = calloc(1, f.len), *buf, *frame;
	struct cutter c = { .have = 0 };
	size_t len, at = 0, frame_len;

	(void)state;
	f.body = body;
	assert_int_equal(frame_write(&buf, &len, &f), E_OK);
	assert_int_equal(
	    cutter_feed(&c, buf, len, &at, false, &frame, &frame_len), E_STATE);
	assert_int_equal(at, FRAME_HEADER);
	assert_null(c.frame);
	assert_int_equal(
	    cutter_feed(&c, buf, len, &at, false, &frame, &frame_len), E_STATE);
	assert_int_equal(
	    cutter_feed(&c, buf, len, &at, true, &frame, &frame_len), E_OK);
	assert_int_equal(frame_len, len);
	assert_memory_equal(frame, buf, len);
	free(frame);
	free(buf);
	free(body);
}

static void
test_no_memory_is_taken_for_a_wrong_header(void **state)
{
	static const size_t wrong[] = { 0, 4, 5, 6 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t buf[FRAME_HEADER + 2], *frame;
		struct cutter c = { .have = 0 };
		size_t at = 0, len;

		good(buf);
		buf[wrong[i]] = 255;
		assert_int_equal(
		    cutter_feed(&c, buf, sizeof(buf), &at, true, &frame, &len),
		    wrong[i] == 0 ? E_LIMIT : E_FORMAT);
		assert_null(c.frame);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_layout_is_as_drawn),
		cmocka_unit_test(test_what_is_no_frame_is_refused),
		cmocka_unit_test(test_prefixes_are_short),
		cmocka_unit_test(test_the_longest_body_fits_and_no_longer),
		cmocka_unit_test(test_pieces_make_the_same_frames),
		cmocka_unit_test(test_a_large_frame_waits_without_memory),
		cmocka_unit_test(test_no_memory_is_taken_for_a_wrong_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
