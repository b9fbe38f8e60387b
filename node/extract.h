/*
 * node/extract.h -- the bytes of an extract: a plain file, or one whose name
 * ends in .zst, read through Zstandard (RFC 8878).
 *
 * Memory is bounded whatever the file says: 128 MiB of window (--long=27) and
 * no more.  A file that unpacks to more than EXTRACT_RATIO times its size is
 * no extract.
 */
#ifndef NODE_EXTRACT_H
#define NODE_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/hash.h"

#define EXTRACT_WINDOW_LOG 27
#define EXTRACT_RATIO 2000         /* street files: 20 to 30 */
#define EXTRACT_FREE (64ULL << 20) /* bytes that are not held against it */

struct extract; /* opaque; read once, from its start to its end */

struct extract_mark { /* tells whether a file was written to in between */
	uint64_t device, inode, size;
	int64_t changed_s, changed_ns, written_s, written_ns;
};

/*
 * extract_open: path for reading.
 *
 * E_NOTFOUND	no such file.
 * E_ACCESS	not ours to read.
 * E_IO		it cannot be read, or is no plain file.
 * E_NOMEM
 */
enum err extract_open(struct extract **out, const char *path) MUST_USE;
void extract_close(struct extract *x); /* NULL does nothing */

/*
 * extract_read: at most cap bytes into buf, *n of them; 0: the end.  ctx is the
 * extract: it is the read of a csv_source.
 *
 * E_IO		the file cannot be read.
 * E_FORMAT	it is no Zstandard file, is damaged, or is cut.
 * E_LIMIT	it wants a larger window, or passes EXTRACT_RATIO.
 */
enum err extract_read(void *ctx, void *buf, size_t cap, size_t *n) MUST_USE;

/* extract_why: after a failure of extract_read, what is wrong and what to do;
 * NULL: it has not failed. */
const char *extract_why(const struct extract *x);

/* extract_size, extract_done: bytes of the file, and read of it so far. */
uint64_t extract_size(const struct extract *x);
uint64_t extract_done(const struct extract *x);

/* extract_digest: of the bytes as they lie in the file, from the start to the
 * end of an extract of which nothing was read.  E_IO. */
enum err extract_digest(struct extract *x, uint8_t out[HASH_BYTES]) MUST_USE;

/* extract_mark, extract_same: what the file is now, and whether two looks at
 * it saw the same. */
struct extract_mark extract_mark(const struct extract *x);
bool extract_same(const struct extract_mark *a, const struct extract_mark *b);

#endif
