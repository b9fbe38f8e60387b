/*
 * client/party.h -- ward party init, join, update: a person's folder.
 */
#ifndef CLIENT_PARTY_H
#define CLIENT_PARTY_H

#include "cli/call.h"

extern const struct command party_init, party_join, party_update;

#endif
