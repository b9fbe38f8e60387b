/* A planted bug: noise of half the standard deviation that was charged. */
#include "tests/proof/bug.h"

enum err
__wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	struct noise_law half = *law;

	half.num = half.num / (law->noise == NOISE_GAUSS ? 4 : 2);
	if (half.num == 0) {
		half = *law;
		half.den *= law->noise == NOISE_GAUSS ? 4 : 2;
	}
	return __real_noise_draw(out, n, &half, rng);
}
