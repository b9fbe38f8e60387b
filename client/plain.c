#include "client/plain.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "model/month.h"

void
plain_count(char out[PLAIN_NUMBER], uint64_t v)
{
	char digits[PLAIN_NUMBER];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v);
	char *p = out;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = 0;
}

void
plain_rho(char out[PLAIN_NUMBER], uint64_t nrho)
{
	const uint64_t one = 1000000000;
	size_t len;

	snprintf(out, PLAIN_NUMBER, "%" PRIu64 ".%09" PRIu64, nrho / one,
	    nrho % one);
	len = strlen(out);
	while (out[len - 1] == '0')
		len--;
	if (out[len - 1] == '.')
		len--;
	out[len] = 0;
}

void
plain_figure(char out[PLAIN_NUMBER], double v)
{
	assert(!(v < 0));
	if (!isfinite(v) || v > PLAIN_NOISE_MAX)
		snprintf(out, PLAIN_NUMBER, "no bound");
	else if (v >= 99.95)
		plain_count(out, (uint64_t)(v + 0.5));
	else if (v >= 9.995)
		snprintf(out, PLAIN_NUMBER, "%.1f", v);
	else if (v >= 0.0995 || v <= 0)
		snprintf(out, PLAIN_NUMBER, "%.2f", v);
	else
		snprintf(out, PLAIN_NUMBER, "%.2g", v);
}

void
plain_months(char out[PLAIN_MONTHS], uint16_t first, uint16_t n)
{
	char from[MONTH_TEXT], to[MONTH_TEXT];

	month_text(from, first);
	if (n <= 1) {
		snprintf(out, PLAIN_MONTHS, "%s", from);
		return;
	}
	month_text(to, (uint16_t)(first + n - 1));
	snprintf(out, PLAIN_MONTHS, "%s..%s", from, to);
}

void
plain_span(char out[PLAIN_NUMBER], uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" } };
	size_t i = 0;

	while (seconds % units[i].seconds != 0 || seconds == 0) {
		if (units[i].seconds == 1)
			break;
		i++;
	}
	snprintf(out, PLAIN_NUMBER, "%" PRIu64 " %s%s",
	    seconds / units[i].seconds, units[i].name,
	    seconds / units[i].seconds == 1 ? "" : "s");
}

/* The length of the letter at s, 1 ... 4 bytes, and its code point; 0 when it
 * is no UTF-8. */
static size_t
letter(uint32_t *point, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);

	if (p[0] >= 0xf8 || (p[0] >= 0x80 && p[0] < 0xc0))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*point = c;
	return n;
}

/* Could it do more to a terminal than show itself?  Controls, and marks that
 * change the reading order or take no room (Unicode's Bidi_Control and Zl, Zp,
 * joiners, byte order mark). */
static bool
treacherous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

void
plain_words(char *out, size_t cap, const char *s)
{
	size_t used = 0;

	assert(cap > 0);
	while (*s != 0) {
		uint32_t point;
		size_t n = letter(&point, s);
		bool shown = n > 0 && !treacherous(point);

		if (used + (shown ? n : 1) >= cap)
			break;
		if (shown)
			memcpy(out + used, s, n);
		else
			out[used] = '?';
		used += shown ? n : 1;
		s += n == 0 ? 1 : n;
	}
	out[used] = 0;
}

void
plain_cell(FILE *out, const char *s, size_t width)
{
	size_t letters = 0;

	for (const char *p = s; *p != 0; p++)
		letters += ((unsigned char)*p & 0xc0) != 0x80;
	fputs(s, out);
	for (; letters < width + 2; letters++)
		fputc(' ', out);
}
