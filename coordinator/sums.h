/*
 * coordinator/sums.h -- the answers of a round added up.
 *
 * One sum over all answers, and one for each sector that answered; of each what
 * is published of it (coordinator/product).
 */
#ifndef COORDINATOR_SUMS_H
#define COORDINATOR_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coordinator/db.h"
#include "coordinator/releases.h"
#include "coordinator/rounds.h"
#include "model/area.h"
#include "policies/roster.h"

#define SUMS_MAX 4 /* "all", "police", "nhs", "other" */

struct sums {
	size_t n; /* "all" is the first */
	struct release_sum sum[SUMS_MAX];
	uint32_t n_cells; /* of an answer */
};

/*
 * sums_make: add the stored answers of the nodes that have answered; end it
 * with sums_free.  A node that has left the roster counts as "other".
 *
 * E_STATE	no node has answered.
 * E_DB		an answer is missing or damaged.
 * E_ARG, E_NOTFOUND	the question's places or noise are none that this
 *		coordinator knows.
 * E_NOMEM
 */
enum err sums_make(struct sums *out, struct db *db, const struct round *r,
    const struct roster *roster, const struct areas *areas) MUST_USE;
void sums_free(struct sums *s);

/* sums_key: "police", "nhs" or "other". */
const char *sums_key(enum sector sector);

/* sums_sector: the sector of a party, as sums are made by. */
enum sector sums_sector(
    const struct roster *roster, const struct party_id *node);

#endif
