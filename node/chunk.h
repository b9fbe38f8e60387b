/*
 * node/chunk.h -- up to 64 Ki records of one month as bit-packed columns.
 *
 * Four parts, each sealed and read by itself, as bytes read are what a count
 * costs.  *Hot* holds what every count reads: kind, life (from which batch to
 * which it is there) and one bit for "a new unit starts"; *area* and *point*
 * hold the place, of which a question needs one or the other; *cold* holds the
 * rest: identities, times, precisions.  A column takes the bits of what its
 * values exceed its least value by; one whose values are all the same takes
 * none.  Records that name nobody come first, by (kind, area, id), so that a
 * chunk holds few kinds and areas and a question need not open most; then those
 * of persons, by (unit, id), as bounding needs them.
 *
 * The bytes are sealed by whoever stores them; they are read as if they were
 * not: every length, width and number is checked.
 */
#ifndef NODE_CHUNK_H
#define NODE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"

#define CHUNK_ROWS 65536U
#define CHUNK_NUMBER_MAX (1U << 20) /* a kind, an area, a batch: below it */
#define CHUNK_METRES_MAX (1U << 22) /* east, north: likewise */
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

enum chunk_part { CHUNK_HOT, CHUNK_AREA, CHUNK_POINT, CHUNK_COLD, CHUNK_PARTS };

struct chunk_bytes { /* one part */
	uint8_t *at;
	size_t n; /* may be 0: all is said in chunk_about */
};

/* chunk_order: below, at or above 0: a against b in the order said above.
 * chunk_key: a number in that order, as far as 64 bits tell. */
int chunk_order(const struct row *a, const struct row *b);
uint64_t chunk_key(const struct row *r);

/* chunk_room: bytes that each part of any CHUNK_ROWS rows fits in. */
size_t chunk_room(void);

/*
 * chunk_write: rows[n], 1 <= n <= CHUNK_ROWS, in the order of chunk_order
 * (equal ones may follow each other: earlier states of a record) and with
 * every value in range, else a broken caller (assert).
 *
 * before	the row before the first in the month, or NULL: does the first
 *		one start a unit?
 * parts	at[chunk_room()] of each is the caller's; n bytes of it are
 *		set, the rest may hold anything.
 */
void chunk_write(struct chunk_about *about,
    struct chunk_bytes parts[CHUNK_PARTS], const struct row *rows, size_t n,
    const struct row *before);

/* chunk_about_write, _read: as CHUNK_ABOUT bytes and back.  E_FORMAT. */
void chunk_about_write(uint8_t out[CHUNK_ABOUT], const struct chunk_about *a);
enum err chunk_about_read(
    struct chunk_about *out, const uint8_t in[CHUNK_ABOUT]) MUST_USE;

/* chunk_rows: all about->n rows back into rows[CHUNK_ROWS].  E_FORMAT: those
 * are not the parts of that chunk; rows then holds nothing of use. */
enum err chunk_rows(struct row *rows, const struct chunk_about *about,
    const struct chunk_bytes parts[CHUNK_PARTS]) MUST_USE;

/* Columns, for node/tally ------------------------------------------------- */

struct chunk_column { /* a view of a part */
	const uint8_t *at;
	uint32_t least;
	unsigned bits;
};

struct chunk_hot {
	/* start: 1 where a unit starts; life: numbers below n_lives. */
	struct chunk_column kind, start, life;
	uint32_t n_lives;
	const uint8_t *lives;
};

/*
 * chunk_hot, chunk_area, chunk_point: the columns in a part.  Wrong bytes may
 * hold greater values than there can be: see chunk_unpack.  east and north: 0:
 * no point; otherwise the coordinate is the least of about->east (north) and
 * what the value is above 1.
 *
 * E_FORMAT	at[n] is not that part of such a chunk.
 */
enum err chunk_hot(struct chunk_hot *out, const struct chunk_about *about,
    const uint8_t *at, size_t n) MUST_USE;
enum err chunk_area(struct chunk_column *out, const struct chunk_about *about,
    const uint8_t *at, size_t n) MUST_USE;
enum err chunk_point(struct chunk_column *east, struct chunk_column *north,
    const struct chunk_about *about, const uint8_t *at, size_t n) MUST_USE;

/* chunk_life: the i-th of h->n_lives lives. */
void chunk_life(
    const struct chunk_hot *h, uint32_t i, uint32_t *born, uint32_t *died);

/* chunk_unpack: the values of rows [first, first + n) of a column into out[n
 * rounded up to COLUMN_BLOCK] (node/column), and the greatest of all of out;
 * first is a multiple of it. */
uint32_t chunk_unpack(
    uint32_t *out, const struct chunk_column *c, uint32_t first, uint32_t n);

/* chunk_value: that of one row. */
uint32_t chunk_value(const struct chunk_column *c, uint32_t row);

/* chunk_pluck: the values of rows first + rows[i], i < n_rows, into
 * out[n_rows], and the greatest, or 0. */
uint32_t chunk_pluck(uint32_t *out, const struct chunk_column *c,
    uint32_t first, const uint32_t *rows, uint32_t n_rows);

/* chunk_find: of rows [first, first + n) those whose value is the least and v <
 * 32, with bit v of set: how many, less first in rows[n rounded up as above].
 */
uint32_t chunk_find(uint32_t *rows, const struct chunk_column *c,
    uint32_t first, uint32_t n, uint32_t set);

#endif
