/* Promises of privacy/charge: exact, rounded up, never wrapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "privacy/charge.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_charges_are_exact_and_rounded_up(void **state)
{
	static const struct {
		struct charge_law law; /* c, k, d, s2_num, s2_den */
		enum err want;
		uint64_t nrho;
	} cases[] = {
		{ { 1, 1, 1, 25, 1 }, E_OK, 20000000 },
		{ { 1, 1, 1, 25000, 1000 }, E_OK, 20000000 },
		{ { 2, 3, 2, 25, 1 }, E_OK, 960000000 },
		{ { 1, 1, 1, 1, 2 }, E_OK, 1000000000 },
		{ { 1, 1, 1, 3, 1 }, E_OK, 166666667 },  /* ...666.67 */
		{ { 1, 1, 1, 24, 1 }, E_OK, 20833334 },  /* ...333.33 */
		{ { 1, 1, 1, 500000001, 1 }, E_OK, 1 },  /* 0.999... */
		{ { 1, 1, 1, 499999999, 1 }, E_OK, 2 },  /* 1.000... */
		{ { 1, 1, 1, UINT32_MAX, 1 }, E_OK, 1 }, /* 0.116 */
		{ { 16, 12, 3, 7, 3 }, E_OK, UINT64_C(5924571428572) },
		{ { 1, 1, 1, 1, UINT32_MAX }, E_OK,
		    UINT64_C(2147483647500000000) },
		{ { 3, 1, 1, 1, UINT32_MAX }, E_RANGE, 77 },
		{ { 65535, 1, 1, 3, UINT32_MAX }, E_RANGE, 77 },
		{ { 65535, 65535, 65535, 1, UINT32_MAX }, E_RANGE, 77 },
		{ { 65535, 65535, 65535, UINT32_MAX, 1 }, E_RANGE, 77 },
		/* just below 2^64, and just above */
		{ { 1, 65521, 1, 1672, 941467807 }, E_OK,
		    UINT64_C(18446744073698265551) },
		{ { 1, 65521, 1, 1672, 941467808 }, E_RANGE, 77 },
		{ { 0, 1, 1, 1, 1 }, E_ARG, 77 },
		{ { 1, 0, 1, 1, 1 }, E_ARG, 77 },
		{ { 1, 1, 0, 1, 1 }, E_ARG, 77 },
		{ { 1, 1, 1, 0, 1 }, E_ARG, 77 },
		{ { 1, 1, 1, 1, 0 }, E_ARG, 77 },
		{ { 65536, 1, 1, 1, 1 }, E_ARG, 77 },
		{ { 1, 65536, 1, 1, 1 }, E_ARG, 77 },
		{ { 1, 1, 65536, 1, 1 }, E_ARG, 77 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t nrho = 77;

		assert_int_equal(
		    charge_gauss(&nrho, &cases[i].law), cases[i].want);
		if (nrho != cases[i].nrho)
			fail_msg("case %zu: %ju", i, (uintmax_t)nrho);
	}
}

/* The charge of that variance is within the target, that of the next smaller
 * one with the same denominator is not. */
static void
test_variance_is_the_smallest_within_the_charge(void **state)
{
	static const struct {
		uint32_t c, k, d;
		uint64_t nrho;
		uint32_t s2_num, s2_den;
	} cases[] = {
		{ 1, 1, 1, 20000000, 25000, 1000 },
		{ 1, 2, 1, 20000000, 50000, 1000 },
		{ 1, 1, 1, 30000000, 16667, 1000 },
		{ 2, 3, 2, 7, UINT32_C(3428571429), 1 },
		{ 1, 1, 1, 1, 500000000, 1 },
		{ 1, 1, 1, 117, UINT32_C(4273504274), 1000 },
		{ 1, 1, 1, 116, UINT32_C(431034483), 100 },
		{ 16, 12, 3, 20000000, 691200000, 1000 },
		{ 1, 1, 1, UINT64_MAX, 1, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct charge_law law = {
			.c = cases[i].c, .k = cases[i].k, .d = cases[i].d
		};
		uint64_t nrho;

		assert_int_equal(charge_variance(&law, cases[i].nrho), E_OK);
		assert_int_equal(law.s2_num, cases[i].s2_num);
		assert_int_equal(law.s2_den, cases[i].s2_den);
		assert_int_equal(charge_gauss(&nrho, &law), E_OK);
		assert_true(nrho <= cases[i].nrho);
		if (law.s2_num == 1)
			continue;
		law.s2_num--;
		if (charge_gauss(&nrho, &law) == E_OK)
			assert_true(nrho > cases[i].nrho);
	}
}

/* The same, over many targets. */
static void
test_no_smaller_variance_would_do(void **state)
{
	uint64_t target = 1;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		struct charge_law law = {
			.c = 1 + i % 16, .k = 1 + i % 12, .d = 1 + i % 3
		};
		uint64_t nrho = 0;

		target = target * UINT64_C(6364136223846793005) + 1;
		if (charge_variance(&law, target >> (i % 64)) != E_OK)
			continue;
		assert_int_equal(charge_gauss(&nrho, &law), E_OK);
		assert_true(nrho <= target >> (i % 64));
		assert_true(law.s2_den == 1000 || law.s2_num > UINT32_MAX / 10);
		if (--law.s2_num > 0 && charge_gauss(&nrho, &law) == E_OK)
			assert_true(nrho > target >> (i % 64));
	}
}

static void
test_impossible_targets_leave_the_law_alone(void **state)
{
	static const struct {
		uint32_t c, k, d;
		uint64_t nrho;
		enum err want;
	} cases[] = {
		{ 65535, 1, 1, 20000000, E_RANGE },
		{ 65535, 65535, 65535, 1, E_RANGE },
		{ 16, 12, 3, 1000, E_RANGE },
		{ 1, 1, 1, 0, E_ARG },
		{ 0, 1, 1, 1, E_ARG },
		{ 1, 0, 1, 1, E_ARG },
		{ 1, 1, 0, 1, E_ARG },
		{ 1, 1, 65536, 1, E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct charge_law law = { cases[i].c, cases[i].k, cases[i].d,
			77, 78 };

		assert_int_equal(
		    charge_variance(&law, cases[i].nrho), cases[i].want);
		assert_int_equal(law.s2_num, 77);
		assert_int_equal(law.s2_den, 78);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charges_are_exact_and_rounded_up),
		cmocka_unit_test(
		    test_variance_is_the_smallest_within_the_charge),
		cmocka_unit_test(test_no_smaller_variance_would_do),
		cmocka_unit_test(test_impossible_targets_leave_the_law_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
