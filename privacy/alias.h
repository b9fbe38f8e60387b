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
 * The probability of an outcome is a multiple of 2^-(112 + k) within 2^-(111 +
 * k) of the true one, so that with the tail cut off a draw is within 2^-110 of
 * its law in total variation.
 */
#ifndef PRIVACY_ALIAS_H
#define PRIVACY_ALIAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "privacy/fixed.h"
#include "privacy/words.h"

#define ALIAS_COLUMNS 2048 /* most */
#define ALIAS_BYTES 14     /* of a threshold: 112 bits */

struct alias {         /* by alias_build; not secret */
	unsigned bits; /* 2^bits columns: 4 ... 11 */
	uint8_t under[ALIAS_BYTES][ALIAS_COLUMNS]; /* threshold, byte by byte,
						    * the highest first */
	uint8_t other[2][ALIAS_COLUMNS]; /* whom the rest of the column belongs
					  * to: low byte, high byte */
};

/*
 * alias_build: the table of outcomes 0 ... n - 1 with the given weights, which
 * are at most 1 and sum to at least 1 (assert); 1 <= n <= ALIAS_COLUMNS
 * (assert).  Weights are overwritten.
 */
void alias_build(struct alias *out, struct fixed *weight, unsigned n);

/*
 * alias_draw: n independent outcomes.  16 bytes of the stream a draw, whatever
 * the table: of each 32 draws first 14 planes of 32 bytes with the thresholds'
 * counterparts, highest byte first, then 2 planes with the column (low byte,
 * high byte); a last group is drawn whole and cut.  The top bit of the last
 * plane is a fair coin that the table does not use: signs[i] (NULL: not
 * wanted) is 0 or -1.
 */
void alias_draw(const struct alias *a, uint16_t *out, int8_t *signs, size_t n,
    struct words *w);

/* alias_portable: from now on the portable twin (true) or what the processor
 * has (false): for tests and ./dev bench. */
void alias_portable(bool portable);

#endif
