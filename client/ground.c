#include "client/ground.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "base/num.h"
#include "cli/file.h"
#include "cli/near.h"
#include "model/osgb.h"

#define FILE_MAX ((size_t)32 * 1024 * 1024)
#define FORCES_MAX 64

static_assert((1U << GROUND_SOURCES) - 1 == SOURCE_ALL, "a row for each");

/* Reads dir/name; the reason of a failure goes to fault. */
static enum err
read_file(char **out, size_t *len, const char *dir, const char *name,
    char fault[GROUND_FAULT])
{
	char path[FILE_PATH] = "", why[FILE_WHY];
	enum err e = file_path(path, dir, name);

	if (e == E_OK)
		e = file_read(out, len, path, FILE_MAX);
	if (e != E_OK)
		snprintf(fault, GROUND_FAULT,
		    "%s; --data names the folder that holds it",
		    file_read_why(why, path, FILE_MAX, e));
	return e;
}

static void
fault_line(char fault[GROUND_FAULT], const char *dir, const char *name,
    size_t line, enum err e)
{
	snprintf(fault, GROUND_FAULT, "%.250s/%s:%zu: %s", dir, name, line,
	    err_text(e));
}

static enum err
load_areas(struct ground *g, char fault[GROUND_FAULT])
{
	char *text = NULL;
	size_t len, line;
	enum err e = read_file(&text, &len, g->dir, "areas/lsoa11.csv", fault);

	if (e != E_OK)
		return e;
	hash_bytes32(g->areas_hash, text, len);
	if ((e = areas_parse(&g->areas, text, len, &line)) != E_OK)
		fault_line(fault, g->dir, "areas/lsoa11.csv", line, e);
	free(text);
	return e;
}

static enum err
load_rules(struct ground *g, char fault[GROUND_FAULT])
{
	char *text = NULL;
	size_t len, line;
	enum err e = read_file(&text, &len, g->dir, "rules/themes.csv", fault);

	if (e != E_OK)
		return e;
	hash_bytes32(g->rules_hash, text, len);
	if ((e = themes_parse(&g->themes, text, len, &line)) != E_OK)
		fault_line(fault, g->dir, "rules/themes.csv", line, e);
	free(text);
	return e;
}

/* One line "source,theme,rate" of the volumes. */
static enum err
take_volume(struct ground *g, char *line)
{
	char *theme_at = strchr(line, ','), *rate_at;
	uint32_t source;
	uint8_t theme;
	int64_t milli;

	if (theme_at == NULL || (rate_at = strchr(theme_at + 1, ',')) == NULL)
		return E_FORMAT;
	*theme_at++ = 0;
	*rate_at++ = 0;
	if (source_parse(&source, line) != E_OK ||
	    theme_parse(&theme, theme_at) != E_OK ||
	    num_parse_fixed(&milli, rate_at, strlen(rate_at), 3) != E_OK ||
	    milli < 0)
		return E_FORMAT;
	g->per_1000[__builtin_ctz(source)][theme] = (double)milli / 1000;
	return E_OK;
}

static enum err
load_volumes(struct ground *g, char fault[GROUND_FAULT])
{
	static const char header[] = "source,theme,per_1000_people_year";
	char *text = NULL, *at, *line;
	size_t len, n = 0;
	bool headed = false;
	enum err e = read_file(&text, &len, g->dir, "rules/volumes.csv", fault);

	for (size_t i = 0; i < GROUND_SOURCES; i++)
		for (size_t t = 0; t < THEMES; t++)
			g->per_1000[i][t] = -1;
	at = text;
	while (e == E_OK && (line = strsep(&at, "\n")) != NULL) {
		n++;
		if (line[0] == '#' || line[0] == 0)
			continue;
		if (headed)
			e = take_volume(g, line);
		else if (strcmp(line, header) != 0)
			e = E_FORMAT;
		headed = true;
		if (e != E_OK)
			fault_line(fault, g->dir, "rules/volumes.csv", n, e);
	}
	free(text);
	return e;
}

static enum err
load_boundaries(struct ground *g, char fault[GROUND_FAULT])
{
	char *text = NULL;
	size_t len;
	enum err e =
	    read_file(&text, &len, g->dir, "boundaries/forces.geojson", fault);

	if (e != E_OK)
		return e;
	g->boundaries = json_loadb(text, len, 0, NULL);
	free(text);
	if (!json_is_array(json_object_get(g->boundaries, "features"))) {
		fault_line(
		    fault, g->dir, "boundaries/forces.geojson", 1, E_FORMAT);
		return E_FORMAT;
	}
	return E_OK;
}

enum err
ground_load(struct ground **out, const char *dir, char fault[GROUND_FAULT])
{
	struct ground *g = calloc(1, sizeof(*g));
	enum err e;

	if (g == NULL || (g->dir = strdup(dir)) == NULL) {
		snprintf(fault, GROUND_FAULT, "%s", err_text(E_NOMEM));
		e = E_NOMEM;
		goto out;
	}
	if ((e = load_areas(g, fault)) != E_OK ||
	    (e = load_rules(g, fault)) != E_OK ||
	    (e = load_volumes(g, fault)) != E_OK ||
	    (e = load_boundaries(g, fault)) != E_OK)
		goto out;
	*out = g;
	g = NULL;
out:
	ground_free(g);
	return e;
}

void
ground_free(struct ground *g)
{
	if (g == NULL)
		return;
	areas_free(g->areas);
	themes_free(g->themes);
	json_decref(g->boundaries);
	free(g->dir);
	free(g);
}

const struct themes *
ground_rules(const struct ground *g, const uint8_t hash[HASH_BYTES])
{
	return memcmp(hash, g->rules_hash, HASH_BYTES) == 0 ? g->themes : NULL;
}

/* A property of the i-th boundary; "" when it has none. */
static const char *
property(const struct ground *g, size_t i, const char *key)
{
	const json_t *feature =
	    json_array_get(json_object_get(g->boundaries, "features"), i);
	const char *s = json_string_value(
	    json_object_get(json_object_get(feature, "properties"), key));

	return s == NULL ? "" : s;
}

static size_t
boundaries(const struct ground *g)
{
	return json_array_size(json_object_get(g->boundaries, "features"));
}

/* Is text the code or one of the names of the i-th force area? */
static bool
force_is(const struct ground *g, size_t i, const char *text)
{
	const char *code = property(g, i, "code");
	const char *name = areas_force_name(g->areas, code);

	return strcasecmp(text, code) == 0 ||
	       strcasecmp(text, property(g, i, "name")) == 0 ||
	       (name != NULL && strcasecmp(text, name) == 0);
}

bool
ground_force(
    const struct ground *g, char code[GSS], const char *text, const char **near)
{
	const char *names[FORCES_MAX];
	size_t n = 0;

	*near = NULL;
	for (size_t i = 0; i < boundaries(g); i++) {
		const char *found = property(g, i, "code");

		if (strlen(found) != GSS - 1 ||
		    !areas_has_force(g->areas, found))
			continue;
		if (force_is(g, i, text)) {
			memcpy(code, found, GSS);
			return true;
		}
		if (n < FORCES_MAX)
			names[n++] = property(g, i, "name");
	}
	*near = near_word(text, names, n);
	return false;
}

/* Widens e by every position in the nested arrays of coordinates. */
static enum err
widen(struct extent *e, const struct osgb *osgb, const json_t *coordinates)
{
	const json_t *item;
	double east, north;
	enum err err;
	size_t i;

	if (!json_is_number(json_array_get(coordinates, 0))) {
		json_array_foreach(coordinates, i,
		    item) if ((err = widen(e, osgb, item)) != E_OK) return err;
		return json_is_array(coordinates) ? E_OK : E_FORMAT;
	}
	if (osgb_to_grid(osgb,
		json_number_value(json_array_get(coordinates, 1)),
		json_number_value(json_array_get(coordinates, 0)), &east,
		&north) != E_OK)
		return E_FORMAT;
	e->west = fmin(e->west, east);
	e->east = fmax(e->east, east);
	e->south = fmin(e->south, north);
	e->north = fmax(e->north, north);
	return E_OK;
}

/* Widens e by the boundary of one force. */
static enum err
widen_force(struct extent *e, const struct ground *g, const struct osgb *osgb,
    const char *force)
{
	for (size_t i = 0; i < boundaries(g); i++) {
		const json_t *feature = json_array_get(
		    json_object_get(g->boundaries, "features"), i);

		if (strcmp(property(g, i, "code"), force) == 0)
			return widen(e, osgb,
			    json_object_get(
				json_object_get(feature, "geometry"),
				"coordinates"));
	}
	return E_NOTFOUND;
}

enum err
ground_extent(const struct ground *g, struct extent *out,
    const char (*forces)[GSS], size_t n_forces)
{
	struct extent x = { INFINITY, INFINITY, -INFINITY, -INFINITY };
	char *east = NULL, *north = NULL, fault[GROUND_FAULT];
	size_t east_len, north_len;
	struct osgb *osgb = NULL;
	enum err e;

	if ((e = read_file(
		 &east, &east_len, g->dir, "osgb/ostn_east", fault)) != E_OK ||
	    (e = read_file(
		 &north, &north_len, g->dir, "osgb/ostn_north", fault)) != E_OK)
		goto out;
	if ((e = osgb_new(&osgb, (const uint8_t *)east, east_len,
		 (const uint8_t *)north, north_len)) != E_OK)
		goto out;
	for (size_t i = 0; i < n_forces; i++)
		if ((e = widen_force(&x, g, osgb, forces[i])) != E_OK)
			goto out;
	*out = x;
out:
	osgb_free(osgb);
	free(east);
	free(north);
	return e;
}

uint64_t
ground_people(
    const struct ground *g, const char (*forces)[GSS], size_t n_forces)
{
	struct placing *p = NULL;
	uint64_t people = 0;

	if (placing_new(&p, g->areas, GEO_FORCE, forces, n_forces) != E_OK)
		return 0;
	for (uint32_t i = 0; i < placing_count(p); i++)
		people += placing_at(p, i).population;
	placing_free(p);
	return people;
}
