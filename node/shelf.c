#include "node/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "node/match.h"

struct shelf {
	struct vault *vault;
	struct vault_bytes got[CHUNK_PARTS];
	uint8_t *parts[CHUNK_PARTS]; /* [chunk_room()], of writing */
	size_t used[CHUNK_PARTS];    /* the most that was written there */
	uint64_t *ids;               /* [CHUNK_ROWS] */
};

static const enum vault_table tables[CHUNK_PARTS] = {
	[CHUNK_HOT] = VAULT_HOT,
	[CHUNK_AREA] = VAULT_AREA,
	[CHUNK_POINT] = VAULT_POINT,
	[CHUNK_COLD] = VAULT_COLD,
};

enum err
shelf_new(struct shelf **out, struct vault *v)
{
	struct shelf *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return E_NOMEM;
	s->vault = v;
	*out = s;
	return E_OK;
}

void
shelf_free(struct shelf *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CHUNK_PARTS; i++) {
		vault_bytes_free(&s->got[i]);
		if (s->parts[i] != NULL)
			explicit_bzero(s->parts[i], s->used[i]);
		free(s->parts[i]);
	}
	free(s->ids);
	free(s);
}

/* What writing needs, made when it is first needed. */
static enum err
make_room(struct shelf *s)
{
	if (s->ids != NULL)
		return E_OK;
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		if (s->parts[i] == NULL &&
		    (s->parts[i] = malloc(chunk_room())) == NULL)
			return E_NOMEM;
	s->ids = malloc(CHUNK_ROWS * sizeof(*s->ids));
	return s->ids == NULL ? E_NOMEM : E_OK;
}

enum err
shelf_write(struct shelf *s, struct catalog_chunk *out, uint64_t id,
    uint16_t month, const struct row *rows, size_t n, const struct row *before)
{
	struct catalog_chunk c = { .id = id, .month = month };
	struct chunk_bytes parts[CHUNK_PARTS];
	enum err e;

	if ((e = make_room(s)) != E_OK)
		return e;
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		parts[i] = (struct chunk_bytes){ .at = s->parts[i] };
	chunk_write(&c.about, parts, rows, n, before);
	for (size_t i = 0; i < n; i++)
		c.alive += rows[i].died == CHUNK_ALIVE;
	match_ids(s->ids, rows, n);
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		if (s->used[i] < parts[i].n)
			s->used[i] = parts[i].n;
	for (size_t i = 0; i < CHUNK_PARTS; i++)
		if ((e = vault_put(s->vault, tables[i], id, parts[i].at,
			 parts[i].n)) != E_OK)
			return e;
	if ((e = vault_put(
		 s->vault, VAULT_IDS, id, s->ids, n * sizeof(*s->ids))) == E_OK)
		*out = c;
	return e;
}

enum err
shelf_part(struct shelf *s, struct chunk_bytes *out,
    const struct catalog_chunk *c, enum chunk_part part)
{
	struct vault_bytes *b = &s->got[part];
	enum err e = vault_get(s->vault, b, tables[part], c->id, chunk_room());

	if (e != E_OK)
		return e == E_NOTFOUND ? E_DB : e;
	*out = (struct chunk_bytes){ .at = b->at, .n = b->n };
	return E_OK;
}

enum err
shelf_read(struct shelf *s, struct row *rows, const struct catalog_chunk *c)
{
	struct chunk_bytes parts[CHUNK_PARTS];
	enum err e;

	for (size_t i = 0; i < CHUNK_PARTS; i++)
		if ((e = shelf_part(s, &parts[i], c, (enum chunk_part)i)) !=
		    E_OK)
			return e;
	return chunk_rows(rows, &c->about, parts) == E_OK ? E_OK : E_DB;
}

enum err
shelf_drop(struct shelf *s, uint64_t id)
{
	enum err e;

	for (size_t i = 0; i < CHUNK_PARTS; i++)
		if ((e = vault_drop(s->vault, tables[i], id)) != E_OK)
			return e;
	return vault_drop(s->vault, VAULT_IDS, id);
}
