/*
 * node/memo.h -- what was looked up before in a load, by the texts of the row.
 *
 * The police publish a few thousand points for a million rows, and every source
 * has few kinds of event: looking each up again would take most of a load's
 * time.  A memo forgets as it pleases; what it gives is what looking up gives,
 * notes to the report included.
 */
#ifndef NODE_MEMO_H
#define NODE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/theme.h"
#include "node/place.h"

#define MEMO_KEY 47 /* bytes of a key; longer ones are not kept */

struct memo; /* opaque; of one load: one world */

enum err memo_new(struct memo **out) MUST_USE; /* E_NOMEM */
void memo_free(struct memo *m);                /* wipes; NULL does nothing */

/* A key: the texts that decide a place, put together so that no two sets of
 * them are alike, and whatever else place_fill is told. */
struct memo_key {
	size_t len; /* above MEMO_KEY: not kept */
	uint8_t bytes[MEMO_KEY];
};

/* memo_text: appends s[0, n) and its length to a key, which starts as
 * { 0 }. */
void memo_text(struct memo_key *k, const char *s, size_t n);

/*
 * memo_recall: fill the place fields of *i, which are all zero, and note what
 * there was to note under line, if the memo knows the key; false, and nothing
 * changed, if not, or m is NULL.
 *
 * memo_place: place_fill of *i, whose place fields are all zero; the memo (m
 * may be NULL) keeps what came of it.
 */
bool memo_recall(const struct memo *m, struct incident *i,
    const struct memo_key *k, struct report *r, uint64_t line) MUST_USE;
void memo_place(struct memo *m, struct incident *i, const struct memo_key *k,
    const struct place_said *said, const struct loader_world *w,
    struct report *r, uint64_t line);

/* memo_knows: themes_know; m may be NULL. */
bool memo_knows(struct memo *m, const struct themes *t, const struct kind *k);

#endif
