#include "analysis/simplex.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

void
simplex_project(double *x, size_t n, double total)
{
	double less = -INFINITY;
	size_t kept = SIZE_MAX, before;

	assert(n >= 1 && total >= 0);
	do {
		double sum = 0;

		before = kept;
		kept = 0;
		for (size_t i = 0; i < n; i++)
			if (x[i] > less) {
				sum += x[i];
				kept++;
			}
		/* total 0, or rounding at the last one kept */
		if (kept == 0)
			break;
		less = (sum - total) / (double)kept;
	} while (kept < before); /* rounding might let one in again */
	for (size_t i = 0; i < n; i++)
		x[i] = x[i] > less ? x[i] - less : 0;
}
