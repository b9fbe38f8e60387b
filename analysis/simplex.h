/*
 * analysis/simplex.h -- the nearest non-negative numbers of a given sum.
 */
#ifndef ANALYSIS_SIMPLEX_H
#define ANALYSIS_SIMPLEX_H

#include <stddef.h>

/*
 * simplex_project: x[n] becomes the point nearest to it (least squares) of
 * {all >= 0, sum = total}: max(0, x - one number for all), found by leaving
 * out what would be negative until nothing is (Michelot, "A finite algorithm
 * for finding the projection of a point onto the canonical simplex", J. Optim.
 * Theory Appl. 50 (1986)).  n >= 1, total >= 0, x finite (assert).
 */
void simplex_project(double *x, size_t n, double total);

#endif
