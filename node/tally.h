/*
 * node/tally.h -- the exact, bounded counts of a question, chunk by chunk.
 * SECRET until privacy/release has added noise.
 *
 * One tight loop for each shape of question: places by area or by grid, with
 * persons to bound or without.
 */
#ifndef NODE_TALLY_H
#define NODE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/area.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/chunk.h"

struct tally; /* opaque, SECRET */

/* The words of a store by their numbers; views, which must outlive the tally.
 */
struct tally_words {
	const struct kind *kinds; /* [n_kinds] */
	size_t n_kinds;
	const char (*areas)[INCIDENT_AREA]; /* [n_areas]; "": none */
	size_t n_areas;
};

/*
 * tally_new: a tally of q, for which query_check holds, into
 * cells[question_cells(q)] in the order of model/query, which is set to zero:
 * of the records as of batch as_of (born <= as_of and not died <= as_of) that
 * are of an asked source, month and theme, and placed in the geography or
 * without a usable place, the first q->c of each person-month; one selection,
 * which counts in every asked theme it has, but in no more than q->k (those
 * that stand first in q).  A count that is full, 2^32 - 1, stays so.
 *
 * A record without a usable place ("not placed") is one without a point (for
 * grids) or whose area the lookup does not know or is coarser than what is
 * asked (for areas, see placing_of).
 *
 * E_NOTFOUND	a force that the lookup lacks.
 * E_ARG	q names other places than the lookup gives (n_places).
 * E_NOMEM
 */
enum err tally_new(struct tally **out, uint32_t *cells,
    const struct question *q, uint32_t as_of, const struct areas *areas,
    const struct themes *rules, const struct tally_words *words) MUST_USE;
void tally_free(struct tally *t); /* wipes; NULL does nothing */

/* tally_month: the chunks that follow are of this month, which is one of q.
 * Every month is told once, its chunks in their order. */
void tally_month(struct tally *t, uint16_t month);

/* tally_passes: true: no row of that chunk can count, and the tally has noted
 * that it went by; its columns need not be read.  false: tally_chunk next. */
bool tally_passes(struct tally *t, const struct chunk_about *about) MUST_USE;

/* tally_part: the part that q's places stand in: CHUNK_AREA or CHUNK_POINT. */
enum chunk_part tally_part(const struct tally *t);

/* tally_chunk: count it, from its hot part and that of its places.  E_FORMAT:
 * those are not parts of such a chunk, or they name a kind or an area that the
 * words lack; the cells are then of no use. */
enum err tally_chunk(struct tally *t, const struct chunk_about *about,
    const uint8_t *hot, size_t n_hot, const uint8_t *place,
    size_t n_place) MUST_USE;

/*
 * What a database that counts by itself needs to know of q: theme bits in the
 * order of q (bit i: q->themes[i]) by kind, 0: not asked; place by area: -1
 * outside, n_places: not placed.  [n_kinds] and [n_areas], views of the tally;
 * places is NULL for grids.
 */
const uint32_t *tally_kinds(const struct tally *t);
const int32_t *tally_places(const struct tally *t);

/* tally_add: n selected records of a month's slice at a place with those theme
 * bits (of tally_kinds), as a database counted them. */
void tally_add(
    struct tally *t, uint16_t month, uint32_t place, uint32_t bits, uint64_t n);

#endif
