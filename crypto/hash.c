#include "crypto/hash.h"

#include <errno.h>
#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define FILE_LABEL "ward/file/1"

static_assert(sizeof(crypto_generichash_blake2b_state) <=
		  sizeof(((struct hash *)0)->state),
    "the state of libsodium fits ours");
static_assert(
    _Alignof(crypto_generichash_blake2b_state) <= _Alignof(struct hash),
    "and so does its alignment");

/* libsodium's functions below fail only on lengths that are fixed here. */
static void
must(int rc)
{
	assert(rc == 0);
}

static crypto_generichash_blake2b_state *
state(struct hash *h)
{
	return (void *)h->state;
}

/* Start with key[key_len] and the label. */
static void
start(struct hash *h, const uint8_t *key, size_t key_len, size_t out_len,
    const char *label)
{
	size_t n = strlen(label);
	uint8_t len8 = (uint8_t)n;

	assert(n >= 1 && n <= HASH_LABEL_MAX);
	must(crypto_generichash_blake2b_init(state(h), key, key_len, out_len));
	must(crypto_generichash_blake2b_update(state(h), &len8, 1));
	hash_add(h, label, n);
}

void
hash_open(struct hash *h, const char *label)
{
	start(h, NULL, 0, HASH_BYTES, label);
}

void
hash_add(struct hash *h, const void *p, size_t n)
{
	if (n > 0)
		must(crypto_generichash_blake2b_update(state(h), p, n));
}

void
hash_end(struct hash *h, uint8_t out[HASH_BYTES])
{
	must(crypto_generichash_blake2b_final(state(h), out, HASH_BYTES));
	sodium_memzero(h, sizeof(*h));
}

void
hash_label(uint8_t out[HASH_BYTES], const char *label, const void *p, size_t n)
{
	struct hash h;

	hash_open(&h, label);
	hash_add(&h, p, n);
	hash_end(&h, out);
}

void
hash_keyed(uint8_t *out, size_t out_len, const uint8_t key[HASH_KEY],
    const char *label, const void *p, size_t n)
{
	struct hash h;

	assert(out_len >= 16 && out_len <= 64);
	start(&h, key, HASH_KEY, out_len, label);
	hash_add(&h, p, n);
	must(crypto_generichash_blake2b_final(state(&h), out, out_len));
	sodium_memzero(&h, sizeof(h));
}

void
hash_short(uint8_t out[HASH_SHORT], const uint8_t key[HASH_SHORT_KEY],
    const void *p, size_t n)
{
	static_assert(
	    HASH_SHORT == crypto_shorthash_siphashx24_BYTES &&
		HASH_SHORT_KEY == crypto_shorthash_siphashx24_KEYBYTES,
	    "as libsodium has it");
	must(crypto_shorthash_siphashx24(out, p, n, key));
}

void
hash_bytes32(uint8_t out[HASH_BYTES], const void *p, size_t n)
{
	hash_label(out, FILE_LABEL, p, n);
}

enum err
hash_file(uint8_t out[HASH_BYTES], const char *path)
{
	uint8_t buf[16384];
	struct hash h;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return errno == ENOENT   ? E_NOTFOUND
		       : errno == EACCES ? E_ACCESS
					 : E_IO;
	hash_open(&h, FILE_LABEL);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		hash_add(&h, buf, (size_t)n);
	close(fd);
	if (n < 0)
		return E_IO;
	hash_end(&h, out);
	return E_OK;
}

bool
hash_same(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void
hash_sha256(uint8_t out[32], const void *p, size_t n)
{
	must(crypto_hash_sha256(out, p, n));
}
