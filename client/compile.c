#include "client/compile.h"

#include <math.h>
#include <string.h>

#include "client/choice.h"
#include "client/plain.h"
#include "client/planner.h"
#include "model/grid.h"
#include "model/ladder.h"
#include "model/source.h"
#include "model/theme.h"

static const char *
coarser(uint32_t geo)
{
	return geo == GEO_GRID     ? "a larger cell_m"
	       : geo == GEO_LSOA11 ? "kind: msoa11"
				   : "kind: lad";
}

/* Complains when an answer would have too many cells. */
static void
check_size(const struct question *q, struct doc *doc, const struct wish *w)
{
	uint64_t cells = (uint64_t)q->n_themes * question_slices(q) *
			 ((uint64_t)q->n_places + 1);
	char have[PLAIN_NUMBER], most[PLAIN_NUMBER];

	if (cells <= QUERY_CELLS_MAX)
		return;
	plain_count(have, cells);
	plain_count(most, QUERY_CELLS_MAX);
	doc_complain(doc, w->where.at,
	    "%s numbers would be asked for, at most %s can be; take fewer "
	    "forces, themes or months, or %s",
	    have, most, coarser(q->geo));
}

/* Widens n squares from start so that blocks of `block` squares tile them. */
static void
pad(uint32_t *start, uint32_t *n, uint32_t cell_m, uint32_t block)
{
	uint32_t before = *start / cell_m % block;

	*start -= before * cell_m;
	*n = (*n + before + block - 1) / block * block;
}

static uint32_t
down_to(double v, uint32_t step)
{
	return v <= 0 ? 0 : (uint32_t)(v / step) * step;
}

/* The squares: those of the wish, or the rectangle around the forces. */
static enum err
set_grid(struct question *q, const struct wish *wish, const struct choice *c,
    const struct ground *g)
{
	const struct where *w = &wish->where;
	uint32_t block = UINT32_C(1) << (w->n_levels - 1);
	struct extent x;
	enum err e;

	q->cell_m = w->cell_m;
	if (w->boxed) {
		q->west = w->west;
		q->south = w->south;
		q->cols = w->cols;
		q->rows = w->rows;
	} else {
		if ((e = ground_extent(g, &x, c->forces, c->n_forces)) != E_OK)
			return e;
		q->west = down_to(x.west, w->cell_m);
		q->south = down_to(x.south, w->cell_m);
		q->cols =
		    (down_to(x.east, w->cell_m) - q->west) / w->cell_m + 1;
		q->rows =
		    (down_to(x.north, w->cell_m) - q->south) / w->cell_m + 1;
	}
	pad(&q->west, &q->cols, w->cell_m, block);
	pad(&q->south, &q->rows, w->cell_m, block);
	q->n_places = q->cols * q->rows; /* both below 1,300 */
	return E_OK;
}

static enum err
set_areas(struct question *q, const struct choice *c, const struct ground *g)
{
	struct placing *p = NULL;
	enum err e = placing_new(&p, g->areas, q->geo, c->forces, c->n_forces);

	if (e != E_OK)
		return e;
	q->n_areas = c->n_forces;
	memcpy(q->areas, c->forces, sizeof(q->areas));
	q->n_places = placing_count(p);
	memcpy(q->areas_hash, g->areas_hash, QUERY_ID);
	placing_free(p);
	return E_OK;
}

/* The number of places of a level above the first. */
static enum err
count_level(uint32_t *out, const struct question *q, const struct ground *g,
    unsigned level)
{
	struct placing *p = NULL;
	enum err e;

	if (q->geo == GEO_GRID) {
		*out = (q->cols >> level) * (q->rows >> level);
		return E_OK;
	}
	e = placing_new(&p, g->areas, q->geo + level, q->areas, q->n_areas);
	if (e != E_OK)
		return e;
	*out = placing_count(p);
	placing_free(p);
	return E_OK;
}

static enum err
set_levels(struct question *q, const struct wish *w, const struct ground *g)
{
	enum err e;

	q->n_levels = w->where.n_levels;
	q->level_places[0] = q->n_places;
	for (unsigned i = 1; i < q->n_levels; i++)
		if ((e = count_level(&q->level_places[i], q, g, i)) != E_OK)
			return e;
	return E_OK;
}

static enum err
set_places(struct question *q, struct doc *doc, const struct wish *w,
    const struct choice *c, const struct ground *g)
{
	enum err e;

	q->geo = w->where.geo;
	e = q->geo == GEO_GRID ? set_grid(q, w, c, g) : set_areas(q, c, g);
	if (e == E_NOTFOUND) {
		doc_complain(doc, w->where.at,
		    "the boundaries of these forces are not in the data "
		    "folder");
		return E_CONFIG;
	}
	if (e != E_OK)
		return e;
	check_size(q, doc, w);
	if (q->geo == GEO_GRID && doc_faults(doc) == 0 && !grid_good(q))
		doc_complain(doc, w->where.at,
		    "the squares reach outside Great Britain (700 km east, "
		    "1,250 km north)");
	if (doc_faults(doc) > 0)
		return E_CONFIG;
	return set_levels(q, w, g);
}

/* The histograms, their noise and its charge. */
static enum err
set_noise(struct question *q, struct doc *doc, const struct wish *w,
    const struct ground *g)
{
	struct ladder *l = NULL;
	enum err e;

	if ((e = ladder_new(&l, q, g->areas)) != E_OK)
		return e;
	e = planner_set(q, doc, w, l);
	ladder_free(l);
	return e;
}

/* Has a source below bit, among those, the same key domain? */
static bool
domain_seen(uint32_t sources, uint32_t bit)
{
	for (uint32_t b = 1; b < bit; b <<= 1)
		if ((sources & b) != 0 && source_of(b)->keyed &&
		    strcmp(source_of(b)->domain, source_of(bit)->domain) == 0)
			return true;
	return false;
}

/* Unlinked keys that a node with those sources usually has of one person.  One
 * whose policy says otherwise needs `domains` in the wish. */
static uint16_t
domains_of(uint32_t sources)
{
	uint16_t n = 0;

	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((sources & bit) != 0 && source_of(bit)->keyed &&
		    !domain_seen(sources, bit))
			n++;
	return n;
}

/* Agencies that may know one person, usually: as many as there are kinds of
 * them, since one person's ambulance, hospital and police differ. */
static uint16_t
agencies_of(const struct wish *w, const struct choice *c)
{
	static const uint32_t kinds[] = { SOURCE_POLICE_CRIME |
					      SOURCE_POLICE_ASB,
		SOURCE_NHS_ED, SOURCE_NHS_AMBULANCE, SOURCE_EDU_EXCLUSION };
	uint32_t held = 0;
	uint16_t n = 0;

	for (uint16_t i = 0; i < c->n_nodes; i++)
		held |= w->sources & c->nodes[i]->sources;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((held & kinds[i]) != 0)
			n++;
	return n == 0 ? 1 : n < c->n_nodes ? n : c->n_nodes;
}

/* Multiplicities that the sensitivity rests on. */
static void
set_multiplicity(struct question *q, const struct wish *w,
    const struct choice *c, const struct ground *g)
{
	uint32_t asked = 0;
	uint16_t d = 1;

	for (uint16_t i = 0; i < q->n_themes; i++)
		asked |= 1U << q->themes[i];
	for (uint16_t i = 0; i < c->n_nodes; i++) {
		uint16_t n = domains_of(w->sources & c->nodes[i]->sources);

		d = n > d ? n : d;
	}
	q->c = w->c;
	q->k = (uint16_t)themes_multiplicity(g->themes, w->sources, asked);
	q->d = w->d != 0 ? w->d : d;
	q->g = agencies_of(w, c);
}

static void
set_asked(struct question *q, const struct wish *w, const struct choice *c)
{
	q->measure = MEASURE_COUNT;
	q->sources = w->sources;
	q->n_themes = w->n_themes;
	memcpy(q->themes, w->themes, w->n_themes);
	q->first_month = w->first_month;
	q->n_months = w->n_months;
	q->slicing = w->per == TERMS_TOTAL ? SLICE_SUM : SLICE_MONTH;
	q->mode = MODE_PER_NODE;
	q->n_nodes = c->n_nodes;
	for (uint16_t i = 0; i < c->n_nodes; i++)
		q->nodes[i] = c->nodes[i]->id;
}

static void
set_frame(
    struct query *q, const struct wish *w, const struct compile_world *world)
{
	q->version = QUERY_VERSION;
	strncpy(q->title, w->title, QUERY_TITLE - 1);
	strncpy(q->purpose, w->purpose, QUERY_TITLE - 1);
	strncpy(q->project, w->project, QUERY_TITLE - 1);
	q->researcher = *world->researcher;
	q->roster_epoch = world->roster->epoch;
	memcpy(q->roster_hash, world->roster->hash, QUERY_ID);
	q->created_at = world->now_s;
	q->send_at = world->now_s + w->send_after_s;
	q->close_at = q->send_at + w->close_after_s;
	q->not_after = world->now_s + w->valid_for_s;
	q->quorum = w->quorum;
}

enum err
compile_wish(struct query *out, struct doc *doc, const struct wish *w,
    const struct compile_world *world)
{
	struct query q = { 0 };
	struct choice c;
	enum err e;

	if (!choice_make(
		&c, doc, w, world->roster, world->ground, world->now_s))
		return E_CONFIG;
	if (w->quorum > c.n_nodes) {
		doc_complain(doc, w->at_quorum,
		    "quorum is %u but only %u nodes are asked",
		    (unsigned)w->quorum, (unsigned)c.n_nodes);
		return E_CONFIG;
	}
	set_frame(&q, w, world);
	set_asked(&q.q, w, &c);
	set_multiplicity(&q.q, w, &c, world->ground);
	memcpy(q.q.rules_hash, world->ground->rules_hash, QUERY_ID);
	if ((e = set_places(&q.q, doc, w, &c, world->ground)) != E_OK ||
	    (e = set_noise(&q.q, doc, w, world->ground)) != E_OK)
		return e;
	if (query_check(&q) != E_OK) {
		doc_complain(doc, 0,
		    "this cannot be asked: a value is outside what a query can "
		    "hold");
		return E_CONFIG;
	}
	*out = q;
	return E_OK;
}
