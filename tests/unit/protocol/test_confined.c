/* Promise of protocol/sandbox: what nng, OpenSSL and the resolver ask of the
 * kernel is in the table of the net process.  Two processes, both confined
 * before the library's first thread, and a connection by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/frame.h"
#include "protocol/sandbox.h"
#include "protocol/transport.h"
#include "tests/unit/pki_test.h"

#define PATIENCE_MS 30000
#define BODY 2000000 /* more than any socket's buffer holds */

static struct pki pki;
static struct tls_material hub, spoke;
static int port_fds[2]; /* the hub tells its port */

/* In a confined process nothing of cmocka's may be called: say where, end. */
#define NEED(what) ((what) ? (void)0 : broken(__LINE__))

static void
broken(int line)
{
	fprintf(stderr, "test_confined.c:%d does not hold\n", line);
	_exit(1);
}

static struct transport *
confined(const struct tls_material *m)
{
	struct transport *t;

	alarm(PATIENCE_MS / 1000);
	NEED(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	NEED(sandbox_enter(SANDBOX_NET) == E_OK);
	NEED(transport_new(&t, m, NULL, &transport_clock, NULL) == E_OK);
	return t;
}

static struct transport_event
expect(struct transport *t, enum transport_kind kind)
{
	struct pollfd p = { .fd = transport_fd(t), .events = POLLIN };
	struct transport_event ev;

	NEED(poll(&p, 1, PATIENCE_MS) == 1);
	NEED(transport_next(t, &ev) == E_OK);
	NEED(ev.kind == kind);
	return ev;
}

/* Send back the first frame of whoever comes. */
static void
be_hub(void)
{
	struct transport *t = confined(&hub);
	struct transport_event ev;
	uint16_t port;

	NEED(transport_listen(t, "tls+tcp://127.0.0.1:0") == E_OK);
	port = transport_port(t);
	NEED(write(port_fds[1], &port, sizeof(port)) == sizeof(port));
	ev = expect(t, TRANSPORT_UP);
	NEED(strcmp(ev.peer.party.s, "spoke") == 0);
	transport_admit(t, ev.conn);
	ev = expect(t, TRANSPORT_FRAME);
	NEED(transport_send(t, ev.conn, ev.bytes, ev.len) == E_OK);
	transport_event_free(&ev);
	(void)expect(t, TRANSPORT_DOWN);
	transport_free(t);
}

static void
be_spoke(void)
{
	struct transport *t = confined(&spoke);
	struct frame f = { .kind = FRAME_CHUNK, .len = BODY };
	struct transport_event ev;
	uint8_t *bytes;
	uint64_t conn;
	uint16_t port;
	char url[64];
	size_t len;

	NEED(read(port_fds[0], &port, sizeof(port)) == sizeof(port));
	/* a name that nobody has is an error, not the end of the process */
	NEED(transport_dial(t, "tls+tcp://nowhere.invalid:1", "x", &conn) ==
	     E_OK);
	(void)expect(t, TRANSPORT_DOWN);
	snprintf(url, sizeof(url), "tls+tcp://localhost:%u", port);
	NEED(transport_dial(t, url, "hub.example", &conn) == E_OK);
	(void)expect(t, TRANSPORT_UP);
	transport_admit(t, conn);
	NEED((f.body = calloc(1, BODY)) != NULL);
	NEED(frame_write(&bytes, &len, &f) == E_OK);
	NEED(transport_send(t, conn, bytes, len) == E_OK);
	ev = expect(t, TRANSPORT_FRAME);
	NEED(ev.len == len && memcmp(ev.bytes, bytes, len) == 0);
	transport_event_free(&ev);
	transport_drop(t, conn);
	transport_free(t);
	free((void *)(uintptr_t)f.body);
	free(bytes);
}

static pid_t
start(void (*be)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		be();
		_exit(0);
	}
	return pid;
}

static void
assert_ended_well(pid_t pid, const char *who)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("%s died of signal %d", who, WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_a_confined_process_speaks_tls_with_another(void **state)
{
	const char *names[] = { "hub.example" };
	pid_t a, b;

	(void)state;
	pki_new(&pki);
	pki_party(&pki, &hub, "hub", names, 1);
	pki_party(&pki, &spoke, "spoke", NULL, 0);
	assert_int_equal(pipe(port_fds), 0);
	a = start(be_hub);
	b = start(be_spoke);
	assert_ended_well(b, "spoke");
	assert_ended_well(a, "hub");
	tls_material_free(&hub);
	tls_material_free(&spoke);
	pki_end(&pki);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_confined_process_speaks_tls_with_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
