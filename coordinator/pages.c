#include "coordinator/pages.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "coordinator/asked.h"
#include "coordinator/files.h"
#include "coordinator/releases.h"
#include "coordinator/render.h"
#include "coordinator/route.h"
#include "coordinator/sums.h"
#include "coordinator/times.h"
#include "model/ladder.h"
#include "model/theme.h"

#define CACHE_FINAL "public, max-age=31536000, immutable"
#define CACHE_CHECK "no-cache" /* keep it, but ask whether it changed */
#define CACHE_DAY "public, max-age=86400"
#define CACHE_NOT "no-store"

struct pages {
	struct db *db;
	struct geometry *geometry;
	struct meaning *meaning;
	int map;              /* descriptor of a folder */
	pthread_mutex_t lock; /* over geometry and the database */
	bool locks;
};

void
pages_close(struct pages *p)
{
	if (p == NULL)
		return;
	if (p->locks)
		(void)pthread_mutex_destroy(&p->lock);
	if (p->map != -1)
		close(p->map);
	geometry_free(p->geometry);
	meaning_free(p->meaning);
	free(p);
}

enum err
pages_open(struct pages **out, struct db *db, const char *map, const char *data)
{
	struct pages *p = calloc(1, sizeof(*p));
	enum err e;

	if (p == NULL)
		return E_NOMEM;
	p->db = db;
	p->map = -1;
	if ((e = files_folder(&p->map, map)) != E_OK ||
	    (e = geometry_open(&p->geometry, data)) != E_OK ||
	    (e = meaning_open(&p->meaning, data)) != E_OK)
		goto out;
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		e = E_SYSTEM;
		goto out;
	}
	p->locks = true;

	*out = p;
	p = NULL;
out:
	pages_close(p);
	return e;
}

static const char *
status_title(unsigned status)
{
	switch (status) {
	case 400:
		return "Bad request";
	case 404:
		return "Not found";
	case 405:
		return "Method not allowed";
	case 414:
		return "Address too long";
	case 503:
		return "Busy";
	default:
		return "Internal error";
	}
}

void
pages_problem(struct page *out, unsigned status, const char *detail)
{
	struct text t = text_new(TEXT_MAX);

	text_add(&t, "{\"type\":\"about:blank\",\"title\":");
	text_json(&t, status_title(status));
	text_add(&t, ",\"status\":");
	text_int(&t, status);
	text_add(&t, ",\"detail\":");
	text_json(&t, detail);
	text_add(&t, "}\n");
	*out = (struct page){ .status = status,
		.type = "application/problem+json",
		.cache = CACHE_NOT,
		.body = t };
}

/* The page of an error that is not the client's. */
static void
problem_of(struct page *out, enum err e)
{
	switch (e) {
	case E_NOTFOUND:
		pages_problem(out, 404, "There is nothing at this address.");
		break;
	case E_FORMAT:
		pages_problem(out, 400,
		    "A parameter is unknown, stands twice or has no value.");
		break;
	case E_LIMIT:
		pages_problem(out, 414, "The address is too long.");
		break;
	case E_STATE:
		pages_problem(out, 500,
		    "The list of areas on this server is another than the one "
		    "the question was asked under.");
		break;
	default:
		pages_problem(
		    out, 500, "The server could not prepare the answer.");
	}
}

static enum err
get_releases(struct pages *p, struct page *out)
{
	enum err e;

	text_add(&out->body, "{\"releases\":");
	if ((e = releases_list(p->db, &out->body)) != E_OK)
		return e;
	text_add(&out->body, "}\n");
	out->cache = CACHE_CHECK;
	return out->body.err;
}

static enum err
get_release(struct pages *p, struct page *out, const struct route *r)
{
	out->cache = CACHE_CHECK;
	return releases_detail(p->db, r->id, &out->body);
}

static void
cells_free(struct release_cells *c)
{
	free(c->values);
	free(c->half_90);
	free(c->half_95);
	free(c->display);
}

/* Room for the numbers of any view of q; for cells_free, in any case. */
static enum err
cells_room(struct release_cells *c, const struct question *q)
{
	size_t n = (size_t)q->n_places + 1; /* the level with the most */

	c->values = calloc(n, sizeof(*c->values));
	c->half_90 = calloc(n, sizeof(*c->half_90));
	c->half_95 = calloc(n, sizeof(*c->half_95));
	c->display = calloc(n, sizeof(*c->display));
	return c->values == NULL || c->half_90 == NULL || c->half_95 == NULL ||
		       c->display == NULL
		   ? E_NOMEM
		   : E_OK;
}

/* The numbers of one view, from the database. */
static enum err
load_view(struct pages *p, struct view *v, const char *source)
{
	const struct question *q = &v->query->q;
	size_t n = (size_t)q->level_places[v->level] + 1;
	struct release_view at = { .level = v->level,
		.n = (uint32_t)n,
		.first_value =
		    ((size_t)v->theme * times_count(q) + v->time) * n,
		.first_width = times_kind(q, v->time) * n };

	return releases_cells(p->db, v->id, source, &at, &v->cells);
}

/* The places of a level. */
static enum err
load_places(struct pages *p, const struct places **out,
    const struct question *q, unsigned level, bool outlines)
{
	struct question at;

	ladder_question(&at, q, level);
	return geometry_places(p->geometry, out, &at, outlines);
}

static void
render(struct page *out, const struct view *v, const struct places *places,
    enum route_format format)
{
	switch (format) {
	case ROUTE_JSON:
		render_json(&out->body, v, places);
		break;
	case ROUTE_CSV:
		out->type = "text/csv; charset=utf-8; header=present";
		render_csv_head(&out->body);
		render_csv(&out->body, v, places);
		break;
	case ROUTE_GEOJSON:
		out->type = "application/geo+json";
		render_geojson(&out->body, v, places);
		break;
	}
}

static const char *
source_of(const struct route *r)
{
	return r->source[0] == '\0' ? "all" : r->source;
}

static enum err
get_cells(struct pages *p, struct page *out, const struct route *r)
{
	struct query query;
	struct view v = { .query = &query, .id = r->id };
	const struct places *places;
	enum err e;

	if ((e = asked_query(p->db, r->id, &query)) != E_OK)
		return e;
	if ((e = render_select(&v, r->theme, r->slice, r->level)) != E_OK ||
	    (e = cells_room(&v.cells, &query.q)) != E_OK ||
	    (e = load_view(p, &v, source_of(r))) != E_OK ||
	    (e = releases_words(p->db, &v.words, r->id)) != E_OK ||
	    (e = load_places(p, &places, &query.q, v.level,
		 r->format == ROUTE_GEOJSON)) != E_OK)
		goto out;
	render(out, &v, places, r->format);
	out->cache = CACHE_FINAL;
	out->final = true;
	e = out->body.err;
out:
	cells_free(&v.cells);
	return e;
}

static enum err
get_sums(struct pages *p, struct page *out, const struct route *r)
{
	struct release_sum sum = { .nodes = 0 };
	struct query query;
	uint32_t n;
	enum err e;

	if ((e = asked_query(p->db, r->id, &query)) != E_OK)
		return e;
	n = question_answer(&query.q);
	if ((sum.cells = calloc(n, sizeof(*sum.cells))) == NULL)
		return E_NOMEM;
	e = releases_sum(p->db, r->id, source_of(r), n, &sum);
	if (e == E_OK) {
		render_sum(&out->body, &query, r->id, &sum);
		out->cache = CACHE_FINAL;
		out->final = true;
		e = out->body.err;
	}
	free(sum.cells);
	return e;
}

/* One comment line of a table, whatever the words hold. */
static void
add_comment(struct text *out, const char *name, const char *words)
{
	text_add(out, "# ");
	text_add(out, name);
	text_add(out, ": ");
	for (; *words != '\0'; words++)
		if ((unsigned char)*words < ' ')
			text_add(out, " ");
		else
			text_bytes(out, words, 1);
	text_add(out, "\r\n");
}

/* By which rules was counted, and what each theme means. */
static void
add_rules(struct text *out, const struct view *v)
{
	const struct question *q = &v->query->q;
	const struct release_words *w = &v->words;
	char hash[HEX_LEN(QUERY_ID)], rules[2 * THEMES_NAME + 96];

	hex_text(hash, q->rules_hash, QUERY_ID);
	if (w->rules[0] == '\0')
		(void)snprintf(
		    rules, sizeof(rules), "not known here, SHA-256 %s", hash);
	else
		(void)snprintf(rules, sizeof(rules),
		    "%s, version %s, SHA-256 %s", w->rules, w->version, hash);
	add_comment(out, "rules", rules);
	for (uint16_t i = 0; i < q->n_themes && w->rules[0] != '\0'; i++)
		add_comment(out, theme_text(q->themes[i]), w->text[i]);
}

static void
table_head(struct text *out, const struct view *v)
{
	char id[HEX_LEN(QUERY_ID)];

	hex_text(id, v->id, QUERY_ID);
	add_comment(out, "query", id);
	add_comment(out, "title", v->query->title);
	add_rules(out, v);
	add_comment(out, "value",
	    "unbiased estimate from noisy counts, so below zero where little "
	    "or nothing was recorded; the count lies between low and high for "
	    "95 of 100 rows");
	add_comment(out, "display",
	    "whole numbers, never below zero, that add up over levels and "
	    "months; for reading and drawing, not for tests");
	render_csv_head(out);
}

/* The rows of one source on one level, view after view. */
static enum err
table_level(
    struct pages *p, struct text *out, struct view *v, const char *source)
{
	const struct question *q = &v->query->q;
	const struct places *places;
	enum err e = load_places(p, &places, q, v->level, false);

	for (v->theme = 0; v->theme < q->n_themes && e == E_OK; v->theme++)
		for (v->time = 0; v->time < times_count(q) && e == E_OK;
		     v->time++)
			if ((e = load_view(p, v, source)) == E_OK) {
				render_csv(out, v, places);
				e = out->err;
			}
	return e;
}

static enum err
table(struct pages *p, struct text *out, const uint8_t *id)
{
	struct release_sum sources[SUMS_MAX];
	struct query query;
	struct view v = { .query = &query, .id = id };
	size_t n = 0;
	enum err e;

	if ((e = asked_query(p->db, id, &query)) != E_OK ||
	    (e = releases_sources(p->db, id, sources, SUMS_MAX, &n)) != E_OK)
		return e;
	if (n == 0)
		return E_NOTFOUND;
	if ((e = releases_words(p->db, &v.words, id)) == E_OK)
		e = cells_room(&v.cells, &query.q);
	table_head(out, &v);
	for (size_t i = 0; i < n && e == E_OK; i++)
		for (v.level = 0; v.level < query.q.n_levels && e == E_OK;
		     v.level++)
			e = table_level(p, out, &v, sources[i].source);
	cells_free(&v.cells);
	return e;
}

void
pages_table(struct pages *p, struct page *out, const uint8_t id[QUERY_ID])
{
	enum err e;

	*out = (struct page){ .status = 200,
		.type = "text/csv; charset=utf-8; header=present",
		.cache = CACHE_FINAL,
		.body = text_new(TEXT_MAX) };
	(void)pthread_mutex_lock(&p->lock);
	e = table(p, &out->body, id);
	(void)pthread_mutex_unlock(&p->lock);
	if (e != E_OK) {
		text_free(&out->body);
		problem_of(out, e == E_NOTFOUND ? e : E_IO);
	}
}

const struct areas *
pages_areas(const struct pages *p)
{
	return geometry_areas(p->geometry);
}

const struct meaning *
pages_meaning(const struct pages *p)
{
	return p->meaning;
}

static enum err
get_areas(struct pages *p, struct page *out, const struct route *r)
{
	const struct text *file = geometry_file(p->geometry, r->file);

	if (file == NULL)
		return E_NOTFOUND;
	text_bytes(&out->body, file->p, file->len);
	out->type = "application/geo+json";
	out->cache = CACHE_DAY;
	return out->body.err;
}

static const char *
type_of(const char *name)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".mjs", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (dot != NULL && strcmp(dot, types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static enum err
get_file(struct pages *p, struct page *out, const struct route *r)
{
	size_t len;
	char *body;
	enum err e;

	if ((e = files_read(&body, &len, p->map, r->file)) != E_OK)
		return e == E_LIMIT ? E_IO : e;
	out->body.p = body;
	out->body.len = out->body.cap = len;
	out->type = type_of(r->file);
	out->cache = CACHE_CHECK;
	return E_OK;
}

/* What comes from the database and the shipped areas. */
static enum err
get_data(struct pages *p, struct page *out, const struct route *r)
{
	enum err e = E_OK;

	(void)pthread_mutex_lock(&p->lock);
	if (r->kind == ROUTE_RELEASES)
		e = get_releases(p, out);
	else if (r->kind == ROUTE_RELEASE)
		e = get_release(p, out, r);
	else if (r->kind == ROUTE_CELLS)
		e = get_cells(p, out, r);
	else if (r->kind == ROUTE_SUMS)
		e = get_sums(p, out, r);
	else
		e = get_areas(p, out, r);
	(void)pthread_mutex_unlock(&p->lock);
	return e == E_OK ? out->body.err : e;
}

void
pages_get(struct pages *p, struct page *out, const char *uri, size_t len)
{
	struct route r;
	enum err e;

	*out = (struct page){ .status = 200,
		.type = "application/json",
		.cache = CACHE_NOT,
		.body = text_new(TEXT_MAX) };
	if ((e = route_parse(&r, uri, len)) == E_OK) {
		if (r.kind == ROUTE_HEALTH)
			text_add(&out->body, "{\"status\":\"ok\"}\n");
		else if (r.kind == ROUTE_FILE_)
			e = get_file(p, out, &r);
		else
			e = get_data(p, out, &r);
		if (e == E_LIMIT || e == E_FORMAT)
			e = E_IO; /* ours, not the client's */
	}
	if (e != E_OK) {
		text_free(&out->body);
		problem_of(out, e);
	}
}
