#include "policies/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"

/* e, with a fault that names the file. */
static enum err
fail(struct fault *fault, const char *dir, const char *name, enum err e)
{
	const char *remedy = "check the folder and the disk";

	if (e == E_ACCESS)
		remedy = "run this as the owner of the folder";
	else if (e == E_NOTFOUND)
		remedy = "is this the right folder?";
	else if (e == E_EXISTS)
		remedy = "keys are never overwritten; choose another folder";
	else if (e == E_CONFIG)
		remedy = "it must be its owner's alone: chmod 600";
	else if (e == E_FORMAT || e == E_LIMIT)
		remedy = "put the right file back";
	fault_set(fault, "%.150s/%s: %s; %s", dir, name, err_text(e), remedy);
	return e;
}

enum err
folder_make(const char *dir, struct fault *fault)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0)
		return E_OK;
	if (errno == EEXIST && stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return E_OK;
	if (errno == EACCES || errno == EPERM) {
		fault_set(fault,
		    "%.200s: permission denied; run this as the owner of the "
		    "folder above it",
		    dir);
		return E_ACCESS;
	}
	fault_set(fault, "%.200s: cannot be made%s", dir,
	    errno == ENOENT   ? "; make the folder above it first"
	    : errno == EEXIST ? ": that is a file; name a folder"
			      : "; check the folder above it");
	return E_IO;
}

bool
folder_has(const char *dir, const char *name)
{
	char path[FILE_PATH];

	return file_path(path, dir, name) == E_OK && file_there(path);
}

enum err
folder_read(char **out, const char *dir, const char *name, size_t max,
    struct fault *fault)
{
	char path[FILE_PATH], *text;
	size_t len;
	enum err e;

	if ((e = file_path(path, dir, name)) != E_OK ||
	    (e = file_read(&text, &len, path, max)) != E_OK)
		return fail(fault, dir, name, e);
	if (strlen(text) != len) {
		free(text);
		return fail(fault, dir, name, E_FORMAT);
	}
	*out = text;
	return E_OK;
}

/* A name is durable when the folder that holds it is. */
static enum err
sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good;

	if (fd == -1)
		return E_IO;
	good = fsync(fd) == 0;
	close(fd);
	return good ? E_OK : E_IO;
}

enum err
folder_write(const char *dir, const char *name, const char *text, size_t len,
    struct fault *fault)
{
	char path[FILE_PATH];
	enum err e;

	if ((e = file_path(path, dir, name)) != E_OK ||
	    (e = file_write(path, text, len)) != E_OK ||
	    (e = sync_folder(dir)) != E_OK)
		return fail(fault, dir, name, e);
	return E_OK;
}

enum err
folder_key_new(struct sign_key *out, const char *dir, const char *name,
    const char *kind, struct fault *fault)
{
	char path[FILE_PATH];
	struct sign_key key;
	enum err e;

	if ((e = file_path(path, dir, name)) != E_OK ||
	    (e = sign_new(&key)) != E_OK)
		return fail(fault, dir, name, e);
	e = keyfile_save(path, kind, key.seed, sizeof(key.seed));
	if (e == E_OK)
		*out = key;
	else
		(void)fail(fault, dir, name, e);
	sign_wipe(&key);
	return e;
}

enum err
folder_key(struct sign_key *out, const char *dir, const char *name,
    const char *kind, struct fault *fault)
{
	uint8_t seed[SIGN_SEED];
	char path[FILE_PATH];
	enum err e;

	if ((e = file_path(path, dir, name)) != E_OK ||
	    (e = keyfile_load(path, kind, seed, sizeof(seed))) != E_OK)
		return fail(fault, dir, name, e);
	sign_from_seed(out, seed);
	random_wipe(seed, sizeof(seed));
	return E_OK;
}
