/* A planted bug: answers below zero leave as zero. */
#include "tests/proof/bug.h"

enum err
__wrap_release_counts(int64_t *noisy, const int64_t *exact, struct grant *grant,
    const struct release_plan *plan, const struct rng *rng)
{
	enum err e = __real_release_counts(noisy, exact, grant, plan, rng);
	size_t n = 0;

	for (size_t i = 0; i < plan->n_parts; i++)
		n += plan->parts[i].cells;
	for (size_t i = 0; i < n; i++)
		if (noisy[i] < 0)
			noisy[i] = 0;
	return e;
}
