/*
 * node/show.h -- results of ward-node's commands as JSON.
 */
#ifndef NODE_SHOW_H
#define NODE_SHOW_H

#include "cli/call.h"

struct json_t;

/* show_json: write value to out and drop it; NULL: there was no memory. */
enum call_exit show_json(const struct call *call, struct json_t *value);

/* show_fault: refuse a call with the fault's words or, if it has none, those
 * of e. */
struct fault;
enum call_exit show_fault(
    const struct call *call, enum err e, const struct fault *fault);

#endif
