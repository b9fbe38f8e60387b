/*
 * A share adds +-k to a cell at rate p^k / (h k) for each sign and k >= 1.
 * Jumps are proposed at rates that are easy and kept with what is missing:
 *
 *	k in [2^j, 2^(j+1)), j < J:	block j, at rate 1/h: k uniform, so each
 *					at 2^-j / h; kept with p^k 2^j / k
 *	k >= K0 = 2^J:			tail, at rate b / (h K0 (b - a)) =
 *					1 / (h K0 (1 - p)): k = K0 + G with
 *					P[G = g] = (1 - p) p^g, so each at
 *					p^(k - K0) / (h K0); kept with
 *					p^K0 K0 / k
 *
 * Both make p^k / (h k), and each k is made once.  A thinned Poisson process is
 * one again, and so is the union of independent ones (Kingman, "Poisson
 * Processes", 1993, 2.2 and 5.1): the 2 n cells and signs are one of 2 n times
 * the rate, whose jumps land uniformly.  J is the largest with K0 <= 1 / (1 -
 * p), so a proposal is kept with a fair chance at every p.  Sizes stay below
 * 2^36 (SPAN_MAX), and a share passes 2^41 with chance below exp(-2^16), as p
 * <= 1 - 2^-24.
 */
#include "privacy/polya.h"

#include <string.h>

#include "privacy/words.h"

#define FIELD_MAX 65535
#define B_MAX (UINT32_C(1) << 24)
#define CELLS_MAX (UINT32_C(1) << 24)
/* many reaches n with chance 2 / (n - 1)!: at 256 below 2^-1600. */
#define ROUNDS_MAX 256
/* A run of SPAN_MAX K0 > 1024 / (1 - p) trials has chance below exp(-1024). */
#define SPAN_MAX 2048
#define BITS(mask) ((uint64_t)__builtin_popcountll(mask))
#define KINDS 25 /* K0 <= b / (b - a) <= 2^24 */
#define LATE 16  /* jumps on their way at once */

bool
polya_good(const struct polya *law)
{
	return law->a >= 1 && law->a < law->b && law->b <= B_MAX &&
	       law->h >= 1 && law->h <= FIELD_MAX;
}

/* SECRET: independent trials that succeed with probability a / b each. */
struct trials {
	uint64_t a, b;
	uint64_t fails; /* the next ones, from the lowest bit on; then zeros */
	unsigned left;
};

/*
 * 64 trials at once: u < a / b for a uniform u of [0, 1), bit by bit from the
 * top, one word holding one bit of all 64.  A u is decided where its bit first
 * differs from the digit of a / b, as long division gives it, whatever b.  Once
 * only zeros would follow, all others are at or above it.
 */
static void
refill(struct trials *t, struct words *w)
{
	uint64_t open = UINT64_MAX, rest = t->a;

	t->fails = UINT64_MAX;
	while (open != 0 && rest != 0) {
		uint64_t u = words_next(w), digit = 0;

		rest *= 2;
		if (rest >= t->b) {
			rest -= t->b;
			digit = UINT64_MAX;
		}
		t->fails &= ~(open & digit & ~u);
		open &= ~(digit ^ u);
	}
	t->left = 64;
}

/* How many trials succeed before the first that fails, `most` at most: that
 * many and the failure are used up.  Fewer once the source has failed. */
static uint64_t
run(struct trials *t, uint64_t most, struct words *w)
{
	uint64_t n = 0;

	for (;;) {
		unsigned ones = t->fails == 0
				    ? t->left
				    : (unsigned)__builtin_ctzll(t->fails);
		bool enough = ones >= most - n;
		unsigned used = enough ? (unsigned)(most - n) : ones;

		n += used;
		used += !enough && t->fails != 0;
		t->fails = used < 64 ? t->fails >> used : 0;
		t->left -= used;
		if (enough || used > ones || w->err != E_OK)
			return n;
		refill(t, w);
	}
}

/* An n >= 3 with chance 2 (n - 1) / n!, which is that of reaching it less that
 * of passing it: uniform integers below 3, 4, ... are all 0 up to the one below
 * n, the first that is not.  Kept with 1 / (n - 1): 2 / n!.  Or 0. */
static uint64_t
many(struct words *w)
{
	uint64_t n = 3;

	while (words_below(w, n) == 0 && n < ROUNDS_MAX)
		n++;
	if (n == ROUNDS_MAX)
		words_give_up(w);
	return words_below(w, n - 1) == 0 ? n : 0;
}

/*
 * The sum of `left` Poissons of mean 1, exactly, 64 at a time.  Of 8 outcomes
 * of three bits, 2 stand for the number 0, 2 for 1, 1 for 2, 1 for many: n has
 * weight 2 / n!.  What is refused, the last 2 among it, is drawn again.
 */
static uint64_t
poisson_whole(struct words *w, uint64_t left)
{
	uint64_t sum = 0;

	while (left > 0 && w->err == E_OK) {
		uint64_t lanes =
		    left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
		uint64_t high = words_next(w), middle = words_next(w),
			 low = words_next(w);
		uint64_t one = high & ~middle & lanes;
		uint64_t more = ~(high | middle) & lanes, two = more & low;

		left -= BITS((high ^ middle) & lanes) + BITS(two);
		sum += BITS(one) + 2 * BITS(two);
		for (uint64_t i = BITS(more & ~low); i > 0 && w->err == E_OK;
		     i--) {
			uint64_t n = many(w);

			left -= n > 0;
			sum += n;
		}
	}
	return sum;
}

/* Poisson of mean num / den: whole ones, and one more of which each event is
 * kept with the fraction that is left. */
static uint64_t
poisson(struct words *w, uint64_t num, uint64_t den)
{
	uint64_t sum = poisson_whole(w, num / den);

	for (uint64_t i = poisson_whole(w, 1); i > 0; i--)
		sum += words_below(w, den) < num % den ? 1 : 0;
	return sum;
}

/* Where jumps come from. */
struct kind {
	uint64_t first; /* of the block [first, 2 first), or K0 of the tail */
	uint64_t num,
	    den; /* how many are proposed: Poisson of mean num / den */
	bool tail;
};

/* A jump of that kind, or 0 if it is not kept. */
static uint64_t
jump(const struct kind *kind, struct words *w, struct trials *t)
{
	uint64_t first = kind->first, most = SPAN_MAX * first, k, need;

	k = need = kind->tail ? first : first + words_below(w, first);
	if (run(t, need, w) < need)
		return 0;
	if (kind->tail)
		k += run(t, most, w);
	if (k == first + most)
		words_give_up(w);
	return words_below(w, k) < first ? k : 0;
}

/* All kinds; how many.  Means: slots / h < 2^26, and slots b / (h K0 (b - a)),
 * of which the parts are below 2^49 and, as K0 (b - a) <= b, 2^40. */
static unsigned
plan(struct kind kinds[KINDS], const struct polya *law, uint64_t slots)
{
	const uint64_t gap = law->b - law->a;
	unsigned n = 0;
	uint64_t first = 1;

	for (; 2 * first * gap <= law->b; first *= 2)
		kinds[n++] = (struct kind){ first, slots, law->h, false };
	kinds[n++] =
	    (struct kind){ first, slots * law->b, law->h * first * gap, true };
	return n;
}

/* SECRET: one share in the making. */
struct share {
	int64_t *cells;
	uint64_t slots; /* cells and signs */
	struct words w;
	struct trials t;
	struct {
		uint64_t slot, k;
	} late[LATE]; /* a ring */
	unsigned at;
};

/* Adds the jump that has waited longest, while the cell of the new one is
 * fetched.  As unsigned numbers: what stands in cells is the caller's, and no
 * sum of it may be undefined. */
static void
land(struct share *s, uint64_t slot, uint64_t k)
{
	uint64_t was = s->late[s->at].slot, size = s->late[s->at].k;
	uint64_t sum = (uint64_t)s->cells[was / 2];

	s->cells[was / 2] = (int64_t)(was % 2 == 0 ? sum + size : sum - size);
	s->late[s->at].slot = slot;
	s->late[s->at].k = k;
	s->at = (s->at + 1) % LATE;
	__builtin_prefetch(&s->cells[slot / 2], 1);
}

static void
add(struct share *s, const struct polya *law)
{
	struct kind kinds[KINDS];
	unsigned n = plan(kinds, law, s->slots);
	uint64_t k;

	for (unsigned i = 0; i < n; i++)
		for (uint64_t left = poisson(&s->w, kinds[i].num, kinds[i].den);
		     left > 0 && s->w.err == E_OK; left--)
			if ((k = jump(&kinds[i], &s->w, &s->t)) != 0)
				land(s, words_below(&s->w, s->slots), k);
	for (unsigned i = 0; i < LATE; i++)
		land(s, 0, 0);
}

enum err
polya_add(
    int64_t *cells, size_t n, const struct polya *law, const struct rng *rng)
{
	struct share s = { .cells = cells, .slots = 2 * (uint64_t)n };
	enum err e = E_ARG;

	if (n <= CELLS_MAX && polya_good(law)) {
		s.t = (struct trials){ .a = law->a, .b = law->b };
		words_start(&s.w, rng);
		if (n > 0)
			add(&s, law);
		e = words_end(&s.w);
	}
	explicit_bzero(&s, sizeof(s));
	if (e != E_OK)
		explicit_bzero(cells, n * sizeof(*cells));
	return e;
}
