/*
 * node/journal.h -- what a node has seen: the time, rosters, and what was
 * asked; in ledger.db, beside node/ledger.
 */
#ifndef NODE_JOURNAL_H
#define NODE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/query.h"
#include "node/ledger.h"

/* journal_time: the highest time ever given to it, and remember utc_s if it is
 * higher.  The gate's time never goes back.  E_DB. */
enum err journal_time(
    struct ledger *l, uint64_t *highest, uint64_t utc_s) MUST_USE;

/*
 * journal_keep_roster: remember a verified roster note under its hash; once is
 * enough.  journal_roster: give it back; hash NULL: the one of the highest
 * epoch; *note is the caller's, *len bytes and a NUL after them; E_NOTFOUND.
 * E_DB, E_NOMEM.
 */
enum err journal_keep_roster(struct ledger *l, const uint8_t hash[32],
    uint32_t epoch, const char *note, size_t len) MUST_USE;
enum err journal_roster(struct ledger *l, char **note, size_t *len,
    const uint8_t hash[32]) MUST_USE;

/*
 * journal_log: one line for the agency's own audit: what ("refused",
 * "answered"), which query, code.  The same line again is not added, so that
 * a query sent a thousand times does not fill the disk.  E_DB.
 */
enum err journal_log(struct ledger *l, uint64_t utc_s, const char *what,
    const uint8_t query_id[QUERY_ID], unsigned code) MUST_USE;

struct journal_line {
	uint64_t utc_s;
	const char *what;
	const uint8_t *query_id; /* [QUERY_ID] */
	unsigned code;
};

/* journal_lines: the audit, oldest first.  E_DB. */
enum err journal_lines(struct ledger *l,
    void (*each)(void *ctx, const struct journal_line *line),
    void *ctx) MUST_USE;

#endif
