/* Promises of base/: readers never overrun, numbers never wrap or round. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/num.h"
#include "base/rd.h"
#include "base/utf8.h"
#include "base/wr.h"

static void
test_every_error_has_a_text(void **state)
{
	(void)state;
#define X(name, text) assert_string_equal(err_text(name), text);
	ERR_LIST(X)
#undef X
	assert_string_equal(err_text((enum err)9999), "unknown error");
}

static void
test_reader_returns_what_was_written(void **state)
{
	uint8_t buf[18], out[3];
	struct wr w = wr_over(buf, sizeof(buf));
	struct rd r;

	(void)state;
	wr_u8(&w, 0xab);
	wr_be16(&w, 0x1234);
	wr_be32(&w, 0xdeadbeef);
	wr_be64(&w, UINT64_C(0x0102030405060708));
	wr_bytes(&w, "xyz", 3);
	assert_int_equal(w.err, E_OK);
	assert_int_equal(w.len, sizeof(buf));
	r = rd_over(buf, w.len);
	assert_int_equal(rd_u8(&r), 0xab);
	assert_int_equal(rd_be16(&r), 0x1234);
	assert_int_equal(rd_be32(&r), 0xdeadbeef);
	assert_true(rd_be64(&r) == UINT64_C(0x0102030405060708));
	rd_copy(&r, out, 3);
	assert_memory_equal(out, "xyz", 3);
	assert_int_equal(rd_end(&r), E_OK);
}

static void
test_reader_error_is_sticky_on_every_prefix(void **state)
{
	static const uint8_t good[] = { 1, 2, 3, 4, 5, 6, 7 };

	(void)state;
	for (size_t n = 0; n < sizeof(good); n++) {
		uint8_t *exact = malloc(n == 0 ? 1 : n);
		struct rd r;
		uint8_t tail[3] = { 9, 9, 9 };

		assert_non_null(exact);
		memcpy(exact, good, n);
		r = rd_over(exact, n);
		(void)rd_be32(&r);
		rd_copy(&r, tail, 3);
		assert_int_equal(rd_end(&r), E_SHORT);
		assert_memory_equal(tail, "\0\0\0", 3);
		assert_int_equal(rd_u8(&r), 0); /* even if a byte is left */
		free(exact);
	}
}

static void
test_left_over_bytes_are_refused(void **state)
{
	struct rd r = rd_over("ab", 2);

	(void)state;
	(void)rd_u8(&r);
	assert_int_equal(rd_end(&r), E_TRAILING);
}

static void
test_writer_never_passes_its_end(void **state)
{
	uint8_t buf[4] = { 7, 7, 7, 7 };
	struct wr w = wr_over(buf, 3);

	(void)state;
	wr_be16(&w, 0x0102);
	wr_be16(&w, 0x0304);
	wr_u8(&w, 5); /* would fit: the error is sticky */
	assert_int_equal(w.err, E_LIMIT);
	assert_int_equal(w.len, 2);
	assert_memory_equal(buf, "\1\2\7\7", 4);
}

static void
test_multiplication_then_division_rounds_up(void **state)
{
	static const struct {
		uint64_t a, b, c;
		enum err want;
		uint64_t out;
	} cases[] = {
		{ 1, 1, 2, E_OK, 1 },
		{ 4, 1, 2, E_OK, 2 },
		{ 0, 9, 2, E_OK, 0 },
		{ 1, 1, 0, E_ARG, 77 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, E_OK, UINT64_MAX },
		{ UINT64_MAX, 3, 2, E_RANGE, 77 },
		{ UINT64_MAX, 2, 3, E_OK, UINT64_C(12297829382473034410) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t out = 77;

		assert_int_equal(
		    num_muldiv_up(&out, cases[i].a, cases[i].b, cases[i].c),
		    cases[i].want);
		assert_true(out == cases[i].out);
	}
}

static void
test_decimal_text_is_never_rounded(void **state)
{
	static const struct {
		const char *in;
		unsigned places;
		enum err want;
		int64_t out;
	} cases[] = {
		{ "0.02", 9, E_OK, 20000000 },
		{ "-3.658828", 6, E_OK, -3658828 },
		{ "5", 9, E_OK, 5000000000 },
		{ "0.1000", 1, E_OK, 1 },
		{ "0.15", 1, E_FORMAT, 77 },
		{ "", 2, E_FORMAT, 77 },
		{ "-", 2, E_FORMAT, 77 },
		{ ".5", 2, E_FORMAT, 77 },
		{ "5.", 2, E_FORMAT, 77 },
		{ "1e3", 2, E_FORMAT, 77 },
		{ " 1", 2, E_FORMAT, 77 },
		{ "+1", 2, E_FORMAT, 77 },
		{ "1.2.3", 2, E_FORMAT, 77 },
		{ "9223372036854775807", 0, E_OK, INT64_MAX },
		{ "9223372036854775808", 0, E_RANGE, 77 },
		{ "9223372036854775807", 1, E_RANGE, 77 },
		{ "1", 19, E_ARG, 77 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t out = 77;

		assert_int_equal(num_parse_fixed(&out, cases[i].in,
				     strlen(cases[i].in), cases[i].places),
		    cases[i].want);
		assert_true(out == cases[i].out);
	}
}

static void
test_whole_numbers_are_bounded(void **state)
{
	uint64_t out = 77;

	(void)state;
	assert_int_equal(num_parse(&out, "", 0, 9), E_FORMAT);
	assert_int_equal(num_parse(&out, "12a", 3, 999), E_FORMAT);
	assert_int_equal(num_parse(&out, "10", 2, 9), E_RANGE);
	assert_int_equal(
	    num_parse(&out, "18446744073709551616", 20, UINT64_MAX), E_RANGE);
	assert_true(out == 77);
	assert_int_equal(num_parse(&out, "007", 3, 9), E_OK);
	assert_true(out == 7);
}

static void
test_base64_has_one_text_per_value(void **state)
{
	static const struct {
		const char *text, *bytes;
	} rfc4648[] = { { "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" },
		{ "Zm9v", "foo" }, { "Zm9vYg==", "foob" },
		{ "Zm9vYmE=", "fooba" }, { "Zm9vYmFy", "foobar" } };
	static const char *const bad[] = { "Zg=", "Zh==", "Zm9=", "Z===",
		"Zg==Zg==", "Zm 9", "====", "Zm9v\n" };
	uint8_t out[8];
	char text[BASE64_LEN(6)];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		size_t len = strlen(rfc4648[i].bytes);

		base64_text(text, (const uint8_t *)rfc4648[i].bytes, len);
		assert_string_equal(text, rfc4648[i].text);
		assert_int_equal(
		    base64_bytes(out, sizeof(out), &n, text, strlen(text)),
		    E_OK);
		assert_int_equal(n, len);
		assert_memory_equal(out, rfc4648[i].bytes, len);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    base64_bytes(out, sizeof(out), &n, bad[i], strlen(bad[i])),
		    E_FORMAT);
	assert_int_equal(base64_bytes(out, 2, &n, "Zm9v", 4), E_LIMIT);
}

static void
test_hex_refuses_what_it_did_not_write(void **state)
{
	uint8_t out[2] = { 7, 7 };
	char text[HEX_LEN(2)];

	(void)state;
	assert_int_equal(hex_bytes(out, 2, "0aFf", 4), E_OK);
	hex_text(text, out, 2);
	assert_string_equal(text, "0aff");
	assert_int_equal(hex_bytes(out, 2, "0aF", 3), E_FORMAT);
	assert_int_equal(hex_bytes(out, 2, "0aFg", 4), E_FORMAT);
	assert_int_equal(out[0], 0x0a);
}

static void
keep_line(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	strcpy(ctx, line);
}

/* RFC 3629, section 4: shortest forms, no surrogates, nothing past U+10FFFF. */
static void
test_utf8_is_one_character_or_none(void **state)
{
	static const struct {
		const char *s;
		size_t len;
	} cases[] = {
		{ "a", 1 },
		{ "~", 1 },
		{ " ", 1 },
		{ "\xc2\xa3", 2 },         /* U+00A3 */
		{ "\xdf\xbf", 2 },         /* U+07FF */
		{ "\xe0\xa0\x80", 3 },     /* U+0800 */
		{ "\xed\x9f\xbf", 3 },     /* U+D7FF */
		{ "\xef\xbf\xbf", 3 },     /* U+FFFF */
		{ "\xf0\x90\x80\x80", 4 }, /* U+10000 */
		{ "\xf4\x8f\xbf\xbf", 4 }, /* U+10FFFF */
		{ "", 0 },
		{ "\n", 0 },
		{ "\x1b", 0 },
		{ "\x7f", 0 },
		{ "\x80", 0 },
		{ "\xc2\x80", 0 }, /* a C1 control */
		{ "\xc2\x9f", 0 },
		{ "\xc1\xbf", 0 }, /* overlong */
		{ "\xe0\x9f\xbf", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xed\xa0\x80", 0 }, /* a surrogate */
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
		{ "\xc2", 0 }, /* cut */
		{ "\xe2\x82", 0 },
		{ "\xf0\x90\x80", 0 },
		{ "\xe2\x82"
		  "a",
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *exact = strdup(cases[i].s); /* ASan sees overreads */

		assert_non_null(exact);
		if (utf8_len(exact) != cases[i].len)
			fail_msg("case %zu: %zu", i, utf8_len(exact));
		free(exact);
	}
}

static void
test_a_log_line_is_one_line(void **state)
{
	char kept[1001] = "";
	struct log log = { keep_line, kept };

	(void)state;
	log_event(&log, LOG_INFO_, "up", "peer=%s", "a\nevent=forged\x1b[2J");
	assert_string_equal(kept, "event=up peer=a?event=forged?[2J");
	log_event(&log, LOG_INFO_, "long", "%02000d", 1);
	assert_int_equal(strlen(kept), 999);
	log_event(NULL, LOG_INFO_, "up", "nobody listens");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_error_has_a_text),
		cmocka_unit_test(test_reader_returns_what_was_written),
		cmocka_unit_test(test_reader_error_is_sticky_on_every_prefix),
		cmocka_unit_test(test_left_over_bytes_are_refused),
		cmocka_unit_test(test_writer_never_passes_its_end),
		cmocka_unit_test(test_multiplication_then_division_rounds_up),
		cmocka_unit_test(test_decimal_text_is_never_rounded),
		cmocka_unit_test(test_whole_numbers_are_bounded),
		cmocka_unit_test(test_base64_has_one_text_per_value),
		cmocka_unit_test(test_hex_refuses_what_it_did_not_write),
		cmocka_unit_test(test_utf8_is_one_character_or_none),
		cmocka_unit_test(test_a_log_line_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
