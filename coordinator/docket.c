#include "coordinator/docket.h"

#include <limits.h>
#include <stdlib.h>

#include "coordinator/detail.h"
#include "coordinator/docket_host.h"
#include "coordinator/docket_intake.h"
#include "coordinator/docket_live.h"
#include "coordinator/docket_tell.h"
#include "coordinator/proof.h"
#include "coordinator/queries.h"
#include "coordinator/releases.h"
#include "coordinator/rounds.h"
#include "coordinator/sums.h"

/* Decode a stored envelope; what does not decode is a damaged database. */
static enum err
decode_stored(struct docket *d, struct query *out, const struct stored_query *q)
{
	struct envelope envelope;
	enum err e;

	if (envelope_parse(&envelope, q->envelope, q->len) != E_OK)
		return E_DB;
	e = d->c.decode(d->c.decode_ctx, out, envelope.bytes, envelope.len);
	return e == E_OK || e == E_NOMEM || e == E_CLOSED ? e : E_DB;
}

/* Take one stored query up again, if it is not settled; for queries_each. */
static enum err
restore(void *ctx, const struct stored_query *q)
{
	struct docket *d = ctx;
	struct query query;
	struct party_id by;
	struct live *l;
	enum err e;

	if (q->state != QUERY_WAITING && q->state != QUERY_OPEN)
		return E_OK;
	if (d->n == DOCKET_MAX)
		return E_LIMIT;
	if ((e = decode_stored(d, &query, q)) != E_OK)
		return e;
	if ((e = queries_bringer(d->c.db, &by, q->id)) == E_NOTFOUND)
		by = query.researcher;
	else if (e != E_OK)
		return e;
	l = &d->live[d->n];
	*l = (struct live){ .state = q->state,
		.at_once = q->at_once,
		.approved = q->state == QUERY_OPEN && !q->at_once,
		.by = by,
		.ripe_s = 1 };
	if ((e = round_new(&l->round, q->id, &query)) != E_OK)
		return e;
	d->n++;
	return docket_live_rows(d, l->round);
}

enum err
docket_new(struct docket **out, const struct docket_config *c,
    const struct roster *roster)
{
	struct docket *d = calloc(1, sizeof(*d));
	enum err e;

	if (d == NULL)
		return E_NOMEM;
	d->c = *c;
	d->roster = roster;
	d->host = docket_host(d);
	if ((e = queries_each(c->db, NULL, UINT_MAX, restore, d)) != E_OK) {
		docket_free(d);
		return e;
	}
	*out = d;
	return E_OK;
}

void
docket_free(struct docket *d)
{
	if (d == NULL)
		return;
	while (d->n > 0)
		docket_live_forget(d, &d->live[d->n - 1]);
	free(d);
}

void
docket_roster(struct docket *d, const struct roster *roster)
{
	d->roster = roster;
}

enum err
docket_submit(struct docket *d, struct docket_reply *reply,
    const struct docket_paper *paper)
{
	return docket_intake_take(d, reply, paper);
}

enum err
docket_status(struct docket *d, struct text *out, const uint8_t id[QUERY_ID])
{
	return docket_tell_status(d, out, id);
}

enum err
docket_up(struct docket *d, const struct party_id *node, uint64_t conn)
{
	for (size_t i = 0; i < d->n; i++) {
		struct live *l = &d->live[i];
		int k = round_find(l->round, node);

		if (k >= 0 && l->state == QUERY_OPEN)
			round_up(
			    l->round, &d->host, k, conn, docket_live_time(d));
	}
	return d->fault;
}

void
docket_down(struct docket *d, uint64_t conn)
{
	for (size_t i = 0; i < d->n; i++)
		round_down(d->live[i].round, &d->host, conn);
}

enum err
docket_frame(struct docket *d, const struct party_id *node, uint64_t conn,
    const struct frame *f)
{
	struct live *l = docket_live_find(d, f->id);
	int i = l == NULL ? -1 : round_find(l->round, node);

	if (i >= 0)
		round_frame(
		    l->round, &d->host, i, conn, f, docket_live_time(d));
	return d->fault;
}

/* Settling --------------------------------------------------------------- */

/* The sums, their description, and that they are released: one step. */
static enum err
release(struct docket *d, struct live *l)
{
	struct detail_facts f = { .round = l->round,
		.roster = d->roster,
		.areas = d->c.areas,
		.rules = meaning_of(d->c.meaning, l->round->query.q.rules_hash),
		.released_at = docket_live_time(d).utc_s };
	struct text detail = text_new(TEXT_MAX);
	struct sums sums = { .n = 0 };
	enum err e;

	round_close(l->round, &d->host);
	if ((e = sums_make(&sums, d->c.db, l->round, d->roster, d->c.areas)) !=
	    E_OK)
		goto out;
	f.sums = &sums;
	detail_write(&detail, &f);
	if ((e = detail.err) != E_OK)
		goto out;
	if ((e = releases_put(d->c.db, l->round->id, f.released_at, &detail,
		 sums.sum, sums.n, sums.n_cells)) != E_OK)
		goto out;
	l->state = QUERY_RELEASED;
	l->free_s = f.released_at + DOCKET_GRACE_S;
	docket_live_log(d, "settled", l->round->id, l->by.s, "released");
	e = d->fault;
out:
	sums_free(&sums);
	text_free(&detail);
	if (e == E_ARG || e == E_NOTFOUND) /* of places that left the lookup */
		return docket_live_settle(d, l, QUERY_FAILED);
	return e;
}

static enum err
tick_waiting(struct docket *d, struct live *l)
{
	uint64_t now = docket_live_time(d).utc_s;

	if (l->round->query.close_at <= now)
		return docket_live_settle(d, l, QUERY_EXPIRED);
	if (l->ripe_s != 0 && l->ripe_s <= now)
		return docket_live_look(d, l);
	return E_OK;
}

static enum err
tick_open(struct docket *d, struct live *l)
{
	struct round_time t = docket_live_time(d);
	struct proof_count count;
	enum err e;

	round_pump(l->round, &d->host, t);
	switch (round_verdict(l->round, t.utc_s)) {
	case ROUND_WAIT:
		return d->fault;
	case ROUND_RELEASE:
		/* nodes that answer what they should refuse do not count */
		if ((e = docket_live_standing(d, l, &count)) != E_OK)
			return e;
		if (count.vetoed)
			return docket_live_settle(d, l, QUERY_VETOED);
		if (l->approved)
			return release(d, l);
		break;
	case ROUND_FAIL:
		break;
	}
	return docket_live_settle(d, l, QUERY_FAILED);
}

enum err
docket_tick(struct docket *d)
{
	enum err e = d->fault;

	for (size_t i = d->n; i > 0 && e == E_OK; i--) {
		struct live *l = &d->live[i - 1];

		if (l->state == QUERY_WAITING)
			e = tick_waiting(d, l);
		else if (l->state == QUERY_OPEN)
			e = tick_open(d, l);
		else if (l->free_s <= docket_live_time(d).utc_s)
			docket_live_forget(d, l);
	}
	return e;
}
