/* Promises of protocol/decoder: a query comes back whole or not at all,
 * whatever the child does.  Real zygotes, real children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/codec.h"
#include "protocol/decoder.h"
#include "protocol/ipc.h"
#include "protocol/sandbox.h"
#include "sample.h"

static struct decoder *decoder;
static int fds[2];
static pid_t zygote;
static uint8_t *bytes; /* of the sample */
static size_t len;

/* Fork a zygote whose children read by that function. */
static void start(
    enum err (*read)(struct query *out, const uint8_t *buf, size_t n))
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	zygote = fork();
	assert_true(zygote >= 0);
	if (zygote == 0) {
		close(fds[0]);
		decoder_zygote_with(fds[1], read);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(decoder_new(&decoder, fds[0]), E_OK);
}

static int
before(void **state)
{
	struct query q;

	(void)state;
	sample_query(&q);
	decoder = NULL;
	zygote = 0;
	return codec_query_write(&bytes, &len, &q, NULL) == E_OK ? 0 : -1;
}

/* The zygote ends by itself when the other end is closed. */
static int
after(void **state)
{
	int status = 0;

	(void)state;
	free(bytes);
	decoder_free(decoder);
	close(fds[0]);
	if (zygote != 0 && waitpid(zygote, &status, 0) != zygote)
		return -1;
	return WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL ? -1 : 0;
}

static void
test_a_query_comes_back_as_the_codec_reads_it(void **state)
{
	struct query q, want;
	uint8_t *large;
	size_t large_len;

	(void)state;
	start(codec_query_read);
	assert_int_equal(codec_query_read(&want, bytes, len), E_OK);
	for (int i = 0; i < 5; i++) {
		memset(&q, 7, sizeof(q));
		assert_int_equal(decoder_query(decoder, &q, bytes, len), E_OK);
		assert_memory_equal(&q, &want, sizeof(q));
	}
	sample_large(&want);
	assert_int_equal(
	    codec_query_write(&large, &large_len, &want, want.question_id),
	    E_OK);
	assert_int_equal(decoder_query(decoder, &q, large, large_len), E_OK);
	assert_memory_equal(&q, &want, sizeof(q));
	free(large);
}

static void
test_bad_bytes_are_refused_and_the_next_query_is_served(void **state)
{
	uint8_t *big = calloc(1, CODEC_QUERY_MAX + 1);
	struct query q = { .version = 77 };

	(void)state;
	assert_non_null(big);
	start(codec_query_read);
	assert_int_equal(decoder_query(decoder, &q, bytes, len - 1), E_FORMAT);
	assert_int_equal(decoder_query(decoder, &q, NULL, 0), E_FORMAT);
	assert_int_equal(
	    decoder_query(decoder, &q, big, CODEC_QUERY_MAX), E_FORMAT);
	assert_int_equal(
	    decoder_query(decoder, &q, big, CODEC_QUERY_MAX + 1), E_LIMIT);
	bytes[1]++; /* version */
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_RANGE);
	assert_int_equal(q.version, 77);
	bytes[1]--;
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_OK);
	free(big);
}

/* Children that misbehave when the first byte tells them to. */
enum deed {
	HONEST = 8, /* as the sample begins */
	CRASH = 100,
	ABORT,
	SPIN,
	HANG,
	HANG_UP,
	EAT,
	OPEN,
	KILL,
	SHOUT,
	LIE_TITLE,
	LIE_NODES,
	LIE_COUNT,
	LIE_TEXT,
	LIE_ERROR,
};

/* A struct that is not that of the bytes, or none at all. */
static enum err
lie(struct query *out, enum deed deed)
{
	sample_query(out);
	switch (deed) {
	case LIE_TITLE:
		out->title[0] = 'X';
		return E_OK;
	case LIE_NODES:
		sample_party(&out->q.nodes[0], "dyfed");
		return E_OK;
	case LIE_COUNT:
		out->q.n_nodes = UINT16_MAX;
		return E_OK;
	case LIE_TEXT:
		memset(out, 0xff, sizeof(*out));
		return E_OK;
	default:
		return E_BUDGET; /* no error of a codec */
	}
}

static enum err
misbehave(struct query *out, const uint8_t *buf, size_t n)
{
	char noise[4096] = { 0 };
	volatile char *p;

	switch (buf[0]) {
	case CRASH:
		raise(SIGSEGV);
		return E_OK;
	case ABORT:
		abort();
	case SPIN:
		for (;;)
			;
	case HANG:
		poll(NULL, 0, -1);
		return E_OK;
	case HANG_UP: /* say a little, close, and stay */
		for (int fd = 0; fd < 64; fd++) {
			(void)!write(fd, noise, 1);
			close(fd);
		}
		poll(NULL, 0, -1);
		return E_OK;
	case EAT:
		while ((p = malloc(1u << 20)) != NULL)
			for (size_t i = 0; i < 1u << 20; i += 4096)
				p[i] = 1;
		return E_NOMEM;
	case OPEN:
		return socket(AF_INET, SOCK_STREAM, 0) == -1 ? E_IO : E_OK;
	case KILL:
		(void)kill(getppid(), SIGKILL);
		return E_OK;
	case SHOUT: /* down the one descriptor it has, before its reply */
		for (int fd = 0; fd < 64; fd++)
			(void)!write(fd, noise, sizeof(noise));
		return codec_query_read(out, buf, n);
	case HONEST:
		return codec_query_read(out, buf, n);
	default:
		return lie(out, (enum deed)buf[0]);
	}
}

static enum err
tempt(enum deed deed)
{
	struct query q = { .version = 77 };
	uint8_t *copy = malloc(len);
	enum err e;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	copy[0] = (uint8_t)deed;
	e = decoder_query(decoder, &q, copy, len);
	free(copy);
	assert_true(e == E_OK || q.version == 77);
	return e;
}

static void
test_a_child_that_dies_costs_one_query(void **state)
{
	static const enum deed deeds[] = { CRASH, ABORT, OPEN, KILL, SPIN };

	(void)state;
	start(misbehave);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		assert_int_equal(tempt(deeds[i]), E_FORMAT);
		assert_int_equal(tempt(HONEST), E_OK);
	}
}

/* Every word of the child that is not the truth is found. */
static void
test_a_child_that_lies_is_not_believed(void **state)
{
	static const enum deed deeds[] = { LIE_TITLE, LIE_NODES, LIE_COUNT,
		LIE_TEXT, LIE_ERROR, SHOUT };

	(void)state;
	start(misbehave);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		assert_int_equal(tempt(deeds[i]), E_FORMAT);
		assert_int_equal(tempt(HONEST), E_OK);
	}
}

static void
test_a_child_that_hangs_is_ended(void **state)
{
	(void)state;
	start(misbehave);
	assert_int_equal(tempt(HANG), E_FORMAT);
	assert_int_equal(tempt(HONEST), E_OK);
	assert_int_equal(tempt(HANG_UP), E_FORMAT);
	assert_int_equal(tempt(HONEST), E_OK);
}

static void
test_a_child_cannot_eat_the_machine(void **state)
{
	(void)state;
	if (sandbox_widened()) {
		print_message("SKIPPED: sanitizers map more than any limit\n");
		return;
	}
	start(misbehave);
	assert_int_equal(tempt(EAT), E_NOMEM);
	assert_int_equal(tempt(HONEST), E_OK);
}

/* Answer one message on fds[1] as a zygote that is not ours would. */
static void
pretend(uint64_t number, enum ipc_kind kind, const void *body, size_t n)
{
	struct ipc *ipc;

	assert_int_equal(ipc_new(&ipc, fds[1], CODEC_QUERY_MAX), E_OK);
	assert_int_equal(ipc_send(ipc, kind, number, body, n), E_OK);
	assert_int_equal(ipc_flush(ipc, 1000), E_OK);
	ipc_free(ipc);
}

static void
test_a_zygote_that_lies_is_not_believed(void **state)
{
	uint8_t body[1 + sizeof(struct query) + 1] = { E_OK };
	struct query good, q;

	(void)state;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(decoder_new(&decoder, fds[0]), E_OK);
	assert_int_equal(codec_query_read(&good, bytes, len), E_OK);
	memcpy(body + 1, &good, sizeof(good));
	/* the replies lie there before the queries are asked */
	pretend(1, IPC_DECODED, body, 1 + sizeof(good));
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_OK);
	pretend(2, IPC_DECODED, body, sizeof(good)); /* cut */
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_FORMAT);
	pretend(3, IPC_DECODED, body, sizeof(body)); /* and more */
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_FORMAT);
	pretend(4, IPC_DECODED, body, 1); /* E_OK of nothing */
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_FORMAT);
	pretend(5, IPC_DECODED, NULL, 0);
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_FORMAT);
	pretend(5, IPC_DECODED, body, 1 + sizeof(good)); /* late: passed over */
	body[1 + offsetof(struct query, question_id)] ^= 1;
	pretend(6, IPC_DECODED, body, 1 + sizeof(good));
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_OK);
	assert_memory_equal(q.question_id, good.question_id, QUERY_ID);
	pretend(8, IPC_DECODED, body, 1 + sizeof(good)); /* never asked */
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_CLOSED);
	pretend(8, IPC_FRAME, body, 1 + sizeof(good)); /* no such word */
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_CLOSED);
	close(fds[1]);
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_CLOSED);
}

static void
test_a_zygote_that_is_gone_is_noticed(void **state)
{
	struct query q;

	(void)state;
	start(codec_query_read);
	kill(zygote, SIGKILL);
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_CLOSED);
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_CLOSED);
}

/* Nothing that was open where the zygote was forked is open in a child. */
static enum err
look_for_files(struct query *out, const uint8_t *buf, size_t n)
{
	unsigned open_now = 0;

	for (int fd = 0; fd < 256; fd++)
		if (read(fd, out, 0) == 0 || errno != EBADF)
			open_now++;
	return open_now == 1 ? codec_query_read(out, buf, n) : E_RANGE;
}

static void
test_a_child_has_one_descriptor(void **state)
{
	struct query q;
	int secret = dup(STDERR_FILENO); /* as a file opened too early */

	(void)state;
	start(look_for_files);
	assert_int_equal(decoder_query(decoder, &q, bytes, len), E_OK);
	close(secret);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, before, after)
	const struct CMUnitTest tests[] = {
		T(test_a_query_comes_back_as_the_codec_reads_it),
		T(test_bad_bytes_are_refused_and_the_next_query_is_served),
		T(test_a_child_that_dies_costs_one_query),
		T(test_a_child_that_lies_is_not_believed),
		T(test_a_child_that_hangs_is_ended),
		T(test_a_child_cannot_eat_the_machine),
		T(test_a_zygote_that_lies_is_not_believed),
		T(test_a_zygote_that_is_gone_is_noticed),
		T(test_a_child_has_one_descriptor),
	};
#undef T

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
