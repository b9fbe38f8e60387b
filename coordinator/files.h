/*
 * coordinator/files.h -- small files from one folder, and from nowhere else.
 *
 * The kernel holds the border: openat2(2) with RESOLVE_BENEATH and
 * RESOLVE_NO_SYMLINKS, so no name, however made, leaves the folder.
 */
#ifndef COORDINATOR_FILES_H
#define COORDINATOR_FILES_H

#include <stddef.h>

#include "base/err.h"

#define FILES_MAX ((size_t)64 * 1024 * 1024) /* bytes of one file */

/* files_folder: open a folder; *fd is the caller's to close.  E_IO. */
enum err files_folder(int *fd, const char *path) MUST_USE;

/*
 * files_read: the whole of a regular file below the folder; *out is the
 * caller's, *len bytes and a NUL after them.
 *
 * E_NOTFOUND	no regular file of that name inside the folder.
 * E_LIMIT	larger than FILES_MAX.
 * E_IO, E_NOMEM
 */
enum err files_read(
    char **out, size_t *len, int folder, const char *name) MUST_USE;

#endif
