#include "coordinator/docket.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/wr.h"
#include "coordinator/asked.h"
#include "coordinator/detail.h"
#include "coordinator/proof.h"
#include "coordinator/queries.h"
#include "coordinator/releases.h"
#include "coordinator/rounds.h"
#include "coordinator/status.h"
#include "coordinator/sums.h"
#include "policies/decide.h"

struct live { /* a query that is waiting, open, or closed not long ago */
	struct round *round;
	enum query_state state;
	bool at_once;
	bool approved; /* when last looked at, or once before */
	struct party_id by;
	uint64_t ripe_s; /* waiting: when to look again; 0: not by time */
	uint64_t free_s; /* closed: when to forget it */
};

struct docket {
	struct docket_config c;
	const struct roster *roster;
	struct round_load load;
	struct round_host host;
	enum err fault; /* met inside a callback of a round */
	size_t n;
	struct live live[DOCKET_MAX];
};

static struct round_time
time_now(const struct docket *d)
{
	const struct clock *c = d->c.clock;

	return (struct round_time){ c->utc_s(c->ctx), c->mono_ms(c->ctx) };
}

static struct proof_view
view_now(const struct docket *d)
{
	return (struct proof_view){ d->roster, d->c.me, time_now(d).utc_s };
}

static struct live *
find(struct docket *d, const uint8_t id[QUERY_ID])
{
	for (size_t i = 0; i < d->n; i++)
		if (memcmp(d->live[i].round->id, id, QUERY_ID) == 0)
			return &d->live[i];
	return NULL;
}

/* Forget a query; the last one takes its place. */
static void
forget(struct docket *d, struct live *l)
{
	round_free(l->round, &d->host);
	*l = d->live[--d->n];
}

static void
log_query(const struct docket *d, const char *event, const uint8_t *id,
    const char *who, const char *what)
{
	char hex[HEX_LEN(QUERY_ID)];

	hex_text(hex, id, QUERY_ID);
	log_event(d->c.log, LOG_INFO_, event, "query=%s party=%s what=%s", hex,
	    who, what);
}

static void
note_fault(struct docket *d, enum err e)
{
	if (e != E_OK && d->fault == E_OK)
		d->fault = e;
}

/* What rounds ask of us ------------------------------------------------- */

static void
host_ask(void *ctx, const struct round *r, uint64_t conn)
{
	struct docket *d = ctx;
	struct frame f = { .kind = FRAME_ASK };
	uint8_t *bundle = NULL;
	enum err e;

	if ((e = queries_bundle(d->c.db, r->id, &bundle, &f.len)) != E_OK) {
		note_fault(d, e == E_NOMEM ? e : E_DB);
		return;
	}
	memcpy(f.id, r->id, QUERY_ID);
	f.body = bundle;
	d->c.send(d->c.ctx, conn, &f);
	free(bundle);
}

static void
host_pull(void *ctx, const struct round *r, uint64_t conn, uint32_t chunk)
{
	struct docket *d = ctx;
	uint8_t body[4];
	struct wr w = wr_over(body, sizeof(body));
	struct frame f = { .kind = FRAME_PULL, .body = body, .len = 4 };

	wr_be32(&w, chunk);
	memcpy(f.id, r->id, QUERY_ID);
	d->c.send(d->c.ctx, conn, &f);
}

static void
host_drop(void *ctx, uint64_t conn)
{
	struct docket *d = ctx;

	log_event(d->c.log, LOG_WARN_, "breach", "conn=%llu",
	    (unsigned long long)conn);
	d->c.drop(d->c.ctx, conn);
}

static struct proof_from
from_row(const struct round *r, const struct node_row *row)
{
	return (struct proof_from){ &row->node, r->id, &r->query };
}

static enum err
host_answer(void *ctx, const struct round *r, const struct node_row *row,
    const uint8_t *p, size_t n)
{
	struct docket *d = ctx;
	struct proof_view view = view_now(d);
	struct proof_from from = from_row(r, row);
	struct answer a;
	enum err e;

	if ((e = proof_answer(&a, &view, &from, p, n)) == E_OK) {
		free(a.cells); /* the envelope is what is kept */
		e = queries_put_node(d->c.db, r->id, row, p, n);
		if (e != E_OK)
			e = E_DB;
	}
	if (e == E_DB || e == E_NOMEM)
		note_fault(d, e);
	log_query(d, "answer", r->id, row->node.s, err_text(e));
	return e;
}

/* What people read of a refusal: "budget: the budget ...", and in brackets
 * what the node said more, as much of it as there is room for. */
static void
refusal_reason(char out[QUERIES_REASON], const struct refused *r)
{
	char all[2 * QUERIES_REASON];
	size_t n = QUERIES_REASON - 1;

	(void)snprintf(all, sizeof(all),
	    r->reason[0] == '\0' ? "%s: %s" : "%s: %s (%s)",
	    refusal_code(r->code), refusal_words(r->code), r->reason);
	if (strlen(all) < n)
		n = strlen(all);
	while (n > 0 && ((unsigned char)all[n] & 0xc0) == 0x80)
		n--; /* not inside a character */
	memcpy(out, all, n);
	out[n] = '\0';
}

static enum err
host_refusal(void *ctx, const struct round *r, struct node_row *row,
    const uint8_t *p, size_t n)
{
	struct docket *d = ctx;
	struct proof_view view = view_now(d);
	struct proof_from from = from_row(r, row);
	struct refused said;
	enum err e;

	e = proof_refusal(&said, &view, &from, p, n);
	if (e == E_OK && said.code == REFUSAL_NONE)
		e = E_RANGE;
	if (e == E_OK) {
		row->code = said.code;
		refusal_reason(row->reason, &said);
		e = queries_put_node(d->c.db, r->id, row, NULL, 0);
		note_fault(d, e);
	}
	log_query(d, "refusal", r->id, row->node.s,
	    e == E_OK ? refusal_code(row->code) : err_text(e));
	return e == E_EXISTS ? E_DB : e;
}

static void
host_late(void *ctx, const struct round *r, const struct node_row *row)
{
	struct docket *d = ctx;
	const struct live *l = find(d, r->id);

	note_fault(d, queries_put_node(d->c.db, r->id, row, NULL, 0));
	if (l != NULL && l->state == QUERY_RELEASED)
		note_fault(
		    d, releases_late(d->c.db, r->id,
			   (unsigned)round_find(r, &row->node), row->reason));
	log_query(d, "late", r->id, row->node.s, row->reason);
}

/* Loading ---------------------------------------------------------------- */

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

/* Put what its nodes had said into a round. */
static enum err
restore_rows(struct docket *d, struct round *r)
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

/* Take one stored query up again, if it is not settled; for queries_each. */
static enum err
restore(void *ctx, const struct stored_query *q)
{
	struct docket *d = ctx;
	struct query query;
	struct live *l;
	enum err e;

	if (q->state != QUERY_WAITING && q->state != QUERY_OPEN)
		return E_OK;
	if (d->n == DOCKET_MAX)
		return E_LIMIT;
	if ((e = decode_stored(d, &query, q)) != E_OK)
		return e;
	l = &d->live[d->n];
	*l = (struct live){ .state = q->state,
		.at_once = q->at_once,
		.approved = q->state == QUERY_OPEN && !q->at_once,
		.by = query.researcher,
		.ripe_s = 1 };
	if ((e = round_new(&l->round, q->id, &query)) != E_OK)
		return e;
	d->n++;
	return restore_rows(d, l->round);
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
	d->host = (struct round_host){ d, &d->load, host_ask, host_pull,
		host_drop, host_answer, host_refusal, host_late };
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
		forget(d, &d->live[d->n - 1]);
	free(d);
}

void
docket_roster(struct docket *d, const struct roster *roster)
{
	d->roster = roster;
}

/* Submitting ------------------------------------------------------------- */

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
		forget(d, closed);
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
	else if (!now && q->close_at <= time_now(d).utc_s)
		refuse(reply, E_TIMEOUT,
		    "the query's time is over; compile it again");
	return E_OK;
}

/* Take a query that is new here as waiting; *out is NULL when it is refused. */
static enum err
take_new(struct docket *d, struct live **out, struct docket_reply *reply,
    const struct bundle *b, const struct docket_paper *paper)
{
	struct proof_view view = view_now(d);
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
	if ((e = queries_put(d->c.db, &row)) != E_OK) {
		forget(d, l);
		return E_DB;
	}
	log_query(d, "submit", b->id, paper->by->s, "new");
	*out = l;
	return E_OK;
}

/* The stored bundle of a query; *buf is the caller's and is what b views. */
static enum err
load_bundle(struct docket *d, uint8_t **buf, struct bundle *b,
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

/* How do the query's own signature and its approvals stand?  Without a good
 * signature nobody has approved anything. */
static enum err
standing(struct docket *d, struct live *l, struct proof_count *out)
{
	struct proof_view view = view_now(d);
	struct bundle stored;
	uint8_t *buf = NULL;
	enum err e;

	if ((e = load_bundle(d, &buf, &stored, l->round->id)) != E_OK)
		return e;
	*out = proof_count(&view, &stored);
	if (proof_query(&view, &stored.query) != E_OK)
		out->organisations = 0;
	free(buf);
	if (out->organisations >= PROOF_NEEDED)
		l->approved = true;
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
	struct proof_view view = view_now(d);
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
		if ((e = load_bundle(d, &buf, &stored, b->id)) != E_OK)
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

/* Open the round of a waiting query and ask the nodes that are here. */
static enum err
open_round(struct docket *d, struct live *l)
{
	struct round *r = l->round;
	enum err e;

	if ((e = queries_set(d->c.db, r->id, QUERY_OPEN)) != E_OK)
		return e;
	l->state = QUERY_OPEN;
	/* Whose time is over is for the nodes to say, too: hear them out. */
	if (l->at_once && r->until_s < time_now(d).utc_s + DOCKET_HEAR_S)
		r->until_s = time_now(d).utc_s + DOCKET_HEAR_S;
	log_query(d, "open", r->id, l->by.s, l->at_once ? "at-once" : "asked");
	for (uint16_t i = 0; i < r->n; i++) {
		uint64_t conn = d->c.conn_of(d->c.ctx, &r->nodes[i].row.node);

		if (conn != 0)
			round_up(r, &d->host, i, conn, time_now(d));
	}
	return d->fault;
}

/* The query is settled without a release. */
static enum err
settle(struct docket *d, struct live *l, enum query_state state)
{
	enum err e;

	round_close(l->round, &d->host);
	if ((e = queries_set(d->c.db, l->round->id, state)) != E_OK)
		return e;
	l->state = state;
	l->free_s = time_now(d).utc_s + DOCKET_GRACE_S;
	log_query(d, "settled", l->round->id, l->by.s, query_state_text(state));
	return d->fault;
}

/* Is it time for a waiting query to be opened or given up? */
static enum err
look(struct docket *d, struct live *l)
{
	struct proof_count count;
	enum err e;

	if ((e = standing(d, l, &count)) != E_OK)
		return e;
	if (count.vetoed)
		return settle(d, l, QUERY_VETOED);
	if (count.organisations >= PROOF_NEEDED)
		return open_round(d, l);
	l->ripe_s = count.next_s;
	return E_OK;
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
		return l->at_once ? open_round(d, l) : look(d, l);
	if (l->state == QUERY_OPEN && fresh)
		round_again(l->round, &d->host, time_now(d));
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
	    (e = standing(d, l, &count)) != E_OK)
		return e;
	if (l->state == QUERY_OPEN && count.vetoed && !now)
		return settle(d, l, QUERY_VETOED);
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
docket_submit(struct docket *d, struct docket_reply *reply,
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
	if ((l = find(d, b.id)) == NULL) {
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

/* Nodes ------------------------------------------------------------------ */

enum err
docket_up(struct docket *d, const struct party_id *node, uint64_t conn)
{
	for (size_t i = 0; i < d->n; i++) {
		struct live *l = &d->live[i];
		int k = round_find(l->round, node);

		if (k >= 0 && l->state == QUERY_OPEN)
			round_up(l->round, &d->host, k, conn, time_now(d));
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
	struct live *l = find(d, f->id);
	int i = l == NULL ? -1 : round_find(l->round, node);

	if (i >= 0)
		round_frame(l->round, &d->host, i, conn, f, time_now(d));
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
		.released_at = time_now(d).utc_s };
	struct text detail = text_new(TEXT_MAX);
	struct sums sums = { .n = 0 };
	enum err e;

	round_close(l->round, &d->host);
	if ((e = sums_make(&sums, d->c.db, l->round, d->roster)) != E_OK)
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
	log_query(d, "settled", l->round->id, l->by.s, "released");
	e = d->fault;
out:
	sums_free(&sums);
	text_free(&detail);
	return e;
}

static enum err
tick_waiting(struct docket *d, struct live *l)
{
	uint64_t now = time_now(d).utc_s;

	if (l->round->query.close_at <= now)
		return settle(d, l, QUERY_EXPIRED);
	if (l->ripe_s != 0 && l->ripe_s <= now)
		return look(d, l);
	return E_OK;
}

static enum err
tick_open(struct docket *d, struct live *l)
{
	struct round_time t = time_now(d);
	struct proof_count count;
	enum err e;

	round_pump(l->round, &d->host, t);
	switch (round_verdict(l->round, t.utc_s)) {
	case ROUND_WAIT:
		return d->fault;
	case ROUND_RELEASE:
		/* nodes that answer what they should refuse do not count */
		if ((e = standing(d, l, &count)) != E_OK)
			return e;
		if (count.vetoed)
			return settle(d, l, QUERY_VETOED);
		if (l->approved)
			return release(d, l);
		break;
	case ROUND_FAIL:
		break;
	}
	return settle(d, l, QUERY_FAILED);
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
		else if (l->free_s <= time_now(d).utc_s)
			forget(d, l);
	}
	return e;
}

/* Telling ---------------------------------------------------------------- */

struct told { /* what a status is written from */
	struct query query;
	enum query_state state;
	bool at_once;
	struct node_row rows[QUERY_NODES_MAX];
	bool pending[QUERY_NODES_MAX];
};

static void
tell_live(struct told *t, const struct live *l)
{
	const struct round *r = l->round;

	t->query = r->query;
	t->state = l->state;
	t->at_once = l->at_once;
	for (uint16_t i = 0; i < r->n; i++) {
		t->rows[i] = r->nodes[i].row;
		t->pending[i] =
		    (l->state == QUERY_WAITING || l->state == QUERY_OPEN) &&
		    r->nodes[i].step != STEP_DONE;
	}
}

static enum err
tell_stored(void *ctx, const struct stored_query *q)
{
	struct told *t = ctx;

	t->state = q->state;
	t->at_once = q->at_once;
	return E_OK;
}

/* A query that is settled, from the database. */
static enum err
tell_settled(struct docket *d, struct told *t, const uint8_t id[QUERY_ID])
{
	struct round *r = NULL;
	enum err e;

	if ((e = queries_each(d->c.db, id, 1, tell_stored, t)) != E_OK ||
	    (e = asked_query(d->c.db, id, &t->query)) != E_OK ||
	    (e = round_new(&r, id, &t->query)) != E_OK)
		return e;
	if ((e = restore_rows(d, r)) == E_OK)
		for (uint16_t i = 0; i < r->n; i++)
			t->rows[i] = r->nodes[i].row;
	round_free(r, &d->host);
	return e;
}

enum err
docket_status(struct docket *d, struct text *out, const uint8_t id[QUERY_ID])
{
	const struct live *l = find(d, id);
	struct proof_view view = view_now(d);
	struct told *t = calloc(1, sizeof(*t));
	struct bundle b;
	uint8_t *buf = NULL;
	enum err e = E_OK;

	if (t == NULL)
		return E_NOMEM;
	if (l != NULL)
		tell_live(t, l);
	else if ((e = tell_settled(d, t, id)) != E_OK)
		goto out;
	if ((e = load_bundle(d, &buf, &b, id)) != E_OK)
		goto out;
	status_write(out, &(struct status_facts){ &t->query, t->state,
			      t->at_once, t->rows, t->pending, &b, &view });
	e = out->err;
out:
	free(buf);
	free(t);
	return e;
}
