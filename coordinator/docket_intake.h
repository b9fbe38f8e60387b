/*
 * coordinator/docket_intake.h -- taking bundles in: what is new here, what is
 * kept of it, and what follows.
 */
#ifndef COORDINATOR_DOCKET_INTAKE_H
#define COORDINATOR_DOCKET_INTAKE_H

#include "coordinator/docket.h"

/* docket_intake_take: docket_submit, which says what it does. */
enum err docket_intake_take(struct docket *d, struct docket_reply *reply,
    const struct docket_paper *paper) MUST_USE;

#endif
