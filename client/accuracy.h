/*
 * client/accuracy.h -- how exact the numbers of a question will be.
 *
 * Of the unbiased product as it is released: the answers of all nodes asked
 * added up, then least squares over all histograms.  From the question's noise
 * alone, so known before anything is asked.
 */
#ifndef CLIENT_ACCURACY_H
#define CLIENT_ACCURACY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/terms.h"
#include "model/ladder.h"
#include "model/query.h"

struct accuracy; /* opaque */

/*
 * accuracy_new: q and its ladder l must outlive it.
 *
 * E_ARG	noise out of range, or more histograms than can be solved.
 * E_NOMEM
 */
enum err accuracy_new(struct accuracy **out, const struct question *q,
    const struct ladder *l) MUST_USE;
void accuracy_free(struct accuracy *a); /* NULL does nothing */

struct accuracy_number { /* the noise in one published number */
	double variance;
	double kurtosis; /* excess */
	uint64_t cells;  /* it is the sum of so many cells of the only
			  * histogram; 0: of several */
};

/* accuracy_has: are numbers of that kind published? */
bool accuracy_has(const struct question *q, enum terms_per per);

/*
 * accuracy_find: of all numbers of that kind (accuracy_has) on a level, "not
 * placed" left out, that with the most noise, and that nearest to the mean.
 *
 * E_NOMEM
 */
enum err accuracy_find(struct accuracy_number *worst,
    struct accuracy_number *typical, const struct accuracy *a, unsigned level,
    enum terms_per per) MUST_USE;

/*
 * accuracy_half: the half width of its interval, which fails to hold the truth
 * with at most that chance: of the law itself for a sum of cells, else from
 * variance and kurtosis.
 *
 * E_ARG	a chance outside [1e-12, 1).
 * E_NOMEM
 */
enum err accuracy_half(double *half, const struct accuracy *a,
    const struct accuracy_number *number, double chance) MUST_USE;

/* accuracy_law: the noise of histogram i of q. */
struct noise_law accuracy_law(const struct question *q, unsigned i);

#endif
