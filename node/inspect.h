/*
 * node/inspect.h -- ward-node check, ledger: looking at a node's folder.
 */
#ifndef NODE_INSPECT_H
#define NODE_INSPECT_H

#include "cli/call.h"

extern const struct command inspect_check, inspect_ledger;

#endif
