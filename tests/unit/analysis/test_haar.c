/*
 * Promises of analysis/haar: against the definition of a coefficient, against
 * least squares by elimination, and against the expected errors of
 * tests/vectors.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/haar.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DENSE 64 /* cells of a grid solved by elimination */

/* xorshift64*: what a test needs to be the same every time. */
static uint64_t
draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static void
close_to(double got, double want, double within)
{
	if (!(fabs(got - want) <= within * fabs(want)))
		fail_msg("%.17g is not %.17g", got, want);
}

/* The sign of cell x in coefficient k of band a of an axis of 2^l, or 0. */
static int
sign(unsigned l, unsigned a, size_t k, size_t x)
{
	if (a == l)
		return 1;
	if (x >> (a + 1) != k)
		return 0;
	return (x >> a) % 2 == 0 ? 1 : -1;
}

/* The signs of all cells in all coefficients, one row after another. */
static int *
strategy(const struct haar *h)
{
	size_t n = (size_t)1 << (h->lx + h->ly);
	int *rows = malloc(n * n * sizeof(*rows)), *at = rows;

	assert_non_null(rows);
	for (unsigned b = 0; b <= h->ly; b++)
		for (unsigned a = 0; a <= h->lx; a++)
			for (size_t i = 0; i < haar_band_cells(h, a, b); i++) {
				size_t across = haar_band_cells(h, a, h->ly);

				for (size_t c = 0; c < n; c++)
					*at++ = sign(h->lx, a, i % across,
						    c % (1U << h->lx)) *
						sign(h->ly, b, i / across,
						    c >> h->lx);
			}
	assert_true(at == rows + n * n);
	return rows;
}

/* The variance of each coefficient, one band after another. */
static void
spread_variances(double *of, const struct haar *h)
{
	for (unsigned b = 0; b <= h->ly; b++)
		for (unsigned a = 0; a <= h->lx; a++)
			for (size_t i = 0; i < haar_band_cells(h, a, b); i++)
				*of++ = h->variance[b * (h->lx + 1) + a];
}

static void
test_counts_come_back_bit_for_bit(void **state)
{
	static const unsigned sizes[][2] = { { 0, 0 }, { 0, 1 }, { 1, 0 },
		{ 0, 5 }, { 5, 0 }, { 1, 1 }, { 2, 1 }, { 3, 5 }, { 5, 3 },
		{ 4, 4 } };
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct haar h = { .lx = sizes[i][0], .ly = sizes[i][1] };
		size_t n = (size_t)1 << (h.lx + h.ly), all = 0;
		int *rows = strategy(&h);
		int64_t counts[512], coefficients[512];
		double cells[512];

		for (unsigned b = 0; b <= h.ly; b++)
			for (unsigned a = 0; a <= h.lx; a++)
				all += haar_band_cells(&h, a, b);
		assert_int_equal(all, n);
		assert_int_equal(haar_bands(&h), (h.lx + 1) * (h.ly + 1));
		for (size_t c = 0; c < n; c++)
			counts[c] = (int64_t)(draw(&seed) >> 34);
		for (size_t r = 0; r < n; r++) {
			coefficients[r] = 0;
			for (size_t c = 0; c < n; c++)
				coefficients[r] += rows[r * n + c] * counts[c];
		}
		assert_int_equal(haar_solve(cells, &h, coefficients), E_OK);
		for (size_t c = 0; c < n; c++)
			assert_true(cells[c] == (double)counts[c]);
		free(rows);
	}
}

/* The largest grid: a few cells, whose coefficients are known. */
static void
test_the_largest_grid_is_served(void **state)
{
	struct haar h = { .lx = HAAR_SIDE, .ly = HAAR_SIDE };
	size_t n = (size_t)1 << (2 * HAAR_SIDE), at = 0;
	int64_t *coefficients = calloc(n, sizeof(*coefficients));
	double *cells = calloc(n, sizeof(*cells));
	static const uint32_t spots[][2] = { { 0, 0 }, { 1023, 0 },
		{ 511, 1023 }, { 700, 333 } };

	(void)state;
	assert_non_null(coefficients);
	assert_non_null(cells);
	for (unsigned b = 0; b <= h.ly; b++)
		for (unsigned a = 0; a <= h.lx; a++) {
			size_t across = haar_band_cells(&h, a, h.ly);

			for (size_t s = 0; s < COUNT(spots); s++) {
				uint32_t x = spots[s][0], y = spots[s][1];
				size_t k = a < h.lx ? x >> (a + 1) : 0;
				size_t r = b < h.ly ? y >> (b + 1) : 0;

				coefficients[at + r * across + k] +=
				    (int)(s + 1) * sign(h.lx, a, k, x) *
				    sign(h.ly, b, r, y);
			}
			at += haar_band_cells(&h, a, b);
		}
	assert_int_equal(haar_solve(cells, &h, coefficients), E_OK);
	for (size_t s = 0; s < COUNT(spots); s++) {
		double *spot = &cells[spots[s][1] * 1024 + spots[s][0]];

		assert_true(*spot == (double)(s + 1));
		*spot = 0;
	}
	for (size_t c = 0; c < n; c++)
		assert_true(cells[c] == 0);
	free(coefficients);
	free(cells);
}

/* x becomes the inverse of the n x n matrix m, which is spoilt. */
static void
invert(double m[DENSE][DENSE], double x[DENSE][DENSE], size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			x[i][j] = i == j;
	for (size_t i = 0; i < n; i++) {
		double pivot = m[i][i]; /* positive definite */

		for (size_t j = 0; j < n; j++) {
			m[i][j] /= pivot;
			x[i][j] /= pivot;
		}
		for (size_t r = 0; r < n; r++) {
			double f = m[r][i];

			for (size_t j = 0; r != i && f != 0 && j < n; j++) {
				m[r][j] -= f * m[i][j];
				x[r][j] -= f * x[i][j];
			}
		}
	}
}

/* The covariance of the least squares estimate: (A' V^-1 A)^-1. */
static void
covariance(
    double x[DENSE][DENSE], const int *rows, const double *variance, size_t n)
{
	static double m[DENSE][DENSE];

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			m[i][j] = 0;
			for (size_t r = 0; r < n; r++)
				m[i][j] += rows[r * n + i] * rows[r * n + j] /
					   variance[r];
		}
	invert(m, x, n);
}

/* w'x w over the cells of a box. */
static double
box_quadratic(double x[DENSE][DENSE], unsigned lx, const struct haar_box *box)
{
	double sum = 0;

	for (size_t i = 0; i < DENSE; i++)
		for (size_t j = 0; j < DENSE; j++) {
			uint32_t ix = (uint32_t)i % (1U << lx),
				 iy = (uint32_t)i >> lx;
			uint32_t jx = (uint32_t)j % (1U << lx),
				 jy = (uint32_t)j >> lx;

			if (ix >= box->x0 && ix < box->x1 && iy >= box->y0 &&
			    iy < box->y1 && jx >= box->x0 && jx < box->x1 &&
			    jy >= box->y0 && jy < box->y1)
				sum += x[i][j];
		}
	return sum;
}

static const unsigned dense_sizes[][2] = { { 0, 0 }, { 0, 3 }, { 3, 0 },
	{ 1, 2 }, { 2, 2 }, { 3, 2 }, { 1, 5 }, { 3, 3 } };

static struct haar
random_haar(unsigned lx, unsigned ly, uint64_t *seed)
{
	struct haar h = { .lx = lx, .ly = ly };

	for (unsigned i = 0; i < haar_bands(&h); i++)
		h.variance[i] = (double)(draw(seed) % 1000 + 20) / 100;
	return h;
}

/* Estimates of noisy coefficients and their errors, box by box. */
static void
test_it_is_least_squares_with_its_exact_variance(void **state)
{
	static double x[DENSE][DENSE];
	uint64_t seed = 2;

	(void)state;
	for (size_t i = 0; i < COUNT(dense_sizes); i++) {
		struct haar h =
		    random_haar(dense_sizes[i][0], dense_sizes[i][1], &seed);
		size_t n = (size_t)1 << (h.lx + h.ly);
		int *rows = strategy(&h);
		double variance[DENSE], cells[DENSE];
		int64_t noisy[DENSE];

		spread_variances(variance, &h);
		memset(x, 0, sizeof(x));
		covariance(x, rows, variance, n);
		for (size_t r = 0; r < n; r++)
			noisy[r] = (int64_t)(draw(&seed) % 201) - 100;
		assert_int_equal(haar_solve(cells, &h, noisy), E_OK);
		for (size_t c = 0; c < n; c++) {
			double want = 0; /* x A' V^-1 noisy */

			for (size_t d = 0; d < n; d++)
				for (size_t r = 0; r < n; r++)
					want += x[c][d] * rows[r * n + d] *
						(double)noisy[r] / variance[r];
			assert_true(fabs(cells[c] - want) < 1e-9);
		}
		for (int k = 0; k < 40; k++) {
			struct haar_box box;
			uint32_t w = 1U << h.lx, t = 1U << h.ly;

			box.x0 = (uint32_t)(draw(&seed) % w);
			box.y0 = (uint32_t)(draw(&seed) % t);
			box.x1 =
			    box.x0 + 1 + (uint32_t)(draw(&seed) % (w - box.x0));
			box.y1 =
			    box.y0 + 1 + (uint32_t)(draw(&seed) % (t - box.y0));
			close_to(haar_variance(&h, &box),
			    box_quadratic(x, h.lx, &box), 1e-10);
		}
		free(rows);
	}
}

/* All places of all lengths, each weighed as the header says. */
static void
test_a_random_range_is_the_mean_over_lengths_and_places(void **state)
{
	static const unsigned sizes[][2] = { { 0, 0 }, { 0, 3 }, { 4, 0 },
		{ 4, 2 }, { 2, 5 } };
	uint64_t seed = 3;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct haar h = random_haar(sizes[i][0], sizes[i][1], &seed);
		uint32_t w = 1U << h.lx, t = 1U << h.ly;
		double sum = 0, boxes = 0;
		struct haar_box b;

		for (b.x0 = 0; b.x0 < w; b.x0++)
			for (b.x1 = b.x0 + 1; b.x1 <= w; b.x1++)
				for (b.y0 = 0; b.y0 < t; b.y0++)
					for (b.y1 = b.y0 + 1; b.y1 <= t;
					     b.y1++) {
						double p = 1.0 / w / t;

						p /= w - (b.x1 - b.x0) + 1;
						p /= t - (b.y1 - b.y0) + 1;
						boxes += p;
						sum +=
						    p * haar_variance(&h, &b);
					}
		close_to(boxes, 1, 1e-12);
		close_to(haar_range_variance(&h), sum, 1e-12);
	}
}

/* What haar_weigh minimises, for its own variances. */
static double
objective(const struct haar *h, double cells, double r)
{
	static const struct haar_box cell = { 0, 0, 1, 1 };

	return (1 - cells) * haar_range_variance(h) / r +
	       cells * haar_variance(h, &cell);
}

/* Charge moved from one band to another makes it worse. */
static void
test_no_other_shares_are_better(void **state)
{
	static const double alphas[] = { 0, 0.3, 0.9, 1 };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(alphas); i++) {
		double cells = alphas[i / 2], r;
		bool pure = i % 2;
		struct haar h = { .lx = 4, .ly = 3 };
		unsigned n = haar_bands(&h);

		haar_weigh(&h, 0, 1, false);
		r = haar_range_variance(&h);
		haar_weigh(&h, cells, 1, pure);
		double best = objective(&h, cells, r), charge = 0;

		for (unsigned k = 0; k < n; k++)
			charge +=
			    1 / (pure ? sqrt(h.variance[k]) : h.variance[k]);
		close_to(charge, 1, 1e-12);
		for (unsigned k = 0; k < n; k++) {
			struct haar other = h;
			double s[2];
			unsigned to = (k + 1) % n;

			s[0] = 1 / h.variance[k];
			s[1] = 1 / h.variance[to];
			for (int j = 0; pure && j < 2; j++)
				s[j] = sqrt(s[j]);
			double move = 0.01 * (s[0] < s[1] ? s[0] : s[1]);

			s[0] -= move;
			s[1] += move;
			other.variance[k] = 1 / (pure ? s[0] * s[0] : s[0]);
			other.variance[to] = 1 / (pure ? s[1] * s[1] : s[1]);
			assert_true(objective(&other, cells, r) > best);
		}
	}
}

/* MT19937 (Matsumoto, Nishimura 1998): the source of the rectangles. */
struct twister {
	uint32_t word[624];
	int at;
};

static void
twister_seed(struct twister *t, uint32_t seed)
{
	t->word[0] = seed;
	for (uint32_t i = 1; i < 624; i++)
		t->word[i] =
		    1812433253U * (t->word[i - 1] ^ t->word[i - 1] >> 30) + i;
	t->at = 624;
}

static uint32_t
twister_next(struct twister *t)
{
	uint32_t y;

	if (t->at == 624) {
		for (int i = 0; i < 624; i++) {
			y = (t->word[i] & 0x80000000U) |
			    (t->word[(i + 1) % 624] & 0x7fffffffU);
			t->word[i] = t->word[(i + 397) % 624] ^ y >> 1 ^
				     (y % 2 ? 0x9908b0dfU : 0);
		}
		t->at = 0;
	}
	y = t->word[t->at++];
	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680U;
	y ^= y << 15 & 0xefc60000U;
	return y ^ y >> 18;
}

/* Uniform on 0 ... most, by masking and rejecting. */
static uint32_t
twister_upto(struct twister *t, uint32_t most)
{
	uint32_t mask = 1, v;

	if (most == 0)
		return 0;
	while (mask < most)
		mask = mask * 2 + 1;
	do
		v = twister_next(t) & mask;
	while (v > most);
	return v;
}

#define BOXES 2000

/* The 2,000 rectangles of the accuracy benchmark: height, width, then the
 * place of each; numpy's RandomState(0).randint. */
static void
random_boxes(struct haar_box *boxes, uint32_t side)
{
	struct twister t;

	twister_seed(&t, 0);
	for (size_t i = 0; i < BOXES; i++) {
		uint32_t high = 1 + twister_upto(&t, side - 1);
		uint32_t wide = 1 + twister_upto(&t, side - 1);

		boxes[i].y0 = twister_upto(&t, side - high);
		boxes[i].x0 = twister_upto(&t, side - wide);
		boxes[i].y1 = boxes[i].y0 + high;
		boxes[i].x1 = boxes[i].x0 + wide;
	}
}

static unsigned
log2_of(json_int_t side)
{
	unsigned l = 0;

	while (side > (json_int_t)1 << l)
		l++;
	assert_true(side == (json_int_t)1 << l);
	return l;
}

static double
number(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

static void
weighted_row(const json_t *row, bool pure)
{
	static struct haar_box boxes[BOXES];
	static const struct haar_box cell = { 0, 0, 1, 1 };
	json_int_t side = json_integer_value(json_object_get(row, "D"));
	double alpha = number(row, "alpha");
	struct haar h = { .lx = log2_of(side), .ly = log2_of(side) };

	random_boxes(boxes, (uint32_t)side);
	haar_weigh_boxes(&h, alpha, pure ? 2 : 1, pure, boxes, BOXES);
	close_to(sqrt(haar_boxes_variance(&h, boxes, BOXES)),
	    number(row, pure ? "lap_range_rmse" : "gauss_range_rmse"), 1e-12);
	close_to(sqrt(haar_variance(&h, &cell)),
	    number(row, pure ? "lap_cell_sd" : "gauss_cell_sd"), 1e-12);

	/* weights of the law that the boxes come from are as good, but for
	 * what 2,000 of them differ from all */
	haar_weigh(&h, alpha, pure ? 2 : 1, pure);
	close_to(sqrt(haar_boxes_variance(&h, boxes, BOXES)),
	    number(row, pure ? "lap_range_rmse" : "gauss_range_rmse"), 2e-3);
	close_to(sqrt(haar_variance(&h, &cell)),
	    number(row, pure ? "lap_cell_sd" : "gauss_cell_sd"), 1e-2);
}

static void
test_weighted_figures_are_met(void **state)
{
	json_error_t error;
	json_t *file =
	    json_load_file(WARD_VECTORS "/dp_weighted_haar.json", 0, &error);
	json_t *row;
	size_t i, rows = 0;

	(void)state;
	assert_non_null(file);
	json_array_foreach(file, i, row)
	{
		weighted_row(row, false);
		weighted_row(row, true);
		rows++;
	}
	assert_int_equal(rows, 16);
	json_decref(file);
}

/*
 * Other dyadic strategies on an axis are weighted Haar ones, too: identity is
 * as good as coefficients of variance n (their cells), a binary tree of l + 1
 * levels sees the difference of two halves of n / 2 cells with all the levels
 * up to theirs, 1 + 2 + ... + n / 2 times as precisely, and the total with all.
 * Variances at which every measurement has sigma 1 per unit of L2.
 */
static void
axis_strategy(struct haar *h, const char *kind)
{
	bool tree = strcmp(kind, "H2") == 0;
	unsigned l = h->lx;

	for (unsigned a = 0; a <= l; a++) {
		double n = ldexp(1, (int)(a < l ? a + 1 : l));

		if (strcmp(kind, "haar") == 0)
			h->variance[a] = l + 1;
		else
			h->variance[a] = n;
		if (tree)
			h->variance[a] *= (l + 1) / (ldexp(2, (int)a) - 1);
	}
}

/* The mean over all ranges of an axis, each as likely as another. */
static double
all_ranges(const struct haar *h)
{
	uint32_t side = 1U << h->lx;
	double sum = 0;

	for (uint32_t from = 0; from < side; from++)
		for (uint32_t to = from + 1; to <= side; to++)
			sum += haar_variance(
			    h, &(struct haar_box){ from, 0, to, 1 });
	return sum / (0.5 * side * (side + 1));
}

static void
test_strategies_on_an_axis_have_their_known_errors(void **state)
{
	json_error_t error;
	json_t *file = json_load_file(WARD_VECTORS "/dp_misc.json", 0, &error);
	json_t *row;
	size_t i, rows = 0;

	(void)state;
	assert_non_null(file);
	json_array_foreach(json_object_get(file, "oned_allrange"), i, row)
	{
		struct haar h = { .lx = log2_of(json_integer_value(
				      json_array_get(row, 0))) };
		double got;

		axis_strategy(&h, json_string_value(json_array_get(row, 1)));
		got = sqrt(all_ranges(&h));
		for (size_t k = 2; k < 4; k++)
			close_to(got, json_real_value(json_array_get(row, k)),
			    1e-12);
		rows++;
	}
	assert_int_equal(rows, 9);
	json_decref(file);
}

/* The product of two axes: every variance is that of x times that of y, so the
 * mean over all rectangles is the product of the means. */
static void
product_row(const json_t *row, uint64_t *seed)
{
	static const struct haar_box cell = { 0, 0, 1, 1 };
	unsigned l = log2_of(json_integer_value(json_object_get(row, "D")));
	struct haar axis = { .lx = l }, h = { .lx = l, .ly = l };
	double mean;

	axis_strategy(&axis, json_string_value(json_object_get(row, "kind")));
	for (unsigned i = 0; i < haar_bands(&h); i++)
		h.variance[i] =
		    axis.variance[i / (l + 1)] * axis.variance[i % (l + 1)];
	mean = all_ranges(&axis);
	close_to(mean, number(row, "gauss"), 1e-12);
	/* L1 = L2^2; epsilon sqrt 2 where sigma was 1 */
	close_to(mean * (l + 1), number(row, "laplace"), 1e-12);
	close_to(sqrt(haar_variance(&h, &cell)), number(row, "percell_gauss"),
	    1e-12);
	for (int i = 0; i < 1000; i++) {
		struct haar_box b = { 0, 0, 0, 0 }, x, y;
		uint32_t side = 1U << l;

		b.x0 = (uint32_t)(draw(seed) % side);
		b.y0 = (uint32_t)(draw(seed) % side);
		b.x1 = b.x0 + 1 + (uint32_t)(draw(seed) % (side - b.x0));
		b.y1 = b.y0 + 1 + (uint32_t)(draw(seed) % (side - b.y0));
		x = (struct haar_box){ b.x0, 0, b.x1, 1 };
		y = (struct haar_box){ b.y0, 0, b.y1, 1 };
		close_to(haar_variance(&h, &b),
		    haar_variance(&axis, &x) * haar_variance(&axis, &y), 1e-12);
	}
}

static void
test_products_of_axes_have_their_known_errors(void **state)
{
	json_error_t error;
	json_t *file = json_load_file(WARD_VECTORS "/dp_misc.json", 0, &error);
	json_t *row;
	size_t i, rows = 0;
	uint64_t seed = 4;

	(void)state;
	assert_non_null(file);
	json_array_foreach(json_object_get(file, "kron2d"), i, row)
	{
		product_row(row, &seed);
		rows++;
	}
	assert_int_equal(rows, 6);
	json_decref(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_come_back_bit_for_bit),
		cmocka_unit_test(test_the_largest_grid_is_served),
		cmocka_unit_test(
		    test_it_is_least_squares_with_its_exact_variance),
		cmocka_unit_test(
		    test_a_random_range_is_the_mean_over_lengths_and_places),
		cmocka_unit_test(test_no_other_shares_are_better),
		cmocka_unit_test(test_weighted_figures_are_met),
		cmocka_unit_test(
		    test_strategies_on_an_axis_have_their_known_errors),
		cmocka_unit_test(test_products_of_axes_have_their_known_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
