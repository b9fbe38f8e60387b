#include "node/csv.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER (1 << 16)

enum place {
	START,  /* of a field */
	PLAIN,  /* in a field without quotes */
	QUOTED, /* inside quotes */
	CLOSED, /* after a quote inside quotes: doubled, or the end */
	BROKEN, /* after a quote out of place, to the end of the line */
};

struct csv {
	const struct csv_source *source;
	bool one_line;
	uint8_t buf[BUFFER];
	size_t at, have;
	uint64_t line, row_line; /* being read, where the row began */
	enum place place;
	bool broken, carriage; /* the byte before was a CR outside quotes */
	size_t n;              /* fields begun */
	size_t starts[CSV_FIELDS];
	size_t len;        /* bytes of row */
	char row[CSV_ROW]; /* fields, each ended by NUL */
};

enum err
csv_new(struct csv **out, const struct csv_source *s, bool one_line)
{
	struct csv *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return E_NOMEM;
	c->source = s;
	c->one_line = one_line;
	c->line = c->row_line = 1;
	*out = c;
	return E_OK;
}

void
csv_free(struct csv *c)
{
	free(c);
}

uint64_t
csv_line(const struct csv *c)
{
	return c->row_line;
}

/* Length of the UTF-8 sequence that begins with b; 0 when none does. */
static size_t
utf8_length(uint8_t b)
{
	if (b < 0x80)
		return 1;
	if (b >= 0xc2 && b < 0xe0)
		return 2;
	if (b >= 0xe0 && b < 0xf0)
		return 3;
	return b >= 0xf0 && b < 0xf5 ? 4 : 0;
}

/* Is p[0, n) UTF-8 (RFC 3629: no overlong form, no surrogate)? */
static bool
utf8_good(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;

	for (size_t i = 0, len; i < n; i += len) {
		if ((len = utf8_length(p[i])) == 0 || len > n - i)
			return false;
		for (size_t k = 1; k < len; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		if ((p[i] == 0xe0 && p[i + 1] < 0xa0) ||
		    (p[i] == 0xed && p[i + 1] > 0x9f) ||
		    (p[i] == 0xf0 && p[i + 1] < 0x90) ||
		    (p[i] == 0xf4 && p[i + 1] > 0x8f))
			return false;
	}
	return true;
}

/* More bytes into the empty buffer, at least `least` of them unless the source
 * ends. */
static enum err
read_more(struct csv *c, size_t least)
{
	enum err e;

	c->at = c->have = 0;
	do {
		size_t n = 0;

		if ((e = c->source->read(c->source->ctx, c->buf + c->have,
			 BUFFER - c->have, &n)) != E_OK)
			return e;
		if (n == 0)
			break;
		c->have += n;
	} while (c->have < least);
	return E_OK;
}

/* *end when there is no byte more; a byte order mark at the very start is
 * passed over. */
static enum err
fill(struct csv *c, bool *end)
{
	enum err e;

	if (c->at < c->have)
		return E_OK;
	if (c->have == 0) { /* the very start, or the end once more */
		if ((e = read_more(c, 3)) != E_OK)
			return e;
		if (c->have >= 3 && memcmp(c->buf, "\xef\xbb\xbf", 3) == 0)
			c->at = 3;
	}
	if (c->at == c->have && (e = read_more(c, 1)) != E_OK)
		return e;
	*end = c->have == 0;
	return E_OK;
}

/* Adds b to the row. */
static enum err
put(struct csv *c, uint8_t b)
{
	if (c->len == CSV_ROW)
		return E_LIMIT;
	c->row[c->len++] = (char)b;
	return E_OK;
}

/* Ends a field and begins the next one. */
static enum err
next_field(struct csv *c)
{
	enum err e;

	if ((e = put(c, '\0')) != E_OK)
		return e;
	if (c->n < CSV_FIELDS)
		c->starts[c->n] = c->len;
	c->n++;
	c->place = START;
	return E_OK;
}

/* A byte of a row outside quotes that ends no line. */
static enum err
take_outside(struct csv *c, uint8_t b)
{
	if (b == ',' && c->place != BROKEN)
		return next_field(c);
	if (b == '"' && c->place == START) {
		c->place = QUOTED;
		return E_OK;
	}
	if (b == '"' && c->place == CLOSED) { /* doubled */
		c->place = QUOTED;
		return put(c, b);
	}
	if (b == '"' || c->place == CLOSED) {
		c->place = BROKEN;
		c->broken = true;
	}
	if (c->place == START)
		c->place = PLAIN;
	return put(c, b);
}

/* A byte inside quotes. */
static enum err
take_quoted(struct csv *c, uint8_t b, bool *done)
{
	if (b == '"') {
		c->place = CLOSED;
		return E_OK;
	}
	if (b == '\n') {
		c->line++;
		if (c->one_line) {
			c->place = BROKEN;
			c->broken = *done = true;
			return E_OK;
		}
	}
	return put(c, b);
}

/* The next byte of a row; *done when it was the end of a line. */
static enum err
take(struct csv *c, uint8_t b, bool *done)
{
	enum err e;

	if (b == '\0')
		return E_FORMAT;
	if (c->place == QUOTED)
		return take_quoted(c, b, done);
	if (b == '\n') { /* a CR before it belongs to the end */
		c->line++;
		*done = true;
		return E_OK;
	}
	if (c->carriage) { /* a CR of its own: a byte of the field */
		c->carriage = false;
		if ((e = take_outside(c, '\r')) != E_OK)
			return e;
	}
	if (b == '\r') {
		c->carriage = true;
		return E_OK;
	}
	return take_outside(c, b);
}

/* Reads one line's worth of row; *end when the file ended in it. */
static enum err
read_row(struct csv *c, bool *end)
{
	bool done = false;
	enum err e;

	c->row_line = c->line;
	c->n = 1;
	c->starts[0] = c->len = 0;
	c->place = START;
	c->broken = c->carriage = false;
	while (!done) {
		if ((e = fill(c, end)) != E_OK)
			return e;
		if (*end)
			return c->place == QUOTED ? E_SHORT : E_OK;
		if ((e = take(c, c->buf[c->at++], &done)) != E_OK)
			return e;
	}
	return E_OK;
}

/* Is what was read an empty line, or the nothing after the last one? */
static bool
row_is_empty(const struct csv *c)
{
	return c->n == 1 && c->len == 0 && c->place == START;
}

enum err
csv_next(struct csv *c, struct csv_row *row)
{
	bool end = false, nothing;
	enum err e;

	do {
		if ((e = read_row(c, &end)) != E_OK)
			return e;
		nothing = row_is_empty(c);
	} while (!end && nothing);
	if (!utf8_good(c->row, c->len))
		return E_FORMAT;
	if ((e = put(c, '\0')) != E_OK)
		return e;
	*row = (struct csv_row){ .line = c->row_line,
		.n = nothing ? 0 : c->n,
		.broken = c->broken,
		.ended = !end };
	for (size_t i = 0; i < row->n && i < CSV_FIELDS; i++)
		row->fields[i] = c->row + c->starts[i];
	return E_OK;
}
