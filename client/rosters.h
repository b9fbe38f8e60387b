/*
 * client/rosters.h -- ward roster ...: what a federation's governance does.
 */
#ifndef CLIENT_ROSTERS_H
#define CLIENT_ROSTERS_H

#include "cli/call.h"

extern const struct command rosters_new, rosters_add, rosters_remove,
    rosters_sign, rosters_admit, rosters_show;

#endif
