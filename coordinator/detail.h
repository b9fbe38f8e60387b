/*
 * coordinator/detail.h -- the description of a release, as JSON.
 *
 * What /v1/releases/ID answers and the map reads (map/api.mjs): the summary,
 * then "totals" with the sums over all places of each view.
 */
#ifndef COORDINATOR_DETAIL_H
#define COORDINATOR_DETAIL_H

#include <stdint.h>

#include "coordinator/rounds.h"
#include "coordinator/sums.h"
#include "coordinator/text.h"
#include "model/area.h"
#include "model/theme.h"
#include "policies/roster.h"

struct detail_facts {
	const struct round *round;   /* closed */
	const struct sums *sums;     /* of its answers */
	const struct roster *roster; /* names and sectors of the nodes */
	const struct areas *areas;   /* names of forces */
	const struct themes *rules;  /* of the question; NULL: not known here */
	uint64_t released_at;        /* UTC second */
};

/* detail_write: append the description; out->err tells of failures.  The
 * nodes stand in the order of the question. */
void detail_write(struct text *out, const struct detail_facts *f);

#endif
