/*
 * client/caution.h -- what speaks against a query, before it is asked: what
 * nodes will refuse, and numbers that would be little more than noise.
 */
#ifndef CLIENT_CAUTION_H
#define CLIENT_CAUTION_H

#include "client/explain.h"

/* caution_add: add the warnings to x, whose every other field is set. */
void caution_add(struct explain *x);

#endif
