#include "privacy/alias.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "privacy/alias_avx2.h"

#define ROWS (ALIAS_BYTES + 2)
#define COLUMN ((u128)1 << 112) /* units */

static_assert(ALIAS_DRAWS * ROWS <= WORDS_POOL, "a view of a pool");

static bool portable;

void
alias_portable(bool on)
{
	portable = on;
}

/*
 * Weights become units: floor(weight / sum * 2^(112 + bits)).  Each is short
 * by less than one (the quotient is off by less than 2^-180), so fewer than n
 * of the whole are missing, or n: the first outcomes get one more each.
 */
static void
share_out(u128 unit[ALIAS_COLUMNS], const struct fixed *weight, unsigned n,
    unsigned bits)
{
	struct fixed sum = { { 0 } };
	u128 left = COLUMN << bits;

	for (unsigned i = 0; i < n; i++) {
		assert(weight[i].limb[3] <= 2);
		sum = fixed_add(sum, weight[i]);
	}
	sum = fixed_inverse(sum);
	for (unsigned i = 0; i < n; i++) {
		struct fixed p = fixed_mul(weight[i], sum);
		u128 part = (u128)p.limb[2] << 64 | p.limb[1];

		unit[i] =
		    ((u128)p.limb[3] << (112 + bits)) + (part >> (16 - bits));
		left -= unit[i];
	}
	assert(left <= n);
	for (unsigned i = 0; i < left; i++)
		unit[i]++;
}

/* A column is its own outcome's up to there; the other has the rest. */
static void
set_column(struct alias *out, unsigned c, u128 own, unsigned other)
{
	uint8_t(*entry)[16] = out->entry[c / 16];

	for (unsigned i = 0; i < ALIAS_BYTES; i++)
		entry[i][c % 16] = (uint8_t)(own >> (8 * (13 - i)));
	entry[ALIAS_BYTES][c % 16] = (uint8_t)other;
	entry[ALIAS_BYTES + 1][c % 16] = (uint8_t)(other >> 8);
}

/*
 * A poor column is filled up by the first rich outcome.  That becomes poor in
 * turn at most once, and its column is filled at once if its turn is over.
 * What poor columns miss is at all times what rich outcomes have too much.
 */
void
alias_build(struct alias *out, const struct fixed *weight, unsigned n)
{
	u128 unit[ALIAS_COLUMNS] = { 0 };
	unsigned rich = 0;

	assert(n >= 1 && n <= ALIAS_COLUMNS);
	for (out->bits = 4; 1U << out->bits < n;)
		out->bits++;
	share_out(unit, weight, n, out->bits);
	for (unsigned turn = 0; turn < 1U << out->bits; turn++) {
		unsigned at = turn;

		while (unit[at] < COLUMN) {
			while (unit[rich] <= COLUMN)
				rich++;
			set_column(out, at, unit[at], rich);
			unit[rich] -= COLUMN - unit[at];
			if (unit[rich] > COLUMN || rich > turn)
				break;
			at = rich;
		}
		if (unit[at] == COLUMN) /* all its own */
			set_column(out, at, 0, at);
	}
}

/* A byte of 16 columns: compared and masked without a branch. */
typedef uint8_t row __attribute__((vector_size(16)));

/* The one byte that is not 0, or 0: the sum of all. */
static unsigned
only(row r)
{
	uint64_t half[2];

	memcpy(half, &r, sizeof(half));
	half[0] |= half[1];
	return (unsigned)(half[0] * UINT64_C(0x0101010101010101) >> 56);
}

/* The outcome of a column and a number, whose bytes come every 32: a borrow
 * that goes up from the last byte says whether it is below the threshold. */
static unsigned
outcome(const struct alias *a, unsigned column, const uint8_t *number)
{
	const row columns = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15 };
	const row mine = (row)(columns == (uint8_t)(column % 16));
	row got[ROWS] = { { 0 } };
	unsigned below = 0, other;

	for (unsigned b = 0; b < (1U << a->bits) / 16; b++) {
		uint8_t here = (uint8_t)(((column / 16 ^ b) - 1) >> 8);

		for (unsigned i = 0; i < ROWS; i++) {
			row r;

			memcpy(&r, a->entry[b][i], sizeof(r));
			got[i] |= r & here;
		}
	}
	for (unsigned i = ALIAS_BYTES; i-- > 0;)
		below =
		    (number[ALIAS_GROUP * i] - only(got[i] & mine) - below) >>
		    31;
	other = only(got[ALIAS_BYTES] & mine) |
		only(got[ALIAS_BYTES + 1] & mine) << 8;
	explicit_bzero(got, sizeof(got));
	return (column & (0 - below)) | (other & (below - 1));
}

static void
draw_portable(
    const struct alias *a, uint16_t *out, int8_t *signs, const uint8_t *planes)
{
	const unsigned n = alias_planes(a);

	for (unsigned i = 0; i < ALIAS_DRAWS; i++) {
		unsigned at = i % ALIAS_GROUP;
		const uint8_t *number = planes + n * (i - at) + at;
		unsigned low = number[ALIAS_GROUP * ALIAS_BYTES];
		unsigned high = number[ALIAS_GROUP * (n - 1)];
		unsigned column = (low | high << 8) & ((1U << a->bits) - 1);

		out[i] = (uint16_t)outcome(a, column, number);
		signs[i] = (int8_t) - (high >> 7);
	}
}

void
alias_draw(const struct alias *a, uint16_t out[ALIAS_DRAWS],
    int8_t signs[ALIAS_DRAWS], struct words *w)
{
	const uint8_t *planes = words_view(w, ALIAS_DRAWS * alias_planes(a));

	if ((alias_avx2_runs() & !portable) != 0)
		alias_avx2_draw(a, out, signs, planes);
	else
		draw_portable(a, out, signs, planes);
}
