/*
 * coordinator/docket_tell.h -- where a query stands, live or settled.
 */
#ifndef COORDINATOR_DOCKET_TELL_H
#define COORDINATOR_DOCKET_TELL_H

#include "coordinator/docket.h"

/* docket_tell_status: docket_status, which says what it does. */
enum err docket_tell_status(
    struct docket *d, struct text *out, const uint8_t id[QUERY_ID]) MUST_USE;

#endif
