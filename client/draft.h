/*
 * client/draft.h -- a query file, read and compiled, with all it stands on.
 */
#ifndef CLIENT_DRAFT_H
#define CLIENT_DRAFT_H

#include <stdbool.h>

#include "cli/call.h"
#include "client/compile.h"
#include "client/doc.h"
#include "client/explain.h"
#include "client/ground.h"
#include "client/home.h"
#include "client/wish.h"

struct draft {
	char *text;
	struct doc *doc;
	struct wish wish; /* views into doc; sound if doc has no faults */
	struct ground *ground;
	bool homed; /* home is set */
	struct home home;
	bool compiled; /* query and explain are set */
	struct query query;
	struct explain explain;
};

/*
 * draft_read: read the file and find its own faults, which are left in
 * out->doc; draft_free ends it.  Other failures have been written to err.
 *
 * E_NOTFOUND, E_IO, E_LIMIT, E_NOMEM
 */
enum err draft_read(
    struct draft *out, const struct call *call, const char *path) MUST_USE;
void draft_free(struct draft *d);

/*
 * draft_compile: by the folder that --party names and the files of --data.
 *
 * E_CONFIG	it cannot be asked: the faults are in d->doc.
 * Others have been written to err.
 */
enum err draft_compile(struct draft *d, const struct call *call) MUST_USE;

/* draft_ground: the files of --data (default: those shipped); what fails has
 * been written to err. */
enum err draft_ground(struct ground **out, const struct call *call) MUST_USE;

#endif
