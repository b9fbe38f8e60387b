/* A planted bug: one record more than C counts. */
#include "tests/proof/bug.h"

void
__wrap_bound_start(struct bound *b, uint32_t c)
{
	__real_bound_start(b, c + 1);
}
