#include "client/where.h"

#include <stdio.h>
#include <string.h>

#include "model/grid.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const kinds[] = { "grid", "lsoa11", "msoa11", "lad",
	"force" };
static const char *const area_keys[] = { "kind", "levels", "forces" };
static const char *const grid_keys[] = { "kind", "levels", "forces", "cell_m",
	"west", "south", "cols", "rows", "ranges" };

void
where_level(
    char out[WHERE_LEVEL], uint32_t geo, uint32_t cell_m, unsigned level)
{
	if (geo == GEO_GRID)
		snprintf(out, WHERE_LEVEL, "%u", (unsigned)cell_m << level);
	else
		snprintf(out, WHERE_LEVEL, "%s", geo_text(geo + level));
}

/* Is it the word, or the word without the year of a census? */
static bool
means(const char *level, const char *word)
{
	size_t len = strlen(word);

	return strcmp(level, word) == 0 ||
	       (len > 0 && strncmp(level, word, len) == 0 &&
		   strcmp(level + len, "11") == 0);
}

/* The number of the level of that word, published or not. */
static unsigned
level_of(const struct where *w, const char *word)
{
	char name[WHERE_LEVEL];

	for (unsigned i = 0; i < QUERY_LEVELS_MAX; i++) {
		if (w->geo == GEO_GRID ? w->cell_m << i > GRID_CELL_MAX
				       : w->geo + i > GEO_FORCE)
			break;
		where_level(name, w->geo, w->cell_m, i);
		if (means(name, word))
			return i;
	}
	return QUERY_LEVELS_MAX;
}

unsigned
where_find(const struct where *w, const char *word)
{
	unsigned level = level_of(w, word);

	return level < w->n_levels ? level : QUERY_LEVELS_MAX;
}

/* Is it the word for a level below the finest? */
static bool
finer(const struct where *w, const char *text)
{
	char word[WHERE_LEVEL];
	uint32_t geo;

	if (w->geo != GEO_GRID)
		return geo_parse(&geo, text) == E_OK && geo != GEO_GRID;
	for (uint32_t cell_m = 1000; cell_m < w->cell_m; cell_m *= 2) {
		where_level(word, GEO_GRID, cell_m, 0);
		if (strcmp(word, text) == 0)
			return true;
	}
	return false;
}

/* Complains of a word that is no level of this kind. */
static void
no_level(const struct where *w, struct doc *doc, int at)
{
	const char *text = doc_text(doc, at);
	const char *words[QUERY_LEVELS_MAX];
	char names[QUERY_LEVELS_MAX][WHERE_LEVEL], kind[WHERE_LEVEL];
	size_t n = 0;

	for (unsigned i = 1; i < QUERY_LEVELS_MAX; i++) {
		where_level(names[i], w->geo, w->cell_m, i);
		if (level_of(w, names[i]) == i)
			words[n++] = names[i];
	}
	where_level(kind, w->geo, w->cell_m, 0);
	if (n == 0)
		doc_complain(doc, at,
		    "nothing is coarser than %s; leave levels out", kind);
	else if (text != NULL && finer(w, text))
		doc_complain(doc, at,
		    "%s is finer than %s; make it the %s: levels are the "
		    "coarser ones",
		    text, kind, w->geo == GEO_GRID ? "cell_m" : "kind");
	else
		reader_unknown(doc, at, "levels", words, n);
}

/* The levels above the finest: a list without gaps, or the last one alone. */
static void
read_levels(struct where *w, struct doc *doc)
{
	size_t n = doc_count(doc, w->at_levels);
	unsigned said = 0, last = 0;
	char gap[WHERE_LEVEL];

	if (w->at_levels != 0 && n == 0)
		doc_complain(doc, w->at_levels,
		    "levels must be a list such as %s, or the coarsest",
		    w->geo == GEO_GRID ? "[2000, 4000]" : "[msoa11, lad]");
	for (size_t i = 0; i < n; i++) {
		int item = doc_item(doc, w->at_levels, i);
		const char *text = doc_text(doc, item);
		unsigned level =
		    text == NULL ? QUERY_LEVELS_MAX : level_of(w, text);

		if (level == QUERY_LEVELS_MAX) {
			no_level(w, doc, item);
			return;
		}
		if ((said >> level & 1) != 0)
			doc_complain(doc, item,
			    "level \"%.40s\" stands twice; keep one", text);
		said |= 1U << level;
		last = level > last ? level : last;
	}
	for (unsigned i = 1; i < last && n > 1; i++)
		if ((said >> i & 1) == 0) {
			where_level(gap, w->geo, w->cell_m, i);
			doc_complain(doc, w->at_levels,
			    "levels follow one another; add %s", gap);
			break;
		}
	w->n_levels = (uint16_t)(last + 1);
}

/* The extent of a grid: all four numbers, or none. */
static void
read_box(struct where *w, struct doc *doc)
{
	int map = w->at, forces = doc_get(doc, map, "forces");
	int n = (doc_get(doc, map, "west") != 0) +
		(doc_get(doc, map, "south") != 0) +
		(doc_get(doc, map, "cols") != 0) +
		(doc_get(doc, map, "rows") != 0);

	if (n == 0)
		return;
	if (n < 4) {
		doc_complain(doc, map,
		    "west, south, cols and rows go together; give all four, "
		    "or forces");
		return;
	}
	w->boxed = true;
	w->west = reader_number(doc, map, "west", 0, GRID_EAST_MAX, 0);
	w->south = reader_number(doc, map, "south", 0, GRID_NORTH_MAX, 0);
	w->cols = reader_number(doc, map, "cols", 1, 700, 1);
	w->rows = reader_number(doc, map, "rows", 1, 1250, 1);
	if (w->west % w->cell_m != 0 || w->south % w->cell_m != 0)
		doc_complain(doc, doc_get(doc, map, "west"),
		    "west and south must be multiples of %u metres",
		    (unsigned)w->cell_m);
	if (forces != 0)
		doc_complain(doc, forces,
		    "give forces, or west, south, cols and rows; not both");
}

static void
read_grid(struct where *w, struct doc *doc)
{
	int at = doc_get(doc, w->at, "cell_m");

	doc_keys(doc, w->at, grid_keys, COUNT(grid_keys));
	w->cell_m = reader_number(doc, w->at, "cell_m", 1000, 16000, 1000);
	if (w->cell_m != 1000 && w->cell_m != 2000 && w->cell_m != 4000 &&
	    w->cell_m != 8000 && w->cell_m != 16000) {
		doc_complain(doc, at,
		    "squares are of 1000, 2000, 4000, 8000 or 16000 metres");
		w->cell_m = 1000;
	}
	w->ranges = reader_flag(doc, w->at, "ranges");
	read_box(w, doc);
}

void
where_read(struct where *out, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "geography");
	int kind = doc_get(doc, at, "kind");
	const char *text = doc_text(doc, kind);
	struct where w = { .at = at, .n_levels = 1 };

	*out = w;
	if (!doc_is_map(doc, at)) {
		reader_missing(doc, at == 0 ? doc_root(doc) : at, "geography",
		    "geography: {kind: lsoa11, forces: [W15000003]}");
		return;
	}
	if (kind == 0) {
		reader_missing(doc, at, "kind", "kind: lsoa11");
		return;
	}
	if (text == NULL || geo_parse(&w.geo, text) != E_OK) {
		reader_unknown(doc, kind, "kind", kinds, COUNT(kinds));
		return;
	}
	w.at_levels = doc_get(doc, at, "levels");
	if (w.geo == GEO_GRID)
		read_grid(&w, doc);
	else
		doc_keys(doc, at, area_keys, COUNT(area_keys));
	read_levels(&w, doc);
	w.n_forces = reader_names(w.forces, QUERY_AREAS_MAX, doc,
	    doc_get(doc, at, "forces"), "forces");
	*out = w;
}
