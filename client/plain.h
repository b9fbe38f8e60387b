/*
 * client/plain.h -- numbers, times and foreign words as people read them.
 */
#ifndef CLIENT_PLAIN_H
#define CLIENT_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PLAIN_NUMBER 40 /* bytes of a number with NUL */
#define PLAIN_HALF (PLAIN_NUMBER + 2)
#define PLAIN_MONTHS 24 /* bytes of a span of months with NUL */
#define PLAIN_NOISE_MAX 1e15
#define PLAIN_WIDTH 79 /* letters of a line */

/* plain_count: "1,909". */
void plain_count(char out[PLAIN_NUMBER], uint64_t v);

/* plain_rho: nano-rho as the exact decimal of rho, "0.02". */
void plain_rho(char out[PLAIN_NUMBER], uint64_t nrho);

/* plain_figure: about three figures, rounded: "0.62", "5.1", "1,240"; "no
 * bound" for what is not finite or above PLAIN_NOISE_MAX.  v >= 0. */
void plain_figure(char out[PLAIN_NUMBER], double v);

/* plain_figure_up: likewise, never less than v from 0.1 on: for losses. */
void plain_figure_up(char out[PLAIN_NUMBER], double v);

/* plain_half: a half width: "+-17"; what is not whole as plain_figure_up. */
void plain_half(char out[PLAIN_HALF], double half);

/* plain_months: "2021-01..2021-12", or the one month. */
void plain_months(char out[PLAIN_MONTHS], uint16_t first, uint16_t n);

/*
 * plain_words: the text s into out[cap], cut at a letter's end; what steers a
 * terminal (protocol/words) becomes '?': a person signs what is shown.
 */
void plain_words(char *out, size_t cap, const char *s);

/* plain_cell: write s and spaces up to width letters, and two more. */
void plain_cell(FILE *out, const char *s, size_t width);

/* plain_wrap: head and text, broken at spaces, what follows under the text. */
void plain_wrap(FILE *out, const char *head, const char *text);

#endif
