/*
 * node/scrap.h -- a file without a name for what does not fit into memory, gone
 * with the process, sealed under a key that only this process ever has.
 */
#ifndef NODE_SCRAP_H
#define NODE_SCRAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct scrap; /* opaque, SECRET; one thread */

/* scrap_new: in the folder of the file path.  E_IO, E_NOMEM, E_RNG. */
enum err scrap_new(struct scrap **out, const char *path) MUST_USE;
void scrap_free(struct scrap *s); /* NULL does nothing */

/* scrap_put: in[n], behind what is there; *at is where.  E_IO, E_NOMEM, E_RNG.
 * scrap_get: out[n] of what was put there.  E_IO: also if it is not that. */
enum err scrap_put(
    struct scrap *s, uint64_t *at, const void *in, size_t n) MUST_USE;
enum err scrap_get(struct scrap *s, void *out, uint64_t at, size_t n) MUST_USE;

#endif
