#include "coordinator/sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coordinator/queries.h"
#include "protocol/codec.h"
#include "protocol/envelope.h"

void
sums_free(struct sums *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->sum[i].cells);
		product_free(&s->sum[i].product);
	}
	*s = (struct sums){ .n = 0 };
}

const char *
sums_key(enum sector sector)
{
	switch (sector) {
	case SECTOR_POLICE:
		return "police";
	case SECTOR_NHS:
		return "nhs";
	case SECTOR_NONE:
	case SECTOR_OTHER:
		break;
	}
	return "other";
}

enum sector
sums_sector(const struct roster *roster, const struct party_id *node)
{
	const struct member *m = roster_find(roster, node);

	return m == NULL || m->sector == SECTOR_NONE ? SECTOR_OTHER : m->sector;
}

/* Start an empty sum. */
static enum err
open_sum(struct sums *s, const char *source)
{
	struct release_sum *sum = &s->sum[s->n];

	*sum = (struct release_sum){
		.cells = calloc(s->n_cells, sizeof(*sum->cells)),
	};
	if (sum->cells == NULL)
		return E_NOMEM;
	(void)snprintf(sum->source, sizeof(sum->source), "%s", source);
	s->n++;
	return E_OK;
}

/* The sums of the sectors that answered, in the order of the sectors. */
static enum err
open_sums(struct sums *s, const struct round *r, const struct roster *roster)
{
	static const enum sector sectors[] = { SECTOR_POLICE, SECTOR_NHS,
		SECTOR_OTHER };
	enum err e;

	if ((e = open_sum(s, "all")) != E_OK)
		return e;
	for (size_t k = 0; k < 3; k++)
		for (uint16_t i = 0; i < r->n; i++) {
			const struct node_row *row = &r->nodes[i].row;

			if (row->state != NODE_ANSWERED ||
			    sums_sector(roster, &row->node) != sectors[k])
				continue;
			if ((e = open_sum(s, sums_key(sectors[k]))) != E_OK)
				return e;
			break;
		}
	return E_OK;
}

static void
add(struct release_sum *sum, const struct answer *a)
{
	sum->nodes++;
	for (uint32_t i = 0; i < a->n_cells; i++)
		sum->cells[i] += a->cells[i]; /* fits: proof.h */
}

/* The stored answer of a node: it was verified before it was stored. */
static enum err
load_answer(struct answer *out, struct db *db, const struct round *r,
    const struct party_id *node)
{
	struct envelope envelope;
	uint8_t *bytes = NULL;
	size_t len;
	enum err e;

	if ((e = queries_answer(db, r->id, node, &bytes, &len)) != E_OK)
		return e == E_NOMEM ? e : E_DB;
	if ((e = envelope_parse(&envelope, bytes, len)) == E_OK)
		e = codec_answer_read(out, envelope.bytes, envelope.len);
	free(bytes);
	return e == E_OK || e == E_NOMEM ? e : E_DB;
}

/* Add the answer of one node to "all" and to the sum of its sector. */
static enum err
add_node(struct sums *s, struct db *db, const struct round *r,
    const struct party_id *node, enum sector sector)
{
	struct answer a = { .cells = NULL };
	enum err e;

	if ((e = load_answer(&a, db, r, node)) != E_OK)
		return e;
	if (a.n_cells != s->n_cells)
		e = E_DB;
	for (size_t k = 0; k < s->n && e == E_OK; k++)
		if (k == 0 || strcmp(s->sum[k].source, sums_key(sector)) == 0)
			add(&s->sum[k], &a);
	free(a.cells);
	return e;
}

/* Add the answers of all nodes that have answered. */
static enum err
add_nodes(struct sums *s, struct db *db, const struct round *r,
    const struct roster *roster)
{
	enum err e;

	if ((e = open_sums(s, r, roster)) != E_OK)
		return e;
	for (uint16_t i = 0; i < r->n && e == E_OK; i++) {
		const struct node_row *row = &r->nodes[i].row;

		if (row->state == NODE_ANSWERED)
			e = add_node(s, db, r, &row->node,
			    sums_sector(roster, &row->node));
	}
	if (e == E_OK && s->sum[0].nodes == 0)
		e = E_STATE;
	return e;
}

/* What is published of each sum. */
static enum err
add_products(
    struct sums *s, const struct question *q, const struct areas *areas)
{
	struct ladder *ladder = NULL;
	enum err e = ladder_new(&ladder, q, areas);

	for (size_t k = 0; k < s->n && e == E_OK; k++)
		e = product_make(&s->sum[k].product, q, ladder, s->sum[k].cells,
		    s->sum[k].nodes);
	ladder_free(ladder);
	return e;
}

enum err
sums_make(struct sums *out, struct db *db, const struct round *r,
    const struct roster *roster, const struct areas *areas)
{
	struct sums s = { .n_cells = question_answer(&r->query.q) };
	enum err e = add_nodes(&s, db, r, roster);

	if (e == E_OK)
		e = add_products(&s, &r->query.q, areas);
	if (e == E_OK)
		*out = s;
	else
		sums_free(&s);
	return e;
}
