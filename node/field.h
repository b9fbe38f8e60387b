/*
 * node/field.h -- fields of an extract as checked values.
 */
#ifndef NODE_FIELD_H
#define NODE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* field_lsoa: the code s into out[10], or "" for an empty field; false, and
 * out untouched, when it is no letter and eight digits. */
bool field_lsoa(char out[10], const char *s) MUST_USE;

/* field_degrees: plain decimal text, at most 9 places, -180 ... 180. */
bool field_degrees(double *out, const char *s) MUST_USE;

struct field_time {
	uint64_t from, to; /* UTC seconds, half-open */
	uint8_t precision; /* enum precision */
	uint16_t month;    /* by the calendar on the wall */
};

/*
 * field_time: "YYYY-MM-DD", or that with "Thh:mm" or " hh:mm", and perhaps
 * ":ss", as clocks in the United Kingdom show it: from 01:00 UTC on the last
 * Sunday of March to 01:00 UTC on that of October they are an hour ahead (The
 * Summer Time Order 2002).  Of the hour that comes twice the first is taken.
 */
bool field_time(struct field_time *out, const char *s) MUST_USE;

/*
 * field_plain: s into out[cap] in lower case, spaces at its ends left out and
 * one between two words; false when it does not fit.
 */
bool field_plain(char *out, size_t cap, const char *s) MUST_USE;

#endif
