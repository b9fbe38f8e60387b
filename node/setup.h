/*
 * node/setup.h -- ward-node init, join: making a node's folder.
 */
#ifndef NODE_SETUP_H
#define NODE_SETUP_H

#include "cli/call.h"

extern const struct command setup_init, setup_join;

#endif
