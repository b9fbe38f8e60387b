/*
 * tests/unit/protocol/net_test.h -- net processes for tests, and their cores.
 *
 * The processes are real: forked before nng has any thread here, confined as in
 * a daemon, and the test is the core at the other end of the socketpair.
 */
#ifndef TESTS_UNIT_PROTOCOL_NET_TEST_H
#define TESTS_UNIT_PROTOCOL_NET_TEST_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/bridge.h"
#include "protocol/frame.h"
#include "protocol/ipc.h"
#include "protocol/sandbox.h"

#define NET_PATIENCE_MS 30000

struct net { /* a net process, and our end of the socketpair */
	pid_t pid;
	int fd;
	struct ipc *ipc;
};

/* Its end is not rested upon. */
static inline struct transport_limits
net_limits(void)
{
	struct transport_limits l = transport_limits_default;

	l.linger_ms = 10;
	l.tick_ms = 5;
	return l;
}

static inline int
net_run(const struct bridge_config *config, bool confined)
{
	if (confined && sandbox_enter(SANDBOX_NET) != E_OK)
		return 99;
	return (int)bridge_run(config);
}

/* Start one.  Confined ones cannot be looked at by the leak checker. */
static inline void
net_start(struct net *n, const struct bridge_config *config, bool confined)
{
	struct transport_limits limits = net_limits();
	struct bridge_config own = *config;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0 ||
	    (n->pid = fork()) == -1)
		abort();
	if (n->pid == 0) {
		/* also the ends of others: they must see them closed */
		if (dup2(fd[1], 3) != 3 || close_range(4, ~0u, 0) != 0)
			abort();
		own.ipc_fd = 3;
		own.limits = &limits;
		if (confined)
			_exit(net_run(&own, true));
		exit(net_run(&own, false));
	}
	close(fd[1]);
	n->fd = fd[0];
	if (ipc_new(&n->ipc, n->fd, FRAME_MAX) != E_OK)
		abort();
}

/* Our end of it goes away; its exit code, -1 when it was killed. */
static inline int
net_wait(struct net *n)
{
	int status = 0;

	ipc_free(n->ipc);
	close(n->fd);
	if (waitpid(n->pid, &status, 0) != n->pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static inline int
net_kill(struct net *n)
{
	(void)kill(n->pid, SIGKILL);
	return net_wait(n);
}

/* The next message; false when there is none in wait_ms. */
static inline bool
net_next(struct net *n, struct ipc_message *m, int wait_ms)
{
	struct pollfd p = { .fd = n->fd };

	while (ipc_next(n->ipc, m) != E_OK) {
		p.events = ipc_events(n->ipc);
		if (poll(&p, 1, wait_ms) != 1 ||
		    ipc_pump(n->ipc, p.revents) != E_OK)
			return false;
	}
	return true;
}

/* The next message, which must be of that kind. */
static inline struct ipc_message
net_expect(struct net *n, enum ipc_kind kind)
{
	struct ipc_message m;

	if (!net_next(n, &m, NET_PATIENCE_MS)) {
		fprintf(stderr, "no message where one of kind %d must be\n",
		    (int)kind);
		abort();
	}
	if (m.kind != kind) {
		fprintf(stderr, "kind %d where %d must be\n", (int)m.kind,
		    (int)kind);
		abort();
	}
	return m;
}

static inline uint16_t
net_port(struct net *n)
{
	struct ipc_message m = net_expect(n, IPC_LISTENING);

	return (uint16_t)(m.body[0] << 8 | m.body[1]);
}

/* Send a frame; all of it is in the socket when this returns. */
static inline void
net_send(struct net *n, uint64_t conn, const struct frame *f)
{
	uint8_t *bytes;
	size_t len;

	if (frame_write(&bytes, &len, f) != E_OK ||
	    ipc_send(n->ipc, IPC_SEND, conn, bytes, len) != E_OK ||
	    ipc_flush(n->ipc, NET_PATIENCE_MS) != E_OK)
		abort();
	free(bytes);
}

static inline void
net_tell(struct net *n, enum ipc_kind kind, uint64_t conn)
{
	if (ipc_send(n->ipc, kind, conn, NULL, 0) != E_OK)
		abort();
}

#endif
