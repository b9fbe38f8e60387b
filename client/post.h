/*
 * client/post.h -- ward query submit, status, fetch: what the coordinator is
 * asked.
 */
#ifndef CLIENT_POST_H
#define CLIENT_POST_H

#include "cli/call.h"

extern const struct command post_submit, post_status, post_fetch;

#endif
