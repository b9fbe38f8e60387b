#include "analysis/component.h"

bool
component_exists(const uint32_t flat[2], unsigned r)
{
	return ((r & 1) == 0 || flat[0] > 1) && ((r & 2) == 0 || flat[1] > 1);
}

bool
component_told(const bool apart[2], unsigned r)
{
	return ((r & 1) == 0 || apart[0]) && ((r & 2) == 0 || apart[1]);
}

double
component_lengths(const uint32_t flat[2], const bool apart[2])
{
	return (apart[0] ? 1 : (double)flat[0]) *
	       (apart[1] ? 1 : (double)flat[1]);
}

/* One axis of n: the diagonal of the projection on the mean or the deviations
 * if kept apart, the sum of all its entries if added up. */
static double
share_of(double n, bool apart, bool deviates)
{
	if (!apart)
		return deviates ? 0 : n;
	return deviates ? 1 - 1 / n : 1 / n;
}

double
component_share(const uint32_t flat[2], const bool apart[2], unsigned r)
{
	return share_of(flat[0], apart[0], (r & 1) != 0) *
	       share_of(flat[1], apart[1], (r & 2) != 0);
}
