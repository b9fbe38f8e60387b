/*
 * Promises of privacy/laplace: exactly the stated law, at rational scales too.
 *
 * Statistics run on fixed seeds: 24, each with a false alarm below 1e-8.  That
 * they see small faults is test_gauss's: here a scale 1 % off and a zero that
 * counts twice.
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

#include "privacy/laplace.h"
#include "tests/unit/privacy/fit_test.h"
#include "tests/unit/privacy/vectors_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DRAWS 800000 /* where a planted fault must be seen */
#define FEWER 200000 /* at other scales */

static void
check_laplace(const char *name, const int64_t *want, size_t n, uint64_t words)
{
	struct stream st = { .seed = 0 }, again = { .seed = 0 };
	struct rng rng = stream_rng(&st);
	struct words w;
	unsigned t;
	int64_t out[64];

	words_start(&w, &rng);
	assert_int_equal(sscanf(name, "dlap t=%u", &t), 1);
	for (size_t i = 0; i < n; i++)
		assert_true(laplace_one(&w, t, 1) == want[i]);
	assert_true(words_read(&st, &w) == words);
	rng = stream_rng(&again);
	assert_int_equal(laplace_draw(out, n, t, 1, &rng), E_OK);
	assert_memory_equal(out, want, n * sizeof(*out));
}

static void
test_draws_equal_the_known_answers(void **state)
{
	(void)state;
	with_vectors("dlap", check_laplace);
}

static void
test_draws_have_the_stated_law(void **state)
{
	static const struct {
		uint32_t num, den;
	} t[] = { { 1, 1 }, { 7, 3 }, { 1, 4 }, { 1000, 11 },
		{ 4294967291, 429496729 }, { 50, 1 } };
	static int64_t draws[DRAWS];
	static double law[2 * SIDE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		double scale = (double)t[i].num / t[i].den;
		struct stream st = { .seed = 600 + i };
		struct rng rng = stream_rng(&st);
		size_t n = i < 2 ? DRAWS : FEWER;
		static struct seen seen;
		struct fit f;

		memset(&seen, 0, sizeof(seen));
		assert_int_equal(
		    laplace_draw(draws, n, t[i].num, t[i].den, &rng), E_OK);
		fit_see(&seen, draws, n);
		fit_law(law, weight_laplace, scale);
		f = fit_of(&seen, (double)n, law);
		if (!fit_good(&f))
			fit_fail("draws", scale, &f);
	}
}

static double
weight_double_zero(double size, double t)
{
	return size == 0 ? 2 : exp(-size / t);
}

static void
test_planted_faults_are_seen(void **state)
{
	static const double scales[] = { 1, 7.0 / 3 };

	(void)state;
	for (size_t i = 0; i < COUNT(scales); i++)
		for (int fault = 0; fault < 3; fault++) {
			static double law[2 * SIDE + 1];
			static struct seen seen;
			double t = scales[i];
			struct fit f;

			fit_law(seen.n,
			    fault == 2 ? weight_double_zero : weight_laplace,
			    fault == 1 ? 1.01 * t : t);
			for (int j = 0; j <= 2 * SIDE; j++)
				seen.n[j] *= DRAWS;
			fit_law(law, weight_laplace, t);
			f = fit_of(&seen, DRAWS, law);
			if (fault == 0 ? !fit_good(&f) : !fit_surely_bad(&f))
				fit_fail("planted", t, &f);
		}
}

static void
test_scales_have_a_range(void **state)
{
	static const struct {
		uint32_t num, den;
		enum err want;
	} cases[] = {
		{ 0, 1, E_ARG },
		{ 1, 0, E_ARG },
		{ 0, 0, E_ARG },
		{ (1 << 24) + 1, 1, E_ARG },
		{ UINT32_MAX, 255, E_ARG },
		{ 1 << 24, 1, E_OK },
		{ UINT32_MAX, 256, E_OK },
		{ UINT32_MAX, UINT32_MAX, E_OK },
		{ 1, UINT32_MAX, E_OK },
	};
	static const int64_t zero[50];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stream st = { .seed = 700 };
		struct rng rng = stream_rng(&st);
		double t = (double)cases[i].num / cases[i].den;
		int64_t out[50];

		memset(out, 7, sizeof(out));
		assert_int_equal(laplace_draw(out, COUNT(out), cases[i].num,
				     cases[i].den, &rng),
		    cases[i].want);
		assert_true((st.read == 0) == (cases[i].want != E_OK));
		if (cases[i].want != E_OK)
			assert_memory_equal(out, zero, sizeof(out));
		/* 50 exp(-40) is far below 1e-6 */
		for (size_t j = 0; j < COUNT(out); j++)
			assert_true(llabs(out[j]) < LAPLACE_MAX &&
				    (cases[i].want != E_OK ||
					(double)llabs(out[j]) <= 40 * t));
	}
}

static enum err
zeros(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0, len);
	return E_OK;
}

/* Words 0, 1, 0, 1, ...: below(2) is 0 and below(3) is 1, so that each flip of
 * exp(-1) comes out true. */
static enum err
always_yes(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		p[i] = i % 16 == 8;
	return E_OK;
}

static void
test_endless_steps_are_refused(void **state)
{
	struct rng rng = { always_yes, NULL };
	int64_t out[4] = { 7, 7, 7, 7 }, zero[4] = { 0 };

	(void)state;
	assert_int_equal(laplace_draw(out, 4, 1, 1, &rng), E_RANGE);
	assert_memory_equal(out, zero, sizeof(zero));
}

static void
test_failure_leaves_no_noise_behind(void **state)
{
	static const int64_t zero[3000];
	struct rng stuck = { zeros, NULL };
	int64_t out[3000];

	(void)state;
	for (uint64_t pools = 0; pools < 4; pools++) {
		struct stream st = { .seed = 800,
			.fails_at = pools * WORDS_POOL + 1 };
		struct rng rng = stream_rng(&st);

		memset(out, 7, sizeof(out));
		assert_int_equal(
		    laplace_draw(out, COUNT(out), 50, 7, &rng), E_RNG);
		assert_memory_equal(out, zero, sizeof(out));
		assert_true(st.read == pools * WORDS_POOL);
	}
	memset(out, 7, sizeof(out));
	assert_int_equal(laplace_draw(out, 4, 50, 7, &stuck), E_RANGE);
	assert_memory_equal(out, zero, 4 * sizeof(*out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draws_equal_the_known_answers),
		cmocka_unit_test(test_draws_have_the_stated_law),
		cmocka_unit_test(test_planted_faults_are_seen),
		cmocka_unit_test(test_scales_have_a_range),
		cmocka_unit_test(test_endless_steps_are_refused),
		cmocka_unit_test(test_failure_leaves_no_noise_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
