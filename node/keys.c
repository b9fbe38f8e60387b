#include "node/keys.h"

#include <assert.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hash.h"

#define DOMAIN_MAX 32
#define ID_MAX 128

void
keys_derive(struct keys *k, const uint8_t store[KEYS_STORE])
{
	hash_keyed(k->person, 32, store, "ward/key/person/1", NULL, 0);
	hash_keyed(k->base, 16, store, "ward/key/base/1", NULL, 0);
	hash_keyed(k->record, 16, store, "ward/key/record/2", NULL, 0);
	hash_keyed(k->seal, 32, store, "ward/key/seal/1", NULL, 0);
	hash_keyed(k->check, KEYS_CHECK, store, "ward/key/check/1", NULL, 0);
}

void
keys_wipe(struct keys *k)
{
	explicit_bzero(k, sizeof(*k));
}

static bool
is_blank(char b)
{
	return b == ' ' || (b >= '\t' && b <= '\r');
}

static bool
is_digit(char b)
{
	return b >= '0' && b <= '9';
}

/* Is it digits and what people put between them? */
static bool
is_number(const char *id, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(id[i]) && !is_blank(id[i]) && id[i] != '-')
			return false;
	return true;
}

size_t
keys_plain(char *out, const char *id, size_t len)
{
	size_t n = 0;
	bool number;

	for (; len > 0 && is_blank(id[0]); id++)
		len--;
	while (len > 0 && is_blank(id[len - 1]))
		len--;
	number = is_number(id, len);
	for (size_t i = 0; i < len; i++)
		if (!number || is_digit(id[i]))
			out[n++] = id[i];
	return n;
}

/* The key stands in front of what is hashed instead of in a block of its own,
 * which is all that RFC 7693's keyed mode adds: for most ids that is one block
 * instead of two. */
void
keys_person(uint8_t out[INCIDENT_KEY], const struct keys *k, const char *domain,
    const char *id, size_t len)
{
	uint8_t buf[32 + 1 + DOMAIN_MAX + ID_MAX], hash[HASH_BYTES];
	char name[ID_MAX];
	struct wr w = wr_over(buf, sizeof(buf));
	size_t n;

	assert(strlen(domain) <= DOMAIN_MAX && len <= ID_MAX);
	n = keys_plain(name, id, len);
	wr_bytes(&w, k->person, sizeof(k->person));
	wr_u8(&w, (uint8_t)strlen(domain));
	wr_bytes(&w, domain, strlen(domain));
	wr_bytes(&w, name, n);
	hash_label(hash, "ward/person/2", buf, w.len);
	memcpy(out, hash, INCIDENT_KEY);
	explicit_bzero(buf, w.len);
	explicit_bzero(name, n);
}

void
keys_base(
    uint8_t out[INCIDENT_KEY], const struct keys *k, const void *p, size_t n)
{
	static_assert(INCIDENT_KEY == HASH_SHORT, "one size");
	hash_short(out, k->base, p, n);
}

void
keys_record(struct incident *i, const struct keys *k,
    const uint8_t base[INCIDENT_KEY], uint32_t number)
{
	uint8_t buf[INCIDENT_KEY + 4];
	struct wr w = wr_over(buf, sizeof(buf));

	if (number == 0) {
		memcpy(i->record_id, base, INCIDENT_KEY);
	} else {
		wr_bytes(&w, base, INCIDENT_KEY);
		wr_be32(&w, number);
		hash_short(i->record_id, k->record, buf, w.len);
	}
}
