#include "node/field.h"

#include <string.h>

#include "base/num.h"
#include "model/incident.h"
#include "model/month.h"

#define DEGREE_PLACES 9
#define DAY_S 86400

bool
field_lsoa(char out[10], const char *s)
{
	size_t n = strlen(s);

	if (n != 0 && (n != 9 || s[0] < 'A' || s[0] > 'Z' ||
			  strspn(s + 1, "0123456789") != 8))
		return false;
	memset(out, 0, 10);
	memcpy(out, s, n);
	return true;
}

bool
field_degrees(double *out, const char *s)
{
	int64_t nano;

	if (num_parse_fixed(&nano, s, strlen(s), DEGREE_PLACES) != E_OK ||
	    nano < -180 * INT64_C(1000000000) ||
	    nano > 180 * INT64_C(1000000000))
		return false;
	*out = (double)nano / 1e9;
	return true;
}

/* 01:00 UTC on the last Sunday of the month, which has 31 days. */
static uint64_t
last_sunday(uint16_t month)
{
	uint64_t last = month_start(month) / DAY_S + 30;

	/* day 0, 1 January 1970, was a Thursday: day 3 a Sunday */
	return (last - (last + 4) % 7) * DAY_S + 3600;
}

/* Seconds that the clocks are ahead of UTC when they show local. */
static uint64_t
ahead(uint64_t local)
{
	uint16_t january = (uint16_t)(month_of(local) / 12 * 12);
	uint64_t begin = last_sunday((uint16_t)(january + 2));
	uint64_t end = last_sunday((uint16_t)(january + 9));

	return local >= begin + 3600 && local < end + 3600 ? 3600 : 0;
}

/* "hh:mm" or "hh:mm:ss" completed to "hh:mm:ssZ" in out[10]. */
static bool
complete(char out[10], const char *s)
{
	size_t n = strlen(s);

	if (n != 5 && n != 8)
		return false;
	memcpy(out, s, n);
	memcpy(out + n, n == 5 ? ":00Z" : "Z", n == 5 ? 5 : 2);
	return true;
}

bool
field_time(struct field_time *out, const char *s)
{
	char text[TIME_TEXT] = { 0 };
	size_t n = strlen(s);
	uint64_t local, span = n == 10 ? DAY_S : 60;

	if (n < 10 || n > 19)
		return false;
	memcpy(text, s, 10);
	if (n > 10) {
		if ((s[10] != 'T' && s[10] != ' ') ||
		    !complete(text + 11, s + 11))
			return false;
		text[10] = 'T';
	}
	if (time_parse(&local, text, strlen(text)) != E_OK ||
	    month_of(local) >= MONTH_MAX || local < DAY_S)
		return false;
	*out = (struct field_time){ .from = local - ahead(local),
		.to = local + span - ahead(local + span),
		.precision = n == 10 ? PRECISION_DAY : PRECISION_MINUTE,
		.month = month_of(local) };
	return true;
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
