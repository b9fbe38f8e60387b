/*
 * coordinator/releases.h -- what has been released: sums of answers.
 *
 * The numbers of a release never change.  Its description does in one thing: a
 * node that was absent may turn out late.
 */
#ifndef COORDINATOR_RELEASES_H
#define COORDINATOR_RELEASES_H

#include <stdint.h>

#include "coordinator/db.h"
#include "coordinator/text.h"
#include "model/query.h"

#define RELEASES_SOURCE 8 /* bytes of "all", "police" ... with NUL */
#define RELEASES_LIST_MAX 500

struct release_sum {
	char source[RELEASES_SOURCE];
	unsigned nodes;        /* answers in it, >= 1 */
	int64_t half_width_95; /* of one cell */
	int64_t *cells;        /* [n_cells], as model/query.h orders them */
};

/*
 * releases_put: the release and that its query is released, in one durable
 * step.  detail: JSON.
 *
 * E_EXISTS	it was released before.
 * E_DB, E_NOMEM
 */
enum err releases_put(struct db *db, const uint8_t id[QUERY_ID],
    uint64_t released_at, const struct text *detail,
    const struct release_sum *sums, size_t n, uint32_t n_cells) MUST_USE;

/* releases_late: say in the description that node number i of the question is
 * late, and why.  E_DB. */
enum err releases_late(struct db *db, const uint8_t id[QUERY_ID], unsigned i,
    const char *reason) MUST_USE;

/* releases_detail: the description, appended to out.  E_NOTFOUND; E_DB; the
 * text's error. */
enum err releases_detail(
    struct db *db, const uint8_t id[QUERY_ID], struct text *out) MUST_USE;

/* releases_list: the descriptions of the newest RELEASES_LIST_MAX, newest
 * first, appended as a JSON array.  E_DB; the text's error. */
enum err releases_list(struct db *db, struct text *out) MUST_USE;

/*
 * releases_cells: cells [first, first + n) of one source into out->cells,
 * which the caller provides; the rest of *out is filled.
 *
 * E_NOTFOUND	no such release or source.
 * E_RANGE	no such cells.
 * E_DB, E_NOMEM
 */
enum err releases_cells(struct db *db, const uint8_t id[QUERY_ID],
    const char *source, uint32_t first, uint32_t n,
    struct release_sum *out) MUST_USE;

/* releases_sources: the sources of a release, in the order they were put, as
 * release_sum without cells; at most cap.  E_DB. */
enum err releases_sources(struct db *db, const uint8_t id[QUERY_ID],
    struct release_sum *out, size_t cap, size_t *n) MUST_USE;

#endif
