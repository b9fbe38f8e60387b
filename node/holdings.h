/*
 * node/holdings.h -- `ward-node records`: what the node holds, exactly, for the
 * agency's own eyes.
 */
#ifndef NODE_HOLDINGS_H
#define NODE_HOLDINGS_H

#include "cli/call.h"

extern const struct command holdings_records;

#endif
