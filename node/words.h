/*
 * node/words.h -- what agencies write for weapons, people and kinds of places.
 *
 * A table is sorted by its words, which are in the form of field_plain; a test
 * holds those below to it.
 */
#ifndef NODE_WORDS_H
#define NODE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
	const char *said;
	uint8_t value;    /* of an enum; 0: not stated */
	const char *code; /* of a code list; NULL in tables of values */
};

struct words {
	size_t n;
	const struct word *word;
};

/* words_find: the entry of a word in plain form, or NULL. */
const struct word *words_find(const struct words *w, const char *plain);

/* words_sorted: strictly rising? */
bool words_sorted(const struct words *w);

/* words_nobody: does a pseudonym stand for no person?  "unknown", "n/a" and the
 * like, 9999999999, zeros alone, signs alone. */
bool words_nobody(const char *pseudonym);

enum words_sex { WORDS_SEX_UNSTATED, WORDS_MALE, WORDS_FEMALE };
enum words_kind { WORDS_KIND_UNSTATED, WORDS_PERSON, WORDS_BODY };
enum words_flag { WORDS_FLAG_UNSTATED, WORDS_NO, WORDS_YES };

extern const struct words words_weapons;  /* enum weapon */
extern const struct words words_settings; /* enum setting */
extern const struct words words_sexes;    /* enum words_sex */
extern const struct words words_kinds;    /* enum words_kind: of a victim */
extern const struct words words_flags;    /* enum words_flag */

#endif
