/*
 * Promises of analysis/sparse, mixture and simplex: closed forms as integrals
 * have them, shares learnt, projections that end and are the nearest.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/simplex.h"
#include "analysis/sparse.h"
#include "tests/unit/rng_test.h"

#define PI 3.14159265358979323846

static double
normal(double x, double variance)
{
	return exp(-x * x / (2 * variance)) / sqrt(2 * PI * variance);
}

/* Density of z and mean behind it, by the trapezium rule. */
static double
by_integral(double *mean, const struct sparse *s, double z, double variance)
{
	double density = s->mix.share[0] * normal(z, variance), first = 0;
	double sd = sqrt(variance), mu = s->unit;

	for (unsigned k = 1; k < SPARSE_KINDS; k++, mu *= 4) {
		double to = fmax(z, 0) + 12 * sd, from = fmax(0, z - 12 * sd);
		double step = (to - from) / 40000;

		for (int i = 0; i <= 40000; i++) {
			double x = from + i * step;
			double f = s->mix.share[k] * exp(-x / mu) / mu *
				   normal(z - x, variance) * step *
				   (i == 0 || i == 40000 ? 0.5 : 1);

			density += f;
			first += f * x;
		}
	}
	*mean = first / density;
	return log(density);
}

/* Half nothing, half exponential of mean 8, noise of variance 4. */
static void
fill(double *z, double *variance, size_t n, struct stream *st)
{
	for (size_t i = 0; i < n; i++) {
		double u = stream_unit(st), x = 0;

		if (stream_unit(st) < 0.5)
			x = -8 * log1p(-u);
		for (int k = 0; k < 12; k++)
			x += 2 * (stream_unit(st) - 0.5);
		z[i] = x;
		variance[i] = 4;
	}
}

static void
test_closed_forms(void **state)
{
	static const double at[] = { -30, -11, -9.9, -3, 0, 1, 5, 40, 900 };
	double z[500], variance[500];
	struct stream st = { .seed = 1 };
	struct sparse s;

	(void)state;
	fill(z, variance, 500, &st);
	assert_int_equal(sparse_learn(&s, z, variance, NULL, 500), E_OK);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		double mean, want_mean;
		double got = sparse_mean(&mean, &s, at[i], 4);
		double want = by_integral(&want_mean, &s, at[i], 4);

		assert_true(fabs(got - want) <= 1e-5 * fabs(want));
		assert_true(fabs(mean - want_mean) <= 1e-4 * want_mean + 1e-9);
	}
	sparse_finish(&s);
}

/* Far out the closed forms stay finite: noise is never so large, numbers of
 * another year may be. */
static void
test_far_out(void **state)
{
	double z[] = { -1e9, -1e5, 0, 1e5, 1e12 };
	double variance[] = { 1, 1, 1, 1, 1 }, mean;
	struct sparse s;

	(void)state;
	assert_int_equal(sparse_learn(&s, z, variance, NULL, 5), E_OK);
	for (size_t i = 0; i < 5; i++) {
		assert_true(isfinite(sparse_mean(&mean, &s, z[i], 1)));
		assert_true(isfinite(mean) && mean >= 0);
		assert_true(z[i] < 1e5 || fabs(mean - z[i]) <= 3);
	}
	sparse_finish(&s);
}

/* 100,000 cases: more than teach. */
static void
test_shares_are_learnt(void **state)
{
	enum { N = 100000 };
	double *z = calloc(N, sizeof(*z)), *variance = calloc(N, sizeof(*z));
	double mean, spread, all = 0, seen = 0;
	struct stream st = { .seed = 2 };
	struct sparse s;

	(void)state;
	fill(z, variance, N, &st);
	assert_int_equal(sparse_learn(&s, z, variance, NULL, N), E_OK);
	for (unsigned k = 0; k < SPARSE_KINDS; k++) {
		assert_true(s.mix.share[k] > 0);
		all += s.mix.share[k];
	}
	assert_true(fabs(all - 1) <= 1e-12);
	/* what is nearly nothing, and what lies about 8 (means 4 and 16) */
	assert_true(fabs(s.mix.share[0] + s.mix.share[1] - 0.5) <= 0.1);
	assert_true(fabs(s.mix.share[2] + s.mix.share[3] - 0.5) <= 0.1);
	sparse_moments(&mean, &spread, &s);
	assert_true(fabs(mean - 4) <= 1);
	assert_true(spread > 40);
	for (size_t i = 0; i < N; i++) {
		(void)sparse_mean(&mean, &s, z[i], 4);
		seen += mean / N;
	}
	assert_true(fabs(seen - 4) <= 0.1); /* means add up to the total */
	sparse_finish(&s);
	free(z);
	free(variance);
}

/* Teachers of no weight teach nothing. */
static void
test_who_teaches(void **state)
{
	double z[] = { 0, 0, 5000, 0, 0 }, variance[] = { 1, 1, 1, 1, 1 };
	double teach[] = { 1, 1, 0, 1, 1 };
	struct sparse with, without;

	(void)state;
	assert_int_equal(sparse_learn(&with, z, variance, NULL, 5), E_OK);
	assert_int_equal(sparse_learn(&without, z, variance, teach, 5), E_OK);
	assert_true(with.mix.share[7] + with.mix.share[8] > 0.15);
	assert_true(without.mix.share[7] + without.mix.share[8] < 0.05);
	sparse_finish(&with);
	sparse_finish(&without);
}

/* The nearest point: x - less where kept, and nothing kept out wrongly. */
static void
test_projection(void **state)
{
	struct stream st = { .seed = 4 };
	double x[60], was[60];

	(void)state;
	for (int run = 0; run < 20000; run++) {
		size_t n = 1 + (size_t)(60 * stream_unit(&st));
		double total = run % 5 == 0 ? 0 : 100 * stream_unit(&st);
		double scale = pow(10, 12 * stream_unit(&st) - 3);
		double sum = 0, less = -INFINITY, out = -INFINITY;

		for (size_t i = 0; i < n; i++) {
			x[i] = scale * (stream_unit(&st) - 0.5);
			if (run % 3 == 0)
				x[i] = round(x[i] / scale * 4) * scale / 4;
		}
		memcpy(was, x, sizeof(x));
		simplex_project(x, n, total);
		for (size_t i = 0; i < n; i++) {
			assert_true(x[i] >= 0);
			sum += x[i];
			if (x[i] == 0)
				out = fmax(out, was[i]);
			else if (isinf(less))
				less = was[i] - x[i];
			else
				assert_true(fabs(was[i] - x[i] - less) <=
					    1e-12 * scale);
		}
		assert_true(fabs(sum - total) <= 1e-12 * (total + 60 * scale));
		assert_true(
		    total == 0 || isinf(less) || out <= less + 1e-12 * scale);
	}
}

/* Rounding moves the last one in and out for ever, if it may. */
static void
test_projection_ends(void **state)
{
	double x[] = { 0x1.5868548735698p-2, 0x1.7cd38d8fa486p-2,
		-0x1.66ee087672f36p-5 };

	(void)state;
	simplex_project(x, 3, 0x1.977bb21a3b563p-1);
	assert_true(fabs(x[0] + x[1] - 0x1.977bb21a3b563p-1) <= 1e-15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed_forms),
		cmocka_unit_test(test_far_out),
		cmocka_unit_test(test_shares_are_learnt),
		cmocka_unit_test(test_who_teaches),
		cmocka_unit_test(test_projection),
		cmocka_unit_test(test_projection_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
