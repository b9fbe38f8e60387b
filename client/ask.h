/*
 * client/ask.h -- ward query new, check, explain, compile: writing a question.
 */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include "cli/call.h"

extern const struct command ask_new, ask_check, ask_explain, ask_compile;

#endif
