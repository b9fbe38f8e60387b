/*
 * A record becomes a number: the cell of its first theme in slice 0 at place 0,
 * by its kind, plus its place; the top bit of either (AWAY) says that it does
 * not count.  Records are taken STEP at a time through small arrays: unpacked,
 * placed, selected, counted; what was selected is counted in its other themes
 * after that.  Which of these steps a chunk needs is known beforehand (enum
 * shape).  Where few are of a kind that counts, only those go through them.
 */
#include "node/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/grid.h"
#include "node/column.h"
#include "privacy/bound.h"

#define STEP 1024U
#define FEW 24                   /* fewer than one in so many */
#define AWAY (UINT32_C(1) << 31) /* does not count */
#define FULL UINT32_MAX
#define INLINE __attribute__((always_inline)) static inline

static_assert(STEP % COLUMN_BLOCK == 0, "whole blocks");
static_assert(QUERY_CELLS_MAX < AWAY / 2, "bits of their own");

struct squares {                             /* the grid of a question */
	uint32_t west, south, width, height; /* metres */
	uint32_t cols, n_places;
	uint64_t part; /* of METRE_BITS: a metre is so much of a square */
};
#define METRE_BITS 42

struct tally {
	struct question q;
	uint32_t as_of;
	uint32_t *cells;
	uint32_t *slice; /* cells, from the month's slice of theme 0 on */
	uint64_t most;   /* no cell can be above it: the records told so far */
	struct bound bound;
	size_t n_kinds, n_areas;
	uint32_t *kinds; /* [n_kinds]: see tally_kinds */
	int32_t *places; /* [n_areas]: see tally_places; NULL for grids */
	/* By kind: the cell of its i-th theme, or AWAY; as many layers as any
	 * kind has themes. */
	unsigned n_layers;
	uint32_t *layers[QUERY_THEMES_MAX]; /* [n_kinds] */
	uint32_t *place_of;                 /* [n_areas]: places, or AWAY */
	/* How many kinds (areas) below the i-th count: [n + 1]. */
	uint32_t *kinds_below, *areas_below;
	struct squares squares;
	uint32_t set; /* of a chunk: the kinds that count, from its least on */
	uint32_t lives[CHUNK_ROWS]; /* by life: 0 or AWAY */
	/* Of STEP records, or of those at row[] of them: their columns. */
	uint32_t kind[STEP], place[STEP], north[STEP], start[STEP], life[STEP];
	uint32_t row[STEP];
	/* Of the selected: cells of layer 0, and kinds. */
	uint32_t cell[STEP], kind_of[STEP];
};

/* The plan ---------------------------------------------------------------- */

/* The theme bits of a kind, in the order of the question. */
static uint32_t
asked_bits(
    const struct question *q, const struct themes *rules, const struct kind *k)
{
	uint32_t bits = 0, has;

	if ((k->source & q->sources) == 0)
		return 0;
	has = themes_of(rules, k);
	for (uint32_t i = 0; i < q->n_themes; i++)
		bits |= (has >> q->themes[i] & 1) << i;
	return bits;
}

/* The cell of place 0 in slice 0 of the layer-th theme in bits. */
static uint32_t
layer_cell(const struct question *q, uint32_t bits, unsigned layer)
{
	while (layer-- > 0)
		bits &= bits - 1;
	if (bits == 0)
		return AWAY;
	return question_cell(q, (uint32_t)__builtin_ctz(bits), 0, 0);
}

/* One more than n numbers: n may be 0. */
static uint32_t *
map_new(size_t n)
{
	return malloc((n + 1) * sizeof(uint32_t));
}

/* below[i], i <= n: of the first i numbers in map[n], how many count. */
static uint32_t *
below_new(const uint32_t *map, size_t n)
{
	uint32_t *below = map_new(n);

	if (below == NULL)
		return NULL;
	below[0] = 0;
	for (size_t i = 0; i < n; i++)
		below[i + 1] = below[i] + (map[i] < AWAY);
	return below;
}

/* A record counts in no more than k themes, whatever the rules: what was
 * charged bounds what it moves. */
static enum err
plan_kinds(
    struct tally *t, const struct themes *rules, const struct kind *kinds)
{
	size_t n = t->n_kinds;

	if ((t->kinds = map_new(n)) == NULL)
		return E_NOMEM;
	t->n_layers = 1;
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = asked_bits(&t->q, rules, &kinds[i]);
		unsigned has = (unsigned)__builtin_popcount(bits);

		has = has < t->q.k ? has : t->q.k;
		t->n_layers = has > t->n_layers ? has : t->n_layers;
		t->kinds[i] = bits;
	}
	for (unsigned l = 0; l < t->n_layers; l++) {
		if ((t->layers[l] = map_new(n)) == NULL)
			return E_NOMEM;
		for (size_t i = 0; i < n; i++)
			t->layers[l][i] = layer_cell(&t->q, t->kinds[i], l);
	}
	t->kinds_below = below_new(t->layers[0], n);
	return t->kinds_below == NULL ? E_NOMEM : E_OK;
}

static enum err
fill_places(struct tally *t, const struct placing *p,
    const char (*areas)[INCIDENT_AREA])
{
	size_t n = t->n_areas;

	t->places = malloc((n + 1) * sizeof(*t->places));
	t->place_of = map_new(n);
	if (t->places == NULL || t->place_of == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		int64_t place = placing_of(p, areas[i]);

		t->places[i] = (int32_t)place;
		t->place_of[i] = place < 0 ? AWAY : (uint32_t)place;
	}
	t->areas_below = below_new(t->place_of, n);
	return t->areas_below == NULL ? E_NOMEM : E_OK;
}

static enum err
plan_areas(struct tally *t, const struct areas *areas,
    const char (*words)[INCIDENT_AREA])
{
	const struct question *q = &t->q;
	struct placing *p = NULL;
	enum err e;

	if ((e = placing_new(&p, areas, q->geo, q->areas, q->n_areas)) != E_OK)
		return e;
	e = placing_count(p) == q->n_places ? fill_places(t, p, words) : E_ARG;
	placing_free(p);
	return e;
}

/*
 * floor(x / cell) as floor(x part / 2^METRE_BITS), part = ceil(2^METRE_BITS /
 * cell): that is above x / cell by less than x / 2^METRE_BITS, and x / cell is
 * below the next integer by 1 / cell or more.  So it is exact where x cell <=
 * 2^METRE_BITS (Granlund, Montgomery, PLDI 1994): x is below 2^22, a cell below
 * 2^14.
 */
static enum err
plan_squares(struct tally *t)
{
	const struct question *q = &t->q;

	static_assert(CHUNK_METRES_MAX <= 1U << 22 && GRID_CELL_MAX < 1U << 14,
	    "exact below");
	if (!grid_good(q))
		return E_ARG;
	t->squares = (struct squares){ .west = q->west,
		.south = q->south,
		.width = q->cols * q->cell_m,
		.height = q->rows * q->cell_m,
		.cols = q->cols,
		.n_places = q->n_places,
		.part =
		    ((UINT64_C(1) << METRE_BITS) + q->cell_m - 1) / q->cell_m };
	return E_OK;
}

enum err
tally_new(struct tally **out, uint32_t *cells, const struct question *q,
    uint32_t as_of, const struct areas *areas, const struct themes *rules,
    const struct tally_words *words)
{
	struct tally *t = calloc(1, sizeof(*t));
	enum err e;

	if (t == NULL)
		return E_NOMEM;
	t->q = *q;
	t->as_of = as_of;
	t->cells = t->slice = cells;
	t->n_kinds = words->n_kinds;
	t->n_areas = words->n_areas;
	e = q->geo == GEO_GRID ? plan_squares(t)
			       : plan_areas(t, areas, words->areas);
	if (e == E_OK)
		e = plan_kinds(t, rules, words->kinds);
	if (e != E_OK) {
		tally_free(t);
		return e;
	}
	memset(cells, 0, question_cells(q) * sizeof(*cells));
	bound_start(&t->bound, q->c);
	*out = t;
	return E_OK;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	free(t->kinds);
	free(t->places);
	for (unsigned l = 0; l < t->n_layers; l++)
		free(t->layers[l]);
	free(t->place_of);
	free(t->kinds_below);
	free(t->areas_below);
	explicit_bzero(t, sizeof(*t));
	free(t);
}

/* Chunks ------------------------------------------------------------------ */

static uint32_t
slice_of(const struct tally *t, uint16_t month)
{
	assert(month >= t->q.first_month &&
	       month - t->q.first_month < t->q.n_months);
	return t->q.slicing == SLICE_MONTH
		   ? (uint32_t)(month - t->q.first_month)
		   : 0;
}

void
tally_month(struct tally *t, uint16_t month)
{
	t->slice = t->cells + question_cell(&t->q, 0, slice_of(t, month), 0);
	bound_start(&t->bound, t->q.c);
}

enum chunk_part
tally_part(const struct tally *t)
{
	return t->q.geo == GEO_GRID ? CHUNK_POINT : CHUNK_AREA;
}

/* How many numbers of a zone count?  z->most is below n. */
static uint32_t
counting(const struct chunk_zone *z, const uint32_t *below)
{
	return below[z->most + 1] - below[z->least];
}

/* May any number of the zone count? */
static bool
any_counts(const struct chunk_zone *z, const uint32_t *below, size_t n)
{
	return z->most >= n || counting(z, below) > 0;
}

/* Does each? */
static bool
each_counts(const struct chunk_zone *z, const uint32_t *below)
{
	return counting(z, below) == z->most - z->least + 1;
}

/* A chunk whose rows cannot count: for the bound they match nothing, and the
 * last unit of it may go on in the next. */
static void
pass(struct tally *t, const struct chunk_about *about)
{
	if (about->any_start)
		(void)bound_keeps(&t->bound, true, false);
}

bool
tally_passes(struct tally *t, const struct chunk_about *about)
{
	if (about->born.least <= t->as_of &&
	    any_counts(&about->kind, t->kinds_below, t->n_kinds) &&
	    (t->areas_below == NULL ||
		any_counts(&about->area, t->areas_below, t->n_areas)))
		return false;
	pass(t, about);
	return true;
}

/* Fills lives: which are seen as of the cut?  Are all? */
static bool
see_lives(struct tally *t, const struct chunk_hot *hot)
{
	bool all = true;

	for (uint32_t i = 0; i < hot->n_lives; i++) {
		uint32_t born, died;
		bool seen;

		chunk_life(hot, i, &born, &died);
		seen = born <= t->as_of &&
		       (died == CHUNK_ALIVE || died > t->as_of);
		t->lives[i] = seen ? 0 : AWAY;
		all &= seen;
	}
	return all;
}

/* place[n] from eastings, as chunk_point has them, to places.  What lies west
 * or south of the grid wraps to above its width and height.  No branch: which
 * way a point lies is not foreseen. */
static void
place_points(struct tally *t, const struct chunk_about *about, uint32_t n)
{
	const struct squares g = t->squares;
	const uint32_t west = g.west + 1 - about->east.least;
	const uint32_t south = g.south + 1 - about->north.least;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t x = t->place[i] - west, y = t->north[i] - south;
		uint32_t col = (uint32_t)(x * g.part >> METRE_BITS);
		uint32_t row = (uint32_t)(y * g.part >> METRE_BITS);
		uint32_t out = (x >= g.width) | (y >= g.height);
		uint32_t place = (row * g.cols + col) | out << 31;

		t->place[i] = t->place[i] == 0 ? g.n_places : place;
	}
}

enum shape {         /* bits */
	BOUNDS = 1,  /* units may have more than one record */
	HIDES = 2,   /* some records are not seen as of the cut */
	LAYERED = 4, /* some kinds have more than one theme */
	AREAS = 8,   /* place holds areas, else places */
	KINDS = 16,  /* every kind counts, or so many records' that
		      * the others are not left out beforehand */
	SET = 32,    /* the kinds fit in a set */
	EACH = 64,   /* with KINDS and AREAS, perhaps BOUNDS: each record counts
		      * unless the bound is against it; no cell becomes full */
};

/* Selects from the n records at hand, into cell and kind_of: how many.  shape
 * is a constant where it is called. */
INLINE uint32_t
pick(struct tally *t, uint32_t n, unsigned shape)
{
	const uint32_t *cell_of = t->layers[0], *place_of = t->place_of;
	struct bound b = t->bound;
	uint32_t kept = 0;
	bool keeps = false;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t cell = cell_of[t->kind[i]], place = t->place[i];
		uint32_t away;

		if ((shape & AREAS) != 0)
			place = place_of[place];
		away = cell | place;
		if ((shape & HIDES) != 0)
			away |= t->lives[t->life[i]];
		keeps = away < AWAY;
		if ((shape & BOUNDS) != 0)
			keeps = bound_keeps(&b, t->start[i] != 0, keeps);
		t->cell[kept] = cell + place;
		if ((shape & LAYERED) != 0)
			t->kind_of[kept] = t->kind[i];
		kept += keeps;
	}
	if ((shape & BOUNDS) == 0) /* each a unit, but the last may go on */
		(void)bound_keeps(&b, true, keeps);
	t->bound = b;
	return kept;
}

static uint32_t
select_kept(struct tally *t, unsigned shape, uint32_t n)
{
	switch (shape & (BOUNDS | HIDES | LAYERED | AREAS)) {
/* clang-format off */
#define X(s) case s: return pick(t, n, s);
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
	X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#undef X
		    /* clang-format on */
		    default : abort();
	}
}

/* One record of each quarter of the n at hand in turn: those that follow each
 * other are often of one cell, and would wait for each other there. */
static void
count_quarters(struct tally *t, uint32_t n)
{
	const uint32_t *cell_of = t->layers[0], *place_of = t->place_of;
	uint32_t *cells = t->slice;
	uint32_t q = n / 4;

	for (uint32_t i = 0; i < q; i++) {
		uint32_t j = i + q, k = j + q, l = k + q;

		cells[cell_of[t->kind[i]] + place_of[t->place[i]]]++;
		cells[cell_of[t->kind[j]] + place_of[t->place[j]]]++;
		cells[cell_of[t->kind[k]] + place_of[t->place[k]]]++;
		cells[cell_of[t->kind[l]] + place_of[t->place[l]]]++;
	}
	for (uint32_t i = 4 * q; i < n; i++)
		cells[cell_of[t->kind[i]] + place_of[t->place[i]]]++;
	(void)bound_keeps(&t->bound, true, true); /* each is a unit */
}

/* Selects and counts at once, where each counts but for the bound. */
static void
count_each(struct tally *t, uint32_t n)
{
	const uint32_t *cell_of = t->layers[0], *place_of = t->place_of;
	uint32_t *cells = t->slice;
	struct bound b = t->bound;

	for (uint32_t i = 0; i < n; i++)
		cells[cell_of[t->kind[i]] + place_of[t->place[i]]] +=
		    bound_keeps(&b, t->start[i] != 0, true);
	t->bound = b;
}

/* A cell that is full stays so: wrapping to 0 would move it by more than the
 * record. */
static void
add(uint32_t *cell, uint64_t n)
{
	*cell = n < FULL - *cell ? *cell + (uint32_t)n : FULL;
}

/* Counts the selected in their first themes. */
static void
count_first(struct tally *t, uint32_t kept)
{
	uint32_t *cells = t->slice;

	if (t->most <= FULL)
		for (uint32_t i = 0; i < kept; i++)
			cells[t->cell[i]]++;
	else
		for (uint32_t i = 0; i < kept; i++)
			add(&cells[t->cell[i]], 1);
}

/* And in the others. */
static void
count_others(struct tally *t, uint32_t kept)
{
	const uint32_t *first = t->layers[0];

	for (unsigned l = 1; l < t->n_layers; l++)
		for (uint32_t i = 0; i < kept; i++) {
			uint32_t kind = t->kind_of[i];
			uint32_t place = t->cell[i] - first[kind];
			uint32_t cell = t->layers[l][kind];

			if (cell < AWAY)
				add(&t->slice[cell + place], 1);
		}
}

struct columns { /* of a chunk; north: points only */
	struct chunk_hot hot;
	struct chunk_column place, north;
};

static enum err
open_columns(struct columns *c, const struct tally *t,
    const struct chunk_about *about, const uint8_t *hot, size_t n_hot,
    const uint8_t *place, size_t n_place)
{
	enum err e;

	if (about->kind.most >= t->n_kinds ||
	    (t->places != NULL && about->area.most >= t->n_areas))
		return E_FORMAT;
	if ((e = chunk_hot(&c->hot, about, hot, n_hot)) != E_OK)
		return e;
	if (t->places != NULL)
		return chunk_area(&c->place, about, place, n_place);
	return chunk_point(&c->place, &c->north, about, place, n_place);
}

/* Fills set: do all the kinds of a chunk fit in it? */
static bool
set_kinds(struct tally *t, const struct chunk_zone *kinds)
{
	uint32_t wide = kinds->most - kinds->least;

	t->set = 0;
	for (uint32_t k = 0; k <= wide && wide < 32; k++)
		t->set |= (uint32_t)(t->layers[0][kinds->least + k] < AWAY)
			  << k;
	return wide < 32;
}

/* Finds those of the n rows from first on whose kinds count, into row. */
static enum err
find(uint32_t *found, struct tally *t, const struct columns *c,
    const struct chunk_about *about, unsigned shape, uint32_t first, uint32_t n)
{
	const uint32_t *cell_of = t->layers[0];

	if ((shape & SET) != 0) {
		*found = chunk_find(t->row, &c->hot.kind, first, n, t->set);
		return E_OK;
	}
	if (chunk_unpack(t->kind, &c->hot.kind, first, n) > about->kind.most)
		return E_FORMAT;
	*found = 0;
	for (uint32_t i = 0; i < n; i++) {
		t->row[*found] = i;
		*found += cell_of[t->kind[i]] < AWAY;
	}
	return E_OK;
}

/* Does a unit start in rows [from, to)?  Most do, so the last tells. */
static bool
starts_in(const struct chunk_column *start, uint32_t from, uint32_t to)
{
	while (to > from)
		if (chunk_value(start, --to) != 0)
			return true;
	return false;
}

/* Of the found rows: does a unit start after the one before, or first?  And
 * does one start after the last, before row first + n? */
static bool
thin_starts(struct tally *t, const struct chunk_column *start, uint32_t first,
    uint32_t n, uint32_t found)
{
	uint32_t from = first;

	for (uint32_t i = 0; i < found; i++) {
		uint32_t to = first + t->row[i] + 1;

		t->start[i] = starts_in(start, from, to);
		from = to;
	}
	return starts_in(start, from, first + n);
}

/* Values of a column: of the n rows from first on, or of those found. */
static uint32_t
fetch(uint32_t *out, struct tally *t, const struct chunk_column *c,
    uint32_t first, uint32_t n, uint32_t found)
{
	if (found < n)
		return chunk_pluck(out, c, first, t->row, found);
	return chunk_unpack(out, c, first, n);
}

/* What the shape needs of those rows besides their kinds and starts. */
static enum err
fetch_rest(struct tally *t, const struct columns *c,
    const struct chunk_about *about, unsigned shape, uint32_t first, uint32_t n,
    uint32_t found)
{
	const struct chunk_hot *h = &c->hot;

	if ((shape & HIDES) != 0 &&
	    fetch(t->life, t, &h->life, first, n, found) >= h->n_lives)
		return E_FORMAT;
	if ((shape & AREAS) != 0)
		return fetch(t->place, t, &c->place, first, n, found) >
			       about->area.most
			   ? E_FORMAT
			   : E_OK;
	(void)fetch(t->place, t, &c->place, first, n, found);
	(void)fetch(t->north, t, &c->north, first, n, found);
	place_points(t, about, found);
	return E_OK;
}

/* What the records of a chunk are to go through. */
static unsigned
shape_of(struct tally *t, const struct columns *c,
    const struct chunk_about *about, bool hides)
{
	unsigned shape = (t->n_layers > 1 ? LAYERED : 0) | (hides ? HIDES : 0) |
			 (t->places != NULL ? AREAS : 0);

	if (each_counts(&about->kind, t->kinds_below))
		shape |= KINDS;
	else if (set_kinds(t, &about->kind))
		shape |= SET;
	if (shape == (AREAS | KINDS) && t->most <= FULL &&
	    each_counts(&about->area, t->areas_below))
		shape |= EACH;
	if (c->hot.start.bits != 0 || c->hot.start.least == 0)
		shape |= BOUNDS;
	return shape;
}

static void
count_rows(struct tally *t, unsigned shape, uint32_t n)
{
	uint32_t kept;

	if ((shape & EACH) != 0 && (shape & BOUNDS) != 0) {
		count_each(t, n);
		return;
	}
	if ((shape & EACH) != 0) {
		count_quarters(t, n);
		return;
	}
	kept = select_kept(t, shape, n);
	count_first(t, kept);
	if ((shape & LAYERED) != 0)
		count_others(t, kept);
}

/* Rows [first, first + n), n <= STEP, or those found of them. */
static enum err
count_step(struct tally *t, const struct columns *c,
    const struct chunk_about *about, unsigned shape, uint32_t first, uint32_t n,
    uint32_t found)
{
	const struct chunk_hot *h = &c->hot;
	bool unshown = false;
	enum err e;

	if (fetch(t->kind, t, &h->kind, first, n, found) > about->kind.most)
		return E_FORMAT;
	if (found < n)
		unshown = thin_starts(t, &h->start, first, n, found);
	else if ((shape & BOUNDS) != 0)
		(void)chunk_unpack(t->start, &h->start, first, n);
	if ((e = fetch_rest(t, c, about, shape, first, n, found)) != E_OK)
		return e;
	count_rows(t, shape, found);
	if (unshown) /* the last unit began, and may go on */
		(void)bound_keeps(&t->bound, true, false);
	return E_OK;
}

enum err
tally_chunk(struct tally *t, const struct chunk_about *about,
    const uint8_t *hot, size_t n_hot, const uint8_t *place, size_t n_place)
{
	struct columns c;
	unsigned shape;
	enum err e;

	if ((e = open_columns(&c, t, about, hot, n_hot, place, n_place)) !=
	    E_OK)
		return e;
	t->most += about->n;
	shape = shape_of(t, &c, about, !see_lives(t, &c.hot));
	for (uint32_t first = 0; first < about->n; first += STEP) {
		uint32_t left = about->n - first;
		uint32_t n = left < STEP ? left : STEP;

		uint32_t found = n;

		if ((shape & KINDS) == 0 &&
		    (e = find(&found, t, &c, about, shape, first, n)) != E_OK)
			return e;
		if (found >= n / FEW) {
			found = n;
			shape |= KINDS;
		}
		if ((e = count_step(t, &c, about, shape, first, n, found)) !=
		    E_OK)
			return e;
	}
	return E_OK;
}

/* For databases that count ------------------------------------------------ */

const uint32_t *
tally_kinds(const struct tally *t)
{
	return t->kinds;
}

const int32_t *
tally_places(const struct tally *t)
{
	return t->places;
}

void
tally_add(
    struct tally *t, uint16_t month, uint32_t place, uint32_t bits, uint64_t n)
{
	uint32_t slice = slice_of(t, month);
	uint16_t left = t->q.k;

	assert(place <= t->q.n_places && bits >> t->q.n_themes == 0);
	t->most += n < FULL ? n : FULL;
	for (; bits != 0 && left > 0; left--, bits &= bits - 1) {
		uint32_t theme = (uint32_t)__builtin_ctz(bits);

		add(&t->cells[question_cell(&t->q, theme, slice, place)], n);
	}
}
