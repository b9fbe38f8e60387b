/*
 * client/sheet.h -- a query, explained, as JSON.
 */
#ifndef CLIENT_SHEET_H
#define CLIENT_SHEET_H

#include "client/explain.h"

struct json_t;

/* sheet_json: everything; the caller's reference, NULL without memory. */
struct json_t *sheet_json(const struct explain *x);

#endif
