/*
 * client/contract.h -- from an accuracy to the least charge that meets it.
 */
#ifndef CLIENT_CONTRACT_H
#define CLIENT_CONTRACT_H

#include "base/err.h"
#include "client/scheme.h"

struct contract {
	unsigned level;
	enum terms_per per;
	double plus_minus; /* > 0 */
	double chance;     /* of a number outside it */
	double within;     /* how near to the least charge is near enough,
			    * relative; 0: the last nano-unit */
};

#define CONTRACT_NANO_MAX (UINT64_C(10) * 1000000000)

/*
 * contract_charge: the least *nano with which, divided by s, every number of
 * that level and kind is within plus_minus but for that chance; q is then set
 * to it (scheme_apply).  Its noise, places, bounds and nodes are read; l is its
 * ladder.
 *
 * E_RANGE	not with CONTRACT_NANO_MAX, or no noise is of a usable size.
 * E_ARG, E_NOMEM	as accuracy
 */
enum err contract_charge(uint64_t *nano, struct question *q,
    const struct scheme *s, const struct ladder *l,
    const struct contract *c) MUST_USE;

/* contract_met: does q, with its noise set, keep c?  E_ARG, E_NOMEM. */
enum err contract_met(bool *met, const struct question *q,
    const struct ladder *l, const struct contract *c) MUST_USE;

#endif
