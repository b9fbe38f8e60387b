#include "node/stamp.h"

#include <string.h>

#include "model/incident.h"

static const char *const months[] = { "january", "february", "march", "april",
	"may", "june", "july", "august", "september", "october", "november",
	"december" };

/* What a part fills, so that none is filled twice. */
static const uint8_t fills[] = {
	[STAMP_YEAR] = 1,
	[STAMP_MONTH] = 2,
	[STAMP_MONTH_SHORT] = 2,
	[STAMP_MONTH_NAME] = 2,
	[STAMP_DAY] = 4,
	[STAMP_DAY_SHORT] = 4,
	[STAMP_HOUR] = 8,
	[STAMP_HOUR_SHORT] = 8,
	[STAMP_MINUTE] = 16,
	[STAMP_MINUTE_SHORT] = 16,
	[STAMP_SECOND] = 32,
	[STAMP_ZONE] = 64,
};
#define FILLS_MONTH 3
#define FILLS_DAY 7
#define FILLS_HOUR 15
#define FILLS_MINUTE 31
#define FILLS_SECOND 63
#define FILLS_ZONE 64

static const struct {
	const char *word;
	uint8_t part, behind_hour; /* the latter if the hour was before it */
} words[] = {
	{ "YYYY", STAMP_YEAR, STAMP_YEAR },
	{ "MON", STAMP_MONTH_NAME, STAMP_MONTH_NAME },
	{ "MM", STAMP_MONTH, STAMP_MINUTE },
	{ "M", STAMP_MONTH_SHORT, STAMP_MINUTE_SHORT },
	{ "DD", STAMP_DAY, STAMP_DAY },
	{ "D", STAMP_DAY_SHORT, STAMP_DAY_SHORT },
	{ "HH", STAMP_HOUR, STAMP_HOUR },
	{ "H", STAMP_HOUR_SHORT, STAMP_HOUR_SHORT },
	{ "SS", STAMP_SECOND, STAMP_SECOND },
	{ "Z", STAMP_ZONE, STAMP_ZONE },
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static bool
is_letter(char b)
{
	return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
}

static bool
is_digit(char b)
{
	return b >= '0' && b <= '9';
}

/* The part at s, and how long its word is; 0: it is no part. */
static size_t
part_at(uint16_t *part, const char *s, uint8_t filled)
{
	size_t n;

	for (size_t i = 0; i < WORDS; i++) {
		n = strlen(words[i].word);
		if (strncmp(s, words[i].word, n) != 0)
			continue;
		*part = (filled & fills[STAMP_HOUR]) != 0 ? words[i].behind_hour
							  : words[i].part;
		return n;
	}
	if (is_digit(*s) || (is_letter(*s) && *s != 'T'))
		return 0;
	*part = (uint16_t)(STAMP_SIGN + (unsigned char)*s);
	return 1;
}

/* The precision of the parts that are filled; 0: something is missing. */
static uint8_t
precision_of(uint8_t filled)
{
	uint8_t without = filled & (uint8_t)~FILLS_ZONE;

	if (without == FILLS_MONTH && filled == without)
		return PRECISION_MONTH;
	if (without == FILLS_DAY && filled == without)
		return PRECISION_DAY;
	if (without == FILLS_HOUR)
		return PRECISION_HOUR;
	return without == FILLS_MINUTE || without == FILLS_SECOND
		   ? PRECISION_MINUTE
		   : 0;
}

const char *
stamp_parse(struct stamp *out, const char *s)
{
	struct stamp f = { { 0 }, 0 };
	uint8_t filled = 0, more;
	size_t n = 0, len;

	for (; *s != '\0'; s += len) {
		if (n + 1 == STAMP_PARTS)
			return "is too long";
		if ((len = part_at(&f.parts[n], s, filled)) == 0)
			return strncmp(s, "YY", 2) == 0
				   ? "has a year of two digits, which does not "
				     "say of which century; export four: YYYY"
				   : "has another word than YYYY, MM, M, MON, "
				     "DD, D, HH, H, SS and Z";
		more = f.parts[n] < STAMP_SIGN ? fills[f.parts[n]] : 0;
		if ((filled & more) != 0)
			return "says the same twice";
		filled |= more;
		n++;
	}
	if ((f.precision = precision_of(filled)) == 0)
		return "leaves something out: a day needs its month and year, "
		       "an hour its day, a minute its hour";
	*out = f;
	return NULL;
}

/* Up to most digits at *s, at least least of them. */
static bool
number(unsigned *out, const char **s, unsigned least, unsigned most)
{
	unsigned v = 0, n = 0;

	for (; n < most && is_digit(**s); n++, (*s)++)
		v = v * 10 + (unsigned)(**s - '0');
	*out = v;
	return n >= least;
}

/* Does s begin with the n letters, in any case? */
static bool
begins(const char *s, const char *letters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((s[i] | 0x20) != letters[i])
			return false;
	return true;
}

static bool
month_name(unsigned *out, const char **s)
{
	size_t n;

	for (unsigned i = 0; i < 12; i++) {
		if (!begins(*s, months[i], 3))
			continue;
		n = strlen(months[i]);
		*s += begins(*s, months[i], n) ? n : 3;
		*out = i + 1;
		return !is_letter(**s);
	}
	return false;
}

static bool
second(unsigned *out, const char **s)
{
	if (!number(out, s, 2, 2))
		return false;
	if ((**s == '.' || **s == ',') && is_digit((*s)[1]))
		for ((*s)++; is_digit(**s);)
			(*s)++;
	return true;
}

static bool
zone(struct field_wall *w, const char **s)
{
	unsigned hours, minutes;
	char sign = *(*s)++;

	w->fixed = true;
	if (sign == 'Z')
		return true;
	if ((sign != '+' && sign != '-') || !number(&hours, s, 2, 2))
		return false;
	*s += **s == ':';
	if (!number(&minutes, s, 2, 2) || hours > 14 || minutes > 59)
		return false;
	w->ahead_s = (int32_t)(hours * 3600 + minutes * 60);
	if (sign == '-')
		w->ahead_s = -w->ahead_s;
	return true;
}

/* One part at *s, which it passes; at the end of the text it passes nothing. */
static bool
read_part(struct field_wall *w, const char **s, uint16_t part)
{
	if (**s == '\0')
		return false;
	switch (part) {
	case STAMP_YEAR:
		return number(&w->year, s, 4, 4);
	case STAMP_MONTH:
		return number(&w->month, s, 2, 2);
	case STAMP_MONTH_SHORT:
		return number(&w->month, s, 1, 2);
	case STAMP_MONTH_NAME:
		return month_name(&w->month, s);
	case STAMP_DAY:
		return number(&w->day, s, 2, 2);
	case STAMP_DAY_SHORT:
		return number(&w->day, s, 1, 2);
	case STAMP_HOUR:
		return number(&w->hour, s, 2, 2);
	case STAMP_HOUR_SHORT:
		return number(&w->hour, s, 1, 2);
	case STAMP_MINUTE:
		return number(&w->minute, s, 2, 2);
	case STAMP_MINUTE_SHORT:
		return number(&w->minute, s, 1, 2);
	case STAMP_SECOND:
		return second(&w->second, s);
	case STAMP_ZONE:
		return zone(w, s);
	default:
		return (unsigned char)*(*s)++ == part - STAMP_SIGN;
	}
}

static bool
is_blank(char b)
{
	return b == ' ' || b == '\t';
}

bool
stamp_read(
    const struct stamp *f, struct field_wall *out, const char *s, bool utc)
{
	struct field_wall w = {
		.day = 1, .precision = f->precision, .fixed = utc
	};

	while (is_blank(*s))
		s++;
	for (const uint16_t *p = f->parts; *p != STAMP_END; p++)
		if (!read_part(&w, &s, *p))
			return false;
	while (is_blank(*s))
		s++;
	if (*s != '\0')
		return false;
	*out = w;
	return true;
}
