#include "coordinator/docket_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"
#include "coordinator/docket_live.h"
#include "coordinator/proof.h"
#include "coordinator/queries.h"
#include "coordinator/releases.h"
#include "policies/decide.h"

static void
host_ask(void *ctx, const struct round *r, uint64_t conn)
{
	struct docket *d = ctx;
	struct frame f = { .kind = FRAME_ASK };
	uint8_t *bundle = NULL;
	enum err e;

	if ((e = queries_bundle(d->c.db, r->id, &bundle, &f.len)) != E_OK) {
		docket_live_fault(d, e == E_NOMEM ? e : E_DB);
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
	struct proof_view view = docket_live_view(d);
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
		docket_live_fault(d, e);
	docket_live_log(d, "answer", r->id, row->node.s, err_text(e));
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
	struct proof_view view = docket_live_view(d);
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
		docket_live_fault(d, e);
	}
	docket_live_log(d, "refusal", r->id, row->node.s,
	    e == E_OK ? refusal_code(row->code) : err_text(e));
	return e == E_EXISTS ? E_DB : e;
}

static void
host_late(void *ctx, const struct round *r, const struct node_row *row)
{
	struct docket *d = ctx;
	const struct live *l = docket_live_find(d, r->id);

	docket_live_fault(d, queries_put_node(d->c.db, r->id, row, NULL, 0));
	if (l != NULL && l->state == QUERY_RELEASED)
		docket_live_fault(
		    d, releases_late(d->c.db, r->id,
			   (unsigned)round_find(r, &row->node), row->reason));
	docket_live_log(d, "late", r->id, row->node.s, row->reason);
}

struct round_host
docket_host(struct docket *d)
{
	return (struct round_host){ .ctx = d,
		.load = &d->load,
		.ask = host_ask,
		.pull = host_pull,
		.drop = host_drop,
		.answer = host_answer,
		.refusal = host_refusal,
		.late = host_late };
}
