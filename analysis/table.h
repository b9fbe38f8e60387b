/*
 * analysis/table.h -- tables brought to their margins.
 *
 * A table x[rows][columns], the sums row[rows] and column[columns] that it must
 * have: all >= 0, both of the same sum; rows, columns >= 1.
 */
#ifndef ANALYSIS_TABLE_H
#define ANALYSIS_TABLE_H

#include <stddef.h>

#include "base/err.h"

/*
 * table_project: x becomes the non-negative table of these margins that is
 * nearest to it (least squares), to about 10^-6 of its sum; the margins hold to
 * rounding.  x may be negative; what is of these margins already and >= 0 stays
 * as it is.
 *
 * E_NOMEM	x is untouched.
 */
enum err table_project(double *x, size_t rows, size_t columns,
    const double *row, const double *column) MUST_USE;

/*
 * table_apportion: x[n], each >= 0, becomes whole numbers >= 0 of sum total, a
 * whole number >= 0, by largest remainders, of equal ones (to 2^-20) the first:
 * the nearest such (least squares).
 *
 * E_NOMEM	x is untouched.
 */
enum err table_apportion(double *x, size_t n, double total) MUST_USE;

/*
 * table_round: x, each >= 0, becomes whole numbers >= 0 of these margins, which
 * are whole: every row is apportioned; then single units move within rows, the
 * best move first, until the columns are right.
 *
 * E_NOMEM	x is untouched.
 */
enum err table_round(double *x, size_t rows, size_t columns, const double *row,
    const double *column) MUST_USE;

#endif
