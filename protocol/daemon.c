#include "protocol/daemon.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ENDS (2 * DAEMON_PAIRS)
#define NAME_MAX_ 15 /* bytes, of prctl(PR_SET_NAME) */
#define WAIT_MS 100
#define WAIT_MAX_MS 30000
#define STEADY_MS 60000 /* a life as long as this forgets the failures */
#define GRACE_MS 2000   /* from SIGTERM to SIGKILL */
#define PREFIX 128

/* How a life ended. */
enum ending {
	TOLD,    /* SIGTERM or SIGINT */
	GIVE_UP, /* a process says that a restart would not help */
	DIED,    /* a process ended: start again */
};

struct life {
	const struct daemon *d;
	pid_t pids[DAEMON_PROCESSES]; /* 0: not running */
	int fds[ENDS];                /* -1: closed */
};

static volatile sig_atomic_t hup_came;

static void
on_hup(int signal)
{
	(void)signal;
	hup_came = 1;
}

int
daemon_hup(void)
{
	int came = hup_came;

	if (came)
		hup_came = 0;
	return came;
}

static uint64_t
now_ms(void)
{
	struct timespec t;
	int rc = clock_gettime(CLOCK_MONOTONIC, &t);

	assert(rc == 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
handle(int signal, void (*handler)(int))
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = SA_RESTART };
	int rc = sigaction(signal, &a, NULL);

	assert(rc == 0);
}

/* The signals that the main process waits for. */
static sigset_t
awaited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	return set;
}

/* The next signal of the set, all of which are blocked; 0 when none came within
 * wait_ms.  One that is not in the set stays for a later call. */
static int
next_signal(const sigset_t *set, uint64_t wait_ms)
{
	struct timespec t = { .tv_sec = (time_t)(wait_ms / 1000),
		.tv_nsec = (long)(wait_ms % 1000) * 1000000 };
	int signal = sigtimedwait(set, NULL, &t);

	return signal > 0 ? signal : 0;
}

static void
close_ends(int fds[ENDS], unsigned but)
{
	for (unsigned i = 0; i < ENDS; i++)
		if (fds[i] != -1 && (but & (1u << i)) == 0) {
			close(fds[i]);
			fds[i] = -1;
		}
}

/* Undo what the forking process did about signals.  Faults keep the handlers
 * of the run time (a sanitizer's report). */
static void
reset_signals(void)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
	sigset_t kept, none;

	sigemptyset(&kept);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigaddset(&kept, faults[i]);
	for (int s = 1; s < NSIG; s++)
		if (sigismember(&kept, s) == 0)
			(void)signal(s, SIG_DFL);
	handle(SIGINT, SIG_IGN); /* of the terminal: main tells us */
	handle(SIGPIPE, SIG_IGN);
	handle(SIGHUP, on_hup);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Become process p of the daemon; main is the process that forked. */
static _Noreturn void
be(struct life *life, const struct daemon_process *p, pid_t main)
{
	/* The order matters: had main died before the first line, nobody would
	 * tell us; so ask after it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != main)
		_exit(1);
	(void)prctl(PR_SET_NAME, p->name);
	reset_signals();
	close_ends(life->fds, p->ends);
	_exit(p->run(life->d->ctx, life->fds));
}

static bool
life_start(struct life *life)
{
	const struct daemon *d = life->d;
	pid_t main = getpid();
	pid_t pid;

	for (size_t i = 0; i < d->pairs; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			life->fds + 2 * i) != 0)
			return false;
	for (size_t i = 0; i < d->n; i++) {
		if ((pid = fork()) == -1)
			return false;
		if (pid == 0)
			be(life, &d->processes[i], main);
		life->pids[i] = pid;
	}
	close_ends(life->fds, 0);
	return true;
}

/* Say how process i ended; DIED or GIVE_UP. */
static enum ending
report(const struct life *life, size_t i, int status)
{
	const char *name = life->d->processes[i].name;

	if (WIFSIGNALED(status)) {
		log_event(life->d->log, LOG_ERROR_, "process-ended",
		    "name=%s signal=%d%s", name, WTERMSIG(status),
		    WTERMSIG(status) == SIGSYS ? " reason=forbidden-system-call"
					       : "");
		return DIED;
	}
	log_event(life->d->log, LOG_ERROR_, "process-ended", "name=%s exit=%d",
	    name, WEXITSTATUS(status));
	return WEXITSTATUS(status) == DAEMON_GIVE_UP ? GIVE_UP : DIED;
}

/* Take note of children that have ended.  false: none; otherwise *ending is
 * GIVE_UP when one of them gave up. */
static bool
reap(struct life *life, enum ending *ending)
{
	bool any = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < life->d->n; i++) {
			if (life->pids[i] != pid)
				continue;
			life->pids[i] = 0;
			if (!any || *ending != GIVE_UP)
				*ending = report(life, i, status);
			any = true;
		}
	}
	return any;
}

static void
signal_all(const struct life *life, int signal)
{
	for (size_t i = 0; i < life->d->n; i++)
		if (life->pids[i] != 0)
			kill(life->pids[i], signal);
}

static bool
any_left(const struct life *life)
{
	for (size_t i = 0; i < life->d->n; i++)
		if (life->pids[i] != 0)
			return true;
	return false;
}

/* Forget the children that have ended, without a word: they were told to.
 * *gave_up is set when one had given up by itself just before. */
static void
forget(struct life *life, int flags, bool *gave_up)
{
	int status;

	for (size_t i = 0; i < life->d->n; i++) {
		if (life->pids[i] == 0 ||
		    waitpid(life->pids[i], &status, flags) != life->pids[i])
			continue;
		life->pids[i] = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_GIVE_UP)
			*gave_up = true;
	}
}

/* End all that run: in the order of their start, the unwilling by force.
 * Had one of them given up? */
static bool
life_end(struct life *life)
{
	sigset_t child;
	bool gave_up = false;
	uint64_t end = now_ms() + GRACE_MS;
	uint64_t now;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signal_all(life, SIGTERM);
	for (;;) {
		forget(life, WNOHANG, &gave_up);
		if (!any_left(life))
			break;
		if ((now = now_ms()) >= end)
			break;
		(void)next_signal(&child, end - now);
	}
	signal_all(life, SIGKILL);
	forget(life, 0, &gave_up);
	close_ends(life->fds, 0);
	return gave_up;
}

/* Until something ends this life. */
static enum ending
life_watch(struct life *life)
{
	sigset_t set = awaited();
	enum ending ending = DIED;

	for (;;) {
		switch (next_signal(&set, 1000)) {
		case SIGTERM:
		case SIGINT:
			return TOLD;
		case SIGHUP:
			signal_all(life, SIGHUP);
			break;
		default:
			if (reap(life, &ending))
				return ending;
		}
	}
}

/* One life from start to end. */
static enum ending
live(const struct daemon *d)
{
	struct life life = { .d = d };
	enum ending ending = DIED;

	for (size_t i = 0; i < ENDS; i++)
		life.fds[i] = -1;
	if (life_start(&life))
		ending = life_watch(&life);
	else
		log_event(
		    d->log, LOG_ERROR_, "start-failed", "errno=%d", errno);
	if (life_end(&life) && ending == DIED)
		ending = GIVE_UP;
	return ending;
}

/* Wait before the next life; false when told to end meanwhile. */
static bool
pause_for(uint64_t wait_ms)
{
	sigset_t set = awaited();
	uint64_t end = now_ms() + wait_ms;
	uint64_t now;
	int signal;

	while ((now = now_ms()) < end) {
		signal = next_signal(&set, end - now);
		if (signal == SIGTERM || signal == SIGINT)
			return false;
	}
	return true;
}

/* Life after life. */
static int
lives(const struct daemon *d)
{
	uint64_t wait_ms = WAIT_MS;
	uint64_t born;

	for (;;) {
		born = now_ms();
		switch (live(d)) {
		case TOLD:
			log_event(d->log, LOG_INFO_, "stopped", "reason=told");
			return 0;
		case GIVE_UP:
			log_event(
			    d->log, LOG_ERROR_, "stopped", "reason=gave-up");
			return DAEMON_GIVE_UP;
		case DIED:
			break;
		}
		if (now_ms() - born >= STEADY_MS)
			wait_ms = WAIT_MS;
		log_event(d->log, LOG_WARN_, "restart", "wait_ms=%u",
		    (unsigned)wait_ms);
		if (!pause_for(wait_ms))
			return 0;
		wait_ms = wait_ms * 2 < WAIT_MAX_MS ? wait_ms * 2 : WAIT_MAX_MS;
	}
}

int
daemon_run(const struct daemon *d)
{
	sigset_t set = awaited();
	sigset_t before;
	int dumpable = prctl(PR_GET_DUMPABLE);
	int code;

	assert(d->n <= DAEMON_PROCESSES && d->pairs <= DAEMON_PAIRS);
	for (size_t i = 0; i < d->n; i++)
		assert(strlen(d->processes[i].name) <= NAME_MAX_);
	(void)prctl(PR_SET_DUMPABLE, 0);
	handle(SIGCHLD, SIG_DFL);
	handle(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, &before);
	code = lives(d);
	sigprocmask(SIG_SETMASK, &before, NULL);
	(void)prctl(PR_SET_DUMPABLE, dumpable);
	return code;
}

static void
log_sink(void *ctx, enum log_level level, const char *line)
{
	static const char *const levels[] = { "error", "warn", "info" };
	char whole[PREFIX + 1024];
	int n = snprintf(whole, sizeof(whole), "%s level=%s %s\n",
	    (const char *)ctx, levels[level], line);
	ssize_t done;

	if (n < 0)
		return;
	if ((size_t)n >= sizeof(whole)) {
		n = (int)sizeof(whole) - 1;
		whole[n - 1] = '\n';
	}
	done = write(STDERR_FILENO, whole, (size_t)n);
	(void)done; /* nobody is left to be told */
}

struct log
daemon_log(const char *party, const char *process)
{
	static char prefix[PREFIX];

	snprintf(prefix, sizeof(prefix), "party=%s process=%s", party, process);
	return (struct log){ .sink = log_sink, .ctx = prefix };
}
