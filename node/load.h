/*
 * node/load.h -- `ward-node load`: extracts into the records, whole or not at
 * all.
 *
 * All files of one load are one batch.  One bad row never stops a load: it is
 * dropped and reported.  A file is refused, and with it the load, and the
 * records are as they were, when its header is wrong, its last row is cut, it
 * is not UTF-8 text, it passes a limit, more than half of its rows are bad, or
 * it changes while it is read.  A file that ends in .zst is read through zstd.
 *
 * A record's id is a keyed hash of what the source says identifies it, its
 * month, and its number among equals in the file.  So rows that are alike are
 * all kept, and a file that overlaps an earlier one adds only what is new; an
 * extract may hold any part of a month.  With RECORDS_REPLACE it holds all of
 * every (source, feed, month) that it has a record of; with RECORDS_WITHDRAW
 * its rows name records to withdraw.
 */
#ifndef NODE_LOAD_H
#define NODE_LOAD_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/progress.h"
#include "node/loader.h"
#include "node/records.h"
#include "node/report.h"

#define LOAD_FILES_MAX 10000
#define LOAD_ROWS_MAX 200000000 /* of one load */

struct load_config {
	const struct loader *loader;
	enum records_act act;
	const char *const *paths; /* [n_paths]: extracts */
	size_t n_paths;           /* 1 ... LOAD_FILES_MAX */
	const char *feed;         /* or NULL: the loader's */
	/* Keep no key of a person: each record is a unit of its own.  Ids stay
	 * as they are, so that it can be loaded again with keys. */
	bool nobody;
	/* RECORDS_REPLACE: these months are complete in the extracts even
	 * where they have no record; n_months 0: none are said to be. */
	uint32_t sources; /* bits of enum source */
	uint16_t first_month, n_months;
	const char *mapping; /* path of what the loader was made from, or NULL:
			      * its bytes, too, tell one load from another */
	const char *gazetteer; /* path, see gazetteer.h; NULL: none */
	const char *data;      /* folder that holds osgb/ areas/ rules/ */
	const char *where;     /* see records_open; made if it is not there */
	const char *key;       /* store.key: keyfile of kind "store" */
	/* The UTC second that the load is as of; asked right before it shows,
	 * and never before what answers were given as of. */
	enum err (*when)(void *ctx, uint64_t *utc_s);
	void *when_ctx;
	struct progress *progress; /* started and ended here; NULL: none */
	bool dry_run; /* all of it, report included, but nothing is kept */
};

/* load_loader: the loader of that name; NULL: there is none.  load_loaders:
 * the i-th, in the order of `ward-node load --help`; NULL after the last. */
const struct loader *load_loader(const char *name);
const struct loader *load_loaders(size_t i);

/*
 * load_files: do it.  *r is always filled, as far as it came; on failure
 * report_text says what is wrong, where, and what to do.  What was loaded
 * before is E_OK and r->known.  report_end is the caller's to call.
 *
 * E_NOTFOUND	a file that is named is not there.
 * E_FORMAT	an extract or the gazetteer is refused, see above.
 * E_LIMIT	it passes a limit.
 * E_AGAIN	another load into these records is under way.
 * E_CONFIG	the key file or the records are not ours to use.
 * E_ACCESS, E_IO, E_DB, E_NOMEM, and those of when
 */
enum err load_files(const struct load_config *c, struct report *r) MUST_USE;

#endif
