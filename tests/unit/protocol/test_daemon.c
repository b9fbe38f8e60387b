/* Promises of protocol/daemon: all processes are one life; nothing is left
 * behind.  Real processes, real signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/daemon.h"

#define WAIT_MS 20000 /* until a test gives up */

/* A line that a process tells the test: who it is and what happened. */
struct told {
	char what[32];
	pid_t pid;
};

static int pipe_fds[2];
static pid_t main_pid;
static int (*deed)(const char *name); /* of the second process */

static void
tell(const char *what)
{
	struct told t = { .pid = getpid() };

	snprintf(t.what, sizeof(t.what), "%s", what);
	if (write(pipe_fds[1], &t, sizeof(t)) != sizeof(t))
		_exit(3);
}

/* The next line, whatever it is. */
static struct told
hear(void)
{
	struct pollfd p = { .fd = pipe_fds[0], .events = POLLIN };
	struct told t;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(read(pipe_fds[0], &t, sizeof(t)), sizeof(t));
	return t;
}

static pid_t
hear_of(const char *what)
{
	struct told t = hear();

	assert_string_equal(t.what, what);
	return t.pid;
}

static int
idle(const char *name)
{
	char what[32];

	while (poll(NULL, 0, 20) <= 0) {
		if (daemon_hup()) {
			snprintf(what, sizeof(what), "%s hup", name);
			tell(what);
		}
	}
	return 0;
}

static int
run_one(void *ctx, const int *fds)
{
	(void)ctx;
	(void)fds;
	tell("one");
	return idle("one");
}

static int
run_two(void *ctx, const int *fds)
{
	(void)ctx;
	(void)fds;
	tell("two");
	return deed("two");
}

static void
sink(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	if (strncmp(line, "event=restart", 13) == 0)
		tell(strstr(line, "wait_ms="));
}

static const struct log log_to_test = { .sink = sink };

static const struct daemon_process two_processes[] = {
	{ .name = "one", .run = run_one, .ends = 1 },
	{ .name = "two", .run = run_two, .ends = 2 },
};
static const struct daemon daemon_of_two = {
	.processes = two_processes, .n = 2, .pairs = 1, .log = &log_to_test
};

/* Fork the main process of a daemon. */
static void
start(const struct daemon *d, int (*what)(const char *name))
{
	deed = what;
	main_pid = fork();
	assert_true(main_pid >= 0);
	if (main_pid == 0) {
		close(pipe_fds[0]);
		_exit(daemon_run(d));
	}
}

/* Both have started, in either order. */
static void
hear_both(pid_t pids[2])
{
	for (int i = 0; i < 2; i++) {
		struct told t = hear();

		pids[strcmp(t.what, "two") == 0 ? 1 : 0] = t.pid;
	}
	assert_true(pids[0] > 0 && pids[1] > 0);
}

static int
exit_code(void)
{
	int status;

	assert_int_equal(waitpid(main_pid, &status, 0), main_pid);
	main_pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Is it really gone, not only a zombie that somebody else has? */
static bool
gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

static void
test_when_one_dies_all_start_again(void **state)
{
	pid_t first[2] = { 0 }, second[2] = { 0 };

	(void)state;
	start(&daemon_of_two, idle);
	hear_both(first);
	assert_int_equal(kill(first[1], SIGKILL), 0);
	assert_int_equal(hear_of("wait_ms=100"), main_pid);
	hear_both(second);
	assert_true(gone(first[0]) && gone(first[1]));
	assert_true(first[0] != second[0] && first[1] != second[1]);
	assert_int_equal(kill(second[0], SIGABRT), 0);
	(void)hear_of("wait_ms=200"); /* within the same minute */
	hear_both(first);
	assert_int_equal(kill(main_pid, SIGTERM), 0);
	assert_int_equal(exit_code(), 0);
	assert_true(gone(first[0]) && gone(first[1]));
}

static void
test_told_to_end_nothing_is_left(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT };
	pid_t pids[2] = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		start(&daemon_of_two, idle);
		hear_both(pids);
		assert_int_equal(kill(main_pid, signals[i]), 0);
		assert_int_equal(exit_code(), 0);
		assert_true(gone(pids[0]) && gone(pids[1]));
	}
}

/* The terminal sends SIGINT to all: the order of the end is main's. */
static void
test_children_leave_the_end_to_main(void **state)
{
	pid_t pids[2] = { 0 };

	(void)state;
	start(&daemon_of_two, idle);
	hear_both(pids);
	kill(pids[0], SIGINT);
	kill(pids[0], SIGHUP); /* and is still there to say so */
	assert_int_equal(hear_of("one hup"), pids[0]);
	assert_int_equal(kill(main_pid, SIGINT), 0);
	assert_int_equal(exit_code(), 0);
}

static void
test_without_main_nobody_lives(void **state)
{
	pid_t pids[2] = { 0 };
	int status;

	(void)state;
	/* orphans come to us, so that their end can be seen */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	start(&daemon_of_two, idle);
	hear_both(pids);
	assert_int_equal(kill(main_pid, SIGKILL), 0);
	assert_int_equal(waitpid(main_pid, &status, 0), main_pid);
	main_pid = 0;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGKILL);
	}
}

static void
test_a_hup_reaches_all_once(void **state)
{
	pid_t pids[2] = { 0 };

	(void)state;
	start(&daemon_of_two, idle);
	hear_both(pids);
	for (int i = 0; i < 3; i++) {
		pid_t sum;

		assert_int_equal(kill(main_pid, SIGHUP), 0);
		sum = hear().pid + hear().pid;
		assert_int_equal(sum, pids[0] + pids[1]);
	}
	assert_int_equal(kill(main_pid, SIGTERM), 0);
	assert_int_equal(exit_code(), 0);
}

static int
give_up(const char *name)
{
	(void)name;
	return DAEMON_GIVE_UP;
}

static void
test_giving_up_ends_all(void **state)
{
	struct told t;

	(void)state;
	start(&daemon_of_two, give_up);
	assert_int_equal(exit_code(), DAEMON_GIVE_UP);
	close(pipe_fds[1]);
	while (read(pipe_fds[0], &t, sizeof(t)) == sizeof(t)) {
		assert_true(gone(t.pid));
		assert_string_not_equal(t.what, "wait_ms=100");
	}
	pipe_fds[1] = -1;
}

static int
be_stubborn(const char *name)
{
	signal(SIGTERM, SIG_IGN);
	tell("stubborn");
	return idle(name);
}

static void
test_the_unwilling_end_by_force(void **state)
{
	pid_t pid = 0;

	(void)state;
	start(&daemon_of_two, be_stubborn);
	for (int i = 0; i < 3; i++) {
		struct told t = hear();

		if (strcmp(t.what, "stubborn") == 0)
			pid = t.pid;
	}
	assert_int_equal(kill(main_pid, SIGTERM), 0);
	assert_int_equal(exit_code(), 0);
	assert_true(gone(pid));
}

static int
end_at_once(const char *name)
{
	(void)name;
	return 1;
}

static void
test_the_pause_doubles_and_can_be_ended(void **state)
{
	static const char *const waits[] = { "wait_ms=100", "wait_ms=200",
		"wait_ms=400", "wait_ms=800" };
	unsigned i = 0;

	(void)state;
	start(&daemon_of_two, end_at_once);
	while (i < 4) {
		struct told t = hear();

		if (strncmp(t.what, "wait_ms=", 8) == 0)
			assert_string_equal(t.what, waits[i++]);
	}
	assert_int_equal(kill(main_pid, SIGTERM), 0);
	assert_int_equal(exit_code(), 0);
}

/* What a process finds where it wakes up. */
static int
look_around(int life, const int *fds, unsigned ends, const char *name)
{
	char here[16] = "";
	struct sigaction a;
	sigset_t blocked;

	(void)life;
	for (unsigned i = 0; i < 2 * DAEMON_PAIRS; i++)
		if (((ends & (1u << i)) != 0) != (fds[i] != -1))
			return 10;
	if (prctl(PR_GET_NAME, here) != 0 || strcmp(here, name) != 0)
		return 11;
	if (sigprocmask(SIG_BLOCK, NULL, &blocked) != 0)
		return 12;
	for (int s = 1; s < 32; s++)
		if (sigismember(&blocked, s) == 1)
			return 13;
	if (sigaction(SIGPIPE, NULL, &a) != 0 || a.sa_handler != SIG_IGN)
		return 14;
	if (sigaction(SIGTERM, NULL, &a) != 0 || a.sa_handler != SIG_DFL)
		return 15;
	return 0;
}

/* Three processes on two pairs: a -- b -- c; a word goes along. */
static int
run_a(void *ctx, const int *fds)
{
	int rc = look_around(*(int *)ctx, fds, 1u << 0, "a");

	if (rc != 0 || write(fds[0], "word", 4) != 4)
		return DAEMON_GIVE_UP;
	return idle("a");
}

static int
run_b(void *ctx, const int *fds)
{
	char word[4];
	int rc =
	    look_around(*(int *)ctx, fds, 1u << 1 | 1u << 2, "fifteen-letters");

	if (rc != 0 || read(fds[1], word, 4) != 4 ||
	    write(fds[2], word, 4) != 4)
		return DAEMON_GIVE_UP;
	return idle("b");
}

static int
run_c(void *ctx, const int *fds)
{
	char word[5] = "";
	int rc = look_around(*(int *)ctx, fds, 1u << 3, "c");

	if (rc != 0 || read(fds[3], word, 4) != 4)
		return DAEMON_GIVE_UP;
	tell(word);
	return idle("c");
}

static void
test_each_has_its_own_ends_and_no_others(void **state)
{
	static const struct daemon_process chain[] = {
		{ .name = "a", .run = run_a, .ends = 1u << 0 },
		{ .name = "fifteen-letters",
		    .run = run_b,
		    .ends = 1u << 1 | 1u << 2 },
		{ .name = "c", .run = run_c, .ends = 1u << 3 },
	};
	int ctx = 5;
	const struct daemon d = {
		.processes = chain, .n = 3, .pairs = 2, .ctx = &ctx
	};

	(void)state;
	start(&d, idle);
	(void)hear_of("word");
	assert_int_equal(kill(main_pid, SIGTERM), 0);
	assert_int_equal(exit_code(), 0);
}

/* The end of one process is the end of its pairs for the others. */
static int
run_reader(void *ctx, const int *fds)
{
	char c;

	(void)ctx;
	if (read(fds[1], &c, 1) == 0)
		tell("closed");
	return idle("reader");
}

static int
run_short(void *ctx, const int *fds)
{
	(void)ctx;
	(void)fds;
	return 0;
}

static void
test_a_pair_ends_with_its_process(void **state)
{
	static const struct daemon_process processes[] = {
		{ .name = "reader", .run = run_reader, .ends = 2 },
		{ .name = "short", .run = run_short, .ends = 1 },
	};
	const struct daemon d = {
		.processes = processes, .n = 2, .pairs = 1, .log = &log_to_test
	};
	struct told t;

	(void)state;
	start(&d, idle);
	do /* main may be quicker with its SIGTERM, but not in every life */
		t = hear();
	while (strcmp(t.what, "closed") != 0);
	assert_int_equal(kill(main_pid, SIGTERM), 0);
	assert_int_equal(exit_code(), 0);
}

static void
test_a_log_line_says_who_speaks(void **state)
{
	int fds[2];
	char got[2000];
	ssize_t n;
	int kept = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	{
		struct log log = daemon_log("gwent", "gate");

		log_event(&log, LOG_WARN_, "refused", "code=%s", "budget");
		log_event(&log, LOG_INFO_, "long", "%01500d", 1);
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	n = read(fds[0], got, sizeof(got) - 1);
	assert_true(n > 1000);
	got[n] = '\0';
	assert_int_equal(got[n - 1], '\n');
	assert_int_equal(strncmp(got,
			     "party=gwent process=gate level=warn "
			     "event=refused code=budget\n"
			     "party=gwent process=gate level=info event=long ",
			     109),
	    0);
	close(fds[0]);
	close(fds[1]);
}

static int
before(void **state)
{
	(void)state;
	main_pid = 0;
	return pipe(pipe_fds);
}

static int
after(void **state)
{
	(void)state;
	if (main_pid != 0)
		kill(main_pid, SIGKILL);
	close(pipe_fds[0]);
	if (pipe_fds[1] != -1)
		close(pipe_fds[1]);
	return 0;
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, before, after)
	const struct CMUnitTest tests[] = {
		T(test_when_one_dies_all_start_again),
		T(test_told_to_end_nothing_is_left),
		T(test_children_leave_the_end_to_main),
		T(test_without_main_nobody_lives),
		T(test_a_hup_reaches_all_once),
		T(test_giving_up_ends_all),
		T(test_the_unwilling_end_by_force),
		T(test_the_pause_doubles_and_can_be_ended),
		T(test_each_has_its_own_ends_and_no_others),
		T(test_a_pair_ends_with_its_process),
		T(test_a_log_line_says_who_speaks),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
