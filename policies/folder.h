/*
 * policies/folder.h -- the files of a party's or of governance's folder.
 *
 * Every fault names the file and what to do.
 */
#ifndef POLICIES_FOLDER_H
#define POLICIES_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "crypto/sign.h"
#include "policies/yaml.h"

/*
 * folder_make: dir, mode 0700; one that is there is left as it is.
 *
 * E_IO, E_ACCESS	with the fault.
 */
enum err folder_make(const char *dir, struct fault *fault) MUST_USE;

/* folder_has: is there anything of that name? */
bool folder_has(const char *dir, const char *name);

/*
 * folder_read: the text dir/name, NUL-terminated, no NUL inside, at most max
 * bytes; *out is the caller's.
 *
 * E_NOTFOUND, E_ACCESS, E_IO, E_LIMIT, E_FORMAT, E_NOMEM	with the fault.
 */
enum err folder_read(char **out, const char *dir, const char *name, size_t max,
    struct fault *fault) MUST_USE;

/* folder_write: replace dir/name by text[0, len) at once and durably.
 * E_NOTFOUND, E_ACCESS, E_IO, E_LIMIT with the fault. */
enum err folder_write(const char *dir, const char *name, const char *text,
    size_t len, struct fault *fault) MUST_USE;

/*
 * folder_key_new: a new signing key as the secret file dir/name of that kind
 * (crypto/keyfile); *out is SECRET.  folder_key: read it again.
 *
 * E_EXISTS, E_RNG of the first; E_NOTFOUND, E_CONFIG, E_FORMAT of the second;
 * E_ACCESS, E_IO, E_LIMIT; all with the fault.
 */
enum err folder_key_new(struct sign_key *out, const char *dir, const char *name,
    const char *kind, struct fault *fault) MUST_USE;
enum err folder_key(struct sign_key *out, const char *dir, const char *name,
    const char *kind, struct fault *fault) MUST_USE;

#endif
