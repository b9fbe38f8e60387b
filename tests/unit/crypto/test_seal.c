/*
 * Promises of crypto/seal: what was sealed opens under its key, as what it
 * was; anything else is refused, and leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/random.h"
#include "crypto/seal.h"

#define BIG 4096

static const uint8_t key[SEAL_KEY] = { 1, 2, 3 };

/* McGrew, Viega, "The Galois/Counter Mode of Operation (GCM)", as submitted to
 * NIST, test cases 13 to 16 (AES-256, 96-bit nonces). */
static const struct {
	const char *key, *what, *open, *sealed;
} known[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "", "",
	    "000000000000000000000000"
	    "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "", "00000000000000000000000000000000",
	    "000000000000000000000000"
	    "cea7403d4d606b6e074ec5d3baf39d18"
	    "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
	    "cafebabefacedbaddecaf888"
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
	    "b094dac5d93471bdec1a502270e3cc6c" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "cafebabefacedbaddecaf888"
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static size_t
bytes(uint8_t *out, const char *hex)
{
	size_t n = strlen(hex) / 2;

	if (n > 0)
		assert_int_equal(hex_bytes(out, n, hex, 2 * n), E_OK);
	return n;
}

static struct seal *
seal(const uint8_t *k)
{
	struct seal *s;

	assert_int_equal(seal_new(&s, k), E_OK);
	return s;
}

static void
test_published_messages_open(void **state)
{
	uint8_t k[SEAL_KEY], what[32], want[64], in[128], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n_what = bytes(what, known[i].what);
		size_t n = bytes(want, known[i].open);
		struct seal *s;

		bytes(k, known[i].key);
		s = seal(k);
		assert_int_equal(bytes(in, known[i].sealed), n + SEAL_OVER);
		assert_int_equal(
		    seal_open(s, out, in, n + SEAL_OVER, what, n_what), E_OK);
		assert_memory_equal(out, want, n);
		seal_free(s);
	}
}

/* Of every length, in another buffer and in place; each time other bytes. */
static void
test_what_was_sealed_opens(void **state)
{
	struct seal *s = seal(key);

	(void)state;
	for (size_t n = 0; n <= BIG; n = n < 70 ? n + 1 : n * 4) {
		uint8_t *in = malloc(n + 1), *back = malloc(n + 1);
		uint8_t *one = malloc(n + SEAL_OVER);
		uint8_t *two = malloc(n + SEAL_OVER);

		assert_true(
		    in != NULL && back != NULL && one != NULL && two != NULL);
		memset(in, (int)n, n);
		memcpy(two + 12, in, n);
		assert_int_equal(seal_close(s, one, in, n, "a", 1), E_OK);
		assert_int_equal(seal_close(s, two, two + 12, n, "a", 1), E_OK);
		assert_memory_not_equal(one, two, 12);
		assert_memory_not_equal(one + 12, two + 12, n + 16);
		assert_int_equal(
		    seal_open(s, back, one, n + SEAL_OVER, "a", 1), E_OK);
		assert_memory_equal(back, in, n);
		memset(back, 0, n);
		assert_int_equal(
		    seal_open(s, back, two, n + SEAL_OVER, "a", 1), E_OK);
		assert_memory_equal(back, in, n);
		free(in);
		free(back);
		free(one);
		free(two);
	}
	seal_free(s);
}

/* It is refused, and out is wiped. */
static void
refused(struct seal *s, const uint8_t *in, size_t n, const void *what,
    size_t n_what)
{
	static const uint8_t zero[64];
	uint8_t *exact = malloc(n == 0 ? 1 : n), out[64];

	assert_non_null(exact);
	memcpy(exact, in, n); /* ASan sees overreads */
	memset(out, 0xee, sizeof(out));
	assert_int_equal(
	    seal_open(s, out, exact, n, what, n_what), E_SIGNATURE);
	if (n >= SEAL_OVER) {
		assert_memory_equal(out, zero, n - SEAL_OVER);
		assert_int_equal(out[n - SEAL_OVER], 0xee);
	} else {
		assert_int_equal(out[0], 0xee);
	}
	free(exact);
}

static void
test_anything_else_is_refused_and_wiped(void **state)
{
	static const char text[] = "nobody may read this";
	uint8_t sealed[sizeof(text) + SEAL_OVER + 1], other[SEAL_KEY];
	const size_t n = sizeof(text) + SEAL_OVER;
	struct seal *s = seal(key), *t;

	(void)state;
	assert_int_equal(
	    seal_close(s, sealed, (const void *)text, sizeof(text), "what", 4),
	    E_OK);
	sealed[n] = 0;
	for (size_t bit = 0; bit < 8 * n; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused(s, sealed, n, "what", 4);
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < n; cut++)
		refused(s, sealed, cut, "what", 4);
	refused(s, sealed, n + 1, "what", 4);
	refused(s, sealed + 1, n - 1, "what", 4);
	refused(s, sealed, n, "whet", 4);
	refused(s, sealed, n, "what?", 5);
	refused(s, sealed, n, "wha", 3);
	refused(s, sealed, n, "", 0);
	for (size_t bit = 0; bit < 8 * SEAL_KEY; bit += 17) {
		memcpy(other, key, SEAL_KEY);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		t = seal(other);
		refused(t, sealed, n, "what", 4);
		seal_free(t);
	}
	seal_free(s);
}

/* A refusal does not harm the next message. */
static void
test_after_a_refusal_it_still_opens(void **state)
{
	uint8_t sealed[4 + SEAL_OVER], out[4];
	struct seal *s = seal(key);

	(void)state;
	assert_int_equal(
	    seal_close(s, sealed, (const uint8_t *)"four", 4, "", 0), E_OK);
	refused(s, sealed, sizeof(sealed), "x", 1);
	assert_int_equal(
	    seal_open(s, out, sealed, sizeof(sealed), "", 0), E_OK);
	assert_memory_equal(out, "four", 4);
	seal_free(s);
	seal_free(NULL);
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
		cmocka_unit_test(test_published_messages_open),
		cmocka_unit_test(test_what_was_sealed_opens),
		cmocka_unit_test(test_anything_else_is_refused_and_wiped),
		cmocka_unit_test(test_after_a_refusal_it_still_opens),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
