/*
 * node/ledger.h -- what was charged and answered: ledger.db.
 *
 * SQLite, WAL, synchronous FULL: what a function here has said is done
 * survives a power cut.  Rows are only ever added; triggers refuse UPDATE and
 * DELETE of charges and answers.  Beside it lies ledger.db.lock, which the one
 * process that may write holds.
 */
#ifndef NODE_LEDGER_H
#define NODE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/query.h"
#include "privacy/charge.h"

struct ledger; /* opaque; one thread, one process at a time */

/*
 * ledger_open: makes the file (mode 0600) if need be.  One of an older version,
 * if it is whole, is brought to this one in a single transaction: all that was
 * charged, answered, taken and logged stays; a crash leaves the old one.
 *
 * E_EXISTS	another process has it open.
 * E_CONFIG	not a ledger of ours, or of a newer version, or damaged.
 * E_DB, E_NOMEM
 */
enum err ledger_open(struct ledger **out, const char *path) MUST_USE;

/* ledger_peek: for reading alone, beside a running node; also one of an older
 * version, which stays as it is.  E_NOTFOUND: there is none yet; E_CONFIG,
 * E_DB, E_NOMEM. */
enum err ledger_peek(struct ledger **out, const char *path) MUST_USE;

void ledger_close(struct ledger *l); /* NULL does nothing */

struct sqlite3;

/* ledger_db: its database, for node/journal. */
struct sqlite3 *ledger_db(struct ledger *l);

/* ledger_opened: when the first charge was made, whatever later ones say; 0:
 * none yet.  E_DB. */
enum err ledger_opened(struct ledger *l, uint64_t *utc_s) MUST_USE;

/* ledger_cut: the last time that anything was charged as of; 0: nothing was.
 * E_DB. */
enum err ledger_cut(struct ledger *l, uint64_t *utc_s) MUST_USE;

/* ledger_spent: of each of the months [first, first + n).  E_DB. */
enum err ledger_spent(
    struct ledger *l, struct cost *spent, uint16_t first, uint16_t n) MUST_USE;

struct ledger_key { /* of an answer */
	uint8_t question[QUERY_ID];
	uint64_t epoch_s; /* the cut that the records are as of */
};

enum ledger_state { LEDGER_NEW, LEDGER_CHARGED, LEDGER_ANSWERED };

/* ledger_state_of: what is known of a question and epoch.  E_DB. */
enum err ledger_state_of(struct ledger *l, enum ledger_state *out,
    const struct ledger_key *key) MUST_USE;

/*
 * ledger_charge: cost (nrho or neps > 0) to each month [first, first + n),
 * once per key; durable when it returns.  The query is taken (ledger_take),
 * too.
 *
 * E_EXISTS	charged before; nothing is charged.
 * E_BUDGET	a month would pass cap in one of the three; nothing is charged.
 * E_DB
 */
enum err ledger_charge(struct ledger *l, const struct ledger_key *key,
    const uint8_t query_id[QUERY_ID], uint16_t first, uint16_t n,
    const struct cost *cost, const struct cost *cap, uint64_t utc_s) MUST_USE;

/*
 * ledger_take: remember under which cut a query was taken, for good: it keeps
 * its answer when the next cut passes.  A query that was taken before keeps
 * the cut that it has.  ledger_taken: that cut; E_NOTFOUND.  E_DB.
 */
enum err ledger_take(struct ledger *l, const uint8_t query_id[QUERY_ID],
    const struct ledger_key *key) MUST_USE;
enum err ledger_taken(struct ledger *l, uint64_t *epoch_s,
    const uint8_t query_id[QUERY_ID]) MUST_USE;

/* ledger_answer: store the noisy cells of a charged key, durable when it
 * returns.  E_EXISTS: there is an answer; E_STATE: no charge; E_DB. */
enum err ledger_answer(struct ledger *l, const struct ledger_key *key,
    const int64_t *cells, uint32_t n) MUST_USE;

/* ledger_cells: the stored answer; *cells is the caller's.  E_NOTFOUND, E_DB,
 * E_NOMEM. */
enum err ledger_cells(struct ledger *l, const struct ledger_key *key,
    int64_t **cells, uint32_t *n) MUST_USE;

/* ledger_months: each month that was charged, rising.  E_DB. */
enum err ledger_months(struct ledger *l,
    void (*each)(void *ctx, uint16_t month, const struct cost *spent),
    void *ctx) MUST_USE;

#endif
