/*
 * model/vintage.h -- LSOA codes of 2021 as codes of 2011.
 *
 * Source: data/areas/lsoa21.csv, "code,lsoa11": every LSOA 2021 whose code is
 * not one of 2011, and the LSOA 2011, of those that ended, that holds its
 * centre.  The parts of one that was split fall together again; of those that
 * were merged one has all records and the others have none.
 */
#ifndef MODEL_VINTAGE_H
#define MODEL_VINTAGE_H

#include <stddef.h>

#include "base/err.h"

struct vintage; /* opaque */

/* vintage_parse: E_FORMAT with *line, E_LIMIT, E_NOMEM. */
enum err vintage_parse(
    struct vintage **out, const char *text, size_t len, size_t *line) MUST_USE;
void vintage_free(struct vintage *v); /* NULL does nothing */

/* vintage_2011: the code of 2011 for one that only 2021 has; NULL: it is no
 * such code. */
const char *vintage_2011(const struct vintage *v, const char *lsoa21);

#endif
