#include "coordinator/status.h"

#include "base/hex.h"
#include "model/month.h"
#include "policies/decide.h"

/* "key":"value" */
static void
add_pair(struct text *out, const char *key, const char *value)
{
	text_json(out, key);
	text_add(out, ":");
	text_json(out, value);
}

static void
add_time(struct text *out, const char *key, uint64_t utc_s)
{
	char when[TIME_TEXT];

	time_text(when, utc_s);
	text_add(out, ",");
	add_pair(out, key, when);
}

static void
add_head(struct text *out, const struct status_facts *f)
{
	char id[HEX_LEN(QUERY_ID)];

	hex_text(id, f->bundle->id, QUERY_ID);
	add_pair(out, "id", id);
	text_add(out, ",");
	add_pair(out, "title", f->query->title);
	text_add(out, ",");
	add_pair(out, "state", query_state_text(f->state));
	text_add(out, f->at_once ? ",\"at_once\":true" : ",\"at_once\":false");
	add_time(out, "send_at", f->query->send_at);
	add_time(out, "close_at", f->query->close_at);
}

static void
add_approval(struct text *out, const struct status_facts *f, size_t i)
{
	const struct envelope *e = &f->bundle->approvals[i];
	struct approval a = { .reason = "" };
	bool good = proof_approval(&a, f->view, e, f->bundle->id,
			&f->bundle->query.sender) == E_OK;

	text_add(out, i > 0 ? ",{" : "{");
	add_pair(out, "id", e->sender.s);
	text_add(out, ",");
	add_pair(out, "decision",
	    !good    ? "invalid"
	    : a.veto ? "veto"
		     : "approve");
	text_add(out, ",");
	add_pair(out, "reason", good ? a.reason : "");
	text_add(out, "}");
}

static void
add_node(struct text *out, const struct status_facts *f, size_t i)
{
	const struct node_row *row = &f->rows[i];
	const struct member *m = roster_find(f->view->roster, &row->node);
	bool refused = row->state == NODE_REFUSED;

	text_add(out, i > 0 ? ",{" : "{");
	add_pair(out, "id", row->node.s);
	text_add(out, ",");
	add_pair(out, "name", m == NULL ? row->node.s : m->name);
	text_add(out, ",");
	add_pair(out, "state",
	    f->pending[i] ? "pending" : node_state_text(row->state));
	text_add(out, ",");
	add_pair(out, "code", refused ? refusal_code(row->code) : "");
	text_add(out, ",");
	add_pair(out, "reason", row->reason);
	text_add(out, "}");
}

void
status_write(struct text *out, const struct status_facts *f)
{
	text_add(out, "{");
	add_head(out, f);
	text_add(out, ",\"approvals\":[");
	for (size_t i = 0; i < f->bundle->n; i++)
		add_approval(out, f, i);
	text_add(out, "],\"nodes\":[");
	for (size_t i = 0; i < f->query->q.n_nodes; i++)
		add_node(out, f, i);
	text_add(out, "]}\n");
}
