#include "privacy/charge.h"

#include <stdbool.h>

#define FIELD_MAX 65535
#define DEN_MAX 1000

__extension__ typedef unsigned __int128 u128;

/* Are the parts of L2 in range? */
static bool
parts_good(const struct charge_law *law)
{
	return law->c >= 1 && law->c <= FIELD_MAX && law->k >= 1 &&
	       law->k <= FIELD_MAX && law->d >= 1 && law->d <= FIELD_MAX;
}

/* L2 squared: d^2 c^2 k, below 2^80 as each is below 2^16. */
static u128
square(const struct charge_law *law)
{
	uint64_t dc = (uint64_t)law->d * law->c;

	return (u128)(dc * dc) * law->k;
}

/*
 * With half = 10^9 / 2 the charge is ceil(half * a / s2_num), and a, below
 * 2^112, is divided before it is multiplied: a = whole * s2_num + rest, so
 * half * rest is below 2^61 and half * whole, once whole fits 64 bits, below
 * 2^93.
 */
enum err
charge_gauss(uint64_t *nrho, const struct charge_law *law)
{
	const uint64_t half = CHARGE_NRHO / 2;
	u128 a, whole, sum;
	uint64_t rest;

	if (!parts_good(law) || law->s2_num == 0 || law->s2_den == 0)
		return E_ARG;
	a = square(law) * law->s2_den;
	whole = a / law->s2_num;
	if (whole > UINT64_MAX)
		return E_RANGE;
	rest = half * (uint64_t)(a % law->s2_num);
	sum = whole * half + rest / law->s2_num +
	      (rest % law->s2_num != 0 ? 1 : 0);
	if (sum > UINT64_MAX)
		return E_RANGE;
	*nrho = (uint64_t)sum;
	return E_OK;
}

/*
 * nrho is whole, so ceil(x / num) <= nrho exactly when x / num <= nrho: the
 * smallest num is ceil(x / nrho), where x = half * L2^2 * den is below
 * 2^29 * 2^80 * 2^10.
 */
enum err
charge_variance(struct charge_law *law, uint64_t nrho)
{
	u128 x, num;

	if (nrho == 0 || !parts_good(law))
		return E_ARG;
	for (uint32_t den = DEN_MAX; den >= 1; den /= 10) {
		x = square(law) * (CHARGE_NRHO / 2) * den;
		num = x / nrho + (x % nrho != 0 ? 1 : 0);
		if (num > UINT32_MAX)
			continue;
		law->s2_num = (uint32_t)num;
		law->s2_den = den;
		return E_OK;
	}
	return E_RANGE;
}
