/*
 * protocol/transport_place.h -- where a connection comes from.
 *
 * For the limit of strangers per address: one IPv4 address is a place, and so
 * is one /64 of IPv6, which is what a subscriber is given (RFC 6177).
 */
#ifndef PROTOCOL_TRANSPORT_PLACE_H
#define PROTOCOL_TRANSPORT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/transport.h"

struct nng_stream;

struct transport_place {
	uint8_t family; /* 0: nowhere */
	uint8_t net[8]; /* an IPv4 address, or the first half of an IPv6 one */
};

/* transport_place_of: the place of the other end, and its text for the log:
 * nowhere and "?" when it is gone already. */
void transport_place_of(struct transport_place *out,
    char address[TRANSPORT_ADDRESS], struct nng_stream *s);

bool transport_place_same(
    const struct transport_place *a, const struct transport_place *b);

#endif
