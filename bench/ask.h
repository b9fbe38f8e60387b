/*
 * bench/ask.h -- what `./dev bench records` asks, of which made-up records.
 *
 * A large agency of 7,249 LSOAs, a year of records in 14 offence codes, which
 * rules of the bench's own put into 12 categories, every code into one.  Which
 * theme lends a category its name means nothing.
 */
#ifndef BENCH_ASK_H
#define BENCH_ASK_H

#include <stdint.h>

#include "model/area.h"
#include "model/query.h"
#include "model/theme.h"

#define ASK_MONTH 612 /* 2021-01 */
#define ASK_MONTHS 12
#define ASK_WEST 400000 /* all points lie in a square of ASK_SIDE, ... */
#define ASK_SOUTH 100000
#define ASK_SIDE 200000
#define ASK_BOX_WEST 470000 /* ... a tenth of them in this one */
#define ASK_BOX_SOUTH 190000
#define ASK_BOX_SIDE 64000
#define ASK_CELL 1000
#define ASK_C 3 /* records of a person-month, in "bound" */

struct ask_kind {
	const char *code;
	uint8_t theme;
	unsigned share; /* of 10,000 records */
};
#define ASK_KINDS 14
extern const struct ask_kind ask_kinds[ASK_KINDS];

enum ask {
	ASK_MAP,   /* one category, half of the months, by area: 1 % */
	ASK_GRID,  /* the same by square */
	ASK_CROSS, /* area x category x month */
	ASK_BOX,   /* by cell of a box that holds a tenth */
	ASK_BOUND, /* ASK_CROSS of at most ASK_C records per person-month */
	ASKS
};

/* ask_parse: "map", "grid", "cross", "box", "bound"; a broken call ends the
 * program. */
enum ask ask_parse(const char *s);
const char *ask_text(enum ask a);

/* ask_world: the shipped areas and the bench's rules; ends the program. */
void ask_world(struct areas **areas, struct themes **rules);

/* ask_question: what a asks.  ask_forces: the agency. */
struct question ask_question(enum ask a, const struct areas *areas);
#define ASK_FORCES 4
extern const char ask_forces[ASK_FORCES][GSS];

/* ask_category: the number of a theme among those of ASK_CROSS, -1: none. */
int ask_category(unsigned theme);

/*
 * ask_sums: what every way of counting must agree on, of the counts x of all
 * cells i: how many are not 0, the sum of x, of x w(i), of x v(i), of x^2;
 * w(i) = 48271 i mod 65521, v(i) = 40503 i mod 65537.
 */
#define ASK_SUMS 5
void ask_sums(uint64_t out[ASK_SUMS], const uint32_t *cells, uint32_t n);
void ask_print_sums(const uint64_t sums[ASK_SUMS]); /* "[1, 2, 3, 4, 5]" */

/* ask_need: end the program unless E_OK. */
void ask_need(enum err e, const char *what);

#endif
