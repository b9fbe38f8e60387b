/* Promises of protocol/envelope: signed whole, read without a decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "protocol/envelope.h"
#include "sample.h"

static struct sign_key key;

/* An envelope of those bytes; the caller frees it. */
static uint8_t *
make(size_t *len, const void *bytes, size_t n)
{
	struct envelope e = { .purpose = PURPOSE_ANSWER,
		.seq = 0x0102030405060708,
		.bytes = bytes,
		.len = n };
	uint8_t *out;

	sample_party(&e.sender, "gwent");
	sample_party(&e.recipient, "coord");
	memset(e.id, 0x44, sizeof(e.id));
	assert_int_equal(envelope_make(&out, len, &e, &key), E_OK);
	return out;
}

static void
test_what_is_made_is_read(void **state)
{
	size_t len;
	uint8_t *b = make(&len, "hello", 5);
	struct envelope e;

	(void)state;
	assert_int_equal(len, ENVELOPE_OVERHEAD + 5);
	assert_int_equal(envelope_parse(&e, b, len), E_OK);
	assert_int_equal(e.purpose, PURPOSE_ANSWER);
	assert_string_equal(e.sender.s, "gwent");
	assert_string_equal(e.recipient.s, "coord");
	assert_int_equal(e.id[31], 0x44);
	assert_true(e.seq == 0x0102030405060708);
	assert_int_equal(e.len, 5);
	assert_memory_equal(e.bytes, "hello", 5);
	assert_ptr_equal(e.bytes, b + ENVELOPE_HEADER);
	assert_ptr_equal(e.whole, b);
	assert_int_equal(e.whole_len, len);
	assert_true(envelope_good(&e, key.public));
	free(b);
	b = make(&len, NULL, 0);
	assert_int_equal(envelope_parse(&e, b, len), E_OK);
	assert_int_equal(e.len, 0);
	assert_true(envelope_good(&e, key.public));
	free(b);
}

/* The layout of the header of envelope.h, byte by byte. */
static void
test_every_byte_is_where_it_is_drawn(void **state)
{
	size_t len;
	uint8_t *b = make(&len, "hi", 2);
	uint8_t want[ENVELOPE_HEADER + 2] = { 1, 3, 0, 0 };

	(void)state;
	memcpy(want + 4, "gwent", 5);
	memcpy(want + 36, "coord", 5);
	memset(want + 68, 0x44, 32);
	memcpy(want + 100, "\1\2\3\4\5\6\7\10\0\0\0\2hi", 14);
	assert_memory_equal(b, want, sizeof(want));
	assert_true(sign_good(b + ENVELOPE_HEADER + 2, key.public,
	    "ward/envelope/1", b, ENVELOPE_HEADER + 2));
	free(b);
}

static void
test_every_flipped_bit_is_found(void **state)
{
	size_t len;
	uint8_t *b = make(&len, "hello", 5);
	struct envelope e;

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (envelope_parse(&e, b, len) == E_OK)
			assert_false(envelope_good(&e, key.public));
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(b);
}

static void
test_prefixes(void **state)
{
	size_t len;
	uint8_t *b = make(&len, "hello", 5);
	struct envelope e = { .len = 77 };

	(void)state;
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n == 0 ? 1 : n);

		assert_non_null(exact);
		memcpy(exact, b, n);
		assert_int_equal(envelope_next(&e, exact, n), E_SHORT);
		assert_int_equal(envelope_parse(&e, exact, n), E_SHORT);
		assert_int_equal(e.len, 77);
		free(exact);
	}
	b = realloc(b, len + 1);
	assert_non_null(b);
	b[len] = 0;
	assert_int_equal(envelope_parse(&e, b, len + 1), E_TRAILING);
	assert_int_equal(e.len, 77);
	assert_int_equal(envelope_next(&e, b, len + 1), E_OK);
	assert_int_equal(e.whole_len, len);
	free(b);
}

static void
test_other_headers_are_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t byte;
		enum err want;
	} cases[] = {
		{ "suite 0", 0, 0, E_FORMAT },
		{ "suite 2", 0, 2, E_FORMAT },
		{ "purpose 0", 1, 0, E_FORMAT },
		{ "purpose 6", 1, 6, E_FORMAT },
		{ "reserved, high", 2, 1, E_FORMAT },
		{ "reserved, low", 3, 1, E_FORMAT },
		{ "sender empty", 4, 0, E_FORMAT },
		{ "sender in capitals", 4, 'G', E_FORMAT },
		{ "sender not padded", 35, 'x', E_FORMAT },
		{ "recipient", 36, '-', E_FORMAT },
		{ "recipient empty, then more", 36, 0, E_FORMAT },
		{ "length", 108, 2, E_LIMIT },
		{ "length, more than there is", 110, 1, E_SHORT },
	};
	size_t len;
	uint8_t *b = make(&len, "hello", 5);
	struct envelope e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t was = b[cases[i].at];

		b[cases[i].at] = cases[i].byte;
		if (envelope_next(&e, b, len) != cases[i].want)
			fail_msg("%s", cases[i].what);
		b[cases[i].at] = was;
	}
	free(b);
}

static void
test_nobody_else_has_signed(void **state)
{
	size_t len;
	uint8_t *b = make(&len, "hello", 5);
	struct sign_key other;
	struct envelope e;

	(void)state;
	assert_int_equal(sign_new(&other), E_OK);
	assert_int_equal(envelope_parse(&e, b, len), E_OK);
	assert_false(envelope_good(&e, other.public));
	/* the same bytes signed for another purpose of the key */
	assert_int_equal(sign_make(b + len - SIGN_BYTES, &key, "ward/other/1",
			     b, len - SIGN_BYTES),
	    E_OK);
	assert_false(envelope_good(&e, key.public));
	sign_raw(b + len - SIGN_BYTES, &key, b, len - SIGN_BYTES);
	assert_false(envelope_good(&e, key.public));
	free(b);
}

static void
test_an_envelope_has_an_end(void **state)
{
	const size_t max = ENVELOPE_MAX - ENVELOPE_OVERHEAD;
	uint8_t *bytes = calloc(1, max + 1), *b = NULL;
	struct envelope e = { .purpose = PURPOSE_ANSWER, .len = max + 1 };
	size_t len;

	(void)state;
	assert_non_null(bytes);
	sample_party(&e.sender, "gwent");
	e.bytes = bytes;
	assert_int_equal(envelope_make(&b, &len, &e, &key), E_LIMIT);
	assert_null(b);
	e.len = max;
	assert_int_equal(envelope_make(&b, &len, &e, &key), E_OK);
	assert_int_equal(len, ENVELOPE_MAX);
	assert_int_equal(envelope_parse(&e, b, len), E_OK);
	free(b);
	free(bytes);
}

static int
start(void **state)
{
	(void)state;
	return random_start() == E_OK && sign_new(&key) == E_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_made_is_read),
		cmocka_unit_test(test_every_byte_is_where_it_is_drawn),
		cmocka_unit_test(test_every_flipped_bit_is_found),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_other_headers_are_refused),
		cmocka_unit_test(test_nobody_else_has_signed),
		cmocka_unit_test(test_an_envelope_has_an_end),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
