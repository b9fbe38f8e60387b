/*
 * coordinator/releases.h -- what has been released: sums of answers, and what
 * is published of them.
 *
 * The numbers of a release never change.  Its description does in one thing: a
 * node that was absent may turn out late.
 */
#ifndef COORDINATOR_RELEASES_H
#define COORDINATOR_RELEASES_H

#include <stdint.h>

#include "coordinator/db.h"
#include "coordinator/product.h"
#include "coordinator/text.h"
#include "model/query.h"
#include "model/theme.h"

#define RELEASES_SOURCE 8 /* bytes of "all", "police" ... with NUL */
#define RELEASES_LIST_MAX 500

struct release_sum {
	char source[RELEASES_SOURCE];
	unsigned nodes; /* answers in it, >= 1 */
	int64_t *cells; /* [n_cells]: the noisy histograms, as model/query.h
			 * orders them */
	struct product product; /* of them */
};

struct release_view {       /* one theme and time of one level */
	uint32_t level, n;  /* nodes of the level */
	size_t first_value; /* product_index */
	size_t first_width; /* product_width */
};

struct release_cells { /* of a view: arrays of n, the caller's */
	char source[RELEASES_SOURCE];
	unsigned nodes;
	double *values, *half_90, *half_95;
	int64_t *display;
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

struct release_words { /* of the description; "" where it has none */
	char rules[THEMES_NAME], version[THEMES_NAME];
	char text[QUERY_THEMES_MAX][THEMES_WORDS]; /* of each theme asked */
};

/* releases_words: by which rules was counted, as the description says it, so
 * that what is served under one address never changes; nothing for a release
 * that does not say.  E_DB. */
enum err releases_words(struct db *db, struct release_words *out,
    const uint8_t id[QUERY_ID]) MUST_USE;

/* releases_list: the descriptions of the newest RELEASES_LIST_MAX, newest
 * first, appended as a JSON array.  E_DB; the text's error. */
enum err releases_list(struct db *db, struct text *out) MUST_USE;

/*
 * releases_cells: the numbers of a view of one source into the arrays of *out;
 * the rest of *out is filled.
 *
 * E_NOTFOUND	no such release, source or level.
 * E_RANGE	no such numbers.
 * E_DB, E_NOMEM
 */
enum err releases_cells(struct db *db, const uint8_t id[QUERY_ID],
    const char *source, const struct release_view *view,
    struct release_cells *out) MUST_USE;

/* releases_sum: the noisy histograms of one source: n_cells into out->cells,
 * the caller's; the rest of *out but its product is filled.  Errors as
 * releases_cells. */
enum err releases_sum(struct db *db, const uint8_t id[QUERY_ID],
    const char *source, uint32_t n_cells, struct release_sum *out) MUST_USE;

/* releases_sources: the sources of a release, in the order they were put, as
 * release_sum without numbers; at most cap.  E_DB. */
enum err releases_sources(struct db *db, const uint8_t id[QUERY_ID],
    struct release_sum *out, size_t cap, size_t *n) MUST_USE;

#endif
