/*
 * coordinator/meaning.h -- what themes mean: the theme rules shipped here.
 *
 * A question names the rules that it counts by with their hash.  A release says
 * their name, version and words if they are those of the data folder when it is
 * released; it counts all the same if not: nodes decide by their own.
 */
#ifndef COORDINATOR_MEANING_H
#define COORDINATOR_MEANING_H

#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"
#include "model/theme.h"

struct meaning; /* opaque; any thread */

/*
 * meaning_open: rules/themes.csv of the data folder.
 *
 * E_IO		it is missing.
 * E_FORMAT	it is damaged, or of another version of this program.
 * E_NOMEM
 */
enum err meaning_open(struct meaning **out, const char *data) MUST_USE;
void meaning_free(struct meaning *m); /* NULL does nothing */

/* meaning_of: the rules of that hash; NULL: they are not known here. */
const struct themes *meaning_of(
    const struct meaning *m, const uint8_t hash[HASH_BYTES]);

#endif
