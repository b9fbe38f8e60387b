#include "coordinator/docket_tell.h"

#include <stdlib.h>

#include "coordinator/asked.h"
#include "coordinator/docket_live.h"
#include "coordinator/queries.h"
#include "coordinator/rounds.h"
#include "coordinator/status.h"

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
	if ((e = docket_live_rows(d, r)) == E_OK)
		for (uint16_t i = 0; i < r->n; i++)
			t->rows[i] = r->nodes[i].row;
	round_free(r, &d->host);
	return e;
}

enum err
docket_tell_status(
    struct docket *d, struct text *out, const uint8_t id[QUERY_ID])
{
	const struct live *l = docket_live_find(d, id);
	struct proof_view view = docket_live_view(d);
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
	if ((e = docket_live_bundle(d, &buf, &b, id)) != E_OK)
		goto out;
	status_write(out, &(struct status_facts){ &t->query, t->state,
			      t->at_once, t->rows, t->pending, &b, &view });
	e = out->err;
out:
	free(buf);
	free(t);
	return e;
}
