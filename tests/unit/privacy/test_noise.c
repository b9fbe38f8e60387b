/*
 * Promises of privacy/noise: the stated law by the stated sampler, the same
 * numbers on every machine, nothing after a failure.
 *
 * Statistics run on fixed seeds: 69, each with a false alarm below 1e-8, so
 * together below one seed in a million.  Of the faults that test_gauss and
 * test_laplace plant, 800,000 draws (every other law) show each with a chance
 * above 95 %.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/alias.h"
#include "privacy/gauss.h"
#include "privacy/laplace.h"
#include "privacy/noise.h"
#include "tests/unit/privacy/fit_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DRAWS 800000
#define FEW 3000

static int64_t draws[DRAWS];

/* From the stream of that seed; how many bytes it gave. */
static uint64_t
draw(int64_t *out, size_t n, const struct noise_law *law, uint64_t seed)
{
	struct stream st = { .seed = seed };
	struct rng rng = stream_rng(&st);

	assert_int_equal(noise_draw(out, n, law, &rng), E_OK);
	return st.read;
}

static void
test_draws_have_the_stated_law(void **state)
{
	static const struct noise_law laws[] = {
		{ NOISE_GAUSS, 1, 10 },
		{ NOISE_GAUSS, 1, 1 },
		{ NOISE_GAUSS, 7, 3 },
		{ NOISE_GAUSS, 100, 1 },
		{ NOISE_GAUSS, 16384, 1 },
		{ NOISE_GAUSS, 20000, 1 },
		{ NOISE_LAPLACE, 1, 4 },
		{ NOISE_LAPLACE, 1, 1 },
		{ NOISE_LAPLACE, 3, 1 },
		{ NOISE_LAPLACE, 301, 100 },
		{ NOISE_LAPLACE, 10, 1 },
		{ NOISE_LAPLACE, 50, 1 },
		{ NOISE_LAPLACE, 128, 1 },
		{ NOISE_LAPLACE, 129, 1 },
		{ NOISE_LAPLACE_PURE, 7, 3 },
	};
	static double law[2 * SIDE + 1];
	static struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		double scale = (double)laws[i].num / laws[i].den;
		bool exact = noise_distance(1, &laws[i]) == 0;
		size_t n = exact ? DRAWS / 10 : i % 2 == 1 ? DRAWS : DRAWS / 4;
		struct fit f;

		memset(&seen, 0, sizeof(seen));
		(void)draw(draws, n, &laws[i], 1100 + i);
		fit_see(&seen, draws, n);
		fit_law(law,
		    laws[i].noise == NOISE_GAUSS ? weight_gauss
						 : weight_laplace,
		    scale);
		f = fit_of(&seen, (double)n, law);
		if (!fit_good(&f))
			fit_fail("draws", scale, &f);
	}
}

/* Draws that share a byte of the stream's words, a group or a chunk are not
 * correlated: 9 statistics, each below 1e-8; a correlation of 0.02 is seen with
 * a chance above 99 %. */
static void
test_draws_are_independent(void **state)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 100, 1 },
		{ NOISE_LAPLACE, 1, 1 }, { NOISE_LAPLACE, 10, 1 } };
	static const size_t lags[] = { 1, 32, 512 }, n = DRAWS / 4;

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		(void)draw(draws, n, &laws[i], 1200 + i);
		for (size_t j = 0; j < COUNT(lags); j++) {
			double sum = 0, var = 0;

			for (size_t k = 0; k + lags[j] < n; k++) {
				double x = (double)draws[k];
				double y = (double)draws[k + lags[j]];

				sum += x * y;
				var += x * x * y * y;
			}
			assert_true(fabs(sum) <= Z_MAX * sqrt(var));
		}
	}
}

/* The portable path draws the same numbers from as many bytes, and n draws are
 * the first n of more. */
static void
test_every_n_and_path_draws_the_same(void **state)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 1, 1 },
		{ NOISE_GAUSS, 100, 1 }, { NOISE_GAUSS, 16384, 1 },
		{ NOISE_LAPLACE, 1, 1 }, { NOISE_LAPLACE, 3, 1 },
		{ NOISE_LAPLACE, 10, 1 }, { NOISE_LAPLACE, 128, 1 } };
	static const size_t more[] = { 511, 512, 513, 1023, 1024, FEW };
	static int64_t all[FEW];

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		uint64_t bytes = draw(all, FEW, &laws[i], 1300);

		alias_portable(true);
		assert_true(draw(draws, FEW, &laws[i], 1300) == bytes);
		assert_memory_equal(draws, all, sizeof(all));
		alias_portable(false);
		for (size_t n = 0; n <= 100; n++) {
			draws[n] = 77;
			(void)draw(draws, n, &laws[i], 1300);
			assert_memory_equal(draws, all, n * sizeof(*all));
			assert_true(draws[n] == 77);
		}
		for (size_t j = 0; j < COUNT(more); j++) {
			draws[more[j]] = 77;
			(void)draw(draws, more[j], &laws[i], 1300);
			assert_memory_equal(draws, all, more[j] * sizeof(*all));
			assert_true(draws[more[j]] == 77);
		}
	}
}

/* Beyond the tables, and where purity is asked: word for word the exact
 * samplers. */
static void
test_exact_laws_are_exact(void **state)
{
	static const struct noise_law laws[] = {
		{ NOISE_GAUSS, 16385, 1 },
		{ NOISE_GAUSS, UINT32_MAX, 262143 },
		{ NOISE_LAPLACE, 129, 1 },
		{ NOISE_LAPLACE, UINT32_MAX, 33554431 },
		{ NOISE_LAPLACE_PURE, 1, 1 },
		{ NOISE_LAPLACE_PURE, 1 << 24, 1 },
	};
	int64_t want[200];

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		struct stream st = { .seed = 1400 + i };
		struct rng rng = stream_rng(&st);
		enum err e = laws[i].noise == NOISE_GAUSS
				 ? gauss_draw(want, COUNT(want), laws[i].num,
				       laws[i].den, &rng)
				 : laplace_draw(want, COUNT(want), laws[i].num,
				       laws[i].den, &rng);

		assert_int_equal(e, E_OK);
		(void)draw(draws, COUNT(want), &laws[i], 1400 + i);
		assert_memory_equal(draws, want, sizeof(want));
	}
}

static void
test_distances_are_rounded_up(void **state)
{
	static const struct {
		struct noise_law law;
		uint64_t n, want;
	} cases[] = {
		{ { NOISE_GAUSS, 16384, 1 }, 0, 0 },
		{ { NOISE_GAUSS, 16384, 1 }, 1, 1 },
		{ { NOISE_GAUSS, 1, UINT32_MAX }, 1024, 1 },
		{ { NOISE_GAUSS, UINT32_MAX, 262144 }, 1025, 2 },
		{ { NOISE_GAUSS, UINT32_MAX, 262143 }, 1025, 0 },
		{ { NOISE_GAUSS, 16385, 1 }, 1000000, 0 },
		{ { NOISE_GAUSS, 100, 1 }, 1000000, 977 },
		{ { NOISE_GAUSS, 100, 1 }, UINT64_MAX, UINT64_C(1) << 54 },
		{ { NOISE_LAPLACE, 3, 1 }, 1000000, 977 },
		{ { NOISE_LAPLACE, 3000001, 1000000 }, 1000000, 1954 },
		{ { NOISE_LAPLACE, 128, 1 }, 512, 1 },
		{ { NOISE_LAPLACE, 128, 1 }, 513, 2 },
		{ { NOISE_LAPLACE, 128, 1 }, UINT64_MAX, UINT64_C(1) << 55 },
		{ { NOISE_LAPLACE, 12801, 100 }, 513, 0 },
		{ { NOISE_LAPLACE_PURE, 1, 1 }, 513, 0 },
		{ { NOISE_GAUSS, 0, 1 }, 513, 0 },
		{ { 0, 1, 1 }, 513, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(
		    noise_distance(cases[i].n, &cases[i].law) == cases[i].want);
}

static void
test_laws_out_of_range_read_nothing(void **state)
{
	static const struct noise_law bad[] = {
		{ 0, 1, 1 },
		{ NOISE_LAPLACE_PURE + 1, 1, 1 },
		{ UINT32_MAX, 1, 1 },
		{ NOISE_GAUSS, 0, 1 },
		{ NOISE_GAUSS, 1, 0 },
		{ NOISE_GAUSS, 0, 0 },
		{ NOISE_LAPLACE, 0, 1 },
		{ NOISE_LAPLACE, 1, 0 },
		{ NOISE_LAPLACE, 0, 0 },
		{ NOISE_LAPLACE, (1 << 24) + 1, 1 },
		{ NOISE_LAPLACE_PURE, 0, 1 },
		{ NOISE_LAPLACE_PURE, UINT32_MAX, 255 },
	};
	static const int64_t zero[FEW];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct stream st = { .seed = 1 };
		struct rng rng = stream_rng(&st);

		memset(draws, 7, sizeof(zero));
		assert_int_equal(noise_draw(draws, FEW, &bad[i], &rng), E_ARG);
		assert_memory_equal(draws, zero, sizeof(zero));
		assert_true(st.read == 0);
	}
}

/* A source that fails at its first read, its second, ...: all is wiped, and it
 * is not asked again. */
static void
test_failure_leaves_no_noise_behind(void **state)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 100, 1 },
		{ NOISE_LAPLACE, 2, 1 }, { NOISE_LAPLACE, 20, 1 },
		{ NOISE_GAUSS, 20000, 1 }, { NOISE_LAPLACE_PURE, 2, 1 } };
	static const int64_t zero[FEW];

	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		uint64_t bytes = draw(draws, FEW, &laws[i], 1500);

		for (uint64_t at = 0; at < bytes; at += WORDS_POOL) {
			struct stream st = { .seed = 1500, .fails_at = at + 1 };
			struct rng rng = stream_rng(&st);

			memset(draws, 7, sizeof(zero));
			assert_int_equal(
			    noise_draw(draws, FEW, &laws[i], &rng), E_RNG);
			assert_memory_equal(draws, zero, sizeof(zero));
			assert_true(st.read <= at && st.read + WORDS_POOL > at);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_draws_have_the_stated_law),
		cmocka_unit_test(test_draws_are_independent),
		cmocka_unit_test(test_every_n_and_path_draws_the_same),
		cmocka_unit_test(test_exact_laws_are_exact),
		cmocka_unit_test(test_distances_are_rounded_up),
		cmocka_unit_test(test_laws_out_of_range_read_nothing),
		cmocka_unit_test(test_failure_leaves_no_noise_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
