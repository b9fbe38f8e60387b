/*
 * Bytes: next (8), words (8), n_batches (4), n_chunks (4); time (8) of each
 * batch; id (8), month (2), alive (4), about (CHUNK_ABOUT) of each chunk.
 * Big-endian.
 */
#include "node/catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"

#define HEAD 24
#define CHUNK (14 + CHUNK_ABOUT)

void
catalog_free(struct catalog *c)
{
	free(c->times);
	if (c->chunks != NULL)
		explicit_bzero(c->chunks, c->n_chunks * sizeof(*c->chunks));
	free(c->chunks);
	*c = (struct catalog){ .next = 1 };
}

uint32_t
catalog_as_of(const struct catalog *c, uint64_t utc_s)
{
	size_t n = c->n_batches;

	while (n > 0 && c->times[n - 1] > utc_s)
		n--;
	return (uint32_t)n;
}

/* The first chunk of that month or a later one. */
static size_t
first_of(const struct catalog *c, uint32_t month)
{
	size_t low = 0, high = c->n_chunks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->chunks[mid].month < month)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
catalog_month(const struct catalog *c, uint16_t month, size_t *first)
{
	*first = first_of(c, month);
	return first_of(c, (uint32_t)month + 1) - *first;
}

/* *p, of elements of size bytes with room for *room, gets room for n. */
static enum err
reserve(void *p, size_t size, size_t *room, size_t n)
{
	size_t more = *room + *room / 2 + 16;
	void *old, *new;

	if (n <= *room)
		return E_OK;
	if (more < n)
		more = n;
	memcpy(&old, p, sizeof(old));
	if ((new = realloc(old, size * more)) == NULL)
		return E_NOMEM;
	memcpy(p, &new, sizeof(new));
	*room = more;
	return E_OK;
}

enum err
catalog_batch(struct catalog *c, uint64_t utc_s)
{
	enum err e;

	if (c->n_batches + 1 >= CHUNK_NUMBER_MAX)
		return E_LIMIT;
	if ((e = reserve(&c->times, sizeof(*c->times), &c->room_batches,
		 c->n_batches + 1)) != E_OK)
		return e;
	c->times[c->n_batches++] = utc_s;
	return E_OK;
}

enum err
catalog_splice(struct catalog *c, size_t first, size_t old,
    const struct catalog_chunk *in, size_t n)
{
	size_t after = c->n_chunks - first - old;
	enum err e;

	assert(first <= c->n_chunks && old <= c->n_chunks - first);
	if ((e = reserve(&c->chunks, sizeof(*c->chunks), &c->room_chunks,
		 c->n_chunks - old + n)) != E_OK)
		return e;
	if (after > 0)
		memmove(c->chunks + first + n, c->chunks + first + old,
		    after * sizeof(*c->chunks));
	if (n > 0)
		memcpy(c->chunks + first, in, n * sizeof(*c->chunks));
	c->n_chunks += n - old;
	return E_OK;
}

size_t
catalog_bytes(const struct catalog *c)
{
	return HEAD + 8 * c->n_batches + CHUNK * c->n_chunks;
}

void
catalog_write(const struct catalog *c, uint8_t *out)
{
	struct wr w = wr_over(out, catalog_bytes(c));
	uint8_t about[CHUNK_ABOUT];

	wr_be64(&w, c->next);
	wr_be64(&w, c->words);
	wr_be32(&w, (uint32_t)c->n_batches);
	wr_be32(&w, (uint32_t)c->n_chunks);
	for (size_t i = 0; i < c->n_batches; i++)
		wr_be64(&w, c->times[i]);
	for (size_t i = 0; i < c->n_chunks; i++) {
		wr_be64(&w, c->chunks[i].id);
		wr_be16(&w, c->chunks[i].month);
		wr_be32(&w, c->chunks[i].alive);
		chunk_about_write(about, &c->chunks[i].about);
		wr_bytes(&w, about, CHUNK_ABOUT);
	}
	assert(w.err == E_OK && w.len == w.cap);
}

/* One chunk, which stands after *before (NULL: it is the first). */
static enum err
take_chunk(struct catalog_chunk *out, struct rd *r, uint64_t next,
    const struct catalog_chunk *before)
{
	const uint8_t *about;
	enum err e;

	out->id = rd_be64(r);
	out->month = rd_be16(r);
	out->alive = rd_be32(r);
	if ((about = rd_view(r, CHUNK_ABOUT)) == NULL)
		return E_FORMAT;
	if ((e = chunk_about_read(&out->about, about)) != E_OK)
		return e;
	if (out->id == 0 || out->id >= next || out->alive > out->about.n ||
	    (before != NULL && before->month > out->month))
		return E_FORMAT;
	return E_OK;
}

/* The batches and chunks after the head. */
static enum err
take_all(struct catalog *c, struct rd *r, uint32_t n_batches, uint32_t n_chunks)
{
	enum err e;

	for (uint32_t i = 0; i < n_batches; i++) {
		uint64_t at = rd_be64(r);

		if (i > 0 && c->times[i - 1] > at)
			return E_FORMAT;
		if ((e = catalog_batch(c, at)) != E_OK)
			return e == E_LIMIT ? E_FORMAT : e;
	}
	if ((e = reserve(&c->chunks, sizeof(*c->chunks), &c->room_chunks,
		 n_chunks)) != E_OK)
		return e;
	for (uint32_t i = 0; i < n_chunks; i++, c->n_chunks++)
		if ((e = take_chunk(&c->chunks[i], r, c->next,
			 i > 0 ? &c->chunks[i - 1] : NULL)) != E_OK)
			return e;
	return rd_end(r) == E_OK ? E_OK : E_FORMAT;
}

enum err
catalog_read(struct catalog *out, const uint8_t *in, size_t n)
{
	struct catalog c = { 0 };
	struct rd r = rd_over(in, n);
	uint32_t n_batches, n_chunks;
	enum err e;

	c.next = rd_be64(&r);
	c.words = rd_be64(&r);
	n_batches = rd_be32(&r);
	n_chunks = rd_be32(&r);
	if (r.err != E_OK || c.next == 0 || c.next > INT64_MAX ||
	    c.words >= c.next ||
	    r.left != UINT64_C(8) * n_batches + (uint64_t)CHUNK * n_chunks)
		return E_FORMAT;
	if ((e = take_all(&c, &r, n_batches, n_chunks)) != E_OK) {
		catalog_free(&c);
		return e;
	}
	*out = c;
	return E_OK;
}
