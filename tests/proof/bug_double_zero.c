/* A planted bug: zero counts twice, as +0 and as -0. */
#include "tests/proof/bug.h"

#include <stdlib.h>

/* P[0] = p becomes p + (1 - p) p / 4. */
enum err
__wrap_noise_draw(
    int64_t *out, size_t n, const struct noise_law *law, const struct rng *rng)
{
	int64_t *again = calloc(n, sizeof(*again));
	enum err e = __real_noise_draw(out, n, law, rng);

	if (again == NULL)
		return E_NOMEM;
	if (e == E_OK)
		e = __real_noise_draw(again, n, law, rng);
	for (size_t i = 0; i < n; i += 4)
		if (again[i] == 0)
			out[i] = 0;
	free(again);
	return e;
}
