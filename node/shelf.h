/*
 * node/shelf.h -- chunks of rows in a vault: parts and ids, by one number.
 */
#ifndef NODE_SHELF_H
#define NODE_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/catalog.h"
#include "node/chunk.h"
#include "node/vault.h"

struct shelf; /* opaque; one thread */

/* shelf_new: chunks of v, which must outlive it.  E_NOMEM. */
enum err shelf_new(struct shelf **out, struct vault *v) MUST_USE;
void shelf_free(struct shelf *s); /* wipes; NULL does nothing */

/* shelf_write: rows[n] of a month as chunk number id; before: see chunk_write.
 * *out is what a catalog says of it.  E_DB, E_NOMEM, E_RNG. */
enum err shelf_write(struct shelf *s, struct catalog_chunk *out, uint64_t id,
    uint16_t month, const struct row *rows, size_t n,
    const struct row *before) MUST_USE;

/* shelf_read: all c->about.n rows of it into rows[CHUNK_ROWS].  E_DB, E_NOMEM.
 * shelf_drop: it is no longer there.  E_DB, E_NOMEM. */
enum err shelf_read(
    struct shelf *s, struct row *rows, const struct catalog_chunk *c) MUST_USE;
enum err shelf_drop(struct shelf *s, uint64_t id) MUST_USE;

/* shelf_part: one part of it; valid until the next call for that part.  E_DB,
 * E_NOMEM. */
enum err shelf_part(struct shelf *s, struct chunk_bytes *out,
    const struct catalog_chunk *c, enum chunk_part part) MUST_USE;

#endif
