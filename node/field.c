#include "node/field.h"

#include <assert.h>
#include <string.h>

#include "base/num.h"
#include "model/incident.h"
#include "model/month.h"

#define DEGREE_PLACES 9
#define METRE_PLACES 6
#define SAFE_DIGITS 9          /* and as many places fit 64 bits */
#define METRE_UNITS 1000000000 /* most of a field_metres */
#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400
#define FIRST_YEAR 1970
#define LAST_YEAR 2169

bool
field_lsoa(char out[10], const char *s)
{
	size_t n = strlen(s);

	if (n != 0 && (n != 9 || s[0] < 'A' || s[0] > 'Z' || s[1] != '0' ||
			  s[2] != '1' || strspn(s + 1, "0123456789") != 8))
		return false;
	memset(out, 0, 10);
	memcpy(out, s, n);
	return true;
}

/* num_parse_fixed, by hand as far as nothing can overflow. */
static bool
fixed(int64_t *out, const char *s, unsigned places)
{
	static const int64_t tens[] = { 1, 10, 100, 1000, 10000, 100000,
		1000000, 10000000, 100000000, 1000000000 };
	bool negative = *s == '-';
	const char *p = s + negative;
	unsigned seen = 0, n = 0;
	int64_t v = 0;

	static_assert(DEGREE_PLACES < sizeof(tens) / sizeof(tens[0]), "all");
	for (; *p >= '0' && *p <= '9' && n < SAFE_DIGITS; p++, n++)
		v = v * 10 + (*p - '0');
	if (n > 0 && *p == '.' && p[1] != '\0')
		for (p++; *p >= '0' && *p <= '9' && seen < places; p++, seen++)
			v = v * 10 + (*p - '0');
	if (n == 0 || *p != '\0')
		return num_parse_fixed(out, s, strlen(s), places) == E_OK;
	v *= tens[places - seen];
	*out = negative ? -v : v;
	return true;
}

bool
field_degrees(double *out, const char *s)
{
	int64_t nano;

	if (!fixed(&nano, s, DEGREE_PLACES) ||
	    nano < -180 * INT64_C(1000000000) ||
	    nano > 180 * INT64_C(1000000000))
		return false;
	*out = (double)nano / 1e9;
	return true;
}

bool
field_metres(double *out, const char *s, unsigned unit)
{
	static const double parts[] = { 1e6, 1e7, 1e8, 1e9 };
	const int64_t most = METRE_UNITS * INT64_C(1000000);
	int64_t micro;

	assert(unit < sizeof(parts) / sizeof(parts[0]));
	if (!fixed(&micro, s, METRE_PLACES) || micro < -most || micro > most)
		return false;
	*out = (double)micro / parts[unit];
	return true;
}

/* Days from 1 January 1970 to the first of January of a year from then on. */
static uint32_t
days_before(uint32_t year)
{
	uint32_t y = year - 1;

	/* 719,162 of them from the year 1 to 1970, by the Gregorian rule */
	return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

static bool
is_leap(uint32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of a year before its month (0 ... 12). */
static uint32_t
days_of_months(uint32_t year, uint32_t month)
{
	static const uint16_t before[] = { 0, 31, 59, 90, 120, 151, 181, 212,
		243, 273, 304, 334, 365 };

	return before[month] + (uint32_t)(month >= 2 && is_leap(year));
}

/* 01:00 UTC on the last Sunday of a month (0 is January) of 31 days. */
static int64_t
last_sunday(uint32_t year, uint32_t month)
{
	uint32_t last = days_before(year) + days_of_months(year, month + 1) - 1;

	/* day 0, 1 January 1970, was a Thursday: day 3 a Sunday */
	return (int64_t)(last - (last + 4) % 7) * DAY_S + HOUR_S;
}

/* Seconds that clocks are ahead of UTC when they show local, in a month (1 is
 * January) of a year or at its end. */
static int64_t
ahead(int64_t local, uint32_t year, uint32_t month)
{
	if (month != 3 && month != 10)
		return month > 3 && month < 10 ? HOUR_S : 0;
	return local >= last_sunday(year, 2) + HOUR_S &&
		       local < last_sunday(year, 9) + HOUR_S
		   ? HOUR_S
		   : 0;
}

/* The month on the wall at a time. */
static uint16_t
wall_month(int64_t utc)
{
	uint16_t month = month_of((uint64_t)utc);
	uint32_t year = FIRST_YEAR + month / 12U;

	if (utc >= last_sunday(year, 2) && utc < last_sunday(year, 9))
		return month_of((uint64_t)utc + HOUR_S);
	return month;
}

static bool
wall_good(const struct field_wall *w)
{
	return w->year >= FIRST_YEAR && w->year <= LAST_YEAR && w->month >= 1 &&
	       w->month <= 12 && w->day >= 1 && w->hour < 24 &&
	       w->minute < 60 && w->second < 60 &&
	       w->day <= days_of_months(w->year, w->month) -
			     days_of_months(w->year, w->month - 1) &&
	       w->ahead_s > -DAY_S && w->ahead_s < DAY_S;
}

/* Where the clock stands when the day or month that w shows ends. */
static int64_t
wall_end(const struct field_wall *w, int64_t local)
{
	if (w->precision == PRECISION_MONTH)
		return ((int64_t)days_before(w->year) +
			   days_of_months(w->year, w->month)) *
		       DAY_S;
	return local + DAY_S;
}

bool
field_fill(struct field_time *out, const struct field_wall *w)
{
	struct field_time t = { .precision = w->precision };
	bool whole = w->precision >= PRECISION_DAY;
	int64_t local, end, from, to;

	if (!wall_good(w))
		return false;
	local = ((int64_t)days_before(w->year) +
		    days_of_months(w->year, w->month - 1) + w->day - 1) *
		DAY_S;
	local += w->hour * HOUR_S + w->minute * MINUTE_S + w->second;
	from =
	    local - (w->fixed ? w->ahead_s : ahead(local, w->year, w->month));
	if (from < DAY_S)
		return false;
	end = wall_end(w, local);
	if (!whole)
		to =
		    from + (w->precision == PRECISION_HOUR ? HOUR_S : MINUTE_S);
	else
		to = end -
		     (w->fixed ? w->ahead_s : ahead(end, w->year, w->month));
	t.from = (uint64_t)from;
	t.to = (uint64_t)to;
	t.month = w->fixed && !whole
		      ? wall_month(from)
		      : (uint16_t)((w->year - FIRST_YEAR) * 12 + w->month - 1);
	if (t.month >= MONTH_MAX)
		return false;
	*out = t;
	return true;
}

/* The n digits at s; false when one is none. */
static bool
digits(unsigned *out, const char *s, unsigned n)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned d = (unsigned)s[i] - '0';

		if (d > 9)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

bool
field_clock(struct field_wall *w, const char *s)
{
	struct field_wall t = *w;

	if (w->precision != PRECISION_DAY || !digits(&t.hour, s, 2) ||
	    s[2] != ':' || !digits(&t.minute, s + 3, 2))
		return false;
	s += 5;
	if (*s == ':') {
		if (!digits(&t.second, s + 1, 2))
			return false;
		s += 3;
	}
	t.fixed = t.fixed || *s == 'Z';
	t.precision = PRECISION_MINUTE;
	if (s[*s == 'Z'] != '\0')
		return false;
	*w = t;
	return true;
}

/* The date in front of s; behind it *end. */
static bool
read_date(struct field_wall *w, const char *s, const char **end)
{
	if (digits(&w->day, s, 2) && s[2] == '/') {
		*end = s + 10;
		return digits(&w->month, s + 3, 2) && s[5] == '/' &&
		       digits(&w->year, s + 6, 4);
	}
	if (!digits(&w->year, s, 4) || s[4] != '-' ||
	    !digits(&w->month, s + 5, 2))
		return false;
	w->day = 1;
	w->precision = PRECISION_MONTH;
	*end = s + 7;
	if (s[7] != '-')
		return true;
	w->precision = PRECISION_DAY;
	*end = s + 10;
	return digits(&w->day, s + 8, 2);
}

bool
field_wall(struct field_wall *out, const char *s)
{
	struct field_wall w = { .precision = PRECISION_DAY };
	const char *end;

	if (!read_date(&w, s, &end))
		return false;
	if (*end != '\0' &&
	    ((*end != 'T' && *end != ' ') || !field_clock(&w, end + 1)))
		return false;
	*out = w;
	return true;
}

bool
field_time(struct field_time *out, const char *s)
{
	struct field_wall w;

	return field_wall(&w, s) && w.precision != PRECISION_MONTH &&
	       field_fill(out, &w);
}

bool
field_plain(char *out, size_t cap, const char *s)
{
	size_t n = 0;
	bool gap = false;

	for (; *s != '\0'; s++) {
		if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r') {
			gap = n > 0;
			continue;
		}
		if (n + gap + 1 >= cap)
			return false;
		if (gap)
			out[n++] = ' ';
		gap = false;
		out[n++] = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
	}
	out[n] = '\0';
	return true;
}
