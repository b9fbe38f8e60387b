/*
 * node/csv.h -- rows of a CSV file as they come, checked and bounded.
 *
 * Source: RFC 4180, UTF-8, comma, double quotes doubled inside quotes; lines
 * end with LF or CRLF; a byte order mark before the first row is passed over,
 * and so are empty lines.  One row is in memory at a time.
 */
#ifndef NODE_CSV_H
#define NODE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CSV_FIELDS 64     /* kept of one row */
#define CSV_ROW (1 << 16) /* bytes of one row with its quotes and its end */

struct csv; /* opaque */

struct csv_source { /* where the bytes come from; outlives the reader */
	/* At most cap bytes into buf, *n of them; 0: the end.  E_IO; other
	 * errors are handed on as they are. */
	enum err (*read)(void *ctx, void *buf, size_t cap, size_t *n);
	void *ctx;
};

struct csv_row {
	uint64_t line; /* of its first byte, from 1 */
	size_t n;      /* fields; 0: the file has ended */
	/* the first min(n, CSV_FIELDS), each ended by NUL, valid until the
	 * next csv_next, and their lengths */
	const char *fields[CSV_FIELDS];
	uint32_t lens[CSV_FIELDS];
	bool broken; /* a quote out of place: fields mean nothing */
	bool ended;  /* by an end of line, not by the end of the file */
};

/*
 * csv_new: a reader of s from its start.  one_line: no field of this format
 * holds an end of line, so that one inside quotes is a quote out of place and
 * the next row is the next line, whatever is wrong with this one.
 *
 * E_NOMEM
 */
enum err csv_new(
    struct csv **out, const struct csv_source *s, bool one_line) MUST_USE;
void csv_free(struct csv *c); /* NULL does nothing */

/*
 * csv_next: the next row.  After a failure there is no next row; csv_line says
 * where it was.
 *
 * E_FORMAT	a NUL byte, or bytes that are not UTF-8.
 * E_SHORT	the file ends inside quotes.
 * E_LIMIT	a row of more than CSV_ROW bytes.
 * E_IO		the source failed.
 */
enum err csv_next(struct csv *c, struct csv_row *row) MUST_USE;

/* csv_line: the line where the row that was asked for last begins. */
uint64_t csv_line(const struct csv *c);

#endif
