#include "privacy/release.h"

#include <assert.h>
#include <string.h>

#include "privacy/gauss.h"

/* Against accidents, not attackers: the ledger is the authority. */
#define SEAL UINT32_C(0x77617264)

void
grant_new(struct grant *out, uint64_t nrho)
{
	assert(nrho > 0);
	*out = (struct grant){ .seal = SEAL, .nrho = nrho };
}

/* Does that charge cover the law? */
static enum err
covers(uint64_t granted_nrho, const struct charge_law *law)
{
	uint64_t need_nrho;
	enum err e = charge_gauss(&need_nrho, law);

	if (e == E_RANGE)
		return E_BUDGET; /* more than any grant can say */
	if (e != E_OK)
		return e;
	return need_nrho <= granted_nrho ? E_OK : E_BUDGET;
}

enum err
release_counts(int64_t *noisy, const uint32_t *exact, size_t n,
    struct grant *grant, const struct charge_law *law, const struct rng *rng)
{
	struct grant copy = *grant;
	enum err e;

	/* Before any check: no path returns with a grant that still works. */
	explicit_bzero(grant, sizeof(*grant));
	if (copy.seal != SEAL)
		e = E_SPENT;
	else
		e = covers(copy.nrho, law);
	if (e == E_OK)
		e = gauss_draw(noisy, n, law->s2_num, law->s2_den, rng);
	if (e != E_OK) {
		explicit_bzero(noisy, n * sizeof(*noisy));
		return e;
	}
	/* |noise| < GAUSS_MAX = 2^40 and exact < 2^32: the sum cannot overflow,
	 * so it needs no check that would branch on a count. */
	for (size_t i = 0; i < n; i++)
		noisy[i] += (int64_t)exact[i];
	return E_OK;
}
