/*
 * privacy/alias.h -- draws from a table, in constant time.
 *
 * Source: Walker's alias method (Vose, "A linear algorithm for generating
 * random numbers with a given distribution", IEEE TSE 17, 1991), on integers:
 * 2^k columns of 2^112 units each share the units of all outcomes.  A draw
 * takes a column by k random bits and compares 112 more with its threshold.
 *
 * Every draw reads the whole table: neither a branch nor an address depends on
 * a random bit, so the time of a draw tells nothing of its value.  AVX2 where
 * the processor has it, a portable twin elsewhere; both give the same numbers
 * from the same stream.
 *
 * The probability of an outcome is a multiple of 2^-(112 + k) within that much
 * of weight / sum, so that a draw is within 2^-113 of it in total variation.
 */
#ifndef PRIVACY_ALIAS_H
#define PRIVACY_ALIAS_H

#include <stddef.h>
#include <stdint.h>

#include "privacy/fixed.h"
#include "privacy/words.h"

#define ALIAS_COLUMNS 2048 /* most */
#define ALIAS_BYTES 14     /* of a threshold: 112 bits */
#define ALIAS_GROUP 32     /* draws whose bytes stand together */
#define ALIAS_DRAWS 512    /* at a time: at most a pool of words */

struct alias {         /* by alias_build; not secret; 32 KiB */
	unsigned bits; /* 2^bits columns: 4 ... 11 */
	/* Column c has byte i of its entry at [c / 16][i][c % 16]: the
	 * threshold, the highest byte first, then whom the rest of the column
	 * belongs to: low byte, high byte. */
	uint8_t entry[ALIAS_COLUMNS / 16][ALIAS_BYTES + 2][16];
};

/* alias_planes: bytes of the stream a draw. */
static inline unsigned
alias_planes(const struct alias *a)
{
	return a->bits < 8 ? ALIAS_BYTES + 1 : ALIAS_BYTES + 2;
}

/*
 * alias_build: the table of outcomes 0 ... n - 1 with the given weights, which
 * are at most 2 and sum to at least 1 (assert); 1 <= n <= ALIAS_COLUMNS
 * (assert).
 */
void alias_build(struct alias *out, const struct fixed *weight, unsigned n);

/*
 * alias_draw: ALIAS_DRAWS independent outcomes.  15 bytes of the stream a draw
 * from up to 128 columns, 16 from more: of each 32 draws first 14 planes of 32
 * bytes with the thresholds' counterparts, highest byte first, then the column
 * (low byte, high byte if there is one).  The top bit of the last plane is a
 * fair coin that the table does not use: signs[i] is 0 or -1.
 */
void alias_draw(const struct alias *a, uint16_t out[ALIAS_DRAWS],
    int8_t signs[ALIAS_DRAWS], struct words *w);

/* alias_portable: from now on the portable twin (true) or what the processor
 * has (false): for tests and ./dev bench, before there are threads. */
void alias_portable(bool portable);

#endif
