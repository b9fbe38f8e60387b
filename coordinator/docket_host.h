/*
 * coordinator/docket_host.h -- what the docket does for a round: sends for it,
 * verifies what nodes say, and keeps it before it counts.
 */
#ifndef COORDINATOR_DOCKET_HOST_H
#define COORDINATOR_DOCKET_HOST_H

#include "coordinator/docket.h"
#include "coordinator/rounds.h"

/* docket_host: the host of all rounds of d, which outlives it.  Faults of this
 * machine are left in d->fault. */
struct round_host docket_host(struct docket *d);

#endif
