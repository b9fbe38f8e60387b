/* A planted bug: a proposal of scale t is kept as if it had scale t + 1. */
#include "tests/proof/bug.h"

#include <math.h>
#include <stdlib.h>

/* Nearly: the law times exp(-|x| (1/t - 1/(t+1))); what is not kept is drawn
 * once more. */
enum err
__wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	double t = floor(sqrt((double)law->num / law->den)) + 1;
	double away = 1 / t - 1 / (t + 1);
	int64_t *again = calloc(n, sizeof(*again));
	enum err e = __real_noise_draw(out, n, law, rng);

	if (again == NULL)
		return E_NOMEM;
	if (e == E_OK)
		e = __real_noise_draw(again, n, law, rng);
	for (size_t i = 0; i < n && e == E_OK; i++)
		if ((double)(bug_word(rng) >> 11) * 0x1p-53 >
		    exp(-fabs((double)out[i]) * away))
			out[i] = again[i];
	free(again);
	return e;
}
