#include "protocol/ipc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/rd.h"
#include "base/wr.h"

#define IN_BYTES 65536u /* what the reading buffer holds at least */

struct letter { /* one message on its way out */
	struct letter *next;
	size_t len, off; /* bytes, and how many are written */
	uint8_t bytes[];
};

struct ipc {
	int fd;
	size_t max_body;
	bool closed; /* the other side no longer reads */
	struct letter *first, **last;
	size_t queued;
	uint8_t *in; /* in[from, to) has been read and not been taken */
	size_t cap, from, to;
};

enum err
ipc_new(struct ipc **out, int fd, size_t max_body)
{
	struct ipc *ipc;
	int flags = fcntl(fd, F_GETFL);

	assert(max_body <= IPC_BODY_MAX);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return E_SYSTEM;
	if ((ipc = calloc(1, sizeof(*ipc))) == NULL)
		return E_NOMEM;
	if ((ipc->in = malloc(IN_BYTES)) == NULL) {
		free(ipc);
		return E_NOMEM;
	}
	ipc->cap = IN_BYTES;
	ipc->fd = fd;
	ipc->max_body = max_body;
	ipc->last = &ipc->first;
	*out = ipc;
	return E_OK;
}

/* Unlink, wipe and free the first letter. */
static void
letter_drop(struct ipc *ipc)
{
	struct letter *l = ipc->first;

	if ((ipc->first = l->next) == NULL)
		ipc->last = &ipc->first;
	ipc->queued -= l->len - l->off;
	explicit_bzero(l->bytes, l->len);
	free(l);
}

void
ipc_free(struct ipc *ipc)
{
	if (ipc == NULL)
		return;
	while (ipc->first != NULL)
		letter_drop(ipc);
	explicit_bzero(ipc->in, ipc->cap);
	free(ipc->in);
	free(ipc);
}

int
ipc_fd(const struct ipc *ipc)
{
	return ipc->fd;
}

short
ipc_events(const struct ipc *ipc)
{
	return ipc->first != NULL && !ipc->closed ? POLLIN | POLLOUT : POLLIN;
}

size_t
ipc_queued(const struct ipc *ipc)
{
	return ipc->queued;
}

/* Write until nothing is queued or the socket takes no more. */
static enum err
out_push(struct ipc *ipc)
{
	while (ipc->first != NULL && !ipc->closed) {
		struct letter *l = ipc->first;
		ssize_t n = send(ipc->fd, l->bytes + l->off, l->len - l->off,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			l->off += (size_t)n;
			ipc->queued -= (size_t)n;
			if (l->off == l->len)
				letter_drop(ipc);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return E_OK;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			ipc->closed = true;
		} else if (errno != EINTR) {
			return E_IO;
		}
	}
	return ipc->closed ? E_CLOSED : E_OK;
}

enum err
ipc_send(struct ipc *ipc, enum ipc_kind kind, uint64_t conn, const void *body,
    size_t len)
{
	struct letter *l;
	struct wr w;

	if (ipc->closed)
		return E_CLOSED;
	if (len > ipc->max_body ||
	    IPC_HEADER + len > IPC_QUEUE_MAX - ipc->queued)
		return E_LIMIT;
	if ((l = malloc(sizeof(*l) + IPC_HEADER + len)) == NULL)
		return E_NOMEM;
	*l = (struct letter){ .len = IPC_HEADER + len };
	w = wr_over(l->bytes, l->len);
	wr_be32(&w, (uint32_t)len);
	wr_u8(&w, (uint8_t)kind);
	wr_u8(&w, 0);
	wr_be16(&w, 0);
	wr_be64(&w, conn);
	wr_bytes(&w, body, len);
	assert(w.err == E_OK && w.len == l->len);
	*ipc->last = l;
	ipc->last = &l->next;
	ipc->queued += l->len;
	return out_push(ipc);
}

/* What stands in a header. */
struct heading {
	size_t len;
	uint8_t kind;
	uint64_t conn;
};

/* The header of the first message that was read and not taken.  E_AGAIN when
 * it is not whole yet. */
static enum err
heading_read(const struct ipc *ipc, struct heading *out)
{
	struct rd r = rd_over(ipc->in + ipc->from, ipc->to - ipc->from);
	struct heading h;
	uint8_t zero8;
	uint16_t zero16;

	h.len = rd_be32(&r);
	h.kind = rd_u8(&r);
	zero8 = rd_u8(&r);
	zero16 = rd_be16(&r);
	h.conn = rd_be64(&r);
	if (r.err != E_OK)
		return E_AGAIN;
	if (h.kind < IPC_LISTENING || h.kind > IPC_DECODED || zero8 != 0 ||
	    zero16 != 0)
		return E_FORMAT;
	if (h.len > ipc->max_body)
		return E_LIMIT;
	*out = h;
	return E_OK;
}

/* Make room to read more of the message in hand; *full when it is whole, or
 * no message, so that the owner must act first. */
static enum err
in_room(struct ipc *ipc, bool *full)
{
	struct heading h = { 0 };
	enum err e = heading_read(ipc, &h);
	size_t have = ipc->to - ipc->from, need = IPC_HEADER + h.len;
	uint8_t *in;

	*full = false;
	if (ipc->to < ipc->cap)
		return E_OK;
	if (e == E_FORMAT || e == E_LIMIT || (e == E_OK && have >= need)) {
		*full = true;
		return E_OK;
	}
	if (need <= ipc->cap) {
		memmove(ipc->in, ipc->in + ipc->from, have);
	} else {
		if ((in = malloc(need)) == NULL)
			return E_NOMEM;
		memcpy(in, ipc->in + ipc->from, have);
		explicit_bzero(ipc->in, ipc->cap);
		free(ipc->in);
		ipc->in = in;
		ipc->cap = need;
	}
	ipc->from = 0;
	ipc->to = have;
	return E_OK;
}

/* Read until the buffer is full or nothing is there. */
static enum err
in_pull(struct ipc *ipc)
{
	for (;;) {
		bool full;
		ssize_t n;
		enum err e = in_room(ipc, &full);

		if (e != E_OK)
			return e;
		if (full)
			return E_OK;
		n = recv(ipc->fd, ipc->in + ipc->to, ipc->cap - ipc->to,
		    MSG_DONTWAIT);
		if (n > 0)
			ipc->to += (size_t)n;
		else if (n == 0 || errno == ECONNRESET)
			return E_CLOSED;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return E_OK;
		else if (errno != EINTR)
			return E_IO;
	}
}

enum err
ipc_pump(struct ipc *ipc, short revents)
{
	enum err out = E_OK, in = E_OK;

	if ((revents & (POLLOUT | POLLHUP | POLLERR)) != 0)
		out = out_push(ipc);
	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		in = in_pull(ipc);
	/* What the other side said before it went is taken first: the end of
	 * reading, not that of writing, says that it is gone. */
	if (in == E_OK && out == E_CLOSED)
		return E_OK;
	return in != E_OK ? in : out;
}

enum err
ipc_next(struct ipc *ipc, struct ipc_message *out)
{
	struct heading h;
	enum err e;

	if ((e = heading_read(ipc, &h)) != E_OK)
		return e;
	if (ipc->to - ipc->from < IPC_HEADER + h.len)
		return E_AGAIN;
	*out = (struct ipc_message){
		.kind = (enum ipc_kind)h.kind,
		.conn = h.conn,
		.body = ipc->in + ipc->from + IPC_HEADER,
		.len = h.len,
	};
	ipc->from += IPC_HEADER + h.len;
	return E_OK;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum err
ipc_flush(struct ipc *ipc, int wait_ms)
{
	int64_t end = now_ms() + wait_ms;
	enum err e;

	while ((e = out_push(ipc)) == E_OK && ipc->first != NULL) {
		struct pollfd p = { .fd = ipc->fd, .events = POLLOUT };
		int64_t left = end - now_ms();

		if (left <= 0)
			return E_TIMEOUT;
		if (poll(&p, 1, (int)left) == -1 && errno != EINTR)
			return E_IO;
	}
	return e;
}

/* Printable ASCII, then zeros to the end, at least one. */
static bool
address_good(const char s[IPC_ADDRESS])
{
	size_t n = 0;

	while (n < IPC_ADDRESS && s[n] > 0x20 && s[n] < 0x7f)
		n++;
	for (size_t i = n; i < IPC_ADDRESS; i++)
		if (s[i] != '\0')
			return false;
	return n < IPC_ADDRESS;
}

enum err
ipc_up_parse(struct ipc_up *out, const uint8_t *body, size_t len)
{
	struct rd r = rd_over(body, len);
	struct ipc_up up;
	enum err e;

	rd_copy(&r, up.party.s, sizeof(up.party.s));
	rd_copy(&r, up.fingerprint, sizeof(up.fingerprint));
	rd_copy(&r, up.exporter, sizeof(up.exporter));
	rd_copy(&r, up.address, sizeof(up.address));
	if ((e = rd_end(&r)) != E_OK)
		return e;
	if (!party_id_good(&up.party) || !address_good(up.address))
		return E_FORMAT;
	*out = up;
	return E_OK;
}

size_t
ipc_up_write(uint8_t buf[IPC_UP_MAX], const struct ipc_up *up)
{
	struct wr w = wr_over(buf, IPC_UP_MAX);

	wr_bytes(&w, up->party.s, sizeof(up->party.s));
	wr_bytes(&w, up->fingerprint, sizeof(up->fingerprint));
	wr_bytes(&w, up->exporter, sizeof(up->exporter));
	wr_bytes(&w, up->address, sizeof(up->address));
	assert(w.err == E_OK && w.len == IPC_UP_MAX);
	return w.len;
}
