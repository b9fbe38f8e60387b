/* Promises of protocol/core: what the net process says reaches the core whole,
 * and what breaks the rules ends the loop. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/core.h"

/* A core that writes down what it is told. */
struct diary {
	struct core_net net;
	char lines[2000];
	unsigned ticks, ticks_max; /* 0: no limit */
	bool echo;                 /* answer every frame before reading it */
	enum err say;              /* to every frame */
};

static struct diary diary;
static struct core_loop *loop;
static struct ipc *net; /* the other end, as the net process has it */
static int fds[2];

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
note(const char *format, ...)
{
	size_t n = strlen(diary.lines);
	va_list ap;

	va_start(ap, format);
	vsnprintf(diary.lines + n, sizeof(diary.lines) - n, format, ap);
	va_end(ap);
}

static enum err
on_listening(void *ctx, uint16_t port)
{
	(void)ctx;
	note("listening %u;", (unsigned)port);
	return E_OK;
}

static enum err
on_up(void *ctx, uint64_t conn, const struct ipc_up *who)
{
	(void)ctx;
	note("up %u %s;", (unsigned)conn, who->party.s);
	return E_OK;
}

static enum err
on_frame(void *ctx, uint64_t conn, const struct frame *f)
{
	struct diary *d = ctx;

	if (d->echo) {
		d->net.admit(d->net.ctx, conn);
		for (int i = 0; i < 20; i++)
			d->net.send(d->net.ctx, conn, f);
		d->net.drop(d->net.ctx, conn);
	}
	/* read after sending: the body must still be there */
	note("frame %u %d %.*s;", (unsigned)conn, (int)f->kind,
	    (int)(f->len < 20 ? f->len : 20), (const char *)f->body);
	return d->say;
}

static enum err
on_down(void *ctx, uint64_t conn)
{
	(void)ctx;
	note("down %u;", (unsigned)conn);
	return E_OK;
}

static enum err
on_tick(void *ctx)
{
	struct diary *d = ctx;

	d->ticks++;
	return d->ticks == d->ticks_max ? E_STATE : E_OK;
}

static const struct core core = { .ctx = &diary,
	.listening = on_listening,
	.up = on_up,
	.frame = on_frame,
	.down = on_down,
	.tick = on_tick };

static int
before(void **state)
{
	(void)state;
	memset(&diary, 0, sizeof(diary));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0 ||
	    core_loop_new(&loop, &diary.net, fds[0]) != E_OK ||
	    ipc_new(&net, fds[1], FRAME_MAX) != E_OK)
		return -1;
	return 0;
}

static int
after(void **state)
{
	(void)state;
	core_loop_free(loop);
	ipc_free(net);
	close(fds[0]);
	close(fds[1]);
	return 0;
}

/* What the core's loop comes to when the net process has gone. */
static enum err
run(void)
{
	shutdown(fds[1], SHUT_WR);
	return core_loop_run(loop, &core);
}

static void
tell(enum ipc_kind kind, uint64_t conn, const void *body, size_t len)
{
	assert_int_equal(ipc_send(net, kind, conn, body, len), E_OK);
}

static void
tell_frame(uint64_t conn, const void *body, size_t n)
{
	struct frame f = { .kind = FRAME_ASK, .body = body, .len = n };
	uint8_t *bytes;
	size_t len;

	assert_int_equal(frame_write(&bytes, &len, &f), E_OK);
	tell(IPC_FRAME, conn, bytes, len);
	free(bytes);
}

static void
test_everything_arrives_in_order(void **state)
{
	struct ipc_up up = { .address = "127.0.0.1:1" };
	uint8_t body[IPC_UP_MAX];

	(void)state;
	memcpy(up.party.s, "gwent", 5);
	tell(IPC_LISTENING, 0, "\x20\xfb", 2);
	tell(IPC_UP, 7, body, ipc_up_write(body, &up));
	tell_frame(7, "hello", 5);
	tell_frame(7, "again", 5);
	tell(IPC_DOWN, 7, "\x12", 1);
	assert_int_equal(run(), E_CLOSED);
	assert_string_equal(diary.lines,
	    "listening 8443;up 7 gwent;frame 7 5 hello;frame 7 5 again;"
	    "down 7;");
	assert_true(diary.ticks >= 1); /* after the batch */
}

static void
test_ticks_come_without_messages(void **state)
{
	(void)state;
	diary.ticks_max = 3;
	assert_int_equal(core_loop_run(loop, &core), E_STATE);
	assert_string_equal(diary.lines, "");
}

static void
test_a_frame_outlives_the_answers_to_it(void **state)
{
	struct ipc_message m;
	unsigned sent = 0;

	(void)state;
	diary.echo = true;
	tell_frame(3, "first of all", 12);
	assert_int_equal(run(), E_CLOSED);
	assert_string_equal(diary.lines, "frame 3 5 first of all;");
	shutdown(fds[0], SHUT_WR);
	(void)!ipc_pump(net, POLLIN);
	assert_int_equal(ipc_next(net, &m), E_OK);
	assert_int_equal(m.kind, IPC_ADMIT);
	while (ipc_next(net, &m) == E_OK && m.kind == IPC_SEND) {
		struct frame f;

		assert_true(m.conn == 3);
		assert_int_equal(frame_parse(&f, m.body, m.len), E_OK);
		assert_memory_equal(f.body, "first of all", 12);
		sent++;
	}
	assert_int_equal(sent, 20);
	assert_int_equal(m.kind, IPC_DROP);
}

static void
test_an_error_of_the_core_ends_the_loop(void **state)
{
	(void)state;
	diary.say = E_DB;
	tell_frame(3, "x", 1);
	tell_frame(4, "y", 1);
	assert_int_equal(run(), E_DB);
	assert_string_equal(diary.lines, "frame 3 5 x;");
}

static void
test_what_breaks_the_rules_ends_the_loop(void **state)
{
	static const struct {
		const char *what;
		enum ipc_kind kind;
		uint64_t conn;
		const char *body;
		size_t len;
	} cases[] = {
		{ "port cut", IPC_LISTENING, 0, "\x20", 1 },
		{ "port and more", IPC_LISTENING, 0, "\x20\xfb\0", 3 },
		{ "port of a connection", IPC_LISTENING, 1, "\x20\xfb", 2 },
		{ "up cut", IPC_UP, 1, "gwent", 5 },
		{ "no frame", IPC_FRAME, 1, "x", 1 },
		{ "empty frame", IPC_FRAME, 1, "", 0 },
		{ "down cut", IPC_DOWN, 1, "", 0 },
		{ "down and more", IPC_DOWN, 1, "\1\1", 2 },
		{ "a word of the core", IPC_SEND, 1, "", 0 },
		{ "a word of the decoder", IPC_DECODED, 1, "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (i > 0) {
			after(state);
			assert_int_equal(before(state), 0);
		}
		tell(cases[i].kind, cases[i].conn, cases[i].body, cases[i].len);
		if (run() != E_FORMAT)
			fail_msg("%s", cases[i].what);
		assert_string_equal(diary.lines, "");
	}
}

static void
test_bytes_that_are_no_message_end_the_loop(void **state)
{
	(void)state;
	assert_int_equal(
	    write(fds[1], "\xff\xff\xff\xff\1\0\0\0\0\0\0\0\0\0\0\0", 16), 16);
	assert_int_equal(run(), E_LIMIT);
}

/* A net process that no longer reads must not fill the core's memory. */
static void
test_a_deaf_net_process_ends_the_loop(void **state)
{
	uint8_t *body = calloc(1, 1u << 20);
	enum err e = E_STATE;

	(void)state;
	assert_non_null(body);
	diary.echo = true;
	for (int i = 0; i < 6; i++) /* 20 times as much each */
		tell_frame(3, body, 1u << 20);
	while (e == E_STATE && diary.ticks < 100) {
		(void)!ipc_flush(net, 0);
		diary.ticks_max = diary.ticks + 1;
		e = core_loop_run(loop, &core);
	}
	assert_int_equal(e, E_LIMIT);
	free(body);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, before, after)
	const struct CMUnitTest tests[] = {
		T(test_everything_arrives_in_order),
		T(test_ticks_come_without_messages),
		T(test_a_frame_outlives_the_answers_to_it),
		T(test_an_error_of_the_core_ends_the_loop),
		T(test_what_breaks_the_rules_ends_the_loop),
		T(test_bytes_that_are_no_message_end_the_loop),
		T(test_a_deaf_net_process_ends_the_loop),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
