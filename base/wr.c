#include "base/wr.h"

#include <string.h>

struct wr
wr_over(void *buf, size_t cap)
{
	return (struct wr){ .buf = buf, .cap = cap, .len = 0, .err = E_OK };
}

void
wr_bytes(struct wr *w, const void *p, size_t n)
{
	if (w->err != E_OK || n > w->cap - w->len) {
		w->err = E_LIMIT;
		return;
	}
	if (n > 0)
		memcpy(w->buf + w->len, p, n);
	w->len += n;
}

/* The low n <= 8 bytes of v, most significant first. */
static void
wr_be(struct wr *w, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	wr_bytes(w, b, n);
}

void
wr_u8(struct wr *w, uint8_t v)
{
	wr_be(w, v, 1);
}

void
wr_be16(struct wr *w, uint16_t v)
{
	wr_be(w, v, 2);
}

void
wr_be32(struct wr *w, uint32_t v)
{
	wr_be(w, v, 4);
}

void
wr_be64(struct wr *w, uint64_t v)
{
	wr_be(w, v, 8);
}
