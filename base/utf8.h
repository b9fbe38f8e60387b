/*
 * base/utf8.h -- text from outside, one character at a time.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/*
 * utf8_len: the bytes, 1 ... 4, of the UTF-8 character at s (RFC 3629,
 * section 4), where s is a string that ends with NUL; 0 at its end, for what
 * is no character, and for control characters.  Reads no byte past the NUL.
 */
size_t utf8_len(const char *s);

#endif
