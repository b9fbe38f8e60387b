/*
 * The ids of the batch are taken slice by slice into a table that is at most
 * five eighths full; each slice is then looked for in all of the store.  A bit
 * field in front of the table, which the cache holds, answers for most rows.
 */
#include "node/match.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define SLOTS_LEAST 256U
#define FILTER_MAX (1U << 25) /* bits */
#define AHEAD 16 /* ids of a slice that are on their way from memory */

struct match {
	uint64_t records;
	uint64_t **hits; /* [n_chunks] of bits by row, or NULL */
	size_t n_chunks;
	struct runs_id *twins; /* [n_twins] by id; where: the one that counts */
	size_t n_twins, room_twins;
	/* Of a slice. */
	struct runs_id *slots; /* [n_slots]; id 0: free */
	size_t n_slots, slice, n_slices;
	uint64_t *filter; /* [filter_bits / 64] */
	size_t filter_bits;
};

void
match_free(struct match *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; m->hits != NULL && i < m->n_chunks; i++)
		free(m->hits[i]);
	free(m->hits);
	free(m->twins);
	pages_free(m->slots);
	pages_free(m->filter);
	free(m);
}

static enum err
make(struct match **out, uint64_t n, size_t n_chunks, size_t memory)
{
	struct match *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return E_NOMEM;
	m->n_slots = SLOTS_LEAST;
	while (m->n_slots * 5 / 8 < n &&
	       2 * m->n_slots * sizeof(*m->slots) <= memory / 2)
		m->n_slots *= 2;
	/* slices differ by a few times their root: 1/32 is plenty */
	m->n_slices = 1;
	if (n > m->n_slots * 5 / 8)
		m->n_slices = (size_t)(n / (m->n_slots * 19 / 32) + 1);
	m->filter_bits =
	    m->n_slots * 16 < FILTER_MAX ? m->n_slots * 16 : FILTER_MAX;
	m->n_chunks = n_chunks;
	m->hits = calloc(n_chunks + 1, sizeof(*m->hits));
	m->slots = pages_new(m->n_slots * sizeof(*m->slots));
	m->filter = pages_new(m->filter_bits / 8);
	if (m->hits == NULL || m->slots == NULL || m->filter == NULL) {
		match_free(m);
		return E_NOMEM;
	}
	*out = m;
	return E_OK;
}

/* Is the id of the slice under way?  Slices go by its upper half, slots and
 * filter by the lower. */
static bool
in_slice(const struct match *m, uint64_t id)
{
	return ((id >> 32) * m->n_slices) >> 32 == m->slice;
}

/* The slot of an id: its own, or the free one where it belongs. */
static struct runs_id *
find(const struct match *m, uint64_t id)
{
	size_t at = id & (m->n_slots - 1);

	while (m->slots[at].id != 0 && m->slots[at].id != id)
		at = (at + 1) & (m->n_slots - 1);
	return &m->slots[at];
}

static enum err
note_twin(struct match *m, uint64_t id)
{
	size_t room = 2 * m->room_twins + 16;
	struct runs_id *more;

	if (m->n_twins == m->room_twins) {
		if ((more = realloc(m->twins, room * sizeof(*more))) == NULL)
			return E_NOMEM;
		m->twins = more;
		m->room_twins = room;
	}
	m->twins[m->n_twins++] = (struct runs_id){ .id = id };
	return E_OK;
}

/* Enters those of ids[n] that are of the slice; *entered counts new ones. */
static enum err
enter(struct match *m, const struct runs_id *ids, size_t n, size_t *entered)
{
	size_t ahead = AHEAD * m->n_slices;

	for (size_t i = 0; i < n; i++) {
		const struct runs_id *x = &ids[i];
		size_t bit = x->id & (m->filter_bits - 1);
		struct runs_id *s;

		if (ahead < n - i && in_slice(m, x[ahead].id)) {
			__builtin_prefetch(
			    &m->slots[x[ahead].id & (m->n_slots - 1)], 1);
			__builtin_prefetch(
			    &m->filter[(x[ahead].id & (m->filter_bits - 1)) /
				       64],
			    1);
		}
		if (!in_slice(m, x->id))
			continue;
		s = find(m, x->id);
		if (s->id == 0) {
			if (++*entered == m->n_slots)
				return E_NOMEM; /* ids that are no hashes */
			if (m->n_chunks > 0)
				m->filter[bit / 64] |= UINT64_C(1) << bit % 64;
		} else if (s->where != x->where &&
			   note_twin(m, x->id) != E_OK) {
			return E_NOMEM;
		}
		*s = *x;
	}
	return E_OK;
}

/* The table of a slice.  *found: it holds something. */
static enum err
fill(struct match *m, struct runs *r, bool *found)
{
	const struct runs_id *ids;
	size_t n, entered = 0, twins = m->n_twins;
	enum err e;

	memset(m->slots, 0, m->n_slots * sizeof(*m->slots));
	memset(m->filter, 0, m->filter_bits / 8);
	for (size_t i = 0;; i++) {
		if ((e = runs_ids(r, i, &ids, &n)) != E_OK)
			return e;
		if (ids == NULL)
			break;
		if ((e = enter(m, ids, n, &entered)) != E_OK)
			return e;
	}
	for (size_t i = twins; i < m->n_twins; i++)
		m->twins[i].where = find(m, m->twins[i].id)->where;
	m->records += entered;
	*found = entered > 0;
	return E_OK;
}

static enum err
note_hit(struct match *m, size_t chunk, size_t row)
{
	uint64_t **bits = &m->hits[chunk];

	if (*bits == NULL &&
	    (*bits = calloc(CHUNK_ROWS / 64, sizeof(**bits))) == NULL)
		return E_NOMEM;
	(*bits)[row / 64] |= UINT64_C(1) << row % 64;
	return E_OK;
}

/* Looks for the slice in a chunk with those ids. */
static enum err
look(struct match *m, size_t chunk, const uint64_t *ids, size_t n)
{
	enum err e;

	for (size_t i = 0; i < n; i++) {
		size_t bit = ids[i] & (m->filter_bits - 1);

		if ((m->filter[bit / 64] >> bit % 64 & 1) == 0 || ids[i] == 0 ||
		    find(m, ids[i])->id == 0)
			continue;
		if ((e = note_hit(m, chunk, i)) != E_OK)
			return e;
	}
	return E_OK;
}

static enum err
look_everywhere(struct match *m, const struct catalog *c, struct vault *v,
    struct vault_bytes *b)
{
	enum err e;

	for (size_t i = 0; i < c->n_chunks; i++) {
		const struct catalog_chunk *k = &c->chunks[i];

		if (k->alive == 0)
			continue;
		if ((e = vault_get(v, b, VAULT_IDS, k->id, 8 * CHUNK_ROWS)) !=
		    E_OK)
			return e == E_NOTFOUND ? E_DB : e;
		if (b->n != 8 * (size_t)k->about.n)
			return E_DB;
		if ((e = look(m, i, (const uint64_t *)(const void *)b->at,
			 k->about.n)) != E_OK)
			return e;
	}
	return E_OK;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct runs_id *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

enum err
match_find(struct match **out, struct runs *r, const struct catalog *c,
    struct vault *v, size_t memory)
{
	struct vault_bytes b = { 0 };
	struct match *m = NULL;
	bool found;
	enum err e;

	if ((e = make(&m, runs_put_count(r), c->n_chunks, memory)) != E_OK)
		return e;
	for (; m->slice < m->n_slices && e == E_OK; m->slice++)
		if ((e = fill(m, r, &found)) == E_OK && found)
			e = look_everywhere(m, c, v, &b);
	vault_bytes_free(&b);
	pages_free(m->slots);
	pages_free(m->filter);
	m->slots = NULL;
	m->filter = NULL;
	if (e != E_OK) {
		match_free(m);
		return e;
	}
	if (m->n_twins > 0)
		qsort(m->twins, m->n_twins, sizeof(*m->twins), compare_ids);
	*out = m;
	return E_OK;
}

uint64_t
match_records(const struct match *m)
{
	return m->records;
}

bool
match_chunk(const struct match *m, size_t i)
{
	assert(i < m->n_chunks);
	return m->hits[i] != NULL;
}

bool
match_row(const struct match *m, size_t i, uint32_t row)
{
	assert(i < m->n_chunks && row < CHUNK_ROWS);
	return m->hits[i] != NULL &&
	       (m->hits[i][row / 64] >> row % 64 & 1) != 0;
}

bool
match_loses(const struct match *m, uint16_t month, const struct row *row)
{
	struct runs_id key = { .id = runs_id(row->id) };
	const struct runs_id *t;

	if (m->n_twins == 0)
		return false;
	t = bsearch(&key, m->twins, m->n_twins, sizeof(*m->twins), compare_ids);
	return t != NULL && t->where != runs_where(month, row);
}

void
match_ids(uint64_t *out, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = rows[i].died == CHUNK_ALIVE ? runs_id(rows[i].id) : 0;
}
