#include "base/hex.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
hex_text(char *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex_digits[bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

/* The value of hexadecimal digit c, or -1. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
hex_bytes(uint8_t *out, size_t n, const char *s, size_t len)
{
	if (len != 2 * n)
		return E_FORMAT;
	for (size_t i = 0; i < len; i++)
		if (hex_value(s[i]) < 0)
			return E_FORMAT;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_value(s[2 * i]) << 4 |
				   hex_value(s[2 * i + 1]));
	return E_OK;
}

void
base64_text(char *out, const uint8_t *bytes, size_t n)
{
	size_t o = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < n)
			v |= bytes[i + 2];
		out[o++] = base64_digits[v >> 18];
		out[o++] = base64_digits[v >> 12 & 63];
		out[o++] = (char)(i + 1 < n ? base64_digits[v >> 6 & 63] : '=');
		out[o++] = (char)(i + 2 < n ? base64_digits[v & 63] : '=');
	}
	out[o] = '\0';
}

/* The value of base64 digit c, or -1. */
static int
base64_value(char c)
{
	for (int i = 0; i < 64; i++)
		if (base64_digits[i] == c)
			return i;
	return -1;
}

/* Four digits into *v (24 bits); *bytes is how many of its bytes count. */
static enum err
base64_group(uint32_t *v, size_t *bytes, const char *s)
{
	size_t pad = s[3] != '=' ? 0 : s[2] != '=' ? 1 : 2;

	*v = 0;
	for (size_t i = 0; i < 4; i++) {
		int d = i >= 4 - pad ? 0 : base64_value(s[i]);

		if (d < 0)
			return E_FORMAT;
		*v = *v << 6 | (uint32_t)d;
	}
	*bytes = 3 - pad;
	if ((*v & ((UINT32_C(1) << 8 * pad) - 1)) != 0)
		return E_FORMAT; /* two texts for the same bytes */
	return E_OK;
}

enum err
base64_bytes(uint8_t *out, size_t cap, size_t *n, const char *s, size_t len)
{
	size_t o = 0;

	if (len % 4 != 0)
		return E_FORMAT;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t v;
		size_t bytes;

		if (base64_group(&v, &bytes, s + i) != E_OK ||
		    (bytes < 3 && i + 4 != len))
			return E_FORMAT;
		if (bytes > cap - o)
			return E_LIMIT;
		for (size_t k = 0; k < bytes; k++)
			out[o++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*n = o;
	return E_OK;
}
