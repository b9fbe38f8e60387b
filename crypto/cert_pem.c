#include "crypto/cert_pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/cert.h"
#include "crypto/keyfile.h"

int
cert_pem_no_password(char *buf, int size, int writing, void *u)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)u;
	return -1;
}

BIO *
cert_pem_bio(const char *pem, size_t len)
{
	return len > CERT_PEM_MAX ? NULL : BIO_new_mem_buf(pem, (int)len);
}

enum err
cert_pem_text(char **out, BIO *bio)
{
	const char *data;
	long len = BIO_get_mem_data(bio, &data);
	char *text;

	if (len <= 0 || len > CERT_PEM_MAX ||
	    (text = malloc((size_t)len + 1)) == NULL)
		return E_NOMEM;
	memcpy(text, data, (size_t)len);
	text[len] = '\0';
	*out = text;
	return E_OK;
}

enum err
cert_pem_read(X509 **out, const char *pem, size_t len)
{
	BIO *bio = cert_pem_bio(pem, len);
	X509 *cert = NULL;

	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, cert_pem_no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (cert == NULL)
		return E_FORMAT;
	*out = cert;
	return E_OK;
}

enum err
cert_pem_write(char **out, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum err e = E_NOMEM;

	if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1)
		e = cert_pem_text(out, bio);
	BIO_free(bio);
	return e;
}

enum err
cert_pem_file(char **out, size_t *len, const char *path)
{
	char *text = malloc(CERT_PEM_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t done = 0;
	ssize_t n = -1;
	enum err e = E_OK;

	if (fd == -1)
		e = errno == ENOENT ? E_NOTFOUND : E_IO;
	else if (text == NULL)
		e = E_NOMEM;
	while (e == E_OK && done <= CERT_PEM_MAX &&
	       (n = read(fd, text + done, CERT_PEM_MAX + 1 - done)) > 0)
		done += (size_t)n;
	if (e == E_OK && n < 0)
		e = E_IO;
	if (e == E_OK && done > CERT_PEM_MAX)
		e = E_FORMAT;
	if (fd != -1)
		close(fd);
	if (e != E_OK) {
		free(text);
		return e;
	}
	*out = text;
	*len = done;
	return E_OK;
}

enum err
cert_pem_load(X509 **out, const char *path)
{
	char *text;
	size_t len;
	enum err e = cert_pem_file(&text, &len, path);

	if (e != E_OK)
		return e;
	e = cert_pem_read(out, text, len);
	free(text);
	return e;
}

enum err
cert_pem_save(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	bool good;

	if (fd == -1)
		return errno == EEXIST ? E_EXISTS : E_IO;
	good = fchmod(fd, 0644) == 0 && write(fd, text, len) == (ssize_t)len &&
	       fsync(fd) == 0;
	if (close(fd) != 0)
		good = false;
	if (!good) {
		unlink(path);
		return E_IO;
	}
	return E_OK;
}

enum err
cert_pem_key_save(const char *path, const EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	enum err e = E_NOMEM;

	if (bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
			       cert_pem_no_password, NULL) == 1)
		e = cert_pem_text(&text, bio);
	if (e == E_OK)
		e = keyfile_save_text(path, text);
	keyfile_free_text(text);
	BIO_free(bio); /* wipes */
	return e;
}

enum err
cert_pem_key_load(EVP_PKEY **out, const char *path)
{
	char *text = NULL;
	BIO *bio = NULL;
	EVP_PKEY *key = NULL;
	enum err e = keyfile_load_text(&text, path, CERT_PEM_MAX);

	if (e != E_OK)
		return e == E_LIMIT ? E_FORMAT : e;
	if ((bio = cert_pem_bio(text, strlen(text))) != NULL)
		key = PEM_read_bio_PrivateKey(
		    bio, NULL, cert_pem_no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	keyfile_free_text(text);
	if (key == NULL)
		return E_FORMAT;
	*out = key;
	return E_OK;
}
