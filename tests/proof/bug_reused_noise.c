/* A planted bug: every 256 cells get the noise of the 256 before. */
#include "tests/proof/bug.h"

enum err
__wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	enum err e = __real_noise_draw(out, n, law, rng);

	for (size_t i = 256; i < n; i++)
		out[i] = out[i - 256];
	return e;
}
