/*
 * base/wr.h -- a checked writer into the caller's buffer.
 *
 * Sticky like base/rd: what does not fit is not written and sets E_LIMIT.
 * Integers are big-endian.
 */
#ifndef BASE_WR_H
#define BASE_WR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct wr {
	uint8_t *buf;
	size_t cap;
	size_t len;   /* bytes written */
	enum err err; /* E_OK or E_LIMIT */
};

/* wr_over: a writer into buf[0, cap), which stays the caller's. */
struct wr wr_over(void *buf, size_t cap);

void wr_u8(struct wr *w, uint8_t v);
void wr_be16(struct wr *w, uint16_t v);
void wr_be32(struct wr *w, uint32_t v);
void wr_be64(struct wr *w, uint64_t v);
void wr_bytes(struct wr *w, const void *p, size_t n);

#endif
