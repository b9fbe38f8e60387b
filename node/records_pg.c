/*
 * The store of records in PostgreSQL, behind node/records_store.h: connection,
 * words and batch under way.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/pg.h"
#include "node/pg_load.h"
#include "node/pg_look.h"
#include "node/pg_schema.h"
#include "node/records_store.h"
#include "node/lexicon.h"

struct store {
	struct pg *pg;
	enum records_mode mode;
	struct lexicon words;
	struct pg_load *load; /* NULL: no batch is open */
};

static void
pg_store_close(void *ctx)
{
	struct store *s = ctx;

	if (s == NULL)
		return;
	pg_load_free(s->load);
	lexicon_free(&s->words);
	pg_close(s->pg);
	free(s);
}

static enum err
pg_store_open(void **out, const char *where, enum records_mode mode,
    const struct keys *keys)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err e;

	if (s == NULL)
		return E_NOMEM;
	assert(strncmp(where, RECORDS_PG, strlen(RECORDS_PG)) == 0);
	s->mode = mode;
	if ((e = pg_open(&s->pg, where + strlen(RECORDS_PG))) != E_OK ||
	    (e = pg_schema_open(s->pg, mode, keys->check)) != E_OK) {
		pg_store_close(s);
		return e;
	}
	*out = s;
	return E_OK;
}

static enum err
pg_store_begin(void *ctx, const struct records_batch *b, uint64_t *loaded_at)
{
	struct store *s = ctx;

	assert(s->mode == RECORDS_LOAD && s->load == NULL);
	return pg_load_begin(&s->load, s->pg, &s->words, b, loaded_at);
}

static enum err
pg_store_put(void *ctx, const struct incident *i)
{
	struct store *s = ctx;

	assert(s->load != NULL);
	return pg_load_put(s->load, i);
}

static enum err
pg_store_replace(
    void *ctx, uint32_t source, const char *feed, uint16_t first, uint16_t n)
{
	struct store *s = ctx;

	assert(s->load != NULL);
	return pg_load_replace(s->load, source, feed, first, n);
}

static enum err
pg_store_merge(void *ctx, struct records_change *out,
    void (*progress)(void *ctx, uint32_t done, uint32_t total),
    void *progress_ctx)
{
	struct store *s = ctx;

	assert(s->load != NULL);
	return pg_load_merge(s->load, out, progress, progress_ctx);
}

static void
pg_store_rollback(void *ctx)
{
	struct store *s = ctx;

	pg_load_free(s->load);
	s->load = NULL;
}

static enum err
pg_store_commit(void *ctx, enum err (*when)(void *ctx, uint64_t *utc_s),
    void *when_ctx, const char *report)
{
	struct store *s = ctx;
	enum err e;

	assert(s->load != NULL);
	e = pg_load_commit(s->load, when, when_ctx, report);
	pg_store_rollback(s);
	return e;
}

static enum err
pg_store_count(uint32_t *cells, void *ctx, const struct question *q,
    uint64_t as_of_s, const struct areas *areas, const struct themes *rules)
{
	struct store *s = ctx;
	enum err e;

	assert(s->load == NULL);
	e = pg_look_count(cells, s->pg, &s->words, q, as_of_s, areas, rules);
	return e == E_DB && pg_lost(s->pg) ? E_CLOSED : e;
}

static enum err
pg_store_each(void *ctx, uint16_t first, uint16_t n, uint64_t as_of_s,
    enum err (*each)(void *ctx, const struct incident *i), void *each_ctx)
{
	struct store *s = ctx;

	assert(s->load == NULL);
	return pg_look_each(
	    s->pg, &s->words, first, n, as_of_s, each, each_ctx);
}

static enum err
pg_store_history(void *ctx,
    void (*each)(void *ctx, const struct records_load *l), void *each_ctx)
{
	struct store *s = ctx;

	assert(s->load == NULL);
	return pg_look_history(s->pg, each, each_ctx);
}

static enum err
pg_store_size(void *ctx, struct records_size *out)
{
	struct store *s = ctx;

	assert(s->load == NULL);
	return pg_look_size(s->pg, out);
}

const struct records_store records_pg = {
	.open = pg_store_open,
	.close = pg_store_close,
	.begin = pg_store_begin,
	.put = pg_store_put,
	.replace = pg_store_replace,
	.merge = pg_store_merge,
	.commit = pg_store_commit,
	.rollback = pg_store_rollback,
	.count = pg_store_count,
	.each = pg_store_each,
	.history = pg_store_history,
	.size = pg_store_size,
};
