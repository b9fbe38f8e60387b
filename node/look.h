/*
 * node/look.h -- ward-node quality: a look at the records themselves.
 */
#ifndef NODE_LOOK_H
#define NODE_LOOK_H

#include "cli/call.h"

extern const struct command look_quality;

#endif
