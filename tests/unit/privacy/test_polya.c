/*
 * Promises of privacy/polya: h shares make a discrete Laplace, exactly, and
 * fewer do not.
 *
 * The parts are tried on every outcome of their random choices, with exact
 * chances.  Statistics run on fixed seeds: 48 of them, each of which a true
 * sampler fails with a chance below 1e-8.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/words.h"
#include "tests/unit/privacy/fit_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define POISSONS 100000 /* draws of a mean */
#define SINGLES 20000
#define REACH 1000 /* of a law with p < 0.91 */

/* Every outcome of a sequence of choices: at[i] of of[i], as an odometer. */
static struct {
	bool on;
	unsigned depth, n;
	uint64_t at[256], of[256];
	double weight; /* the chance of this outcome */
	uint64_t planes[64];
	unsigned plane; /* words_next gives planes[plane++], then 0 */
} all;

static uint64_t
choose(uint64_t m)
{
	if (m > 64)
		return 1; /* no further: its chance is below 1 / 63! */
	if (all.depth == all.n) {
		all.at[all.n] = 0;
		all.of[all.n++] = m;
	}
	assert_true(all.of[all.depth] == m && all.n < 256);
	all.weight /= (double)m;
	return all.at[all.depth++];
}

static void
all_start(void)
{
	all.on = true;
	all.n = all.depth = all.plane = 0;
	all.weight = 1;
}

/* On to the next outcome; false after the last. */
static bool
all_next(void)
{
	all.depth = all.plane = 0;
	all.weight = 1;
	while (all.n > 0 && ++all.at[all.n - 1] == all.of[all.n - 1])
		all.n--;
	all.on = all.n > 0;
	return all.on;
}

static uint64_t
test_below(struct words *w, uint64_t m)
{
	return all.on ? choose(m) : words_below(w, m);
}

static uint64_t
test_next(struct words *w)
{
	if (!all.on)
		return words_next(w);
	return all.plane++ < 64 ? all.planes[all.plane - 1] : 0;
}

/* The static functions are tested one by one, under choices of ours. */
#define words_below test_below
#define words_next test_next
#include "privacy/polya.c"

static const struct polya laws[] = { { 1, 2, 1 }, { 1, 16777216, 3 },
	{ 1507, 4096, 20 }, { 2, 3, 7 }, { 9, 10, 2 }, { 949, 1048, 20 },
	{ 31, 32, 65535 }, { 60, 61, 5 }, { 16000000, 16384001, 11 } };

/* How many of words_below(k) keep a jump of k, when the trials succeed
 * `streak` times and then fail; 0 for every other jump. */
static uint64_t
jumps_of(const struct kind *kind, uint64_t k, unsigned streak)
{
	struct words w = { .err = E_OK };
	uint64_t kept = 0;

	all_start();
	do {
		struct trials t = { 1, 2, UINT64_MAX << streak, 64 };

		kept += jump(kind, &w, &t) == k;
		assert_int_equal(w.err, E_OK);
	} while (all_next());
	return kept;
}

/*
 * For every k: exactly one kind makes it, at the rate p^k / (h k) for each of
 * the slots.  With c of k choices kept: a block makes k at mean / slots / first
 * * c / k * P[streak >= k], the tail at mean / slots * c / k * P[streak = k];
 * the powers of p cancel, and what is left is compared as whole numbers.
 */
static void
test_every_jump_has_its_rate(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(laws); i++) {
		const uint64_t slots = 2 * 123;
		const u128 gap = laws[i].b - laws[i].a, h = laws[i].h;
		struct kind kinds[KINDS];
		unsigned n = plan(kinds, &laws[i], slots);

		for (uint64_t k = 1; k < 63; k++) {
			unsigned made = 0;

			for (unsigned j = 0; j < n; j++) {
				const struct kind *of = &kinds[j];
				u128 c = jumps_of(of, k, (unsigned)k);
				u128 up = c * of->num * h;

				made += c > 0;
				assert_true(
				    jumps_of(of, k, (unsigned)k - 1) == 0);
				if (c == 0)
					continue;
				assert_true(
				    jumps_of(of, k, 63) == (of->tail ? 0 : c));
				assert_true(
				    of->tail ? up * gap == (u128)of->den *
							       slots * laws[i].b
					     : up == (u128)of->den * slots *
							 of->first);
			}
			assert_int_equal(made, 1);
		}
	}
}

/* At the corners of the range: nothing has wrapped, and K0 is where a proposal
 * is kept with a fair chance. */
static void
test_every_law_has_a_plan(void **state)
{
	static const uint32_t bs[] = { 2, 3, 1000, 4096, (1 << 24) - 1,
		1 << 24 };
	static const uint32_t hs[] = { 1, 20, 65535 };
	const uint64_t slots = UINT64_C(1) << 25;

	(void)state;
	for (size_t i = 0; i < COUNT(bs) * COUNT(hs) * 2; i++) {
		uint32_t b = bs[i / 2 % COUNT(bs)];
		struct polya law = { i % 2 == 0 ? 1 : b - 1, b,
			hs[i / 2 / COUNT(bs)] };
		u128 gap = law.b - law.a;
		struct kind kinds[KINDS];
		unsigned n = plan(kinds, &law, slots);
		const struct kind *tail = &kinds[n - 1];

		assert_in_range(n, 1, KINDS);
		for (unsigned j = 0; j < n; j++) {
			assert_true(kinds[j].first == UINT64_C(1) << j);
			assert_int_equal(kinds[j].tail, j == n - 1);
			assert_true(
			    kinds[j].tail ||
			    (kinds[j].num == slots && kinds[j].den == law.h));
		}
		assert_true(tail->num == slots * law.b);
		assert_true((u128)tail->den == law.h * gap * tail->first);
		assert_true(tail->first * gap <= law.b);
		assert_true(2 * tail->first * gap > law.b);
	}
}

/* 64 trials are u < a / b for the 64 numbers u whose bits the words hold: of
 * any size, and next to a / b. */
static void
test_trials_compare_with_the_exact_ratio(void **state)
{
	struct stream st = { .seed = 1 };
	struct words w = { .err = E_OK };

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		uint32_t pick[2] = { 0 };
		struct trials t = { 0 };
		uint64_t u[64], near;

		(void)stream_fill(&st, pick, sizeof(pick));
		t.b = 2 + pick[0] % ((1 << 24) - 1);
		t.b = round % 3 == 0 ? UINT64_C(2) << round % 24 : t.b;
		t.a = 1 + pick[1] % (t.b - 1);
		near = (uint64_t)(((u128)t.a << 64) / t.b);
		(void)stream_fill(&st, u, sizeof(u));
		for (unsigned i = 0; i < 32; i++)
			u[i] = near + i - 16;
		all_start();
		memset(all.planes, 0, sizeof(all.planes));
		for (unsigned i = 0; i < 64 * 64; i++)
			all.planes[63 - i / 64] |= (u[i % 64] >> i / 64 & 1)
						   << i % 64;
		refill(&t, &w);
		all.on = false;
		assert_int_equal(t.left, 64);
		for (unsigned i = 0; i < 64; i++)
			if ((t.fails >> i & 1) !=
			    ((u128)u[i] * t.b >= (u128)t.a << 64))
				fail_msg("lane %u of round %u", i, round);
	}
}

/* The same trials, one by one. */
static void
test_runs_use_up_what_they_saw(void **state)
{
	static const struct polya odds[] = { { 1, 2, 1 }, { 62, 63, 1 },
		{ 999, 1000, 1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(odds); i++) {
		struct quick one = { i }, many_ones = { i };
		struct rng rng = quick_rng(&one), again = quick_rng(&many_ones);
		struct trials t = { odds[i].a, odds[i].b, 0, 0 }, single = t;
		static struct words w, v;

		words_start(&w, &rng);
		words_start(&v, &again);
		for (uint64_t round = 0; round < 20000; round++) {
			uint64_t most = 1 + round % 200, n = 0, fails;
			uint64_t got = run(&t, most, &w);

			while (n < most) {
				if (single.left == 0)
					refill(&single, &v);
				single.left--;
				fails = single.fails & 1;
				single.fails >>= 1;
				if (fails)
					break;
				n++;
			}
			assert_true(got == n);
		}
		assert_int_equal(words_end(&w), E_OK);
		assert_int_equal(words_end(&v), E_OK);
	}
}

/* One Poisson of mean 1 over all its choices: n has the chance 1 / (4 n!), and
 * whatever is not refused is 4 / e of that. */
static void
test_one_poisson_has_its_law_exactly(void **state)
{
	double chance[16] = { 0 }, factorial = 1;

	(void)state;
	for (unsigned first = 0; first < 8; first++) {
		all_start();
		do {
			struct words w = { .err = E_OK };
			uint64_t n;

			/* three bits; then 0, which is never refused */
			memset(all.planes, 0, sizeof(all.planes));
			for (unsigned i = 0; i < 3; i++)
				all.planes[i] = first >> i & 1;
			all.planes[4] = 1;
			n = poisson_whole(&w, 1);
			assert_true(all.plane == 3 || n == 0);
			if (w.err == E_OK && all.plane == 3 && n < 16)
				chance[n] += all.weight / 8;
			assert_true(all.plane <= 6);
		} while (all_next());
	}
	for (unsigned n = 0; n < 16; n++) {
		factorial *= n > 0 ? n : 1;
		assert_true(fabs(chance[n] * 4 * factorial - 1) < 1e-12);
	}
}

/* A number n is seen as n, like a draw of noise that is never below 0. */
static void
test_poissons_have_the_stated_mean(void **state)
{
	static const struct {
		uint64_t num, den;
	} means[] = { { 7, 3 }, { 1, 1000 }, { 67, 1 }, { 1999, 20 } };
	static double law[2 * SIDE + 1];
	static struct seen seen;
	static struct words w;

	(void)state;
	for (size_t i = 0; i < COUNT(means); i++) {
		double mean = (double)means[i].num / (double)means[i].den;
		struct quick q = { 100 + i };
		struct rng rng = quick_rng(&q);
		struct fit f = { 0 };

		memset(&seen, 0, sizeof(seen));
		law[SIDE] = exp(-mean);
		for (int n = 1; n <= SIDE; n++)
			law[SIDE + n] = law[SIDE + n - 1] * mean / n;
		words_start(&w, &rng);
		for (int j = 0; j < POISSONS; j++) {
			int64_t n =
			    (int64_t)poisson(&w, means[i].num, means[i].den);

			fit_see(&seen, &n, 1);
		}
		assert_int_equal(words_end(&w), E_OK);
		fit_bins(&f, law, &seen, POISSONS);
		if (f.chi2 > chi2_max(&f))
			fit_fail("a Poisson", mean, &f);
	}
}

#define CELLS 300000

/* Adds up so many shares of each of the cells. */
static void
shares(struct seen *seen, const struct polya *law, unsigned n, uint64_t seed)
{
	static int64_t cells[CELLS];
	struct quick q = { seed };
	struct rng rng = quick_rng(&q);

	memset(cells, 0, sizeof(cells));
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(polya_add(cells, CELLS, law, &rng), E_OK);
	memset(seen, 0, sizeof(*seen));
	fit_see(seen, cells, CELLS);
}

/* The law of n of h shares: NB(n/h, p) less another one, by the recurrence of
 * its weights; what is above REACH is less than 1e-40. */
static void
law_of(double law[2 * SIDE + 1], const struct polya *of, unsigned n)
{
	static double one[2 * REACH + 1];
	double p = (double)of->a / of->b, r = (double)n / of->h;

	memset(law, 0, (2 * SIDE + 1) * sizeof(*law));
	one[0] = pow(1 - p, r);
	for (int k = 1; k <= 2 * REACH; k++)
		one[k] = one[k - 1] * p * (k - 1 + r) / k;
	for (int x = 0; x <= REACH; x++) {
		for (int k = x; k <= 2 * REACH; k++)
			law[SIDE + x] += one[k] * one[k - x];
		law[SIDE - x] = law[SIDE + x];
	}
}

/* The law of h shares is the discrete Laplace: (1 - p) / (1 + p) p^|x|. */
static void
test_the_laws_add_up(void **state)
{
	static const struct polya of[] = { { 9049, 10000, 1 },
		{ 9049, 10000, 20 } };
	static double law[2 * SIDE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(of); i++) {
		law_of(law, &of[i], of[i].h);
		for (int x = -REACH; x <= REACH; x++) {
			double p = 0.9049;

			p = (1 - p) / (1 + p) * pow(p, abs(x));
			assert_true(fabs(law[x + SIDE] - p) <= 1e-13);
		}
	}
}

/* So many shares, added up, have the law of so many, and are centred.  Half of
 * h, and h without a tenth, are seen not to be a discrete Laplace: with a
 * chance above 95 % whatever the seed, from the expected counts. */
static void
test_h_shares_make_a_discrete_laplace(void **state)
{
	static const struct {
		struct polya law;
		unsigned n;
	} cases[] = {
		{ { 385749, 1048576, 1 }, 1 }, /* eps 1 */
		{ { 385749, 1048576, 3 }, 3 },
		{ { 385749, 1048576, 20 }, 20 },
		{ { 385749, 1048576, 20 }, 18 },
		{ { 385749, 1048576, 20 }, 10 },
		{ { 9049, 10000, 1 }, 1 }, /* eps 0.1 */
		{ { 9049, 10000, 3 }, 3 },
		{ { 9049, 10000, 20 }, 20 },
		{ { 9049, 10000, 20 }, 18 },
		{ { 9049, 10000, 20 }, 10 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct polya *of = &cases[i].law;
		static double law[2 * SIDE + 1], whole[2 * SIDE + 1];
		static struct seen seen;
		struct fit f;

		shares(&seen, of, cases[i].n, 200 + i);
		law_of(whole, of, of->h);
		law_of(law, of, cases[i].n);
		f = fit_of(&seen, CELLS, law);
		if (!fit_good(&f))
			fit_fail("shares", cases[i].n, &f);
		if (cases[i].n == of->h)
			continue;
		f = fit_of(&seen, CELLS, whole);
		assert_false(fit_good(&f));
		for (int j = 0; j <= 2 * SIDE; j++)
			seen.n[j] = CELLS * law[j];
		f = fit_of(&seen, CELLS, whole);
		assert_true(fit_surely_bad(&f));
	}
}

/* However small a share is: no jump of it is lost. */
static void
test_shares_of_one_cell_have_the_law(void **state)
{
	static const struct polya law = { 9049, 10000, 1 };
	static double whole[2 * SIDE + 1];
	static struct seen seen;
	struct quick q = { 600 };
	struct rng rng = quick_rng(&q);
	struct fit f;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	for (int i = 0; i < SINGLES; i++) {
		int64_t cell = 0;

		assert_int_equal(polya_add(&cell, 1, &law, &rng), E_OK);
		fit_see(&seen, &cell, 1);
	}
	law_of(whole, &law, 1);
	f = fit_of(&seen, SINGLES, whole);
	if (!fit_good(&f))
		fit_fail("single cells", 1, &f);
}

/* Record-play: what stood in the cells changes neither the share nor what is
 * read; also where a sum passes 64 bits. */
static void
test_shares_do_not_depend_on_the_cells(void **state)
{
	static const int64_t values[] = { 0, 1, -7, INT64_MAX, INT64_MIN };
	const struct polya law = { 4056, 4096, 2 };
	int64_t first[100] = { 0 };
	uint64_t read = 0;

	(void)state;
	for (size_t v = 0; v < COUNT(values); v++) {
		struct stream st = { .seed = 3 };
		struct rng rng = stream_rng(&st);
		int64_t cells[100];

		for (size_t i = 0; i < COUNT(cells); i++)
			cells[i] = values[i * v % COUNT(values)];
		assert_int_equal(
		    polya_add(cells, COUNT(cells), &law, &rng), E_OK);
		for (size_t i = 0; i < COUNT(cells); i++)
			cells[i] =
			    (int64_t)((uint64_t)cells[i] -
				      (uint64_t)values[i * v % COUNT(values)]);
		if (v == 0) {
			memcpy(first, cells, sizeof(first));
			read = st.read;
		}
		assert_memory_equal(cells, first, sizeof(first));
		assert_true(st.read == read);
	}
}

static void
test_every_law_is_drawn(void **state)
{
	static const struct polya corners[] = { { 1, 2, 1 }, { 1, 2, 65535 },
		{ 1, 16777216, 1 }, { 16777215, 16777216, 65535 },
		{ 16777215, 16777216, 40 }, { 4194303, 4194304, 1 },
		{ 16777214, 16777215, 99 } };
	struct quick q = { 500 };
	struct rng rng = quick_rng(&q);
	int64_t cells[3] = { 0 }, moved = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(corners); i++)
		for (size_t n = 0; n < 3; n++) {
			uint64_t before = q.at;

			memset(cells, 0, sizeof(cells));
			assert_int_equal(
			    polya_add(cells, n, &corners[i], &rng), E_OK);
			assert_true(n > 0 || q.at == before);
			for (size_t j = 0; j < 3; j++) {
				assert_true(llabs(cells[j]) < INT64_C(1) << 41);
				assert_true(j < n || cells[j] == 0);
				moved += llabs(cells[j]);
			}
		}
	assert_true(moved > 0);
}

static void
test_failure_leaves_no_noise_behind(void **state)
{
	static const int64_t zero[1000];
	const struct polya law = { 4056, 4096, 1 };
	struct trials t = { law.a, law.b, 0, 0 };
	struct stream failing = { .fails_at = 1 };
	struct rng broken = stream_rng(&failing);
	int64_t cells[COUNT(zero)];
	static struct words w;

	(void)state;
	words_start(&w, &broken); /* zeros: trials that never fail */
	assert_true(run(&t, UINT64_MAX, &w) < 1000);
	assert_int_equal(words_end(&w), E_RNG);
	for (uint64_t pools = 0; pools < 4; pools++) {
		struct stream st = { .seed = 4,
			.fails_at = pools * WORDS_POOL + 1 };
		struct rng rng = stream_rng(&st);

		memset(cells, 7, sizeof(cells));
		assert_int_equal(
		    polya_add(cells, COUNT(cells), &law, &rng), E_RNG);
		assert_memory_equal(cells, zero, sizeof(cells));
		assert_true(st.read == pools * WORDS_POOL);
	}
}

static void
test_laws_out_of_range_are_refused(void **state)
{
	static const struct polya bad[] = { { 0, 2, 1 }, { 2, 2, 1 },
		{ 3, 2, 1 }, { 1, 16777217, 1 }, { 1, 2, 0 }, { 1, 2, 65536 } };
	const struct polya good = { 1, 16777216, 65535 };
	const size_t many_cells = (1 << 24) + 1;
	static const int64_t zero[2];
	struct stream st = { .seed = 5 };
	struct rng rng = stream_rng(&st);
	int64_t *cells = malloc(many_cells * sizeof(*cells));

	(void)state;
	assert_non_null(cells);
	for (size_t i = 0; i < COUNT(bad); i++) {
		cells[0] = cells[1] = 7;
		assert_false(polya_good(&bad[i]));
		assert_int_equal(polya_add(cells, 2, &bad[i], &rng), E_ARG);
		assert_memory_equal(cells, zero, sizeof(zero));
	}
	assert_true(polya_good(&good));
	cells[0] = cells[many_cells - 1] = 7;
	assert_int_equal(polya_add(cells, many_cells, &good, &rng), E_ARG);
	assert_true(cells[0] == 0 && cells[many_cells - 1] == 0);
	assert_true(st.read == 0);
	free(cells);
}

/* Every byte the same. */
static enum err
stuck_fill(void *ctx, void *buf, size_t len)
{
	memset(buf, *(int *)ctx, len);
	return E_OK;
}

/* Stuck at zero: an error, not a loop.  Trials that never fail, likewise. */
static void
test_stuck_source_is_refused(void **state)
{
	static const int64_t zero[4];
	const struct polya law = { 4056, 4096, 1 };
	const struct kind tail = { 64, 1, 1, true };
	int with = 0;
	struct rng rng = { stuck_fill, &with };
	int64_t cells[4] = { 7, 7, 7, 7 };
	struct trials t = { 4056, 4096, 0, 0 };
	static struct words w;

	(void)state;
	assert_int_equal(polya_add(cells, 4, &law, &rng), E_RANGE);
	assert_memory_equal(cells, zero, sizeof(cells));
	words_start(&w, &rng);
	(void)many(&w);
	assert_int_equal(words_end(&w), E_RANGE);
	words_start(&w, &rng);
	(void)jump(&tail, &w, &t);
	assert_int_equal(words_end(&w), E_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_jump_has_its_rate),
		cmocka_unit_test(test_every_law_has_a_plan),
		cmocka_unit_test(test_trials_compare_with_the_exact_ratio),
		cmocka_unit_test(test_runs_use_up_what_they_saw),
		cmocka_unit_test(test_one_poisson_has_its_law_exactly),
		cmocka_unit_test(test_poissons_have_the_stated_mean),
		cmocka_unit_test(test_the_laws_add_up),
		cmocka_unit_test(test_h_shares_make_a_discrete_laplace),
		cmocka_unit_test(test_shares_of_one_cell_have_the_law),
		cmocka_unit_test(test_shares_do_not_depend_on_the_cells),
		cmocka_unit_test(test_every_law_is_drawn),
		cmocka_unit_test(test_failure_leaves_no_noise_behind),
		cmocka_unit_test(test_laws_out_of_range_are_refused),
		cmocka_unit_test(test_stuck_source_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
