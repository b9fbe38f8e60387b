/*
 * node/load.h -- `ward-node load`: one extract into records.db, whole or not
 * at all.
 *
 * One bad row never stops a load: it is dropped and reported.  The file as a
 * whole is refused, and the database is as it was, when its header is wrong,
 * its last row is cut, it is not UTF-8 text, it passes a limit, more than half
 * of its rows are bad, or it changes while it is read.
 *
 * A record's id is a keyed hash of what the source says identifies it, its
 * month, and its number among equals in the file.  So rows that are alike are
 * all kept, and a file that overlaps an earlier one adds only what is new; an
 * extract may hold any part of a month.
 */
#ifndef NODE_LOAD_H
#define NODE_LOAD_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/progress.h"
#include "node/report.h"

#define LOAD_ROWS_MAX 8000000 /* of one file */

enum load_kind {
	LOAD_POLICE, /* data.police.uk street-level CSV */
	LOAD_ISTV,   /* NHS ISTV minimum data set as CSV, see load_istv.h */
};

struct load_config {
	enum load_kind kind;
	const char *path;      /* the extract */
	const char *gazetteer; /* path, see gazetteer.h; NULL: none */
	const char *data;      /* folder that holds osgb/ areas/ rules/ */
	const char *db;        /* records.db; made if it is not there */
	const char *key;       /* store.key: keyfile of kind "store" */
	/* The UTC second that the load is as of; asked right before it shows,
	 * and never before what answers were given as of. */
	enum err (*when)(void *ctx, uint64_t *utc_s);
	void *when_ctx;
	struct progress *progress; /* started and ended here; NULL: none */
	bool dry_run; /* all of it, report included, but nothing is kept */
};

/* load_kind_parse: "police" or "istv"; E_NOTFOUND. */
enum err load_kind_parse(enum load_kind *out, const char *s) MUST_USE;

/*
 * load_file: do it.  *r is always filled, as far as it came; on failure
 * report_text says what is wrong and what to do.  A file that was loaded before
 * is E_OK and r->known.
 *
 * E_NOTFOUND	a file that is named is not there.
 * E_FORMAT	the extract or the gazetteer is refused, see above.
 * E_LIMIT	it passes a limit.
 * E_AGAIN	another load into this database is under way.
 * E_CONFIG	the key file or the database is not ours to use.
 * E_ACCESS, E_IO, E_DB, E_NOMEM, and those of when
 */
enum err load_file(const struct load_config *c, struct report *r) MUST_USE;

#endif
