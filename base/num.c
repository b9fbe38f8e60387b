#include "base/num.h"

bool
num_add(uint64_t *out, uint64_t a, uint64_t b)
{
	uint64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

bool
num_mul(uint64_t *out, uint64_t a, uint64_t b)
{
	uint64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*out = product;
	return true;
}

enum err
num_muldiv_up(uint64_t *out, uint64_t a, uint64_t b, uint64_t c)
{
	__extension__ typedef unsigned __int128 u128;
	u128 product = (u128)a * b;
	u128 quotient;

	if (c == 0)
		return E_ARG;
	quotient = product / c + (product % c != 0);
	if (quotient > UINT64_MAX)
		return E_RANGE;
	*out = (uint64_t)quotient;
	return E_OK;
}

/* Appends the decimal digit c to *v; E_FORMAT or E_RANGE as num_parse. */
static enum err
digit(uint64_t *v, char c, uint64_t max)
{
	uint64_t next;

	if (c < '0' || c > '9')
		return E_FORMAT;
	if (!num_mul(&next, *v, 10) ||
	    !num_add(&next, next, (uint64_t)(c - '0')) || next > max)
		return E_RANGE;
	*v = next;
	return E_OK;
}

enum err
num_parse(uint64_t *out, const char *s, size_t len, uint64_t max)
{
	uint64_t v = 0;
	enum err e;

	if (len == 0)
		return E_FORMAT;
	for (size_t i = 0; i < len; i++)
		if ((e = digit(&v, s[i], max)) != E_OK)
			return e;
	*out = v;
	return E_OK;
}

enum err
num_parse_fixed(int64_t *out, const char *s, size_t len, unsigned places)
{
	bool negative = len > 0 && s[0] == '-';
	size_t i = negative ? 1 : 0, whole = i;
	unsigned seen = 0;
	uint64_t v = 0;
	enum err e;

	if (places > 18)
		return E_ARG;
	for (; i < len && s[i] != '.'; i++)
		if ((e = digit(&v, s[i], INT64_MAX)) != E_OK)
			return e;
	if (i == whole || i + 1 == len)
		return E_FORMAT; /* no digit before or after the point */
	for (i++; i < len; i++) {
		if (seen == places && s[i] == '0')
			continue;
		if (seen == places)
			return E_FORMAT;
		if ((e = digit(&v, s[i], INT64_MAX)) != E_OK)
			return e;
		seen++;
	}
	for (; seen < places; seen++)
		if ((e = digit(&v, '0', INT64_MAX)) != E_OK)
			return e;
	*out = negative ? -(int64_t)v : (int64_t)v;
	return E_OK;
}
