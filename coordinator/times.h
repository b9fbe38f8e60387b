/*
 * coordinator/times.h -- the months, and sums of months, that a release shows.
 *
 * First the slices of the question, then, when there are several, all of them
 * together; for running totals instead from the first month to each month, the
 * last of which are all of them.
 */
#ifndef COORDINATOR_TIMES_H
#define COORDINATOR_TIMES_H

#include <stdint.h>

#include "base/err.h"
#include "model/query.h"

#define TIMES_TEXT 12 /* bytes of a word with NUL */

struct times_span { /* slices [first, first + n) of the question */
	uint32_t first, n;
};

/* times_count: how many there are.  times_span: the slices that one adds up. */
uint32_t times_count(const struct question *q);
struct times_span times_span(const struct question *q, uint32_t time);

/* times_kinds, times_kind: times of one kind have noise of one law. */
uint32_t times_kinds(const struct question *q);
uint32_t times_kind(const struct question *q, uint32_t time);

/* times_text: "sum", "2021-05", "to-2021-05" or "total". */
void times_text(char out[TIMES_TEXT], const struct question *q, uint32_t time);

/* times_find: the time of that word, "" being the first; "sum" is also called
 * "total".  E_NOTFOUND. */
enum err times_find(
    uint32_t *out, const struct question *q, const char *word) MUST_USE;

#endif
