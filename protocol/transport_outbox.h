/*
 * protocol/transport_outbox.h -- frames of one connection on their way out.
 *
 * The first may be in nng's hands; PONGs overtake the others: who reads slowly
 * must not take us for gone, nor we its PINGs for a flood.
 */
#ifndef PROTOCOL_TRANSPORT_OUTBOX_H
#define PROTOCOL_TRANSPORT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct transport_parcel { /* one frame */
	struct transport_parcel *next;
	bool pong;
	size_t len, off; /* bytes, and how many have been written */
	uint8_t bytes[];
};

struct transport_outbox { /* all zero at the start */
	struct transport_parcel *first,
	    *last;      /* last: while there is a first */
	size_t bytes;   /* of all parcels, whole */
	unsigned pongs; /* how many of them are PONGs */
	bool busy;      /* the first is in nng's hands: the user sets it */
};

/* transport_outbox_put: queue a copy of bytes[len).  E_NOMEM. */
enum err transport_outbox_put(struct transport_outbox *o, const void *bytes,
    size_t len, bool pong) MUST_USE;

/* transport_outbox_wrote: n bytes more of the first parcel were written. */
void transport_outbox_wrote(struct transport_outbox *o, size_t n);

void transport_outbox_finish(struct transport_outbox *o);

#endif
