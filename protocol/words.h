/*
 * protocol/words.h -- text from outside that people will read.
 */
#ifndef PROTOCOL_WORDS_H
#define PROTOCOL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* words_good: is s[0, len) UTF-8 (RFC 3629) without control characters: none
 * of U+0000 ... U+001F, U+007F ... U+009F, and none of the marks that turn
 * the direction of writing (U+202A ... U+202E, U+2066 ... U+2069), behind which
 * a terminal shows other words than were signed?  s may be NULL when len is
 * 0. */
bool words_good(const char *s, size_t len);

/* words_clean: every byte of s[0, len) that words_good objects to becomes '?'.
 * Afterwards s is as long as before and words_good holds. */
void words_clean(char *s, size_t len);

/* words_cut: the longest start of the UTF-8 text s[0, len) that has at most max
 * bytes and does not end inside a character. */
size_t words_cut(const char *s, size_t len, size_t max);

#endif
