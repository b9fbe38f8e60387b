#include "coordinator/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/file.h"

enum err
pidfile_claim(int *fd, const char *dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[FILE_PATH], text[32];
	int file, n;
	enum err e;

	if ((e = file_path(path, dir, PIDFILE_NAME)) != E_OK)
		return e;
	file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (file == -1)
		return E_IO;
	if (fcntl(file, F_SETLK, &lock) == -1) {
		e = errno == EACCES || errno == EAGAIN ? E_EXISTS : E_IO;
		close(file);
		return e;
	}
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(file, 0) == -1 || n < 0 ||
	    write(file, text, (size_t)n) != n) {
		close(file);
		return E_IO;
	}
	*fd = file;
	return E_OK;
}

enum err
pidfile_holder(pid_t *pid, const char *dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[FILE_PATH];
	enum err e;
	int file;

	if ((e = file_path(path, dir, PIDFILE_NAME)) != E_OK)
		return e;
	/* to look at the lock, reading is enough */
	if ((file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return errno == EACCES ? E_IO : E_NOTFOUND;
	e = E_NOTFOUND;
	if (fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
	    lock.l_pid > 0) {
		*pid = lock.l_pid;
		e = E_OK;
	}
	close(file);
	return e;
}
