/* A planted bug: the scale is 1 % too small. */
#include "tests/proof/bug.h"

enum err
__wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	struct noise_law less = *law;
	unsigned scale = law->noise == NOISE_GAUSS ? 9801 : 9900;

	less.num *= scale / 100;
	less.den *= 100;
	return __real_noise_draw(out, n, &less, rng);
}
