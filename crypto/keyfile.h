/*
 * crypto/keyfile.h -- a secret key in a file that only its owner can read.
 *
 * One line of ASCII text, mode 0600, ended by a newline:
 *
 *	ward-key/1 KIND BASE64
 *
 * KIND says what the key is for ("sign", "store"), so that one is never taken
 * for another.
 */
#ifndef CRYPTO_KEYFILE_H
#define CRYPTO_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define KEYFILE_KIND_MAX 16   /* bytes of [a-z] */
#define KEYFILE_SECRET_MAX 64 /* bytes */

/*
 * keyfile_save: write secret[0, n), 1 <= n <= KEYFILE_SECRET_MAX, to a new
 * file and make it durable.
 *
 * E_EXISTS	path is there already; it is left as it is.
 * E_NOTFOUND	its folder is not there.
 * E_ACCESS	its folder is not ours to write to.
 * E_IO		it cannot be written; nothing is left behind.
 */
enum err keyfile_save(const char *path, const char *kind, const uint8_t *secret,
    size_t n) MUST_USE;

/*
 * keyfile_load: read the secret of exactly n bytes into out[n].
 *
 * E_NOTFOUND	no such file.
 * E_ACCESS	not ours to read.
 * E_IO		it cannot be read, or is no plain file (links are refused).
 * E_CONFIG	it is not ours, or group or others may read or write it.
 * E_FORMAT	not the form above, or another kind or length.
 */
enum err keyfile_load(
    const char *path, const char *kind, uint8_t *out, size_t n) MUST_USE;

/*
 * keyfile_load_text: the whole of a secret text file (a TLS key in PEM), at
 * most max bytes, NUL-terminated, without a NUL inside; *out is the caller's,
 * to be ended by keyfile_free_text.
 *
 * E_NOMEM	out of memory.
 * E_LIMIT	larger than max.
 * and those of keyfile_load.
 */
enum err keyfile_load_text(char **out, const char *path, size_t max) MUST_USE;

/* keyfile_save_text: text as keyfile_save would write it. */
enum err keyfile_save_text(const char *path, const char *text) MUST_USE;

/* keyfile_free_text: wipe and free; NULL does nothing. */
void keyfile_free_text(char *text);

#endif
