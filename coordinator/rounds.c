#include "coordinator/rounds.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"

#define CHUNK FRAME_CHUNK_BYTES

static_assert(QUERY_ANSWER_MAX / CHUNK * 8 + 2 <= 64, "a bit for each chunk");

enum err
round_new(
    struct round **out, const uint8_t id[QUERY_ID], const struct query *query)
{
	uint16_t n = query->q.n_nodes;
	struct round *r = calloc(1, sizeof(*r) + n * sizeof(r->nodes[0]));

	if (r == NULL)
		return E_NOMEM;
	memcpy(r->id, id, QUERY_ID);
	r->query = *query;
	r->until_s = query->close_at;
	r->n = n;
	for (uint16_t i = 0; i < n; i++)
		r->nodes[i].row.node = query->q.nodes[i];
	*out = r;
	return E_OK;
}

static uint32_t
chunks_of(const struct round_node *n)
{
	return (uint32_t)((n->total + CHUNK - 1) / CHUNK);
}

static unsigned
chunks_here(const struct round_node *n)
{
	return (unsigned)__builtin_popcountll(n->have);
}

/* Forget what is here of an answer and take it off the load. */
static void
stop_pull(struct round_node *n, const struct round_host *h)
{
	if (n->step != STEP_PULLING)
		return;
	h->load->chunks -= n->asked - chunks_here(n);
	h->load->bytes -= n->total;
	free(n->bytes);
	n->bytes = NULL;
	n->have = 0;
	n->asked = 0;
	n->step = STEP_READY;
}

void
round_free(struct round *r, const struct round_host *h)
{
	if (r == NULL)
		return;
	for (uint16_t i = 0; i < r->n; i++)
		stop_pull(&r->nodes[i], h);
	free(r);
}

int
round_find(const struct round *r, const struct party_id *node)
{
	for (uint16_t i = 0; i < r->n; i++)
		if (party_id_same(&r->nodes[i].row.node, node))
			return i;
	return -1;
}

void
round_restore(struct round *r, const struct node_row *row)
{
	int i = round_find(r, &row->node);

	if (i < 0)
		return;
	r->nodes[i].row = *row;
	if (row->state != NODE_ABSENT)
		r->nodes[i].step = STEP_DONE;
}

static void
ask(struct round *r, const struct round_host *h, struct round_node *n,
    struct round_time t)
{
	if (r->closed || n->conn == 0 || n->step != STEP_IDLE)
		return;
	n->step = STEP_ASKED;
	n->moved_ms = t.mono_ms;
	h->ask(h->ctx, r, n->conn);
}

void
round_up(struct round *r, const struct round_host *h, int i, uint64_t conn,
    struct round_time t)
{
	struct round_node *n = &r->nodes[i];

	stop_pull(n, h);
	if (n->step != STEP_DONE)
		n->step = STEP_IDLE;
	n->conn = conn;
	n->ever = 0;
	ask(r, h, n, t);
}

void
round_down(struct round *r, const struct round_host *h, uint64_t conn)
{
	for (uint16_t i = 0; i < r->n; i++) {
		struct round_node *n = &r->nodes[i];

		if (n->conn != conn || conn == 0)
			continue;
		stop_pull(n, h);
		n->conn = 0;
		if (n->step != STEP_DONE)
			n->step = STEP_IDLE;
	}
}

void
round_again(struct round *r, const struct round_host *h, struct round_time t)
{
	for (uint16_t i = 0; i < r->n; i++) {
		struct round_node *n = &r->nodes[i];

		if (r->closed || n->row.state != NODE_REFUSED)
			continue;
		n->row = (struct node_row){ .node = n->row.node };
		n->step = STEP_IDLE;
		ask(r, h, n, t);
	}
}

/* A breach: the connection ends; after ROUND_STRIKES the node is left out. */
static void
strike(struct round *r, const struct round_host *h, struct round_node *n)
{
	uint64_t conn = n->conn;

	stop_pull(n, h);
	n->strikes++;
	n->conn = 0;
	n->step = STEP_IDLE;
	if (n->strikes >= ROUND_STRIKES) {
		n->step = STEP_DONE;
		(void)snprintf(n->row.reason, sizeof(n->row.reason),
		    "what it sent was not a valid answer");
	}
	(void)r;
	h->drop(h->ctx, conn);
}

/* The node has it, but too late. */
static void
too_late(struct round *r, const struct round_host *h, struct round_node *n,
    uint64_t utc_s)
{
	stop_pull(n, h);
	n->step = STEP_DONE;
	n->row.state = NODE_LATE;
	n->row.at = utc_s;
	(void)snprintf(n->row.reason, sizeof(n->row.reason),
	    "its answer was not complete when the round closed");
	h->late(h->ctx, r, &n->row);
}

static bool
is_late(const struct round *r, struct round_time t)
{
	return r->closed || t.utc_s >= r->query.close_at;
}

/* An error of ours is no fault of the node: it may be asked again. */
static bool
our_fault(enum err e)
{
	return e == E_DB || e == E_NOMEM;
}

static void
on_refused(struct round *r, const struct round_host *h, struct round_node *n,
    const struct frame *f, struct round_time t)
{
	struct node_row row = {
		.node = n->row.node, .state = NODE_REFUSED, .at = t.utc_s
	};
	enum err e;

	if (r->closed || (n->step != STEP_ASKED && n->step != STEP_TAKEN))
		return;
	if ((e = h->refusal(h->ctx, r, &row, f->body, f->len)) == E_OK) {
		n->row = row;
		n->step = STEP_DONE;
	} else if (our_fault(e)) {
		n->step = STEP_IDLE;
	} else {
		strike(r, h, n);
	}
}

static void
on_ready(struct round *r, const struct round_host *h, struct round_node *n,
    const struct frame *f, struct round_time t)
{
	size_t most = (size_t)question_answer(&r->query.q) * 8 + ROUND_OVERHEAD;
	struct rd body = rd_over(f->body, f->len);
	uint64_t total = rd_be64(&body);
	uint32_t chunk = rd_be32(&body);

	if (n->step != STEP_ASKED && n->step != STEP_TAKEN)
		return;
	if (rd_end(&body) != E_OK || chunk != CHUNK || total == 0 ||
	    total > most) {
		strike(r, h, n);
	} else if (is_late(r, t)) {
		too_late(r, h, n, t.utc_s);
	} else {
		n->total = (size_t)total;
		n->step = STEP_READY;
		n->moved_ms = t.mono_ms;
		round_pump(r, h, t);
	}
}

/* All chunks are here: the answer counts if it is good. */
static void
whole(struct round *r, const struct round_host *h, struct round_node *n,
    struct round_time t)
{
	struct node_row row = {
		.node = n->row.node, .state = NODE_ANSWERED, .at = t.utc_s
	};
	enum err e;

	if (is_late(r, t)) {
		too_late(r, h, n, t.utc_s);
		return;
	}
	e = h->answer(h->ctx, r, &row, n->bytes, n->total);
	if (e != E_OK && !our_fault(e)) {
		strike(r, h, n);
		return;
	}
	stop_pull(n, h);
	if (e == E_OK) {
		n->row = row;
		n->step = STEP_DONE;
	}
}

/* Is this a chunk that was asked for, now or before the pull was given up, of
 * the right size? */
static bool
chunk_fits(const struct round_node *n, uint32_t index, size_t len)
{
	size_t at = (size_t)index * CHUNK;

	if (index >= n->ever)
		return false;
	return len == (n->total - at < CHUNK ? n->total - at : CHUNK);
}

static void
on_chunk(struct round *r, const struct round_host *h, struct round_node *n,
    const struct frame *f, struct round_time t)
{
	struct rd body = rd_over(f->body, f->len);
	uint32_t index = rd_be32(&body);
	size_t len = body.left;

	if (n->step != STEP_PULLING)
		return;
	if (body.err != E_OK || !chunk_fits(n, index, len)) {
		strike(r, h, n);
		return;
	}
	if (index >= n->asked)
		return; /* late, of a pull given up: it is asked for again */
	if (n->have >> index & 1)
		return; /* twice: the first one counts */
	memcpy(n->bytes + (size_t)index * CHUNK, rd_view(&body, len), len);
	n->have |= UINT64_C(1) << index;
	n->moved_ms = t.mono_ms;
	h->load->chunks--;
	if (chunks_here(n) == chunks_of(n))
		whole(r, h, n, t);
	else
		round_pump(r, h, t);
}

void
round_frame(struct round *r, const struct round_host *h, int i, uint64_t conn,
    const struct frame *f, struct round_time t)
{
	struct round_node *n = &r->nodes[i];

	if (conn == 0 || n->conn != conn || n->step == STEP_DONE)
		return;
	switch (f->kind) {
	case FRAME_TAKEN:
		if (n->step == STEP_ASKED)
			n->step = STEP_TAKEN;
		break;
	case FRAME_REFUSED:
		on_refused(r, h, n, f, t);
		break;
	case FRAME_READY:
		on_ready(r, h, n, f, t);
		break;
	case FRAME_CHUNK:
		on_chunk(r, h, n, f, t);
		break;
	default:
		strike(r, h, n);
	}
}

/* Take memory for an answer, if the load allows one more. */
static void
start_pull(struct round_node *n, const struct round_host *h)
{
	struct round_load *load = h->load;

	if (load->chunks >= ROUND_CHUNKS ||
	    (load->bytes > 0 && load->bytes + n->total > ROUND_BYTES))
		return;
	if ((n->bytes = malloc(n->total)) == NULL)
		return;
	load->bytes += n->total;
	n->step = STEP_PULLING;
}

void
round_pump(struct round *r, const struct round_host *h, struct round_time t)
{
	for (uint16_t i = 0; i < r->n; i++) {
		struct round_node *n = &r->nodes[i];

		if (n->step == STEP_PULLING &&
		    t.mono_ms - n->moved_ms > ROUND_STALL_MS) {
			stop_pull(n, h);
			n->moved_ms = t.mono_ms;
			continue; /* others first */
		}
		if (n->step == STEP_READY)
			start_pull(n, h);
		while (n->step == STEP_PULLING && n->asked < chunks_of(n) &&
		       h->load->chunks < ROUND_CHUNKS) {
			h->load->chunks++;
			h->pull(h->ctx, r, n->conn, n->asked++);
			if (n->ever < n->asked)
				n->ever = n->asked;
		}
	}
}

enum round_verdict
round_verdict(const struct round *r, uint64_t utc_s)
{
	unsigned answered = 0, done = 0;

	for (uint16_t i = 0; i < r->n; i++) {
		answered += r->nodes[i].row.state == NODE_ANSWERED;
		done += r->nodes[i].step == STEP_DONE;
	}
	if (utc_s < r->until_s && (done < r->n || utc_s < r->query.send_at))
		return ROUND_WAIT;
	return answered >= r->query.quorum ? ROUND_RELEASE : ROUND_FAIL;
}

void
round_close(struct round *r, const struct round_host *h)
{
	r->closed = true;
	for (uint16_t i = 0; i < r->n; i++) {
		struct round_node *n = &r->nodes[i];

		if (n->step == STEP_READY || n->step == STEP_PULLING)
			too_late(r, h, n, r->query.close_at);
	}
}
