/*
 * coordinator/text.h -- a growing text, for answers of megabytes.
 *
 * The error is sticky like base/wr's: after the first failure nothing is
 * added, and the writer asks once at the end.  Numbers are formatted by hand:
 * a million cells go through here.
 */
#ifndef COORDINATOR_TEXT_H
#define COORDINATOR_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TEXT_MAX ((size_t)256 * 1024 * 1024) /* bytes, usually */

struct text {
	char *p; /* len bytes, not terminated; NULL while empty */
	size_t len, cap, max;
	enum err err; /* E_OK, E_NOMEM or E_LIMIT (longer than max) */
};

/* text_new: an empty text that may grow to max bytes. */
struct text text_new(size_t max);

/* text_free: free and make empty. */
void text_free(struct text *t);

/* text_bytes, text_add: append p[0, n), a string. */
void text_bytes(struct text *t, const void *p, size_t n);
void text_add(struct text *t, const char *s);

/* text_int: append v in decimal. */
void text_int(struct text *t, int64_t v);

/* text_whole: a whole number as an integer, kept within 2^62: no records make
 * one larger, but a node that lies may. */
int64_t text_whole(double v);

/* text_cents: append v / 100 with two decimals at most, as few as it takes. */
void text_cents(struct text *t, int64_t v);

/* text_micro: append v / 1,000,000 with exactly six decimals. */
void text_micro(struct text *t, int64_t v);

/* text_json: append s (UTF-8) as a JSON string, quotes included. */
void text_json(struct text *t, const char *s);

/* text_csv: append s as a CSV field (RFC 4180), quoted where it must be. */
void text_csv(struct text *t, const char *s);

#endif
