/* Promises of client/scheme: a charge that is divided is never exceeded, and
 * little of it is lost. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/scheme.h"
#include "policies/price.h"

static uint64_t seed = 1;

/* A number below n: xorshift64. */
static uint64_t
below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static struct question
question_of(uint32_t noise)
{
	return (struct question){ .n_themes = 2,
		.slicing = SLICE_MONTH,
		.n_months = 12,
		.geo = GEO_LSOA11,
		.n_places = 100,
		.n_levels = 3,
		.level_places = { 100, 20, 4 },
		.c = (uint16_t)(1 + below(3)),
		.k = (uint16_t)(1 + below(2)),
		.d = 1,
		.g = 1,
		.noise = noise };
}

/* n histograms of levels and times with random shares. */
static struct scheme
scheme_of_size(uint16_t n)
{
	struct scheme s = { .strategy = STRATEGY_NESTED, .n = n };
	double sum = 0;

	for (uint16_t i = 0; i < n; i++) {
		s.histograms[i] =
		    (struct histogram){ .by = i % 2 == 0 ? BY_THEME | BY_TIME
							 : BY_THEME,
			    .level = (uint8_t)(i / 2) };
		s.share[i] = (double)(1 + below(1000));
		sum += s.share[i];
	}
	for (uint16_t i = 0; i < n; i++)
		s.share[i] /= sum;
	return s;
}

static void
test_a_divided_charge_is_kept(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct question q =
		    question_of(round % 2 == 0 ? NOISE_GAUSS : NOISE_LAPLACE);
		struct scheme s = scheme_of_size((uint16_t)(1 + below(6)));
		struct price price;
		uint64_t nano = 1000000 + below(1000000000), cost;

		assert_int_equal(scheme_apply(&q, &s, nano), E_OK);
		assert_int_equal(price_make(&price, &q), E_OK);
		assert_int_equal(price.cost.nrho, q.charge_nrho);
		assert_int_equal(price.cost.neps, q.charge_neps);
		assert_int_equal(price.cost.tv, q.charge_tv);
		cost = q.charge_nrho + q.charge_neps;
		assert_true(cost <= nano);
		/* the steps of num are thousandths of a variance or scale */
		assert_true(cost >= nano - nano / 50);
		assert_int_equal(q.n_histograms, s.n);
	}
}

static void
test_rest_goes_to_the_largest(void **state)
{
	struct question q = question_of(NOISE_LAPLACE);
	struct scheme s = scheme_of_size(3);
	uint64_t nano = 900000000, cost, all = 0;

	(void)state;
	s.share[0] = 0.2;
	s.share[1] = 0.3;
	s.share[2] = 0.5;
	assert_int_equal(scheme_apply(&q, &s, nano), E_OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(scheme_charge(&cost, &q, i), E_OK);
		all += cost;
		if (i < 2)
			assert_true((double)cost <= s.share[i] * (double)nano);
		else
			assert_true(cost >= 450000000 - 450000); /* 1 num */
	}
	assert_int_equal(all, q.charge_neps);
}

static void
test_what_is_too_little_is_refused(void **state)
{
	struct question q = question_of(NOISE_GAUSS);
	struct scheme s = scheme_of_size(6);

	(void)state;
	assert_int_equal(scheme_apply(&q, &s, 0), E_RANGE);
	assert_int_equal(scheme_apply(&q, &s, 1), E_RANGE);
}

/* The scheme of a question is the one that it was made by. */
static void
test_shares_are_found_again(void **state)
{
	struct question q = question_of(NOISE_GAUSS);
	struct scheme s = scheme_of_size(5), t;

	(void)state;
	assert_int_equal(scheme_apply(&q, &s, 2000000), E_OK);
	assert_int_equal(scheme_of(&t, &q), E_OK);
	assert_int_equal(t.n, s.n);
	for (uint16_t i = 0; i < s.n; i++)
		assert_true(fabs(t.share[i] - s.share[i]) < 1e-3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_divided_charge_is_kept),
		cmocka_unit_test(test_rest_goes_to_the_largest),
		cmocka_unit_test(test_what_is_too_little_is_refused),
		cmocka_unit_test(test_shares_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
