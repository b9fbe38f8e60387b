#include "coordinator/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum err
files_folder(int *fd, const char *path)
{
	int got = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (got == -1)
		return E_IO;
	*fd = got;
	return E_OK;
}

/* A read-only descriptor of name below the folder, or -1. */
static int
open_beneath(int folder, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
}

/* Fill buf[0, len) from fd; E_IO when it ends early. */
static enum err
read_all(int fd, char *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, buf + got, len - got);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return E_IO;
		got += (size_t)n;
	}
	return E_OK;
}

enum err
files_read(char **out, size_t *len, int folder, const char *name)
{
	char *buf = NULL;
	struct stat st;
	enum err e;
	int fd;

	if ((fd = open_beneath(folder, name)) == -1)
		return E_NOTFOUND;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		e = E_NOTFOUND;
		goto out;
	}
	if (st.st_size < 0 || (size_t)st.st_size > FILES_MAX) {
		e = E_LIMIT;
		goto out;
	}
	if ((buf = malloc((size_t)st.st_size + 1)) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if ((e = read_all(fd, buf, (size_t)st.st_size)) != E_OK)
		goto out;

	buf[st.st_size] = '\0';
	*out = buf;
	*len = (size_t)st.st_size;
	buf = NULL;
out:
	free(buf);
	close(fd);
	return e;
}
