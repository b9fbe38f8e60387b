/*
 * protocol/frame.h -- what travels on a connection, one frame after another.
 *
 *	 0       4 5 6     8        12         44
 *	+---------+-+-+-----+---------+----------+------ ~ ------+
 *	| body_len|1|k|  0  | attempt | id[32]   | body[body_len]|
 *	+---------+-+-+-----+---------+----------+------ ~ ------+
 *
 * Big-endian.  1 = version, k = kind, 0 = reserved and refused otherwise.
 * Before a connection is admitted a body holds at most FRAME_BODY_EARLY bytes.
 */
#ifndef PROTOCOL_FRAME_H
#define PROTOCOL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FRAME_VERSION 1
#define FRAME_HEADER 44
#define FRAME_MAX (4u * 1024 * 1024) /* header and body */
#define FRAME_BODY_MAX (FRAME_MAX - FRAME_HEADER)
#define FRAME_BODY_EARLY 4096u
#define FRAME_ID 32
#define FRAME_CHUNK_BYTES (1024u * 1024) /* bytes of a chunk of an answer */

enum frame_kind { /* values travel: never change one */
	FRAME_HELLO = 1,
	FRAME_WELCOME = 2,
	FRAME_REJECT = 3,
	FRAME_ROSTER = 4,
	FRAME_ASK = 5,
	FRAME_TAKEN = 6,
	FRAME_REFUSED = 7,
	FRAME_READY = 8,
	FRAME_PULL = 9,
	FRAME_CHUNK = 10,
	FRAME_SUBMIT = 11,
	FRAME_STATUS = 12,
	FRAME_FETCH = 13,
	FRAME_REPLY = 14,
	FRAME_FAIL = 15,
	FRAME_PING = 16, /* the transport's own: */
	FRAME_PONG = 17, /* nobody else sees them */
};

struct frame {
	enum frame_kind kind;
	uint32_t attempt; /* 0 when there is none */
	uint8_t id[FRAME_ID];
	const uint8_t *body; /* a view; may be NULL when len is 0 */
	size_t len;          /* <= FRAME_BODY_MAX */
};

/*
 * frame_need: how long the frame is that starts with this header.
 *
 * E_FORMAT	another version, an unknown kind, or reserved bits.
 * E_LIMIT	a body longer than body_max.
 */
enum err frame_need(size_t *whole, const uint8_t header[FRAME_HEADER],
    size_t body_max) MUST_USE;

/*
 * frame_parse: the whole frame buf[0, len), which must outlive out.
 *
 * E_SHORT	it ends too early.
 * E_TRAILING	bytes are left over.
 * E_FORMAT, E_LIMIT	as frame_need with FRAME_BODY_MAX.
 */
enum err frame_parse(struct frame *out, const void *buf, size_t len) MUST_USE;

/*
 * frame_write: the bytes of a frame; *out is the caller's, to be freed.
 *
 * E_LIMIT	the body is longer than FRAME_BODY_MAX.
 * E_NOMEM	out of memory.
 */
enum err frame_write(
    uint8_t **out, size_t *len, const struct frame *frame) MUST_USE;

#endif
