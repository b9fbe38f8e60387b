#include "protocol/hello.h"

#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hash.h"

#define PROTOCOL 1

enum err
hello_make(uint8_t **out, size_t *len, const struct party_id *me,
    const struct party_id *peer, const uint8_t exporter[32],
    const struct hello *h, const struct sign_key *key)
{
	uint8_t body[HELLO_BODY];
	struct wr w = wr_over(body, sizeof(body));
	struct envelope e = { .purpose = PURPOSE_HELLO,
		.sender = *me,
		.recipient = *peer,
		.bytes = body,
		.len = sizeof(body) };

	wr_be16(&w, PROTOCOL);
	wr_be16(&w, 0);
	wr_bytes(&w, exporter, 32);
	wr_be32(&w, h->roster_epoch);
	wr_bytes(&w, h->roster_hash, sizeof(h->roster_hash));
	wr_be64(&w, h->utc_s);
	return envelope_make(out, len, &e, key);
}

/* The bytes of a hello's envelope. */
static enum err
body_parse(
    struct hello *out, uint8_t exporter[32], const uint8_t *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	uint16_t protocol = rd_be16(&r);
	uint16_t reserved = rd_be16(&r);
	struct hello h;
	enum err e;

	rd_copy(&r, exporter, 32);
	h.roster_epoch = rd_be32(&r);
	rd_copy(&r, h.roster_hash, sizeof(h.roster_hash));
	h.utc_s = rd_be64(&r);
	if ((e = rd_end(&r)) != E_OK)
		return e;
	if (protocol != PROTOCOL || reserved != 0)
		return E_FORMAT;
	*out = h;
	return E_OK;
}

/* Is the envelope a hello's: nothing in the fields that it does not use? */
static bool
is_hello(const struct envelope *e)
{
	static const uint8_t zeros[QUERY_ID];

	return e->purpose == PURPOSE_HELLO && e->seq == 0 &&
	       memcmp(e->id, zeros, sizeof(zeros)) == 0;
}

/* The member that may speak on this connection, or NULL. */
static const struct member *
speaker(const struct roster *r, const struct ipc_up *up, unsigned role,
    uint64_t now_s)
{
	const struct member *m = roster_find(r, &up->party);

	if (m == NULL || !member_current(m, now_s) ||
	    !hash_same(m->tls_fingerprint, up->fingerprint, 32) ||
	    (role != 0 && !member_has(m, role)))
		return NULL;
	return m;
}

static bool
clocks_agree(uint64_t a, uint64_t b)
{
	return (a > b ? a - b : b - a) <= HELLO_SKEW_S;
}

enum err
hello_check(struct hello *out, const uint8_t *buf, size_t len,
    const struct party_id *me, const struct ipc_up *up, const struct roster *r,
    unsigned role, uint64_t now_s)
{
	struct envelope env;
	struct hello h;
	uint8_t exporter[32];
	const struct member *m;
	enum err e;

	if ((e = envelope_parse(&env, buf, len)) != E_OK)
		return e;
	if (!is_hello(&env))
		return E_FORMAT;
	if ((m = speaker(r, up, role, now_s)) == NULL ||
	    !party_id_same(&env.sender, &up->party) ||
	    !party_id_same(&env.recipient, me))
		return E_PEER;
	if (!envelope_good(&env, m->sign_public))
		return E_SIGNATURE;
	if ((e = body_parse(&h, exporter, env.bytes, env.len)) != E_OK)
		return e;
	if (!hash_same(exporter, up->exporter, sizeof(exporter)))
		return E_PEER;
	if (!clocks_agree(h.utc_s, now_s))
		return E_CLOCK;
	*out = h;
	return E_OK;
}
