#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What errno says of a path that cannot be opened. */
static enum err
why_not(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return E_NOTFOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return E_ACCESS;
	default:
		return E_IO;
	}
}

/* Reads until the end of fd or until max bytes are there and more follow. */
static enum err
read_all(char **out, size_t *len, int fd, size_t max)
{
	char *buf = NULL, *more;
	size_t n = 0, cap = 0;

	for (;;) {
		ssize_t got;

		if (n == cap) {
			cap = cap == 0 ? 16384 : cap * 2;
			if ((more = realloc(buf, cap + 1)) == NULL) {
				free(buf);
				return E_NOMEM;
			}
			buf = more;
		}
		got = read(fd, buf + n, cap - n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1 || n + (size_t)got > max) {
			free(buf);
			return got == -1 ? E_IO : E_LIMIT;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	buf[n] = 0;
	*out = buf;
	*len = n;
	return E_OK;
}

enum err
file_read(char **out, size_t *len, const char *path, size_t max)
{
	struct stat st;
	enum err e;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return why_not();
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		e = E_IO;
	else
		e = read_all(out, len, fd, max);
	close(fd);
	return e;
}

static bool
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* Writes straight to what is no plain file: a terminal, a pipe. */
static enum err
write_device(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good;

	if (fd == -1)
		return why_not();
	good = write_all(fd, bytes, len);
	return close(fd) == 0 && good ? E_OK : E_IO;
}

enum err
file_write(const char *path, const void *bytes, size_t len)
{
	char beside[FILE_PATH];
	struct stat st;
	bool good;
	int fd;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? E_IO
					   : write_device(path, bytes, len);
	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >=
	    (int)sizeof(beside))
		return E_IO;
	if ((fd = mkostemp(beside, O_CLOEXEC)) == -1)
		return why_not();
	good = fchmod(fd, 0644) == 0 && write_all(fd, bytes, len) &&
	       fsync(fd) == 0;
	good = close(fd) == 0 && good;
	if (!good || rename(beside, path) == -1) {
		unlink(beside);
		return E_IO;
	}
	return E_OK;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

const char *
file_read_why(char out[FILE_WHY], const char *path, size_t max, enum err e)
{
	const char *what = err_text(e), *remedy = "check the disk";

	if (e == E_LIMIT) {
		(void)snprintf(out, FILE_WHY,
		    "%.200s: larger than the %zu bytes that are read at most; "
		    "is it the right file?",
		    path, max);
		return out;
	}
	if (e == E_NOTFOUND) {
		what = "no such file";
		remedy = "check the name";
	} else if (e == E_ACCESS) {
		remedy = "become its owner, or have it made readable";
	} else if (e == E_IO && is_folder(path)) {
		what = "that is a folder";
		remedy = "name a file";
	}
	(void)snprintf(out, FILE_WHY, "%.200s: %s; %s", path, what, remedy);
	return out;
}

const char *
file_write_why(char out[FILE_WHY], const char *path, enum err e)
{
	const char *what = err_text(e), *remedy = "check the disk";

	if (e == E_NOTFOUND) {
		what = "its folder is not there";
		remedy = "make it first, or name another";
	} else if (e == E_ACCESS) {
		remedy = "write to a folder of your own";
	} else if (e == E_IO && is_folder(path)) {
		what = "that is a folder";
		remedy = "name a file";
	} else if (e != E_IO) {
		remedy = "nothing was written";
	}
	(void)snprintf(out, FILE_WHY, "%.200s: %s; %s", path, what, remedy);
	return out;
}

bool
file_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

enum err
file_path(char out[FILE_PATH], const char *dir, const char *name)
{
	if (strlen(dir) + 1 + strlen(name) >= FILE_PATH)
		return E_LIMIT;
	strcpy(stpcpy(stpcpy(out, dir), "/"), name);
	return E_OK;
}
