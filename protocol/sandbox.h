/*
 * protocol/sandbox.h -- what each process may still ask of the kernel.
 *
 * One table of system calls per role (seccomp-bpf, by libseccomp), entered
 * after a process has opened what it needs and before the first byte from
 * outside reaches it; anything else kills the process.  Also: no new
 * privileges, no core files, no ptrace of others, no new executable memory.
 *
 * SANDBOX_NET dials by the names of hosts, so it may open files for reading
 * (no filter sees a path); where the kernel has Landlock, /etc alone.  To open
 * one for reading and writing fails, to make one kills.
 * SANDBOX_HTTP may open files for reading, by openat2 too, whose flags no
 * filter sees: with Landlock for reading alone, and only below the folders that
 * it has open when it enters.  It must open its database and
 * read from it once before it enters, since SQLite then opens two more files.
 */
#ifndef PROTOCOL_SANDBOX_H
#define PROTOCOL_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"

enum sandbox {
	SANDBOX_NET,    /* sockets of the internet, no files */
	SANDBOX_CORE,   /* files and databases, no sockets but those open */
	SANDBOX_HTTP,   /* accepts on open sockets, reads files, no more */
	SANDBOX_ZYGOTE, /* forks, reads, writes */
	SANDBOX_DECODE, /* reads, writes, memory */
};

/* sandbox_widened: is this a build with sanitizers, whose run time needs more
 * than the tables say?  Then sandbox_enter says so in the log. */
bool sandbox_widened(void);

/*
 * sandbox_enter: for this process and for ever.
 *
 * E_SYSTEM	the kernel refused; the caller must not go on.
 */
enum err sandbox_enter(enum sandbox role) MUST_USE;

#endif
