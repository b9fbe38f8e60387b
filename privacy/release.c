#include "privacy/release.h"

#include <assert.h>
#include <string.h>

/* Against accidents, not attackers: the ledger is the authority. */
#define SEAL UINT32_C(0x77617264)

void
grant_new(struct grant *out, const struct cost *cost)
{
	assert(cost->nrho > 0 || cost->neps > 0);
	*out = (struct grant){ .seal = SEAL, .cost = *cost };
}

/* Does that grant cover the plan? */
static enum err
covers(const struct cost *granted, const struct release_plan *plan)
{
	struct cost need = { 0 };

	if (plan->n_parts == 0)
		return E_ARG;
	for (size_t i = 0; i < plan->n_parts; i++) {
		enum err e = charge_add(&need, &plan->bound, &plan->parts[i]);

		if (e == E_RANGE)
			return E_BUDGET; /* more than any grant can say */
		if (e != E_OK)
			return e;
	}
	return cost_within(&need, granted) ? E_OK : E_BUDGET;
}

/* The noise of all parts, one after another. */
static enum err
draw(int64_t *noisy, const struct release_plan *plan, const struct rng *rng)
{
	enum err e = E_OK;

	for (size_t i = 0; i < plan->n_parts && e == E_OK; i++) {
		const struct charge_part *part = &plan->parts[i];

		e = noise_draw(noisy, part->cells, &part->law, rng);
		noisy += part->cells;
	}
	return e;
}

enum err
release_counts(int64_t *noisy, const int64_t *exact, struct grant *grant,
    const struct release_plan *plan, const struct rng *rng)
{
	struct grant copy = *grant;
	size_t n = 0;
	enum err e;

	/* Before any check: no path returns with a grant that still works. */
	explicit_bzero(grant, sizeof(*grant));
	for (size_t i = 0; i < plan->n_parts; i++)
		n += plan->parts[i].cells;
	e = copy.seal == SEAL ? covers(&copy.cost, plan) : E_SPENT;
	if (e == E_OK)
		e = draw(noisy, plan, rng);
	if (e != E_OK) {
		explicit_bzero(noisy, n * sizeof(*noisy));
		return e;
	}
	/* |noise| < NOISE_MAX = 2^41, and exact is smaller than 2^41 by
	 * promise: the sum cannot overflow, so it needs no check that would
	 * branch on a count. */
	for (size_t i = 0; i < n; i++)
		noisy[i] += exact[i];
	return E_OK;
}
