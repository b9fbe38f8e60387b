/*
 * base/hex.h -- bytes as text: lower-case hexadecimal and base64 (RFC 4648 4).
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HEX_LEN(n) (2 * (n) + 1)              /* with the final NUL */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4 + 1) /* with the final NUL */

/* hex_text: write bytes[n] into out[HEX_LEN(n)]. */
void hex_text(char *out, const uint8_t *bytes, size_t n);

/* hex_bytes: exactly 2n hexadecimal digits, either case, into out[n]. */
enum err hex_bytes(uint8_t *out, size_t n, const char *s, size_t len) MUST_USE;

/* base64_text: write bytes[n] into out[BASE64_LEN(n)], padded. */
void base64_text(char *out, const uint8_t *bytes, size_t n);

/*
 * base64_bytes: the padded base64 text s[0, len) into out[cap]; *n is how many.
 *
 * E_FORMAT	not canonical base64 (padding and zero tail bits are checked).
 * E_LIMIT	more than cap bytes.
 */
enum err base64_bytes(
    uint8_t *out, size_t cap, size_t *n, const char *s, size_t len) MUST_USE;

#endif
