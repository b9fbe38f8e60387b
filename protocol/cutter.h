/*
 * protocol/cutter.h -- cuts a stream of bytes into frames.
 *
 * Pure: no socket, no clock.  Memory for a frame is taken when its header has
 * been read and checked, never before.
 */
#ifndef PROTOCOL_CUTTER_H
#define PROTOCOL_CUTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/frame.h"

struct cutter { /* all zero at the start; ended by cutter_finish */
	uint8_t header[FRAME_HEADER];
	size_t have;    /* bytes of the frame in hand, its header included */
	size_t whole;   /* its length; 0 while the header is not whole */
	uint8_t *frame; /* its bytes; NULL while the header is not whole */
};

/*
 * cutter_feed: take bytes from buf[*at, len) and move *at past them, until a
 * frame is whole.  Then *frame (the caller's, to be freed) is well-formed and
 * has *frame_len bytes.  large: may a body exceed FRAME_BODY_EARLY?
 *
 * E_AGAIN	all bytes were taken, no frame is whole.
 * E_STATE	the frame in hand is large and may not be; no memory is held
 *		for it.  Feed again when it may.
 * E_FORMAT, E_LIMIT	what came is no frame, or is larger than FRAME_MAX: the
 *		stream cannot be used any more.
 * E_NOMEM	out of memory.
 */
enum err cutter_feed(struct cutter *c, const uint8_t *buf, size_t len,
    size_t *at, bool large, uint8_t **frame, size_t *frame_len) MUST_USE;

void cutter_finish(struct cutter *c);

#endif
