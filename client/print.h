/*
 * client/print.h -- results of commands as JSON.
 */
#ifndef CLIENT_PRINT_H
#define CLIENT_PRINT_H

#include "cli/call.h"

struct json_t;

/* print_json: write value to out and drop it; NULL: there was no memory.
 * Numbers have 15 digits: 1e-9 is that.  print_json_exact: 17, which are the
 * double itself. */
enum call_exit print_json(const struct call *call, struct json_t *value);
enum call_exit print_json_exact(const struct call *call, struct json_t *value);

#endif
