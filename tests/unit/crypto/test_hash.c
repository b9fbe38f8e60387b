/* Promises of crypto/hash: known answers, labels that separate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/random.h"

static void
assert_hex(const uint8_t *bytes, size_t n, const char *want)
{
	char text[HEX_LEN(64)];

	hex_text(text, bytes, n);
	assert_string_equal(text, want);
}

/* Made with another implementation of RFC 7693 (Python's hashlib). */
static void
test_known_answers(void **state)
{
	static const struct {
		const char *label, *in, *want;
	} cases[] = {
		{ "ward/query/1", "abc",
		    "dee23d8eb3c9c6ec845b09b6ffeb1786"
		    "d389324fc5255ad17f3548e07748048c" },
		{ "ward/query/1", "",
		    "fe807d0e876a0464f8f30dc16b911c6c"
		    "8a7b77d8a2fbc9157ab8ab330f1c6cc3" },
		{ "ward/file/1", "abc",
		    "4ddd6cd5063bdb0221710acd42915cbf"
		    "c79ac47f716ce37fbde010aee9cd2455" },
	};
	uint8_t out[HASH_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hash_label(
		    out, cases[i].label, cases[i].in, strlen(cases[i].in));
		assert_hex(out, sizeof(out), cases[i].want);
	}
	hash_sha256(out, "abc", 3); /* FIPS 180-4 */
	assert_hex(out, 32,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

/* The reference implementation's vectors_sip128: key and input 0, 1, 2, ... */
static void
test_short_known_answers(void **state)
{
	static const struct {
		size_t n;
		const char *want;
	} cases[] = {
		{ 0, "a3817f04ba25a8e66df67214c7550293" },
		{ 1, "da87c1d86b99af44347659119b22fc45" },
		{ 15, "5493e99933b0a8117e08ec0f97cfc3d9" },
		{ 16, "6ee2a4ca67b054bbfd3315bf85230577" },
		{ 17, "473d06e8738db89854c066c47ae47740" },
	};
	uint8_t key[HASH_SHORT_KEY], in[64], out[HASH_SHORT];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++) {
		in[i] = (uint8_t)i;
		key[i % sizeof(key)] = (uint8_t)(i % sizeof(key));
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hash_short(out, key, in, cases[i].n);
		assert_hex(out, sizeof(out), cases[i].want);
	}
}

static void
test_keyed_known_answers(void **state)
{
	uint8_t key[HASH_KEY], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	hash_keyed(out, 16, key, "ward/person/1", "abc", 3);
	assert_hex(out, 16, "84b764a89bad341028a97230a633b305");
	hash_keyed(out, 64, key, "ward/person/1", "abc", 3);
	assert_hex(out, 64,
	    "49b9bea423992fb842857022ea4b1fd8"
	    "91e72e006e49fa5f3cfa2a6d9c2de1bf"
	    "99e156f13ebc4ee096aea3a7e7c7265c"
	    "0e2727675222314ae6e916f7409a4f7b");
}

/* What stands at the end of one label cannot move into the bytes. */
static void
test_label_and_bytes_do_not_run_together(void **state)
{
	uint8_t a[HASH_BYTES], b[HASH_BYTES];

	(void)state;
	hash_label(a, "ward/a", "bc", 2);
	hash_label(b, "ward/ab", "c", 1);
	assert_memory_not_equal(a, b, HASH_BYTES);
	assert_false(hash_same(a, b, HASH_BYTES));
	memcpy(b, a, HASH_BYTES);
	assert_true(hash_same(a, b, HASH_BYTES));
	b[HASH_BYTES - 1] ^= 1;
	assert_false(hash_same(a, b, HASH_BYTES));
}

static void
test_pieces_give_the_same_as_the_whole(void **state)
{
	static const char text[] = "The quick brown fox jumps over a lazy dog";
	uint8_t whole[HASH_BYTES], pieces[HASH_BYTES];
	struct hash h;

	(void)state;
	hash_label(whole, "ward/query/1", text, sizeof(text));
	for (size_t cut = 0; cut <= sizeof(text); cut++) {
		hash_open(&h, "ward/query/1");
		hash_add(&h, text, cut);
		hash_add(&h, text + cut, sizeof(text) - cut);
		hash_end(&h, pieces);
		assert_memory_equal(pieces, whole, HASH_BYTES);
	}
}

static void
test_a_file_hashes_as_its_bytes(void **state)
{
	char path[] = "/tmp/ward-test-hash-XXXXXX";
	uint8_t bytes[40000], of_file[HASH_BYTES], of_bytes[HASH_BYTES];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	assert_int_equal(hash_file(of_file, path), E_OK);
	hash_bytes32(of_bytes, bytes, sizeof(bytes));
	assert_memory_equal(of_file, of_bytes, HASH_BYTES);
	unlink(path);
	memset(of_file, 7, sizeof(of_file));
	assert_int_equal(hash_file(of_file, path), E_NOTFOUND);
	assert_int_equal(hash_file(of_file, "/tmp"), E_IO);
	assert_int_equal(of_file[0], 7);
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
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_short_known_answers),
		cmocka_unit_test(test_keyed_known_answers),
		cmocka_unit_test(test_label_and_bytes_do_not_run_together),
		cmocka_unit_test(test_pieces_give_the_same_as_the_whole),
		cmocka_unit_test(test_a_file_hashes_as_its_bytes),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
