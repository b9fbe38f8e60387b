/*
 * node/chunk.h -- up to 64 Ki records of one month as bit-packed columns.
 *
 * Two parts.  *Hot* holds what a count reads: kind, area, point, from which
 * batch to which it is there, and one bit for "a new unit starts"; it is what
 * decides speed.  *Cold* holds the rest: identities, times, precisions.  Each
 * column states its least value and how many bits its values take beyond it;
 * a column whose values are all the same takes none.  Rows are in the order
 * that bounding needs: by (unit, id).
 *
 * The bytes are sealed by whoever stores them; they are read as if they were
 * not: every length and width is checked.
 */
#ifndef NODE_CHUNK_H
#define NODE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"

#define CHUNK_ROWS 65536U
#define CHUNK_NUMBER_MAX (1U << 20) /* of a kind, an area, a batch: below it \
				     */
#define CHUNK_ALIVE 0U              /* died: not withdrawn, not changed */

struct row {                        /* a record as it is stored; SECRET */
	uint8_t unit[INCIDENT_KEY]; /* person key or, without one, id */
	uint8_t id[INCIDENT_KEY];
	uint32_t kind, area;     /* numbers in the store's word lists */
	uint32_t born;           /* batch that brought it, from 1 */
	uint32_t died;           /* batch that took it away, or CHUNK_ALIVE */
	uint32_t east, north;    /* 0, 0: no point */
	uint64_t from, recorded; /* occurred_from, recorded_at */
	uint32_t lasts;          /* occurred_to - occurred_from */
	uint16_t precision_m;
	uint8_t time_precision, geo_method;
	bool person, point;
};

/* Least and greatest value of a column. */
struct chunk_zone {
	uint32_t least, most;
};

/* What can be known of a chunk without its columns; kept apart from it. */
struct chunk_about {
	uint32_t n;         /* rows, 1 ... CHUNK_ROWS */
	bool any_point;     /* has a row one? */
	bool any_start;     /* does a unit start in it? */
	bool all_alive;     /* died is CHUNK_ALIVE in every row */
	uint32_t last_died; /* the greatest died, or CHUNK_ALIVE */
	/* east and north: of the rows with a point */
	struct chunk_zone kind, area, born, east, north;
};
#define CHUNK_ABOUT 64 /* bytes of one, by chunk_about_write */

/* chunk_order: below, at or above 0: a against b by (unit, id). */
int chunk_order(const struct row *a, const struct row *b);

/* chunk_room: bytes that hot and cold of any CHUNK_ROWS rows fit in. */
size_t chunk_room(void);

/*
 * chunk_write: rows[n], 1 <= n <= CHUNK_ROWS, in the order of chunk_order
 * (equal ones may follow each other: earlier states of a record) and with
 * every value in range, else a broken caller (assert).
 *
 * before	the row before the first in the month, or NULL: does the first
 *		one start a unit?
 * hot, cold	[chunk_room()]; *n_hot and *n_cold bytes of them are written.
 */
void chunk_write(struct chunk_about *about, uint8_t *hot, size_t *n_hot,
    uint8_t *cold, size_t *n_cold, const struct row *rows, size_t n,
    const struct row *before);

/* chunk_about_write, _read: as CHUNK_ABOUT bytes and back.  E_FORMAT. */
void chunk_about_write(uint8_t out[CHUNK_ABOUT], const struct chunk_about *a);
enum err chunk_about_read(
    struct chunk_about *out, const uint8_t in[CHUNK_ABOUT]) MUST_USE;

/* chunk_rows: all about->n rows back into rows[CHUNK_ROWS].  E_FORMAT: hot and
 * cold are not the parts of that chunk; rows then holds nothing of use. */
enum err chunk_rows(struct row *rows, const struct chunk_about *about,
    const uint8_t *hot, size_t n_hot, const uint8_t *cold,
    size_t n_cold) MUST_USE;

/* The reading of hot columns (widths, unpacking) is for node/tally; what it
 * needs is declared in chunk.h below this line by whoever builds it. */

#endif
