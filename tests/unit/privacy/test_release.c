/* Promises of privacy/release: a grant works once, noise is whole and fresh. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/gauss.h"
#include "privacy/release.h"
#include "tests/unit/abort_test.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CELLS 64

/* rho 0.02, exactly */
static const struct charge_law law = {
	.c = 1, .k = 1, .d = 1, .s2_num = 25, .s2_den = 1
};
#define LAW_NRHO 20000000

static const uint8_t zeros[CELLS * sizeof(int64_t)];

static void
test_grant_is_single_use(void **state)
{
	static const uint32_t exact[2] = { 3, UINT32_MAX };
	struct stream st = { .seed = 1 }, other = { .seed = 1 };
	struct rng rng = stream_rng(&st), other_rng = stream_rng(&other);
	int64_t noisy[2], noise[2];
	struct grant g;
	uint64_t read;

	(void)state;
	grant_new(&g, LAW_NRHO);
	assert_int_equal(release_counts(noisy, exact, 2, &g, &law, &rng), E_OK);
	assert_int_equal(gauss_draw(noise, 2, 25, 1, &other_rng), E_OK);
	assert_true(noisy[0] == 3 + noise[0]);
	assert_true(noisy[1] == (int64_t)UINT32_MAX + noise[1]);
	assert_memory_equal(&g, zeros, sizeof(g));

	read = st.read;
	assert_int_equal(
	    release_counts(noisy, exact, 2, &g, &law, &rng), E_SPENT);
	assert_true(st.read == read);
	assert_memory_equal(noisy, zeros, sizeof(noisy));
}

/* Whatever goes wrong: the grant is gone and nothing is left in the output. */
static void
test_failed_release_spends_the_grant_and_tells_nothing(void **state)
{
	static const struct {
		uint64_t nrho;
		struct charge_law law;
		uint64_t fails_at;
		enum err want;
	} cases[] = {
		{ LAW_NRHO - 1, { 1, 1, 1, 25, 1 }, 0, E_BUDGET },
		{ LAW_NRHO, { 1, 2, 1, 25, 1 }, 0, E_BUDGET },
		{ LAW_NRHO, { 2, 1, 1, 25, 1 }, 0, E_BUDGET },
		{ LAW_NRHO, { 1, 1, 2, 25, 1 }, 0, E_BUDGET },
		{ LAW_NRHO, { 1, 1, 1, 24999, 1000 }, 0, E_BUDGET },
		{ UINT64_MAX, { 65535, 65535, 65535, 1, 1 }, 0, E_BUDGET },
		{ LAW_NRHO, { 0, 1, 1, 25, 1 }, 0, E_ARG },
		{ LAW_NRHO, { 1, 1, 1, 0, 1 }, 0, E_ARG },
		{ LAW_NRHO, { 1, 1, 1, 25, 0 }, 0, E_ARG },
		{ LAW_NRHO, { 1, 1, 1, 25, 1 }, 1, E_RNG },
		{ LAW_NRHO, { 1, 1, 1, 25, 1 }, 5000, E_RNG },
	};
	uint32_t exact[CELLS];
	int64_t noisy[CELLS];

	(void)state;
	memset(exact, 5, sizeof(exact));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stream st = { .seed = 2, .fails_at = cases[i].fails_at };
		struct rng rng = stream_rng(&st);
		struct grant g;

		memset(noisy, 7, sizeof(noisy));
		grant_new(&g, cases[i].nrho);
		assert_int_equal(release_counts(noisy, exact, CELLS, &g,
				     &cases[i].law, &rng),
		    cases[i].want);
		assert_memory_equal(noisy, zeros, sizeof(noisy));
		assert_memory_equal(&g, zeros, sizeof(g));
		assert_true(cases[i].want == E_RNG || st.read == 0);
		assert_int_equal(
		    release_counts(noisy, exact, CELLS, &g, &law, &rng),
		    E_SPENT);
	}
}

static void
test_unmade_grant_is_refused(void **state)
{
	static const uint32_t exact[1] = { 3 };
	struct stream st = { .seed = 3 };
	struct rng rng = stream_rng(&st);
	struct grant zero = { 0 }, forged = { .seal = 1, .nrho = LAW_NRHO };
	int64_t noisy[1];

	(void)state;
	assert_int_equal(
	    release_counts(noisy, exact, 1, &zero, &law, &rng), E_SPENT);
	assert_int_equal(
	    release_counts(noisy, exact, 1, &forged, &law, &rng), E_SPENT);
	assert_true(st.read == 0);
}

static void
grant_for(void *ctx)
{
	struct grant g;

	grant_new(&g, *(uint64_t *)ctx);
}

static void
test_grant_without_a_charge_stops_the_process(void **state)
{
	uint64_t none = 0, one = 1;

	(void)state;
	assert_true(aborts(grant_for, &none));
	assert_false(aborts(grant_for, &one));
}

/* Record-play: neighbouring databases under identical randomness read as many
 * bytes of it and get the same noise. */
static void
test_neighbours_consume_the_same_randomness(void **state)
{
	static const uint32_t values[] = { 0, 1, 2, 1000, UINT32_MAX };

	(void)state;
	for (uint64_t seed = 10; seed < 20; seed++) {
		int64_t first[CELLS];
		uint64_t read = 0;

		for (size_t v = 0; v < COUNT(values); v++) {
			struct stream st = { .seed = seed };
			struct rng rng = stream_rng(&st);
			uint32_t exact[CELLS];
			int64_t noisy[CELLS];
			struct grant g;

			for (size_t i = 0; i < CELLS; i++)
				exact[i] = values[(i * v + v) % COUNT(values)];
			grant_new(&g, LAW_NRHO);
			assert_int_equal(
			    release_counts(noisy, exact, CELLS, &g, &law, &rng),
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
#define AUDIT_NRHO (CHARGE_NRHO / 2)

/* A quick source: splitmix64 (Steele, Lea, Flood 2014). */
struct quick {
	uint64_t at;
};

static enum err
quick_fill(void *ctx, void *buf, size_t len)
{
	struct quick *q = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i += 8) {
		uint64_t x = q->at += UINT64_C(0x9e3779b97f4a7c15);

		x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
		x ^= x >> 31;
		memcpy(p + i, &x, len - i < 8 ? len - i : 8);
	}
	return E_OK;
}

/* Answers two exact counts. */
typedef void mechanism(
    int64_t noisy[2], const uint32_t exact[2], const struct rng *rng);

static void
release_some(int64_t *noisy, const uint32_t *exact, size_t n, uint32_t s2_num,
    uint32_t s2_den, const struct rng *rng)
{
	struct charge_law of = {
		.c = 1, .k = 1, .d = 1, .s2_num = s2_num, .s2_den = s2_den
	};
	struct grant g;

	grant_new(&g, 100 * CHARGE_NRHO);
	assert_int_equal(release_counts(noisy, exact, n, &g, &of, rng), E_OK);
}

static void
answer_at_once(int64_t noisy[2], const uint32_t exact[2], const struct rng *rng)
{
	release_some(noisy, exact, 2, 1, 1, rng);
}

static void
answer_one_by_one(
    int64_t noisy[2], const uint32_t exact[2], const struct rng *rng)
{
	release_some(noisy, exact, 1, 1, 1, rng);
	release_some(noisy + 1, exact + 1, 1, 1, 1, rng);
}

static void
answer_with_half_noise(
    int64_t noisy[2], const uint32_t exact[2], const struct rng *rng)
{
	release_some(noisy, exact, 2, 1, 4, rng);
}

static void
answer_with_reused_noise(
    int64_t noisy[2], const uint32_t exact[2], const struct rng *rng)
{
	release_some(noisy, exact, 1, 1, 1, rng);
	noisy[1] = noisy[0] - exact[0] + exact[1];
}

/* The second release plays the randomness of the first again. */
static void
answer_with_replayed_noise(
    int64_t noisy[2], const uint32_t exact[2], const struct rng *rng)
{
	struct quick before = *(struct quick *)rng->ctx;
	struct rng again = { quick_fill, &before };

	release_some(noisy, exact, 1, 1, 1, rng);
	release_some(noisy + 1, exact + 1, 1, 1, 1, &again);
}

static void
answer_without_noise(
    int64_t noisy[2], const uint32_t exact[2], const struct rng *rng)
{
	(void)rng;
	noisy[0] = exact[0];
	noisy[1] = exact[1];
}

/* How often each half-space beyond the larger neighbour's centre is hit. */
static void
audit_side(double hits[4], mechanism *m, uint32_t count, uint64_t seed)
{
	static const int directions[4][2] = { { 1, 0 }, { 0, 1 }, { 1, -1 },
		{ 1, 1 } };
	const uint32_t exact[2] = { count, 20 };
	struct quick q = { seed };
	struct rng rng = { quick_fill, &q };

	memset(hits, 0, 4 * sizeof(*hits));
	for (int i = 0; i < AUDIT_RUNS; i++) {
		int64_t noisy[2];

		m(noisy, exact, &rng);
		for (int j = 0; j < 4; j++) {
			const int *d = directions[j];
			int64_t at = d[0] * noisy[0] + d[1] * noisy[1];

			hits[j] += at >= d[0] * 11 + d[1] * 20;
		}
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
	struct charge_law audited = {
		.c = 1, .k = 1, .d = 1, .s2_num = 1, .s2_den = 1
	};
	uint64_t nrho;

	(void)state;
	assert_int_equal(charge_gauss(&nrho, &audited), E_OK);
	assert_true(nrho == AUDIT_NRHO);
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
		cmocka_unit_test(
		    test_failed_release_spends_the_grant_and_tells_nothing),
		cmocka_unit_test(test_unmade_grant_is_refused),
		cmocka_unit_test(test_grant_without_a_charge_stops_the_process),
		cmocka_unit_test(test_neighbours_consume_the_same_randomness),
		cmocka_unit_test(
		    test_neighbour_audit_sees_half_and_reused_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
