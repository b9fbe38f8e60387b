#include "policies/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/hex.h"
#include "base/num.h"
#include "model/month.h"

#define RHO_PLACES 9
#define RHO_MOST 1000000
#define NRHO_PER_RHO UINT64_C(1000000000)
#define DAYS_MOST 3660
#define BYTES_MOST 64

static const struct {
	char letter;
	uint32_t seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define UNITS (sizeof(units) / sizeof(units[0]))

void
value_in(struct value_file *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(f->in, sizeof(f->in), fmt, args);
	va_end(args);
}

enum err
value_bad(const struct value_file *f, const char *key, const char *fmt, ...)
{
	char path[sizeof(f->in) + 64], words[FAULT_TEXT];
	unsigned line, column;
	va_list args;

	(void)snprintf(path, sizeof(path), "%s%s%s", f->in,
	    f->in[0] == '\0' || key == NULL ? "" : ".", key == NULL ? "" : key);
	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	yaml_where(&line, &column, f->text, f->len, path);
	fault_set(f->fault, "%s:%u:%u: %s%s%s", f->name, line, column,
	    key == NULL ? "" : key, key == NULL ? "" : ": ", words);
	return E_CONFIG;
}

enum err
value_number(uint64_t *out, const struct value_file *f, const char *key,
    const char *s, uint64_t low, uint64_t high)
{
	uint64_t n;

	if (num_parse(&n, s, strlen(s), high) != E_OK || n < low)
		return value_bad(f, key,
		    "'%.40s' is not allowed; write a number from %" PRIu64
		    " to %" PRIu64,
		    s, low, high);
	*out = n;
	return E_OK;
}

enum err
value_yes(bool *out, const struct value_file *f, const char *key, const char *s)
{
	if (strcmp(s, "true") != 0 && strcmp(s, "false") != 0)
		return value_bad(
		    f, key, "'%.40s' is neither; write true or false", s);
	*out = s[0] == 't';
	return E_OK;
}

enum err
value_rho(
    uint64_t *nrho, const struct value_file *f, const char *key, const char *s)
{
	int64_t n;

	if (num_parse_fixed(&n, s, strlen(s), RHO_PLACES) != E_OK || n <= 0 ||
	    (uint64_t)n > RHO_MOST * NRHO_PER_RHO)
		return value_bad(f, key,
		    "'%.40s' is no charge; write a decimal number above 0 "
		    "with at most 9 places, such as \"0.02\"",
		    s);
	*nrho = (uint64_t)n;
	return E_OK;
}

enum err
value_seconds(
    uint64_t *out, const struct value_file *f, const char *key, const char *s)
{
	size_t len = strlen(s);
	uint64_t n;

	for (size_t i = 0; i < UNITS && len > 1; i++)
		if (s[len - 1] == units[i].letter &&
		    num_parse(&n, s, len - 1,
			DAYS_MOST * UINT64_C(86400) / units[i].seconds) ==
			E_OK &&
		    n > 0) {
			*out = n * units[i].seconds;
			return E_OK;
		}
	return value_bad(f, key,
	    "'%.40s' is no length of time; write a number and s, m, h or d, "
	    "such as 30d",
	    s);
}

enum err
value_time(
    uint64_t *out, const struct value_file *f, const char *key, const char *s)
{
	uint64_t t;

	if (strlen(s) != TIME_TEXT - 1 ||
	    time_parse(&t, s, TIME_TEXT - 1) != E_OK)
		return value_bad(f, key,
		    "'%.40s' is no time; write UTC, such as "
		    "2026-11-24T00:00:00Z",
		    s);
	*out = t;
	return E_OK;
}

enum err
value_months(uint16_t *first, uint16_t *n, const struct value_file *f,
    const char *key, const char *s)
{
	size_t len = strlen(s), one = MONTH_TEXT - 1;
	uint16_t a, b;

	if (len == one && month_parse(&a, s, one) == E_OK)
		b = a;
	else if (len != 2 * one + 2 || memcmp(s + one, "..", 2) != 0 ||
		 month_parse(&a, s, one) != E_OK ||
		 month_parse(&b, s + one + 2, one) != E_OK || b < a)
		return value_bad(f, key,
		    "'%.40s' are no months; write the first and the last, "
		    "such as 2021-01..2021-12",
		    s);
	*first = a;
	*n = (uint16_t)(b - a + 1);
	return E_OK;
}

enum err
value_party(struct party_id *out, const struct value_file *f, const char *key,
    const char *s)
{
	if (party_id_parse(out, s, strlen(s)) != E_OK)
		return value_bad(f, key,
		    "'%.40s' is no id; write 1 to 31 of a-z, 0-9 and -, the "
		    "first no -",
		    s);
	return E_OK;
}

/* Does it hold a space that is not the common one?  Words that differ in it
 * alone look the same. */
static bool
odd_space(const char *s)
{
	static const char *const spaces[] = { "\u00a0", "\u1680", "\u2000",
		"\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
		"\u2007", "\u2008", "\u2009", "\u200a", "\u202f", "\u205f",
		"\u2800", "\u3000" };

	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (strstr(s, spaces[i]) != NULL)
			return true;
	return false;
}

enum err
value_words(char *out, size_t cap, const struct value_file *f, const char *key,
    const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len >= cap)
		return value_bad(
		    f, key, "%zu bytes; write 1 to %zu", len, cap - 1);
	if (!yaml_plain(s, len))
		return value_bad(
		    f, key, "a control or invisible character; remove it");
	if (odd_space(s))
		return value_bad(
		    f, key, "a space of another kind; write a common one");
	if (s[0] == ' ' || s[len - 1] == ' ' || strstr(s, "  ") != NULL)
		return value_bad(
		    f, key, "spaces at an end or two together; remove them");
	memset(out, 0, cap);
	memcpy(out, s, len);
	return E_OK;
}

enum err
value_base64(uint8_t *out, size_t n, const struct value_file *f,
    const char *key, const char *s)
{
	uint8_t bytes[BYTES_MOST];
	size_t got;

	if (n > BYTES_MOST ||
	    base64_bytes(bytes, n, &got, s, strlen(s)) != E_OK || got != n)
		return value_bad(f, key,
		    "not %zu bytes in base64; copy the whole of it again", n);
	memcpy(out, bytes, n);
	return E_OK;
}

enum err
value_hex(uint8_t *out, size_t n, const struct value_file *f, const char *key,
    const char *s)
{
	if (hex_bytes(out, n, s, strlen(s)) != E_OK)
		return value_bad(f, key,
		    "not %zu hexadecimal digits; copy them again", 2 * n);
	return E_OK;
}

void
value_put_rho(FILE *out, uint64_t nrho)
{
	uint64_t rest = nrho % NRHO_PER_RHO;
	int places = RHO_PLACES;

	for (; places > 1 && rest % 10 == 0; places--)
		rest /= 10;
	(void)fprintf(out, "\"%" PRIu64 ".%0*" PRIu64 "\"", nrho / NRHO_PER_RHO,
	    places, rest);
}

void
value_put_seconds(FILE *out, uint64_t seconds)
{
	for (size_t i = 0; i < UNITS; i++)
		if (seconds % units[i].seconds == 0) {
			(void)fprintf(out, "%" PRIu64 "%c",
			    seconds / units[i].seconds, units[i].letter);
			return;
		}
}

void
value_put_months(FILE *out, uint16_t first, uint16_t n)
{
	char a[MONTH_TEXT], b[MONTH_TEXT];

	month_text(a, first);
	month_text(b, (uint16_t)(first + n - 1));
	(void)fprintf(out, "%s..%s", a, b);
}

bool
value_url_good(const char *s)
{
	const char *host = s + strlen(VALUE_URL_HEAD), *colon;
	uint64_t port;

	if (strncmp(s, VALUE_URL_HEAD, strlen(VALUE_URL_HEAD)) != 0 ||
	    strpbrk(s, "\"\\ ") != NULL)
		return false;
	colon = strrchr(host, ':');
	return colon != NULL && colon != host &&
	       num_parse(&port, colon + 1, strlen(colon + 1), 65535) == E_OK &&
	       port > 0;
}
