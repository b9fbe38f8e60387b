#include "node/merge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MONTHS 65536U

struct merge {
	const struct merge_batch *b;
	struct catalog *c;
	struct records_change change;
	uint64_t born;  /* rows of the batch that no living row stood beside */
	uint64_t moved; /* living rows whose record is elsewhere in the batch
			 */
	uint64_t spliced; /* chunks that c has more, in months before this one,
			   * than it had (modulo 2^64) */
	uint32_t *parts;  /* of the scope, by kind */
	bool twice;       /* a record was put twice: what was put last counts */
	/* Of a month. */
	uint16_t month;
	size_t first, old, next; /* its chunks in c; those that were read */
	size_t kept;             /* of these, how many stay as they are */
	struct row *in;          /* [CHUNK_ROWS] rows of chunk next - 1 */
	uint32_t n_in, i_in;     /* those before i_in went by */
	bool writing;            /* something changed */
	struct row *out;         /* [CHUNK_ROWS] */
	uint32_t n_out, used_in, used_out; /* used: the most that they were */
	struct row last, before; /* of the chunk before in; before out */
	bool has_last, has_before;
	struct catalog_chunk *made; /* [n_made] */
	size_t n_made, room_made;
};

static void
wipe(void *p, size_t n)
{
	if (p != NULL)
		explicit_bzero(p, n);
	free(p);
}

/* Writes the rows that wait. */
static enum err
write_out(struct merge *m)
{
	size_t room = 2 * m->room_made + 4;
	struct catalog_chunk *more;
	enum err e;

	if (m->n_out == 0)
		return E_OK;
	if (m->n_made == m->room_made) {
		if ((more = realloc(m->made, room * sizeof(*more))) == NULL)
			return E_NOMEM;
		m->made = more;
		m->room_made = room;
	}
	if ((e = shelf_write(m->b->shelf, &m->made[m->n_made], m->c->next,
		 m->month, m->out, m->n_out,
		 m->has_before ? &m->before : NULL)) != E_OK)
		return e;
	m->n_made++;
	m->c->next++;
	m->before = m->out[m->n_out - 1];
	m->has_before = true;
	m->n_out = 0;
	return E_OK;
}

static enum err
push(struct merge *m, const struct row *row)
{
	m->out[m->n_out++] = *row;
	m->used_out = m->n_out > m->used_out ? m->n_out : m->used_out;
	return m->n_out == CHUNK_ROWS ? write_out(m) : E_OK;
}

/* From here on the month is written anew: from the start of the chunk that is
 * being read, or, where that is full and went by, behind it. */
static enum err
start_writing(struct merge *m)
{
	enum err e = E_OK;

	if (m->writing)
		return E_OK;
	m->writing = true;
	if (m->i_in == CHUNK_ROWS) {
		m->kept++;
		m->before = m->in[CHUNK_ROWS - 1];
		m->has_before = true;
		return E_OK;
	}
	m->before = m->last;
	m->has_before = m->has_last;
	for (uint32_t i = 0; i < m->i_in && e == E_OK; i++)
		e = push(m, &m->in[i]);
	return e;
}

/* *out is the next row of the month, or NULL. */
static enum err
peek(struct merge *m, const struct row **out)
{
	enum err e;

	*out = NULL;
	if (m->i_in == m->n_in) {
		if (m->next == m->old)
			return E_OK;
		if (m->n_in > 0) {
			m->last = m->in[m->n_in - 1];
			m->has_last = true;
			m->kept += !m->writing;
		}
		m->n_in = m->i_in = 0;
		if ((e = shelf_read(m->b->shelf, m->in,
			 &m->c->chunks[m->first + m->next])) != E_OK)
			return e;
		m->n_in = m->c->chunks[m->first + m->next++].about.n;
		m->used_in = m->n_in > m->used_in ? m->n_in : m->used_in;
	}
	*out = &m->in[m->i_in];
	return E_OK;
}

/* The next row of the month goes by as it is. */
static enum err
pass(struct merge *m)
{
	enum err e = m->writing ? push(m, &m->in[m->i_in]) : E_OK;

	m->i_in++;
	return e;
}

/* The next row of the month ends with this batch. */
static enum err
end_row(struct merge *m)
{
	enum err e = start_writing(m);
	struct row row = m->in[m->i_in];

	if (e != E_OK)
		return e;
	row.died = m->b->number;
	m->i_in++;
	return push(m, &row);
}

/* A row of the batch, here. */
static enum err
insert(struct merge *m, const struct row *row)
{
	enum err e = start_writing(m);
	struct row new = *row;

	if (e != E_OK)
		return e;
	new.born = m->b->number;
	new.died = CHUNK_ALIVE;
	return push(m, &new);
}

/* Do they say the same of the same record? */
static bool
same(const struct row *a, const struct row *b)
{
	return memcmp(a->unit, b->unit, INCIDENT_KEY) == 0 &&
	       memcmp(a->id, b->id, INCIDENT_KEY) == 0 && a->kind == b->kind &&
	       a->area == b->area && a->east == b->east &&
	       a->north == b->north && a->from == b->from &&
	       a->recorded == b->recorded && a->lasts == b->lasts &&
	       a->precision_m == b->precision_m &&
	       a->time_precision == b->time_precision &&
	       a->geo_method == b->geo_method && a->person == b->person &&
	       a->point == b->point;
}

/* The next row of the month, beside which the batch has none. */
static enum err
settle_alone(struct merge *m, const struct row *row)
{
	size_t chunk = (size_t)(m->first + m->next - 1 - m->spliced);

	if (row->died != CHUNK_ALIVE)
		return pass(m);
	if (match_row(m->b->match, chunk, m->i_in)) {
		if (m->b->act == RECORDS_WITHDRAW)
			m->change.withdrawn++;
		else
			m->moved++;
		return end_row(m);
	}
	if (row->kind >= m->b->words->n_kinds)
		return E_DB;
	if (m->b->act == RECORDS_REPLACE &&
	    scope_has(m->b->scope, m->parts[row->kind], m->month)) {
		m->change.withdrawn++;
		return end_row(m);
	}
	return pass(m);
}

/* The states of a record in the month, the next of which is *row, against the
 * one that the batch has. */
static enum err
settle_beside(struct merge *m, const struct row *row, const struct row *mine)
{
	bool living = false, differs = false;
	enum err e;

	while (row != NULL && chunk_order(row, mine) == 0) {
		if (row->died != CHUNK_ALIVE) {
			e = pass(m);
		} else {
			living = true;
			differs = !same(row, mine);
			e = differs ? end_row(m) : pass(m);
		}
		if (e != E_OK || (e = peek(m, &row)) != E_OK)
			return e;
	}
	if (living && !differs) {
		m->change.held++;
		return E_OK;
	}
	if (living)
		m->change.changed++;
	else
		m->born++;
	return insert(m, mine);
}

/* The next row of the batch that counts, or NULL. */
static enum err
next_mine(struct merge *m, const struct row **out)
{
	enum err e;

	do {
		if ((e = runs_next(m->b->runs, out)) != E_OK)
			return e;
	} while (*out != NULL && match_loses(m->b->match, m->month, *out));
	return E_OK;
}

/* All rows of the month and the batch, in their order. */
static enum err
pass_all(struct merge *m)
{
	const struct row *mine, *row;
	enum err e;

	if ((e = next_mine(m, &mine)) != E_OK)
		return e;
	while ((e = peek(m, &row)) == E_OK && (row != NULL || mine != NULL)) {
		int c = mine == NULL  ? -1
			: row == NULL ? 1
				      : chunk_order(row, mine);

		if (c < 0) {
			e = settle_alone(m, row);
		} else if (c == 0) {
			e = settle_beside(m, row, mine);
		} else {
			m->born++;
			e = insert(m, mine);
		}
		if (e != E_OK || (c >= 0 && (e = next_mine(m, &mine)) != E_OK))
			return e;
	}
	return e;
}

/* The scope of the month is what its records that count are of. */
static enum err
settle_scope(struct merge *m)
{
	const struct lexicon *x = m->b->words;
	const struct row *mine;
	enum err e;

	while ((e = next_mine(m, &mine)) == E_OK && mine != NULL)
		if ((e = scope_put(m->b->scope, x->kinds[mine->kind].source,
			 x->feeds[mine->kind], m->month)) != E_OK)
			return e;
	return e == E_OK ? runs_month(m->b->runs, m->month) : e;
}

/* What was written takes the place of what it was read from. */
static enum err
end_month(struct merge *m)
{
	size_t first = m->first + m->kept, old = m->old - m->kept;
	enum err e;

	if (!m->writing)
		return E_OK;
	if ((e = write_out(m)) != E_OK)
		return e;
	m->change.months++;
	for (size_t i = 0; i < old; i++)
		if ((e = shelf_drop(m->b->shelf, m->c->chunks[first + i].id)) !=
		    E_OK)
			return e;
	m->spliced += m->n_made - old;
	return catalog_splice(m->c, first, old, m->made, m->n_made);
}

static enum err
merge_month(struct merge *m, uint16_t month)
{
	enum err e;

	m->month = month;
	m->old = catalog_month(m->c, month, &m->first);
	m->next = m->kept = m->n_made = 0;
	m->n_in = m->i_in = m->n_out = 0;
	m->writing = m->has_last = m->has_before = false;
	if ((e = runs_month(m->b->runs, month)) != E_OK ||
	    (m->twice && (e = settle_scope(m)) != E_OK) ||
	    (e = pass_all(m)) != E_OK)
		return e;
	return end_month(m);
}

/* Bits of the months that may change. */
static uint32_t
months_of(uint64_t bits[MONTHS / 64], const struct merge *m)
{
	const struct merge_batch *b = m->b;
	uint32_t n = 0;

	memset(bits, 0, MONTHS / 8);
	for (uint32_t i = 0; i < MONTHS && b->act != RECORDS_WITHDRAW; i++)
		if (runs_has(b->runs, (uint16_t)i))
			bits[i / 64] |= UINT64_C(1) << i % 64;
	for (size_t i = 0; i < m->c->n_chunks; i++) {
		uint16_t month = m->c->chunks[i].month;

		if (match_chunk(b->match, i) ||
		    (b->act == RECORDS_REPLACE &&
			scope_has_month(b->scope, month)))
			bits[month / 64] |= UINT64_C(1) << month % 64;
	}
	for (uint32_t i = 0; i < MONTHS / 64; i++)
		n += (uint32_t)__builtin_popcountll(bits[i]);
	return n;
}

static void
sum_up(struct records_change *out, struct merge *m)
{
	m->change.changed += m->moved;
	m->change.added = m->born > m->moved ? m->born - m->moved : 0;
	if (m->b->act == RECORDS_WITHDRAW &&
	    match_records(m->b->match) > m->change.withdrawn)
		m->change.unknown =
		    match_records(m->b->match) - m->change.withdrawn;
	*out = m->change;
}

/* Room, and the parts of the scope. */
static enum err
set_up(struct merge *m)
{
	const struct lexicon *x = m->b->words;

	m->in = malloc(CHUNK_ROWS * sizeof(*m->in));
	m->out = malloc(CHUNK_ROWS * sizeof(*m->out));
	m->parts = malloc((x->n_kinds + 1) * sizeof(*m->parts));
	if (m->in == NULL || m->out == NULL || m->parts == NULL)
		return E_NOMEM;
	m->twice = m->b->act == RECORDS_REPLACE &&
		   match_records(m->b->match) != runs_put_count(m->b->runs);
	if (m->twice)
		scope_forget(m->b->scope);
	for (size_t i = 0; i < x->n_kinds; i++)
		m->parts[i] =
		    scope_find(m->b->scope, x->kinds[i].source, x->feeds[i]);
	return E_OK;
}

enum err
merge_months(struct catalog *c, const struct merge_batch *b,
    struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total), void *ctx)
{
	struct merge m = { .b = b, .c = c };
	uint64_t bits[MONTHS / 64];
	uint32_t total = months_of(bits, &m), done = 0;
	enum err e = set_up(&m);

	for (uint32_t i = 0; i < MONTHS && e == E_OK; i++) {
		if ((bits[i / 64] >> i % 64 & 1) == 0)
			continue;
		if (progress != NULL)
			progress(ctx, done++, total);
		e = merge_month(&m, (uint16_t)i);
	}
	if (e == E_OK) {
		if (progress != NULL)
			progress(ctx, total, total);
		sum_up(out, &m);
	}
	wipe(m.in, m.used_in * sizeof(*m.in));
	wipe(m.out, m.used_out * sizeof(*m.out));
	free(m.made);
	free(m.parts);
	explicit_bzero(&m, sizeof(m));
	return e;
}
