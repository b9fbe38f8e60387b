/*
 * node/intake.h -- ward-node load: an extract into a node's records.
 */
#ifndef NODE_INTAKE_H
#define NODE_INTAKE_H

#include "cli/call.h"

extern const struct command intake_load;

#endif
