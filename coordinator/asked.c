#include "coordinator/asked.h"

#include "coordinator/queries.h"
#include "protocol/codec.h"
#include "protocol/envelope.h"

/* Decode the stored query; for queries_each. */
static enum err
decode(void *ctx, const struct stored_query *q)
{
	struct query *out = ctx;
	struct envelope envelope;
	enum err e;

	if (envelope_parse(&envelope, q->envelope, q->len) != E_OK)
		return E_DB;
	e = codec_query_read(out, envelope.bytes, envelope.len);
	return e == E_OK || e == E_NOMEM ? e : E_DB;
}

enum err
asked_query(struct db *db, const uint8_t id[QUERY_ID], struct query *out)
{
	return queries_each(db, id, 1, decode, out);
}
