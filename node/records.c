#include "node/records.h"

#include <stdlib.h>
#include <string.h>

#include "node/records_store.h"

struct records {
	const struct records_store *how;
	void *store;
};

enum err
records_open(struct records **out, const char *where, enum records_mode mode,
    const struct keys *keys)
{
	struct records *r = calloc(1, sizeof(*r));
	enum err e;

	if (r == NULL)
		return E_NOMEM;
	r->how = strncmp(where, RECORDS_PG, strlen(RECORDS_PG)) == 0
		     ? &records_pg
		     : &records_db;
	if ((e = r->how->open(&r->store, where, mode, keys)) != E_OK) {
		free(r);
		return e;
	}
	*out = r;
	return E_OK;
}

void
records_close(struct records *r)
{
	if (r == NULL)
		return;
	r->how->close(r->store);
	free(r);
}

enum err
records_begin(
    struct records *r, const struct records_batch *b, uint64_t *loaded_at)
{
	return r->how->begin(r->store, b, loaded_at);
}

enum err
records_put(struct records *r, const struct incident *i)
{
	if (i->occurred_to < i->occurred_from ||
	    i->occurred_to - i->occurred_from > UINT32_MAX)
		return E_RANGE;
	return r->how->put(r->store, i);
}

enum err
records_replace(struct records *r, uint32_t source, const char *feed,
    uint16_t first, uint16_t n)
{
	return r->how->replace(r->store, source, feed, first, n);
}

enum err
records_merge(struct records *r, struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total), void *ctx)
{
	return r->how->merge(r->store, out, progress, ctx);
}

enum err
records_commit(struct records *r, enum err (*when)(void *ctx, uint64_t *utc_s),
    void *ctx, const char *report)
{
	return r->how->commit(r->store, when, ctx, report);
}

void
records_rollback(struct records *r)
{
	r->how->rollback(r->store);
}

enum err
records_count(uint32_t *cells, struct records *r, const struct question *q,
    uint64_t as_of_s, const struct areas *areas, const struct themes *rules)
{
	return r->how->count(cells, r->store, q, as_of_s, areas, rules);
}

enum err
records_each(struct records *r, uint16_t first, uint16_t n, uint64_t as_of_s,
    enum err (*each)(void *ctx, const struct incident *i), void *ctx)
{
	return r->how->each(r->store, first, n, as_of_s, each, ctx);
}

enum err
records_history(struct records *r,
    void (*each)(void *ctx, const struct records_load *l), void *ctx)
{
	return r->how->history(r->store, each, ctx);
}

enum err
records_size(struct records *r, struct records_size *out)
{
	return r->how->size(r->store, out);
}
