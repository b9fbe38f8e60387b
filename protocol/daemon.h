/*
 * protocol/daemon.h -- the main process of a daemon: starts the others.
 *
 * Single-threaded, opens nothing, has no keys.  All processes form one life:
 * when one ends, the others are ended too and all start again, after 0.1 s
 * the first time, doubled up to 30 s, back to 0.1 s after a minute of life.
 * SIGTERM, SIGINT: all end, in order; SIGHUP is passed on to all.  Children
 * die with the main process (PR_SET_PDEATHSIG).
 */
#ifndef PROTOCOL_DAEMON_H
#define PROTOCOL_DAEMON_H

#include <stddef.h>

#include "base/err.h"
#include "base/log.h"

#define DAEMON_PROCESSES 6
#define DAEMON_PAIRS 6
#define DAEMON_GIVE_UP 78 /* exit code (EX_CONFIG): no restart, all ends */

struct daemon_process {
	const char *name; /* also in ps(1) and the log; at most 15 bytes */
	/* fds[2 * i + side]: the ends of the pairs that this process keeps;
	 * the others are -1 and closed.  Returns the exit code. */
	int (*run)(void *ctx, const int *fds);
	/* bit 2 * i + side: which ends it keeps */
	unsigned ends;
};

struct daemon {
	const struct daemon_process *processes;
	size_t n;     /* <= DAEMON_PROCESSES; started in this order */
	size_t pairs; /* socketpairs made anew for each life, <= DAEMON_PAIRS */
	void *ctx;
	const struct log *log;
};

/* daemon_run: until told to end; the exit code: 0, or DAEMON_GIVE_UP's. */
int daemon_run(const struct daemon *d);

/* daemon_log: key=value lines to standard error, one write(2) each, with
 * party= and process= in front.  One log per process: another call renames
 * all. */
struct log daemon_log(const char *party, const char *process);

/* daemon_hup: has SIGHUP come since the last call?  In children. */
int daemon_hup(void);

#endif
