#include "model/month.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/num.h"

/* Days from 1970-01-01 to the first of the month; proleptic Gregorian. */
static uint64_t
month_days(uint16_t month)
{
	uint64_t year = 1970 + month / 12, m = month % 12;
	static const uint16_t before[12] = { 0, 31, 59, 90, 120, 151, 181, 212,
		243, 273, 304, 334 };
	uint64_t y = year - 1; /* leap days of the years that are over */
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	uint64_t days = (year - 1970) * 365 + (y / 4 - y / 100 + y / 400) -
			(1969 / 4 - 1969 / 100 + 1969 / 400);

	return days + before[m] + (m >= 2 && leap ? 1 : 0);
}

uint64_t
month_start(uint16_t month)
{
	return month_days(month) * 86400;
}

uint16_t
month_of(uint64_t utc_s)
{
	uint16_t low = 0, high = MONTH_MAX;

	while (low < high) { /* the last month that starts by utc_s */
		uint16_t mid = (uint16_t)((low + high + 1) / 2);

		if (month_start(mid) <= utc_s)
			low = mid;
		else
			high = (uint16_t)(mid - 1);
	}
	return low;
}

enum err
month_parse(uint16_t *out, const char *s, size_t len)
{
	uint64_t year, month;
	enum err e;

	if (len != 7 || s[4] != '-')
		return E_FORMAT;
	if ((e = num_parse(&year, s, 4, 9999)) != E_OK ||
	    (e = num_parse(&month, s + 5, 2, 99)) != E_OK)
		return e;
	if (year < 1970 || year > 2169 || month < 1 || month > 12)
		return E_RANGE;
	*out = (uint16_t)((year - 1970) * 12 + month - 1);
	return E_OK;
}

void
month_text(char out[MONTH_TEXT], uint16_t month)
{
	unsigned year = 1970U + month / 12U, m = month % 12U + 1;

	(void)snprintf(out, MONTH_TEXT, "%04u-%02u", year % 10000, m);
}

/* "HH:MM:SS" as seconds of the day. */
static enum err
day_seconds(uint64_t *out, const char *s)
{
	uint64_t h, m, sec;

	if (s[2] != ':' || s[5] != ':' || num_parse(&h, s, 2, 99) != E_OK ||
	    num_parse(&m, s + 3, 2, 99) != E_OK ||
	    num_parse(&sec, s + 6, 2, 99) != E_OK)
		return E_FORMAT;
	if (h > 23 || m > 59 || sec > 59)
		return E_RANGE;
	*out = h * 3600 + m * 60 + sec;
	return E_OK;
}

enum err
time_parse(uint64_t *out, const char *s, size_t len)
{
	uint64_t day, seconds = 0, length;
	uint16_t month;
	enum err e;

	if ((len != 10 && len != 20) || s[7] != '-')
		return E_FORMAT;
	if ((e = month_parse(&month, s, 7)) != E_OK ||
	    (e = num_parse(&day, s + 8, 2, 99)) != E_OK)
		return e;
	if (len == 20 && (s[10] != 'T' || s[19] != 'Z'))
		return E_FORMAT;
	if (len == 20 && (e = day_seconds(&seconds, s + 11)) != E_OK)
		return e;
	length = month_days((uint16_t)(month + 1)) - month_days(month);
	if (day < 1 || day > length)
		return E_RANGE;
	*out = month_start(month) + (day - 1) * 86400 + seconds;
	return E_OK;
}

void
time_text(char out[TIME_TEXT], uint64_t utc_s)
{
	uint16_t month = month_of(utc_s);
	uint64_t in_month = utc_s - month_start(month);
	unsigned day = (unsigned)(in_month / 86400 % 31) + 1;
	unsigned s = (unsigned)(in_month % 86400);
	char text[MONTH_TEXT];

	month_text(text, month);
	(void)snprintf(out, TIME_TEXT, "%s-%02uT%02u:%02u:%02uZ", text, day,
	    s / 3600, s / 60 % 60, s % 60);
}
