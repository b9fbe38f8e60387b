#include "crypto/keyfile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "crypto/random.h"

#define PREFIX "ward-key/1 "
#define LINE_MAX_                                \
	(sizeof(PREFIX) + KEYFILE_KIND_MAX + 1 + \
	    BASE64_LEN(KEYFILE_SECRET_MAX) + 1)

/* errno of a key file or its folder that cannot be opened. */
static enum err
why_not(void)
{
	switch (errno) {
	case ENOENT:
		return E_NOTFOUND;
	case EEXIST:
		return E_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return E_ACCESS;
	default:
		return E_IO;
	}
}

/* Make the name of a new file in the folder of path durable. */
static enum err
sync_folder(const char *path)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);
	int fd;
	int rc;

	if (n >= sizeof(dir))
		return E_IO;
	memcpy(dir, path, n);
	dir[n] = '\0';
	if (n == 0)
		strcpy(dir, slash == NULL ? "." : "/");
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return E_IO;
	rc = fsync(fd);
	close(fd);
	return rc == 0 ? E_OK : E_IO;
}

static bool
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, text, len)) <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

enum err
keyfile_save_text(const char *path, const char *text)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good;

	if (fd == -1)
		return why_not();
	good = fchmod(fd, 0600) == 0 && write_all(fd, text, strlen(text));
	if (close(fd) != 0)
		good = false;
	if (!good || sync_folder(path) != E_OK) {
		unlink(path);
		return E_IO;
	}
	return E_OK;
}

/* A kind is 1 ... KEYFILE_KIND_MAX bytes of [a-z]. */
static bool
kind_good(const char *kind)
{
	size_t n = strlen(kind);

	return n >= 1 && n <= KEYFILE_KIND_MAX &&
	       strspn(kind, "abcdefghijklmnopqrstuvwxyz") == n;
}

enum err
keyfile_save(
    const char *path, const char *kind, const uint8_t *secret, size_t n)
{
	char base64[BASE64_LEN(KEYFILE_SECRET_MAX)];
	char line[LINE_MAX_];
	enum err e;

	assert(kind_good(kind) && n >= 1 && n <= KEYFILE_SECRET_MAX);
	base64_text(base64, secret, n);
	snprintf(line, sizeof(line), PREFIX "%s %s\n", kind, base64);
	e = keyfile_save_text(path, line);
	random_wipe(base64, sizeof(base64));
	random_wipe(line, sizeof(line));
	return e;
}

/* Open a plain file that is ours alone. */
static enum err
open_own(int *out, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum err e = E_OK;

	if (fd == -1)
		return why_not();
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		e = E_IO;
	else if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		e = E_CONFIG;
	if (e != E_OK) {
		close(fd);
		return e;
	}
	*out = fd;
	return E_OK;
}

/* Read to the end of the file; E_LIMIT when it does not end within cap. */
static enum err
read_all(int fd, char *buf, size_t cap, size_t *len)
{
	size_t done = 0;
	ssize_t n;

	while ((n = read(fd, buf + done, cap - done)) > 0) {
		done += (size_t)n;
		if (done == cap)
			return E_LIMIT;
	}
	if (n < 0)
		return E_IO;
	*len = done;
	return E_OK;
}

enum err
keyfile_load_text(char **out, const char *path, size_t max)
{
	char *text = NULL;
	size_t len = 0;
	int fd;
	enum err e = open_own(&fd, path);

	if (e != E_OK)
		return e;
	if ((text = calloc(1, max + 1)) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if ((e = read_all(fd, text, max + 1, &len)) != E_OK)
		goto out;
	if (strlen(text) != len) {
		e = E_FORMAT;
		goto out;
	}
	*out = text;
	text = NULL;
out:
	if (text != NULL)
		random_wipe(text, max + 1);
	free(text);
	close(fd);
	return e;
}

void
keyfile_free_text(char *text)
{
	if (text != NULL)
		random_wipe(text, strlen(text));
	free(text);
}

/* Take the secret of n bytes out of the one line of a key file. */
static enum err
line_parse(const char *line, const char *kind, uint8_t *out, size_t n)
{
	uint8_t bytes[KEYFILE_SECRET_MAX];
	char want[sizeof(PREFIX) + KEYFILE_KIND_MAX + 1];
	size_t skip = (size_t)snprintf(want, sizeof(want), PREFIX "%s ", kind);
	size_t len = strlen(line);
	size_t got;
	enum err e = E_FORMAT;

	if (len <= skip || memcmp(line, want, skip) != 0 ||
	    line[len - 1] != '\n')
		return E_FORMAT;
	if (base64_bytes(bytes, sizeof(bytes), &got, line + skip,
		len - skip - 1) == E_OK &&
	    got == n) {
		memcpy(out, bytes, n);
		e = E_OK;
	}
	random_wipe(bytes, sizeof(bytes));
	return e;
}

enum err
keyfile_load(const char *path, const char *kind, uint8_t *out, size_t n)
{
	char *line;
	enum err e;

	assert(kind_good(kind) && n >= 1 && n <= KEYFILE_SECRET_MAX);
	e = keyfile_load_text(&line, path, LINE_MAX_);
	if (e == E_LIMIT)
		return E_FORMAT;
	if (e != E_OK)
		return e;
	e = line_parse(line, kind, out, n);
	keyfile_free_text(line);
	return e;
}
