/*
 * Promises of privacy/fixed.  The known answers are integers of Python: floor(x
 * 2^192) of exp(-num / den) and floor(x 2^64) of ln(b / a) by decimal with 120
 * digits, a b >> 192, and 2^384 // a.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/fixed.h"
#include "tests/unit/abort_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* The highest limb first, as people write. */
#define F(a, b, c, d) /* clang-format off */ \
	{ { UINT64_C(d), UINT64_C(c), UINT64_C(b), UINT64_C(a) } }
/* clang-format on */

static bool
at_most(struct fixed a, struct fixed b)
{
	for (unsigned i = 4; i-- > 0;)
		if (a.limb[i] != b.limb[i])
			return a.limb[i] < b.limb[i];
	return true;
}

static void
assert_same(struct fixed a, struct fixed b)
{
	assert_memory_equal(&a, &b, sizeof(a));
}

/* clang-format off */
static const struct {
	struct fixed a, b, product;
} products[] = {
	{ F(0x0, 0x0, 0x0, 0x0),
	  F(0x5, 0x0, 0x0, 0x0),
	  F(0x0, 0x0, 0x0, 0x0) },
	{ F(0x1, 0x0, 0x0, 0x0),
	  F(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff) },
	{ F(0x0, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0x0, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0x0, 0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffe) },
	{ F(0x0, 0x0, 0x0, 0x1),
	  F(0x0, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0x0, 0x0, 0x0, 0x0) },
	{ F(0x0, 0x0, 0x0, 0x1),
	  F(0x1, 0x0, 0x0, 0x0),
	  F(0x0, 0x0, 0x0, 0x1) },
	{ F(0xffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0xffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffe00000000) },
	{ F(0xf1, 0xb0c11fdecb91ce37, 0x5bc8fbbcbde5c099, 0x4164d8399f767c45),
	  F(0x7733d7210dff, 0x76ce2ef87b0b125, 0xec1d7da0a6eb8c9e, 0xbd69fe29d76d4330),
	  F(0x708a1b16f11b6c, 0x6f36ab781e01a675, 0xe66426814ee23f5b, 0xd588cd82af0c990c) },
	{ F(0x73ec43d2827688d, 0xe6a16a3b0d464138, 0xa62332553fc1ea36, 0xf17fd374c6a53877),
	  F(0x0, 0x22ccfa5a617959ce, 0x3f1f65a8de527100, 0x7814e8a25f2dd97f),
	  F(0xfc232a5a882991, 0x594df908c304cb3d, 0x26d7843c7493bf48, 0x49f1a8df92c0eb89) },
};

static const struct {
	struct fixed a, inverse;
} inverses[] = {
	{ F(0x1, 0x0, 0x0, 0x0),
	  F(0x1, 0x0, 0x0, 0x0) },
	{ F(0x1, 0x0, 0x0, 0x1),
	  F(0x0, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff) },
	{ F(0x3, 0x0, 0x0, 0x0),
	  F(0x0, 0x5555555555555555, 0x5555555555555555, 0x5555555555555555) },
	{ F(0x7fffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff),
	  F(0x0, 0x2, 0x0, 0x0) },
	{ F(0xa, 0x0, 0x0, 0x7),
	  F(0x0, 0x1999999999999999, 0x9999999999999999, 0x9999999999999999) },
	{ F(0x168, 0x377b9aa2bb2edb20, 0x35b73993fd42359, 0x92edcf451a1afe87),
	  F(0x0, 0xb5ef56916de43c, 0x480600761470b051, 0x3825b9e771f2d36) },
	{ F(0x1, 0x63b229f1c4069545, 0xde11cc9dea959c21, 0x2e9c82b1478c281d),
	  F(0x0, 0xb83f4b9355a861df, 0x4abd36aa430e3299, 0xfe45749841a2cbb0) },
};

static const struct {
	uint64_t num, den;
	struct fixed exp;
} exps[] = {
	{ UINT64_C(0), UINT64_C(1),
	  F(0x1, 0x0, 0x0, 0x0) },
	{ UINT64_C(1), UINT64_C(1),
	  F(0x0, 0x5e2d58d8b3bcdf1a, 0xbadec7829054f90d, 0xda9805aab56c7733) },
	{ UINT64_C(1), UINT64_C(2),
	  F(0x0, 0x9b4597e37cb04ff3, 0xd675a35530cdd767, 0xe347bf8ad0e80abb) },
	{ UINT64_C(1), UINT64_C(3),
	  F(0x0, 0xb76e989179752689, 0xc5984c9c50ebe4c9, 0xa86a1feb960e6212) },
	{ UINT64_C(133), UINT64_C(1),
	  F(0x0, 0x0, 0x0, 0x1) },
	{ UINT64_C(134), UINT64_C(1),
	  F(0x0, 0x0, 0x0, 0x0) },
	{ UINT64_C(7), UINT64_C(100000),
	  F(0x0, 0xfffb69a2cfcbdb37, 0x8f56042c2daaf395, 0x310728899172fb7f) },
	{ UINT64_C(1), UINT64_C(8589934591),
	  F(0x0, 0xffffffff7fffffff, 0xdffffffffaaaaaaa, 0xab55555556999999) },
	{ UINT64_C(8589934591), UINT64_C(8589934591),
	  F(0x0, 0x5e2d58d8b3bcdf1a, 0xbadec7829054f90d, 0xda9805aab56c7733) },
	{ UINT64_C(8589934590), UINT64_C(8589934591),
	  F(0x0, 0x5e2d58d8e2d38b87, 0x380e38614aaccdde, 0x9615d2fdbf3ec411) },
	{ UINT64_C(4294967295), UINT64_C(4294967),
	  F(0x0, 0x0, 0x0, 0x0) },
	{ UINT64_C(8589934591), UINT64_C(1),
	  F(0x0, 0x0, 0x0, 0x0) },
};

static const struct {
	uint32_t a, b;
	uint64_t whole, part;
} logs[] = {
	{ UINT32_C(1), UINT32_C(2), 0, UINT64_C(0xb17217f7d1cf79ab) },
	{ UINT32_C(1), UINT32_C(4294967295), 22, UINT64_C(0x2e42fef939ef3578) },
	{ UINT32_C(4294967294), UINT32_C(4294967295), 0, UINT64_C(0x0000000100000001) },
	{ UINT32_C(2), UINT32_C(3), 0, UINT64_C(0x67cc8fb2fe612fca) },
	{ UINT32_C(1), UINT32_C(3), 1, UINT64_C(0x193ea7aad030a976) },
	{ UINT32_C(999), UINT32_C(1000), 0, UINT64_C(0x0041919c365e6dbc) },
	{ UINT32_C(2147483648), UINT32_C(4294967295), 0, UINT64_C(0xb17217f6d1cf79ab) },
	{ UINT32_C(2147483647), UINT32_C(4294967294), 0, UINT64_C(0xb17217f7d1cf79ab) },
};
/* clang-format on */

static void
test_products_are_rounded_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(products); i++) {
		assert_same(fixed_mul(products[i].a, products[i].b),
		    products[i].product);
		assert_same(fixed_mul(products[i].b, products[i].a),
		    products[i].product);
	}
}

static void
test_sums_carry(void **state)
{
	const struct fixed ones =
	    F(0, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff);
	const struct fixed ulp = F(0, 0, 0, 1), one = F(1, 0, 0, 0);

	(void)state;
	assert_same(fixed_add(ones, ulp), one);
	assert_same(
	    fixed_add(one, ones), (struct fixed)F(1, 0xffffffffffffffff,
				      0xffffffffffffffff, 0xffffffffffffffff));
}

static void
test_inverses_are_rounded_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(inverses); i++)
		assert_same(fixed_inverse(inverses[i].a), inverses[i].inverse);
}

static void
test_exponentials_are_within_their_bound(void **state)
{
	const struct fixed bound = F(0, 0, 0, 4095); /* the floor costs 1 */

	(void)state;
	for (size_t i = 0; i < COUNT(exps); i++) {
		struct fixed got = fixed_exp(exps[i].num, exps[i].den);

		assert_true(at_most(got, fixed_add(exps[i].exp, bound)));
		assert_true(at_most(exps[i].exp, fixed_add(got, bound)));
	}
}

/* Above the logarithm, and at most 2^-60: 16 units of 2^-64. */
static void
test_logarithms_are_above_and_close(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(logs); i++) {
		uint64_t whole, part;

		assert_int_equal(
		    fixed_log_up(&whole, &part, logs[i].a, logs[i].b), E_OK);
		part -= logs[i].part; /* modulo 2^64 */
		assert_in_range(part, 1, 15);
		assert_true(whole == logs[i].whole);
	}
}

static void
test_logarithms_have_a_range(void **state)
{
	static const struct {
		uint64_t a, b;
	} bad[] = { { 0, 1 }, { 1, 1 }, { 2, 1 }, { 1, UINT64_C(1) << 32 },
		{ 1, UINT64_MAX } };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		uint64_t whole = 7, part = 8;

		assert_int_equal(
		    fixed_log_up(&whole, &part, bad[i].a, bad[i].b), E_ARG);
		assert_true(whole == 7 && part == 8);
	}
}

static const struct fixed half = F(0, 0x8000000000000000, 0, 0);
static const struct fixed big = F(0x8000000000000000, 0, 0, 0);

static void
add_too_much(void *ctx)
{
	(void)ctx, (void)fixed_add(big, big);
}

static void
multiply_too_much(void *ctx)
{
	(void)ctx, (void)fixed_mul(big, big);
}

static void
invert_too_little(void *ctx)
{
	(void)ctx, (void)fixed_inverse(half);
}

static void
invert_too_much(void *ctx)
{
	(void)ctx, (void)fixed_inverse(big);
}

static void
exp_by_zero(void *ctx)
{
	(void)ctx, (void)fixed_exp(1, 0);
}

static void
exp_too_large(void *ctx)
{
	(void)ctx, (void)fixed_exp(UINT64_C(1) << 33, 1);
}

static void
exp_too_fine(void *ctx)
{
	(void)ctx, (void)fixed_exp(1, UINT64_C(1) << 33);
}

static void
test_broken_callers_end_the_process(void **state)
{
	static void (*const bad[])(void *) = { add_too_much, multiply_too_much,
		invert_too_little, invert_too_much, exp_by_zero, exp_too_large,
		exp_too_fine };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(aborts(bad[i], NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products_are_rounded_down),
		cmocka_unit_test(test_sums_carry),
		cmocka_unit_test(test_inverses_are_rounded_down),
		cmocka_unit_test(test_exponentials_are_within_their_bound),
		cmocka_unit_test(test_logarithms_are_above_and_close),
		cmocka_unit_test(test_logarithms_have_a_range),
		cmocka_unit_test(test_broken_callers_end_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
