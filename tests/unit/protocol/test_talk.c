/* Promises of protocol/talk and protocol/words: what people read is text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/talk.h"
#include "protocol/words.h"

static void
test_parts_are_counted(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
		enum err want;
	} cases[] = {
		{ "the only", "\0\0\0\0\0\0\0\1hi", 10, E_OK },
		{ "the last of 256", "\0\0\0\xff\0\0\1\0", 8, E_OK },
		{ "none", "\0\0\0\0\0\0\0\0", 8, E_FORMAT },
		{ "past the end", "\0\0\0\1\0\0\0\1", 8, E_FORMAT },
		{ "257", "\0\0\0\0\0\0\1\1", 8, E_FORMAT },
		{ "large", "\xff\xff\xff\xfe\xff\xff\xff\xff", 8, E_FORMAT },
		{ "cut", "\0\0\0\0\0\0\0", 7, E_SHORT },
		{ "nothing", "", 0, E_SHORT },
	};
	struct talk_part p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (talk_part_parse(&p, (const uint8_t *)cases[i].bytes,
			cases[i].len) != cases[i].want)
			fail_msg("%s", cases[i].what);
	assert_int_equal(
	    talk_part_parse(&p, (const uint8_t *)cases[0].bytes, 10), E_OK);
	assert_int_equal(p.part, 0);
	assert_int_equal(p.parts, 1);
	assert_int_equal(p.len, 2);
	assert_memory_equal(p.bytes, "hi", 2);
}

static void
test_words_cannot_steer_a_terminal(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "a\x1b]0;evil\x07", "a?]0;evil?" },
		{ "a\nb\r", "a?b?" },
		{ "\xc2\x9b"
		  "2J",
		    "??2J" }, /* a control of one byte */
		{ "\xe2\x80\xae"
		  "abc",
		    "???abc" }, /* right to left */
		{ "\xff\xc3", "??" },
		{ "\xc0\xaf", "??" }, /* overlong */
		{ "", "" },
	};
	uint8_t body[1 + TALK_WORDS];
	struct talk_words w;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].in);

		body[0] = E_CONFIG;
		memcpy(body + 1, cases[i].in, n);
		assert_int_equal(talk_words_parse(&w, body, 1 + n), E_OK);
		assert_int_equal(w.err, E_CONFIG);
		assert_string_equal(w.words, cases[i].want);
		assert_true(words_good(w.words, n));
	}
	memcpy(body, "\3a\0b", 4);
	assert_int_equal(talk_words_parse(&w, body, 4), E_OK);
	assert_string_equal(w.words, "a?b");
}

static void
test_only_errors_are_told(void **state)
{
	uint8_t body[2 + TALK_WORDS] = { 0 };
	struct talk_words w = { .err = E_PEER };

	(void)state;
	assert_int_equal(talk_words_parse(&w, body, 0), E_SHORT);
	assert_int_equal(talk_words_parse(&w, body, 1), E_FORMAT); /* E_OK */
	body[0] = E_ACCESS;
	assert_int_equal(talk_words_parse(&w, body, 1), E_OK);
	body[0] = E_ACCESS + 1;
	assert_int_equal(talk_words_parse(&w, body, 1), E_FORMAT);
	body[0] = 255;
	assert_int_equal(talk_words_parse(&w, body, 1), E_FORMAT);
	body[0] = E_PEER;
	memset(body + 1, 'x', TALK_WORDS + 1);
	assert_int_equal(
	    talk_words_parse(&w, body, 1 + TALK_WORDS + 1), E_LIMIT);
	assert_int_equal(talk_words_parse(&w, body, 1 + TALK_WORDS), E_OK);
	assert_int_equal(strlen(w.words), TALK_WORDS);
}

/* Cut between characters, never inside of one. */
static void
test_long_words_are_cut(void **state)
{
	char words[2 * TALK_WORDS];
	uint8_t body[1 + TALK_WORDS];
	struct talk_words w;
	size_t n;

	(void)state;
	for (size_t odd = 0; odd < 2; odd++) {
		memset(words, 0, sizeof(words));
		memset(words, 'x', odd);
		for (size_t i = odd; i + 2 < sizeof(words); i += 2)
			memcpy(words + i, "\xc3\xa9", 2);
		n = talk_words_write(body, E_LIMIT, words);
		assert_int_equal(n, 1 + TALK_WORDS - odd);
		assert_int_equal(talk_words_parse(&w, body, n), E_OK);
		assert_memory_equal(w.words, words, n - 1);
	}
	n = talk_words_write(body, E_LIMIT, "short");
	assert_int_equal(n, 6);
}

/* Against a table of RFC 3629's own making: all sequences of two bytes, and of
 * three with every second byte. */
static void
test_utf8_is_that_of_rfc3629(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a++) {
		char s[4] = { (char)a };

		assert_int_equal(words_good(s, 1), a >= 0x20 && a < 0x7f);
		for (unsigned b = 0; b < 256; b++) {
			bool ascii =
			    a >= 0x20 && a < 0x7f && b >= 0x20 && b < 0x7f;
			bool two = a >= 0xc2 && a <= 0xdf && b >= 0x80 &&
				   b <= 0xbf && !(a == 0xc2 && b < 0xa0);
			bool three = (b & 0xc0) == 0x80 &&
				     ((a == 0xe0 && b >= 0xa0) ||
					 (a >= 0xe1 && a <= 0xec) ||
					 (a == 0xed && b <= 0x9f) ||
					 a == 0xee || a == 0xef);

			s[1] = (char)b;
			s[2] = (char)0x90; /* no mark of direction ends so */
			assert_int_equal(words_good(s, 2), ascii || two);
			if (a >= 0xe0 && a <= 0xef)
				assert_int_equal(words_good(s, 3), three);
		}
	}
	assert_true(words_good("\xf0\x9f\x98\x80", 4));
	assert_false(words_good("\xf0\x8f\xbf\xbf", 4)); /* overlong */
	assert_true(words_good("\xf4\x8f\xbf\xbd", 4));
	assert_false(words_good("\xf4\x90\x80\x80", 4)); /* too high */
	assert_false(words_good("\xf5\x80\x80\x80", 4));
	assert_true(words_good(NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_are_counted),
		cmocka_unit_test(test_words_cannot_steer_a_terminal),
		cmocka_unit_test(test_only_errors_are_told),
		cmocka_unit_test(test_long_words_are_cut),
		cmocka_unit_test(test_utf8_is_that_of_rfc3629),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
