/*
 * base/rd.h -- a checked reader over bytes.
 *
 * The error is sticky: after the first failed read every further read yields
 * zero, so that a parser is one straight column that asks once at the end.
 * Integers are big-endian.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rd {
	const uint8_t *p;
	size_t left;
	enum err err; /* E_OK or E_SHORT */
};

/* rd_over: a reader of buf[0, len), which stays the caller's. */
struct rd rd_over(const void *buf, size_t len);

uint8_t rd_u8(struct rd *r);
uint16_t rd_be16(struct rd *r);
uint32_t rd_be32(struct rd *r);
uint64_t rd_be64(struct rd *r);

/* rd_view: a pointer to the next n bytes inside the buffer; NULL when short
 * (and when n is 0 at the very end of an empty buffer). */
const uint8_t *rd_view(struct rd *r, size_t n);

/* rd_copy: the next n bytes into out[n]; out is zeroed when short. */
void rd_copy(struct rd *r, void *out, size_t n);

/* rd_end: E_OK when nothing failed and nothing is left; E_SHORT; E_TRAILING.*/
enum err rd_end(const struct rd *r) MUST_USE;

#endif
