#include "protocol/decoder.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "protocol/codec.h"
#include "protocol/ipc.h"
#include "protocol/sandbox.h"

#define CHILD_CPU_S 2
#define CHILD_WAIT_MS 4000 /* shorter than DECODER_WAIT_MS: E_FORMAT comes */
#define CHILD_MEMORY (512u * 1024 * 1024)    /* of addresses, not of pages */
#define REPLY_MAX (1 + sizeof(struct query)) /* u8 enum err | struct query */

static_assert(REPLY_MAX <= CODEC_QUERY_MAX, "a reply fits the ipc");

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How bytes are read: the reader is what the child runs on them. */
struct reader {
	enum err (*read)(struct query *out, const uint8_t *buf, size_t len);
};

/* Less of everything for the child. */
static bool
child_limits(void)
{
	const struct rlimit cpu = { CHILD_CPU_S, CHILD_CPU_S };
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CPU, &cpu) != 0 ||
	    setrlimit(RLIMIT_FSIZE, &none) != 0)
		return false;
	if (!sandbox_widened()) { /* a sanitizer maps terabytes */
		const struct rlimit memory = { CHILD_MEMORY, CHILD_MEMORY };

		return setrlimit(RLIMIT_AS, &memory) == 0;
	}
	return true;
}

/* The life of a child: decode, say it over fds[1], die.  That is the one
 * descriptor it keeps. */
static _Noreturn void
child(const int fds[2], int zygote_fd, const struct reader *reader,
    const struct ipc_message *m)
{
	uint8_t reply[REPLY_MAX];
	struct query q;
	size_t done = 0, len = 1;
	ssize_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(zygote_fd);
	close(fds[0]);
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (i != fds[1])
			close(i);
	if (!child_limits() || sandbox_enter(SANDBOX_DECODE) != E_OK)
		_exit(1);
	reply[0] = (uint8_t)reader->read(&q, m->body, m->len);
	if (reply[0] == E_OK) {
		memcpy(reply + 1, &q, sizeof(q));
		len += sizeof(q);
	}
	while (done < len && (n = write(fds[1], reply + done, len - done)) > 0)
		done += (size_t)n;
	_exit(done == len ? 0 : 1);
}

/* All that the child says until it ends, at most cap bytes and CHILD_WAIT_MS;
 * *len is 0 when it says more or takes longer. */
static void
listen_to(uint8_t *buf, size_t cap, size_t *len, int fd)
{
	int64_t end = now_ms() + CHILD_WAIT_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t more;
	int64_t left;
	ssize_t n;

	for (*len = 0; (left = end - now_ms()) > 0;) {
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = *len < cap ? read(fd, buf + *len, cap - *len)
			       : read(fd, &more, 1);
		if (n == 0)
			return; /* the end */
		if (n < 0 || *len == cap)
			break;
		*len += (size_t)n;
	}
	*len = 0;
}

/* One query by one child; an empty reply when the child did not make it. */
static enum err
serve(struct ipc *ipc, const struct reader *reader, const struct ipc_message *m)
{
	uint8_t reply[REPLY_MAX];
	size_t len = 0;
	int fds[2];
	int status = 1;
	pid_t pid;

	if (m->kind != IPC_DECODE)
		return E_FORMAT;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return E_SYSTEM;
	if ((pid = fork()) == 0)
		child(fds, ipc_fd(ipc), reader, m);
	close(fds[1]);
	if (pid > 0) {
		listen_to(reply, sizeof(reply), &len, fds[0]);
		close(fds[0]);
		/* One that has hung up may still be there, and would keep all
		 * later queries waiting; one that ends keeps its status. */
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			;
	} else {
		close(fds[0]);
	}
	return ipc_send(
	    ipc, IPC_DECODED, m->conn, reply, status == 0 ? len : 0);
}

/* Wait for the other end and answer all that it asks. */
static enum err
round_of(struct ipc *ipc, const struct reader *reader)
{
	struct pollfd p = { .fd = ipc_fd(ipc), .events = ipc_events(ipc) };
	struct ipc_message m;
	enum err e;

	if (poll(&p, 1, -1) < 0)
		return errno == EINTR ? E_OK : E_SYSTEM;
	if ((e = ipc_pump(ipc, p.revents)) != E_OK)
		return e;
	while ((e = ipc_next(ipc, &m)) == E_OK)
		if ((e = serve(ipc, reader, &m)) != E_OK)
			return e;
	return e == E_AGAIN ? E_OK : e;
}

void
decoder_zygote_with(
    int fd, enum err (*read)(struct query *out, const uint8_t *buf, size_t len))
{
	const struct reader reader = { read };
	struct ipc *ipc;

	/* whatever was open in the process that forked us is none of ours */
	if (fd > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	(void)close_range((unsigned)fd + 1, ~0u, 0);
	if (ipc_new(&ipc, fd, CODEC_QUERY_MAX) != E_OK)
		return;
	if (sandbox_enter(SANDBOX_ZYGOTE) == E_OK)
		while (round_of(ipc, &reader) == E_OK)
			;
	ipc_free(ipc);
}

void
decoder_zygote(int fd)
{
	decoder_zygote_with(fd, codec_query_read);
}

struct decoder {
	struct ipc *ipc;
	uint64_t number; /* of the last query */
};

enum err
decoder_new(struct decoder **out, int fd)
{
	struct decoder *d = calloc(1, sizeof(*d));
	enum err e;

	if (d == NULL)
		return E_NOMEM;
	if ((e = ipc_new(&d->ipc, fd, CODEC_QUERY_MAX)) != E_OK) {
		free(d);
		return e;
	}
	*out = d;
	return E_OK;
}

void
decoder_free(struct decoder *d)
{
	if (d == NULL)
		return;
	ipc_free(d->ipc);
	free(d);
}

/* The reply to query d->number, or E_AGAIN.  Replies to earlier queries, which
 * came after their time, are passed over. */
static enum err
reply_next(struct decoder *d, struct ipc_message *out)
{
	enum err e;

	while ((e = ipc_next(d->ipc, out)) == E_OK) {
		if (out->kind != IPC_DECODED || out->conn > d->number)
			return E_CLOSED; /* no zygote of ours */
		if (out->conn == d->number)
			return E_OK;
	}
	return e == E_AGAIN ? E_AGAIN : E_CLOSED;
}

static enum err
reply_wait(struct decoder *d, struct ipc_message *out)
{
	int64_t end = now_ms() + DECODER_WAIT_MS;
	struct pollfd p = { .fd = ipc_fd(d->ipc) };
	int64_t left;
	enum err e, pumped;

	while ((left = end - now_ms()) > 0) {
		p.events = ipc_events(d->ipc);
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		pumped = ipc_pump(d->ipc, p.revents);
		if ((e = reply_next(d, out)) != E_AGAIN)
			return e;
		if (pumped != E_OK)
			return E_CLOSED;
	}
	return E_TIMEOUT;
}

/* Take the child's word for nothing: the struct must hold by itself and give
 * the bytes that were asked about. */
static enum err
believe(struct query *out, const struct ipc_message *m, const uint8_t *buf,
    size_t len)
{
	uint8_t question_id[QUERY_ID];
	struct query q;
	uint8_t *again;
	size_t n;
	enum err e;

	if (m->len == 1 && (m->body[0] == E_RANGE || m->body[0] == E_LIMIT ||
			       m->body[0] == E_NOMEM))
		return (enum err)m->body[0];
	if (m->len != REPLY_MAX || m->body[0] != E_OK)
		return E_FORMAT;
	memcpy(&q, m->body + 1, sizeof(q));
	e = codec_query_write(&again, &n, &q, question_id); /* checks q */
	if (e != E_OK)
		return e == E_NOMEM ? E_NOMEM : E_FORMAT;
	if (n != len || memcmp(again, buf, len) != 0)
		e = E_FORMAT;
	free(again);
	if (e != E_OK)
		return e;
	*out = q;
	memcpy(out->question_id, question_id, QUERY_ID);
	return E_OK;
}

enum err
decoder_query(
    struct decoder *d, struct query *out, const uint8_t *buf, size_t len)
{
	struct ipc_message m;
	enum err e;

	if (len > CODEC_QUERY_MAX)
		return E_LIMIT;
	d->number++;
	e = ipc_send(d->ipc, IPC_DECODE, d->number, buf, len);
	if (e != E_OK)
		return e == E_NOMEM ? E_NOMEM : E_CLOSED;
	if ((e = reply_wait(d, &m)) != E_OK)
		return e;
	return believe(out, &m, buf, len);
}
