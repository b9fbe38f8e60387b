#include "coordinator/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 4096
#define MOST 0x1p62

struct text
text_new(size_t max)
{
	return (struct text){ .max = max };
}

void
text_free(struct text *t)
{
	free(t->p);
	*t = (struct text){ .max = t->max };
}

/* Make place for n more bytes; false when there is none. */
static bool
grow(struct text *t, size_t n)
{
	size_t cap = t->cap == 0 ? FIRST_CAP : t->cap;
	char *p;

	if (t->err != E_OK)
		return false;
	if (n > t->max - t->len) {
		t->err = E_LIMIT;
		return false;
	}
	if (n <= t->cap - t->len)
		return true;
	while (cap < t->len + n)
		cap *= 2;
	if ((p = realloc(t->p, cap)) == NULL) {
		t->err = E_NOMEM;
		return false;
	}
	t->p = p;
	t->cap = cap;
	return true;
}

void
text_bytes(struct text *t, const void *p, size_t n)
{
	if (n == 0 || !grow(t, n))
		return;
	memcpy(t->p + t->len, p, n);
	t->len += n;
}

void
text_add(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

/* Write v so that it ends before `end`; the first digit. */
static char *
digits(char *end, uint64_t v)
{
	do {
		*--end = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	return end;
}

void
text_int(struct text *t, int64_t v)
{
	char buf[24];
	char *end = buf + sizeof(buf);
	char *p = digits(end, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);

	if (v < 0)
		*--p = '-';
	text_bytes(t, p, (size_t)(end - p));
}

int64_t
text_whole(double v)
{
	return (int64_t)fmax(-MOST, fmin(v, MOST));
}

void
text_cents(struct text *t, int64_t v)
{
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char tail[3] = { '.', (char)('0' + size / 10 % 10),
		(char)('0' + size % 10) };

	if (v < 0)
		text_bytes(t, "-", 1);
	text_int(t, (int64_t)(size / 100));
	if (size % 100 != 0)
		text_bytes(t, tail, size % 10 == 0 ? 2 : 3);
}

void
text_micro(struct text *t, int64_t v)
{
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char buf[32];
	char *end = buf + sizeof(buf), *p;

	p = digits(end, size % 1000000);
	while (end - p < 6)
		*--p = '0';
	*--p = '.';
	p = digits(p, size / 1000000);
	if (v < 0)
		*--p = '-';
	text_bytes(t, p, (size_t)(end - p));
}

/* One control byte, quote or backslash as JSON wants it. */
static void
json_escape(struct text *t, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char u[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	char two[2] = { '\\', (char)c };

	if (c < 0x20)
		text_bytes(t, u, sizeof(u));
	else
		text_bytes(t, two, sizeof(two));
}

void
text_json(struct text *t, const char *s)
{
	const char *from = s;

	text_bytes(t, "\"", 1);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_bytes(t, from, (size_t)(s - from));
		json_escape(t, c);
		from = s + 1;
	}
	text_bytes(t, from, (size_t)(s - from));
	text_bytes(t, "\"", 1);
}

void
text_csv(struct text *t, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		text_add(t, s);
		return;
	}
	text_bytes(t, "\"", 1);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			text_bytes(t, "\"", 1);
		text_bytes(t, s, 1);
	}
	text_bytes(t, "\"", 1);
}
