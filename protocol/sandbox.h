/*
 * protocol/sandbox.h -- what each process may still ask of the kernel.
 *
 * One table of system calls per role (seccomp-bpf, by libseccomp), entered
 * after a process has opened what it needs and before the first byte from
 * outside reaches it; anything else kills the process.  Also: no new
 * privileges, no core files, no ptrace of others.
 */
#ifndef PROTOCOL_SANDBOX_H
#define PROTOCOL_SANDBOX_H

#include "base/err.h"

enum sandbox {
	SANDBOX_NET,    /* sockets of the internet, no files */
	SANDBOX_CORE,   /* files and databases, no sockets but those open */
	SANDBOX_HTTP,   /* accepts on open sockets, reads files, no more */
	SANDBOX_ZYGOTE, /* forks, reads, writes */
	SANDBOX_DECODE, /* reads, writes, memory */
};

/*
 * sandbox_enter: for this process and for ever.
 *
 * E_SYSTEM	the kernel refused; the caller must not go on.
 */
enum err sandbox_enter(enum sandbox role) MUST_USE;

#endif
