/* Promises of crypto/note: C2SP signed notes, one parser, no surprises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/note.h"
#include "crypto/random.h"

#define DASH "\xe2\x80\x94 "
#define A68 /* base64 of 68 bytes: the length of ours */                   \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* The example in the documentation of golang.org/x/mod/sumdb/note. */
static const char foreign[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n" DASH "PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n";
static const char foreign_key[] = "1a5cd907143c384c41e830c5bce12aa8"
				  "817ec5649aaabf2c31388b35b2d744d6";

static void
test_a_note_of_another_implementation_verifies(void **state)
{
	uint8_t public[SIGN_PUBLIC];
	struct note note;

	(void)state;
	assert_int_equal(hex_bytes(public, 32, foreign_key, 64), E_OK);
	assert_int_equal(note_parse(&note, foreign, sizeof(foreign) - 1), E_OK);
	assert_int_equal(note.n, 1);
	assert_int_equal(note.len, 99);
	assert_true(note_signed_by(&note, "PeterNeumann", public));
	assert_false(note_signed_by(&note, "PeterNeuman", public));
	assert_false(note_signed_by(&note, "", public));
	public[0] ^= 1;
	assert_false(note_signed_by(&note, "PeterNeumann", public));
}

static void
test_every_flipped_bit_is_found(void **state)
{
	const size_t len = sizeof(foreign) - 1;
	char *copy = malloc(len);
	uint8_t public[SIGN_PUBLIC];
	struct note note;

	(void)state;
	assert_non_null(copy);
	assert_int_equal(hex_bytes(public, 32, foreign_key, 64), E_OK);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		memcpy(copy, foreign, len);
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		if (note_parse(&note, copy, len) == E_OK)
			assert_false(
			    note_signed_by(&note, "PeterNeumann", public));
	}
	free(copy);
}

static void
test_what_is_no_note_is_refused(void **state)
{
	static const struct {
		const char *what, *in;
		enum err want;
	} cases[] = {
		{ "good", "t\n\n" DASH "n " A68 "\n", E_OK },
		{ "another kind", "t\n\n" DASH "n AAAAAAA=\n", E_OK },
		{ "text with blank lines", "a\n\nb\n\n" DASH "n " A68 "\n",
		    E_OK },
		{ "empty", "", E_FORMAT },
		{ "no text", "\n\n" DASH "n " A68 "\n", E_FORMAT },
		{ "no blank line", "t\n" DASH "n " A68 "\n", E_FORMAT },
		{ "no signature", "t\n\n", E_FORMAT },
		{ "no last newline", "t\n\n" DASH "n " A68, E_FORMAT },
		{ "a hyphen", "t\n\n- n " A68 "\n", E_FORMAT },
		{ "no name", "t\n\n" DASH " " A68 "\n", E_FORMAT },
		{ "no base64", "t\n\n" DASH "n \n", E_FORMAT },
		{ "bad base64", "t\n\n" DASH "n A===\n", E_FORMAT },
		{ "key id alone", "t\n\n" DASH "n AAAAAA==\n", E_FORMAT },
		{ "plus in the name", "t\n\n" DASH "n+m " A68 "\n", E_FORMAT },
		{ "carriage return", "t\r\n\n" DASH "n " A68 "\n", E_FORMAT },
		{ "tab", "t\t\n\n" DASH "n " A68 "\n", E_FORMAT },
		{ "escape", "t\x1b[2J\n\n" DASH "n " A68 "\n", E_FORMAT },
		{ "not UTF-8", "t\xff\n\n" DASH "n " A68 "\n", E_FORMAT },
		{ "overlong UTF-8", "t\xc0\xaf\n\n" DASH "n " A68 "\n",
		    E_FORMAT },
		{ "surrogate", "t\xed\xa0\x80\n\n" DASH "n " A68 "\n",
		    E_FORMAT },
		{ "line after", "t\n\n" DASH "n " A68 "\nmore\n", E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct note note = { .n = 77 };
		enum err e =
		    note_parse(&note, cases[i].in, strlen(cases[i].in));

		if (e != cases[i].want)
			fail_msg("%s: %s", cases[i].what, err_text(e));
		assert_true(e == E_OK || note.n == 77);
	}
}

/* Every prefix of a good note is refused: none is a shorter note. */
static void
test_prefixes(void **state)
{
	const size_t len = sizeof(foreign) - 1;
	struct note note;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		char *exact = malloc(n == 0 ? 1 : n);

		assert_non_null(exact);
		memcpy(exact, foreign, n);
		assert_int_not_equal(note_parse(&note, exact, n), E_OK);
		free(exact);
	}
}

static void
test_signatures_add_up(void **state)
{
	static const char *const names[] = { "anna", "bert", "carl" };
	struct sign_key keys[3];
	char *a, *b, *c, *d;
	size_t n;
	struct note note;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(sign_new(&keys[i]), E_OK);
	assert_int_equal(
	    note_make(&a, &n, "text\n", 5, "anna", &keys[0]), E_OK);
	assert_int_equal(strlen(a), n);
	assert_int_equal(note_append(&b, &n, a, n, "bert", &keys[1]), E_OK);
	assert_int_equal(note_append(&c, &n, b, n, "carl", &keys[2]), E_OK);
	assert_int_equal(
	    note_append(&d, &n, c, strlen(c), "bert", &keys[1]), E_EXISTS);
	assert_int_equal(note_parse(&note, c, strlen(c)), E_OK);
	assert_int_equal(note.n, 3);
	assert_int_equal(note.len, 5);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(
			    note_signed_by(&note, names[i], keys[k].public),
			    i == k);
	free(a);
	free(b);
	free(c);
}

static void
test_no_more_signatures_than_fit(void **state)
{
	struct sign_key key;
	char *note, *next;
	size_t len;
	char name[8] = "n";
	struct note parsed;

	(void)state;
	assert_int_equal(sign_new(&key), E_OK);
	assert_int_equal(note_make(&note, &len, "text\n", 5, "n", &key), E_OK);
	for (int i = 1; i < NOTE_SIGNATURES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(
		    note_append(&next, &len, note, len, name, &key), E_OK);
		free(note);
		note = next;
	}
	assert_int_equal(
	    note_append(&next, &len, note, len, "one-more", &key), E_LIMIT);
	note = realloc(note, 2 * len + 1);
	assert_non_null(note);
	memmove(note + len, note + 6, len - 6); /* the lines once more */
	assert_int_equal(note_parse(&parsed, note, 2 * len - 6), E_LIMIT);
	free(note);
}

static void
test_only_what_can_be_read_is_made(void **state)
{
	static const struct {
		const char *text, *name;
		enum err want;
	} cases[] = {
		{ "t\n", "a b", E_ARG },
		{ "t\n", "a+b", E_ARG },
		{ "t\n", "", E_ARG },
		{ "t\n", "a\nb", E_ARG },
		{ "", "a", E_FORMAT },
		{ "\n", "a", E_FORMAT },
		{ "t", "a", E_FORMAT },
		{ "t\x07\n", "a", E_FORMAT },
		{ "t\xc3\n", "a", E_FORMAT },
	};
	struct sign_key key;
	char *out = NULL;
	size_t len;

	(void)state;
	assert_int_equal(sign_new(&key), E_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    note_make(&out, &len, cases[i].text, strlen(cases[i].text),
			cases[i].name, &key),
		    cases[i].want);
	assert_null(out);
}

static void
test_a_note_has_an_end(void **state)
{
	struct sign_key key;
	char *text = malloc(NOTE_MAX + 1);
	char *out = NULL;
	size_t len;
	struct note note;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', NOTE_MAX);
	text[NOTE_MAX - 1] = '\n';
	assert_int_equal(sign_new(&key), E_OK);
	assert_int_equal(
	    note_make(&out, &len, text, NOTE_MAX, "a", &key), E_LIMIT);
	assert_int_equal(note_parse(&note, text, NOTE_MAX + 1), E_LIMIT);
	text[NOTE_MAX - 200] = '\n';
	assert_int_equal(
	    note_make(&out, &len, text, NOTE_MAX - 199, "a", &key), E_OK);
	assert_int_equal(note_parse(&note, out, len), E_OK);
	assert_true(note_signed_by(&note, "a", key.public));
	free(out);
	free(text);
}

static int
start(void **state)
{
	(void)state;
	return random_start() == E_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_note_of_another_implementation_verifies),
		cmocka_unit_test(test_every_flipped_bit_is_found),
		cmocka_unit_test(test_what_is_no_note_is_refused),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_signatures_add_up),
		cmocka_unit_test(test_no_more_signatures_than_fit),
		cmocka_unit_test(test_only_what_can_be_read_is_made),
		cmocka_unit_test(test_a_note_has_an_end),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
