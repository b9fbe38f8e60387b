#include "node/scrap.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/random.h"
#include "crypto/seal.h"

struct scrap {
	int fd;
	struct seal *seal;
	uint64_t end;
	uint8_t *sealed;
	size_t room;
};

/* A file in that folder which has no name, or no longer.  -1: none. */
static int
open_nameless(const char *folder)
{
	char name[PATH_MAX];
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(name, sizeof(name), "%s/scrap-XXXXXX", folder) >=
		(int)sizeof(name) ||
	    (fd = mkostemp(name, O_CLOEXEC)) == -1)
		return -1;
	unlink(name);
	return fd;
}

enum err
scrap_new(struct scrap **out, const char *path)
{
	struct scrap *s = calloc(1, sizeof(*s));
	uint8_t key[SEAL_KEY];
	char *copy = strdup(path);
	enum err e = E_NOMEM;

	if (s == NULL || copy == NULL) {
		free(copy);
		free(s);
		return E_NOMEM;
	}
	s->fd = open_nameless(dirname(copy));
	free(copy);
	if (s->fd == -1)
		e = E_IO;
	else if ((e = random_bytes(key, sizeof(key))) == E_OK)
		e = seal_new(&s->seal, key);
	explicit_bzero(key, sizeof(key));
	if (e != E_OK) {
		scrap_free(s);
		return e;
	}
	*out = s;
	return E_OK;
}

void
scrap_free(struct scrap *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		close(s->fd);
	seal_free(s->seal);
	free(s->sealed);
	free(s);
}

static enum err
make_room(struct scrap *s, size_t n)
{
	uint8_t *more;

	if (n <= s->room)
		return E_OK;
	if ((more = realloc(s->sealed, n)) == NULL)
		return E_NOMEM;
	s->sealed = more;
	s->room = n;
	return E_OK;
}

enum err
scrap_put(struct scrap *s, uint64_t *at, const void *in, size_t n)
{
	size_t all = n + SEAL_OVER, done = 0;
	uint64_t where = s->end;
	enum err e;

	if ((e = make_room(s, all)) != E_OK ||
	    (e = seal_close(
		 s->seal, s->sealed, in, n, &where, sizeof(where))) != E_OK)
		return e;
	while (done < all) {
		ssize_t k = pwrite(
		    s->fd, s->sealed + done, all - done, (off_t)(where + done));

		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return E_IO;
		done += (size_t)k;
	}
	s->end += all;
	*at = where;
	return E_OK;
}

enum err
scrap_get(struct scrap *s, void *out, uint64_t at, size_t n)
{
	size_t all = n + SEAL_OVER, done = 0;
	enum err e;

	assert(at <= s->end && all <= s->end - at);
	if ((e = make_room(s, all)) != E_OK)
		return e;
	while (done < all) {
		ssize_t k = pread(
		    s->fd, s->sealed + done, all - done, (off_t)(at + done));

		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return E_IO;
		done += (size_t)k;
	}
	e = seal_open(s->seal, out, s->sealed, all, &at, sizeof(at));
	return e == E_SIGNATURE ? E_IO : e;
}
