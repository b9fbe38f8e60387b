/*
 * Rows are cut where they lie in the buffer.  64 bytes at a time are classed
 * at once: a mask of the bytes that mean anything (comma, quote, end of line,
 * NUL) and one of those that are not ASCII; only the bytes of the first mask
 * are looked at one by one.  What a quote doubled and UTF-8 ask for is done
 * when the row is whole, for the rows that have them.
 */
#include "node/csv.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 64
#define READ (1 << 18) /* bytes asked of the source at a time */
#define BUFFER (CSV_ROW + READ)

enum place {
	OPEN,   /* in a field without quotes, or at its start */
	QUOTED, /* inside quotes */
	CLOSED, /* after a quote inside quotes: doubled, or the end */
	BROKEN, /* after a quote out of place, to the end of the line */
};

struct csv {
	const struct csv_source *source;
	bool one_line, started, over; /* over: the source has ended */
	size_t at, have;              /* bytes classed, bytes there */
	size_t base;                  /* the block that the masks are of ... */
	uint64_t special, high;       /* ... and what is left of it */
	uint64_t line;                /* being read */
	/* The row being read; places are offsets into buf. */
	uint64_t row_line;
	size_t row;   /* its first byte */
	size_t field; /* the first byte of its last field */
	size_t shut;  /* CLOSED: where that quote is */
	size_t n;     /* fields before the last */
	enum place place;
	bool broken, not_ascii;
	uint64_t doubled; /* fields that hold doubled quotes */
	size_t starts[CSV_FIELDS], ends[CSV_FIELDS];
	uint8_t buf[BUFFER + BLOCK]; /* a whole block may be read at the end */
};

static_assert(CSV_FIELDS <= 64, "a bit of doubled for each");

enum err
csv_new(struct csv **out, const struct csv_source *s, bool one_line)
{
	struct csv *c = malloc(sizeof(*c));

	if (c == NULL)
		return E_NOMEM;
	memset(c, 0, offsetof(struct csv, buf));
	memset(c->buf + BUFFER, 0, BLOCK);
	c->source = s;
	c->one_line = one_line;
	c->line = c->row_line = 1;
	*out = c;
	return E_OK;
}

void
csv_free(struct csv *c)
{
	if (c != NULL)
		explicit_bzero(c, sizeof(*c)); /* it holds the last rows */
	free(c);
}

uint64_t
csv_line(const struct csv *c)
{
	return c->row_line;
}

/* UTF-8 ------------------------------------------------------------------ */

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
utf8_good(const uint8_t *p, size_t n)
{
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

/* Bytes in, 64 at a time ------------------------------------------------- */

/* Moves the row being read to the start of the buffer and reads on; over when
 * there is nothing more. */
static enum err
read_more(struct csv *c)
{
	size_t gone = c->row, n = 0;
	enum err e;

	memmove(c->buf, c->buf + gone, c->have - gone);
	c->row = 0;
	c->field -= gone;
	c->shut -= c->shut < gone ? c->shut : gone;
	for (size_t i = 0; i < c->n && i < CSV_FIELDS; i++) {
		c->starts[i] -= gone;
		c->ends[i] -= gone;
	}
	c->at -= gone;
	c->have -= gone;
	assert(c->have <= CSV_ROW); /* next_special has seen to it */
	if ((e = c->source->read(c->source->ctx, c->buf + c->have,
		 BUFFER - c->have, &n)) != E_OK)
		return e;
	c->have += n;
	c->over = n == 0;
	return E_OK;
}

/* The masks of p[0, BLOCK): bit i is byte i. */
static void
classify(const uint8_t *p, uint64_t *special, uint64_t *high)
{
	uint64_t s = 0, h = 0;
#ifdef __SSE2__
	const __m128i comma = _mm_set1_epi8(','), quote = _mm_set1_epi8('"');
	const __m128i line = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();

	for (unsigned i = 0; i < BLOCK; i += 16) {
		__m128i v =
		    _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i any =
		    _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, comma),
				     _mm_cmpeq_epi8(v, quote)),
			_mm_or_si128(
			    _mm_cmpeq_epi8(v, line), _mm_cmpeq_epi8(v, zero)));

		s |= (uint64_t)(uint32_t)_mm_movemask_epi8(any) << i;
		h |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << i;
	}
#else
	for (unsigned i = 0; i < BLOCK; i++) {
		s |= (uint64_t)(p[i] == ',' || p[i] == '"' || p[i] == '\n' ||
				p[i] == '\0')
		     << i;
		h |= (uint64_t)(p[i] >> 7) << i;
	}
#endif
	*special = s;
	*high = h;
}

/* Classes the next block, of which there is a byte at least. */
static void
next_block(struct csv *c)
{
	size_t left = c->have - c->at;

	classify(c->buf + c->at, &c->special, &c->high);
	if (left < BLOCK) {
		c->special &= (UINT64_C(1) << left) - 1;
		c->high &= (UINT64_C(1) << left) - 1;
	}
	c->not_ascii |= c->high != 0;
	c->base = c->at;
	c->at += left < BLOCK ? left : BLOCK;
}

/* The next byte that means anything, at *p; over: there is none, and *p is the
 * end of all bytes. */
static enum err
next_special(struct csv *c, size_t *p)
{
	enum err e;

	while (c->special == 0) {
		if (c->at - c->row > CSV_ROW)
			return E_LIMIT;
		if (c->at == c->have && (e = read_more(c)) != E_OK)
			return e;
		if (c->over) {
			*p = c->have;
			return E_OK;
		}
		next_block(c);
	}
	*p = c->base + (size_t)__builtin_ctzll(c->special);
	c->special &= c->special - 1;
	return E_OK;
}

/* Passes over a byte order mark at the very start. */
static enum err
pass_mark(struct csv *c)
{
	enum err e;

	c->started = true;
	while (c->have < 3 && !c->over)
		if ((e = read_more(c)) != E_OK)
			return e;
	if (c->have >= 3 && memcmp(c->buf, "\xef\xbb\xbf", 3) == 0)
		c->at = c->row = 3;
	return E_OK;
}

/* Rows ------------------------------------------------------------------- */

static void
start_row(struct csv *c, size_t at)
{
	c->row_line = c->line;
	c->row = c->field = at;
	c->n = 0;
	c->place = OPEN;
	c->broken = false;
	c->not_ascii = c->at > at && c->high != 0;
	c->doubled = 0;
}

/* Ends the last field before p, where its end stands; a quoted one before its
 * quote. */
static void
end_field(struct csv *c, size_t p)
{
	size_t end = c->place == CLOSED ? c->shut : p;

	if (c->n < CSV_FIELDS) {
		c->starts[c->n] = c->field;
		c->ends[c->n] = end;
	}
	c->n++;
	c->field = p + 1;
	c->place = OPEN;
}

static void
spoil(struct csv *c)
{
	c->broken = true;
	c->place = BROKEN;
}

/* A quote at p. */
static void
take_quote(struct csv *c, size_t p)
{
	if (c->place == OPEN && p == c->field) {
		c->place = QUOTED;
		c->field = p + 1;
	} else if (c->place == QUOTED) {
		c->place = CLOSED;
		c->shut = p;
	} else if (c->place == CLOSED && p == c->shut + 1) {
		c->place = QUOTED;
		if (c->n < CSV_FIELDS)
			c->doubled |= UINT64_C(1) << c->n;
	} else {
		spoil(c);
	}
}

/* An end of line at p; true: of the row, too, whose bytes end at *end. */
static bool
take_line(struct csv *c, size_t p, size_t *end)
{
	c->line++;
	if (c->place == QUOTED) {
		if (!c->one_line)
			return false;
		spoil(c);
	}
	*end = p > c->row && c->buf[p - 1] == '\r' ? p - 1 : p;
	if (c->place == CLOSED && *end != c->shut + 1)
		spoil(c);
	return true;
}

/* Reads up to the end of a row, *end: its bytes are [row, *end), the next row
 * begins at *next. */
static enum err
read_row(struct csv *c, size_t *end, size_t *next)
{
	size_t p;
	enum err e;

	for (;;) {
		if ((e = next_special(c, &p)) != E_OK)
			return e;
		if (c->over)
			break;
		if (c->buf[p] == ',') {
			if (c->place == CLOSED && p != c->shut + 1)
				spoil(c);
			if (c->place == OPEN || c->place == CLOSED)
				end_field(c, p);
		} else if (c->buf[p] == '\n') {
			*next = p + 1;
			if (take_line(c, p, end))
				return E_OK;
		} else if (c->buf[p] == '"') {
			take_quote(c, p);
		} else {
			return E_FORMAT;
		}
	}
	*end = p > c->row && c->buf[p - 1] == '\r' ? p - 1 : p;
	*next = p;
	if (c->place == CLOSED && *end != c->shut + 1)
		spoil(c);
	return c->place == QUOTED ? E_SHORT : E_OK;
}

/* Takes every second quote out of a field that holds doubled ones. */
static void
undouble(struct csv *c, size_t i)
{
	uint8_t *to = c->buf + c->starts[i];
	size_t n = 0, len = c->ends[i] - c->starts[i];

	for (size_t k = 0; k < len; k++) {
		to[n++] = to[k];
		k += to[k] == '"';
	}
	c->ends[i] = c->starts[i] + n;
}

/* The row as fields. */
static void
hand_out(struct csv *c, struct csv_row *row)
{
	size_t kept = c->n < CSV_FIELDS ? c->n : CSV_FIELDS;

	for (uint64_t d = c->doubled; !c->broken && d != 0; d &= d - 1)
		if ((size_t)__builtin_ctzll(d) < kept)
			undouble(c, (size_t)__builtin_ctzll(d));
	for (size_t i = 0; i < kept; i++) {
		c->buf[c->ends[i]] = '\0';
		row->fields[i] = (const char *)c->buf + c->starts[i];
		row->lens[i] = (uint32_t)(c->ends[i] - c->starts[i]);
	}
	row->line = c->row_line;
	row->n = c->n;
	row->broken = c->broken;
	row->ended = !c->over;
}

enum err
csv_next(struct csv *c, struct csv_row *row)
{
	size_t end, next;
	enum err e;

	if (!c->started && (e = pass_mark(c)) != E_OK)
		return e;
	next = c->row;
	do {
		start_row(c, next);
		if ((e = read_row(c, &end, &next)) != E_OK)
			return e;
	} while (end == c->row && !c->over);
	if (end - c->row >= CSV_ROW)
		return E_LIMIT;
	if (c->not_ascii && !utf8_good(c->buf + c->row, end - c->row))
		return E_FORMAT;
	if (end > c->row)
		end_field(c, end);
	hand_out(c, row);
	c->row = next;
	return E_OK;
}
