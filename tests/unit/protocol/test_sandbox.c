/* Promises of protocol/sandbox: every role can do its work and dies of anything
 * else.  Real children, real system calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "protocol/sandbox.h"

static char dir[] = "/tmp/ward-test-sandbox-XXXXXX";
static char file[64], database[64];
static int folder = -1;   /* /etc, as http has the folder of the map */
static int listener = -1; /* a socket that listens, opened before */
static struct sockaddr_in address;

/* Acts: 0 when it worked, and any other value when it did not. */
static int
act_live(void)
{
	struct timespec t = { 0, 1000 };
	char buf[8];
	void *p = malloc(4u << 20);

	if (p == NULL)
		return 1;
	memset(p, 1, 4u << 20);
	free(p);
	return clock_gettime(CLOCK_MONOTONIC, &t) != 0 ||
	       getrandom(buf, sizeof(buf), 0) != sizeof(buf) ||
	       poll(NULL, 0, 1) != 0;
}

static int
act_read_file(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	return fd == -1 || close(fd) != 0;
}

static int
act_write_file(void)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd == -1 || close(fd) != 0;
}

static int
act_append_to_file(void)
{
	return open(file, O_WRONLY | O_APPEND) == -1;
}

static int
act_truncate_file(void)
{
	return open(file, O_RDONLY | O_TRUNC) == -1;
}

static int
act_unlink(void)
{
	return unlink(file) != 0 && errno != ENOENT;
}

static int
act_open2(void)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how,
		   sizeof(how)) == -1;
}

static int
act_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) == -1 ||
	       socket(AF_INET6, SOCK_DGRAM, 0) == -1;
}

/* Fails, but does not kill: the resolver tries it. */
static int
act_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EAFNOSUPPORT;
}

static int
act_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) == -1;
}

static int
act_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0;
}

static int
act_accept(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return fd == -1 && errno != EAGAIN; /* perhaps nobody is there */
}

static int
act_resolve(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;

	if (getaddrinfo("localhost", "80", &hints, &list) != 0)
		return 1;
	freeaddrinfo(list);
	return 0;
}

static int
act_epoll(void)
{
	int e = epoll_create1(EPOLL_CLOEXEC), v = eventfd(0, EFD_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	return e == -1 || v == -1 ||
	       epoll_ctl(e, EPOLL_CTL_ADD, v, &event) != 0 ||
	       epoll_wait(e, &event, 1, 0) != 0;
}

static void *
thread(void *arg)
{
	return arg;
}

static int
act_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, thread, NULL) != 0 ||
	       pthread_join(t, NULL) != 0;
}

static int
act_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid == -1 || waitpid(pid, &status, 0) != pid || status != 0;
}

static int
act_execve(void)
{
	char *const argv[] = { "true", NULL };

	return execv("/bin/true", argv);
}

static int
act_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0;
}

static int
act_kill(void)
{
	return kill(getppid(), 0);
}

/* A descriptor that sends a signal of choice to whom it likes, when something
 * comes: kill by another name. */
static int
act_kill_by_fcntl(void)
{
	return fcntl(listener, F_SETOWN, getppid()) != 0 ||
	       fcntl(listener, F_SETSIG, SIGKILL) != 0;
}

static int
act_map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED || errno != EACCES;
}

static int
act_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) != 0;
}

static int
act_raise_limit(void)
{
	const struct rlimit l = { 100, 100 };

	return setrlimit(RLIMIT_NOFILE, &l) != 0;
}

/* A writer of a database in WAL mode from first to last. */
static int
act_sqlite(void)
{
	sqlite3 *db;
	int rc = sqlite3_open(database, &db);

	rc |= sqlite3_exec(db,
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "CREATE TABLE IF NOT EXISTS t (x); BEGIN IMMEDIATE;"
	    "INSERT INTO t VALUES (randomblob(100000)); COMMIT;"
	    "SELECT count(*) FROM t ORDER BY 1; DELETE FROM t;"
	    "PRAGMA wal_checkpoint(TRUNCATE); VACUUM;",
	    NULL, NULL, NULL);
	return rc | sqlite3_close(db);
}

/* The calls that no role has any use for. */
static const int never[] = { SYS_setuid, SYS_mount, SYS_bpf, SYS_unshare,
	SYS_process_vm_readv, SYS_perf_event_open, SYS_io_uring_setup,
	SYS_keyctl, SYS_init_module, SYS_kexec_load, SYS_setns, SYS_chroot,
	SYS_pivot_root, SYS_userfaultfd, SYS_memfd_create, SYS_execveat,
	SYS_pidfd_open, SYS_tkill, SYS_add_key, SYS_mknodat, SYS_linkat,
	SYS_symlinkat, SYS_inotify_init1, SYS_fanotify_init, SYS_shmget,
	SYS_msgget, SYS_reboot, SYS_settimeofday };

static int never_now;

static int
act_never(void)
{
	return (int)syscall(never_now, 0, 0, 0, 0, 0, 0);
}

enum { N = 1, C = 2, H = 4, Z = 8, D = 16, ALL = 31 };

static const char *const roles[] = { "net", "core", "http", "zygote",
	"decode" };

/* clang-format off */
static const struct {
	const char *what;
	int (*act)(void);
	unsigned may;  /* these roles live and it works */
	unsigned vary; /* sanitizers: not looked at in these */
} acts[] = {
	{ "live",               act_live,          ALL,       0 },
	{ "read a file",        act_read_file,     N | C | H, Z | D },
	{ "write a file",       act_write_file,    C,         0 },
	{ "append to a file",   act_append_to_file, C,        0 },
	{ "truncate a file",    act_truncate_file, C,         0 },
	{ "unlink a file",      act_unlink,        C,         0 },
	{ "openat2",            act_open2,         H,         0 },
	{ "socket",             act_socket,        N,         0 },
	{ "Unix socket",        act_unix_socket,   N,         0 },
	{ "packet socket",      act_packet_socket, 0,         0 },
	{ "connect",            act_connect,       N,         0 },
	{ "accept",             act_accept,        N | H,     0 },
	{ "resolve",            act_resolve,       N,         0 },
	{ "epoll",              act_epoll,         N | H,     0 },
	{ "thread",             act_thread,        N | H,     C | Z | D },
	{ "fork",               act_fork,          Z,         0 },
	{ "execve",             act_execve,        0,         0 },
	{ "ptrace",             act_ptrace,        0,         0 },
	{ "kill",               act_kill,          0,         0 },
	{ "kill by fcntl",      act_kill_by_fcntl, 0,         0 },
	{ "map code",           act_map_code,      N | H,     0 },
	{ "make code",          act_make_code,     0,         0 },
	{ "change a limit",     act_raise_limit,   Z,         0 },
	{ "write a database",   act_sqlite,        C,         0 },
};
/* clang-format on */

/* The status of a child that enters the role and acts. */
static int
status_of(enum sandbox role, int (*act)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(20);
		if (sandbox_enter(role) != E_OK)
			_exit(99);
		_exit(act() == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool
died_of_it(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void
test_each_role_may_what_it_needs_and_no_more(void **state)
{
	unsigned wrong = 0, varied = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		for (unsigned role = SANDBOX_NET; role <= SANDBOX_DECODE;
		     role++) {
			int status;

			if (sandbox_widened() &&
			    (acts[i].vary & (1u << role)) != 0) {
				varied++;
				continue;
			}
			status = status_of((enum sandbox)role, acts[i].act);
			if ((acts[i].may & (1u << role)) != 0
				? status == 0
				: died_of_it(status))
				continue;
			print_error("%s: %s: status %d\n", roles[role],
			    acts[i].what, status);
			wrong++;
		}
	if (varied > 0)
		print_message("SKIPPED: %u acts that sanitizers need in every "
			      "role\n",
		    varied);
	assert_int_equal(wrong, 0);
}

static void
test_no_role_may_what_nobody_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		for (unsigned role = SANDBOX_NET; role <= SANDBOX_DECODE;
		     role++) {
			never_now = never[i];
			if (!died_of_it(
				status_of((enum sandbox)role, act_never)))
				fail_msg(
				    "%s may call %d", roles[role], never_now);
		}
}

static int
act_open_both_ways(void)
{
	return open(file, O_RDWR | O_CLOEXEC) != -1 || errno != EACCES;
}

/* glibc names a thread so, when nng asks for it. */
static void
test_net_fails_to_write_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(status_of(SANDBOX_NET, act_open_both_ways), 0);
	assert_true(died_of_it(status_of(SANDBOX_HTTP, act_open_both_ways)));
	assert_true(died_of_it(status_of(SANDBOX_ZYGOTE, act_open_both_ways)));
	assert_true(died_of_it(status_of(SANDBOX_DECODE, act_open_both_ways)));
}

static int
act_core_limit(void)
{
	struct rlimit l = { 1, 1 };

	return getrlimit(RLIMIT_CORE, &l) != 0 || l.rlim_max != 0;
}

static void
test_no_role_leaves_a_core_file(void **state)
{
	(void)state;
	assert_int_equal(status_of(SANDBOX_NET, act_core_limit), 0);
	assert_int_equal(status_of(SANDBOX_CORE, act_core_limit), 0);
	assert_int_equal(status_of(SANDBOX_HTTP, act_core_limit), 0);
	assert_int_equal(status_of(SANDBOX_ZYGOTE, act_core_limit), 0);
}

static void *
other_thread(void *arg)
{
	while (*(volatile int *)arg == 0)
		;
	return socket(AF_INET, SOCK_STREAM, 0) == -1 ? NULL : arg;
}

/* A thread that was there before is not forgotten. */
static void
test_all_threads_are_confined(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		static volatile int go;
		pthread_t t;

		if (pthread_create(&t, NULL, other_thread, (void *)&go) != 0 ||
		    sandbox_enter(SANDBOX_HTTP) != E_OK)
			_exit(2);
		go = 1;
		pthread_join(t, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(died_of_it(status));
}

static int
act_abort(void)
{
	abort();
}

/* A broken promise inside ends the process as itself, not as an intruder. */
static void
test_abort_works(void **state)
{
	(void)state;
	for (unsigned role = SANDBOX_NET; role <= SANDBOX_DECODE; role++) {
		int status = status_of((enum sandbox)role, act_abort);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

static int
act_read_below_tmp(void)
{
	return open(database, O_RDONLY) != -1 || errno != EACCES;
}

static int
act_write_by_openat2(void)
{
	struct open_how how = { .flags = O_RDWR | O_CLOEXEC };

	return syscall(SYS_openat2, AT_FDCWD, database, &how, sizeof(how)) !=
		   -1 ||
	       errno != EACCES;
}

static void
test_landlock_holds_files_where_there_is_any(void **state)
{
	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION) < 1) {
		print_message("SKIPPED: this kernel has no Landlock\n");
		return;
	}
	assert_int_equal(status_of(SANDBOX_NET, act_read_below_tmp), 0);
	assert_int_equal(status_of(SANDBOX_HTTP, act_read_below_tmp), 0);
	assert_int_equal(status_of(SANDBOX_HTTP, act_write_by_openat2), 0);
}

/* What the http process does: open, read once, enter, read on. */
static void
test_http_reads_a_database_that_another_writes(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(act_sqlite(), 0);
	if ((pid = fork()) == 0) {
		sqlite3 *db;
		const char *sql = "SELECT count(*) FROM t";
		int rc =
		    sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL);

		rc |= sqlite3_exec(db, sql, NULL, NULL, NULL);
		if (rc != 0 || sandbox_enter(SANDBOX_HTTP) != E_OK)
			_exit(2);
		rc |= sqlite3_exec(db, sql, NULL, NULL, NULL);
		rc |= sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
		rc |= sqlite3_exec(db, sql, NULL, NULL, NULL);
		rc |= sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
		_exit(rc);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
before(void **state)
{
	int fd;
	socklen_t len = sizeof(address);

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(database, sizeof(database), "%s/db", dir);
	if ((fd = open(file, O_WRONLY | O_CREAT, 0600)) == -1)
		return -1;
	close(fd);
	folder = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return bind(listener, (struct sockaddr *)&address, len) |
	       listen(listener, 5) |
	       getsockname(listener, (struct sockaddr *)&address, &len);
}

static int
after(void **state)
{
	char beside[80];

	(void)state;
	close(folder);
	close(listener);
	unlink(file);
	unlink(database);
	snprintf(beside, sizeof(beside), "%s-wal", database);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s-shm", database);
	unlink(beside);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_role_may_what_it_needs_and_no_more),
		cmocka_unit_test(test_no_role_may_what_nobody_needs),
		cmocka_unit_test(test_net_fails_to_write_what_is_there),
		cmocka_unit_test(test_no_role_leaves_a_core_file),
		cmocka_unit_test(test_all_threads_are_confined),
		cmocka_unit_test(test_abort_works),
		cmocka_unit_test(test_landlock_holds_files_where_there_is_any),
		cmocka_unit_test(
		    test_http_reads_a_database_that_another_writes),
	};

	return cmocka_run_group_tests(tests, before, after);
}
