#include "coordinator/docket_live.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "coordinator/queries.h"

struct round_time
docket_live_time(const struct docket *d)
{
	const struct clock *c = d->c.clock;

	return (struct round_time){ c->utc_s(c->ctx), c->mono_ms(c->ctx) };
}

struct proof_view
docket_live_view(const struct docket *d)
{
	return (
	    struct proof_view){ d->roster, d->c.me, docket_live_time(d).utc_s };
}

struct live *
docket_live_find(struct docket *d, const uint8_t id[QUERY_ID])
{
	for (size_t i = 0; i < d->n; i++)
		if (memcmp(d->live[i].round->id, id, QUERY_ID) == 0)
			return &d->live[i];
	return NULL;
}

void
docket_live_forget(struct docket *d, struct live *l)
{
	round_free(l->round, &d->host);
	*l = d->live[--d->n];
}

void
docket_live_log(const struct docket *d, const char *event, const uint8_t *id,
    const char *who, const char *what)
{
	char hex[HEX_LEN(QUERY_ID)];

	hex_text(hex, id, QUERY_ID);
	log_event(d->c.log, LOG_INFO_, event, "query=%s party=%s what=%s", hex,
	    who, what);
}

void
docket_live_fault(struct docket *d, enum err e)
{
	if (e != E_OK && d->fault == E_OK)
		d->fault = e;
}

enum err
docket_live_bundle(struct docket *d, uint8_t **buf, struct bundle *b,
    const uint8_t id[QUERY_ID])
{
	size_t len;
	enum err e;

	if ((e = queries_bundle(d->c.db, id, buf, &len)) != E_OK)
		return e;
	if (bundle_parse(b, *buf, len) == E_OK)
		return E_OK;
	free(*buf);
	*buf = NULL;
	return E_DB;
}

enum err
docket_live_rows(struct docket *d, struct round *r)
{
	struct node_row rows[QUERY_NODES_MAX];
	size_t n;
	enum err e;

	if ((e = queries_nodes(d->c.db, r->id, rows, QUERY_NODES_MAX, &n)) !=
	    E_OK)
		return e;
	for (size_t i = 0; i < n; i++)
		round_restore(r, &rows[i]);
	return E_OK;
}

enum err
docket_live_standing(struct docket *d, struct live *l, struct proof_count *out)
{
	struct proof_view view = docket_live_view(d);
	struct bundle stored;
	uint8_t *buf = NULL;
	enum err e;

	if ((e = docket_live_bundle(d, &buf, &stored, l->round->id)) != E_OK)
		return e;
	*out = proof_count(&view, &stored);
	if (proof_query(&view, &stored.query) != E_OK)
		out->organisations = 0;
	free(buf);
	if (out->organisations >= PROOF_NEEDED)
		l->approved = true;
	return E_OK;
}

enum err
docket_live_open(struct docket *d, struct live *l)
{
	struct round *r = l->round;
	enum err e;

	if ((e = queries_set(d->c.db, r->id, QUERY_OPEN)) != E_OK)
		return e;
	l->state = QUERY_OPEN;
	/* Whose time is over is for the nodes to say, too: hear them out. */
	if (l->at_once &&
	    r->until_s < docket_live_time(d).utc_s + DOCKET_HEAR_S)
		r->until_s = docket_live_time(d).utc_s + DOCKET_HEAR_S;
	docket_live_log(
	    d, "open", r->id, l->by.s, l->at_once ? "at-once" : "asked");
	for (uint16_t i = 0; i < r->n; i++) {
		uint64_t conn = d->c.conn_of(d->c.ctx, &r->nodes[i].row.node);

		if (conn != 0)
			round_up(r, &d->host, i, conn, docket_live_time(d));
	}
	return d->fault;
}

enum err
docket_live_settle(struct docket *d, struct live *l, enum query_state state)
{
	enum err e;

	round_close(l->round, &d->host);
	if ((e = queries_set(d->c.db, l->round->id, state)) != E_OK)
		return e;
	l->state = state;
	l->free_s = docket_live_time(d).utc_s + DOCKET_GRACE_S;
	docket_live_log(
	    d, "settled", l->round->id, l->by.s, query_state_text(state));
	return d->fault;
}

enum err
docket_live_look(struct docket *d, struct live *l)
{
	struct proof_count count;
	enum err e;

	if ((e = docket_live_standing(d, l, &count)) != E_OK)
		return e;
	if (count.vetoed)
		return docket_live_settle(d, l, QUERY_VETOED);
	if (count.organisations >= PROOF_NEEDED)
		return docket_live_open(d, l);
	l->ripe_s = count.next_s;
	return E_OK;
}
