/*
 * node/pg_schema.h -- the tables of records in PostgreSQL: schema "ward".
 *
 *	record	  one row for each state of a record, with the batch that
 *		  brought it (born) and the one that took it away (died, 0:
 *		  none did)
 *	batch	  what was loaded, when, and what it did
 *	kind, area  the words of records, by number
 *	meta	  version, and the check value of store.key
 *	stage, whole, fate  what a batch under way brings, which (source, feed,
 *		  month) are complete in it, and what becomes of the records
 *		  that are there; empty between batches
 *	counting  the one view, for the role that counts: what a count needs
 *
 * Keys are hashes under store.key, which the server never sees.  The view has
 * both, as nothing can be bounded without: unit, and the order within it.  It
 * lacks times, feeds, published codes and precisions.
 *
 * For Citus record is distributed by unit, the others are reference tables (see
 * docs/postgresql.md): so no constraint of record spans units.
 */
#ifndef NODE_PG_SCHEMA_H
#define NODE_PG_SCHEMA_H

#include "base/err.h"
#include "node/keys.h"
#include "node/pg.h"
#include "node/records.h"
#include "node/lexicon.h"

/* The lock that a batch under way holds: pg_try_advisory_xact_lock of it. */
#define PG_SCHEMA_LOCK "1467114545" /* "Wrd1" */

/*
 * pg_schema_open: readies the connection for that mode.  RECORDS_LOAD makes the
 * schema if there is none, RECORDS_COUNT makes the session read-only.
 *
 * E_NOTFOUND	RECORDS_COUNT and no schema.
 * E_CONFIG	a schema of somebody else, of another version, another key.
 * E_ACCESS, E_DB, E_NOMEM
 */
enum err pg_schema_open(struct pg *p, enum records_mode mode,
    const uint8_t check[KEYS_CHECK]) MUST_USE;

/* pg_schema_words: the words that w lacks; inside a transaction.  E_DB,
 * E_NOMEM, E_LIMIT, E_ACCESS. */
enum err pg_schema_words(struct pg *p, struct lexicon *w) MUST_USE;

#endif
