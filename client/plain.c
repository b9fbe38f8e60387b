#include "client/plain.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/month.h"
#include "protocol/words.h"

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
plain_figure_up(char out[PLAIN_NUMBER], double v)
{
	double step = v >= 99.95 ? 1 : v >= 9.995 ? 0.1 : 0.01;

	/* a hair less, so that what is exact stays as it is */
	plain_figure(out, v > 0.0995 ? ceil(v / step - 1e-6) * step : v);
}

void
plain_half(char out[PLAIN_HALF], double half)
{
	memcpy(out, "+-", 3);
	if (half < PLAIN_NOISE_MAX && half == floor(half))
		plain_count(out + 2, (uint64_t)half);
	else
		plain_figure_up(out + 2, half);
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
plain_words(char *out, size_t cap, const char *s)
{
	size_t len;

	assert(cap > 0);
	len = words_cut(s, strlen(s), cap - 1);
	memcpy(out, s, len);
	out[len] = 0;
	words_clean(out, len);
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

void
plain_wrap(FILE *out, const char *head, const char *text)
{
	size_t indent = strlen(head), column = indent;

	fputs(head, out);
	while (*text != 0) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > PLAIN_WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, len, out);
		column += len;
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}
