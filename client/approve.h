/*
 * client/approve.h -- ward query approve: the second and third pair of eyes.
 *
 * What is shown is decoded from the very bytes that are signed, after the
 * researcher's signature over them was verified.
 */
#ifndef CLIENT_APPROVE_H
#define CLIENT_APPROVE_H

#include "cli/call.h"

extern const struct command approve_query;

#endif
