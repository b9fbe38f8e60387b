/* Promises of privacy/release: a grant works once, noise is whole and fresh. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/noise.h"
#include "privacy/release.h"
#include "privacy/words.h"
#include "tests/unit/abort_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CELLS 64

/* Three histograms in one answer, of all three ways to draw noise: rho 0.02
 * exactly, eps 0.5 twice. */
static const struct charge_part parts[] = {
	{ 10, false, { NOISE_GAUSS, 25, 1 } },
	{ 30, false, { NOISE_LAPLACE, 2, 1 } },
	{ CELLS - 40, true, { NOISE_LAPLACE_PURE, 2000, 1000 } },
};
static const struct release_plan plan = { { 1, 1, 1 }, COUNT(parts), parts };
static const struct cost price = { 20000000, 1000000000, 2 };

static const uint8_t zeros[CELLS * sizeof(int64_t)];

/* The noise of the plan, drawn past the door. */
static void
draw_all(int64_t noise[CELLS], const struct rng *rng)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		assert_int_equal(
		    noise_draw(noise, parts[i].cells, &parts[i].law, rng),
		    E_OK);
		noise += parts[i].cells;
	}
}

static void
test_grant_is_single_use(void **state)
{
	int64_t exact[CELLS], noisy[CELLS], noise[CELLS];
	struct stream st = { .seed = 1 }, other = { .seed = 1 };
	struct rng rng = stream_rng(&st), other_rng = stream_rng(&other);
	struct grant g;
	uint64_t read;

	(void)state;
	for (int i = 0; i < CELLS; i++)
		exact[i] = i - 20;
	exact[0] = RELEASE_EXACT_MAX - 1;
	exact[CELLS - 1] = -(RELEASE_EXACT_MAX - 1);
	grant_new(&g, &price);
	assert_int_equal(release_counts(noisy, exact, &g, &plan, &rng), E_OK);
	draw_all(noise, &other_rng);
	for (int i = 0; i < CELLS; i++)
		assert_true(noisy[i] == exact[i] + noise[i]);
	assert_memory_equal(&g, zeros, sizeof(g));

	read = st.read;
	assert_int_equal(
	    release_counts(noisy, exact, &g, &plan, &rng), E_SPENT);
	assert_true(st.read == read);
	assert_memory_equal(noisy, zeros, sizeof(noisy));
}

/* Parts stand in their order, each under its own law: were two swapped, their
 * spreads would be too.  Frequencies of 0 over 20,000 cells each, within 6
 * standard errors: false alarm below 2e-9 each; the laws are 30 apart. */
static void
test_each_part_has_its_own_law(void **state)
{
	static const struct charge_part mixed[] = {
		{ 20000, false, { NOISE_LAPLACE, 1, 2 } },
		{ 20000, false, { NOISE_GAUSS, 4, 1 } },
		{ 20000, false, { NOISE_LAPLACE_PURE, 1, 1 } },
	};
	/* tanh(1); 1 / sqrt(8 pi) to 1e-30; tanh(1/2) */
	static const double nought[] = { 0.76159415595576489,
		0.19947114020071634, 0.46211715726000976 };
	static const int64_t exact[60000];
	static int64_t noisy[60000];
	const struct release_plan of = { { 1, 1, 1 }, COUNT(mixed), mixed };
	struct quick q = { 4 };
	struct rng rng = quick_rng(&q);
	struct grant g;

	(void)state;
	grant_new(&g, &(struct cost){ UINT64_MAX, UINT64_MAX, UINT64_MAX });
	assert_int_equal(release_counts(noisy, exact, &g, &of, &rng), E_OK);
	for (size_t i = 0; i < COUNT(mixed); i++) {
		double zero = 0, n = 20000, p = nought[i];

		for (size_t j = i * 20000; j < (i + 1) * 20000; j++)
			zero += noisy[j] == 0;
		assert_true(fabs(zero - n * p) <= 6 * sqrt(n * p * (1 - p)));
	}
}

/* Whatever goes wrong: the grant is gone and nothing is left in the output. */
static void
test_failed_release_spends_the_grant_and_tells_nothing(void **state)
{
	static const struct {
		struct cost granted;
		struct charge_bound bound;
		size_t n_parts;
		uint64_t fails_at;
		enum err want;
	} cases[] = {
		{ { 19999999, 1000000000, 2 }, { 1, 1, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 999999999, 2 }, { 1, 1, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 1000000000, 1 }, { 1, 1, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 500000000, 2 }, { 1, 1, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 0, 0 }, { 1, 1, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 1000000000, 2 }, { 2, 1, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 1000000000, 2 }, { 1, 2, 1 }, 3, 0, E_BUDGET },
		{ { 20000000, 1000000000, 2 }, { 1, 1, 2 }, 3, 0, E_BUDGET },
		{ { UINT64_MAX, UINT64_MAX, UINT64_MAX },
		    { 65535, 65535, 65535 }, 3, 0, E_BUDGET },
		{ { 20000000, 1000000000, 2 }, { 1, 1, 1 }, 0, 0, E_ARG },
		{ { 20000000, 1000000000, 2 }, { 0, 1, 1 }, 3, 0, E_ARG },
		{ { 20000000, 1000000000, 2 }, { 1, 1, 65536 }, 3, 0, E_ARG },
		{ { 20000000, 1000000000, 2 }, { 1, 1, 1 }, 3, 1, E_RNG },
		/* in the third part, as each reads a pool */
		{ { 20000000, 1000000000, 2 }, { 1, 1, 1 }, 3,
		    2 * WORDS_POOL + 1, E_RNG },
	};
	int64_t exact[CELLS], noisy[CELLS];

	(void)state;
	memset(exact, 5, sizeof(exact));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stream st = { .seed = 2, .fails_at = cases[i].fails_at };
		struct rng rng = stream_rng(&st);
		struct release_plan of = { cases[i].bound, cases[i].n_parts,
			parts };
		size_t n = cases[i].n_parts == 0 ? 0 : sizeof(noisy);
		struct grant g;

		memset(noisy, 7, sizeof(noisy));
		grant_new(&g, &cases[i].granted);
		assert_int_equal(
		    release_counts(noisy, exact, &g, &of, &rng), cases[i].want);
		assert_memory_equal(noisy, zeros, n);
		assert_memory_equal(&g, zeros, sizeof(g));
		assert_true(cases[i].want == E_RNG || st.read == 0);
		assert_true(cases[i].fails_at < 2 || st.read == 2 * WORDS_POOL);
		assert_int_equal(
		    release_counts(noisy, exact, &g, &plan, &rng), E_SPENT);
	}
}

/* Fails the first time only. */
static enum err
recovering_fill(void *ctx, void *buf, size_t len)
{
	int *asked = ctx;

	memset(buf, 7, len);
	return (*asked)++ == 0 ? E_RNG : E_OK;
}

/* What comes later does not make good for it. */
static void
test_one_failure_fails_the_release(void **state)
{
	static const int64_t exact[CELLS];
	int64_t noisy[CELLS];
	int asked = 0;
	struct rng rng = { recovering_fill, &asked };
	struct grant g;

	(void)state;
	memset(noisy, 7, sizeof(noisy));
	grant_new(&g, &price);
	assert_int_equal(release_counts(noisy, exact, &g, &plan, &rng), E_RNG);
	assert_memory_equal(noisy, zeros, sizeof(noisy));
	assert_int_equal(asked, 1);
}

/* A law that is out of range, in whichever part. */
static void
test_bad_law_spends_the_grant_and_tells_nothing(void **state)
{
	static const struct noise_law bad[] = { { 0, 1, 1 }, { 4, 1, 1 },
		{ NOISE_GAUSS, 0, 1 }, { NOISE_LAPLACE, 1, 0 },
		{ NOISE_LAPLACE, (1 << 24) + 1, 1 } };
	int64_t exact[CELLS] = { 0 }, noisy[CELLS];

	(void)state;
	for (size_t i = 0; i < COUNT(bad) * COUNT(parts); i++) {
		struct stream st = { .seed = 2 };
		struct rng rng = stream_rng(&st);
		struct charge_part some[COUNT(parts)];
		struct release_plan of = { { 1, 1, 1 }, COUNT(parts), some };
		struct grant g;

		memcpy(some, parts, sizeof(some));
		some[i % COUNT(parts)].law = bad[i / COUNT(parts)];
		memset(noisy, 7, sizeof(noisy));
		grant_new(
		    &g, &(struct cost){ UINT64_MAX, UINT64_MAX, UINT64_MAX });
		assert_int_equal(
		    release_counts(noisy, exact, &g, &of, &rng), E_ARG);
		assert_memory_equal(noisy, zeros, sizeof(noisy));
		assert_memory_equal(&g, zeros, sizeof(g));
		assert_true(st.read == 0);
	}
}

static void
test_unmade_grant_is_refused(void **state)
{
	struct stream st = { .seed = 3 };
	struct rng rng = stream_rng(&st);
	struct grant zero = { 0 }, forged = { .seal = 1, .cost = price };
	int64_t exact[CELLS] = { 0 }, noisy[CELLS];

	(void)state;
	assert_int_equal(
	    release_counts(noisy, exact, &zero, &plan, &rng), E_SPENT);
	assert_int_equal(
	    release_counts(noisy, exact, &forged, &plan, &rng), E_SPENT);
	assert_true(st.read == 0);
}

static void
grant_for(void *ctx)
{
	struct grant g;

	grant_new(&g, ctx);
}

static void
test_grant_without_a_charge_stops_the_process(void **state)
{
	struct cost none = { 0, 0, 1 }, rho = { 1, 0, 0 }, eps = { 0, 1, 0 };

	(void)state;
	assert_true(aborts(grant_for, &none));
	assert_false(aborts(grant_for, &rho));
	assert_false(aborts(grant_for, &eps));
}

/* Record-play: neighbouring databases under identical randomness read as many
 * bytes of it and get the same noise. */
static void
test_neighbours_consume_the_same_randomness(void **state)
{
	static const int64_t values[] = { 0, 1, -1, 2, 1000,
		-INT64_C(4294967295), RELEASE_EXACT_MAX - 1 };

	(void)state;
	for (uint64_t seed = 10; seed < 20; seed++) {
		int64_t first[CELLS];
		uint64_t read = 0;

		for (size_t v = 0; v < COUNT(values); v++) {
			struct stream st = { .seed = seed };
			struct rng rng = stream_rng(&st);
			int64_t exact[CELLS], noisy[CELLS];
			struct grant g;

			for (size_t i = 0; i < CELLS; i++)
				exact[i] = values[(i * v + v) % COUNT(values)];
			grant_new(&g, &price);
			assert_int_equal(
			    release_counts(noisy, exact, &g, &plan, &rng),
			    E_OK);
			for (size_t i = 0; i < CELLS; i++)
				noisy[i] -= exact[i];
			if (v == 0) {
				memcpy(first, noisy, sizeof(first));
				read = st.read;
			}
			assert_memory_equal(noisy, first, sizeof(first));
			assert_true(st.read == read);
		}
	}
}

/*
 * The audit: two neighbours that differ by 1 in the first of two counts, asked
 * over and over, as someone who sees only answers would.  At rho 1/2 no event
 * may be more likely by more than AUDIT_DELTA under one than under the other
 * (arXiv:2004.00010 proposition 7 at epsilon 0; dp_accounting.json has it from
 * two computations).  The events are half-spaces across four directions; a
 * frequency over AUDIT_RUNS is off by 0.05 with a chance below 2 exp(-2 n
 * 0.05^2) = 5e-9 (Hoeffding).
 */
#define AUDIT_DELTA 0.55883563934743463
#define AUDIT_RUNS 4000
#define AUDIT_SLACK 0.1 /* of two frequencies */
#define AUDIT_NRHO (CHARGE_NANO / 2)

/* All runs of the first count, then all of the second. */
struct answers {
	int64_t first[AUDIT_RUNS], second[AUDIT_RUNS];
};

/* Answers two counts, exact, in every run. */
typedef void mechanism(
    struct answers *noisy, const struct answers *exact, const struct rng *rng);

static void
release_some(int64_t *noisy, const int64_t *exact, size_t n, uint32_t s2_num,
    uint32_t s2_den, const struct rng *rng)
{
	struct charge_part part = { n, false, { NOISE_GAUSS, s2_num, s2_den } };
	struct release_plan of = { { 1, 1, 1 }, 1, &part };
	struct cost enough = { 100 * CHARGE_NANO, 0, 100 };
	struct grant g;

	grant_new(&g, &enough);
	assert_int_equal(release_counts(noisy, exact, &g, &of, rng), E_OK);
}

static void
answer_at_once(
    struct answers *noisy, const struct answers *exact, const struct rng *rng)
{
	release_some((int64_t *)noisy, (const int64_t *)exact, 2 * AUDIT_RUNS,
	    1, 1, rng);
}

static void
answer_one_by_one(
    struct answers *noisy, const struct answers *exact, const struct rng *rng)
{
	release_some(noisy->first, exact->first, AUDIT_RUNS, 1, 1, rng);
	release_some(noisy->second, exact->second, AUDIT_RUNS, 1, 1, rng);
}

static void
answer_with_half_noise(
    struct answers *noisy, const struct answers *exact, const struct rng *rng)
{
	release_some((int64_t *)noisy, (const int64_t *)exact, 2 * AUDIT_RUNS,
	    1, 4, rng);
}

static void
answer_with_reused_noise(
    struct answers *noisy, const struct answers *exact, const struct rng *rng)
{
	release_some(noisy->first, exact->first, AUDIT_RUNS, 1, 1, rng);
	for (int i = 0; i < AUDIT_RUNS; i++)
		noisy->second[i] =
		    noisy->first[i] - exact->first[i] + exact->second[i];
}

/* The second release plays the randomness of the first again. */
static void
answer_with_replayed_noise(
    struct answers *noisy, const struct answers *exact, const struct rng *rng)
{
	struct quick before = *(struct quick *)rng->ctx;
	struct rng again = quick_rng(&before);

	release_some(noisy->first, exact->first, AUDIT_RUNS, 1, 1, rng);
	release_some(noisy->second, exact->second, AUDIT_RUNS, 1, 1, &again);
}

static void
answer_without_noise(
    struct answers *noisy, const struct answers *exact, const struct rng *rng)
{
	(void)rng;
	*noisy = *exact;
}

/* How often each half-space beyond the larger neighbour's centre is hit. */
static void
audit_side(double hits[4], mechanism *m, int64_t count, uint64_t seed)
{
	static const int directions[4][2] = { { 1, 0 }, { 0, 1 }, { 1, -1 },
		{ 1, 1 } };
	static struct answers exact, noisy;
	struct quick q = { seed };
	struct rng rng = quick_rng(&q);

	for (int i = 0; i < AUDIT_RUNS; i++) {
		exact.first[i] = count;
		exact.second[i] = 20;
	}
	m(&noisy, &exact, &rng);
	memset(hits, 0, 4 * sizeof(*hits));
	for (int i = 0; i < AUDIT_RUNS; i++)
		for (int j = 0; j < 4; j++) {
			const int *d = directions[j];
			int64_t at =
			    d[0] * noisy.first[i] + d[1] * noisy.second[i];

			hits[j] += at >= d[0] * 11 + d[1] * 20;
		}
}

static bool
audit_passes(mechanism *m)
{
	double with[4], without[4];

	audit_side(with, m, 11, 50);
	audit_side(without, m, 10, 51);
	for (int j = 0; j < 4; j++)
		if (fabs(with[j] - without[j]) / AUDIT_RUNS >
		    AUDIT_DELTA + AUDIT_SLACK)
			return false;
	return true;
}

static void
test_neighbour_audit_sees_half_and_reused_noise(void **state)
{
	struct charge_part audited = { 2, false, { NOISE_GAUSS, 1, 1 } };
	struct charge_bound one = { 1, 1, 1 };
	struct cost cost = { 0 };

	(void)state;
	assert_int_equal(charge_add(&cost, &one, &audited), E_OK);
	assert_true(cost.nrho == AUDIT_NRHO);
	assert_true(audit_passes(answer_at_once));
	assert_true(audit_passes(answer_one_by_one));
	assert_false(audit_passes(answer_with_half_noise));
	assert_false(audit_passes(answer_with_reused_noise));
	assert_false(audit_passes(answer_with_replayed_noise));
	assert_false(audit_passes(answer_without_noise));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grant_is_single_use),
		cmocka_unit_test(test_each_part_has_its_own_law),
		cmocka_unit_test(
		    test_failed_release_spends_the_grant_and_tells_nothing),
		cmocka_unit_test(test_one_failure_fails_the_release),
		cmocka_unit_test(
		    test_bad_law_spends_the_grant_and_tells_nothing),
		cmocka_unit_test(test_unmade_grant_is_refused),
		cmocka_unit_test(test_grant_without_a_charge_stops_the_process),
		cmocka_unit_test(test_neighbours_consume_the_same_randomness),
		cmocka_unit_test(
		    test_neighbour_audit_sees_half_and_reused_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
