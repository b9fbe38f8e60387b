/*
 * node/stamp.h -- dates and times in a form that somebody else chose.
 *
 * A form is made of parts, each of them once, and of signs and blanks that
 * stand for themselves, as does a T before the hour:
 *
 *	YYYY	the year; YY is refused, it does not say of which century
 *	MM, M	the month as two digits, or as one or two
 *	MON	as its name or the first three letters of it, any case
 *	DD, D	the day
 *	HH, H	the hour, 0 ... 23
 *	MM, M	the minute, behind the hour
 *	SS	the second, and perhaps a fraction of it, which is left out
 *	Z	"Z", "+hh:mm", "+hhmm", or those with '-': what the clock is
 *		ahead of UTC
 *
 * "DD/MM/YYYY HH:MM", "YYYY-MM-DDTHH:MM:SSZ", "DD-MON-YYYY", "YYYY-MM".
 */
#ifndef NODE_STAMP_H
#define NODE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/field.h"

#define STAMP_PARTS 24

enum stamp_part {
	STAMP_END,
	STAMP_YEAR,
	STAMP_MONTH,
	STAMP_MONTH_SHORT,
	STAMP_MONTH_NAME,
	STAMP_DAY,
	STAMP_DAY_SHORT,
	STAMP_HOUR,
	STAMP_HOUR_SHORT,
	STAMP_MINUTE,
	STAMP_MINUTE_SHORT,
	STAMP_SECOND,
	STAMP_ZONE,
	STAMP_SIGN, /* this and above: the byte STAMP_SIGN + b */
};

struct stamp {
	uint16_t parts[STAMP_PARTS]; /* enum stamp_part, to STAMP_END */
	uint8_t precision;
};

/* stamp_parse: the form s; NULL, or what is wrong with it: a constant that
 * completes "the format ...".  *out is untouched then. */
const char *stamp_parse(struct stamp *out, const char *s) MUST_USE;

/* stamp_read: s in that form, blanks at its ends left out; utc: a form without
 * Z is UTC and not the wall of the United Kingdom.  False when it has another
 * form; whether there is such a day is for field_fill. */
bool stamp_read(const struct stamp *f, struct field_wall *out, const char *s,
    bool utc) MUST_USE;

#endif
