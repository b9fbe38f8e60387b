#include "coordinator/route.h"

#include <stdbool.h>
#include <string.h>

#include "base/hex.h"

struct part { /* a piece of the address */
	const char *p;
	size_t len;
};

static bool
part_is(struct part part, const char *s)
{
	return part.len == strlen(s) && memcmp(part.p, s, part.len) == 0;
}

static bool
part_ends(struct part part, const char *s)
{
	size_t n = strlen(s);

	return part.len > n && memcmp(part.p + part.len - n, s, n) == 0;
}

/* Drop s from the front; false and nothing done when it is not there. */
static bool
part_skip(struct part *part, const char *s)
{
	size_t n = strlen(s);

	if (part->len < n || memcmp(part->p, s, n) != 0)
		return false;
	part->p += n;
	part->len -= n;
	return true;
}

/* The bytes before the first c in head, those after it in tail. */
static bool
part_cut(struct part whole, char c, struct part *head, struct part *tail)
{
	const char *at = memchr(whole.p, c, whole.len);

	if (at == NULL)
		return false;
	*head = (struct part){ whole.p, (size_t)(at - whole.p) };
	*tail = (struct part){ at + 1, whole.len - head->len - 1 };
	return true;
}

static bool
name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* [a-z0-9-]+ and one of the endings that a page is made of. */
static bool
file_name_good(struct part name)
{
	static const char *const endings[] = { ".html", ".mjs", ".css", ".svg",
		".png" };
	size_t stem = 0;

	while (stem < name.len && name_byte(name.p[stem]))
		stem++;
	if (stem == 0)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (part_ends(name, endings[i]) &&
		    stem + strlen(endings[i]) == name.len)
			return true;
	return false;
}

/* A file of the map: in its folder, or in that of its one library. */
static enum err
parse_file(struct route *out, struct part path)
{
	struct part name = path;

	(void)part_skip(&name, "node_modules/maplibre-gl/dist/");
	if (!file_name_good(name) || path.len >= ROUTE_FILE)
		return E_NOTFOUND;
	out->kind = ROUTE_FILE_;
	memcpy(out->file, path.p, path.len);
	return E_OK;
}

/* Store the value of a parameter that has not been given before. */
static enum err
take_word(char out[ROUTE_WORD], struct part value)
{
	if (out[0] != '\0' || value.len == 0 || value.len >= ROUTE_WORD)
		return E_FORMAT;
	for (size_t i = 0; i < value.len; i++)
		if (!name_byte(value.p[i]))
			return E_FORMAT;
	memcpy(out, value.p, value.len);
	return E_OK;
}

static enum err
take_parameter(struct route *out, struct part one)
{
	struct part name, value;

	if (!part_cut(one, '=', &name, &value))
		return E_FORMAT;
	if (part_is(name, "source"))
		return take_word(out->source, value);
	if (out->kind == ROUTE_SUMS)
		return E_FORMAT;
	if (part_is(name, "theme"))
		return take_word(out->theme, value);
	if (part_is(name, "slice"))
		return take_word(out->slice, value);
	if (part_is(name, "level"))
		return take_word(out->level, value);
	return E_FORMAT;
}

static enum err
parse_query(struct route *out, struct part query)
{
	struct part one, rest;
	enum err e;

	while (part_cut(query, '&', &one, &rest)) {
		if ((e = take_parameter(out, one)) != E_OK)
			return e;
		query = rest;
	}
	return take_parameter(out, query);
}

static bool
format_parse(enum route_format *out, struct part name)
{
	if (part_is(name, "cells.json"))
		*out = ROUTE_JSON;
	else if (part_is(name, "cells.csv"))
		*out = ROUTE_CSV;
	else if (part_is(name, "cells.geojson"))
		*out = ROUTE_GEOJSON;
	else
		return false;
	return true;
}

/* What stands after "/v1/releases/". */
static enum err
parse_release(struct route *out, struct part path)
{
	struct part id = path, rest = { NULL, 0 };
	bool cells = part_cut(path, '/', &id, &rest);

	if (hex_bytes(out->id, QUERY_ID, id.p, id.len) != E_OK)
		return E_NOTFOUND;
	out->kind = cells ? ROUTE_CELLS : ROUTE_RELEASE;
	if (part_is(rest, "sums.json"))
		out->kind = ROUTE_SUMS;
	else if (cells && !format_parse(&out->format, rest))
		return E_NOTFOUND;
	return E_OK;
}

static enum err
parse_path(struct route *out, struct part path)
{
	if (part_is(path, "/"))
		path = (struct part){ "/map/index.html", 15 };
	if (part_skip(&path, "/map/"))
		return parse_file(out, path);
	if (part_is(path, "/v1/health")) {
		out->kind = ROUTE_HEALTH;
		return E_OK;
	}
	if (part_is(path, "/v1/releases")) {
		out->kind = ROUTE_RELEASES;
		return E_OK;
	}
	if (part_skip(&path, "/v1/releases/"))
		return parse_release(out, path);
	if (part_skip(&path, "/v1/areas/") &&
	    (part_is(path, "forces.geojson") ||
		part_is(path, "lads.geojson"))) {
		out->kind = ROUTE_AREAS;
		memcpy(out->file, path.p, path.len);
		return E_OK;
	}
	return E_NOTFOUND;
}

enum err
route_parse(struct route *out, const char *uri, size_t len)
{
	struct route r = { .kind = ROUTE_HEALTH };
	struct part path = { uri, len }, query = { NULL, 0 };
	bool asks;
	enum err e;

	if (len > ROUTE_MAX)
		return E_LIMIT;
	asks = part_cut((struct part){ uri, len }, '?', &path, &query);
	if ((e = parse_path(&r, path)) != E_OK)
		return e;
	if (asks && r.kind != ROUTE_CELLS && r.kind != ROUTE_SUMS)
		return E_FORMAT;
	if (asks && (e = parse_query(&r, query)) != E_OK)
		return e;
	*out = r;
	return E_OK;
}
