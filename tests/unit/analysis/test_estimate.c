/*
 * Promises of analysis/estimate: least squares over every choice of histograms,
 * held against dense matrices; and intervals that cover.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/estimate.h"
#include "tests/unit/analysis/dense_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const bool views[4][2] = { { true, true }, { true, false },
	{ false, true }, { false, false } };

static bool
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * (1 + fabs(b));
}

static size_t
leaves_of(const struct estimate_shape *s)
{
	return (size_t)s->flat[0] * s->flat[1] * s->tree.n[0];
}

static size_t
part_cells(const struct estimate_shape *s, const bool apart[2], unsigned level)
{
	return (apart[0] ? (size_t)s->flat[0] : 1) *
	       (apart[1] ? s->flat[1] : 1) * s->tree.n[level];
}

/* The cell of a histogram that leaf c of all is counted in. */
static size_t
cell_of(const struct estimate_shape *s, const bool apart[2], unsigned level,
    size_t c)
{
	uint32_t v =
	    forest_above(&s->tree, (uint32_t)(c % s->tree.n[0]), level);
	size_t j = c / s->tree.n[0] % s->flat[1];
	size_t i = c / s->tree.n[0] / s->flat[1];
	size_t at = apart[0] ? i : 0;

	if (apart[1])
		at = at * s->flat[1] + j;
	return at * s->tree.n[level] + v;
}

/* Everything that a question measured. */
struct answers {
	int64_t *cells[ESTIMATE_PARTS];
	double *values[TREE_LEVELS];
};

static struct answers
answers_new(
    const struct estimate_shape *s, const struct estimate_part *parts, size_t n)
{
	struct answers a;

	memset(&a, 0, sizeof(a));
	for (size_t p = 0; p < n; p++)
		a.cells[p] =
		    calloc(part_cells(s, parts[p].apart, parts[p].level),
			sizeof(int64_t));
	for (unsigned l = 0; l < s->tree.levels; l++)
		a.values[l] =
		    calloc((size_t)s->flat[0] * s->flat[1] * s->tree.n[l],
			sizeof(double));
	return a;
}

static void
answers_free(struct answers *a)
{
	for (size_t p = 0; p < ESTIMATE_PARTS; p++)
		free(a->cells[p]);
	for (unsigned l = 0; l < TREE_LEVELS; l++)
		free(a->values[l]);
}

/* cells := the counts of truth, without noise. */
static void
count(struct answers *a, const struct estimate_shape *s,
    const struct estimate_part *parts, size_t n, const int64_t *truth)
{
	for (size_t p = 0; p < n; p++) {
		memset(a->cells[p], 0,
		    part_cells(s, parts[p].apart, parts[p].level) *
			sizeof(int64_t));
		for (size_t c = 0; c < leaves_of(s); c++)
			a->cells[p][cell_of(
			    s, parts[p].apart, parts[p].level, c)] += truth[c];
	}
}

static void
solve(struct answers *a, const struct estimate *e)
{
	const int64_t *measured[ESTIMATE_PARTS];

	memcpy(measured, a->cells, sizeof(measured));
	assert_int_equal(estimate_solve(e, a->values, measured), E_OK);
}

static struct dense
dense_of(
    const struct estimate_shape *s, const struct estimate_part *parts, size_t n)
{
	size_t m = 0, row = 0;
	struct dense d;

	for (size_t p = 0; p < n; p++)
		m += part_cells(s, parts[p].apart, parts[p].level);
	d = dense_new(m, leaves_of(s));
	for (size_t p = 0; p < n; p++) {
		size_t cells = part_cells(s, parts[p].apart, parts[p].level);

		for (size_t c = 0; c < d.k; c++)
			d.a[(row +
				cell_of(s, parts[p].apart, parts[p].level, c)) *
				d.k +
			    c] = 1;
		for (size_t i = 0; i < cells; i++)
			d.precision[row + i] = 1 / parts[p].variance;
		row += cells;
	}
	dense_invert(&d);
	return d;
}

/* The excess kurtosis of an estimate with these gains. */
static double
dense_kurtosis(const struct estimate_shape *s,
    const struct estimate_part *parts, size_t n, const double *gain,
    double variance)
{
	double sum = 0;

	for (size_t p = 0; p < n; p++)
		for (size_t i = part_cells(s, parts[p].apart, parts[p].level);
		     i > 0; i--)
			sum += pow(*gain++, 4) * parts[p].fourth;
	return sum / (variance * variance);
}

/* One number of a view: estimate (of those that are given), variance,
 * kurtosis. */
static void
check_number(const struct estimate *e, const struct answers *a,
    const struct estimate_shape *s, const struct estimate_part *parts, size_t n,
    const struct dense *d, const bool view[2], unsigned level, size_t number)
{
	double *w = calloc(d->k, sizeof(*w)), *gain = calloc(d->m, sizeof(*w));
	double want = 0, variance, kurtosis, got;
	uint32_t node = (uint32_t)(number % s->tree.n[level]);
	const double *g = gain;
	bool plain = true;

	for (size_t c = 0; c < d->k; c++)
		w[c] = cell_of(s, view, level, c) == number;
	dense_gains(d, w, gain);
	variance = dense_variance(d, w);
	assert_true(
	    near(estimate_variance(e, view, level, node), variance, 1e-9));
	for (size_t p = 0; p < n; p++) {
		size_t cells = part_cells(s, parts[p].apart, parts[p].level);

		plain =
		    plain && cells == part_cells(s, views[0], parts[p].level);
		for (size_t i = 0; i < cells; i++)
			want += *g++ * (double)a->cells[p][i];
	}
	if (view[0] && view[1])
		assert_true(near(a->values[level][number], want, 1e-9));
	kurtosis = dense_kurtosis(s, parts, n, gain, variance);
	got = estimate_kurtosis(e, view, level, node);
	if (plain)
		assert_true(near(got, kurtosis, 1e-9));
	else
		assert_true(got >= kurtosis - 1e-12);
	free(w);
	free(gain);
}

static void
check_against_dense(const struct estimate_shape *s,
    const struct estimate_part *parts, size_t n, struct stream *st)
{
	struct answers a = answers_new(s, parts, n);
	struct dense d = dense_of(s, parts, n);
	double *w = calloc(d.k, sizeof(*w));
	struct estimate *e;

	for (size_t p = 0; p < n; p++)
		for (size_t i = part_cells(s, parts[p].apart, parts[p].level);
		     i > 0; i--)
			a.cells[p][i - 1] = (int64_t)dense_below(st, 200) - 50;
	assert_int_equal(estimate_new(&e, s, parts, n), E_OK);
	solve(&a, e);
	for (unsigned v = 0; v < 4; v++) {
		for (unsigned l = 0; l < s->tree.levels; l++)
			for (size_t i = part_cells(s, views[v], l); i > 0; i--)
				check_number(
				    e, &a, s, parts, n, &d, views[v], l, i - 1);
		for (size_t c = 0; c < d.k; c++)
			w[c] = (views[v][0] ? c / s->tree.n[0] / s->flat[1] == 0
					    : true) &&
			       (views[v][1] ? c / s->tree.n[0] % s->flat[1] == 0
					    : true);
		assert_true(near(estimate_total_variance(e, views[v]),
		    dense_variance(&d, w), 1e-9));
	}
	estimate_free(e);
	free(w);
	dense_free(&d);
	answers_free(&a);
}

static struct estimate_part
random_part(unsigned what, struct stream *st)
{
	return (struct estimate_part){
		.apart = { (what & 1) == 0, (what & 2) == 0 },
		.level = what >> 2,
		.variance = exp(4 * stream_unit(st) - 2),
		.fourth = 3 * stream_unit(st) - 1,
	};
}

/* Two levels, four ways to look at each: all 128 choices of other parts than
 * the cells themselves. */
static void
test_every_choice_of_parts_is_solved(void **state)
{
	struct stream st = { .seed = 11 };
	struct forest f = forest_random(&st, 2, 2, 3);
	const struct estimate_shape s = { { 2, 3 }, f.t };

	(void)state;
	for (unsigned choice = 1; choice < 256; choice += 2) {
		struct estimate_part parts[8];
		size_t n = 0;

		for (unsigned what = 0; what < 8; what++)
			if ((choice >> what & 1) != 0)
				parts[n++] = random_part(what, &st);
		check_against_dense(&s, parts, n, &st);
	}
	forest_free(&f);
}

/* Flat axes of one member, several parts alike, up to four levels. */
static void
test_every_shape_is_solved(void **state)
{
	static const uint32_t flats[][2] = { { 1, 1 }, { 1, 3 }, { 4, 1 },
		{ 2, 2 }, { 3, 2 } };
	struct stream st = { .seed = 12 };

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		const uint32_t *flat = flats[round % COUNT(flats)];
		unsigned levels = 1 + round / 5 % 4;
		struct forest f =
		    forest_random(&st, levels, 1 + dense_below(&st, 2), 2);
		struct estimate_shape s = { { flat[0], flat[1] }, f.t };
		struct estimate_part parts[6];
		size_t n = dense_below(&st, 6);

		for (size_t p = 0; p < n; p++) /* all apart in some rounds */
			parts[p] = random_part(
			    round % 3 == 0 ? dense_below(&st, levels) << 2
					   : dense_below(&st, 4 * levels),
			    &st);
		parts[n++] = random_part(0, &st);
		check_against_dense(&s, parts, n, &st);
		forest_free(&f);
	}
}

static void
test_arguments_out_of_range_are_refused(void **state)
{
	static const uint32_t parent[] = { 0, 0 };
	struct estimate_shape s = { { 2, 1 }, { 2, { 2, 1 }, { parent } } };
	struct estimate_part many[ESTIMATE_PARTS + 1];
	static const struct estimate_part bad[][2] = {
		{ { { 1, 1 }, 0, 1, 0 }, { { 1, 1 }, 2, 1, 0 } },
		{ { { 1, 1 }, 0, 1, 0 }, { { 1, 1 }, 1, 0, 0 } },
		{ { { 1, 1 }, 0, -1, 0 }, { { 1, 1 }, 1, 1, 0 } },
		{ { { 1, 1 }, 0, 1, 0 }, { { 1, 1 }, 1, NAN, 0 } },
		{ { { 1, 1 }, 0, INFINITY, 0 }, { { 1, 1 }, 1, 1, 0 } },
		{ { { 1, 1 }, 1, 1, 0 }, { { 0, 1 }, 0, 1, 0 } },
	};
	static const struct estimate_part good = { { 1, 0 }, 0, 1, 0 };
	struct estimate *e = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(estimate_new(&e, &s, bad[i], 2), E_ARG);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = good;
	assert_int_equal(estimate_new(&e, &s, many, 0), E_ARG);
	assert_int_equal(estimate_new(&e, &s, many, ESTIMATE_PARTS + 1), E_ARG);
	assert_null(e);
	/* an axis of one member is always apart */
	assert_int_equal(estimate_new(&e, &s, many, ESTIMATE_PARTS), E_OK);
	estimate_free(e);
	estimate_free(NULL);
}

/* ---- noise ---- */

#define REACH 160

/* The discrete Gaussian N_Z(0, s2), |x| <= REACH, by its cumulative table. */
struct gauss {
	double up_to[2 * REACH + 1];
};

static struct gauss
gauss_new(double s2)
{
	struct gauss g;
	double sum = 0, norm = 0;

	for (int x = -REACH; x <= REACH; x++)
		norm += exp(-x * x / (2 * s2));
	for (int x = -REACH; x <= REACH; x++)
		g.up_to[REACH + x] = sum += exp(-x * x / (2 * s2)) / norm;
	return g;
}

static int64_t
gauss_draw(const struct gauss *g, struct stream *st)
{
	double u = stream_unit(st);
	int low = -1, high = 2 * REACH; /* up_to[high] > u */

	while (high - low > 1) {
		int mid = (low + high) / 2;

		if (g->up_to[mid] > u)
			high = mid;
		else
			low = mid;
	}
	return high - REACH;
}

/* Beyond what a count of `hits` of n deviates from chance p with a probability
 * of e^-19 < 6 * 10^-9, either way (Chernoff)? */
static bool
deviates(double hits, double n, double p)
{
	double q = hits / n, far = 0;

	if (q > 0)
		far += q * log(q / p);
	if (q < 1)
		far += (1 - q) * log((1 - q) / (1 - p));
	return n * far > 19;
}

enum { TALLY_RUNS = 4000 };

/* Of one kind of number: how often intervals covered, and the sums of its
 * errors in standard deviations, and of their squares. */
struct tally {
	unsigned in95, in90;
	double sum, squares;
};

static void
tally_add(struct tally *t, double error, double variance)
{
	double z = error / sqrt(variance);

	t->in95 += fabs(z) <= 1.959963985;
	t->in90 += fabs(z) <= 1.644853627;
	t->sum += z;
	t->squares += z * z;
}

/* The estimate of one number of a view from values, which keep all apart. */
static double
number_of(double *const *values, const struct estimate_shape *s,
    const bool view[2], unsigned level, size_t i, size_t j, uint32_t v)
{
	double sum = 0;

	for (size_t a = 0; a < s->flat[0]; a++)
		for (size_t b = 0; b < s->flat[1]; b++)
			if ((!view[0] || a == i) && (!view[1] || b == j))
				sum += values[level][(a * s->flat[1] + b) *
							 s->tree.n[level] +
						     v];
	return sum;
}

/* LSOA x month x category below one police force, in four levels. */
struct trial {
	struct forest f;
	struct estimate_shape shape;
	struct answers truth, noisy;
	struct estimate *e;
	struct tally tally[4][4]; /* level, view */
};

static const struct estimate_part trial_parts[] = {
	{ { true, true }, 0, 400, 0 },
	{ { true, true }, 1, 250, 0 },
	{ { true, false }, 1, 120, 0 },
	{ { false, true }, 2, 80, 0 },
	{ { true, true }, 3, 60, 0 },
	{ { false, false }, 0, 150, 0 },
};

static void
trial_new(struct trial *t, struct stream *st)
{
	int64_t *truth;

	memset(t, 0, sizeof(*t));
	t->f = forest_random(st, 4, 1, 7);
	t->shape = (struct estimate_shape){ { 3, 4 }, t->f.t };
	assert_int_equal(
	    estimate_new(&t->e, &t->shape, trial_parts, COUNT(trial_parts)),
	    E_OK);
	t->truth = answers_new(&t->shape, trial_parts, COUNT(trial_parts));
	t->noisy = answers_new(&t->shape, trial_parts, COUNT(trial_parts));
	truth = calloc(leaves_of(&t->shape), sizeof(*truth));
	for (size_t c = 0; c < leaves_of(&t->shape); c++)
		truth[c] = (int64_t)(1 / (stream_unit(st) + 0.01)) - 1;
	count(&t->truth, &t->shape, trial_parts, COUNT(trial_parts), truth);
	solve(&t->truth, t->e);
	/* without noise the estimates are the truth */
	for (size_t c = 0; c < leaves_of(&t->shape); c++)
		assert_true(
		    near(t->truth.values[0][c], (double)truth[c], 1e-9));
	free(truth);
}

static void
trial_free(struct trial *t)
{
	answers_free(&t->truth);
	answers_free(&t->noisy);
	estimate_free(t->e);
	forest_free(&t->f);
}

/* One answer; of every level and view one number, by lot. */
static void
trial_run(struct trial *t, const struct gauss *law, struct stream *st)
{
	const struct estimate_shape *s = &t->shape;

	for (size_t p = 0; p < COUNT(trial_parts); p++)
		for (size_t i = part_cells(
			 s, trial_parts[p].apart, trial_parts[p].level);
		     i > 0; i--)
			t->noisy.cells[p][i - 1] =
			    t->truth.cells[p][i - 1] + gauss_draw(&law[p], st);
	solve(&t->noisy, t->e);
	for (unsigned l = 0; l < 4; l++)
		for (unsigned v = 0; v < 4; v++) {
			size_t i = dense_below(st, s->flat[0]);
			size_t j = dense_below(st, s->flat[1]);
			uint32_t node = dense_below(st, s->tree.n[l]);

			tally_add(&t->tally[l][v],
			    number_of(
				t->noisy.values, s, views[v], l, i, j, node) -
				number_of(t->truth.values, s, views[v], l, i, j,
				    node),
			    estimate_variance(t->e, views[v], l, node));
		}
}

/*
 * 64 checks, together of a false alarm below 10^-6.  A standard deviation 10 %
 * too large or too small is found with a chance above 99 % by the squares of
 * any one kind of number, a bias of 0.13 standard deviations by the sums.
 */
static void
test_intervals_cover_at_the_stated_rate(void **state)
{
	struct stream st = { .seed = 13 };
	struct gauss law[COUNT(trial_parts)];
	static struct trial t;

	(void)state;
	trial_new(&t, &st);
	assert_true(t.f.t.n[0] >= 100);
	for (size_t p = 0; p < COUNT(trial_parts); p++)
		law[p] = gauss_new(trial_parts[p].variance);
	for (unsigned run = 0; run < TALLY_RUNS; run++)
		trial_run(&t, law, &st);
	for (unsigned l = 0; l < 4; l++)
		for (unsigned v = 0; v < 4; v++) {
			const struct tally *k = &t.tally[l][v];
			double n = TALLY_RUNS;

			assert_false(deviates(k->in95, n, 0.95));
			assert_false(deviates(k->in90, n, 0.9));
			assert_true(fabs(k->sum) < 5.8 * sqrt(n));
			assert_true(fabs(k->squares - n) < 6.4 * sqrt(2 * n));
		}
	trial_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_choice_of_parts_is_solved),
		cmocka_unit_test(test_every_shape_is_solved),
		cmocka_unit_test(test_arguments_out_of_range_are_refused),
		cmocka_unit_test(test_intervals_cover_at_the_stated_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
