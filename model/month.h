/*
 * model/month.h -- calendar months and UTC times.
 *
 * A month is the number of months since January 1970: 2021-01 is 612.  A time
 * is whole seconds since 1970-01-01T00:00:00Z.
 */
#ifndef MODEL_MONTH_H
#define MODEL_MONTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MONTH_MAX 2399 /* 2169-12 */
#define MONTH_TEXT 8   /* "2021-01" and NUL */
#define TIME_TEXT 21   /* "2021-01-31T23:59:59Z" and NUL */

/* month_parse: exactly "YYYY-MM", 1970-01 ... 2169-12; E_FORMAT, E_RANGE. */
enum err month_parse(uint16_t *out, const char *s, size_t len) MUST_USE;

/* month_text: write "YYYY-MM" into out; month <= MONTH_MAX. */
void month_text(char out[MONTH_TEXT], uint16_t month);

/* month_start: first second of the month. */
uint64_t month_start(uint16_t month);

/* month_of: the month that holds the time; times past 2169 give MONTH_MAX. */
uint16_t month_of(uint64_t utc_s);

/* time_parse: exactly "YYYY-MM-DDTHH:MM:SSZ" or "YYYY-MM-DD"; E_FORMAT when
 * it has another form, E_RANGE when there is no such day or second. */
enum err time_parse(uint64_t *out, const char *s, size_t len) MUST_USE;

/* time_text: write "YYYY-MM-DDTHH:MM:SSZ"; utc_s before the year 2170. */
void time_text(char out[TIME_TEXT], uint64_t utc_s);

#endif
