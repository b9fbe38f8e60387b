#include "protocol/bundle.h"

#include <assert.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "protocol/words.h"

#define QUERY_LABEL "ward/query/1"
#define REASON_MAX 200 /* bytes */

enum decision { /* values travel */
	DECISION_APPROVE = 1,
	DECISION_VETO = 2,
};

static_assert(sizeof(((struct approval *)0)->reason) == REASON_MAX + 1,
    "a reason of an approval has room");
static_assert(sizeof(((struct refused *)0)->reason) == REASON_MAX + 1,
    "a reason of a refusal has room");

void
bundle_query_id(uint8_t id[QUERY_ID], const uint8_t *bytes, size_t len)
{
	hash_label(id, QUERY_LABEL, bytes, len);
}

enum err
bundle_parse(struct bundle *out, const uint8_t *buf, size_t len)
{
	struct bundle b = { .n = 0 };
	size_t at;
	enum err e;

	if (len > BUNDLE_MAX)
		return E_LIMIT;
	if ((e = envelope_next(&b.query, buf, len)) != E_OK)
		return e;
	if (b.query.purpose != PURPOSE_QUERY)
		return E_FORMAT;
	for (at = b.query.whole_len; at < len; b.n++) {
		if (b.n == BUNDLE_APPROVALS)
			return E_LIMIT;
		e = envelope_next(&b.approvals[b.n], buf + at, len - at);
		if (e != E_OK)
			return e;
		if (b.approvals[b.n].purpose != PURPOSE_APPROVAL)
			return E_FORMAT;
		at += b.approvals[b.n].whole_len;
	}
	bundle_query_id(b.id, b.query.bytes, b.query.len);
	*out = b;
	return E_OK;
}

/* u8 len | reason[len], to the end. */
static enum err
reason_parse(char reason[REASON_MAX + 1], struct rd *r)
{
	size_t len = rd_u8(r);
	const uint8_t *p = rd_view(r, len);
	enum err e = rd_end(r);

	if (e != E_OK)
		return e;
	if (len > REASON_MAX || !words_good((const char *)p, len))
		return E_FORMAT;
	memset(reason, 0, REASON_MAX + 1);
	memcpy(reason, p, len);
	return E_OK;
}

/* What people typed is cleaned here, so that no writer makes what the parser
 * refuses. */
static void
reason_write(struct wr *w, const char reason[REASON_MAX + 1])
{
	char clean[REASON_MAX + 1];
	size_t len = strnlen(reason, REASON_MAX + 1);

	assert(len <= REASON_MAX);
	memcpy(clean, reason, len);
	words_clean(clean, len);
	wr_u8(w, (uint8_t)len);
	wr_bytes(w, clean, len);
	assert(w->err == E_OK);
}

enum err
approval_parse(struct approval *out, const uint8_t *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	uint8_t decision = rd_u8(&r);
	struct approval a;
	enum err e;

	a.veto = decision == DECISION_VETO;
	a.not_before = rd_be64(&r);
	a.not_after = rd_be64(&r);
	if ((e = reason_parse(a.reason, &r)) != E_OK)
		return e;
	if (decision != DECISION_APPROVE && decision != DECISION_VETO)
		return E_FORMAT;
	*out = a;
	return E_OK;
}

size_t
approval_write(uint8_t buf[APPROVAL_MAX], const struct approval *a)
{
	struct wr w = wr_over(buf, APPROVAL_MAX);

	wr_u8(&w, a->veto ? DECISION_VETO : DECISION_APPROVE);
	wr_be64(&w, a->not_before);
	wr_be64(&w, a->not_after);
	reason_write(&w, a->reason);
	return w.len;
}

enum err
refused_parse(struct refused *out, const uint8_t *buf, size_t len)
{
	struct rd r = rd_over(buf, len);
	struct refused f;
	enum err e;

	f.code = rd_be16(&r);
	if ((e = reason_parse(f.reason, &r)) != E_OK)
		return e;
	*out = f;
	return E_OK;
}

size_t
refused_write(uint8_t buf[REFUSED_MAX], const struct refused *r)
{
	struct wr w = wr_over(buf, REFUSED_MAX);

	wr_be16(&w, r->code);
	reason_write(&w, r->reason);
	return w.len;
}
