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
	hash_keyed(k->record, 32, store, "ward/key/record/1", NULL, 0);
	hash_keyed(k->order, 32, store, "ward/key/order/1", NULL, 0);
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

void
keys_person(uint8_t out[INCIDENT_KEY], const struct keys *k, const char *domain,
    const char *id, size_t len)
{
	uint8_t buf[1 + DOMAIN_MAX + ID_MAX];
	char name[ID_MAX];
	struct wr w = wr_over(buf, sizeof(buf));

	assert(strlen(domain) <= DOMAIN_MAX && len <= ID_MAX);
	wr_u8(&w, (uint8_t)strlen(domain));
	wr_bytes(&w, domain, strlen(domain));
	wr_bytes(&w, name, keys_plain(name, id, len));
	hash_keyed(out, INCIDENT_KEY, k->person, "ward/person/1", buf, w.len);
	explicit_bzero(buf, sizeof(buf));
	explicit_bzero(name, sizeof(name));
}

void
keys_base(
    uint8_t out[INCIDENT_KEY], const struct keys *k, const void *p, size_t n)
{
	hash_keyed(out, INCIDENT_KEY, k->record, "ward/base/1", p, n);
}

void
keys_record(struct incident *i, const struct keys *k,
    const uint8_t base[INCIDENT_KEY], uint32_t number)
{
	uint8_t buf[INCIDENT_KEY + 4], order[INCIDENT_KEY];
	struct wr w = wr_over(buf, sizeof(buf));
	struct rd r = rd_over(order, sizeof(order));

	wr_bytes(&w, base, INCIDENT_KEY);
	wr_be32(&w, number);
	hash_keyed(
	    i->record_id, INCIDENT_KEY, k->record, "ward/record/1", buf, w.len);
	hash_keyed(order, sizeof(order), k->order, "ward/order/1", i->record_id,
	    INCIDENT_KEY);
	i->order = rd_be64(&r);
}
