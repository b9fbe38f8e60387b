/*
 * client/outlook.h -- what nodes measure and how accurate the numbers will be,
 * as text for people.
 */
#ifndef CLIENT_OUTLOOK_H
#define CLIENT_OUTLOOK_H

#include <stdio.h>

#include "client/explain.h"

/* outlook_tell: the histograms, a table of the published numbers, what counts
 * are expected of them, and what other accuracies cost. */
void outlook_tell(const struct explain *x, FILE *out);

#endif
