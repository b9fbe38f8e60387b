/* Promises of crypto/sign: RFC 8032 as the Wycheproof project attacks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/random.h"
#include "crypto/sign.h"

#define MESSAGE_MAX 2048

/* A field of a line of vectors; "-" is empty. */
static size_t
bytes_of(uint8_t *out, size_t cap, const char *hex)
{
	size_t len = strcmp(hex, "-") == 0 ? 0 : strlen(hex);

	assert_true(len / 2 <= cap);
	assert_int_equal(hex_bytes(out, len / 2, hex, len), E_OK);
	return len / 2;
}

/* One vector; false for a line that is none. */
static bool
vector_check(const char *line)
{
	char result[8], pk_hex[80], sig_hex[200], message_hex[4096];
	uint8_t pk[SIGN_PUBLIC], sig[100], message[MESSAGE_MAX];
	unsigned id;
	size_t sig_len, len;
	bool good;

	if (sscanf(line, "%u %7s %79s %199s %4095s", &id, result, pk_hex,
		sig_hex, message_hex) != 5)
		return false;
	assert_int_equal(bytes_of(pk, sizeof(pk), pk_hex), SIGN_PUBLIC);
	sig_len = bytes_of(sig, sizeof(sig), sig_hex);
	len = bytes_of(message, sizeof(message), message_hex);
	/* a signature of another length has no way in: the type forbids it */
	good = sig_len == SIGN_BYTES && sign_raw_good(sig, pk, message, len);
	if (good != (strcmp(result, "valid") == 0))
		fail_msg("vector %u is %s", id, result);
	return true;
}

static void
test_wycheproof(void **state)
{
	FILE *f = fopen(WARD_VECTORS "/ed25519_wycheproof.txt", "r");
	char line[5000];
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (vector_check(line))
			n++;
	fclose(f);
	assert_int_equal(n, 151);
}

/* RFC 8032 7.1, test 2. */
static void
test_rfc8032_known_answer(void **state)
{
	struct sign_key key;
	uint8_t seed[SIGN_SEED], sig[SIGN_BYTES], want[SIGN_BYTES];
	static const char seed_hex[] = "4ccd089b28ff96da9db6c346ec114e0f"
				       "5b8a319f35aba624da8cf6ed4fb8a6fb";
	static const char sig_hex[] = "92a009a9f0d4cab8720e820b5f642540"
				      "a2b27b5416503f8fb3762223ebdb69da"
				      "085ac1e43e15996e458f3613d0f11d8c"
				      "387b2eaeb4302aeeb00d291612bb0c00";

	(void)state;
	assert_int_equal(hex_bytes(seed, 32, seed_hex, 64), E_OK);
	assert_int_equal(hex_bytes(want, 64, sig_hex, 128), E_OK);
	sign_from_seed(&key, seed);
	sign_raw(sig, &key, "\x72", 1);
	assert_memory_equal(sig, want, sizeof(want));
}

static void
test_a_signature_counts_under_its_label_alone(void **state)
{
	struct sign_key key, other;
	uint8_t sig[SIGN_BYTES];

	(void)state;
	assert_int_equal(sign_new(&key), E_OK);
	assert_int_equal(sign_new(&other), E_OK);
	assert_memory_not_equal(key.seed, other.seed, SIGN_SEED);
	assert_int_equal(sign_make(sig, &key, "ward/a", "bytes", 5), E_OK);
	assert_true(sign_good(sig, key.public, "ward/a", "bytes", 5));
	assert_false(sign_good(sig, key.public, "ward/b", "bytes", 5));
	assert_false(sign_good(sig, key.public, "ward/a", "bytes", 4));
	assert_false(sign_good(sig, other.public, "ward/a", "bytes", 5));
	assert_false(sign_raw_good(sig, key.public, "bytes", 5));
	assert_int_equal(sign_make(sig, &key, "ward/a", NULL, 0), E_OK);
	assert_true(sign_good(sig, key.public, "ward/a", NULL, 0));
}

static void
test_every_flipped_bit_is_found(void **state)
{
	struct sign_key key;
	uint8_t sig[SIGN_BYTES];

	(void)state;
	assert_int_equal(sign_new(&key), E_OK);
	assert_int_equal(sign_make(sig, &key, "ward/a", "bytes", 5), E_OK);
	for (size_t bit = 0; bit < 8 * SIGN_BYTES; bit++) {
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(sign_good(sig, key.public, "ward/a", "bytes", 5));
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * SIGN_PUBLIC; bit++) {
		uint8_t public[SIGN_PUBLIC];

		memcpy(public, key.public, SIGN_PUBLIC);
		public[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(sign_good(sig, public, "ward/a", "bytes", 5));
	}
}

/* Under a point of small order one signature fits many messages. */
static void
test_points_of_small_order_sign_nothing(void **state)
{
	static const char *const points[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
		"05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03"
		"7a",
	};
	uint8_t public[SIGN_PUBLIC], sig[SIGN_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		assert_int_equal(hex_bytes(public, 32, points[i], 64), E_OK);
		memcpy(sig, public, 32);
		memset(sig + 32, 0, 32);
		assert_false(sign_raw_good(sig, public, "any", 3));
	}
}

static void
test_wiped_key_holds_nothing(void **state)
{
	static const struct sign_key zero;
	struct sign_key key;

	(void)state;
	assert_int_equal(sign_new(&key), E_OK);
	sign_wipe(&key);
	assert_memory_equal(&key, &zero, sizeof(key));
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
		cmocka_unit_test(test_wycheproof),
		cmocka_unit_test(test_rfc8032_known_answer),
		cmocka_unit_test(test_a_signature_counts_under_its_label_alone),
		cmocka_unit_test(test_every_flipped_bit_is_found),
		cmocka_unit_test(test_points_of_small_order_sign_nothing),
		cmocka_unit_test(test_wiped_key_holds_nothing),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
