/*
 * A full buffer is sorted by radix on runs_where, then by comparing among those
 * alike, and written in pieces of up to PIECE rows of one
 * month, each a chunk of its own (node/chunk) of 4 lengths and 4 parts.  RUNS
 * runs are merged into one, so that reading takes a bounded number of pieces.
 */
#include "node/runs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/rd.h"
#include "base/wr.h"
#include "node/scrap.h"

#define PIECE 4096U /* rows */
#define RUNS 48U
#define FEW 16U /* rows that are sorted by insertion */
#define MONTHS 65536U
#define AHEAD 8 /* rows that are on their way from memory */

struct slot { /* of a sort */
	uint64_t where;
	uint32_t at; /* of the buffer */
};

static_assert(sizeof(struct slot) == sizeof(struct runs_id),
    "the ids of a buffer fit where its slots are");

struct piece {
	uint64_t at; /* in the scrap */
	uint32_t len;
	uint16_t month;
	struct chunk_about about;
};

struct list { /* of ids */
	uint64_t at;
	uint32_t n;
};

struct run {
	struct piece *pieces; /* [n] by month, then in order */
	size_t n, room;
	size_t first, at; /* of the month; those before at were read */
};

struct cursor { /* in a run, or in the buffer */
	struct row *rows;
	uint32_t n, i;
	uint64_t key; /* chunk_key of rows[i] */
	uint32_t run;
};

struct runs {
	char *path;
	struct scrap *scrap; /* NULL until it is needed */
	bool only_ids, ended;
	uint64_t put, months[MONTHS / 64];
	/* The buffer: [cap]. */
	struct row *rows;
	uint64_t *wheres;
	struct slot *slots, *spare;
	uint32_t n, cap, used; /* used: the most that n was */
	uint32_t sorted;       /* slots that are so */
	uint32_t first, next;  /* of the month; those before next were read */
	/* What was written. */
	struct run runs[RUNS];
	uint32_t n_runs;
	struct list *lists; /* [n_lists] */
	size_t n_lists, room_lists;
	/* Of reading. */
	uint16_t month;
	bool all_runs; /* the month is read from the runs, not the buffer */
	struct cursor cursors[RUNS];
	uint32_t heap[RUNS], n_heap; /* of cursors, the least first */
	struct row *piece, out;      /* piece: [PIECE], of writing */
	uint8_t *bytes;              /* [room], of pieces and lists */
	size_t room;
	uint8_t *parts[CHUNK_PARTS];
	size_t parts_used[CHUNK_PARTS]; /* the most that was written there */
};

static uint64_t
number_of(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap64(v);
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "see number_of");

uint64_t
runs_id(const uint8_t id[INCIDENT_KEY])
{
	uint64_t v = number_of(id);

	return v == 0 ? 1 : v;
}

uint64_t
runs_where(uint16_t month, const struct row *row)
{
	return (uint64_t)month << 48 | chunk_key(row) >> 16;
}

static void
wipe(void *p, size_t n)
{
	if (p != NULL)
		explicit_bzero(p, n);
	free(p);
}

static void
wipe_pages(void *p, size_t n)
{
	if (p != NULL)
		explicit_bzero(p, n);
	pages_free(p);
}

/* The buffer is not needed any more. */
static void
free_buffer(struct runs *r)
{
	wipe_pages(r->rows, r->used * sizeof(*r->rows));
	wipe_pages(r->wheres, r->used * sizeof(*r->wheres));
	wipe_pages(r->slots, r->used * sizeof(*r->slots));
	wipe_pages(r->spare, r->used * sizeof(*r->spare));
	r->rows = NULL;
	r->wheres = NULL;
	r->slots = r->spare = NULL;
	r->n = r->sorted = 0;
}

void
runs_free(struct runs *r)
{
	if (r == NULL)
		return;
	free_buffer(r);
	for (uint32_t i = 0; i < RUNS; i++) {
		free(r->runs[i].pieces);
		wipe(r->cursors[i].rows, PIECE * sizeof(struct row));
	}
	for (size_t i = 0; i < CHUNK_PARTS; i++) {
		if (r->parts[i] != NULL)
			explicit_bzero(r->parts[i], r->parts_used[i]);
		free(r->parts[i]);
	}
	wipe(r->piece, PIECE * sizeof(struct row));
	wipe(r->bytes, r->room);
	scrap_free(r->scrap);
	free(r->path);
	free(r->lists);
	explicit_bzero(r, sizeof(*r));
	free(r);
}

enum err
runs_new(struct runs **out, const char *path, size_t memory, bool ids)
{
	static const size_t each =
	    sizeof(struct row) + sizeof(uint64_t) + 2 * sizeof(struct slot);
	struct runs *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return E_NOMEM;
	r->only_ids = ids;
	r->path = strdup(path);
	r->cap = (uint32_t)(memory / each < 16         ? 16
			    : memory / each > 1U << 30 ? 1U << 30
						       : memory / each);
	r->rows = pages_new(r->cap * sizeof(*r->rows));
	r->wheres = pages_new(r->cap * sizeof(*r->wheres));
	r->slots = pages_new(r->cap * sizeof(*r->slots));
	r->spare = pages_new(r->cap * sizeof(*r->spare));
	if (r->path == NULL || r->rows == NULL || r->wheres == NULL ||
	    r->slots == NULL || r->spare == NULL) {
		runs_free(r);
		return E_NOMEM;
	}
	*out = r;
	return E_OK;
}

/* slots by byte `shift` of where, into spare; they change places. */
static void
sort_byte(struct runs *r, unsigned shift)
{
	uint32_t starts[256] = { 0 }, sum = 0;
	struct slot *from = r->slots, *to = r->spare;

	for (uint32_t i = 0; i < r->n; i++)
		starts[from[i].where >> shift & 0xff]++;
	if (starts[from[0].where >> shift & 0xff] == r->n)
		return;
	for (size_t b = 0; b < 256; b++) {
		uint32_t n = starts[b];

		starts[b] = sum;
		sum += n;
	}
	for (uint32_t i = 0; i < r->n; i++)
		to[starts[from[i].where >> shift & 0xff]++] = from[i];
	r->slots = to;
	r->spare = from;
}

static int
compare_slots(const void *a, const void *b, void *rows)
{
	const struct slot *x = a, *y = b;
	const struct row *all = rows;
	int c = 0;

	if (x->where != y->where)
		return x->where < y->where ? -1 : 1;
	if ((c = chunk_order(&all[x->at], &all[y->at])) != 0)
		return c;
	return x->at < y->at ? -1 : 1;
}

/* Sorts slots [from, to), by insertion. */
static void
sort_few(struct runs *r, uint32_t from, uint32_t to)
{
	for (uint32_t i = from + 1; i < to; i++) {
		struct slot x = r->slots[i];
		uint32_t at = i;

		for (; at > from &&
		       compare_slots(&x, &r->slots[at - 1], r->rows) < 0;
		     at--)
			r->slots[at] = r->slots[at - 1];
		r->slots[at] = x;
	}
}

/* Sorts slots [from, to), and moves the last of each set of equal rows to
 * slots [r->sorted, ...). */
static void
settle_alike(struct runs *r, uint32_t from, uint32_t to)
{
	if (to - from > FEW)
		qsort_r(r->slots + from, to - from, sizeof(*r->slots),
		    compare_slots, r->rows);
	else
		sort_few(r, from, to);
	for (uint32_t i = from; i < to; i++)
		if (i + 1 == to || r->slots[i].where != r->slots[i + 1].where ||
		    chunk_order(&r->rows[r->slots[i].at],
			&r->rows[r->slots[i + 1].at]) != 0)
			r->slots[r->sorted++] = r->slots[i];
}

/* Sorts the buffer: slots [0, sorted). */
static void
sort_buffer(struct runs *r)
{
	uint32_t from = 0;

	r->sorted = r->first = r->next = 0;
	for (uint32_t i = 0; i < r->n; i++)
		r->slots[i] = (struct slot){ r->wheres[i], i };
	for (unsigned shift = 0; shift < 64 && r->n > 0; shift += 8)
		sort_byte(r, shift);
	for (uint32_t i = 1; i <= r->n; i++)
		if (i == r->n || r->slots[i].where != r->slots[from].where) {
			settle_alike(r, from, i);
			from = i;
		}
}

static enum err
make_parts(struct runs *r)
{
	if (r->piece == NULL &&
	    (r->piece = malloc(PIECE * sizeof(*r->piece))) == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		if (r->parts[i] == NULL &&
		    (r->parts[i] = malloc(chunk_room())) == NULL)
			return E_NOMEM;
	return E_OK;
}

/* r->bytes for n bytes; what was there is lost. */
static enum err
make_room(struct runs *r, size_t n)
{
	if (n <= r->room)
		return E_OK;
	wipe(r->bytes, r->room);
	r->room = 0;
	if ((r->bytes = malloc(n)) == NULL)
		return E_NOMEM;
	r->room = n;
	return E_OK;
}

/* Room for one more element in *p. */
static enum err
reserve(void *p, size_t size, size_t n, size_t *room)
{
	size_t more = 2 * *room + 16;
	void *old, *new;

	if (n < *room)
		return E_OK;
	memcpy(&old, p, sizeof(old));
	if ((new = realloc(old, size * more)) == NULL)
		return E_NOMEM;
	memcpy(p, &new, sizeof(new));
	*room = more;
	return E_OK;
}

/* Writes r->piece[n], rows of a month, as the next piece of a run. */
static enum err
write_piece(struct runs *r, struct run *run, uint16_t month, size_t n)
{
	struct chunk_bytes parts[CHUNK_PARTS];
	struct piece p = { .month = month };
	size_t all = 4 * CHUNK_PARTS;
	struct wr w;
	enum err e;

	for (size_t i = 0; i < CHUNK_PARTS; i++)
		parts[i] = (struct chunk_bytes){ .at = r->parts[i] };
	chunk_write(&p.about, parts, r->piece, n, NULL);
	for (size_t i = 0; i < CHUNK_PARTS; i++) {
		all += parts[i].n;
		if (r->parts_used[i] < parts[i].n)
			r->parts_used[i] = parts[i].n;
	}
	if ((e = make_room(r, all)) != E_OK ||
	    (e = reserve(&run->pieces, sizeof(p), run->n, &run->room)) != E_OK)
		return e;
	w = wr_over(r->bytes, all);
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		wr_be32(&w, (uint32_t)parts[i].n);
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		wr_bytes(&w, parts[i].at, parts[i].n);
	assert(w.err == E_OK && w.len == all);
	p.len = (uint32_t)all;
	if ((e = scrap_put(r->scrap, &p.at, r->bytes, all)) != E_OK)
		return e;
	run->pieces[run->n++] = p;
	return E_OK;
}

/* Writes the sorted buffer as a run. */
static enum err
write_rows(struct runs *r, struct run *run)
{
	uint32_t n = 0;
	enum err e;

	for (uint32_t i = 0; i < r->sorted; i++) {
		const struct slot *s = &r->slots[i];

		if (i + AHEAD < r->sorted)
			__builtin_prefetch(&r->rows[s[AHEAD].at]);
		r->piece[n++] = r->rows[s->at];
		if (n < PIECE && i + 1 < r->sorted &&
		    s[1].where >> 48 == s->where >> 48)
			continue;
		if ((e = write_piece(r, run, (uint16_t)(s->where >> 48), n)) !=
		    E_OK)
			return e;
		n = 0;
	}
	return E_OK;
}

/* The ids of the buffer, in the order of put, into out[r->n]. */
static void
gather_ids(const struct runs *r, struct runs_id *out)
{
	for (uint32_t i = 0; i < r->n; i++)
		out[i] = (struct runs_id){ .id = runs_id(r->rows[i].id),
			.where = r->only_ids ? 0 : r->wheres[i] };
}

static enum err
write_ids(struct runs *r)
{
	struct list l = { .n = r->n };
	enum err e;

	if ((e = reserve(&r->lists, sizeof(l), r->n_lists, &r->room_lists)) !=
	    E_OK)
		return e;
	gather_ids(r, (struct runs_id *)(void *)r->spare);
	if ((e = scrap_put(
		 r->scrap, &l.at, r->spare, r->n * sizeof(*r->spare))) != E_OK)
		return e;
	r->lists[r->n_lists++] = l;
	return E_OK;
}

/* Merges all runs into one, the first. */
static enum err
fold(struct runs *r)
{
	struct run all = { 0 };
	const struct row *row;
	size_t n = 0;
	enum err e = E_OK;

	for (uint32_t m = 0; m < MONTHS && e == E_OK; m++) {
		if (!runs_has(r, (uint16_t)m))
			continue;
		r->all_runs = true;
		if ((e = runs_month(r, (uint16_t)m)) != E_OK)
			break;
		while ((e = runs_next(r, &row)) == E_OK && row != NULL) {
			r->piece[n++] = *row;
			if (n == PIECE) {
				e = write_piece(r, &all, (uint16_t)m, n);
				n = 0;
			}
			if (e != E_OK)
				break;
		}
		if (e == E_OK && n > 0)
			e = write_piece(r, &all, (uint16_t)m, n);
		n = 0;
	}
	for (uint32_t i = 0; i < r->n_runs; i++)
		free(r->runs[i].pieces);
	memset(r->runs, 0, sizeof(r->runs));
	r->runs[0] = all;
	r->n_runs = 1;
	r->all_runs = false;
	return e;
}

/* Empties the buffer into the vault. */
static enum err
spill(struct runs *r)
{
	enum err e;

	if (r->n == 0)
		return E_OK;
	if ((r->scrap == NULL && (e = scrap_new(&r->scrap, r->path)) != E_OK) ||
	    (e = make_parts(r)) != E_OK)
		return e;
	if (!r->only_ids) {
		if (r->n_runs == RUNS && (e = fold(r)) != E_OK)
			return e;
		sort_buffer(r);
		if ((e = write_rows(r, &r->runs[r->n_runs++])) != E_OK)
			return e;
	}
	e = write_ids(r);
	r->n = r->sorted = 0;
	return e;
}

enum err
runs_put(struct runs *r, uint16_t month, const struct row *row)
{
	enum err e;

	assert(!r->ended);
	if (r->n == r->cap && (e = spill(r)) != E_OK)
		return e;
	r->rows[r->n] = *row;
	r->wheres[r->n++] = runs_where(month, row);
	r->used = r->n > r->used ? r->n : r->used;
	r->months[month / 64] |= UINT64_C(1) << month % 64;
	r->put++;
	return E_OK;
}

enum err
runs_end(struct runs *r)
{
	enum err e = E_OK;

	assert(!r->ended);
	if (r->n_lists > 0) {
		if ((e = spill(r)) == E_OK)
			free_buffer(r);
		r->all_runs = true;
	} else if (!r->only_ids) {
		sort_buffer(r);
	}
	r->ended = true;
	return e;
}

bool
runs_has(const struct runs *r, uint16_t month)
{
	return (r->months[month / 64] >> month % 64 & 1) != 0;
}

/* The next piece of the month into a cursor; n is 0 when there is none. */
static enum err
read_piece(struct runs *r, struct cursor *c)
{
	struct run *run = &r->runs[c->run];
	struct chunk_bytes parts[CHUNK_PARTS];
	const struct piece *p = &run->pieces[run->at];
	struct rd in;
	enum err e;

	c->n = c->i = 0;
	if (run->at == run->n || p->month != r->month)
		return E_OK;
	if ((e = make_room(r, p->len)) != E_OK ||
	    (e = scrap_get(r->scrap, r->bytes, p->at, p->len)) != E_OK)
		return e;
	in = rd_over(r->bytes, p->len);
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		parts[i].n = rd_be32(&in);
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		parts[i].at = (uint8_t *)(uintptr_t)rd_view(&in, parts[i].n);
	if (rd_end(&in) != E_OK || p->about.n > PIECE ||
	    chunk_rows(c->rows, &p->about, parts) != E_OK)
		return E_IO;
	c->n = p->about.n;
	c->key = chunk_key(&c->rows[0]);
	run->at++;
	return E_OK;
}

/* Does the row of cursor a come before that of b?  Of equal ones the earlier
 * run's does. */
static bool
before(const struct runs *r, uint32_t a, uint32_t b)
{
	const struct cursor *x = &r->cursors[a], *y = &r->cursors[b];
	int c;

	if (x->key != y->key)
		return x->key < y->key;
	c = chunk_order(&x->rows[x->i], &y->rows[y->i]);
	return c < 0 || (c == 0 && a < b);
}

/* Puts the cursor at place i of the heap where it belongs below it. */
static void
sift(struct runs *r, uint32_t i)
{
	uint32_t mine = r->heap[i];

	for (uint32_t kid; (kid = 2 * i + 1) < r->n_heap; i = kid) {
		if (kid + 1 < r->n_heap &&
		    before(r, r->heap[kid + 1], r->heap[kid]))
			kid++;
		if (!before(r, r->heap[kid], mine))
			break;
		r->heap[i] = r->heap[kid];
	}
	r->heap[i] = mine;
}

/* Goes to the month in a run. */
static void
seek(struct run *run, uint16_t month)
{
	while (run->first < run->n && run->pieces[run->first].month < month)
		run->first++;
	run->at = run->first;
}

enum err
runs_month(struct runs *r, uint16_t month)
{
	enum err e;

	r->month = month;
	r->n_heap = 0;
	if (!r->all_runs) {
		while (r->first < r->sorted &&
		       r->slots[r->first].where >> 48 < month)
			r->first++;
		r->next = r->first;
		return E_OK;
	}
	for (uint32_t i = 0; i < r->n_runs; i++) {
		struct cursor *c = &r->cursors[i];

		c->run = i;
		if (c->rows == NULL &&
		    (c->rows = malloc(PIECE * sizeof(*c->rows))) == NULL)
			return E_NOMEM;
		seek(&r->runs[i], month);
		if ((e = read_piece(r, c)) != E_OK)
			return e;
		if (c->n > 0)
			r->heap[r->n_heap++] = i;
	}
	for (uint32_t i = r->n_heap / 2; i-- > 0;)
		sift(r, i);
	return E_OK;
}

/* Takes the least row of all cursors into r->out. */
static enum err
take_least(struct runs *r)
{
	struct cursor *c = &r->cursors[r->heap[0]];
	enum err e;

	r->out = c->rows[c->i++];
	if (c->i < c->n)
		c->key = chunk_key(&c->rows[c->i]);
	else if ((e = read_piece(r, c)) != E_OK)
		return e;
	if (c->n == 0)
		r->heap[0] = r->heap[--r->n_heap];
	if (r->n_heap > 0)
		sift(r, 0);
	return E_OK;
}

/* Is the row at the top of the heap the same record as r->out? */
static bool
again(const struct runs *r)
{
	const struct cursor *c = &r->cursors[r->heap[0]];

	return r->n_heap > 0 && chunk_order(&c->rows[c->i], &r->out) == 0;
}

enum err
runs_next(struct runs *r, const struct row **out)
{
	enum err e;

	*out = NULL;
	if (r->all_runs) {
		if (r->n_heap == 0)
			return E_OK;
		do {
			if ((e = take_least(r)) != E_OK)
				return e;
		} while (again(r));
		*out = &r->out;
		return E_OK;
	}
	if (r->next == r->sorted || r->slots[r->next].where >> 48 != r->month)
		return E_OK;
	if (r->next + AHEAD < r->sorted)
		__builtin_prefetch(&r->rows[r->slots[r->next + AHEAD].at]);
	*out = &r->rows[r->slots[r->next++].at];
	return E_OK;
}

uint64_t
runs_put_count(const struct runs *r)
{
	return r->put;
}

enum err
runs_ids(struct runs *r, size_t i, const struct runs_id **out, size_t *n)
{
	enum err e;

	*out = NULL;
	*n = 0;
	if (r->n_lists == 0 && i == 0 && r->n > 0) {
		*out = (struct runs_id *)(void *)r->spare;
		*n = r->n;
		gather_ids(r, (struct runs_id *)(void *)r->spare);
	}
	if (i >= r->n_lists)
		return E_OK;
	*n = r->lists[i].n;
	if ((e = make_room(r, *n * sizeof(**out))) != E_OK ||
	    (e = scrap_get(r->scrap, r->bytes, r->lists[i].at,
		 *n * sizeof(**out))) != E_OK)
		return e;
	*out = (const struct runs_id *)(const void *)r->bytes;
	return E_OK;
}
