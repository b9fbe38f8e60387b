/*
 * client/seal.h -- ward query sign, show: a query with its signatures.
 */
#ifndef CLIENT_SEAL_H
#define CLIENT_SEAL_H

#include "cli/call.h"

extern const struct command seal_sign, seal_show;

#endif
