#include "privacy/charge.h"

#include "base/num.h"
#include "privacy/fixed.h"

#define FIELD_MAX 65535
#define DEN_MAX 1000
#define LAPLACE_RATIO (1 << 24) /* most num / den: privacy/noise */

__extension__ typedef unsigned __int128 u128;

static bool
field_good(uint32_t field)
{
	return field >= 1 && field <= FIELD_MAX;
}

static bool
bound_good(const struct charge_bound *b)
{
	return field_good(b->c) && field_good(b->k) && field_good(b->d);
}

/* Does privacy/noise draw that law?  Of GAUSS all with num, den >= 1. */
static bool
law_good(const struct noise_law *law)
{
	return law->num >= 1 && law->den >= 1 && law->noise >= NOISE_GAUSS &&
	       law->noise <= NOISE_LAPLACE_PURE &&
	       (law->noise == NOISE_GAUSS ||
		   law->num <= (uint64_t)law->den * LAPLACE_RATIO);
}

/*
 * The charge of a law is unit * move * den / num nano-units: for GAUSS move is
 * L2 squared, d^2 c^2 k, or d^2 c^2 k^2 where the k themes meet in one cell,
 * and unit takes in the half of L2^2 / (2 s2); for LAPLACE it is L1 = d c k.
 * Each field is below 2^16: move is below 2^96 and 2^48, and unit * move below
 * 2^29 * 2^96 and 2^30 * 2^48.
 */
static u128
move_of(
    uint64_t *unit, const struct charge_bound *b, bool folded, uint32_t noise)
{
	uint64_t dc = (uint64_t)b->d * b->c, l1 = dc * b->k;

	*unit = noise == NOISE_GAUSS ? CHARGE_NANO / 2 : CHARGE_NANO;
	if (noise != NOISE_GAUSS)
		return l1;
	return folded ? (u128)l1 * l1 : (u128)(dc * dc) * b->k;
}

/*
 * *nano = ceil(unit * move * den / num).  a = move * den is below 2^96 * 2^32
 * and is divided before it is multiplied: a = whole * num + rest, so unit *
 * rest is below 2^30 * 2^32 and unit * whole, once whole fits 64 bits, below
 * 2^94.  A whole that does not is itself too much, as unit >= 1.
 */
static enum err
scale_up(uint64_t *nano, uint64_t unit, u128 move, const struct noise_law *law)
{
	u128 a = move * law->den, whole = a / law->num, sum;
	uint64_t rest;

	if (whole > UINT64_MAX)
		return E_RANGE;
	rest = unit * (uint64_t)(a % law->num);
	sum = whole * unit + rest / law->num + (rest % law->num != 0 ? 1 : 0);
	if (sum > UINT64_MAX)
		return E_RANGE;
	*nano = (uint64_t)sum;
	return E_OK;
}

enum err
charge_add(struct cost *total, const struct charge_bound *bound,
    const struct charge_part *part)
{
	const struct noise_law *law = &part->law;
	struct cost cost = { 0 };
	uint64_t unit;
	u128 move;
	enum err e;

	if (!bound_good(bound) || !law_good(law))
		return E_ARG;
	move = move_of(&unit, bound, part->folded, law->noise);
	e = scale_up(law->noise == NOISE_GAUSS ? &cost.nrho : &cost.neps, unit,
	    move, law);
	if (e != E_OK)
		return e;
	cost.tv = noise_distance(part->cells, law);
	return cost_sum(total, total, &cost);
}

/*
 * ceil(units * (whole + part / 2^64)), where units = 10^9 g d c k is below 2^30
 * * 2^64 and whole, of a ln(b / a) <= ln(2^24), below 2^5: with units = high *
 * 2^64 + low the three products are below 2^99, 2^94 and (2^64 - 1)^2, and the
 * last is divided by 2^64, up, before they are added.
 */
enum err
charge_share(struct cost *total, const struct charge_bound *bound, uint32_t g,
    const struct polya *law)
{
	struct cost cost = { 0 };
	uint64_t whole, part;
	u128 units, low, sum;

	if (fixed_log_up(&whole, &part, law->a, law->b) != E_OK ||
	    !polya_good(law) || !bound_good(bound) || !field_good(g))
		return E_ARG;
	units =
	    (u128)((uint64_t)bound->d * bound->c) * bound->k * g * CHARGE_NANO;
	low = (u128)(uint64_t)units * part + UINT64_MAX;
	sum = units * whole + (units >> 64) * part + (low >> 64);
	if (sum > UINT64_MAX)
		return E_RANGE;
	cost.neps = (uint64_t)sum;
	return cost_sum(total, total, &cost);
}

/*
 * nano is whole, so ceil(x / num) <= nano exactly when x / num <= nano: the
 * smallest num is ceil(x / nano), with x = unit * move * den.  Where unit *
 * move / nano passes 32 bits no den fits; elsewhere x is below 2^32 * 2^64 *
 * 1000.
 */
enum err
charge_fit(struct noise_law *law, const struct charge_bound *bound, bool folded,
    uint64_t nano)
{
	struct noise_law fit = { law->noise, 1, 1 };
	uint64_t unit;
	u128 x;

	if (nano == 0 || !bound_good(bound) || !law_good(&fit))
		return E_ARG;
	x = move_of(&unit, bound, folded, law->noise) * unit;
	if (x / nano > UINT32_MAX)
		return E_RANGE;
	for (fit.den = DEN_MAX; fit.den >= 1; fit.den /= 10) {
		u128 num = (x * fit.den + nano - 1) / nano;

		if (num > UINT32_MAX)
			continue;
		fit.num = (uint32_t)num;
		if (!law_good(&fit))
			continue;
		*law = fit;
		return E_OK;
	}
	return E_RANGE;
}

bool
cost_within(const struct cost *cost, const struct cost *cap)
{
	return cost->nrho <= cap->nrho && cost->neps <= cap->neps &&
	       cost->tv <= cap->tv;
}

enum err
cost_sum(struct cost *out, const struct cost *a, const struct cost *b)
{
	struct cost sum;

	if (!num_add(&sum.nrho, a->nrho, b->nrho) ||
	    !num_add(&sum.neps, a->neps, b->neps) ||
	    !num_add(&sum.tv, a->tv, b->tv))
		return E_RANGE;
	*out = sum;
	return E_OK;
}
