/*
 * cli/file.h -- whole files, bounded and replaced at once.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define FILE_PATH 4096 /* bytes of a path with NUL */
#define FILE_WHY 300   /* bytes of a reason with NUL */

/*
 * file_read: what the file holds, with a NUL after its *len bytes; *out is
 * the caller's.
 *
 * E_NOTFOUND	no such file.
 * E_ACCESS	not ours to read.
 * E_IO		it cannot be read, or is no plain file.
 * E_LIMIT	more than max bytes.
 * E_NOMEM
 */
enum err file_read(
    char **out, size_t *len, const char *path, size_t max) MUST_USE;

/*
 * file_write: make path hold bytes[0, len), mode 0644, by a new file beside it
 * that takes its name; the old one is whole until then.
 *
 * E_NOTFOUND	the folder is not there.
 * E_ACCESS	the folder is not ours to write to.
 * E_IO		it cannot be written, or is a folder.
 *
 * Whatever the error, path is as it was.
 */
enum err file_write(const char *path, const void *bytes, size_t len) MUST_USE;

/*
 * file_read_why, file_write_why: what a person is told of an error of reading
 * at most max bytes of path, of writing it: "path: what is wrong; what to do".
 * The result is out.
 */
const char *file_read_why(
    char out[FILE_WHY], const char *path, size_t max, enum err e);
const char *file_write_why(char out[FILE_WHY], const char *path, enum err e);

/* file_there: is there anything of that name? */
bool file_there(const char *path);

/* file_path: "dir/name" into out.  E_LIMIT. */
enum err file_path(
    char out[FILE_PATH], const char *dir, const char *name) MUST_USE;

#endif
