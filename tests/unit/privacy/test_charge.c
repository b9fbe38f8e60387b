/* Promises of privacy/charge: exact, rounded up, never wrapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "privacy/charge.h"
#include "tests/unit/rng_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GAUSS NOISE_GAUSS
#define LAP NOISE_LAPLACE
#define PURE NOISE_LAPLACE_PURE

__extension__ typedef unsigned __int128 u128;

static const struct charge_bound one = { 1, 1, 1 };

static void
assert_cost(const struct cost *got, uint64_t nrho, uint64_t neps, uint64_t tv)
{
	if (got->nrho != nrho || got->neps != neps || got->tv != tv)
		fail_msg("%ju %ju %ju", (uintmax_t)got->nrho,
		    (uintmax_t)got->neps, (uintmax_t)got->tv);
}

/* By hand; most is in the one of nrho and neps that the law is charged in. */
static void
test_charges_are_exact_and_rounded_up(void **state)
{
	static const struct {
		struct charge_bound bound; /* c, k, d */
		bool folded;
		struct noise_law law;
		enum err want;
		uint64_t nano;
	} cases[] = {
		{ { 1, 1, 1 }, 0, { GAUSS, 25, 1 }, E_OK, 20000000 },
		{ { 1, 1, 1 }, 0, { GAUSS, 25000, 1000 }, E_OK, 20000000 },
		{ { 2, 3, 2 }, 0, { GAUSS, 25, 1 }, E_OK, 960000000 },
		{ { 2, 3, 2 }, 1, { GAUSS, 25, 1 }, E_OK,
		    UINT64_C(2880000000) },
		{ { 1, 1, 1 }, 1, { GAUSS, 25, 1 }, E_OK, 20000000 },
		{ { 1, 1, 1 }, 0, { GAUSS, 1, 2 }, E_OK, 1000000000 },
		/* 166,666,666.67; 20,833,333.33; 0.999...; 1.000...; 0.116 */
		{ { 1, 1, 1 }, 0, { GAUSS, 3, 1 }, E_OK, 166666667 },
		{ { 1, 1, 1 }, 0, { GAUSS, 24, 1 }, E_OK, 20833334 },
		{ { 1, 1, 1 }, 0, { GAUSS, 500000001, 1 }, E_OK, 1 },
		{ { 1, 1, 1 }, 0, { GAUSS, 499999999, 1 }, E_OK, 2 },
		{ { 1, 1, 1 }, 0, { GAUSS, UINT32_MAX, 1 }, E_OK, 1 },
		{ { 16, 12, 3 }, 0, { GAUSS, 7, 3 }, E_OK,
		    UINT64_C(5924571428572) },
		{ { 1, 1, 1 }, 0, { GAUSS, 1, UINT32_MAX }, E_OK,
		    UINT64_C(2147483647500000000) },
		/* eps: L1 = d c k, the same where the themes meet */
		{ { 1, 1, 1 }, 0, { LAP, 1, 1 }, E_OK, 1000000000 },
		{ { 2, 3, 2 }, 0, { LAP, 12, 1 }, E_OK, 1000000000 },
		{ { 2, 3, 2 }, 1, { LAP, 12, 1 }, E_OK, 1000000000 },
		{ { 2, 3, 2 }, 0, { PURE, 12, 1 }, E_OK, 1000000000 },
		{ { 1, 1, 1 }, 0, { LAP, 3, 1 }, E_OK, 333333334 },
		{ { 1, 2, 1 }, 0, { PURE, 1999, 1000 }, E_OK, 1000500251 },
		{ { 1, 1, 1 }, 0, { PURE, 1 << 24, 1 }, E_OK, 60 },
		{ { 16, 12, 3 }, 0, { LAP, 7, 3 }, E_OK,
		    UINT64_C(246857142858) },
		/* just below 2^64, and just above */
		{ { 1, 65521, 1 }, 0, { GAUSS, 1672, 941467807 }, E_OK,
		    UINT64_C(18446744073698265551) },
		{ { 1, 65521, 1 }, 0, { GAUSS, 1672, 941467808 }, E_RANGE, 0 },
		{ { 3, 1, 1 }, 0, { GAUSS, 1, UINT32_MAX }, E_RANGE, 0 },
		/* the quotient alone passes 64 bits */
		{ { 65535, 1, 1 }, 0, { GAUSS, 3, UINT32_MAX }, E_RANGE, 0 },
		{ { 65535, 65535, 65535 }, 0, { GAUSS, UINT32_MAX, 1 }, E_RANGE,
		    0 },
		{ { 65535, 65535, 65535 }, 1, { GAUSS, 1, UINT32_MAX }, E_RANGE,
		    0 },
		/* 2^121 times 10^9 / 2, which 128 bits would hold as 0 */
		{ { 32768, 32768, 32768 }, 1, { GAUSS, 1, UINT32_C(1) << 31 },
		    E_RANGE, 0 },
		{ { 65535, 65535, 65535 }, 1, { LAP, 1, UINT32_MAX }, E_RANGE,
		    0 },
		{ { 65535, 65535, 65535 }, 0, { LAP, 1 << 24, 1 }, E_OK,
		    UINT64_C(16776448011718691) },
		/* out of range */
		{ { 0, 1, 1 }, 0, { GAUSS, 1, 1 }, E_ARG, 0 },
		{ { 1, 0, 1 }, 0, { GAUSS, 1, 1 }, E_ARG, 0 },
		{ { 1, 1, 0 }, 0, { GAUSS, 1, 1 }, E_ARG, 0 },
		{ { 65536, 1, 1 }, 0, { GAUSS, 1, 1 }, E_ARG, 0 },
		{ { 1, 65536, 1 }, 0, { GAUSS, 1, 1 }, E_ARG, 0 },
		{ { 1, 1, 65536 }, 0, { GAUSS, 1, 1 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { GAUSS, 0, 1 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { GAUSS, 1, 0 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { LAP, 0, 1 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { PURE, 1, 0 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { LAP, (1 << 24) + 1, 1 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { PURE, (7 << 24) + 1, 7 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { 0, 1, 1 }, E_ARG, 0 },
		{ { 1, 1, 1 }, 0, { PURE + 1, 1, 1 }, E_ARG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct charge_part part = { 0, cases[i].folded, cases[i].law };
		struct cost total = { 0 };
		bool rho = part.law.noise == NOISE_GAUSS;

		if (charge_add(&total, &cases[i].bound, &part) != cases[i].want)
			fail_msg("case %zu", i);
		assert_cost(&total, rho ? cases[i].nano : 0,
		    rho ? 0 : cases[i].nano, 0);
	}
}

/* A uniform number below m of the stream of a test. */
static uint32_t
pick(struct stream *st, uint32_t m)
{
	uint32_t x = 0;

	(void)stream_fill(st, &x, sizeof(x));
	return x % m;
}

/* Of all sizes: its number of bits is uniform. */
static uint32_t
pick_size(struct stream *st, uint32_t bits)
{
	uint32_t top = UINT32_C(1) << pick(st, bits);

	return top + pick(st, top);
}

/* *x times by; false past 128 bits. */
static bool
times(u128 *x, uint64_t by)
{
	if (*x > ~(u128)0 / by)
		return false;
	*x *= by;
	return true;
}

/* What (the charge in nano-units) times num is: 10^9 L den, with the L of the
 * header spelt out factor by factor; false past 128 bits. */
static bool
exact_charge(u128 *x, const struct charge_bound *b, bool folded,
    const struct noise_law *law)
{
	const uint32_t squares[] = { b->c, b->c, b->d, b->d, b->k,
		folded ? b->k : 1 };
	const uint32_t lengths[] = { b->c, b->d, b->k };
	bool rho = law->noise == NOISE_GAUSS, fits = true;

	*x = rho ? 500000000 : 1000000000;
	for (size_t i = 0; i < COUNT(squares) && rho; i++)
		fits = fits && times(x, squares[i]);
	for (size_t i = 0; i < COUNT(lengths) && !rho; i++)
		fits = fits && times(x, lengths[i]);
	return fits && times(x, law->den);
}

/* Never below the true value, and less than one nano-unit above it; refused
 * exactly where 64 bits do not hold it. */
static void
test_charges_equal_the_exact_ratio(void **state)
{
	static const uint32_t laws[] = { GAUSS, LAP, PURE };
	struct stream st = { .seed = 1 };
	unsigned fitted = 0, refused = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		struct charge_bound b = { pick_size(&st, 16),
			pick_size(&st, 16), pick_size(&st, 16) };
		struct charge_part part = { 0, i % 2 == 0,
			{ laws[pick(&st, 3)], pick_size(&st, 24),
			    pick_size(&st, 32) } };
		struct cost cost = { 0 };
		enum err e = charge_add(&cost, &b, &part);
		uint64_t nano = cost.nrho + cost.neps;
		u128 x;

		if (!exact_charge(&x, &b, part.folded, &part.law) ||
		    x > (u128)UINT64_MAX * part.law.num) {
			assert_int_equal(e, E_RANGE);
			refused++;
			continue;
		}
		assert_int_equal(e, E_OK);
		assert_true(nano >= 1 && (u128)nano * part.law.num >= x);
		assert_true((u128)(nano - 1) * part.law.num < x);
		fitted++;
	}
	assert_true(fitted > 50000 && refused > 50000);
}

static void
test_histograms_add_up_and_tables_cost_distance(void **state)
{
	const struct charge_part parts[] = {
		{ 1, false, { GAUSS, 25, 1 } },
		{ 1024, false, { GAUSS, 25, 1 } },
		{ 1025, true, { LAP, 2, 1 } },
		{ 1000000, false, { PURE, 2, 1 } }, /* exact: no distance */
		{ 1000000, false, { GAUSS, 1 << 20, 1 } },
	};
	struct cost total = { 0 };
	uint64_t tv = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		assert_int_equal(charge_add(&total, &one, &parts[i]), E_OK);
		tv += noise_distance(parts[i].cells, &parts[i].law);
	}
	assert_cost(&total, 2 * 20000000 + 477, 2 * 500000000, tv);
	assert_true(tv >= 1 + 1 + 2);
}

/* Whichever of the three is full. */
static void
test_a_full_total_is_left_alone(void **state)
{
	static const struct {
		struct cost total;
		struct charge_part part;
		enum err want;
	} cases[] = {
		{ { UINT64_MAX - 20000000, 1, 1 }, { 1, 0, { GAUSS, 25, 1 } },
		    E_OK },
		{ { UINT64_MAX - 19999999, 1, 1 }, { 1, 0, { GAUSS, 25, 1 } },
		    E_RANGE },
		{ { 1, UINT64_MAX - 500000000, 1 }, { 1, 0, { LAP, 2, 1 } },
		    E_OK },
		{ { 1, UINT64_MAX - 499999999, 1 }, { 1, 0, { LAP, 2, 1 } },
		    E_RANGE },
		{ { 1, 1, UINT64_MAX }, { 1, 0, { GAUSS, 25, 1 } }, E_RANGE },
	};
	const struct polya share = { 1, 2, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cost total = cases[i].total;

		assert_int_equal(
		    charge_add(&total, &one, &cases[i].part), cases[i].want);
		assert_true(
		    cases[i].want == E_OK ||
		    memcmp(&total, &cases[i].total, sizeof(total)) == 0);
	}
	for (uint64_t left = 693147180; left <= 693147181; left++) {
		struct cost total = { 1, UINT64_MAX - left, 1 };

		assert_int_equal(charge_share(&total, &one, 1, &share),
		    left == 693147181 ? E_OK : E_RANGE);
		assert_cost(&total, 1,
		    left == 693147181 ? UINT64_MAX : UINT64_MAX - left, 1);
	}
}

/* ceil(10^9 g d c k ln(b / a)), from 90 digits.  fixed_log_up is at most 2^-60
 * above the logarithm: 10^9 g d c k 2^-60 nano-units. */
static void
test_shares_cost_the_logarithm(void **state)
{
	static const struct {
		struct charge_bound bound;
		uint32_t g, a, b;
		uint64_t neps; /* 0: past 64 bits */
	} cases[] = {
		{ { 1, 1, 1 }, 1, 1, 2, UINT64_C(693147181) },
		{ { 1, 1, 1 }, 2, 1507, 4096, UINT64_C(1999779937) },
		{ { 2, 3, 2 }, 2, 4056, 4096, UINT64_C(235526915) },
		{ { 16, 12, 3 }, 2, 16777215, 16777216, UINT64_C(68665) },
		{ { 1, 1, 1 }, 1, 16777215, 16777216, UINT64_C(60) },
		{ { 1, 1, 1 }, 1, 1, 16777216, UINT64_C(16635532334) },
		{ { 1, 1, 1 }, 1, 9, 10, UINT64_C(105360516) },
		{ { 1, 1, 1 }, 1, 8388608, 16777215, UINT64_C(693147121) },
		{ { 1, 1, 1 }, 20, 949, 1048, UINT64_C(1984601326) },
		{ { 12, 12, 3 }, 1, 4285657, 10450558, UINT64_C(385076811570) },
		{ { 8, 11, 1 }, 2, 7811852, 14098703, UINT64_C(103917570190) },
		{ { 16, 4, 2 }, 1, 779708, 1899282, UINT64_C(113959898673) },
		{ { 1, 12, 1 }, 4, 4183076, 9629137, UINT64_C(40019843757) },
		{ { 15, 3, 1 }, 1, 10359135, 10367083, UINT64_C(34512811) },
		{ { 7, 7, 2 }, 1, 2896763, 3047896, UINT64_C(4984045764) },
		{ { 65535, 65535, 65535 }, 1, 16777215, 16777216,
		    UINT64_C(16776448511695823) },
		{ { 65535, 65535, 1 }, 65535, 999999, 1000000,
		    UINT64_C(281462232736514824) },
		/* just below 2^64, and just above */
		{ { 54394, 20386, 1 }, 1, 1, 16777216,
		    UINT64_C(18446743949158873968) },
		{ { 50087, 22139, 1 }, 1, 1, 16777216, 0 },
		{ { 65535, 1, 65535 }, 2, 1, 16777216, 0 },
		{ { 65535, 65535, 65535 }, 65535, 1, 16777216, 0 },
		{ { 65535, 65535, 65535 }, 65535, 16777215, 16777216, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct charge_bound *b = &cases[i].bound;
		struct polya law = { cases[i].a, cases[i].b, 20 };
		struct cost total = { 0 };
		u128 units = (u128)b->c * b->k * b->d * cases[i].g * 1000000000;

		assert_int_equal(charge_share(&total, b, cases[i].g, &law),
		    cases[i].neps > 0 ? E_OK : E_RANGE);
		assert_true(total.neps >= cases[i].neps);
		assert_true(total.neps - cases[i].neps <= units >> 60);
		assert_cost(&total, 0, total.neps, 0);
	}
}

static void
test_shares_out_of_range_are_refused(void **state)
{
	static const struct {
		struct charge_bound bound;
		uint32_t g;
		struct polya law;
	} cases[] = {
		{ { 0, 1, 1 }, 1, { 1, 2, 1 } },
		{ { 1, 0, 1 }, 1, { 1, 2, 1 } },
		{ { 1, 1, 65536 }, 1, { 1, 2, 1 } },
		{ { 1, 1, 1 }, 0, { 1, 2, 1 } },
		{ { 1, 1, 1 }, 65536, { 1, 2, 1 } },
		{ { 1, 1, 1 }, 1, { 0, 2, 1 } },
		{ { 1, 1, 1 }, 1, { 2, 2, 1 } },
		{ { 1, 1, 1 }, 1, { 3, 2, 1 } },
		{ { 1, 1, 1 }, 1, { 1, (1 << 24) + 1, 1 } },
		{ { 1, 1, 1 }, 1, { 1, 2, 0 } },
		{ { 1, 1, 1 }, 1, { 1, 2, 65536 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cost total = { 1, 2, 3 };

		assert_int_equal(charge_share(&total, &cases[i].bound,
				     cases[i].g, &cases[i].law),
		    E_ARG);
		assert_cost(&total, 1, 2, 3);
	}
}

/* By hand. */
static void
test_fitted_noise_is_the_least_within_the_charge(void **state)
{
	static const struct {
		struct charge_bound bound;
		bool folded;
		uint32_t noise;
		uint64_t nano;
		uint32_t num, den;
	} cases[] = {
		{ { 1, 1, 1 }, 0, GAUSS, 20000000, 25000, 1000 },
		{ { 1, 2, 1 }, 0, GAUSS, 20000000, 50000, 1000 },
		{ { 1, 2, 1 }, 1, GAUSS, 20000000, 100000, 1000 },
		{ { 1, 1, 1 }, 0, GAUSS, 30000000, 16667, 1000 },
		{ { 2, 3, 2 }, 0, GAUSS, 7, UINT32_C(3428571429), 1 },
		{ { 1, 1, 1 }, 0, GAUSS, 1, 500000000, 1 },
		{ { 1, 1, 1 }, 0, GAUSS, 117, UINT32_C(4273504274), 1000 },
		{ { 1, 1, 1 }, 0, GAUSS, 116, UINT32_C(431034483), 100 },
		{ { 16, 12, 3 }, 0, GAUSS, 20000000, 691200000, 1000 },
		{ { 1, 1, 1 }, 0, GAUSS, UINT64_MAX, 1, 1000 },
		{ { 1, 1, 1 }, 0, LAP, 1000000000, 1000, 1000 },
		{ { 2, 3, 2 }, 1, PURE, 1000000000, 12000, 1000 },
		{ { 1, 1, 1 }, 0, LAP, 300000000, 3334, 1000 },
		{ { 1, 1, 1 }, 0, LAP, 233, UINT32_C(4291845494), 1000 },
		{ { 1, 1, 1 }, 0, LAP, 232, UINT32_C(431034483), 100 },
		{ { 1, 1, 1 }, 0, PURE, 60, UINT32_C(1666666667), 100 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct noise_law law = { cases[i].noise, 77, 78 };

		assert_int_equal(charge_fit(&law, &cases[i].bound,
				     cases[i].folded, cases[i].nano),
		    E_OK);
		assert_int_equal(law.noise, cases[i].noise);
		assert_int_equal(law.num, cases[i].num);
		assert_int_equal(law.den, cases[i].den);
	}
}

/* Is that law in range and charged at most nano? */
static bool
within(const struct noise_law *law, const struct charge_bound *b, bool folded,
    uint64_t nano)
{
	struct charge_part part = { 0, folded, *law };
	struct cost cost = { 0 };

	return charge_add(&cost, b, &part) == E_OK &&
	       cost.nrho + cost.neps <= nano;
}

/* The least num of the finest den, for any bound and target; refused only
 * where the most noise there is costs too much. */
static void
test_no_smaller_or_finer_noise_would_do(void **state)
{
	static const uint32_t laws[] = { GAUSS, LAP, PURE };
	struct stream st = { .seed = 2 };
	unsigned fitted = 0, coarse = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		struct charge_bound b = { pick_size(&st, i % 16 + 1),
			pick_size(&st, i % 16 + 1), pick_size(&st, 2) };
		struct noise_law law = { laws[pick(&st, 3)], 77, 78 }, less;
		uint64_t nano =
		    (uint64_t)pick_size(&st, 32) * pick_size(&st, i % 32 + 1);
		bool folded = i % 2 == 0;
		enum err e = charge_fit(&law, &b, folded, nano);

		if (e == E_RANGE) {
			less = (struct noise_law){ law.noise,
				law.noise == GAUSS ? UINT32_MAX : 1 << 24, 1 };
			assert_false(within(&less, &b, folded, nano));
			assert_true(law.num == 77 && law.den == 78);
			continue;
		}
		assert_int_equal(e, E_OK);
		assert_true(within(&law, &b, folded, nano));
		less = (struct noise_law){ law.noise, law.num - 1, law.den };
		assert_false(within(&less, &b, folded, nano));
		fitted++;
		if (law.den == 1000)
			continue;
		coarse++;
		less =
		    (struct noise_law){ law.noise, UINT32_MAX, law.den * 10 };
		if (law.noise != GAUSS && less.den <= 100)
			less.num = less.den << 24;
		assert_false(within(&less, &b, folded, nano));
	}
	assert_true(fitted > 20000 && coarse > 1000);
}

static void
test_impossible_targets_leave_the_law_alone(void **state)
{
	static const struct {
		struct charge_bound bound;
		uint32_t noise;
		uint64_t nano;
		enum err want;
	} cases[] = {
		{ { 65535, 1, 1 }, GAUSS, 20000000, E_RANGE },
		{ { 65535, 65535, 65535 }, GAUSS, 1, E_RANGE },
		{ { 65535, 65535, 65535 }, GAUSS, UINT64_MAX, E_RANGE },
		{ { 16, 12, 3 }, GAUSS, 1000, E_RANGE },
		{ { 1, 1, 1 }, LAP, 59, E_RANGE }, /* t <= 2^24 */
		{ { 65535, 65535, 65535 }, PURE, 1, E_RANGE },
		{ { 1, 1, 1 }, GAUSS, 0, E_ARG },
		{ { 0, 1, 1 }, GAUSS, 1, E_ARG },
		{ { 1, 0, 1 }, LAP, 1, E_ARG },
		{ { 1, 1, 65536 }, LAP, 1, E_ARG },
		{ { 1, 1, 1 }, 0, 1, E_ARG },
		{ { 1, 1, 1 }, PURE + 1, 1, E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct noise_law law = { cases[i].noise, 77, 78 };

		assert_int_equal(
		    charge_fit(&law, &cases[i].bound, true, cases[i].nano),
		    cases[i].want);
		assert_int_equal(law.num, 77);
		assert_int_equal(law.den, 78);
	}
}

static void
test_each_of_the_three_is_held_against_its_cap(void **state)
{
	const struct cost cap = { 10, 20, 30 };
	static const struct {
		struct cost cost;
		bool within;
	} cases[] = {
		{ { 0, 0, 0 }, true },
		{ { 10, 20, 30 }, true },
		{ { 11, 0, 0 }, false },
		{ { 0, 21, 0 }, false },
		{ { 0, 0, 31 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    cost_within(&cases[i].cost, &cap), cases[i].within);
}

static void
test_costs_add_or_are_refused(void **state)
{
	struct cost a = { 1, 2, 3 },
		    top = { UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3 };
	struct cost out;

	(void)state;
	assert_int_equal(cost_sum(&out, &a, &top), E_OK);
	assert_cost(&out, UINT64_MAX, UINT64_MAX, UINT64_MAX);
	for (unsigned i = 0; i < 3; i++) {
		struct cost more = { i == 0, i == 1, i == 2 };

		more.nrho += a.nrho;
		more.neps += a.neps;
		more.tv += a.tv;
		out = a;
		assert_int_equal(cost_sum(&out, &more, &top), E_RANGE);
		assert_cost(&out, 1, 2, 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charges_are_exact_and_rounded_up),
		cmocka_unit_test(test_charges_equal_the_exact_ratio),
		cmocka_unit_test(
		    test_histograms_add_up_and_tables_cost_distance),
		cmocka_unit_test(test_a_full_total_is_left_alone),
		cmocka_unit_test(test_shares_cost_the_logarithm),
		cmocka_unit_test(test_shares_out_of_range_are_refused),
		cmocka_unit_test(
		    test_fitted_noise_is_the_least_within_the_charge),
		cmocka_unit_test(test_no_smaller_or_finer_noise_would_do),
		cmocka_unit_test(test_impossible_targets_leave_the_law_alone),
		cmocka_unit_test(
		    test_each_of_the_three_is_held_against_its_cap),
		cmocka_unit_test(test_costs_add_or_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
