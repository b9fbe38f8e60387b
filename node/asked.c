#include "node/asked.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/codec.h"
#include "protocol/envelope.h"
#include "protocol/hello.h"

/* Or what was charged could never be sent: see codec_answer_size. */
static_assert(8 * (uint64_t)QUERY_ANSWER_MAX + 1024 <= ENVELOPE_MAX,
    "the largest answer fits an envelope");

struct asked_table {
	const struct gate_config *config;
	uint64_t clock; /* counts puts and opens */
	struct asked all[ASKED_MAX];
};

enum err
asked_new(struct asked_table **out, const struct gate_config *c)
{
	struct asked_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return E_NOMEM;
	t->config = c;
	*out = t;
	return E_OK;
}

void
asked_free(struct asked_table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < ASKED_MAX; i++)
		free(t->all[i].bytes);
	free(t);
}

struct asked *
asked_find(struct asked_table *t, const uint8_t id[QUERY_ID])
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		if (t->all[i].live && memcmp(t->all[i].id, id, QUERY_ID) == 0)
			return &t->all[i];
	return NULL;
}

/* The place that the next query gets: a free one, or that of the oldest that
 * was sent; ASKED_MAX when there is none. */
static size_t
place(const struct asked_table *t)
{
	size_t best = ASKED_MAX;

	for (size_t i = 0; i < ASKED_MAX; i++) {
		if (!t->all[i].live)
			return i;
		if (t->all[i].sent &&
		    (best == ASKED_MAX || t->all[i].order < t->all[best].order))
			best = i;
	}
	return best;
}

bool
asked_room(const struct asked_table *t)
{
	return place(t) != ASKED_MAX;
}

void
asked_drop(struct asked_table *t, struct asked *a)
{
	assert(a >= t->all && a < t->all + ASKED_MAX);
	free(a->bytes);
	*a = (struct asked){ .live = false };
}

void
asked_put(struct asked_table *t, const uint8_t id[QUERY_ID],
    const struct verdict *v, uint64_t conn)
{
	struct asked *a = asked_find(t, id);

	if (a == NULL) {
		size_t i = place(t);

		assert(i != ASKED_MAX);
		a = &t->all[i];
		asked_drop(t, a);
		*a = (struct asked){ .live = true, .order = t->clock++ };
		memcpy(a->id, id, QUERY_ID);
	}
	a->key = v->key;
	a->send_at = v->query.send_at;
	a->close_at = v->query.close_at;
	a->conn = conn;
	a->ready = false;
}

void
asked_gone(struct asked_table *t, uint64_t conn)
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		if (t->all[i].live && t->all[i].conn == conn)
			t->all[i].conn = 0;
}

struct asked *
asked_due(struct asked_table *t, uint64_t now_s)
{
	for (size_t i = 0; i < ASKED_MAX; i++) {
		struct asked *a = &t->all[i];

		if (a->live && a->conn != 0 && !a->ready && now_s >= a->send_at)
			return a;
	}
	return NULL;
}

/* The signed envelope of the answer that the ledger holds. */
static enum err
make(uint8_t **out, size_t *len, const struct gate_config *c,
    const struct asked *a, uint64_t seq)
{
	struct answer answer = { .node = c->identity->me->id,
		.epoch = a->key.epoch_s };
	struct envelope e = { .purpose = PURPOSE_ANSWER,
		.sender = c->identity->me->id,
		.recipient = c->coordinator,
		.seq = seq };
	uint8_t *bytes = NULL;
	enum err err =
	    ledger_cells(c->ledger, &a->key, &answer.cells, &answer.n_cells);

	if (err != E_OK)
		return err;
	memcpy(answer.query_id, a->id, QUERY_ID);
	memcpy(answer.question_id, a->key.question, QUERY_ID);
	memcpy(e.id, a->id, QUERY_ID);
	err = codec_answer_write(&bytes, &e.len, &answer);
	if (err == E_OK) {
		e.bytes = bytes;
		err = envelope_make(out, len, &e, &c->identity->key);
	}
	free(bytes);
	free(answer.cells);
	return err;
}

/* Frees what was not used for longest until all bytes held fit. */
static void
make_room(struct asked_table *t, const struct asked *keep)
{
	for (;;) {
		struct asked *oldest = NULL;
		size_t sum = 0;

		for (size_t i = 0; i < ASKED_MAX; i++) {
			struct asked *a = &t->all[i];

			if (a->bytes == NULL)
				continue;
			sum += a->len;
			if (a != keep &&
			    (oldest == NULL || a->used < oldest->used))
				oldest = a;
		}
		if (sum <= ASKED_BYTES || oldest == NULL)
			return;
		free(oldest->bytes);
		oldest->bytes = NULL;
	}
}

enum err
asked_open(struct asked_table *t, struct asked *a, uint64_t now_s)
{
	uint64_t seq = a->seq == 0 ? now_s : a->seq;
	enum err e;

	a->used = t->clock++;
	if (a->bytes != NULL)
		return E_OK;
	if ((e = make(&a->bytes, &a->len, t->config, a, seq)) != E_OK)
		return e;
	a->seq = seq;
	make_room(t, a);
	return E_OK;
}

void
asked_tidy(struct asked_table *t, uint64_t now_s)
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		if (t->all[i].live &&
		    now_s >= t->all[i].close_at + HELLO_SKEW_S)
			asked_drop(t, &t->all[i]);
}
