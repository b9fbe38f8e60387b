#include "protocol/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"

#define BYTES_MAX (ENVELOPE_MAX - ENVELOPE_OVERHEAD)

static bool
purpose_known(unsigned purpose)
{
	return purpose >= PURPOSE_QUERY && purpose <= PURPOSE_HELLO;
}

/* A recipient is a party, or all of them. */
static bool
recipient_good(const struct party_id *id)
{
	static const struct party_id all;

	return party_id_same(id, &all) || party_id_good(id);
}

enum err
envelope_next(struct envelope *out, const uint8_t *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	struct envelope e = { .whole = buf };
	uint8_t suite = rd_u8(&r);
	uint8_t purpose = rd_u8(&r);
	uint16_t reserved = rd_be16(&r);
	uint32_t bytes_len;

	rd_copy(&r, e.sender.s, sizeof(e.sender.s));
	rd_copy(&r, e.recipient.s, sizeof(e.recipient.s));
	rd_copy(&r, e.id, sizeof(e.id));
	e.seq = rd_be64(&r);
	bytes_len = rd_be32(&r);
	if (r.err != E_OK)
		return r.err;
	if (suite != ENVELOPE_SUITE || !purpose_known(purpose) ||
	    reserved != 0 || !party_id_good(&e.sender) ||
	    !recipient_good(&e.recipient))
		return E_FORMAT;
	if (bytes_len > BYTES_MAX)
		return E_LIMIT;

	e.purpose = (enum purpose)purpose;
	e.bytes = rd_view(&r, bytes_len);
	e.len = bytes_len;
	(void)rd_view(&r, SIGN_BYTES);
	if (r.err != E_OK)
		return r.err;
	e.whole_len = len - r.left;
	*out = e;
	return E_OK;
}

enum err
envelope_parse(struct envelope *out, const uint8_t *buf, size_t len)
{
	struct envelope e;
	enum err err = envelope_next(&e, buf, len);

	if (err != E_OK)
		return err;
	if (e.whole_len != len)
		return E_TRAILING;
	*out = e;
	return E_OK;
}

bool
envelope_good(const struct envelope *e, const uint8_t public[SIGN_PUBLIC])
{
	size_t signed_len = e->whole_len - SIGN_BYTES;

	return sign_good(e->whole + signed_len, public, ENVELOPE_LABEL,
	    e->whole, signed_len);
}

enum err
envelope_make(uint8_t **out, size_t *len, const struct envelope *e,
    const struct sign_key *key)
{
	size_t whole = ENVELOPE_OVERHEAD + e->len;
	uint8_t *buf;
	struct wr w;
	enum err err;

	if (e->len > BYTES_MAX)
		return E_LIMIT;
	if ((buf = malloc(whole)) == NULL)
		return E_NOMEM;
	w = wr_over(buf, whole);
	wr_u8(&w, ENVELOPE_SUITE);
	wr_u8(&w, (uint8_t)e->purpose);
	wr_be16(&w, 0);
	wr_bytes(&w, e->sender.s, sizeof(e->sender.s));
	wr_bytes(&w, e->recipient.s, sizeof(e->recipient.s));
	wr_bytes(&w, e->id, sizeof(e->id));
	wr_be64(&w, e->seq);
	wr_be32(&w, (uint32_t)e->len);
	wr_bytes(&w, e->bytes, e->len);
	err = sign_make(buf + w.len, key, ENVELOPE_LABEL, buf, w.len);
	if (err != E_OK) {
		free(buf);
		return err;
	}
	*out = buf;
	*len = whole;
	return E_OK;
}
