/* A planted bug: 0.5 % of the negative draws lose their sign. */
#include "tests/proof/bug.h"

enum err
__wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	enum err e = __real_noise_draw(out, n, law, rng);

	for (size_t i = 0; i < n; i++)
		if (out[i] < 0 && bug_word(rng) % 100 == 0)
			out[i] = -out[i];
	return e;
}
