#include "protocol/words.h"

#include <stdint.h>
#include <string.h>

/* The UTF-8 character at p[0, n), n > 0, in *c; its length, or 0: none. */
static size_t
step(uint32_t *c, const uint8_t *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80             ? 1
		     : (p[0] & 0xe0) == 0xc0 ? 2
		     : (p[0] & 0xf0) == 0xe0 ? 3
		     : (p[0] & 0xf8) == 0xf0 ? 4
					     : 0;
	uint32_t v = p[0] & (len == 1 ? 0x7fu : 0x7fu >> len);

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3fu);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*c = v;
	return len;
}

/* Does it steer a terminal instead of being shown? */
static bool
steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool
words_good(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		if ((n = step(&c, p + i, len - i)) == 0 || steers(c))
			return false;
	}
	return true;
}

void
words_clean(char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = step(&c, p + i, len - i);
		if (n != 0 && !steers(c))
			continue;
		n = n == 0 ? 1 : n;
		memset(s + i, '?', n);
	}
}

size_t
words_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((uint8_t)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}
