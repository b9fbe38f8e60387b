#include "base/rd.h"

#include <string.h>

struct rd
rd_over(const void *buf, size_t len)
{
	return (struct rd){ .p = buf, .left = len, .err = E_OK };
}

const uint8_t *
rd_view(struct rd *r, size_t n)
{
	const uint8_t *at = r->p;

	if (r->err != E_OK || n > r->left) {
		r->err = E_SHORT;
		return NULL;
	}
	if (n > 0)
		r->p += n;
	r->left -= n;
	return at;
}

/* The next n <= 8 bytes as a big-endian integer, 0 when short. */
static uint64_t
rd_be(struct rd *r, size_t n)
{
	const uint8_t *at = rd_view(r, n);
	uint64_t v = 0;

	for (size_t i = 0; at != NULL && i < n; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)rd_be(r, 1);
}

uint16_t
rd_be16(struct rd *r)
{
	return (uint16_t)rd_be(r, 2);
}

uint32_t
rd_be32(struct rd *r)
{
	return (uint32_t)rd_be(r, 4);
}

uint64_t
rd_be64(struct rd *r)
{
	return rd_be(r, 8);
}

void
rd_copy(struct rd *r, void *out, size_t n)
{
	const uint8_t *at = rd_view(r, n);

	if (n == 0)
		return;
	if (at == NULL)
		memset(out, 0, n);
	else
		memcpy(out, at, n);
}

enum err
rd_end(const struct rd *r)
{
	if (r->err != E_OK)
		return r->err;
	return r->left == 0 ? E_OK : E_TRAILING;
}
