/*
 * node/breaks.h -- sudden breaks in a series of monthly figures: rules simple
 * enough to be said in a sentence.
 *
 * Neighbours of a month are up to BREAKS_SIDE months before and as many after
 * it; a rule needs BREAKS_LEAST of them.  A month of nothing is a gap, which is
 * seen without a rule: no neighbour, and no break.  Medians, as one odd
 * neighbour must not hide or make a break (Tukey, "Exploratory Data Analysis",
 * 1977, ch. 7). Integers only.
 */
#ifndef NODE_BREAKS_H
#define NODE_BREAKS_H

#include <stddef.h>
#include <stdint.h>

#define BREAKS_SIDE 3
#define BREAKS_LEAST 3
#define BREAKS_SD 6      /* beyond what chance does to a count */
#define BREAKS_SHARE 200 /* per mille */
#define BREAKS_SEEN 50   /* records of a month whose shares mean something */

enum break_rule {
	BREAK_NONE,
	/* Less than half, or more than twice, the median of its neighbours, and
	 * further from it than BREAKS_SD times its square root. */
	BREAK_LOW,
	BREAK_HIGH,
	/* The median of a month and the two after it is at most two thirds, or
	 * at least three halves, of the median of the three before it, and
	 * further from it than BREAKS_SD times its square root; the month where
	 * the jump is the largest of those next to each other. */
	BREAK_FALL,
	BREAK_RISE,
	/* Of shares: BREAKS_SHARE or more below, or above, the median share of
	 * its neighbours. */
	BREAK_SHARE_LOW,
	BREAK_SHARE_HIGH,
	BREAK_RULES
};

struct break_at {
	uint32_t i; /* month, from the first of the series */
	enum break_rule rule;
	uint64_t usual; /* the median that it was held against */
};

/* breaks_counts: breaks of count[n], in order, at most cap of them into out;
 * how many.  A month is in at most one; LOW and HIGH go before the others. */
size_t breaks_counts(
    struct break_at *out, size_t cap, const uint64_t *count, size_t n);

/* breaks_shares: likewise of the shares part[i] / whole[i]; months of fewer
 * than BREAKS_SEEN records are passed over.  usual is per mille. */
size_t breaks_shares(struct break_at *out, size_t cap, const uint64_t *part,
    const uint64_t *whole, size_t n);

/* breaks_words: what the rule saw, for people: "less than half of what is usual
 * around it". */
const char *breaks_words(enum break_rule rule);

#endif
