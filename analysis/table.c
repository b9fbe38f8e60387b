/*
 * The nearest table is max(0, x - a - b) with one number a for each row and b
 * for each column, the multipliers of the margins.  With all b fixed, the a are
 * found row by row, and the other way round: coordinate ascent of the dual,
 * which is concave and smooth where all margins are above 0; rows and columns
 * of 0 are left out (a or b infinite).  Each multiplier is a root of a convex
 * falling function of straight pieces, found by Newton's method, exactly.
 *
 * What is left of the columns' differences when the turns end is moved within
 * rows.
 */
#include "analysis/table.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TURNS 300
#define STEPS 60     /* of Newton's: each changes who is above 0 */
#define STILL 1e-13  /* a multiplier that moves less is found */
#define CLOSE 1e-7   /* of the sum: differences of columns, moved at the end */
#define GRAIN 0x1p20 /* remainders are compared in steps of 1 / GRAIN */
#define ALIKE 0x1p-5 /* moves whose gains differ less are made together */

struct project {
	size_t rows, columns;
	double *x, *turned; /* x, and x with rows for columns */
	double *a, *b;      /* multipliers of rows, of columns */
};

/* The one of x[n] at which, with the others as they are, the sum is what is
 * wanted, > 0.  Returns the difference before. */
static double
solve(
    double *one, const double *x, size_t n, const double *others, double wanted)
{
	double first = 0;

	for (unsigned step = 0; step < STEPS; step++) {
		double sum = 0, above = 0, most = -INFINITY, next, moved;

		for (size_t j = 0; j < n; j++) {
			double v = x[j] - others[j], left = v - *one;

			most = v > most ? v : most;
			sum += left > 0 ? left : 0;
			above += left > 0;
		}
		if (step == 0)
			first = fabs(sum - wanted);
		/* from beyond all, the far side: the largest has it all */
		next =
		    above > 0 ? *one + (sum - wanted) / above : most - wanted;
		moved = fabs(next - *one);
		*one = next;
		if (moved <= STILL * (1 + fabs(next)))
			break;
	}
	return first;
}

/* One turn of rows, or of columns; returns the sum of their differences. */
static double
solve_all(double *ones, const double *x, size_t n_ones, size_t n,
    const double *others, const double *wanted)
{
	double sum = 0;

	for (size_t i = 0; i < n_ones; i++)
		if (wanted[i] > 0)
			sum += solve(&ones[i], x + i * n, n, others, wanted[i]);
	return sum;
}

/* Multipliers by turns; rows first and last. */
static void
find_multipliers(struct project *p, const double *row, const double *column)
{
	double total = 0, away;

	for (size_t i = 0; i < p->rows; i++) {
		p->a[i] = row[i] > 0 ? 0 : INFINITY;
		total += row[i];
		for (size_t j = 0; j < p->columns; j++)
			p->turned[j * p->rows + i] = p->x[i * p->columns + j];
	}
	for (size_t j = 0; j < p->columns; j++)
		p->b[j] = column[j] > 0 ? 0 : INFINITY;
	(void)solve_all(p->a, p->x, p->rows, p->columns, p->b, row);
	for (unsigned turn = 0; turn < TURNS; turn++) {
		away = solve_all(
		    p->b, p->turned, p->columns, p->rows, p->a, column);
		(void)solve_all(p->a, p->x, p->rows, p->columns, p->b, row);
		if (away <= CLOSE * total)
			break;
	}
}

/* The first column at or after k that has too little; columns if none. */
static size_t
short_of(const double *excess, size_t columns, size_t k, double still)
{
	while (k < columns && excess[k] >= -still)
		k++;
	return k;
}

/* Moves what a cell may give to columns that have too little, from k on. */
static size_t
give(double *row, double *excess, size_t columns, size_t j, size_t k,
    double still)
{
	while (row[j] > 0 && excess[j] > still &&
	       (k = short_of(excess, columns, k, still)) < columns) {
		double part = fmin(fmin(row[j], excess[j]), -excess[k]);

		row[j] -= part;
		row[k] += part;
		excess[j] -= part;
		excess[k] += part;
	}
	return k;
}

/* Rows keep their sums, columns get theirs: one above it has cells to give. */
static void
move_rest(double *x, size_t rows, size_t columns, const double *column,
    double *excess)
{
	double still = 0;
	size_t k = 0;

	for (size_t j = 0; j < columns; j++) {
		excess[j] = -column[j];
		still += STILL * column[j];
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++)
			excess[j] += x[i * columns + j];
	for (size_t j = 0; j < columns; j++)
		for (size_t i = 0; i < rows && excess[j] > still; i++)
			k = give(x + i * columns, excess, columns, j, k, still);
}

enum err
table_project(double *x, size_t rows, size_t columns, const double *row,
    const double *column)
{
	struct project p = { .rows = rows, .columns = columns, .x = x };

	p.turned = calloc(rows * columns + rows + columns, sizeof(double));
	if (p.turned == NULL)
		return E_NOMEM;
	p.a = p.turned + rows * columns;
	p.b = p.a + rows;
	find_multipliers(&p, row, column);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < columns; j++) {
			double *cell = &x[i * columns + j];
			double left = *cell - p.a[i] - p.b[j];

			*cell = left > 0 ? left : 0;
		}
	move_rest(x, rows, columns, column, p.b);
	free(p.turned);
	return E_OK;
}

/* ---- whole numbers ---- */

struct unit { /* one more, or one less, of a cell */
	double gain;
	size_t cell;
};

static int
unit_order(const void *a, const void *b)
{
	const struct unit *u = a, *v = b;

	if (u->gain != v->gain)
		return u->gain > v->gain ? -1 : 1;
	return u->cell < v->cell ? -1 : u->cell > v->cell;
}

/* Adds sign to as many cells of out as left says and as can, the nearest
 * first; returns how many. */
static double
apportion_units(double *out, const double *x, size_t n, double left,
    double sign, struct unit *units)
{
	size_t can = 0, done = 0;

	for (size_t i = 0; i < n; i++)
		if (out[i] + sign >= 0)
			units[can++] = (struct unit){
				floor(sign * (x[i] - out[i]) * GRAIN + 0.5), i
			};
	qsort(units, can, sizeof(*units), unit_order);
	for (; done < can && (double)done < left; done++)
		out[units[done].cell] += sign;
	assert(done > 0);
	return (double)done;
}

static void
apportion(
    double *out, const double *x, size_t n, double total, struct unit *units)
{
	double left = total, all;

	for (size_t i = 0; i < n; i++) {
		out[i] = floor(x[i]);
		left -= out[i];
	}
	all = left > 0 ? floor(left / (double)n) : 0;
	for (size_t i = 0; i < n && all > 0; i++)
		out[i] += all;
	left -= all * (double)n;
	while (left > 0)
		left -= apportion_units(out, x, n, left, 1, units);
	while (left < 0)
		left += apportion_units(out, x, n, -left, -1, units);
}

enum err
table_apportion(double *x, size_t n, double total)
{
	double *out = calloc(n, sizeof(*out));
	struct unit *units = calloc(n, sizeof(*units));
	enum err e = E_NOMEM;

	if (out != NULL && units != NULL) {
		apportion(out, x, n, total, units);
		memcpy(x, out, n * sizeof(*x));
		e = E_OK;
	}
	free(out);
	free(units);
	return e;
}

struct move {
	double gain; /* how much nearer, in steps of one cell's remainder */
	size_t from, to;
};

/* The best move within a row from a column that has too much to one that has
 * too little; gain -INFINITY: there is none. */
static struct move
best_move(const double *out, const double *x, const double *excess, size_t n)
{
	double most_from = -INFINITY, most_to = -INFINITY;
	struct move m = { -INFINITY, 0, 0 };

	for (size_t j = 0; j < n; j++) {
		double over = out[j] - x[j];

		if (excess[j] > 0 && out[j] >= 1 && over > most_from) {
			most_from = over;
			m.from = j;
		}
		if (excess[j] < 0 && -over > most_to) {
			most_to = -over;
			m.to = j;
		}
	}
	m.gain = most_from + most_to;
	return m;
}

/* Makes the moves of a row whose gain is at least `gain`; returns how many. */
static double
move_units(double *out, const double *x, double *excess, size_t n, double gain)
{
	double moved = 0;
	struct move m;

	while ((m = best_move(out, x, excess, n)).gain >= gain) {
		out[m.from]--;
		out[m.to]++;
		excess[m.from]--;
		excess[m.to]++;
		moved++;
	}
	return moved;
}

static void
round_columns(
    double *out, const double *x, size_t rows, size_t columns, double *excess)
{
	double surplus = 0;

	for (size_t j = 0; j < columns; j++)
		surplus += fmax(excess[j], 0);
	while (surplus > 0) {
		double best = -INFINITY;

		for (size_t i = 0; i < rows; i++)
			best = fmax(best, best_move(out + i * columns,
					      x + i * columns, excess, columns)
					      .gain);
		assert(best > -INFINITY); /* a column above 0 has a cell */
		for (size_t i = 0; i < rows; i++)
			surplus -= move_units(out + i * columns,
			    x + i * columns, excess, columns, best - ALIKE);
	}
}

enum err
table_round(double *x, size_t rows, size_t columns, const double *row,
    const double *column)
{
	size_t cells = rows * columns;
	double *out = calloc(cells + columns, sizeof(*out));
	double *excess = out == NULL ? NULL : out + cells;
	struct unit *units = calloc(columns, sizeof(*units));
	enum err e = E_NOMEM;

	if (out == NULL || units == NULL)
		goto out;
	for (size_t j = 0; j < columns; j++)
		excess[j] = -column[j];
	for (size_t i = 0; i < rows; i++) {
		double *at = out + i * columns;

		apportion(at, x + i * columns, columns, row[i], units);
		for (size_t j = 0; j < columns; j++)
			excess[j] += at[j];
	}
	round_columns(out, x, rows, columns, excess);
	memcpy(x, out, cells * sizeof(*x));
	e = E_OK;
out:
	free(out);
	free(units);
	return e;
}
