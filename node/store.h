/*
 * node/store.h -- the node's records: one SQLite file, records.db.
 *
 * Rows lie clustered by month, within a month by person (or, without one, by
 * record), within a person by the order that was fixed when they were loaded:
 * what privacy/bound needs.  A batch is loaded whole or not at all.
 */
#ifndef NODE_STORE_H
#define NODE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"
#include "model/theme.h"

struct store; /* opaque; one thread */

#define STORE_CHECK 16 /* bytes of a check value */

enum store_mode { STORE_LOAD, STORE_COUNT }; /* COUNT only reads records */

/*
 * store_open: STORE_LOAD makes the file (mode 0600) and its tables.
 *
 * E_NOTFOUND	STORE_COUNT and no file: nothing was loaded yet.
 * E_CONFIG	a file of another program, or of a newer version of ours.
 * E_AGAIN	another process holds the file.
 * E_DB, E_NOMEM
 */
enum err store_open(
    struct store **out, const char *path, enum store_mode mode) MUST_USE;
void store_close(struct store *s); /* NULL does nothing; a batch is dropped */

/* store_begin: a batch.  digest[32]: of the file's bytes; a file that was
 * loaded before is E_EXISTS, and *loaded_at says when.  E_AGAIN: another
 * process has a batch open.  E_DB. */
enum err store_begin(struct store *s, const uint8_t digest[32],
    const char *loader, const char *name, uint64_t *loaded_at) MUST_USE;

/*
 * store_key: are the records of the store.key with that check value
 * (node/keys)?  A database has one for good: that of its first batch, which is
 * kept when it is committed.  Yes, too, as long as there is none.
 *
 * E_CONFIG	they are of another one: a person here would have two keys.
 * E_DB
 */
enum err store_key(struct store *s, const uint8_t check[STORE_CHECK]) MUST_USE;

/* store_put: one record; *fresh: it was not there already.  E_DB. */
enum err store_put(
    struct store *s, const struct incident *i, bool *fresh) MUST_USE;

/*
 * store_commit: make the batch durable; report: JSON, kept with it.  when says
 * what UTC second it was loaded at, and is asked last, so that little time lies
 * between that and the moment from which it is seen.  On failure, also of when,
 * nothing of the batch is there.
 *
 * E_DB, and those of when
 */
enum err store_commit(struct store *s,
    enum err (*when)(void *ctx, uint64_t *utc_s), void *ctx,
    const char *report) MUST_USE;
void store_rollback(struct store *s);

/*
 * store_each: the records of months [first, first + n) whose source is in
 * sources and that were loaded at or before as_of_s (UTC), clustered as said.
 * Only month, has_person, person_key, order, source, themes, area, has_point,
 * east and north of the incident are set.
 *
 * rules	give each record its themes, by its code: not those of the day
 *		that it was loaded, which a question does not name.
 *
 * E_DB
 */
enum err store_each(struct store *s, uint16_t first, uint16_t n,
    uint32_t sources, uint64_t as_of_s, const struct themes *rules,
    void (*each)(void *ctx, const struct incident *i), void *ctx) MUST_USE;

/* store_size: records in all, for the agency's own eyes.  E_DB. */
enum err store_size(struct store *s, uint64_t *records) MUST_USE;

#endif
