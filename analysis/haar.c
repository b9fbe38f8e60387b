#include "analysis/haar.h"

#include <assert.h>
#include <math.h>

#define AXIS (HAAR_SIDE + 1) /* bands of an axis */

static size_t
axis_cells(unsigned l, unsigned a)
{
	return a < l ? (size_t)1 << (l - a - 1) : 1;
}

unsigned
haar_bands(const struct haar *h)
{
	assert(h->lx <= HAAR_SIDE && h->ly <= HAAR_SIDE);
	return (h->lx + 1) * (h->ly + 1);
}

size_t
haar_band_cells(const struct haar *h, unsigned a, unsigned b)
{
	assert(a <= h->lx && b <= h->ly);
	return axis_cells(h->lx, a) * axis_cells(h->ly, b);
}

/*
 * Coefficient k of a band stands where the second half of its block begins, the
 * sum of all at 0: so the first half's sum, then the second's, can take the
 * places of the block's sum and of the coefficient, without a second array.
 */
static size_t
place(unsigned l, unsigned a, size_t k)
{
	return a < l ? (2 * k + 1) << a : 0;
}

/* One band, whose coefficients begin at in, to the places of its own. */
static void
band_scatter(double *cells, const struct haar *h, unsigned a, unsigned b,
    const int64_t *in)
{
	size_t columns = axis_cells(h->lx, a), rows = axis_cells(h->ly, b);

	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c++)
			cells[(place(h->ly, b, r) << h->lx) +
			      place(h->lx, a, c)] = (double)*in++;
}

/* Blocks of 2^(a+1) cells of a row become two halves each, down to cells. */
static void
row_solve(double *row, unsigned l)
{
	for (size_t n = (size_t)1 << l; n > 1; n /= 2)
		for (size_t x = 0; x < (size_t)1 << l; x += n) {
			double sum = row[x], less = row[x + n / 2];

			row[x] = (sum + less) / 2;
			row[x + n / 2] = (sum - less) / 2;
		}
}

/* The same for whole rows of a grid. */
static void
rows_solve(double *cells, unsigned lx, unsigned ly)
{
	size_t width = (size_t)1 << lx;

	for (size_t n = (size_t)1 << ly; n > 1; n /= 2)
		for (size_t y = 0; y < (size_t)1 << ly; y += n) {
			double *first = cells + y * width;
			double *second = first + n / 2 * width;

			for (size_t x = 0; x < width; x++) {
				double sum = first[x], less = second[x];

				first[x] = (sum + less) / 2;
				second[x] = (sum - less) / 2;
			}
		}
}

enum err
haar_solve(double *cells, const struct haar *h, const int64_t *coefficients)
{
	assert(h->lx <= HAAR_SIDE && h->ly <= HAAR_SIDE);
	for (unsigned b = 0; b <= h->ly; b++)
		for (unsigned a = 0; a <= h->lx; a++) {
			band_scatter(cells, h, a, b, coefficients);
			coefficients += haar_band_cells(h, a, b);
		}
	rows_solve(cells, h->lx, h->ly);
	for (size_t y = 0; y < (size_t)1 << h->ly; y++)
		row_solve(cells + (y << h->lx), h->lx);
	return E_OK;
}

/* What an axis knows of the energy of a workload, band by band. */
struct energy {
	double axis[AXIS];
};

/* The sum over the first u cells of a block of n, +1 in the first half, -1 in
 * the second. */
static double
tent(uint32_t u, uint32_t n)
{
	return u < n - u ? u : n - u;
}

/* Of the range [from, to): of the coefficients between its ends all are 0. */
static struct energy
energy_range(unsigned l, uint32_t from, uint32_t to)
{
	struct energy e = { 0 };

	assert(from <= to && to <= UINT32_C(1) << l);
	for (unsigned a = 0; a < l; a++) {
		uint32_t n = UINT32_C(2) << a;
		double f = tent(from % n, n), t = tent(to % n, n);

		e.axis[a] =
		    from / n == to / n ? (t - f) * (t - f) : t * t + f * f;
		e.axis[a] /= (double)n * n;
	}
	e.axis[l] = ldexp((double)(to - from) * (to - from), -2 * (int)l);
	return e;
}

/* Of a cell, whichever. */
static struct energy
energy_cell(unsigned l)
{
	return energy_range(l, 0, 1);
}

/* The sum over places of two tents of one block, `apart` cells apart. */
static double
tents_together(uint32_t n, uint32_t apart)
{
	double sum = 0;

	for (uint32_t u = 0; u + apart <= n; u++)
		sum += tent(u, n) * tent(u + apart, n);
	return sum;
}

/*
 * The mean of energy_range over a random range, in band a < l.  Its ends are f
 * and f + length; over f = 0 ... D - length both ends' squares have the same
 * sum, as the tents are symmetrical.  Whole numbers until the division.
 */
static double
energy_random_band(unsigned l, unsigned a)
{
	uint32_t side = UINT32_C(1) << l, n = UINT32_C(2) << a;
	double squares = 0, sum = 0;

	for (uint32_t length = side; length >= 1; length--) {
		uint32_t last = side - length;
		double t = tent(last % n, n), both = 0;

		squares += t * t;
		if (length < n)
			both = (double)(side / n) * tents_together(n, length);
		sum += 2 * (squares - both) / (last + 1);
	}
	return sum / side / ((double)n * n);
}

static struct energy
energy_random(unsigned l)
{
	struct energy e;
	double side = ldexp(1, (int)l);

	for (unsigned a = 0; a < l; a++)
		e.axis[a] = energy_random_band(l, a);
	e.axis[l] = (side + 1) * (2 * side + 1) / (6 * side * side);
	return e;
}

/* The energy of a workload in the bands, as in variance. */
struct energies {
	double band[HAAR_BANDS];
};

/* Adds that of what is the product of x and y. */
static void
energies_add(struct energies *sum, const struct haar *h, const struct energy *x,
    const struct energy *y)
{
	for (unsigned b = 0; b <= h->ly; b++)
		for (unsigned a = 0; a <= h->lx; a++)
			sum->band[b * (h->lx + 1) + a] +=
			    x->axis[a] * y->axis[b];
}

static struct energies
energies_random(const struct haar *h)
{
	struct energies e = { 0 };
	struct energy x = energy_random(h->lx), y = energy_random(h->ly);

	energies_add(&e, h, &x, &y);
	return e;
}

static struct energies
energies_boxes(const struct haar *h, const struct haar_box *boxes, size_t n)
{
	struct energies e = { 0 };

	assert(n >= 1);
	for (size_t i = 0; i < n; i++) {
		const struct haar_box *box = &boxes[i];
		struct energy x = energy_range(h->lx, box->x0, box->x1);
		struct energy y = energy_range(h->ly, box->y0, box->y1);

		energies_add(&e, h, &x, &y);
	}
	for (unsigned i = 0; i < haar_bands(h); i++)
		e.band[i] /= (double)n;
	return e;
}

static double
variance_of(const struct haar *h, const struct energies *e)
{
	double sum = 0;

	for (unsigned i = 0; i < haar_bands(h); i++)
		sum += h->variance[i] * e->band[i];
	return sum;
}

double
haar_variance(const struct haar *h, const struct haar_box *box)
{
	struct energies e = energies_boxes(h, box, 1);

	return variance_of(h, &e);
}

double
haar_range_variance(const struct haar *h)
{
	struct energies e = energies_random(h);

	return variance_of(h, &e);
}

double
haar_boxes_variance(
    const struct haar *h, const struct haar_box *boxes, size_t n)
{
	struct energies e = energies_boxes(h, boxes, n);

	return variance_of(h, &e);
}

/* The least mean variance of a workload: unit 1, not pure. */
static double
least(const struct haar *h, const struct energies *e)
{
	double sum = 0;

	for (unsigned i = 0; i < haar_bands(h); i++)
		sum += sqrt(e->band[i]);
	return sum * sum;
}

/* Ranges and cells in one. */
static struct energies
energies_blend(
    const struct haar *h, const struct energies *ranges, double cells)
{
	struct energies e = { 0 };
	struct energy x = energy_cell(h->lx), y = energy_cell(h->ly);
	double r = least(h, ranges), c;

	energies_add(&e, h, &x, &y);
	c = least(h, &e);
	for (unsigned i = 0; i < haar_bands(h); i++)
		e.band[i] =
		    (1 - cells) * ranges->band[i] / r + cells * e.band[i] / c;
	return e;
}

static void
weigh(struct haar *h, const struct energies *ranges, double cells, double unit,
    bool pure)
{
	struct energies e;
	double sum = 0;

	assert(cells >= 0 && cells <= 1 && unit > 0);
	e = energies_blend(h, ranges, cells);
	for (unsigned i = 0; i < haar_bands(h); i++) {
		assert(e.band[i] > 0);
		e.band[i] = pure ? cbrt(e.band[i]) : sqrt(e.band[i]);
		sum += e.band[i];
	}
	for (unsigned i = 0; i < haar_bands(h); i++) {
		double share = e.band[i] / sum;

		h->variance[i] = unit / (pure ? share * share : share);
	}
}

void
haar_weigh(struct haar *h, double cells, double unit, bool pure)
{
	struct energies e = energies_random(h);

	weigh(h, &e, cells, unit, pure);
}

void
haar_weigh_boxes(struct haar *h, double cells, double unit, bool pure,
    const struct haar_box *boxes, size_t n)
{
	struct energies e = energies_boxes(h, boxes, n);

	weigh(h, &e, cells, unit, pure);
}
