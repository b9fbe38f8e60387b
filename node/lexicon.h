/*
 * node/lexicon.h -- the words of a store's records by numbers: what a record is
 * (kind and feed) and where (area, published code, vintage).
 *
 * Numbers count from 0 in the order in which words came, and never change.
 */
#ifndef NODE_LEXICON_H
#define NODE_LEXICON_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/incident.h"

struct lexicon_published { /* "" and 0: none */
	char code[INCIDENT_GSS];
	uint16_t vintage;
};

struct lexicon { /* zeroed: empty; to be read only */
	/* [n_kinds]: what follows a string's NUL is zero, here and below */
	struct kind *kinds;
	char (*feeds)[INCIDENT_FEED];
	size_t n_kinds;
	/* [n_areas] */
	char (*areas)[INCIDENT_AREA];
	struct lexicon_published *published;
	size_t n_areas;
	struct lexicon_index *by_kind, *by_area;
};

/* lexicon_free: x is empty again. */
void lexicon_free(struct lexicon *x);

/* lexicon_kind, lexicon_area: the number of i's words, found or given.
 * E_NOMEM, E_LIMIT (CHUNK_NUMBER_MAX numbers are given): no word is new. */
enum err lexicon_kind(
    struct lexicon *x, uint32_t *number, const struct incident *i) MUST_USE;
enum err lexicon_area(
    struct lexicon *x, uint32_t *number, const struct incident *i) MUST_USE;

/* lexicon_put: the words with these numbers, which are in range, into i; all
 * else of i stays. */
void lexicon_put(
    const struct lexicon *x, struct incident *i, uint32_t kind, uint32_t area);

#endif
