/*
 * node/wordbook.h -- a lexicon as bytes, and back.
 */
#ifndef NODE_WORDBOOK_H
#define NODE_WORDBOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/lexicon.h"

/* wordbook_bytes: bytes that wordbook_write writes: all words by number. */
size_t wordbook_bytes(const struct lexicon *x);
void wordbook_write(const struct lexicon *x, uint8_t *out);

/* wordbook_read: *out, which is empty, from in[n].  E_FORMAT: also a word
 * twice; E_NOMEM: it is empty still. */
enum err wordbook_read(
    struct lexicon *out, const uint8_t *in, size_t n) MUST_USE;

#endif
