/*
 * Promises of privacy/gauss: exactly the stated law, and nothing else.
 *
 * Statistics run on fixed seeds.  20 of them reject a true sampler with a
 * chance below 1e-8 each, so together they raise a false alarm on fewer than
 * one seed in a million; the same statistics must reject samplers with small
 * planted faults.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The static functions are the algorithm: tested one by one. */
#include "privacy/gauss.c"
#include "tests/unit/privacy/fit_test.h"
#include "tests/unit/privacy/vectors_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DRAWS 800000 /* where a planted fault must be seen */
#define FEWER 50000  /* at other variances */

static void
test_draws_have_the_stated_law(void **state)
{
	static const struct {
		uint32_t num, den;
		size_t n;
	} s2[] = {
		{ 7, 3, DRAWS },
		{ 50, 1, DRAWS },
		{ 1, 10, FEWER },
		{ 1250000, 1000, FEWER },
		/* 2 s2_num s2_den t^2 needs 128 bits */
		{ 4294967291, 1717986917, FEWER },
	};
	static int64_t draws[DRAWS];
	static double law[2 * SIDE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(s2); i++) {
		double value = (double)s2[i].num / s2[i].den;
		struct stream st = { .seed = 100 + i };
		struct rng rng = stream_rng(&st);
		static struct seen seen;
		size_t n = s2[i].n;
		struct fit f;

		memset(&seen, 0, sizeof(seen));
		assert_int_equal(
		    gauss_draw(draws, n, s2[i].num, s2[i].den, &rng), E_OK);
		fit_see(&seen, draws, n);
		fit_law(law, weight_gauss, value);
		f = fit_of(&seen, (double)n, law);
		if (!fit_good(&f))
			fit_fail("draws", value, &f);
	}
}

enum fault { NONE, SCALE, DOUBLE_ZERO, SIGN_BIAS, WRONG_T, EVEN, FAULTS };

static const char *const faults[] = { "none", "scale 1 % off", "double zero",
	"50.5 % plus", "t off by one", "even numbers only" };

/* The weight of x in a sampler with one fault, for s2. */
static double
weight_faulty(int x, enum fault fault, double s2)
{
	double t = floor(sqrt(s2)) + 1, size = abs(x);
	double true_one = exp(-size * size / (2 * s2));

	switch (fault) {
	case SCALE:
		return exp(-size * size / (2 * s2 * 1.01 * 1.01));
	case DOUBLE_ZERO:
		return x == 0 ? 2 : true_one;
	case SIGN_BIAS:
		return true_one * (x > 0 ? 1.01 : x < 0 ? 0.99 : 1);
	case WRONG_T: /* proposals of t + 1, kept as if of t */
		return exp(-size / (t + 1) -
			   (size - s2 / t) * (size - s2 / t) / (2 * s2));
	case EVEN:
		return x % 2 == 0 ? true_one : 0;
	default:
		return true_one;
	}
}

/* The test of the test: what passes the true law rejects each planted fault
 * with a chance above 95 %. */
static void
test_planted_faults_are_seen(void **state)
{
	static const double s2[] = { 7.0 / 3, 50 };

	(void)state;
	for (size_t i = 0; i < COUNT(s2); i++)
		for (int fault = NONE; fault < FAULTS; fault++) {
			static double law[2 * SIDE + 1];
			static struct seen seen;
			double sum = 0;
			struct fit f;

			fit_law(law, weight_gauss, s2[i]);
			for (int x = -SIDE; x <= SIDE; x++)
				sum += seen.n[x + SIDE] =
				    weight_faulty(x, (enum fault)fault, s2[i]);
			for (int j = 0; j <= 2 * SIDE; j++)
				seen.n[j] *= DRAWS / sum;
			f = fit_of(&seen, DRAWS, law);
			if (fault == NONE ? !fit_good(&f) : !fit_surely_bad(&f))
				fit_fail(faults[fault], s2[i], &f);
		}
}

static void
check_gauss(const char *name, const int64_t *want, size_t n, uint64_t words)
{
	struct stream st = { .seed = 0 }, again = { .seed = 0 };
	struct rng rng = stream_rng(&st);
	struct words w;
	unsigned p, q;
	int64_t out[64];

	words_start(&w, &rng);
	assert_int_equal(sscanf(name, "dgauss %u/%u", &p, &q), 2);
	for (size_t i = 0; i < n; i++)
		assert_true(draw(&w, p, q, root(p / q) + 1) == want[i]);
	assert_true(words_read(&st, &w) == words);
	rng = stream_rng(&again);
	assert_int_equal(gauss_draw(out, n, p, q, &rng), E_OK);
	assert_memory_equal(out, want, n * sizeof(*out));
}

static void
test_draws_equal_the_known_answers(void **state)
{
	static const uint8_t first[] = { 0x39, 0xfd, 0x2b, 0x7d, 0xd9, 0xc5,
		0x19, 0x6a };
	struct stream st = { .seed = 0 };
	uint8_t got[sizeof(first)];

	(void)state;
	assert_int_equal(stream_fill(&st, got, sizeof(got)), E_OK);
	assert_memory_equal(got, first, sizeof(first));
	with_vectors("dgauss", check_gauss);
}

static void
test_root_is_the_floor(void **state)
{
	(void)state;
	for (uint64_t r = 0; r <= 65535; r++) { /* up to 2^32 - 1 */
		assert_int_equal(root((uint32_t)(r * r)), r);
		assert_int_equal(root((uint32_t)(r * r + 2 * r)), r);
	}
}

/* The corners of the range of variances, where integers are largest. */
static void
test_every_variance_is_drawn(void **state)
{
	static const uint32_t corners[] = { 1, 2, 65535, 65536, UINT32_MAX - 1,
		UINT32_MAX };
	struct stream st = { .seed = 400 };
	struct rng rng = stream_rng(&st);
	int64_t out[50];

	(void)state;
	for (size_t i = 0; i < COUNT(corners); i++)
		for (size_t j = 0; j < COUNT(corners); j++) {
			double sd = sqrt((double)corners[i] / corners[j]);

			assert_int_equal(gauss_draw(out, COUNT(out), corners[i],
					     corners[j], &rng),
			    E_OK);
			for (size_t k = 0; k < COUNT(out); k++)
				assert_true((double)llabs(out[k]) <= 8 * sd &&
					    llabs(out[k]) < GAUSS_MAX);
		}
}

static void
test_failure_leaves_no_noise_behind(void **state)
{
	static const int64_t zero[3000];
	int64_t out[3000];

	(void)state;
	for (uint64_t pools = 0; pools < 4; pools++) {
		struct stream st = { .seed = 500,
			.fails_at = pools * WORDS_POOL + 1 };
		struct rng rng = stream_rng(&st);

		memset(out, 7, sizeof(out));
		assert_int_equal(
		    gauss_draw(out, COUNT(out), 50, 1, &rng), E_RNG);
		assert_memory_equal(out, zero, sizeof(out));
		assert_true(st.read == pools * WORDS_POOL);
	}
	for (uint32_t num = 0; num < 2; num++) {
		struct stream st = { .seed = 500 };
		struct rng rng = stream_rng(&st);

		memset(out, 7, sizeof(out));
		assert_int_equal(
		    gauss_draw(out, COUNT(out), num, 1 - num, &rng), E_ARG);
		assert_memory_equal(out, zero, sizeof(out));
		assert_true(st.read == 0);
	}
}

static enum err
zeros(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0, len);
	return E_OK;
}

/* A source that is stuck at zero ends in an error, not in a loop or noise. */
static void
test_stuck_source_is_refused(void **state)
{
	static const int64_t zero[4];
	struct rng rng = { zeros, NULL };
	int64_t out[4] = { 7, 7, 7, 7 };

	(void)state;
	assert_int_equal(gauss_draw(out, 4, 50, 1, &rng), E_RANGE);
	assert_memory_equal(out, zero, sizeof(out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draws_equal_the_known_answers),
		cmocka_unit_test(test_draws_have_the_stated_law),
		cmocka_unit_test(test_planted_faults_are_seen),
		cmocka_unit_test(test_root_is_the_floor),
		cmocka_unit_test(test_every_variance_is_drawn),
		cmocka_unit_test(test_failure_leaves_no_noise_behind),
		cmocka_unit_test(test_stuck_source_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
