#include "protocol/core.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "protocol/daemon.h"

struct core_loop {
	struct ipc *ipc;
	/* The last message's body: the ipc's own is gone once the core sends,
	 * and a core answers while it reads. */
	uint8_t *body;
	size_t body_cap;
	enum err failed; /* of a send, which cannot say so itself */
};

/* Queue a message to the net process; the first failure ends the loop. */
static void
tell(struct core_loop *loop, enum ipc_kind kind, uint64_t conn,
    const void *body, size_t len)
{
	enum err e;

	if (loop->failed != E_OK)
		return;
	e = ipc_send(loop->ipc, kind, conn, body, len);
	if (e != E_OK)
		loop->failed = e;
}

static void
net_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct core_loop *loop = ctx;
	uint8_t *bytes;
	size_t len;
	enum err e = frame_write(&bytes, &len, f);

	assert(e != E_LIMIT); /* the core makes no such frame */
	if (e != E_OK) {
		loop->failed = e;
		return;
	}
	tell(loop, IPC_SEND, conn, bytes, len);
	free(bytes);
}

static void
net_drop(void *ctx, uint64_t conn)
{
	tell(ctx, IPC_DROP, conn, NULL, 0);
}

static void
net_admit(void *ctx, uint64_t conn)
{
	tell(ctx, IPC_ADMIT, conn, NULL, 0);
}

enum err
core_loop_new(struct core_loop **out, struct core_net *net, int ipc_fd)
{
	struct core_loop *loop = calloc(1, sizeof(*loop));
	enum err e;

	if (loop == NULL)
		return E_NOMEM;
	if ((e = ipc_new(&loop->ipc, ipc_fd, FRAME_MAX)) != E_OK) {
		free(loop);
		return e;
	}
	*net = (struct core_net){ .ctx = loop,
		.send = net_send,
		.drop = net_drop,
		.admit = net_admit };
	*out = loop;
	return E_OK;
}

void
core_loop_free(struct core_loop *loop)
{
	if (loop == NULL)
		return;
	ipc_free(loop->ipc);
	free(loop->body);
	free(loop);
}

/* Move a message's body out of the ipc. */
static enum err
keep(struct core_loop *loop, struct ipc_message *m)
{
	uint8_t *body;

	if (m->len == 0)
		return E_OK;
	if (m->len > loop->body_cap) {
		if ((body = realloc(loop->body, m->len)) == NULL)
			return E_NOMEM;
		loop->body = body;
		loop->body_cap = m->len;
	}
	memcpy(loop->body, m->body, m->len);
	m->body = loop->body;
	return E_OK;
}

static enum err
on_listening(const struct core *core, const struct ipc_message *m)
{
	struct rd r = rd_over(m->body, m->len);
	uint16_t port = rd_be16(&r);

	if (rd_end(&r) != E_OK || m->conn != 0)
		return E_FORMAT;
	return core->listening == NULL ? E_OK
				       : core->listening(core->ctx, port);
}

static enum err
on_up(const struct core *core, const struct ipc_message *m)
{
	struct ipc_up who;

	if (ipc_up_parse(&who, m->body, m->len) != E_OK)
		return E_FORMAT;
	return core->up(core->ctx, m->conn, &who);
}

static enum err
on_frame(const struct core *core, const struct ipc_message *m)
{
	struct frame f;

	if (frame_parse(&f, m->body, m->len) != E_OK)
		return E_FORMAT;
	return core->frame(core->ctx, m->conn, &f);
}

static enum err
on_down(const struct core *core, const struct ipc_message *m)
{
	struct rd r = rd_over(m->body, m->len);

	(void)rd_u8(&r); /* why: the net process has logged it */
	if (rd_end(&r) != E_OK)
		return E_FORMAT;
	return core->down(core->ctx, m->conn);
}

static enum err
on_message(const struct core *core, const struct ipc_message *m)
{
	switch (m->kind) {
	case IPC_LISTENING:
		return on_listening(core, m);
	case IPC_UP:
		return on_up(core, m);
	case IPC_FRAME:
		return on_frame(core, m);
	case IPC_DOWN:
		return on_down(core, m);
	default:
		return E_FORMAT; /* not from net */
	}
}

/* Hand over all messages that are there. */
static enum err
deliver(struct core_loop *loop, const struct core *core)
{
	struct ipc_message m;
	enum err e;

	while ((e = ipc_next(loop->ipc, &m)) == E_OK) {
		if ((e = keep(loop, &m)) != E_OK ||
		    (e = on_message(core, &m)) != E_OK)
			return e;
		if (loop->failed != E_OK)
			return loop->failed;
	}
	return e == E_AGAIN ? E_OK : e;
}

/* Wait for messages, at most a tick, and read them; E_CLOSED as ipc_pump. */
static enum err
gather(struct core_loop *loop)
{
	struct pollfd p = { .fd = ipc_fd(loop->ipc),
		.events = ipc_events(loop->ipc) };
	int n = poll(&p, 1, CORE_TICK_MS);

	if (n < 0)
		return errno == EINTR ? E_OK : E_SYSTEM;
	return n == 0 ? E_OK : ipc_pump(loop->ipc, p.revents);
}

enum err
core_loop_run(struct core_loop *loop, const struct core *core)
{
	enum err e;
	bool closed = false;

	while (!closed) {
		e = gather(loop);
		closed = e == E_CLOSED;
		if (e != E_OK && !closed)
			return e;
		if ((e = deliver(loop, core)) != E_OK)
			return e;
		if (core->hup != NULL && daemon_hup() &&
		    (e = core->hup(core->ctx)) != E_OK)
			return e;
		if ((e = core->tick(core->ctx)) != E_OK)
			return e;
		if (loop->failed != E_OK)
			return loop->failed;
	}
	return E_CLOSED;
}
