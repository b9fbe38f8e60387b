/*
 * cli/near.h -- which known word was probably meant.
 */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

#include <stddef.h>

/*
 * near_word: the word of words[n] that is fewest changes of one letter away
 * (Levenshtein distance, case ignored); NULL when none is within a third of
 * its length, or word is longer than 64 bytes.
 */
const char *near_word(const char *word, const char *const *words, size_t n);

#endif
