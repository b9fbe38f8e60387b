#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/csv.h"

struct bytes { /* a source that hands out a few bytes at a time */
	const char *p;
	size_t left, step;
};

static enum err
hand_out(void *ctx, void *buf, size_t cap, size_t *n)
{
	struct bytes *b = ctx;
	size_t k = b->step < cap ? b->step : cap;

	if (k > b->left)
		k = b->left;
	memcpy(buf, b->p, k);
	b->p += k;
	b->left -= k;
	*n = k;
	return E_OK;
}

/* Appends "LINE:field|field" for each row; "!" marks a broken one, "~" one
 * that no end of line has ended. */
static enum err
show(char *out, size_t cap, const char *text, size_t len, size_t step,
    bool one_line)
{
	struct bytes b = { text, len, step };
	struct csv_source s = { hand_out, &b };
	struct csv *c;
	struct csv_row row;
	size_t n = 0;
	enum err e;

	out[0] = '\0';
	assert_int_equal(csv_new(&c, &s, one_line), E_OK);
	while ((e = csv_next(c, &row)) == E_OK && row.n > 0) {
		n += (size_t)snprintf(out + n, cap - n,
		    "%u%s%s:", (unsigned)row.line, row.broken ? "!" : "",
		    row.ended ? "" : "~");
		for (size_t i = 0; !row.broken && i < row.n && i < CSV_FIELDS;
		     i++) {
			assert_int_equal(strlen(row.fields[i]), row.lens[i]);
			n += (size_t)snprintf(out + n, cap - n, "%s%s",
			    i == 0 ? "" : "|", row.fields[i]);
		}
		n += (size_t)snprintf(out + n, cap - n, "\n");
	}
	if (e != E_OK)
		snprintf(out + n, cap - n, "at %u", (unsigned)csv_line(c));
	csv_free(c);
	return e;
}

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *what, *in;
	size_t in_len;
	bool one_line;
	enum err want;
	const char *rows;
} cases[] = {
	{ "nothing", TEXT(""), false, E_OK, "" },
	{ "rows", TEXT("a,b\nc,\n"), false, E_OK, "1:a|b\n2:c|\n" },
	{ "last without an end", TEXT("a\nb"), false, E_OK, "1:a\n2~:b\n" },
	{ "CRLF", TEXT("a,b\r\nc\r\n"), false, E_OK, "1:a|b\n2:c\n" },
	{ "CR inside", TEXT("a\rb\n"), false, E_OK, "1:a\rb\n" },
	{ "empty lines", TEXT("\n\na\n\r\n\nb\n\n"), false, E_OK,
	    "3:a\n6:b\n" },
	{ "one empty field in quotes", TEXT("\"\"\n"), false, E_OK, "1:\n" },
	{ "byte order mark",
	    TEXT("\xef\xbb\xbf"
		 "a\n"),
	    false, E_OK, "1:a\n" },
	{ "quotes", TEXT("\"a,b\",\"c\"\"d\"\n"), false, E_OK, "1:a,b|c\"d\n" },
	{ "end of line in quotes", TEXT("\"a\nb\",c\nd\n"), false, E_OK,
	    "1:a\nb|c\n3:d\n" },
	{ "the same, one line", TEXT("\"a\nb\",c\nd\n"), true, E_OK,
	    "1!:\n2!:\n3:d\n" },
	{ "quote in a plain field", TEXT("a\"b,c\nd\n"), false, E_OK,
	    "1!:\n2:d\n" },
	{ "text after quotes", TEXT("\"a\"b,c\nd\n"), false, E_OK,
	    "1!:\n2:d\n" },
	{ "quotes doubled at both ends", TEXT("\"\"\"a\"\"\",\"\"\"\"\n"),
	    false, E_OK, "1:\"a\"|\"\n" },
	{ "quotes, then CRLF", TEXT("a,\"b\"\r\nc\n"), false, E_OK,
	    "1:a|b\n2:c\n" },
	{ "quotes, then CR alone", TEXT("a,\"b\"\rc\nd\n"), false, E_OK,
	    "1!:\n2:d\n" },
	{ "a blank before quotes", TEXT("a, \"b\"\nd\n"), false, E_OK,
	    "1!:\n2:d\n" },
	{ "UTF-8 with doubled quotes", TEXT("\"\xc3\xa9\"\"\xc3\xa9\"\n"),
	    false, E_OK, "1:\xc3\xa9\"\xc3\xa9\n" },
	{ "ends inside quotes", TEXT("a\nb,\"c\nd"), false, E_SHORT,
	    "1:a\nat 2" },
	{ "the same, one line", TEXT("a\nb,\"c"), true, E_SHORT, "1:a\nat 2" },
	{ "NUL", TEXT("a\nb\0c\n"), false, E_FORMAT, "1:a\nat 2" },
	{ "Latin-1", TEXT("a\ncaf\xe9,b\n"), false, E_FORMAT, "1:a\nat 2" },
	{ "UTF-8", TEXT("caf\xc3\xa9\xe2\x80\x99\xf0\x9f\x98\x80\n"), false,
	    E_OK, "1:caf\xc3\xa9\xe2\x80\x99\xf0\x9f\x98\x80\n" },
	{ "overlong", TEXT("\xc0\xaf\n"), false, E_FORMAT, "at 1" },
	{ "surrogate", TEXT("\xed\xa0\x80\n"), false, E_FORMAT, "at 1" },
	{ "past Unicode", TEXT("\xf4\x90\x80\x80\n"), false, E_FORMAT, "at 1" },
	{ "a character cut by a comma", TEXT("\xc3,\xa9\n"), false, E_FORMAT,
	    "at 1" },
};

/* The rows are the same however the bytes arrive. */
static void
test_rows_by_rfc_4180(void **state)
{
	char got[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step < 8; step++) {
			enum err e = show(got, sizeof(got), cases[i].in,
			    cases[i].in_len, step, cases[i].one_line);

			if (e != cases[i].want ||
			    strcmp(got, cases[i].rows) != 0)
				fail_msg(
				    "%s: %d \"%s\"", cases[i].what, e, got);
		}
}

/* The same rules byte by byte: out is what show would write. */
struct plain {
	size_t n;
	enum { START, PLAIN, IN, SHUT, BAD } at;
	bool broken, carriage;
};

static void
plain_byte(struct plain *p, char b, char *row)
{
	if (b == '"' && p->at == START) {
		p->at = IN;
		return;
	}
	if (b == ',' && p->at != BAD) {
		p->at = START;
		p->n++;
		strcat(row, "|");
		return;
	}
	if (b == '"' && p->at == SHUT)
		p->at = IN;
	else if (b == '"' || p->at == SHUT)
		p->at = BAD;
	else if (p->at == START)
		p->at = PLAIN;
	p->broken |= p->at == BAD;
	strncat(row, &b, 1);
}

/* A byte of a row; true: the row has ended. */
static bool
plain_take(struct plain *p, char b, char *row, bool one_line)
{
	if (p->at == IN) {
		if (b == '"')
			p->at = SHUT;
		else if (b == '\n' && one_line)
			return p->broken = true;
		else
			strncat(row, &b, 1);
		return false;
	}
	if (b == '\n')
		return true;
	if (p->carriage)
		plain_byte(p, '\r', row);
	p->carriage = b == '\r';
	if (!p->carriage)
		plain_byte(p, b, row);
	return false;
}

static void
plain_show(char *out, const char *text, size_t len, bool one_line)
{
	unsigned line = 1, first;
	size_t i = 0;

	out[0] = '\0';
	while (i < len) {
		struct plain p = { .at = START };
		char row[128] = "";
		size_t from = i;
		bool done = false, empty;

		first = line;
		while (i < len && !done) {
			line += text[i] == '\n';
			done = plain_take(&p, text[i++], row, one_line);
		}
		empty = i - from == done + (size_t)p.carriage;
		if (p.at == IN && !p.broken)
			sprintf(out + strlen(out), "at %u", first);
		else if (!empty)
			sprintf(out + strlen(out), "%u%s%s:%s\n", first,
			    p.broken ? "!" : "", done ? "" : "~",
			    p.broken ? "" : row);
	}
}

/* Any text of the bytes that matter is cut as byte by byte, wherever the
 * blocks and the reads begin and end. */
static void
test_rows_do_not_depend_on_blocks(void **state)
{
	static const char bytes[] = ",,\"\"\"\n\r\raaab";
	char text[96], want[1024], got[1024];
	uint32_t x = 7;

	(void)state;
	for (int turn = 0; turn < 8000; turn++) {
		size_t len = (x >> 8) % sizeof(text), pad = (x >> 16) % 70;

		for (size_t i = 0; i < len; i++) {
			x = x * 1664525 + 1013904223;
			text[i] = i < pad && turn % 2 == 0
				      ? 'c'
				      : bytes[(x >> 24) % (sizeof(bytes) - 1)];
		}
		plain_show(want, text, len, turn % 3 == 0);
		show(got, sizeof(got), text, len, 1 + (x >> 20) % 99,
		    turn % 3 == 0);
		if (strcmp(got, want) != 0)
			fail_msg("\"%.*s\":\n%s\ninstead of\n%s", (int)len,
			    text, got, want);
	}
}

/* A row never takes more memory than stated, whatever the file says. */
static void
test_row_is_bounded(void **state)
{
	char *text = malloc(CSV_ROW + 16), *got = malloc(CSV_ROW + 64);

	(void)state;
	memset(text, 'a', CSV_ROW + 16);
	text[CSV_ROW - 1] = '\n';
	assert_int_equal(
	    show(got, CSV_ROW + 64, text, CSV_ROW, 4096, false), E_OK);
	text[CSV_ROW - 1] = 'a';
	text[CSV_ROW] = '\n';
	assert_int_equal(
	    show(got, CSV_ROW + 64, text, CSV_ROW + 1, 4096, false), E_LIMIT);
	free(text);
	free(got);
}

/* A row with too many fields is a bad row, not the end of the file. */
static void
test_more_fields_than_kept(void **state)
{
	char text[CSV_FIELDS + 40];
	struct bytes b = { text, sizeof(text), 9 };
	struct csv_source s = { hand_out, &b };
	struct csv_row row;
	struct csv *c;

	(void)state;
	memset(text, ',', sizeof(text));
	memcpy(text + sizeof(text) - 3, "\nb\n", 3);
	assert_int_equal(csv_new(&c, &s, true), E_OK);
	assert_int_equal(csv_next(c, &row), E_OK);
	assert_int_equal(row.n, sizeof(text) - 3 + 1);
	assert_int_equal(csv_next(c, &row), E_OK);
	assert_string_equal(row.fields[0], "b");
	csv_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_by_rfc_4180),
		cmocka_unit_test(test_rows_do_not_depend_on_blocks),
		cmocka_unit_test(test_row_is_bounded),
		cmocka_unit_test(test_more_fields_than_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
