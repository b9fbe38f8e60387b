/*
 * tests/unit/rng_test.h -- random sources of tests: the same bytes every time.
 *
 * ChaCha20 (RFC 8439 section 2.3, with a 64-bit counter and nonce as DJB has
 * it) under the key 00 01 ... 1f; the nonce is the seed.  Seed 0 is the stream
 * of tests/vectors/dp_sampler_streams.json.
 */
#ifndef TESTS_UNIT_RNG_TEST_H
#define TESTS_UNIT_RNG_TEST_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/rng.h"

struct stream {
	uint64_t seed, block;
	size_t left;       /* bytes of buf not handed out yet, at its end */
	uint64_t read;     /* bytes handed out */
	uint64_t fails_at; /* E_RNG once read would pass it; 0: never */
	uint8_t buf[64];
};

static inline uint32_t
stream_rotl(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static inline void
stream_quarter(uint32_t s[16], int a, int b, int c, int d)
{
	s[a] += s[b];
	s[d] = stream_rotl(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = stream_rotl(s[b] ^ s[c], 12);
	s[a] += s[b];
	s[d] = stream_rotl(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = stream_rotl(s[b] ^ s[c], 7);
}

static inline void
stream_block(struct stream *st)
{
	uint32_t in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t s[16];

	for (uint32_t i = 0; i < 8; i++)
		in[4 + i] = UINT32_C(0x03020100) + UINT32_C(0x04040404) * i;
	in[12] = (uint32_t)st->block;
	in[13] = (uint32_t)(st->block >> 32);
	in[14] = (uint32_t)st->seed;
	in[15] = (uint32_t)(st->seed >> 32);
	memcpy(s, in, sizeof(s));
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++)
			stream_quarter(s, i, i + 4, i + 8, i + 12);
		for (int i = 0; i < 4; i++)
			stream_quarter(s, i, (i + 1) % 4 + 4, (i + 2) % 4 + 8,
			    (i + 3) % 4 + 12);
	}
	for (unsigned i = 0; i < 16; i++)
		for (unsigned j = 0; j < 4; j++)
			st->buf[4 * i + j] =
			    (uint8_t)((s[i] + in[i]) >> (8 * j));
	st->block++;
	st->left = sizeof(st->buf);
}

static inline enum err
stream_fill(void *ctx, void *buf, size_t len)
{
	struct stream *st = ctx;
	uint8_t *p = buf;

	if (st->fails_at != 0 && st->read + len > st->fails_at)
		return E_RNG;
	st->read += len;
	while (len > 0) {
		size_t n;

		if (st->left == 0)
			stream_block(st);
		n = len < st->left ? len : st->left;
		memcpy(p, st->buf + sizeof(st->buf) - st->left, n);
		st->left -= n;
		p += n;
		len -= n;
	}
	return E_OK;
}

static inline struct rng
stream_rng(struct stream *st)
{
	return (struct rng){ .fill = stream_fill, .ctx = st };
}

/* Where a test needs many numbers: splitmix64 (Steele, Lea, Flood 2014). */
struct quick {
	uint64_t at;
};

static inline enum err
quick_fill(void *ctx, void *buf, size_t len)
{
	struct quick *q = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i += 8) {
		uint64_t x = q->at += UINT64_C(0x9e3779b97f4a7c15);

		x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
		x ^= x >> 31;
		memcpy(p + i, &x, len - i < 8 ? len - i : 8);
	}
	return E_OK;
}

static inline struct rng
quick_rng(struct quick *q)
{
	return (struct rng){ .fill = quick_fill, .ctx = q };
}

/* A number in [0, 1) with 53 bits. */
static inline double
stream_unit(struct stream *st)
{
	uint64_t x = 0;

	(void)stream_fill(st, &x, sizeof(x));
	return (double)(x >> 11) / (double)(UINT64_C(1) << 53);
}

#endif
