#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node/keys.h"
#include "node/numbering.h"

#define BASES 5000 /* the table grows three times */

/* The k-th base; neighbours begin with the same bytes. */
static void
make_base(uint8_t out[INCIDENT_KEY], uint32_t k)
{
	memset(out, 0, INCIDENT_KEY);
	out[0] = (uint8_t)(k & 3);
	out[6] = (uint8_t)(k >> 8);
	out[7] = (uint8_t)k;
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
			assert_int_equal(
			    numbering_next(n, &number, base), E_OK);
			assert_int_equal(number, round);
		}
	numbering_free(n);
	numbering_free(NULL);
}

/* Spelling of a pseudonym does not make two people of one; the domain does. */
static void
test_person_is_one_however_written(void **state)
{
	static const char *const same[] = { "ab 123-c", "AB123C",
		" Ab/123.c " };
	static const char *const other[] = { "AB123D", "AB123", "", "AB123C0" };
	static const uint8_t secret[KEYS_STORE] = { 5 };
	uint8_t one[INCIDENT_KEY], two[INCIDENT_KEY];
	struct keys k;

	(void)state;
	keys_derive(&k, secret);
	keys_person(one, &k, "nhs.patient", "AB123C", 6);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		keys_person(two, &k, "nhs.patient", same[i], strlen(same[i]));
		assert_memory_equal(one, two, INCIDENT_KEY);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		keys_person(two, &k, "nhs.patient", other[i], strlen(other[i]));
		assert_memory_not_equal(one, two, INCIDENT_KEY);
	}
	keys_person(two, &k, "nhs.other", "AB123C", 6);
	assert_memory_not_equal(one, two, INCIDENT_KEY);
	keys_wipe(&k);
}

/* Records, people and order are under three keys: no hash of one is a hash of
 * another, though the bytes be the same. */
static void
test_three_keys_are_three(void **state)
{
	static const uint8_t secret[KEYS_STORE] = { 5 };
	struct incident a, b;
	uint8_t base[INCIDENT_KEY] = { 1 };
	struct keys k;

	(void)state;
	keys_derive(&k, secret);
	assert_memory_not_equal(k.person, k.record, 32);
	assert_memory_not_equal(k.record, k.order, 32);
	assert_memory_not_equal(k.person, k.order, 32);
	keys_record(&a, &k, base, 0);
	keys_record(&b, &k, base, 1);
	assert_memory_not_equal(a.record_id, b.record_id, INCIDENT_KEY);
	assert_int_not_equal(a.order, b.order);
	keys_record(&b, &k, base, 0);
	assert_memory_equal(a.record_id, b.record_id, INCIDENT_KEY);
	assert_int_equal(a.order, b.order);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equals_are_numbered_from_zero),
		cmocka_unit_test(test_person_is_one_however_written),
		cmocka_unit_test(test_three_keys_are_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
