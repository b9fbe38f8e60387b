/*
 * node/records.h -- the node's records behind one interface of six functions:
 * open, load a batch, withdraw, count, look through, close.
 *
 * Two stores: SQLite with encrypted column chunks (records_db), the default,
 * and PostgreSQL (records_pg) for agencies that outgrow one machine.  Both
 * count the same, to the record; one conformance suite holds them to it.
 *
 * Nothing is ever overwritten.  A record has a batch that brought it and, once
 * it was withdrawn or changed, a batch that took it away; a batch has a time.
 * So the records are known as of any time, and a question, which names the cut
 * it is asked as of, is answered the same before and after a correction.
 */
#ifndef NODE_RECORDS_H
#define NODE_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/area.h"
#include "model/incident.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/keys.h"

#define RECORDS_WHERE 1024       /* bytes with NUL */
#define RECORDS_PG "postgresql:" /* where starts with it: PostgreSQL */
#define RECORDS_NAME 128         /* of a batch, bytes with NUL */

struct records; /* opaque; one thread */

enum records_mode { RECORDS_LOAD, RECORDS_COUNT }; /* COUNT only reads */

/*
 * records_open: where is the path of a SQLite file, which RECORDS_LOAD makes
 * (mode 0600), or RECORDS_PG and a connection string of libpq ("postgresql:
 * host=/run/postgresql dbname=ward user=ward_count"), whose host must be a
 * folder of Unix sockets.
 *
 * E_NOTFOUND	RECORDS_COUNT and nothing there: nothing was loaded yet.
 * E_CONFIG	made by another program, another version of ours, or under
 *		another store.key: a person here would have two keys.
 * E_AGAIN	another process holds it.
 * E_DB, E_NOMEM, E_ACCESS
 */
enum err records_open(struct records **out, const char *where,
    enum records_mode mode, const struct keys *keys) MUST_USE;
void records_close(struct records *r); /* NULL does nothing; a batch is
					* dropped */

/* Batches ---------------------------------------------------------------- */

enum records_act {
	/* New records are added; of one that is there already, what differs
	 * takes its place. */
	RECORDS_ADD = 1,
	/* Likewise; and a record of any (source, feed, month) of the batch
	 * that the batch lacks is withdrawn. */
	RECORDS_REPLACE,
	/* The records of the batch are withdrawn. */
	RECORDS_WITHDRAW,
};

struct records_batch {
	uint8_t digest[32]; /* of all that was read, and of how */
	enum records_act act;
	const char *loader, *name; /* for people; no field of a record */
};

struct records_change { /* what a batch did: records */
	uint64_t added, changed, withdrawn;
	uint64_t held;    /* there already, the same in every field */
	uint64_t unknown; /* to be withdrawn, but not there */
	uint32_t months;  /* that were touched */
};

/*
 * records_begin: a batch; none is open.  After a failure none is.
 *
 * E_EXISTS	the last batch that changed anything had that digest, or one of
 *		RECORDS_ADD did after which only such changed anything: nothing
 *		to do; *loaded_at says when.
 * E_AGAIN	another process has a batch open.
 * E_LIMIT	2^20 batches were loaded: load what there is into a new store.
 * E_DB, E_NOMEM
 */
enum err records_begin(struct records *r, const struct records_batch *b,
    uint64_t *loaded_at) MUST_USE;

/* records_put: one record of the batch, in any order.  Of two with the same
 * record_id the last counts.  Memory is bounded (64 MiB for records_db, and
 * as much again when merging): what does not fit is written, encrypted, and
 * gone with the batch.  E_RANGE: occurred_to is not within 136 years after
 * occurred_from.
 * E_DB, E_NOMEM, E_RNG, E_LIMIT (more kinds or areas than CHUNK_NUMBER_MAX). */
enum err records_put(struct records *r, const struct incident *i) MUST_USE;

/* records_replace: RECORDS_REPLACE only: months [first, first + n) of a source
 * and feed are complete in the batch, even those that it has no record of.
 * E_DB, E_NOMEM, E_LIMIT (more than 4,096 such). */
enum err records_replace(struct records *r, uint32_t source, const char *feed,
    uint16_t first, uint16_t n) MUST_USE;

/* records_merge: do it, as far as it can be undone; once, after the last put.
 * Costs in proportion to the months touched.  progress may be NULL: done of
 * total months.  E_DB, E_NOMEM, E_RNG. */
enum err records_merge(struct records *r, struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total),
    void *ctx) MUST_USE;

/*
 * records_commit: make it durable; report: JSON, kept with it.  when says what
 * UTC second it is loaded at, and is asked last, so that little time lies
 * between that and the moment from which it is seen.  On failure, also of
 * when, nothing of the batch is there.
 *
 * E_CLOCK	before the time of the last batch.
 * E_DB, and those of when
 */
enum err records_commit(struct records *r,
    enum err (*when)(void *ctx, uint64_t *utc_s), void *ctx,
    const char *report) MUST_USE;
void records_rollback(struct records *r);

/* Reading ---------------------------------------------------------------- */

/*
 * records_count: cells[question_cells(q)] as node/tally has them, of the
 * records as of as_of_s: batches loaded at or before it.  SECRET.  Peak memory:
 * 64 MiB besides cells, whatever the store holds.
 *
 * cells is wiped on failure.
 *
 * E_NOTFOUND, E_ARG	see tally_new.
 * E_DB		also: bytes of the store were changed by somebody else.
 * E_CLOSED	the database server went away; only opening again helps.
 * E_NOMEM
 */
enum err records_count(uint32_t *cells, struct records *r,
    const struct question *q, uint64_t as_of_s, const struct areas *areas,
    const struct themes *rules) MUST_USE;

/*
 * records_each: every record of months [first, first + n) as of as_of_s
 * (UINT64_MAX: now), month by month, clustered as bounding needs, for the
 * agency's own eyes.  E_DB, E_NOMEM, and what each returns, which ends it.
 */
enum err records_each(struct records *r, uint16_t first, uint16_t n,
    uint64_t as_of_s, enum err (*each)(void *ctx, const struct incident *i),
    void *ctx) MUST_USE;

struct records_load { /* one line of the history */
	uint64_t loaded_at;
	enum records_act act;
	char loader[RECORDS_NAME], name[RECORDS_NAME];
	struct records_change change;
};

/* records_history: every batch, the last first.  E_DB, E_NOMEM. */
enum err records_history(struct records *r,
    void (*each)(void *ctx, const struct records_load *l), void *ctx) MUST_USE;

struct records_size {
	uint64_t records; /* now */
	uint64_t past;    /* earlier states and withdrawn ones, kept */
	uint64_t bytes;   /* on disk */
	bool months;      /* the next two are set */
	uint16_t first_month, last_month;
};

/* records_size: for the agency's own eyes.  E_DB, E_NOMEM. */
enum err records_size(struct records *r, struct records_size *out) MUST_USE;

#endif
