/*
 * cli/progress.h -- how far long work has come, on a terminal.
 *
 * Written to the stream only if it is a terminal; otherwise nothing is.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {  /* by progress_init */
	FILE *out; /* NULL: quiet */
	const char *what;
	uint64_t total;
	unsigned shown; /* per cent, 101: nothing yet */
};

/* progress_init: to draw on out (the caller's), if out is a terminal. */
void progress_init(struct progress *p, FILE *out);

/* progress_start: what ("reading") is about to go from 0 to total. */
void progress_start(struct progress *p, const char *what, uint64_t total);

/* progress_at: done of total so far; cheap, draws at most once per cent. */
void progress_at(struct progress *p, uint64_t done);

/* progress_end: take the bar away. */
void progress_end(struct progress *p);

/* progress_line: write the bar for done of total into out[80], without an end
 * of line: what "[#####.....]  50 %". */
void progress_line(
    char out[80], const char *what, uint64_t done, uint64_t total);

#endif
