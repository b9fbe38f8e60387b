/*
 * client/desk.h -- a signed query before a person: read, verified, explained.
 */
#ifndef CLIENT_DESK_H
#define CLIENT_DESK_H

#include <stdbool.h>

#include "cli/call.h"
#include "client/ground.h"
#include "client/home.h"
#include "client/paper.h"

struct desk {
	struct home home;      /* set by the caller (home_of, home_as) */
	struct ground *ground; /* or NULL; set by the caller (draft_ground) */
	bool loaded;           /* paper is set */
	struct paper paper;
	struct reading reading;
};

/*
 * desk_read: load the paper that is the call's first operand and verify it by
 * the roster of d->home, after fetching a newer one when the query needs that.
 *
 * Errors of paper_load with fault, not told; errors of paper_read have been
 * written to err, the fault is empty.
 */
enum err desk_read(
    struct desk *d, const struct call *call, struct fault *fault) MUST_USE;

/* desk_tell: all that the paper says, in words or (--json) as JSON.  Needs the
 * ground. */
enum call_exit desk_tell(const struct desk *d, const struct call *call);

/* desk_free: end all of it; loaded, home and ground must be set or zero. */
void desk_free(struct desk *d);

#endif
