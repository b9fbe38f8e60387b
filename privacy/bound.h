/*
 * privacy/bound.h -- at most c records of one unit count.
 *
 * Source: privacy unit of docs/privacy.md: the records of one person in one
 * month, or one record that names nobody.  Every record of a month is shown,
 * those that the question does not match too, unit by unit and within a unit in
 * the order of a keyed hash fixed when they were loaded.  So "the first c that
 * match" is one pass with one counter, and the same for every question.
 */
#ifndef PRIVACY_BOUND_H
#define PRIVACY_BOUND_H

#include <stdbool.h>
#include <stdint.h>

struct bound { /* by bound_start; copy freely */
	uint32_t c;
	uint64_t seen; /* records of the unit that match: 2^64 are never shown
			*/
};

/* bound_start: a month begins.  c is 1 ... 65,535; anything else is a broken
 * caller (assert). */
void bound_start(struct bound *b, uint32_t c);

/*
 * bound_keeps: does this record count?  starts: it is the first of its unit; a
 * unit that came back after another one would get a new allowance, so whoever
 * says it must know (node/chunk asserts it of all that is stored).  No branch:
 * starts is as good as random, and a wrong guess costs more than all the rest.
 */
static inline bool
bound_keeps(struct bound *b, bool starts, bool matches)
{
	uint64_t goes_on = (uint64_t)starts - 1; /* 0, or all ones */

	b->seen = (b->seen & goes_on) + matches;
	return matches & (b->seen <= b->c);
}

#endif
