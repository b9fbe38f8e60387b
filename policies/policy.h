/*
 * policies/policy.h -- what one node allows: its policy.yaml.
 *
 * Read when the node starts and on SIGHUP; no message can change it.
 */
#ifndef POLICIES_POLICY_H
#define POLICIES_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/query.h"
#include "policies/yaml.h"
#include "privacy/charge.h"

#define POLICY_SOURCES_MAX 8
#define POLICY_DOMAIN 32
/* Total variation of a month and of a query, 2^-60 in units of 2^-100: a cap
 * that no use comes near (an answer has at most 2^12), so no key sets it. */
#define POLICY_TV (UINT64_C(1) << 40)

struct policy_source {
	uint32_t source; /* one bit of enum source */
	bool person; /* unit: person (of a source that has them) or record */
	char domain[POLICY_DOMAIN]; /* whose keys; sources of one domain share
				     * people under one key */
	uint16_t first_month, n_months; /* covered */
	uint32_t finest_geo; /* the finest area level: GEO_LSOA11 ... FORCE */
	uint32_t finest_cell_m; /* of GEO_GRID; 0: no grids */
};

struct policy {
	struct party_id node;
	unsigned n_sources;
	struct policy_source sources[POLICY_SOURCES_MAX];
	uint32_t themes; /* bit i: enum theme i may be asked */
	uint16_t c_max;  /* records per person-month */
	/* Most that one query may charge a month, and the budget of each month:
	 * query_rho and month_rho, query_epsilon and month_epsilon (0 where the
	 * file says neither, the same where it says one), POLICY_TV. */
	struct cost query_cap, month_cap;
	unsigned approvals;  /* of different organisations, >= 2 */
	uint32_t max_life_s; /* of a query, <= QUERY_LIFE_S */
	bool demo;           /* accept a demonstration roster */
	bool synthetic;      /* its records are made up */
	uint8_t hash[32];    /* crypto/hash_bytes32 of the file */
};

/* policy_read: E_CONFIG with fault, E_LIMIT, E_NOMEM. */
enum err policy_read(struct policy *out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;

/* policy_text: a commented policy file that policy_read takes back; *out is
 * the caller's.  E_NOMEM. */
enum err policy_text(char **out, const struct policy *p) MUST_USE;

/* policy_default: the usual one of those sources: unit person where the usual
 * extracts have keys (those of the police have none), areas as fine as they are
 * kept, squares of 1 km where points are; c 1, rho 0.02 a query and 0.1 a
 * month, epsilon 2 a query and a month, two approvals, all themes. */
void policy_default(struct policy *out, const struct party_id *node,
    uint32_t sources, uint16_t first_month, uint16_t n_months);

/* policy_source: the entry of one source bit, or NULL. */
const struct policy_source *policy_source(
    const struct policy *p, uint32_t source);

/* policy_domains: how many unlinked key domains the sources asked have among
 * those with persons; at least 1. */
unsigned policy_domains(const struct policy *p, uint32_t sources);

#endif
