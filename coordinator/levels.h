/*
 * coordinator/levels.h -- the levels of places that a release shows, in words.
 */
#ifndef COORDINATOR_LEVELS_H
#define COORDINATOR_LEVELS_H

#include "base/err.h"
#include "model/query.h"

#define LEVELS_TEXT 12  /* bytes of a word with NUL */
#define LEVELS_LABEL 48 /* bytes of a label with NUL */

/* levels_text: "lsoa11", "msoa11", "lad", "force"; of squares their side in
 * metres: "2000".  levels_label: the same for people: "Local authorities". */
void levels_text(
    char out[LEVELS_TEXT], const struct question *q, unsigned level);
void levels_label(
    char out[LEVELS_LABEL], const struct question *q, unsigned level);

/* levels_find: the level of that word, "" being the finest.  E_NOTFOUND. */
enum err levels_find(
    unsigned *out, const struct question *q, const char *word) MUST_USE;

#endif
