/*
 * client/tell.h -- a query, explained, as text for people.
 */
#ifndef CLIENT_TELL_H
#define CLIENT_TELL_H

#include <stdio.h>

#include "client/explain.h"

/* tell_query: everything. */
void tell_query(const struct explain *x, FILE *out);

/* tell_warnings: the warnings alone, a line each. */
void tell_warnings(const struct explain *x, FILE *out);

/* tell_line: the query in one line, with its newline. */
void tell_line(const struct explain *x, FILE *out);

#endif
