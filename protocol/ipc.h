/*
 * protocol/ipc.h -- messages between two processes of one daemon.
 *
 * Over a SOCK_STREAM socketpair, both ways, big-endian:
 *
 *	u32 body_len | u8 kind | u8[3] zero | u64 conn | body[body_len]
 *
 * Buffered on both sides and never blocking: the owner polls ipc_fd for
 * ipc_events, hands what came to ipc_pump and then takes messages until
 * E_AGAIN.  One thread at a time.
 */
#ifndef PROTOCOL_IPC_H
#define PROTOCOL_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/party.h"

#define IPC_HEADER 16
#define IPC_BODY_MAX (16u * 1024 * 1024)  /* the largest max_body */
#define IPC_QUEUE_MAX (64u * 1024 * 1024) /* bytes waiting to be written */

enum ipc_kind {
	/* net -> core */
	IPC_LISTENING = 1, /* conn 0; body: be16 port */
	IPC_UP = 2,        /* body: struct ipc_up */
	IPC_FRAME = 3,     /* body: a whole frame */
	IPC_DOWN = 4,      /* body: u8 enum err */
	/* core -> net */
	IPC_SEND = 5,  /* body: a whole frame */
	IPC_DROP = 6,  /* no body; IPC_DOWN does not follow */
	IPC_ADMIT = 7, /* no body */
	/* gate or merge <-> decoder; conn is the caller's number */
	IPC_DECODE = 8,
	IPC_DECODED = 9,
};

struct ipc_message {
	enum ipc_kind kind;
	uint64_t conn;
	const uint8_t *body; /* valid until the next call on the ipc */
	size_t len;
};

#define IPC_ADDRESS 64

struct ipc_up { /* who has connected, as the transport verified it */
	struct party_id party;
	uint8_t fingerprint[32];
	uint8_t exporter[32];
	char address[IPC_ADDRESS]; /* text, for the log */
};

struct ipc; /* opaque; does not own its fd */

/*
 * ipc_new: messages over fd, which is made non-blocking and stays the
 * caller's.  max_body: the longest body either way, <= IPC_BODY_MAX.
 *
 * E_NOMEM	out of memory.
 * E_SYSTEM	fd would not become non-blocking.
 */
enum err ipc_new(struct ipc **out, int fd, size_t max_body) MUST_USE;

/* ipc_free: wipe and free; NULL does nothing; what is queued is lost. */
void ipc_free(struct ipc *ipc);

int ipc_fd(const struct ipc *ipc);

/* ipc_events: what to poll for: POLLIN, and POLLOUT while bytes wait. */
short ipc_events(const struct ipc *ipc);

/* ipc_queued: how many bytes wait to be written. */
size_t ipc_queued(const struct ipc *ipc);

/*
 * ipc_send: queue one message (copied) and write what the socket takes.
 *
 * E_LIMIT	the body is longer than max_body, or IPC_QUEUE_MAX is reached;
 *		nothing is queued.
 * E_NOMEM	out of memory.
 * E_CLOSED	the other side is gone.
 */
enum err ipc_send(struct ipc *ipc, enum ipc_kind kind, uint64_t conn,
    const void *body, size_t len) MUST_USE;

/*
 * ipc_pump: read and write as far as revents (of poll) allows.
 *
 * E_CLOSED	the other side is gone; messages read before can be taken.
 * E_NOMEM	out of memory.
 * E_IO		reading or writing failed.
 */
enum err ipc_pump(struct ipc *ipc, short revents) MUST_USE;

/*
 * ipc_next: the next whole message.
 *
 * E_AGAIN	none yet.
 * E_FORMAT	what came is no message; E_LIMIT: longer than max_body.  The
 *		other side is broken: give the ipc up.
 */
enum err ipc_next(struct ipc *ipc, struct ipc_message *out) MUST_USE;

/* ipc_flush: write what is queued, blocking up to wait_ms.  E_TIMEOUT,
 * E_CLOSED, E_IO. */
enum err ipc_flush(struct ipc *ipc, int wait_ms) MUST_USE;

/* ipc_up_parse: the body of an IPC_UP.  E_SHORT, E_TRAILING, E_FORMAT. */
enum err ipc_up_parse(
    struct ipc_up *out, const uint8_t *body, size_t len) MUST_USE;

#define IPC_UP_MAX (PARTY_ID + 32 + 32 + IPC_ADDRESS)

/* ipc_up_write: up as a body in buf[IPC_UP_MAX]; the length. */
size_t ipc_up_write(uint8_t buf[IPC_UP_MAX], const struct ipc_up *up);

#endif
