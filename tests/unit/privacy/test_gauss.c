/*
 * Promises of privacy/gauss: exactly the stated law, and nothing else.
 *
 * Statistics run on fixed seeds.  20 of them reject a true sampler with a
 * chance below 4e-8 each and 8 simpler ones below 2e-9, so together they raise
 * a false alarm on fewer than one seed in a million; the same statistics must
 * reject samplers with small planted faults.
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
#include <jansson.h>

/* The static functions are the three algorithms: tested one by one. */
#include "privacy/gauss.c"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DRAWS 700000 /* where a planted fault must be seen */
#define FEWER 200000 /* at other variances */
#define SIDE 512     /* a law is tabled on [-SIDE, SIDE] */

/* How often each value of [-SIDE, SIDE] came; what is further is in the outer
 * two, so no draw is left out. */
struct seen {
	double n[2 * SIDE + 1];
};

/* Statistics and how far a true sampler may take them: false alarm below 4e-8
 * each. */
struct fit {
	double chi2, bins; /* of at least 10 expected draws, the outer open */
	double spread_z;   /* (mean of x^2 - true) / its standard error */
	double mean_z, sign_z;
};
#define Z_MAX 5.5 /* two-sided normal tail below 4e-8 */

/* Laurent and Massart 2000, lemma 1: a chi-square of k degrees passes
 * k + 2 sqrt(k v) + 2 v with chance at most exp(-v); exp(-17.1) < 4e-8. */
static double
chi2_max(const struct fit *f)
{
	double k = f->bins - 1;

	return k + 2 * sqrt(17.1 * k) + 2 * 17.1;
}

/* P[X = i - SIDE] of the discrete Gaussian. */
static void
law_gauss(double law[2 * SIDE + 1], double s2)
{
	double sum = 0;

	for (int x = -SIDE; x <= SIDE; x++)
		sum += law[x + SIDE] = exp(-x * (double)x / (2 * s2));
	for (int i = 0; i <= 2 * SIDE; i++)
		law[i] /= sum;
}

/* The statistic of all bins, from the left. */
static void
fit_bins(struct fit *f, const double law[2 * SIDE + 1], const struct seen *seen,
    double n)
{
	double want = 0, got = 0, left = n;

	for (int i = 0; i <= 2 * SIDE; i++) {
		want += n * law[i];
		got += seen->n[i];
		left -= n * law[i];
		if ((want < 10 || left < 10) && i < 2 * SIDE)
			continue;
		f->chi2 += (got - want) * (got - want) / want;
		f->bins++;
		want = got = 0;
	}
}

static struct fit
fit_of(const struct seen *seen, double n, double s2)
{
	static double law[2 * SIDE + 1];
	double sum = 0, sum2 = 0, var = 0, fourth = 0, plus = 0, minus = 0;
	struct fit f = { 0 };

	law_gauss(law, s2);
	fit_bins(&f, law, seen, n);
	for (int x = -SIDE; x <= SIDE; x++) {
		double came = seen->n[x + SIDE], x2 = (double)x * x;

		sum += came * x;
		sum2 += came * x2;
		var += law[x + SIDE] * x2;
		fourth += law[x + SIDE] * x2 * x2;
		plus += x > 0 ? came : 0;
		minus += x < 0 ? came : 0;
	}
	f.mean_z = sum / sqrt(n * var);
	f.spread_z = (sum2 - n * var) / sqrt(n * (fourth - var * var));
	f.sign_z = (plus - minus) / sqrt(plus + minus);
	return f;
}

static bool
fit_good(const struct fit *f)
{
	return f->chi2 <= chi2_max(f) && fabs(f->spread_z) <= Z_MAX &&
	       fabs(f->mean_z) <= Z_MAX && fabs(f->sign_z) <= Z_MAX;
}

/* Would it be rejected with a chance above 95 %?  *f is of expected counts, so
 * each statistic is that of a typical run: 1.65 standard errors to spare. */
static bool
fit_surely_bad(const struct fit *f)
{
	const double spare = 1.65;
	double k = f->bins - 1, away = f->chi2; /* noncentrality */

	return away + k - spare * sqrt(2 * k + 4 * away) > chi2_max(f) ||
	       fabs(f->spread_z) > Z_MAX + spare ||
	       fabs(f->mean_z) > Z_MAX + spare ||
	       fabs(f->sign_z) > Z_MAX + spare;
}

static void
fit_fail(const char *what, double s2, const struct fit *f)
{
	fail_msg("%s, s2 %g: chi2 %.1f of %.1f, z %.2f %.2f %.2f", what, s2,
	    f->chi2, chi2_max(f), f->spread_z, f->mean_z, f->sign_z);
}

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

	(void)state;
	for (size_t i = 0; i < COUNT(s2); i++) {
		double value = (double)s2[i].num / s2[i].den;
		struct stream st = { .seed = 100 + i };
		struct rng rng = stream_rng(&st);
		struct seen seen = { { 0 } };
		size_t n = s2[i].n;
		struct fit f;

		assert_int_equal(
		    gauss_draw(draws, n, s2[i].num, s2[i].den, &rng), E_OK);
		for (size_t j = 0; j < n; j++) {
			int64_t at = draws[j] + SIDE;

			at = at < 0 ? 0 : at > 2 * SIDE ? 2 * SIDE : at;
			seen.n[at]++;
		}
		f = fit_of(&seen, (double)n, value);
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
			struct seen seen;
			double sum = 0;
			struct fit f;

			for (int x = -SIDE; x <= SIDE; x++)
				sum += seen.n[x + SIDE] =
				    weight_faulty(x, (enum fault)fault, s2[i]);
			for (int j = 0; j <= 2 * SIDE; j++)
				seen.n[j] *= DRAWS / sum;
			f = fit_of(&seen, DRAWS, s2[i]);
			if (fault == NONE ? !fit_good(&f) : !fit_surely_bad(&f))
				fit_fail(faults[fault], s2[i], &f);
		}
}

/* The vectors of the file whose name starts with kind, one by one. */
static void
with_vectors(
    const char *kind, void (*check)(const char *name, const int64_t *want,
			  size_t n, uint64_t words))
{
	json_error_t error;
	json_t *file =
	    json_load_file(WARD_VECTORS "/dp_sampler_streams.json", 0, &error);
	json_t *list = json_object_get(file, "vectors"), *one;
	size_t at, used = 0;

	assert_non_null(file);
	json_array_foreach(list, at, one)
	{
		const char *name =
		    json_string_value(json_object_get(one, "name"));
		json_t *outputs = json_object_get(one, "outputs");
		int64_t want[64];
		size_t n = json_array_size(outputs);

		assert_in_range(n, 1, 64);
		if (strncmp(name, kind, strlen(kind)) != 0)
			continue;
		for (size_t i = 0; i < n; i++)
			want[i] =
			    json_integer_value(json_array_get(outputs, i));
		check(name, want, n,
		    (uint64_t)json_integer_value(
			json_object_get(one, "words_consumed")));
		used++;
	}
	assert_true(used > 0);
	json_decref(file);
}

/* Words of the pool that are used up. */
static uint64_t
words_read(const struct stream *st, const struct words *w)
{
	return st->read / 8 - (POOL - w->at);
}

static void
check_laplace(const char *name, const int64_t *want, size_t n, uint64_t words)
{
	struct stream st = { .seed = 0 };
	struct rng rng = stream_rng(&st);
	struct words w = { .rng = &rng, .at = POOL };
	unsigned t;

	assert_int_equal(sscanf(name, "dlap t=%u", &t), 1);
	for (size_t i = 0; i < n; i++) {
		bool minus;
		int64_t size = laplace(&w, &minus, t);

		assert_true((minus ? -size : size) == want[i]);
	}
	assert_true(words_read(&st, &w) == words);
}

static void
check_gauss(const char *name, const int64_t *want, size_t n, uint64_t words)
{
	struct stream st = { .seed = 0 }, again = { .seed = 0 };
	struct rng rng = stream_rng(&st);
	struct words w = { .rng = &rng, .at = POOL };
	unsigned p, q;
	int64_t out[64];

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
	with_vectors("dlap", check_laplace);
	with_vectors("dgauss", check_gauss);
}

/* Hands out the words of a list, then zeros. */
struct list {
	const uint64_t *words;
	size_t n;
};

static enum err
list_fill(void *ctx, void *buf, size_t len)
{
	struct list *l = ctx;
	uint8_t *p = buf;

	memset(buf, 0, len);
	for (size_t i = 0; i < l->n; i++)
		for (unsigned j = 0; j < 8; j++)
			p[8 * i + j] = (uint8_t)(l->words[i] >> (8 * j));
	return E_OK;
}

/* The largest multiple of m up to 2^64 (2^128) ends what is taken: one below
 * it is kept, it itself is not. */
static void
test_uniform_integers_have_no_modulo_bias(void **state)
{
	static const struct {
		uint64_t m, limit; /* 0: all of 2^64 */
	} cases[] = {
		{ 2, 0 },
		{ 3, UINT64_MAX },
		{ 10, UINT64_C(18446744073709551610) },
		{ UINT64_C(1) << 63, 0 },
		{ (UINT64_C(1) << 63) + 1, (UINT64_C(1) << 63) + 1 },
		{ UINT64_MAX, UINT64_MAX },
	};
	const u128 wide = (u128)3 << 126; /* the limit is m itself */

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t words[2] = { cases[i].limit - 1, 1 };
		struct list l = { words, 2 };
		struct rng rng = { list_fill, &l };
		struct words w = { .rng = &rng, .at = POOL };

		assert_true(below64(&w, cases[i].m) ==
			    (cases[i].limit - 1) % cases[i].m);
		words[0] = cases[i].limit;
		w.at = POOL;
		assert_true(
		    below64(&w, cases[i].m) == (cases[i].limit == 0 ? 0 : 1));
	}
	for (int past = 0; past < 2; past++) {
		uint64_t words[4] = { UINT64_C(3) << 62, 0, 0, 5 };
		struct list l = { words, 4 };
		struct rng rng = { list_fill, &l };
		struct words w = { .rng = &rng, .at = POOL };

		if (!past) {
			words[0]--;
			words[1] = UINT64_MAX;
		}
		assert_true(below(&w, wide) == (past ? 5 : wide - 1));
	}
}

/* exp(-num / den) as a frequency; 6 standard errors, below 2e-9. */
static void
test_flips_have_the_stated_chance(void **state)
{
	static const struct {
		uint64_t num, den;
	} odds[] = { { 0, 1 }, { 1, 1 }, { 1, 2 }, { 1, 100 }, { 5, 2 },
		{ 3, 1 }, { UINT64_C(1) << 62, UINT64_C(1) << 61 },
		{ UINT64_MAX / 3, UINT64_MAX } };
	struct stream st = { .seed = 300 };
	struct rng rng = stream_rng(&st);
	struct words w = { .rng = &rng, .at = POOL };

	(void)state;
	for (size_t i = 0; i < COUNT(odds); i++) {
		double p = exp(-(double)odds[i].num / (double)odds[i].den);
		double n = 20000, hits = 0;

		for (int j = 0; j < n; j++)
			hits += flip_exp(&w, odds[i].num, odds[i].den);
		assert_true(fabs(hits - n * p) <= 6 * sqrt(n * p * (1 - p)));
	}
}

static void
test_root_is_the_floor(void **state)
{
	(void)state;
	for (uint64_t r = 0; r <= 65535; r++) {
		assert_int_equal(root((uint32_t)(r * r)), r);
		assert_int_equal(root((uint32_t)(r * r + 2 * r)), r);
	}
	assert_int_equal(root(UINT32_MAX), 65535);
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
	static const int64_t zero[1000];
	int64_t out[1000];

	(void)state;
	for (uint64_t pools = 0; pools < 4; pools++) {
		struct stream st = { .seed = 500,
			.fails_at = pools * POOL * 8 + 1 };
		struct rng rng = stream_rng(&st);

		memset(out, 7, sizeof(out));
		assert_int_equal(
		    gauss_draw(out, COUNT(out), 50, 1, &rng), E_RNG);
		assert_memory_equal(out, zero, sizeof(out));
		assert_true(st.read == pools * POOL * 8);
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

/* A source that is stuck at zero ends in an error, not in a loop or noise. */
static void
test_stuck_source_is_refused(void **state)
{
	static const int64_t zero[4];
	struct list none = { NULL, 0 };
	struct rng rng = { list_fill, &none };
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
		cmocka_unit_test(test_uniform_integers_have_no_modulo_bias),
		cmocka_unit_test(test_flips_have_the_stated_chance),
		cmocka_unit_test(test_root_is_the_floor),
		cmocka_unit_test(test_every_variance_is_drawn),
		cmocka_unit_test(test_failure_leaves_no_noise_behind),
		cmocka_unit_test(test_stuck_source_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
