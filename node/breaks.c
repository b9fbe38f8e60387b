#include "node/breaks.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#define NEAR_MAX (2 * BREAKS_SIDE)

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The lower of the two middles when n is even; v is sorted. */
static uint64_t
median(uint64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[(n - 1) / 2];
}

/* Further from usual than chance takes a count?  Counts of a month are far
 * below 2^40, so nothing overflows. */
static bool
beyond_chance(uint64_t x, uint64_t usual)
{
	uint64_t d = x > usual ? x - usual : usual - x;
	uint64_t limit = BREAKS_SD * BREAKS_SD * (usual == 0 ? 1 : usual);

	return d > UINT32_MAX || d * d > limit;
}

static enum break_rule
odd_one(uint64_t *usual, const uint64_t *count, size_t n, size_t i)
{
	uint64_t near[NEAR_MAX];
	size_t n_near = 0;

	for (size_t j = i < BREAKS_SIDE ? 0 : i - BREAKS_SIDE;
	     j < n && j <= i + BREAKS_SIDE; j++)
		if (j != i && count[j] > 0)
			near[n_near++] = count[j];
	if (n_near < BREAKS_LEAST || count[i] == 0)
		return BREAK_NONE;
	*usual = median(near, n_near);
	if (!beyond_chance(count[i], *usual))
		return BREAK_NONE;
	if (2 * count[i] < *usual)
		return BREAK_LOW;
	return count[i] > 2 * *usual ? BREAK_HIGH : BREAK_NONE;
}

/* Medians of the three months before i, and of i and the two after. */
static enum break_rule
step_at(uint64_t *before, uint64_t *after, const uint64_t *count, size_t n,
    size_t i)
{
	uint64_t was[3], is[3];

	if (i < 3 || i + 3 > n)
		return BREAK_NONE;
	for (size_t j = 0; j < 3; j++) {
		was[j] = count[i - 3 + j];
		is[j] = count[i + j];
		if (was[j] == 0 || is[j] == 0)
			return BREAK_NONE;
	}
	*before = median(was, 3);
	*after = median(is, 3);
	if (!beyond_chance(*after, *before))
		return BREAK_NONE;
	if (3 * *after <= 2 * *before)
		return BREAK_FALL;
	return 2 * *after >= 3 * *before ? BREAK_RISE : BREAK_NONE;
}

/* Is the change from a month to the next larger at i than at j? */
static bool
jumps_more(const uint64_t *count, size_t i, size_t j)
{
	uint64_t a = count[i] > count[i - 1] ? count[i] - count[i - 1]
					     : count[i - 1] - count[i];
	uint64_t b = count[j] > count[j - 1] ? count[j] - count[j - 1]
					     : count[j - 1] - count[j];

	return a > b;
}

/* A step shows at up to three months next to each other; keeps the one where
 * the jump is.  Returns the last of them. */
static size_t
take_step(struct break_at *out, const uint64_t *count, size_t n, size_t i)
{
	uint64_t before, after;
	enum break_rule rule = step_at(&before, &after, count, n, i);
	size_t j;

	*out = (struct break_at){ (uint32_t)i, rule, before };
	for (j = i + 1; step_at(&before, &after, count, n, j) == rule; j++)
		if (jumps_more(count, j, out->i))
			*out = (struct break_at){ (uint32_t)j, rule, before };
	return j - 1;
}

static bool
has(const struct break_at *b, size_t n, size_t i)
{
	for (size_t j = 0; j < n; j++)
		if (b[j].i == i)
			return true;
	return false;
}

static int
compare_at(const void *a, const void *b)
{
	const struct break_at *x = a, *y = b;

	return (x->i > y->i) - (x->i < y->i);
}

size_t
breaks_counts(struct break_at *out, size_t cap, const uint64_t *count, size_t n)
{
	size_t found = 0, odd;
	uint64_t usual = 0, after;

	for (size_t i = 0; i < n && found < cap; i++) {
		enum break_rule rule = odd_one(&usual, count, n, i);

		if (rule != BREAK_NONE)
			out[found++] =
			    (struct break_at){ (uint32_t)i, rule, usual };
	}
	odd = found;
	for (size_t i = 0; i < n && found < cap; i++) {
		if (step_at(&usual, &after, count, n, i) == BREAK_NONE)
			continue;
		i = take_step(&out[found], count, n, i);
		if (!has(out, odd, out[found].i))
			found++;
	}
	qsort(out, found, sizeof(*out), compare_at);
	return found;
}

size_t
breaks_shares(struct break_at *out, size_t cap, const uint64_t *part,
    const uint64_t *whole, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n && found < cap; i++) {
		uint64_t near[NEAR_MAX], share, usual;
		size_t n_near = 0;

		if (whole[i] < BREAKS_SEEN)
			continue;
		for (size_t j = i < BREAKS_SIDE ? 0 : i - BREAKS_SIDE;
		     j < n && j <= i + BREAKS_SIDE; j++)
			if (j != i && whole[j] >= BREAKS_SEEN)
				near[n_near++] = 1000 * part[j] / whole[j];
		if (n_near < BREAKS_LEAST)
			continue;
		usual = median(near, n_near);
		share = 1000 * part[i] / whole[i];
		if (share + BREAKS_SHARE <= usual)
			out[found++] = (struct break_at){ (uint32_t)i,
				BREAK_SHARE_LOW, usual };
		else if (share >= usual + BREAKS_SHARE)
			out[found++] = (struct break_at){ (uint32_t)i,
				BREAK_SHARE_HIGH, usual };
	}
	return found;
}

const char *
breaks_words(enum break_rule rule)
{
	static const char *const words[BREAK_RULES] = {
		[BREAK_NONE] = "",
		[BREAK_LOW] = "less than half of what is usual around it",
		[BREAK_HIGH] = "more than twice what is usual around it",
		[BREAK_FALL] = "from here on two thirds of before, or less",
		[BREAK_RISE] = "from here on half more than before, or more",
		[BREAK_SHARE_LOW] = "far below what is usual around it",
		[BREAK_SHARE_HIGH] = "far above what is usual around it",
	};

	assert(rule < BREAK_RULES);
	return words[rule];
}
