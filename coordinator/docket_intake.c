#include "coordinator/docket_intake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/docket_live.h"
#include "coordinator/proof.h"
#include "coordinator/queries.h"
#include "model/ladder.h"
#include "protocol/bundle.h"

/* Say that it is not taken, and why. */
static void __attribute__((format(printf, 3, 4)))
refuse(struct docket_reply *reply, enum err why, const char *fmt, ...)
{
	va_list args;

	reply->err = why;
	va_start(args, fmt);
	(void)vsnprintf(reply->words, sizeof(reply->words), fmt, args);
	va_end(args);
}

/* A place for one more query; NULL, and the reply says why, when there is
 * none.  Closed rounds make way. */
static struct live *
new_place(
    struct docket *d, struct docket_reply *reply, const struct party_id *by)
{
	struct live *closed = NULL;
	unsigned same = 0;

	for (size_t i = 0; i < d->n; i++) {
		struct live *l = &d->live[i];

		if (l->state != QUERY_WAITING && l->state != QUERY_OPEN) {
			if (closed == NULL || l->free_s < closed->free_s)
				closed = l;
		} else {
			same += party_id_same(&l->by, by);
		}
	}
	if (same >= DOCKET_EACH) {
		refuse(reply, E_LIMIT,
		    "%u queries that you brought are not settled yet; wait "
		    "until some are",
		    DOCKET_EACH);
		return NULL;
	}
	if (d->n == DOCKET_MAX && closed != NULL)
		docket_live_forget(d, closed);
	if (d->n == DOCKET_MAX) {
		refuse(reply, E_LIMIT,
		    "%u queries are not settled yet; try again later",
		    DOCKET_MAX);
		return NULL;
	}
	return &d->live[d->n];
}

/* Say what is wrong with the researcher's signature. */
static void
refuse_query(
    struct docket_reply *reply, enum err why, const struct party_id *sender)
{
	if (why == E_PEER)
		refuse(reply, why,
		    "%s is no current researcher of the roster in force; ask "
		    "the governance of the federation",
		    sender->s);
	else if (why == E_SIGNATURE)
		refuse(reply, why,
		    "the researcher's signature does not fit these bytes; "
		    "sign the query again");
	else
		refuse(reply, why, "this is no signed query");
}

/* Can what is asked be estimated here?  Its places must be those of the lookup
 * that this coordinator has. */
static enum err
check_places(
    struct docket *d, struct docket_reply *reply, const struct query *q)
{
	struct ladder *ladder = NULL;
	enum err e = ladder_new(&ladder, &q->q, d->c.areas);

	ladder_free(ladder);
	if (e == E_OK || e == E_NOMEM)
		return e;
	refuse(reply, E_STATE,
	    "the query's places are not those of the list of areas here; "
	    "compile it again with this release of the data");
	return E_OK;
}

/* Decode the bytes of a query that is new here, and look at what the
 * coordinator itself depends on. */
static enum err
read_query(struct docket *d, struct docket_reply *reply, struct query *q,
    const struct bundle *b, bool now)
{
	enum err e =
	    d->c.decode(d->c.decode_ctx, q, b->query.bytes, b->query.len);

	if (e == E_NOMEM || e == E_CLOSED)
		return e;
	if (e != E_OK)
		refuse(reply, E_FORMAT,
		    "the bytes are not a valid query (%s); compile it again",
		    err_text(e));
	else if (!now && !party_id_same(&q->researcher, &b->query.sender))
		refuse(reply, E_PEER,
		    "the query names %s as its researcher, but %s signed it",
		    q->researcher.s, b->query.sender.s);
	else if (!now && q->created_at > docket_live_time(d).utc_s &&
		 q->created_at - docket_live_time(d).utc_s > DOCKET_SKEW_S)
		refuse(reply, E_CLOCK,
		    "the query was made in the future; set the clock of the "
		    "computer that compiled it, and compile it again");
	else if (!now && q->close_at <= docket_live_time(d).utc_s)
		refuse(reply, E_TIMEOUT,
		    "the query's time is over; compile it again");
	else if (!now)
		return check_places(d, reply, q);
	return E_OK;
}

/* Take a query that is new here as waiting; *out is NULL when it is refused. */
static enum err
take_new(struct docket *d, struct live **out, struct docket_reply *reply,
    const struct bundle *b, const struct docket_paper *paper)
{
	struct proof_view view = docket_live_view(d);
	struct stored_query row = { .state = QUERY_WAITING,
		.submitted_at = view.now_s,
		.envelope = b->query.whole,
		.len = b->query.whole_len };
	enum err good = proof_query(&view, &b->query), e;
	struct query q;
	struct live *l;

	*out = NULL;
	if (!paper->now && good != E_OK) {
		refuse_query(reply, good, &b->query.sender);
		return E_OK;
	}
	if ((e = read_query(d, reply, &q, b, paper->now)) != E_OK)
		return e;
	if (reply->err != E_OK || (l = new_place(d, reply, paper->by)) == NULL)
		return E_OK;
	memcpy(row.id, b->id, QUERY_ID);
	*l = (struct live){ .state = QUERY_WAITING, .by = *paper->by };
	if ((e = round_new(&l->round, b->id, &q)) != E_OK)
		return e;
	d->n++;
	if ((e = queries_put(d->c.db, &row, paper->by)) != E_OK) {
		docket_live_forget(d, l);
		return E_DB;
	}
	docket_live_log(d, "submit", b->id, paper->by->s, "new");
	*out = l;
	return E_OK;
}

/* May this approval be kept beside those that are stored?  A good one takes
 * the place of one that ends sooner (whoever kept that cannot bring it back),
 * but a veto stands.  One that does not count is kept only to be shown to the
 * nodes (TALK_NOW), and never in the place of another. */
static bool
may_keep(const struct proof_view *view, const struct envelope *e,
    const struct bundle *stored, bool now)
{
	const struct party_id *author = &stored->query.sender;
	struct approval said, before;
	bool good = proof_approval(&said, view, e, stored->id, author) == E_OK;

	for (size_t i = 0; i < stored->n; i++) {
		const struct envelope *old = &stored->approvals[i];

		if (!party_id_same(&old->sender, &e->sender))
			continue;
		if (!good)
			return false;
		return said.veto ||
		       proof_approval(&before, view, old, stored->id, author) !=
			   E_OK ||
		       (!before.veto && said.not_after > before.not_after);
	}
	return good || (now && stored->n < DOCKET_INVALID &&
			   roster_find(view->roster, &e->sender) != NULL);
}

/* Keep what is new in a bundle; *fresh: was anything? */
static enum err
keep_new(struct docket *d, bool *fresh, const struct bundle *b, bool now)
{
	struct proof_view view = docket_live_view(d);
	struct bundle stored;
	uint8_t *buf = NULL;
	enum err e;

	*fresh = false;
	/* The query's own first: approvals are held against its sender. */
	for (size_t i = 0; i <= b->n; i++) {
		const struct envelope *one =
		    i == 0 ? &b->query : &b->approvals[i - 1];
		bool new = false;

		free(buf);
		buf = NULL;
		if ((e = docket_live_bundle(d, &buf, &stored, b->id)) != E_OK)
			return e;
		if (i == 0) {
			new = proof_query(&view, &stored.query) !=
			      E_OK &&proof_query(&view, one) == E_OK;
			if (new)
				e = queries_set_envelope(
				    d->c.db, b->id, one->whole, one->whole_len);
		} else if (may_keep(&view, one, &stored, now)) {
			e = queries_put_approval(d->c.db, &new, b->id,
			    &one->sender, one->whole, one->whole_len);
		}
		if (e != E_OK && e != E_LIMIT)
			break;
		e = E_OK;
		*fresh = *fresh || new;
	}
	free(buf);
	return e;
}

/* What follows from a bundle that has been kept. */
static enum err
go_on(struct docket *d, struct live *l, bool fresh, bool now)
{
	enum err e;

	if (now && !l->at_once &&
	    (l->state == QUERY_WAITING || l->state == QUERY_OPEN)) {
		if ((e = queries_set_at_once(d->c.db, l->round->id)) != E_OK)
			return e;
		l->at_once = true;
	}
	if (l->state == QUERY_WAITING)
		return l->at_once ? docket_live_open(d, l)
				  : docket_live_look(d, l);
	if (l->state == QUERY_OPEN && fresh)
		round_again(l->round, &d->host, docket_live_time(d));
	return d->fault;
}

/* A query that is here, waiting or open: keep what is new, and go on. */
static enum err
add_to(struct docket *d, struct live *l, const struct bundle *b, bool now)
{
	struct proof_count count;
	bool fresh;
	enum err e;

	if ((e = keep_new(d, &fresh, b, now)) != E_OK ||
	    (e = docket_live_standing(d, l, &count)) != E_OK)
		return e;
	if (l->state == QUERY_OPEN && count.vetoed && !now)
		return docket_live_settle(d, l, QUERY_VETOED);
	return go_on(d, l, fresh, now);
}

/* May the party have a query asked now?  Only its researcher, or who brought
 * it: asked before its approvals have come it may well fail. */
static bool
may_now(const struct live *l, const struct party_id *by)
{
	return party_id_same(by, &l->round->query.researcher) ||
	       party_id_same(by, &l->by);
}

/* Is the query known and settled? */
static enum err
settled(void *ctx, const struct stored_query *q)
{
	(void)q;
	*(bool *)ctx = true;
	return E_OK;
}

enum err
docket_intake_take(struct docket *d, struct docket_reply *reply,
    const struct docket_paper *paper)
{
	struct bundle b;
	struct live *l;
	bool known = false;
	enum err e;

	*reply = (struct docket_reply){ .err = E_OK };
	if ((e = bundle_parse(&b, paper->bytes, paper->len)) != E_OK) {
		refuse(reply, e, "this is no query with its approvals (%s)",
		    err_text(e));
		return E_OK;
	}
	memcpy(reply->id, b.id, QUERY_ID);
	if ((l = docket_live_find(d, b.id)) == NULL) {
		e = queries_each(d->c.db, b.id, 1, settled, &known);
		if (e != E_NOTFOUND)
			return e;
		if ((e = take_new(d, &l, reply, &b, paper)) != E_OK ||
		    l == NULL)
			return e;
	}
	if (l->state != QUERY_WAITING && l->state != QUERY_OPEN)
		return E_OK;
	if (paper->now && !may_now(l, paper->by)) {
		refuse(reply, E_PEER,
		    "only its researcher can have this query asked now");
		return E_OK;
	}
	return add_to(d, l, &b, paper->now);
}
