#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/keys.h"
#include "node/numbering.h"

#define BASES 50000 /* every part of the table grows */

/* The k-th base, as a keyed hash would be; of the first ones many belong at
 * one place of one table. */
static void
make_base(uint8_t out[INCIDENT_KEY], uint32_t k)
{
	uint64_t key = k * UINT64_C(0x9e3779b97f4a7c15);

	memset(out, 0, INCIDENT_KEY);
	if (k < 300)
		key = (uint64_t)k << 8;
	memcpy(out, &key, sizeof(key));
}

static void
test_equals_are_numbered_from_zero(void **state)
{
	struct numbering *n;
	uint8_t base[INCIDENT_KEY];
	uint32_t number = 77;

	(void)state;
	assert_int_equal(numbering_new(&n), E_OK);
	for (uint32_t round = 0; round < 3; round++)
		for (uint32_t k = 0; k < BASES; k++) {
			make_base(base, k);
			numbering_hint(n, base);
			assert_int_equal(
			    numbering_next(n, &number, base), E_OK);
			assert_int_equal(number, round);
		}
	numbering_free(n);
	numbering_free(NULL);
}

static void
key_of(uint8_t out[INCIDENT_KEY], const char *domain, const char *id)
{
	static const uint8_t secret[KEYS_STORE] = { 5 };
	struct keys k;

	keys_derive(&k, secret);
	keys_person(out, &k, domain, id, strlen(id));
	keys_wipe(&k);
}

/* Blanks around a pseudonym, and the gaps of a number, do not make two people
 * of one. */
static void
test_person_is_one_however_set(void **state)
{
	static const char *const same[][2] = { { "AB123+c=", " AB123+c=\t" },
		{ "a b", "  a b " }, { "9434765919", "943 476 5919" },
		{ "9434765919", "943-476-5919 " }, { "", " - " } };
	uint8_t one[INCIDENT_KEY], two[INCIDENT_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		key_of(one, "nhs.patient", same[i][0]);
		key_of(two, "nhs.patient", same[i][1]);
		assert_memory_equal(one, two, INCIDENT_KEY);
	}
}

/* A pseudonym may be base64, where case, '+', '/', '-' and '=' tell people
 * apart: they are never one person.  Nor are those of two domains. */
static void
test_two_pseudonyms_are_two_people(void **state)
{
	static const char *const apart[][2] = { { "Qk9C", "qk9c" },
		{ "a+b", "a/b" }, { "a+b", "ab" }, { "a-b", "ab" },
		{ "12+3", "123" }, { "1.23", "12.3" }, { "x==", "x=" },
		{ "a b", "ab" }, { "a b", "a  b" }, { "12 3a", "123a" },
		{ "943 476 5919", "943 476 5910" }, { "0123", "123" } };
	uint8_t one[INCIDENT_KEY], two[INCIDENT_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		key_of(one, "nhs.patient", apart[i][0]);
		key_of(two, "nhs.patient", apart[i][1]);
		assert_memory_not_equal(one, two, INCIDENT_KEY);
	}
	key_of(one, "nhs.patient", "a");
	key_of(two, "nhs.other", "a");
	assert_memory_not_equal(one, two, INCIDENT_KEY);
}

/* People and records are under keys of their own: no hash of one is a hash of
 * another, though the bytes be the same. */
static void
test_keys_are_apart(void **state)
{
	static const uint8_t secret[KEYS_STORE] = { 5 };
	struct incident a, b;
	uint8_t base[INCIDENT_KEY] = { 1 };
	struct keys k;

	(void)state;
	keys_derive(&k, secret);
	assert_memory_not_equal(k.person, k.seal, 32);
	assert_memory_not_equal(k.person, k.record, 16);
	assert_memory_not_equal(k.person, k.base, 16);
	assert_memory_not_equal(k.base, k.record, 16);
	keys_record(&a, &k, base, 0);
	keys_record(&b, &k, base, 1);
	assert_memory_not_equal(a.record_id, b.record_id, INCIDENT_KEY);
	keys_record(&b, &k, base, 0);
	assert_memory_equal(a.record_id, b.record_id, INCIDENT_KEY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equals_are_numbered_from_zero),
		cmocka_unit_test(test_person_is_one_however_set),
		cmocka_unit_test(test_two_pseudonyms_are_two_people),
		cmocka_unit_test(test_keys_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
