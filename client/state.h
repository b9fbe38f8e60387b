/*
 * client/state.h -- what the coordinator says of a query, read and told.
 *
 * Source: the JSON of protocol/talk.h.  Its texts are foreign: they are shown
 * only after plain_words.
 */
#ifndef CLIENT_STATE_H
#define CLIENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct json_t;

/* state_parse: text[0, len) as a state; the caller's reference.  E_FORMAT: no
 * object, or it has no "state" or lists of other things. */
enum err state_parse(
    struct json_t **out, const char *text, size_t len) MUST_USE;

/* state_over: is nothing more to come?  released, not-released, expired,
 * vetoed. */
bool state_over(const struct json_t *state);

/* state_name: "open" ...; valid as long as the state. */
const char *state_name(const struct json_t *state);

/* state_pending: the ids of the nodes that have not answered, "a, b", into
 * out[cap]; "" when there are none. */
void state_pending(const struct json_t *state, char *out, size_t cap);

/* state_tell: as a short table. */
void state_tell(const struct json_t *state, FILE *out);

#endif
