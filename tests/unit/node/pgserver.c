/*
 * Three processes: the one that main runs in holds the others together; a child
 * of it is the server, another runs the test.  Whatever happens to the test,
 * the first stops the server and removes its folder; when the first is killed,
 * the kernel ends both (PR_SET_PDEATHSIG).
 */
#include "pgserver.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "../file_test.h"

#define SKIPPED 77
#define START_MS 20000

static volatile sig_atomic_t test_pid; /* 0: none */
static volatile sig_atomic_t ended;    /* by a signal */

/* The newest folder with a server, or "". */
static void
find_binaries(char *out, size_t cap)
{
	glob_t g = { 0 };

	out[0] = '\0';
	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0) {
		snprintf(out, cap, "%s", g.gl_pathv[g.gl_pathc - 1]);
		*strrchr(out, '/') = '\0';
	}
	globfree(&g);
}

/* PostgreSQL does not run as root: then as a user who may do nothing else. */
static bool
server_user(uid_t *uid, gid_t *gid)
{
	const struct passwd *p;

	*uid = getuid();
	*gid = getgid();
	if (*uid != 0)
		return true;
	if ((p = getpwnam("postgres")) == NULL &&
	    (p = getpwnam("nobody")) == NULL)
		return false;
	*uid = p->pw_uid;
	*gid = p->pw_gid;
	return true;
}

/* In a child: become that user, tied to the parent, in dir, with what is said
 * going to dir/log; then the program. */
static void
become(const char *dir, uid_t uid, gid_t gid, char *const argv[])
{
	int log;

	if (getuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (chdir(dir) != 0 ||
	    (log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600)) == -1)
		_exit(126);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

static pid_t
spawn(const char *dir, uid_t uid, gid_t gid, char *const argv[])
{
	pid_t pid = fork();

	if (pid == 0)
		become(dir, uid, gid, argv);
	return pid;
}

static bool
make_cluster(const char *bin, const char *dir, uid_t uid, gid_t gid)
{
	char program[PATH_MAX + 16];
	char *argv[] = { program, "-D", "data", "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
		NULL };
	int status;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/initdb", bin);
	pid = spawn(dir, uid, gid, argv);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static pid_t
start_server(const char *bin, const char *dir, uid_t uid, gid_t gid)
{
	char program[PATH_MAX + 16];
	char *argv[] = { program, "-D", "data", "-k", (char *)(uintptr_t)dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c",
		"full_page_writes=off", "-c", "synchronous_commit=off", "-c",
		"shared_buffers=64MB", "-c",
		"session_preload_libraries=auto_explain", "-c",
		"auto_explain.log_min_duration=0", NULL };

	snprintf(program, sizeof(program), "%s/postgres", bin);
	return spawn(dir, uid, gid, argv);
}

static bool
connect_as(PGconn **out, const char *dir, const char *db)
{
	const char *const keys[] = { "host", "user", "dbname", "options",
		NULL };
	const char *const values[] = { dir, "postgres", db,
		"-c client_min_messages=error", NULL };

	*out = PQconnectdbParams(keys, values, 0);
	return PQstatus(*out) == CONNECTION_OK;
}

static bool
run_in(const char *dir, const char *db, const char *sql)
{
	PGresult *r = NULL;
	PGconn *c;
	bool good = false;

	if (connect_as(&c, dir, db)) {
		r = PQexec(c, sql);
		good = PQresultStatus(r) == PGRES_COMMAND_OK ||
		       PQresultStatus(r) == PGRES_TUPLES_OK;
	}
	if (!good)
		fprintf(stderr, "pgserver: %s", PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
	return good;
}

bool
pgserver_do(const char *dir, const char *sql)
{
	return run_in(dir, "ward", sql);
}

/* Waits until it takes connections; false: it ended, or takes too long. */
static bool
wait_ready(const char *dir, pid_t server)
{
	const struct timespec pause = { 0, 20000000 };

	for (int ms = 0; ms < START_MS && !ended; ms += 20) {
		PGconn *c;
		bool up = connect_as(&c, dir, "postgres");

		PQfinish(c);
		if (up)
			return true;
		if (waitpid(server, NULL, WNOHANG) != 0)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

static bool
make_roles(const char *dir)
{
	return run_in(dir, "postgres", "CREATE ROLE ward_load LOGIN") &&
	       run_in(dir, "postgres", "CREATE ROLE ward_count LOGIN") &&
	       run_in(dir, "postgres", "CREATE DATABASE ward OWNER ward_load");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

/* The test is ended; then the first process cleans up as ever. */
static void
on_end(int sig)
{
	(void)sig;
	ended = 1;
	if (test_pid > 0)
		kill((pid_t)test_pid, SIGKILL);
}

static int
run_test(const char *dir, int (*test)(const char *dir))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(test(dir));
	}
	if (pid == -1)
		return 1;
	test_pid = pid;
	if (ended)
		on_end(SIGTERM);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	test_pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int
run_with_server(const char *bin, const char *dir, uid_t uid, gid_t gid,
    int (*test)(const char *dir))
{
	pid_t server;
	int status = 1;

	if (!make_cluster(bin, dir, uid, gid) || ended) {
		fprintf(stderr, "pgserver: initdb failed\n");
		return 1;
	}
	if ((server = start_server(bin, dir, uid, gid)) == -1)
		return 1;
	if (wait_ready(dir, server) && make_roles(dir))
		status = run_test(dir, test);
	else
		fprintf(stderr, "pgserver: no server\n");
	kill(server, SIGQUIT);
	waitpid(server, NULL, 0);
	return status;
}

int
pgserver_run(int (*test)(const char *dir))
{
	char bin[PATH_MAX], dir[] = "/tmp/ward-pg-XXXXXX";
	int status = 1;
	uid_t uid;
	gid_t gid;

	find_binaries(bin, sizeof(bin));
	if (bin[0] == '\0') {
		fprintf(stderr, "SKIPPED: PostgreSQL is not installed: no "
				"/usr/lib/postgresql/*/bin/initdb. Its store "
				"of records is NOT tested.\n");
		return SKIPPED;
	}
	if (!server_user(&uid, &gid) || mkdtemp(dir) == NULL)
		return 1;
	signal(SIGTERM, on_end);
	signal(SIGINT, on_end);
	if (chown(dir, uid, gid) == 0)
		status = run_with_server(bin, dir, uid, gid, test);
	if (status != 0 && status != SKIPPED) {
		char *log = pgserver_log(dir);

		fprintf(stderr, "pgserver: failed; its log has %zu bytes\n",
		    log == NULL ? 0 : strlen(log));
		free(log);
	}
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return status;
}

void
pgserver_where(char *out, unsigned cap, const char *dir, const char *role)
{
	snprintf(
	    out, cap, "postgresql: host=%s dbname=ward user=%s", dir, role);
}

char *
pgserver_log(const char *dir)
{
	char path[PATH_MAX];
	size_t len;

	snprintf(path, sizeof(path), "%s/log", dir);
	return file_test(path, &len);
}
