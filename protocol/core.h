/*
 * protocol/core.h -- the shape of a daemon's core, and the loop that runs it.
 *
 * A core (a node's gate, the coordinator's merge) has no network and no clock
 * of its own: it is told what happened and answers through struct core_net.
 * In a daemon that is the socketpair to the net process; in tests a whole
 * federation of cores runs in one process on a fake clock.
 */
#ifndef PROTOCOL_CORE_H
#define PROTOCOL_CORE_H

#include <stdint.h>

#include "base/err.h"
#include "protocol/frame.h"
#include "protocol/ipc.h"

struct core_net { /* what a core can do to connections */
	void *ctx;
	/* queue a frame (copied); on a dead connection nothing happens */
	void (*send)(void *ctx, uint64_t conn, const struct frame *f);
	/* end it after what is queued; no `down` follows */
	void (*drop)(void *ctx, uint64_t conn);
	/* it has been identified: large frames, no hello deadline */
	void (*admit)(void *ctx, uint64_t conn);
};

struct core { /* what is told to a core; an error ends the process */
	void *ctx;
	enum err (*listening)(void *ctx, uint16_t port); /* may be NULL */
	enum err (*up)(void *ctx, uint64_t conn, const struct ipc_up *who);
	enum err (*frame)(void *ctx, uint64_t conn, const struct frame *f);
	enum err (*down)(void *ctx, uint64_t conn);
	/* at least every CORE_TICK_MS, and after every batch of messages */
	enum err (*tick)(void *ctx);
	enum err (*hup)(void *ctx); /* SIGHUP came; may be NULL */
};

#define CORE_TICK_MS 100

struct core_loop; /* opaque */

/* core_loop_new: a loop over the socketpair to the net process, which stays
 * the caller's; *net is how the core speaks.  E_NOMEM, E_SYSTEM. */
enum err core_loop_new(
    struct core_loop **out, struct core_net *net, int ipc_fd) MUST_USE;
void core_loop_free(struct core_loop *loop);

/* core_loop_run: until the net process is gone (E_CLOSED), what it says breaks
 * the ipc's rules (E_FORMAT, E_LIMIT), or the core returns an error. */
enum err core_loop_run(
    struct core_loop *loop, const struct core *core) MUST_USE;

#endif
