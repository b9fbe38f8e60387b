/*
 * coordinator/replies.h -- long replies on their way, part after part.
 *
 * A connection's outbox in the net process holds less than a long reply, and
 * nothing tells the core how full it is: so the first part goes at once and the
 * others at a pace that an office line keeps up with.
 */
#ifndef COORDINATOR_REPLIES_H
#define COORDINATOR_REPLIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coordinator/text.h"
#include "protocol/core.h"

#define REPLIES_PART ((size_t)1024 * 1024) /* bytes of a part */
#define REPLIES_PACE_MS 250                /* of one: a part in as long */
#define REPLIES_PUMP 8                     /* parts at a time, all */
#define REPLIES_MAX 32                     /* under way, one a connection */
#define REPLIES_BYTES ((size_t)512 * 1024 * 1024) /* under way, all */
#define REPLIES_PARTS 256                         /* of one; talk.h */

struct replies; /* opaque */

/* replies_new: net stays the caller's.  E_NOMEM. */
enum err replies_new(struct replies **out, const struct core_net *net) MUST_USE;
void replies_free(struct replies *r); /* NULL does nothing */

/* replies_room: may the connection have one more?  E_STATE, E_AGAIN as
 * replies_add, before a body is made at any cost. */
enum err replies_room(const struct replies *r, uint64_t conn) MUST_USE;

/*
 * replies_add: send body, which is taken over and left empty, as FRAME_REPLYs
 * with that id.
 *
 * E_STATE	the connection has one under way.
 * E_AGAIN	too much is under way.
 * E_LIMIT	more than REPLIES_PARTS.
 */
enum err replies_add(struct replies *r, uint64_t conn,
    const uint8_t id[FRAME_ID], struct text *body, uint64_t mono_ms) MUST_USE;

/* replies_down: the connection is gone. */
void replies_down(struct replies *r, uint64_t conn);

/* replies_pump: send what is due. */
void replies_pump(struct replies *r, uint64_t mono_ms);

#endif
