/*
 * client/reader.h -- values of a query file, and what is said of bad ones.
 *
 * Every function complains to the doc at the place of the value, and returns
 * something harmless.
 */
#ifndef CLIENT_READER_H
#define CLIENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/doc.h"

struct reader_name {
	const char *text; /* a view into the doc */
	int at;           /* its value in the doc */
};

/* reader_missing: an obligatory key is not there. */
void reader_missing(
    struct doc *doc, int map, const char *key, const char *example);

/* reader_words: the words under a key of the file's first level, at most
 * QUERY_TITLE - 1 bytes and printable. */
const char *reader_words(struct doc *doc, const char *key, const char *example);

/* reader_number: the whole number under key, least ... most; fallback when the
 * key is not there. */
uint32_t reader_number(struct doc *doc, int map, const char *key,
    uint32_t least, uint32_t most, uint32_t fallback);

/* reader_decimal: the decimal number at a value, above 0, in units of
 * 10^-places; 0 after a complaint. what: its name. */
uint64_t reader_decimal(
    struct doc *doc, int at, const char *what, unsigned places);

/* reader_choice: which of words[n] stands under key; fallback when the key is
 * not there or after a complaint. */
size_t reader_choice(struct doc *doc, int map, const char *key,
    const char *const *words, size_t n, size_t fallback);

/* reader_flag: true or false under key; false when it is not there. */
bool reader_flag(struct doc *doc, int map, const char *key);

/* reader_unknown: the value is none of words[n]; the nearest is named. */
void reader_unknown(struct doc *doc, int at, const char *what,
    const char *const *words, size_t n);

/* reader_names: of a list into names[most]; "all" alone, or no list, leaves
 * none. */
uint16_t reader_names(struct reader_name *names, size_t most, struct doc *doc,
    int list, const char *what);

#endif
