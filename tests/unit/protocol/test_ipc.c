/* Promises of protocol/ipc, over real socketpairs. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/ipc.h"

#define BODY_MAX (1024u * 1024)

struct pair {
	int fd[2];
	struct ipc *ipc[2];
};

static void
pair_open(struct pair *p)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p->fd), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(ipc_new(&p->ipc[i], p->fd[i], BODY_MAX), E_OK);
}

static void
pair_close(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		ipc_free(p->ipc[i]);
		if (p->fd[i] != -1)
			close(p->fd[i]);
	}
}

/* Let both sides write and read what is there; the last error of side 1. */
static enum err
turn(struct pair *p)
{
	enum err e = E_OK;

	for (int i = 0; i < 2; i++) {
		struct pollfd f = { .fd = p->fd[i],
			.events = ipc_events(p->ipc[i]) };

		if (poll(&f, 1, 0) > 0)
			e = ipc_pump(p->ipc[i], f.revents);
	}
	return e;
}

/* The next message of side 1, with turns until it comes. */
static struct ipc_message
take(struct pair *p)
{
	struct ipc_message m;
	enum err e;

	while ((e = ipc_next(p->ipc[1], &m)) == E_AGAIN)
		assert_int_equal(turn(p), E_OK);
	assert_int_equal(e, E_OK);
	return m;
}

static void
test_messages_arrive_whole_and_in_order(void **state)
{
	static const size_t lens[] = { 0, 1, 15, 16, 17, 65519, 65520, 65521,
		65536, 200000, BODY_MAX - 1, BODY_MAX, 3 };
	uint8_t *body = malloc(BODY_MAX);
	struct pair p;

	(void)state;
	pair_open(&p);
	for (size_t i = 0; i < BODY_MAX; i++)
		body[i] = (uint8_t)(i * 7 >> 3);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		assert_int_equal(ipc_send(p.ipc[0], IPC_FRAME,
				     UINT64_C(1) << 40 | i, body, lens[i]),
		    E_OK);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct ipc_message m = take(&p);

		assert_int_equal(m.kind, IPC_FRAME);
		assert_true(m.conn == (UINT64_C(1) << 40 | i));
		assert_int_equal(m.len, lens[i]);
		assert_memory_equal(m.body, body, m.len);
	}
	assert_int_equal(ipc_queued(p.ipc[0]), 0);
	assert_int_equal(ipc_events(p.ipc[0]), POLLIN);
	pair_close(&p);
	free(body);
}

/* A good message without a body of kind IPC_ADMIT. */
static const uint8_t admit[IPC_HEADER] = { 0, 0, 0, 0, IPC_ADMIT, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 5 };

static void
test_a_message_cut_anywhere_is_waited_for(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(admit); n++) {
		struct ipc_message m;
		struct pair p;

		pair_open(&p);
		assert_int_equal(write(p.fd[0], admit, n), n);
		assert_int_equal(turn(&p), E_OK);
		assert_int_equal(ipc_next(p.ipc[1], &m), E_AGAIN);
		assert_int_equal(write(p.fd[0], admit + n, sizeof(admit) - n),
		    sizeof(admit) - n);
		m = take(&p);
		assert_int_equal(m.kind, IPC_ADMIT);
		assert_int_equal(m.conn, 5);
		pair_close(&p);
	}
}

static void
test_what_is_no_message_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum err want;
	} cases[] = {
		{ 0, 1, E_LIMIT },
		{ 0, 255, E_LIMIT },
		{ 1, 0x11, E_LIMIT },
		{ 4, 0, E_FORMAT },
		{ 4, 10, E_FORMAT },
		{ 4, 255, E_FORMAT },
		{ 5, 1, E_FORMAT },
		{ 6, 1, E_FORMAT },
		{ 7, 1, E_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t buf[IPC_HEADER];
		struct ipc_message m = { .len = 77 };
		struct pair p;

		pair_open(&p);
		memcpy(buf, admit, sizeof(buf));
		buf[cases[i].at] = cases[i].value;
		assert_int_equal(write(p.fd[0], buf, sizeof(buf)), sizeof(buf));
		assert_int_equal(turn(&p), E_OK);
		for (int again = 0; again < 2; again++)
			assert_int_equal(ipc_next(p.ipc[1], &m), cases[i].want);
		assert_int_equal(m.len, 77);
		pair_close(&p);
	}
}

/* Whoever sends junk without end does not make us hold it. */
static void
test_junk_takes_no_memory(void **state)
{
	uint8_t junk[4096];
	struct ipc_message m;
	struct pair p;
	ssize_t n;

	(void)state;
	memset(junk, 0xff, sizeof(junk));
	pair_open(&p);
	for (int i = 0; i < 200; i++) {
		n = send(p.fd[0], junk, sizeof(junk), MSG_DONTWAIT);
		(void)n;
		assert_int_equal(turn(&p), E_OK);
	}
	/* The socket is full: it was not read any more. */
	assert_int_equal(send(p.fd[0], junk, sizeof(junk), MSG_DONTWAIT), -1);
	assert_int_equal(ipc_next(p.ipc[1], &m), E_FORMAT);
	pair_close(&p);
}

static void
test_too_long_is_refused_by_the_sender(void **state)
{
	uint8_t *body = calloc(1, BODY_MAX + 1);
	struct pair p;

	(void)state;
	pair_open(&p);
	assert_int_equal(
	    ipc_send(p.ipc[0], IPC_FRAME, 1, body, BODY_MAX + 1), E_LIMIT);
	assert_int_equal(ipc_queued(p.ipc[0]), 0);
	assert_int_equal(turn(&p), E_OK);
	pair_close(&p);
	free(body);
}

/* The other side does not read: we queue up to the limit, and all that was
 * queued arrives once it does. */
static void
test_a_slow_reader_costs_a_bounded_queue(void **state)
{
	uint8_t *body = calloc(1, BODY_MAX);
	struct pair p;
	unsigned sent = 0;
	enum err e;

	(void)state;
	pair_open(&p);
	while (
	    (e = ipc_send(p.ipc[0], IPC_FRAME, sent, body, BODY_MAX)) == E_OK)
		sent++;
	assert_int_equal(e, E_LIMIT);
	assert_true(ipc_queued(p.ipc[0]) <= IPC_QUEUE_MAX);
	assert_true(sent >= 60);
	assert_int_equal(ipc_events(p.ipc[0]), POLLIN | POLLOUT);
	assert_int_equal(ipc_flush(p.ipc[0], 1), E_TIMEOUT);
	for (unsigned i = 0; i < sent; i++)
		assert_int_equal(take(&p).conn, i);
	assert_int_equal(ipc_flush(p.ipc[0], 1), E_OK);
	pair_close(&p);
	free(body);
}

static void
test_the_last_words_of_the_other_side_are_heard(void **state)
{
	struct ipc_message m;
	struct pair p;

	(void)state;
	pair_open(&p);
	assert_int_equal(ipc_send(p.ipc[0], IPC_DROP, 1, NULL, 0), E_OK);
	assert_int_equal(ipc_send(p.ipc[0], IPC_ADMIT, 2, NULL, 0), E_OK);
	close(p.fd[0]);
	assert_int_equal(
	    ipc_pump(p.ipc[1], POLLIN | POLLHUP | POLLOUT), E_CLOSED);
	assert_int_equal(ipc_next(p.ipc[1], &m), E_OK);
	assert_int_equal(ipc_next(p.ipc[1], &m), E_OK);
	assert_int_equal(m.conn, 2);
	assert_int_equal(ipc_next(p.ipc[1], &m), E_AGAIN);
	assert_int_equal(ipc_send(p.ipc[1], IPC_DROP, 1, NULL, 0), E_CLOSED);
	p.fd[0] = -1;
	pair_close(&p);
}

static void
test_who_is_up_has_one_form(void **state)
{
	uint8_t buf[IPC_UP_MAX + 1] = { 0 };
	struct ipc_up up = { .address = "192.0.2.1:65535" }, back;
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {
		{ 0, '-' },              /* no name of a party */
		{ 31, 'x' },             /* not ended */
		{ 96, ' ' },             /* a space in an address */
		{ 97, '\n' },            /* a line of the log of its own */
		{ IPC_UP_MAX - 1, 'x' }, /* something after the end */
	};

	(void)state;
	assert_int_equal(party_id_parse(&up.party, "gwent", 5), E_OK);
	memset(up.fingerprint, 1, sizeof(up.fingerprint));
	memset(up.exporter, 2, sizeof(up.exporter));
	assert_int_equal(ipc_up_write(buf, &up), IPC_UP_MAX);
	assert_int_equal(ipc_up_parse(&back, buf, IPC_UP_MAX), E_OK);
	assert_memory_equal(&back, &up, sizeof(up));
	for (size_t n = 0; n < IPC_UP_MAX; n++)
		assert_int_equal(ipc_up_parse(&back, buf, n), E_SHORT);
	assert_int_equal(ipc_up_parse(&back, buf, IPC_UP_MAX + 1), E_TRAILING);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t keep = buf[wrong[i].at];

		buf[wrong[i].at] = wrong[i].value;
		assert_int_equal(
		    ipc_up_parse(&back, buf, IPC_UP_MAX), E_FORMAT);
		buf[wrong[i].at] = keep;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_arrive_whole_and_in_order),
		cmocka_unit_test(test_a_message_cut_anywhere_is_waited_for),
		cmocka_unit_test(test_what_is_no_message_is_refused),
		cmocka_unit_test(test_junk_takes_no_memory),
		cmocka_unit_test(test_too_long_is_refused_by_the_sender),
		cmocka_unit_test(test_a_slow_reader_costs_a_bounded_queue),
		cmocka_unit_test(
		    test_the_last_words_of_the_other_side_are_heard),
		cmocka_unit_test(test_who_is_up_has_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
