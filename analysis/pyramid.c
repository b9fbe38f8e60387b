/*
 * |P_l w|^2 of a rectangle is, over the squares, the sum of (cells that they
 * share with it)^2 / s^2, which is a product of rows and columns: for each
 * axis, the sum over the blocks of s cells of (cells shared)^2, over s.
 */
#include "analysis/pyramid.h"

#include <assert.h>

static void
check(const struct pyramid *p)
{
	assert(p->levels >= 1 && p->levels <= PYRAMID_LEVELS);
	assert(p->side >= 1 && p->side <= PYRAMID_SIDE && p->square[0] == 1);
	for (unsigned l = 0; l < p->levels; l++) {
		assert(p->square[l] >= 1 && p->side % p->square[l] == 0);
		assert(l == 0 || p->square[l] % p->square[l - 1] == 0);
		assert(p->variance[l] > 0);
	}
}

static double
square(double x)
{
	return x * x;
}

/* The sum over blocks of s cells of (cells of [from, to) in it)^2, over s. */
static double
axis_range(uint32_t s, uint32_t from, uint32_t to)
{
	uint32_t first = from / s, last = (to - 1) / s;

	if (first == last)
		return square(to - from) / s;
	return (square((first + 1) * s - from) + square(to - last * s)) / s +
	       (double)(last - first - 1) * s;
}

/*
 * Its mean over all ranges of an axis of d cells.  Block k shares S(to) -
 * S(from) cells with a range, where S(x) is 0 up to the block, then grows by 1
 * to s.  Over all pairs of the d + 1 places that is (d + 1) (sum of S^2) -
 * (sum of S)^2, and with m cells behind the block the sums are a + s^2 m and
 * b + s m, a and b from the block itself.  m is 0, s, ... (blocks - 1) s.
 */
static double
axis_mean(uint32_t s, uint32_t d)
{
	double side = s, places = d + 1.0, blocks = d / s;
	double a = side * (side + 1) * (2 * side + 1) / 6;
	double b = side * (side + 1) / 2;
	double m = side * blocks * (blocks - 1) / 2; /* sums over blocks */
	double m2 = side * side * (blocks - 1) * blocks * (2 * blocks - 1) / 6;
	double sum = places * (a * blocks + side * side * m) -
		     (b * b * blocks + 2 * b * side * m + side * side * m2);

	return sum / (places * d / 2) / side;
}

/* The sum of the header from |P_l w|^2, its terms kept from falling below 0 by
 * rounding. */
static double
variance_of(const struct pyramid *p, const double energy[PYRAMID_LEVELS])
{
	double lambda = 0, sum = 0;

	for (unsigned l = 0; l < p->levels; l++) {
		double less = energy[l];

		if (l + 1 < p->levels)
			less -= energy[l + 1];
		lambda += square(p->square[l]) / p->variance[l];
		if (less > 0)
			sum += less / lambda;
	}
	return sum;
}

double
pyramid_variance(const struct pyramid *p, const struct pyramid_box *box)
{
	double energy[PYRAMID_LEVELS];

	check(p);
	assert(box->r0 <= box->r1 && box->r1 < p->side);
	assert(box->c0 <= box->c1 && box->c1 < p->side);
	for (unsigned l = 0; l < p->levels; l++)
		energy[l] = axis_range(p->square[l], box->r0, box->r1 + 1) *
			    axis_range(p->square[l], box->c0, box->c1 + 1);
	return variance_of(p, energy);
}

double
pyramid_range_variance(const struct pyramid *p)
{
	double energy[PYRAMID_LEVELS];

	check(p);
	for (unsigned l = 0; l < p->levels; l++)
		energy[l] = square(axis_mean(p->square[l], p->side));
	return variance_of(p, energy);
}
