/*
 * node/field.h -- fields of an extract as checked values.
 *
 * Every row of every load passes here: no allocation, no locale, digits read by
 * hand.
 */
#ifndef NODE_FIELD_H
#define NODE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* field_lsoa: the code s into out[10], or "" for an empty field; false, and
 * out untouched, when it is not one of an LSOA or a Scottish data zone: a
 * letter, "01" and six digits.  Others, such as "00", may be finer. */
bool field_lsoa(char out[10], const char *s) MUST_USE;

/* field_degrees: plain decimal text, at most 9 places, -180 ... 180. */
bool field_degrees(double *out, const char *s) MUST_USE;

/* field_metres: plain decimal text, at most 6 places, of units of 10^-unit
 * metres (unit <= 3), as metres; at most 10^9 of them in size. */
bool field_metres(double *out, const char *s, unsigned unit) MUST_USE;

struct field_time {
	uint64_t from, to; /* UTC seconds, half-open */
	uint8_t precision; /* enum precision */
	uint16_t month;    /* by the calendar on the wall */
};

struct field_wall { /* what a clock shows */
	unsigned year, month, day, hour, minute, second;
	uint8_t precision; /* to the minute (a second is one), hour, day or
			    * month; what is finer is 0, a day 1 */
	bool fixed;        /* the clock is ahead_s ahead of UTC; otherwise it
			    * is one on a wall in the United Kingdom */
	int32_t ahead_s;   /* within a day */
};

/*
 * field_fill: the time that a clock shows.  In the United Kingdom clocks are an
 * hour ahead from 01:00 UTC on the last Sunday of March to 01:00 UTC on that of
 * October (The Summer Time Order 2002); of the hour that comes twice the first
 * is taken.  The month is always that on a wall in the United Kingdom; of a day
 * or month it is the one that is written.
 *
 * False, and *out untouched, when there is no such day or time, or it is before
 * 2 January 1970 or after November 2169.
 */
bool field_fill(struct field_time *out, const struct field_wall *w) MUST_USE;

/*
 * field_wall: "YYYY-MM-DD" or "DD/MM/YYYY", and perhaps, behind 'T' or a blank,
 * the time of day as field_clock has it.  "YYYY-MM" is a month.  False, and
 * *out untouched, when it has another form; whether there is such a day is for
 * field_fill.
 */
bool field_wall(struct field_wall *out, const char *s) MUST_USE;

/* field_clock: "hh:mm" or "hh:mm:ss", and perhaps "Z" (UTC), as the time of day
 * of *w, which is a day.  False, and *w untouched, when it is another. */
bool field_clock(struct field_wall *w, const char *s) MUST_USE;

/* field_time: field_wall and field_fill of s, but no month. */
bool field_time(struct field_time *out, const char *s) MUST_USE;

/*
 * field_plain: s into out[cap] in lower case, spaces at its ends left out and
 * one between two words; false when it does not fit.
 */
bool field_plain(char *out, size_t cap, const char *s) MUST_USE;

#endif
