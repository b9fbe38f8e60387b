/*
 * tests/unit/abort_test.h -- does a broken caller end the process?
 */
#ifndef TESTS_UNIT_ABORT_TEST_H
#define TESTS_UNIT_ABORT_TEST_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* aborts: does call(ctx) end in abort()?  Run in a child, its words dropped. */
static inline bool
aborts(void (*call)(void *ctx), void *ctx)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)signal(SIGABRT, SIG_DFL);
		if (null != -1)
			(void)dup2(null, 2);
		call(ctx);
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
