/*
 * client/line.h -- a conversation with the coordinator.
 *
 * The coordinator is believed no further than needed: it must be the party of
 * party.yaml, proved by the roster; a newer roster that it hands out counts
 * when governance has signed it; what it replies is bounded.
 */
#ifndef CLIENT_LINE_H
#define CLIENT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "client/home.h"
#include "protocol/frame.h"

#define LINE_WAIT_MS 30000 /* for each frame */
#define LINE_REPLY_MAX ((size_t)512 * 1024 * 1024)

struct line; /* opaque */

/*
 * line_open: connect as the party of home and be identified.  If the other
 * side has a newer roster it is verified, stored, and home is read again;
 * *news (may be NULL) says so.  home must outlive the line.
 *
 * E_PEER, E_SIGNATURE, E_CLOCK	one of the two sides is not who it must be.
 * E_CLOSED, E_TIMEOUT, E_CONFIG, E_FORMAT, E_NOMEM, E_IO, E_LIMIT
 * With fault.
 */
enum err line_open(struct line **out, bool *news, struct home *home,
    const struct clock *clock, struct fault *fault) MUST_USE;
void line_close(struct line *line); /* NULL does nothing */

/*
 * line_ask: send one frame about the query id and take the whole reply, with a
 * NUL after its *len bytes; *out is the caller's.
 *
 * E_STATE	the coordinator has said why not: fault.
 * E_CLOSED, E_TIMEOUT, E_FORMAT, E_LIMIT, E_NOMEM	with fault.
 */
enum err line_ask(struct line *line, char **out, size_t *len,
    enum frame_kind kind, const uint8_t id[FRAME_ID], const void *body,
    size_t body_len, struct fault *fault) MUST_USE;

#endif
