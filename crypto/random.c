#include "crypto/random.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sodium.h>

#define KEY 32
#define POOL 65536

/* Lies in pages that a fork fills with zeros: alive is then 0 in the child,
 * and nothing of the parent's key or output is there. */
struct pool {
	uint32_t alive;
	uint32_t left; /* bytes of buf not handed out yet, at its end */
	uint32_t more; /* bytes that the key in use may still give */
	uint8_t key[KEY];
	uint8_t buf[POOL];
};

struct random {
	struct pool *pool;
	EVP_CIPHER_CTX *ctx;
};

enum err
random_start(void)
{
	const uint64_t no_files =
	    OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;

	if (sodium_init() < 0)
		return E_RNG;
	if (OPENSSL_init_ssl(no_files, NULL) != 1)
		return E_RNG;
	return E_OK;
}

enum err
random_bytes(void *buf, size_t n)
{
	uint8_t *p = buf;
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = getrandom(p + done, n - done, 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0) {
			random_wipe(buf, n);
			return E_RNG;
		}
		done += (size_t)got;
	}
	return E_OK;
}

void
random_wipe(void *buf, size_t n)
{
	explicit_bzero(buf, n);
}

/* Encrypt buf[n] in place with the stream that ctx is in. */
static bool
encrypt(EVP_CIPHER_CTX *ctx, uint8_t *buf, size_t n)
{
	const size_t step = 1 << 30;
	int out;

	while (n > 0) {
		size_t now = n < step ? n : step;

		if (EVP_EncryptUpdate(ctx, buf, &out, buf, (int)now) != 1)
			return false;
		buf += now;
		n -= now;
	}
	return true;
}

/* Takes a new key into use, whose first bytes become the next one.  A key is
 * used once, so the counter may start at 0. */
static enum err
change_key(struct random *r)
{
	static const uint8_t zero[16];
	struct pool *pool = r->pool;
	enum err e;

	if (pool->alive != 1) {
		if ((e = random_bytes(pool->key, KEY)) != E_OK)
			return e;
		pool->left = 0;
		pool->alive = 1;
	}
	pool->more = 0;
	if (EVP_EncryptInit_ex(r->ctx, NULL, NULL, pool->key, zero) != 1)
		return E_RNG;
	memset(pool->key, 0, KEY);
	if (!encrypt(r->ctx, pool->key, KEY)) {
		pool->alive = 0;
		return E_RNG;
	}
	pool->more = POOL;
	return E_OK;
}

/* Fill buf[n] with the stream: a key gives up to POOL bytes, or one request. */
static enum err
stream(struct random *r, uint8_t *buf, size_t n)
{
	struct pool *pool = r->pool;
	enum err e;

	if ((pool->alive != 1 || pool->more < n) && (e = change_key(r)) != E_OK)
		return e;
	pool->more -= n < pool->more ? (uint32_t)n : pool->more;
	memset(buf, 0, n);
	if (!encrypt(r->ctx, buf, n)) {
		pool->alive = 0;
		random_wipe(buf, n);
		return E_RNG;
	}
	return E_OK;
}

/* The rng of base/rng.h: small requests from the pool, large ones directly,
 * among them the pools of privacy/words. */
static enum err
fill(void *ctx, void *buf, size_t len)
{
	struct random *r = ctx;
	struct pool *pool = r->pool;
	uint8_t *from;
	enum err e;

	if (len >= POOL / 16)
		return stream(r, buf, len);
	if (pool->alive != 1 || pool->left < len) {
		if ((e = stream(r, pool->buf, POOL)) != E_OK)
			return e;
		pool->left = POOL;
	}
	from = pool->buf + POOL - pool->left;
	memcpy(buf, from, len);
	memset(from, 0, len);
	pool->left -= (uint32_t)len;
	return E_OK;
}

/* Pages for a pool, wiped on a fork and left out of core files. */
static struct pool *
pool_map(void)
{
	void *p = mmap(NULL, sizeof(struct pool), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (madvise(p, sizeof(struct pool), MADV_WIPEONFORK) != 0) {
		munmap(p, sizeof(struct pool));
		return NULL;
	}
	(void)madvise(p, sizeof(struct pool), MADV_DONTDUMP);
	return p;
}

enum err
random_new(struct random **out)
{
	struct random *r = calloc(1, sizeof(*r));
	enum err e = E_NOMEM;

	if (r == NULL)
		return E_NOMEM;
	if ((r->pool = pool_map()) == NULL)
		goto out;
	if ((r->ctx = EVP_CIPHER_CTX_new()) == NULL)
		goto out;
	if (EVP_EncryptInit_ex(r->ctx, EVP_aes_256_ctr(), NULL, NULL, NULL) !=
	    1) {
		e = E_RNG;
		goto out;
	}
	if ((e = stream(r, r->pool->buf, POOL)) != E_OK)
		goto out;
	r->pool->left = POOL;
	*out = r;
	r = NULL;
out:
	random_free(r);
	return e;
}

void
random_free(struct random *random)
{
	if (random == NULL)
		return;
	EVP_CIPHER_CTX_free(random->ctx);
	if (random->pool != NULL) {
		random_wipe(random->pool, sizeof(*random->pool));
		munmap(random->pool, sizeof(*random->pool));
	}
	free(random);
}

struct rng
random_rng(struct random *random)
{
	return (struct rng){ .fill = fill, .ctx = random };
}
