/*
 * protocol/transport_events.h -- what has happened and waits for the owner.
 *
 * A queue, and a descriptor that is readable while it holds something.  The
 * caller holds a lock that is the same for every call.
 */
#ifndef PROTOCOL_TRANSPORT_EVENTS_H
#define PROTOCOL_TRANSPORT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/transport.h"

struct transport_events { /* begun by transport_events_init */
	struct transport_queued *first, **last;
	size_t waiting, ups; /* how many, and how many of them are UP */
	int fd;              /* an eventfd, readable while waiting > 0 */
};

/* transport_events_init: a queue without events.  E_SYSTEM: no descriptor. */
enum err transport_events_init(struct transport_events *q) MUST_USE;

/* transport_events_finish: free what waits, and close. */
void transport_events_finish(struct transport_events *q);

/* transport_events_cost: the bytes that an event takes while it waits: one
 * whose frame has no body is not for nothing. */
size_t transport_events_cost(const struct transport_event *e);

/* transport_events_push: queue e, which owns its bytes; false when there is no
 * memory, and then they are freed. */
bool transport_events_push(
    struct transport_events *q, const struct transport_event *e) MUST_USE;

/* transport_events_take: the oldest; false when none waits. */
bool transport_events_take(
    struct transport_events *q, struct transport_event *out) MUST_USE;

/* transport_events_purge: forget what waits of one connection. */
void transport_events_purge(struct transport_events *q, uint64_t conn);

#endif
