#include "protocol/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Who may: one bit per role, and one for what only a sanitizer's own run time
 * asks for, in every role. */
enum {
	N = 1u << SANDBOX_NET,
	C = 1u << SANDBOX_CORE,
	H = 1u << SANDBOX_HTTP,
	Z = 1u << SANDBOX_ZYGOTE,
	D = 1u << SANDBOX_DECODE,
	S = 1u << 8,
	ALL = N | C | H | Z | D,
};

struct call {
	int number;
	unsigned who;
};

/* clang-format off */
static const struct call calls[] = {
	/* bytes over what is open */
	{ SCMP_SYS(read),             ALL },
	{ SCMP_SYS(write),            ALL },
	{ SCMP_SYS(readv),            N | C | H | Z },
	{ SCMP_SYS(writev),           N | C | H | Z },
	{ SCMP_SYS(close),            ALL },
	{ SCMP_SYS(poll),             ALL },
	{ SCMP_SYS(ppoll),            ALL },
	{ SCMP_SYS(recvfrom),         N | C | H | Z },
	{ SCMP_SYS(recvmsg),          N | C | H | Z },
	{ SCMP_SYS(sendmsg),          N | C | H | Z },
	{ SCMP_SYS(sendto),           N | C | H | Z },

	/* memory (mmap and mprotect: below) */
	{ SCMP_SYS(brk),              ALL },
	{ SCMP_SYS(munmap),           ALL },
	{ SCMP_SYS(mremap),           ALL },
	{ SCMP_SYS(madvise),          ALL },

	/* time, order and chance */
	{ SCMP_SYS(clock_gettime),    ALL },
	{ SCMP_SYS(gettimeofday),     ALL },
	{ SCMP_SYS(time),             ALL },
	{ SCMP_SYS(clock_nanosleep),  N | C | H | Z | S },
	{ SCMP_SYS(nanosleep),        N | C | H | Z | S },
	{ SCMP_SYS(futex),            ALL },
	{ SCMP_SYS(sched_yield),      N | C | H | S },
	{ SCMP_SYS(getrandom),        ALL },

	/* signals and the end */
	{ SCMP_SYS(rt_sigreturn),     ALL },
	{ SCMP_SYS(rt_sigprocmask),   ALL },
	{ SCMP_SYS(rt_sigaction),     ALL },
	{ SCMP_SYS(sigaltstack),      ALL },
	{ SCMP_SYS(restart_syscall),  ALL },
	{ SCMP_SYS(exit),             ALL },
	{ SCMP_SYS(exit_group),       ALL },
	{ SCMP_SYS(getpid),           ALL },
	{ SCMP_SYS(gettid),           ALL },
	{ SCMP_SYS(getppid),          N | C | H | Z | S },

	/* threads (clone: below) */
	{ SCMP_SYS(set_robust_list),  N | H | Z | S },
	{ SCMP_SYS(rseq),             N | H | Z | S },
	{ SCMP_SYS(set_tid_address),  N | H | Z | S },
	{ SCMP_SYS(sched_getaffinity), N | H | C | S },
	{ SCMP_SYS(sched_getparam),   N | H | S },
	{ SCMP_SYS(sched_getscheduler), N | H | S },

	/* many descriptors at once */
	{ SCMP_SYS(epoll_create1),    N | H },
	{ SCMP_SYS(epoll_ctl),        N | H },
	{ SCMP_SYS(epoll_wait),       N | H },
	{ SCMP_SYS(epoll_pwait),      N | H },
	{ SCMP_SYS(eventfd2),         N | H },
	{ SCMP_SYS(pipe2),            N | H | S },
	{ SCMP_SYS(pipe),             S },
	{ SCMP_SYS(select),           N | H },
	{ SCMP_SYS(pselect6),         N | H },

	/* the internet (socket: below) */
	{ SCMP_SYS(bind),             N },
	{ SCMP_SYS(listen),           N },
	{ SCMP_SYS(connect),          N },
	{ SCMP_SYS(sendmmsg),         N },
	{ SCMP_SYS(recvmmsg),         N },
	{ SCMP_SYS(accept),           N | H },
	{ SCMP_SYS(accept4),          N | H },
	{ SCMP_SYS(shutdown),         N | H },
	{ SCMP_SYS(getsockname),      N | H },
	{ SCMP_SYS(getpeername),      N | H },
	{ SCMP_SYS(getsockopt),       N | H },
	{ SCMP_SYS(setsockopt),       N | H },
	{ SCMP_SYS(sendfile),         H },

	/* who and where we are */
	{ SCMP_SYS(uname),            N | C | H | S },
	{ SCMP_SYS(sysinfo),          N | C | H | S },
	{ SCMP_SYS(getrusage),        N | C | H | S },
	{ SCMP_SYS(getuid),           N | C | H | S },
	{ SCMP_SYS(geteuid),          N | C | H | S },
	{ SCMP_SYS(getgid),           N | C | H | S },
	{ SCMP_SYS(getegid),          N | C | H | S },

	/* files, for reading (openat: below) */
	{ SCMP_SYS(fstat),            N | C | H | S },
	{ SCMP_SYS(newfstatat),       N | C | H | S },
	{ SCMP_SYS(stat),             N | C | H | S },
	{ SCMP_SYS(lstat),            N | C | H | S },
	{ SCMP_SYS(statx),            N | C | H | S },
	{ SCMP_SYS(lseek),            N | C | H | S },
	{ SCMP_SYS(pread64),          N | C | H | S },
	{ SCMP_SYS(preadv),           C | H },
	{ SCMP_SYS(getcwd),           C | H | S },
	{ SCMP_SYS(readlink),         C | H | S },
	{ SCMP_SYS(readlinkat),       C | H | S },
	{ SCMP_SYS(access),           N | C | H | S },
	{ SCMP_SYS(faccessat),        N | C | H | S },
	{ SCMP_SYS(faccessat2),       N | C | H | S },
	{ SCMP_SYS(getdents64),       C | H | S },
	{ SCMP_SYS(statfs),           C | H },
	{ SCMP_SYS(fstatfs),          C | H },
	{ SCMP_SYS(fadvise64),        C | H },
	/* its flags lie in memory, where no filter sees them: what may be
	 * opened with it is Landlock's to say, and the file's mode */
	{ SCMP_SYS(openat2),          H },

	/* files, for writing */
	{ SCMP_SYS(open),             C },
	{ SCMP_SYS(openat),           C },
	{ SCMP_SYS(pwrite64),         C },
	{ SCMP_SYS(pwritev),          C },
	{ SCMP_SYS(fsync),            C },
	{ SCMP_SYS(fdatasync),        C },
	{ SCMP_SYS(sync_file_range),  C },
	{ SCMP_SYS(ftruncate),        C },
	{ SCMP_SYS(fallocate),        C },
	{ SCMP_SYS(unlink),           C },
	{ SCMP_SYS(unlinkat),         C },
	{ SCMP_SYS(rename),           C },
	{ SCMP_SYS(renameat),         C },
	{ SCMP_SYS(renameat2),        C },
	{ SCMP_SYS(mkdir),            C },
	{ SCMP_SYS(mkdirat),          C },
	{ SCMP_SYS(fchmod),           C },
	{ SCMP_SYS(fchown),           C },
	{ SCMP_SYS(umask),            C },
	{ SCMP_SYS(utimensat),        C },
	{ SCMP_SYS(flock),            C },
	{ SCMP_SYS(dup),              C },
	{ SCMP_SYS(msync),            C },

	/* the zygote's own: it forks, and its child confines itself further */
	{ SCMP_SYS(wait4),            Z },
	{ SCMP_SYS(seccomp),          Z },
	{ SCMP_SYS(personality),      S },
};
/* clang-format on */

/* A call that depends on its arguments: at most two conditions. */
struct rule {
	int number;
	unsigned who;
	uint32_t action;
	unsigned n;
	struct scmp_arg_cmp args[2];
};

#define MASKED(i, mask, value)                     \
	{                                          \
		i, SCMP_CMP_MASKED_EQ, mask, value \
	}
#define IS(i, value)                     \
	{                                \
		i, SCMP_CMP_EQ, value, 0 \
	}
#define UP_TO(i, value)                  \
	{                                \
		i, SCMP_CMP_LE, value, 0 \
	}
#define FAILS(e) SCMP_ACT_ERRNO(e)
#define ALLOWED SCMP_ACT_ALLOW

/* Whatever could change a file, or make one. */
#define WRITES (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (__O_TMPFILE))
/* A thread of this process, in no new namespace. */
#define THREAD_MASK                                                    \
	(CLONE_THREAD | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
	    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
/* A plain fork: the signal of its end, and what glibc writes its id to. */
#define FORK_MASK \
	(~(uint64_t)(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | 0xff))

/* clang-format off */
static const struct rule rules[] = {
	/* no new code; a plug-in of the resolver is missing, not a crash */
	{ SCMP_SYS(mmap),     ALL,   ALLOWED, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ SCMP_SYS(mprotect), ALL,   ALLOWED, 1, { MASKED(2, PROT_EXEC, 0) } },
	{ SCMP_SYS(mmap),     N | H, FAILS(EACCES), 1,
	    { MASKED(2, PROT_EXEC, PROT_EXEC) } },

	/* files for reading: the net process looks up names of hosts */
	{ SCMP_SYS(open),     N | H | S, ALLOWED, 1, { MASKED(1, WRITES, 0) } },
	{ SCMP_SYS(openat),   N | H | S, ALLOWED, 1, { MASKED(2, WRITES, 0) } },
	/* glibc names a thread, as nng asks for, by writing to a file: it
	 * opens it for both ways and nothing else */
	{ SCMP_SYS(openat),   N,     FAILS(EACCES), 1,
	    { MASKED(2, WRITES, O_RDWR) } },

	/* threads, but no processes; the zygote: processes, but no threads */
	{ SCMP_SYS(clone),    N | H | S, ALLOWED, 1,
	    { MASKED(0, THREAD_MASK, CLONE_THREAD) } },
	{ SCMP_SYS(clone),    Z,     ALLOWED, 1, { MASKED(0, FORK_MASK, 0) } },
	/* its flags lie in memory; glibc then uses clone */
	{ SCMP_SYS(clone3),   N | H | Z | S, FAILS(ENOSYS), 0, { IS(0, 0) } },

	/* the internet; the resolver also tries these and does without */
	{ SCMP_SYS(socket),   N,     ALLOWED, 1, { IS(0, AF_INET) } },
	{ SCMP_SYS(socket),   N,     ALLOWED, 1, { IS(0, AF_INET6) } },
	{ SCMP_SYS(socket),   N,     FAILS(EAFNOSUPPORT), 1,
	    { IS(0, AF_UNIX) } },
	{ SCMP_SYS(socket),   N,     FAILS(EAFNOSUPPORT), 1,
	    { IS(0, AF_NETLINK) } },
	{ SCMP_SYS(socketpair), Z,   ALLOWED, 1, { IS(0, AF_UNIX) } },

	/* flags and locks; F_SETOWN and F_SETSIG would be kill(2) */
	{ SCMP_SYS(fcntl),    N | C | H | Z, ALLOWED, 1,
	    { UP_TO(1, F_SETLKW) } },
	{ SCMP_SYS(fcntl),    N | C | H | Z, ALLOWED, 1,
	    { IS(1, F_DUPFD_CLOEXEC) } },

	{ SCMP_SYS(ioctl),    N | H, ALLOWED, 1, { IS(1, FIONREAD) } },
	{ SCMP_SYS(ioctl),    N | H, ALLOWED, 1, { IS(1, FIONBIO) } },
	{ SCMP_SYS(ioctl),    N | C | H | S, FAILS(ENOTTY), 1,
	    { IS(1, TCGETS) } },

	/* limits: to look at; the zygote's children lower theirs */
	{ SCMP_SYS(prlimit64), N | C | H | S, ALLOWED, 2,
	    { IS(0, 0), IS(2, 0) } },
	{ SCMP_SYS(prlimit64), Z,    ALLOWED, 1, { IS(0, 0) } },

	{ SCMP_SYS(prctl),    N | H | S, ALLOWED, 1, { IS(0, PR_SET_NAME) } },
	{ SCMP_SYS(prctl),    Z,     ALLOWED, 1,
	    { IS(0, PR_SET_NO_NEW_PRIVS) } },
	{ SCMP_SYS(prctl),    Z,     ALLOWED, 1, { IS(0, PR_SET_DUMPABLE) } },
	{ SCMP_SYS(prctl),    Z,     ALLOWED, 1, { IS(0, PR_SET_PDEATHSIG) } },
	{ SCMP_SYS(prctl),    Z,     ALLOWED, 1, { IS(0, PR_SET_SECCOMP) } },
	{ SCMP_SYS(prctl),    Z,     ALLOWED, 1, { IS(0, PR_GET_SECCOMP) } },
	{ SCMP_SYS(kill),     Z,     ALLOWED, 1, { IS(1, SIGKILL) } },
};
/* clang-format on */

static bool
concerns(unsigned who, enum sandbox role)
{
	return (who & (1u << role)) != 0 || (SANITIZED && (who & S) != 0);
}

/* All that the tables say of the role, and abort(3). */
static bool
rules_add(scmp_filter_ctx ctx, enum sandbox role)
{
	const struct scmp_arg_cmp us = IS(0, (scmp_datum_t)getpid());
	int rc = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (concerns(calls[i].who, role))
			rc |= seccomp_rule_add(
			    ctx, SCMP_ACT_ALLOW, calls[i].number, 0);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (concerns(rules[i].who, role))
			rc |= seccomp_rule_add_array(ctx, rules[i].action,
			    rules[i].number, rules[i].n, rules[i].args);
	rc |= seccomp_rule_add_array(
	    ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &us);
	return rc == 0;
}

/* The role's filter, for all threads of the process. */
static enum err
filter(enum sandbox role)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	enum err e = E_SYSTEM;

	if (ctx == NULL)
		return E_SYSTEM;
	if (seccomp_attr_set(
		ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	    rules_add(ctx, role) && seccomp_load(ctx) == 0)
		e = E_OK;
	seccomp_release(ctx);
	return e;
}

/* Landlock, first version: the rights that every kernel with it knows. */
#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define OPEN_FDS 64 /* more than a process has open when it enters */
#define FILE_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* What names of hosts are looked up in, also where /etc has only a link. */
static const char *const net_reads[] = { "/etc", "/run/systemd/resolve",
	"/run/resolvconf", "/run/NetworkManager", NULL };
/* A sanitizer's report reads its own process's maps. */
static const char *const sanitizer_reads[] = { "/proc", NULL };

static void
allow_below(int ruleset, int folder)
{
	struct landlock_path_beneath_attr a = { .allowed_access = READS,
		.parent_fd = folder };

	(void)syscall(
	    SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
}

static void
allow_reads(int ruleset, const char *const *paths)
{
	int fd;

	for (; *paths != NULL; paths++) {
		if ((fd = open(*paths, O_PATH | O_CLOEXEC)) == -1)
			continue;
		allow_below(ruleset, fd);
		close(fd);
	}
}

/* Below the folders that the process has open, as the http process has that
 * of the map: the folder of the keys is not one of them. */
static void
allow_open(int ruleset)
{
	struct stat st;

	for (int fd = 0; fd < OPEN_FDS; fd++)
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			allow_below(ruleset, fd);
}

/* A line of the log, without memory or a descriptor of its own. */
static void
say(const char *line)
{
	ssize_t done = write(STDERR_FILENO, line, strlen(line));

	(void)done; /* nobody is left to be told */
}

/* No file but those below paths (or, with none, below the folders that are
 * open), and those for reading alone.  A kernel
 * without Landlock changes nothing, and the log says so: the filter stands by
 * itself, and the files of our user can be read. */
static enum err
landlock(const char *const *paths)
{
	struct landlock_ruleset_attr a = { .handled_access_fs = FILE_RIGHTS };
	int ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &a, sizeof(a), 0);
	long rc;

	if (ruleset == -1) {
		say("level=warn event=no-landlock reason=\"this kernel has "
		    "none: files of this user can be read\"\n");
		return E_OK;
	}
	if (paths != NULL)
		allow_reads(ruleset, paths);
	else
		allow_open(ruleset);
	if (SANITIZED)
		allow_reads(ruleset, sanitizer_reads);
	rc = syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	return rc == 0 ? E_OK : E_SYSTEM;
}

/* Once in the log of every process, so that nobody runs such a build in
 * earnest. */
static void
say_widened(void)
{
	if (SANITIZED)
		say("level=warn event=sandbox-widened "
		    "reason=sanitizer-build\n");
}

bool
sandbox_widened(void)
{
	return SANITIZED;
}

enum err
sandbox_enter(enum sandbox role)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return E_SYSTEM;
	if ((role == SANDBOX_NET && landlock(net_reads) != E_OK) ||
	    (role == SANDBOX_HTTP && landlock(NULL) != E_OK))
		return E_SYSTEM;
	if (role != SANDBOX_DECODE)
		say_widened();
	return filter(role);
}
