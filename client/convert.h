/*
 * client/convert.h -- ward account convert: rho as (epsilon, delta), and back.
 */
#ifndef CLIENT_CONVERT_H
#define CLIENT_CONVERT_H

#include "cli/call.h"

extern const struct command convert_account;

#endif
