#include "node/extract.h"

#include <errno.h>
#include <stddef.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>
#include <zstd_errors.h>

#define LABEL "ward/file/1"
#define PACKED (1 << 17) /* bytes of a packed file in memory */

struct extract {
	int fd;
	uint64_t size, done, unpacked;
	const char *why;
	ZSTD_DStream *stream; /* NULL: a plain file */
	size_t expects;       /* 0: at the end of a frame */
	bool begun;           /* there was a frame */
	bool full;            /* the stream may hold more than was asked for */
	ZSTD_inBuffer in;
	uint8_t packed[PACKED];
};

/* Does the name end in .zst? */
static bool
is_packed(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".zst") == 0;
}

static enum err
open_stream(struct extract *x)
{
	if ((x->stream = ZSTD_createDStream()) == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(
		x->stream, ZSTD_d_windowLogMax, EXTRACT_WINDOW_LOG)))
		return E_NOMEM;
	x->in = (ZSTD_inBuffer){ .src = x->packed };
	return E_OK;
}

enum err
extract_open(struct extract **out, const char *path)
{
	struct extract *x = malloc(sizeof(*x));
	struct stat st;
	enum err e = E_IO;

	if (x == NULL)
		return E_NOMEM;
	memset(x, 0, offsetof(struct extract, packed));
	/* a pipe without a writer must not hold us up: it is refused below */
	x->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (x->fd == -1)
		e = errno == ENOENT   ? E_NOTFOUND
		    : errno == EACCES ? E_ACCESS
				      : E_IO;
	else if (fstat(x->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		x->size = (uint64_t)st.st_size;
		(void)posix_fadvise(x->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
		e = is_packed(path) ? open_stream(x) : E_OK;
	}
	if (e == E_OK)
		*out = x;
	else
		extract_close(x);
	return e;
}

void
extract_close(struct extract *x)
{
	if (x == NULL)
		return;
	if (x->fd != -1)
		close(x->fd);
	ZSTD_freeDStream(x->stream);
	explicit_bzero(x, sizeof(*x));
	free(x);
}

static enum err
fail(struct extract *x, enum err e, const char *why)
{
	x->why = why;
	return e;
}

static enum err
read_file(struct extract *x, void *buf, size_t cap, size_t *n)
{
	ssize_t got;

	do {
		got = read(x->fd, buf, cap);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return fail(x, E_IO,
		    "the file cannot be read; is the disk "
		    "or the share that it lies on well?");
	x->done += (uint64_t)got;
	*n = (size_t)got;
	return E_OK;
}

/* One step of unpacking; *end when the file has ended where it may. */
static enum err
unpack(struct extract *x, ZSTD_outBuffer *out, bool *end)
{
	enum err e;

	if (x->in.pos == x->in.size && !x->full) {
		x->in.pos = x->in.size = 0;
		if ((e = read_file(x, x->packed, PACKED, &x->in.size)) != E_OK)
			return e;
		if (x->in.size == 0 && (!x->begun || x->expects != 0))
			return fail(x, E_FORMAT,
			    "the Zstandard file is cut; copy it again");
		*end = x->in.size == 0;
	}
	if (*end)
		return E_OK;
	x->begun = true;
	x->expects = ZSTD_decompressStream(x->stream, out, &x->in);
	if (!ZSTD_isError(x->expects)) {
		x->full = x->expects != 0 && out->pos == out->size;
		return E_OK;
	}
	if (ZSTD_getErrorCode(x->expects) ==
	    ZSTD_error_frameParameter_windowTooLarge)
		return fail(x, E_LIMIT,
		    "the Zstandard file needs a window of more than 128 MiB; "
		    "pack it with --long=27 or less");
	return fail(x, E_FORMAT,
	    "this is no Zstandard file, or it is damaged; copy it again");
}

enum err
extract_read(void *ctx, void *buf, size_t cap, size_t *n)
{
	struct extract *x = ctx;
	ZSTD_outBuffer out = { .dst = buf, .size = cap };
	bool end = false;
	enum err e;

	if (x->stream == NULL)
		return read_file(x, buf, cap, n);
	while (out.pos == 0 && !end)
		if ((e = unpack(x, &out, &end)) != E_OK)
			return e;
	x->unpacked += out.pos;
	if (x->unpacked > EXTRACT_FREE && x->unpacked / EXTRACT_RATIO > x->done)
		return fail(x, E_LIMIT,
		    "the Zstandard file unpacks to thousands of times its "
		    "size: this is no extract");
	*n = out.pos;
	return E_OK;
}

const char *
extract_why(const struct extract *x)
{
	return x->why;
}

uint64_t
extract_size(const struct extract *x)
{
	return x->size;
}

uint64_t
extract_done(const struct extract *x)
{
	return x->done;
}

enum err
extract_digest(struct extract *x, uint8_t out[HASH_BYTES])
{
	struct hash h;
	size_t n;
	enum err e;

	hash_open(&h, LABEL);
	do {
		if ((e = read_file(x, x->packed, PACKED, &n)) != E_OK)
			return e;
		hash_add(&h, x->packed, n);
	} while (n > 0);
	hash_end(&h, out);
	return E_OK;
}

struct extract_mark
extract_mark(const struct extract *x)
{
	struct stat st;

	if (fstat(x->fd, &st) != 0)
		return (struct extract_mark){ 0 };
	return (struct extract_mark){ .device = (uint64_t)st.st_dev,
		.inode = (uint64_t)st.st_ino,
		.size = (uint64_t)st.st_size,
		.changed_s = st.st_ctim.tv_sec,
		.changed_ns = st.st_ctim.tv_nsec,
		.written_s = st.st_mtim.tv_sec,
		.written_ns = st.st_mtim.tv_nsec };
}

bool
extract_same(const struct extract_mark *a, const struct extract_mark *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}
