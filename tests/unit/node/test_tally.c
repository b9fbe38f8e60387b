/*
 * Promises of node/tally: the counts are those that a plain reading of the
 * question gives, however a month is cut into chunks and whichever of them are
 * passed by.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/grid.h"
#include "node/column.h"
#include "node/tally.h"
#include "tests/unit/abort_test.h"
#include "tests/unit/node/rows_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MONTH 612
#define MONTHS 4
#define ROWS 1200 /* of a month, at most */
#define CELLS 4096

/* Two forces with four LSOAs; two in one MSOA, three authorities. */
static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000002,Aber 001B,W06000001,Aber,W15000001,North,1000\n"
    "W01000003,Bryn 001A,W06000002,Bryn,W15000001,North,1000\n"
    "W01000004,Coed 001A,W06000003,Coed,W15000002,South,1000\n";

/* Of every level, one of no lookup, and none. */
static const char words[][INCIDENT_AREA] = { "W01000001", "W01000002",
	"W01000003", "W01000004", "Aber 001", "W06000001", "W06000002",
	"W06000003", "W15000001", "W15000002", "E01035999", "" };

static const char rule_file[] =
    "rules,tests,1\n"
    "theme,violence,v\ntheme,asb,a\ntheme,knife,k\ntheme,vawg,w\n"
    "list,any,any.csv\n"
    "rule,police.crime;nhs.ed,any,v*,,,,violence\n"
    "rule,police.crime;nhs.ed,any,vk*,,,,knife\n"
    "rule,police.crime,any,vkw;w,,,,vawg\n"
    "rule,police.crime,any,k,,,,knife\n"
    "rule,police.asb,any,a,,,,asb\n"
    "rule,police.asb,any,av,,,,asb;violence\n";

#define KIND(source, code)                   \
	{                                    \
		source, "any", code, 0, 0, 0 \
	}
enum { V, VK, VKW, W, K, A, AV, ED_V, ED_VK, UNKNOWN, ED_A, KINDS };
static const struct kind kinds[KINDS] = {
	[V] = KIND(SOURCE_POLICE_CRIME, "v"),
	[VK] = KIND(SOURCE_POLICE_CRIME, "vk"),
	[VKW] = KIND(SOURCE_POLICE_CRIME, "vkw"),
	[W] = KIND(SOURCE_POLICE_CRIME, "w"),
	[K] = KIND(SOURCE_POLICE_CRIME, "k"),
	[A] = KIND(SOURCE_POLICE_ASB, "a"),
	[AV] = KIND(SOURCE_POLICE_ASB, "av"),
	[ED_V] = KIND(SOURCE_NHS_ED, "v"),
	[ED_VK] = KIND(SOURCE_NHS_ED, "vk"),
	[UNKNOWN] = KIND(SOURCE_POLICE_CRIME, "x"),
	[ED_A] = KIND(SOURCE_NHS_ED, "a"),
};
static const struct tally_words all_words = { kinds, KINDS, words,
	COUNT(words) };

static struct areas *areas;
static struct themes *rules;
static struct chunk_bytes parts[CHUNK_PARTS];
static struct row *months[MONTHS]; /* [ROWS] */
static size_t n_rows[MONTHS];
static uint32_t cells[CELLS], want[CELLS];

static int
set_up(void **state)
{
	size_t line;

	(void)state;
	if (areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK ||
	    themes_parse(&rules, rule_file, sizeof(rule_file) - 1, &line) !=
		E_OK)
		return -1;
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		if ((parts[i].at = malloc(chunk_room())) == NULL)
			return -1;
	for (unsigned m = 0; m < MONTHS; m++)
		if ((months[m] = calloc(ROWS, sizeof(struct row))) == NULL)
			return -1;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	areas_free(areas);
	themes_free(rules);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		free(parts[i].at);
	for (unsigned m = 0; m < MONTHS; m++)
		free(months[m]);
	return 0;
}

/* The plain reading ------------------------------------------------------- */

/* The place of a row, or -1. */
static int64_t
plain_place(
    const struct question *q, const struct placing *p, const struct row *r)
{
	if (q->geo != GEO_GRID)
		return placing_of(p, words[r->area]);
	return r->point ? grid_place(q, r->east, r->north) : q->n_places;
}

static bool
plain_asked(const struct question *q, uint32_t as_of, const struct row *r)
{
	uint32_t has = themes_of(rules, &kinds[r->kind]), asked = 0;

	for (unsigned t = 0; t < q->n_themes; t++)
		asked |= has >> q->themes[t] & 1;
	return r->born <= as_of && (r->died == 0 || r->died > as_of) &&
	       (kinds[r->kind].source & q->sources) != 0 && asked;
}

static void
plain_add(const struct question *q, unsigned month, const struct row *r,
    uint32_t place)
{
	uint32_t has = themes_of(rules, &kinds[r->kind]), left = q->k;
	uint32_t slice = q->slicing == SLICE_MONTH ? month : 0;

	for (uint32_t t = 0; t < q->n_themes && left > 0; t++)
		if ((has >> q->themes[t] & 1) != 0) {
			want[question_cell(q, t, slice, place)]++;
			left--;
		}
}

/* Into want: a row counts when fewer than c that match are before it in its
 * unit. */
static void
plain(const struct question *q, uint32_t as_of)
{
	struct placing *p = NULL;

	if (q->geo != GEO_GRID)
		assert_int_equal(
		    placing_new(&p, areas, q->geo, q->areas, q->n_areas), E_OK);
	memset(want, 0, sizeof(want));
	for (unsigned m = 0; m < q->n_months; m++)
		for (size_t i = 0, used = 0; i < n_rows[m]; i++) {
			const struct row *r = &months[m][i];
			int64_t place = plain_place(q, p, r);

			if (i == 0 || memcmp(r->unit, r[-1].unit, 16) != 0)
				used = 0;
			if (place < 0 || !plain_asked(q, as_of, r))
				continue;
			if (used < q->c) {
				plain_add(q, m, r, (uint32_t)place);
				used++;
			}
		}
	placing_free(p);
}

/* The tally --------------------------------------------------------------- */

/* A part in exactly its bytes: ASan sees overreads. */
static uint8_t *
exact(enum chunk_part part)
{
	size_t n = parts[part].n;
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	assert_non_null(copy);
	memcpy(copy, parts[part].at, n);
	return copy;
}

/* One chunk; true: it was passed by. */
static bool
feed(struct tally *t, const struct row *rows, size_t n, const struct row *last)
{
	enum chunk_part part = tally_part(t);
	struct chunk_about about;
	uint8_t *hot, *place;

	chunk_write(&about, parts, rows, n, last);
	if (tally_passes(t, &about))
		return true;
	hot = exact(CHUNK_HOT);
	place = exact(part);
	assert_int_equal(tally_chunk(t, &about, hot, parts[CHUNK_HOT].n, place,
			     parts[part].n),
	    E_OK);
	free(hot);
	free(place);
	return false;
}

/* All months of q, cut into chunks of 1 ... most rows; how many passed. */
static unsigned
count(const struct question *q, uint32_t as_of, uint32_t most, struct draw *d)
{
	unsigned passed = 0;
	struct tally *t;

	assert_in_range(question_cells(q), 1, CELLS);
	memset(cells, 0xee, sizeof(cells));
	assert_int_equal(
	    tally_new(&t, cells, q, as_of, areas, rules, &all_words), E_OK);
	for (unsigned m = 0; m < q->n_months; m++) {
		size_t n;

		tally_month(t, (uint16_t)(q->first_month + m));
		for (size_t i = 0; i < n_rows[m]; i += n) {
			n = 1 + draw_below(d, most);
			n = n < n_rows[m] - i ? n : n_rows[m] - i;
			passed += feed(t, months[m] + i, n,
			    i == 0 ? NULL : &months[m][i - 1]);
		}
	}
	tally_free(t);
	return passed;
}

static void
compare(const struct question *q)
{
	for (size_t i = 0; i < question_cells(q); i++)
		if (cells[i] != want[i])
			fail_msg("cell %zu: %u, not %u", i, cells[i], want[i]);
	assert_int_equal(cells[question_cells(q)], 0xeeeeeeee);
}

/* Random questions -------------------------------------------------------- */

static void
draw_geography(struct question *q, struct draw *d)
{
	static const char forces[2][GSS] = { "W15000001", "W15000002" };
	static const uint32_t squares[] = { 1000, 2000, 4000, 8000, 16000 };
	struct placing *p;

	q->geo = GEO_GRID + draw_below(d, 5);
	if (q->geo == GEO_GRID) {
		q->cell_m = squares[draw_below(d, COUNT(squares))];
		q->cols = 1 + draw_below(d, 6);
		q->rows = 1 + draw_below(d, 6);
		q->west = 96000 + q->cell_m * draw_below(d, 2);
		q->south = 96000 + q->cell_m * draw_below(d, 2);
		q->n_places = q->cols * q->rows;
		return;
	}
	q->n_areas = (uint16_t)(1 + draw_below(d, 2));
	memcpy(q->areas[0], forces[draw_below(d, 3 - q->n_areas)], GSS);
	if (q->n_areas == 2)
		memcpy(q->areas[1], forces[1], GSS);
	assert_int_equal(placing_new(&p, areas, q->geo,
			     (const char(*)[GSS])q->areas, q->n_areas),
	    E_OK);
	q->n_places = placing_count(p);
	placing_free(p);
}

static struct question
draw_question(struct draw *d)
{
	static const uint8_t themes[] = { THEME_VIOLENCE, THEME_ASB,
		THEME_KNIFE, THEME_VAWG };
	struct question q = { .measure = MEASURE_COUNT,
		.sources = 1 + draw_below(d, 7),
		.first_month = MONTH,
		.n_months = (uint16_t)(1 + draw_below(d, MONTHS)),
		.slicing = SLICE_SUM + draw_below(d, 2),
		.c = (uint16_t)(1 + draw_below(d, QUERY_C_MAX)),
		.d = 1 };
	uint32_t set = 1 + draw_below(d, 15);

	for (unsigned i = 0; i < 4; i++)
		if ((set >> i & 1) != 0)
			q.themes[q.n_themes++] = themes[i];
	q.k = (uint16_t)(1 + draw_below(d, q.n_themes));
	if (draw_below(d, 2) == 0)
		q.c = 1;
	draw_geography(&q, d);
	return q;
}

/* Months of few persons, of many, of nobody; of one kind, one area, one batch;
 * alive and dead; all of it at random. */
static void
draw_months(struct draw *d)
{
	static const uint32_t percents[] = { 0, 3, 50, 100 };

	for (unsigned m = 0; m < MONTHS; m++) {
		struct rows_law l = {
			.persons = 1 + draw_below(d, 1U << draw_below(d, 9)),
			.percent = percents[draw_below(d, 4)],
			.kinds = 1 + draw_below(d, KINDS),
			.areas = 1 + draw_below(d, COUNT(words)),
			.batches = 1 + draw_below(d, 20),
			.dead = percents[draw_below(d, 3)],
			.points = percents[draw_below(d, 4)],
			.metres = 1 + draw_below(d, 60000)
		};

		n_rows[m] = draw_below(d, ROWS + 1);
		rows_draw(months[m], n_rows[m], &l, d);
	}
}

/* 600 questions on 1.5 million random records, in chunks of a few rows or of a
 * thousand, by either code. */
static void
test_counts_are_those_of_a_plain_reading(void **state)
{
	static const uint32_t sizes[] = { 3, 40, 700, ROWS };
	unsigned passed = 0, counted = 0;
	struct draw d = { 11 };

	(void)state;
	for (unsigned turn = 0; turn < 600; turn++) {
		struct question q = draw_question(&d);
		uint32_t as_of = 1 + draw_below(&d, 30);

		if (turn % 4 == 0)
			draw_months(&d);
		/* a chunk of few rows costs its two passes over a table */
		if (turn % 16 == 0)
			for (unsigned m = 0; m < MONTHS; m++)
				n_rows[m] = n_rows[m] < 60 ? n_rows[m] : 60;
		column_portable(turn % 3 == 0);
		plain(&q, as_of);
		passed += count(&q, as_of,
		    turn % 16 == 0 ? 3 : sizes[1 + draw_below(&d, 3)], &d);
		compare(&q);
		for (size_t i = 0; i < question_cells(&q); i++)
			counted += want[i];
	}
	column_portable(false);
	assert_in_range(passed, 50, UINT32_MAX); /* both ways were gone */
	assert_in_range(counted, 100000, UINT32_MAX);
}

/* Persons whose records lie far apart in the kinds, so that chunks in the
 * midst of them are passed by. */
static void
test_units_go_on_behind_chunks_that_are_passed(void **state)
{
	struct question q = { .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = 1,
		.themes = { THEME_VIOLENCE },
		.first_month = MONTH,
		.n_months = 1,
		.slicing = SLICE_SUM,
		.geo = GEO_LSOA11,
		.n_areas = 1,
		.areas = { "W15000001" },
		.n_places = 3,
		.k = 1,
		.d = 1 };
	const struct rows_law l = { .persons = 5,
		.percent = 90,
		.kinds = KINDS,
		.areas = 3,
		.batches = 1 };
	struct draw d = { 12 };
	unsigned passed = 0;

	(void)state;
	for (unsigned turn = 0; turn < 200; turn++) {
		n_rows[0] = 60;
		rows_draw(months[0], 60, &l, &d);
		for (unsigned i = 0; i < 60; i++)
			if (draw_below(&d, 4) != 0)
				months[0][i].kind = A;
		q.c = (uint16_t)(1 + draw_below(&d, 4));
		plain(&q, 1);
		passed += count(&q, 1, 5, &d);
		compare(&q);
	}
	assert_in_range(passed, 1000, UINT32_MAX);
}

/* Small months by hand ---------------------------------------------------- */

static void
empty(void)
{
	memset(n_rows, 0, sizeof(n_rows));
}

/* Adds a record, in the order of the calls within a person. */
static void
put(unsigned month, uint8_t person, uint32_t kind, const char *area,
    int64_t east, uint32_t north)
{
	struct row *r = &months[month][n_rows[month]++];

	*r = (struct row){ .kind = kind,
		.born = 1,
		.person = person != 0,
		.point = east >= 0,
		.east = east < 0 ? 0 : (uint32_t)east,
		.north = east < 0 ? 0 : north };
	while (strcmp(words[r->area], area) != 0)
		r->area++;
	r->id[0] = (uint8_t)n_rows[month];
	memset(r->unit, person, INCIDENT_KEY);
	if (person == 0)
		memcpy(r->unit, r->id, INCIDENT_KEY);
}

/* LSOAs of North, violence and knife, two months in one slice. */
static struct question
question(void)
{
	return (struct question){ .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = 2,
		.themes = { THEME_VIOLENCE, THEME_KNIFE },
		.first_month = MONTH,
		.n_months = 2,
		.slicing = SLICE_SUM,
		.geo = GEO_LSOA11,
		.n_areas = 1,
		.areas = { "W15000001" },
		.n_places = 3,
		.c = 1,
		.k = 2,
		.d = 1 };
}

static void
expect(
    const struct question *q, uint32_t as_of, const uint32_t *should, size_t n)
{
	struct draw d = { 13 };

	assert_int_equal(question_cells(q), n);
	for (unsigned m = 0; m < MONTHS; m++)
		qsort(months[m], n_rows[m], sizeof(struct row), rows_compare);
	memcpy(want, should, n * sizeof(*should));
	for (uint32_t most = 1; most < 5; most++) {
		(void)count(q, as_of, most, &d);
		compare(q);
	}
}

#define EXPECT(q, as_of, ...)                                   \
	expect((q), (as_of), (const uint32_t[]){ __VA_ARGS__ }, \
	    COUNT(((const uint32_t[]){ __VA_ARGS__ })))

static void
put_usual(void)
{
	empty();
	put(0, 0, V, "W01000001", 500, 500);
	put(0, 0, V, "W01000001", 500, 1500);
	put(1, 0, VK, "W01000003", 1500, 500);
	put(1, 0, A, "W01000003", 1500, 500); /* not asked */
	put(0, 0, V, "W01000004", 9500, 500); /* South */
	put(0, 0, V, "", 500, 500);           /* no area */
	put(0, 0, V, "E01035999", -1, 0);     /* unknown */
	put(1, 0, K, "W01000002", -1, 0);     /* no point */
	put(1, 0, K, "W06000003", -1, 0);     /* South, by its authority */
}

static void
test_cells_stand_in_the_order_of_the_question(void **state)
{
	struct question q = question();

	(void)state;
	put_usual();
	EXPECT(&q, 1, 2, 0, 1, 2, 0, 1, 1, 0);
	q.slicing = SLICE_MONTH;
	EXPECT(&q, 1, 2, 0, 0, 2, 0, 0, 1, 0, /* violence: Jan, Feb */
	    0, 0, 0, 0, 0, 1, 1, 0);
	q.slicing = SLICE_SUM;
	q.geo = GEO_LAD;
	q.n_places = 2;
	EXPECT(&q, 1, 2, 1, 2, 1, 1, 0);
	q.n_areas = 2; /* both forces */
	memcpy(q.areas[1], "W15000002", GSS);
	q.geo = GEO_FORCE;
	EXPECT(&q, 1, 3, 1, 2, 2, 1, 0);
	q.sources = SOURCE_POLICE_ASB | SOURCE_NHS_ED;
	EXPECT(&q, 1, 0, 0, 0, 0, 0, 0);
}

/* An area that is coarser than what is asked is in it, but not placed. */
static void
test_coarser_areas_are_not_placed(void **state)
{
	struct question q = question();

	(void)state;
	empty();
	put(0, 0, V, "W06000001", -1, 0);
	put(0, 0, V, "Aber 001", -1, 0);
	put(0, 0, V, "W15000001", -1, 0);
	put(0, 0, V, "W15000002", -1, 0);
	EXPECT(&q, 1, 0, 0, 0, 3, 0, 0, 0, 0);
	q.geo = GEO_LAD;
	q.n_places = 2;
	EXPECT(&q, 1, 2, 0, 1, 0, 0, 0);
}

/* In a grid the point decides: outside it is nothing, none is not placed. */
static void
test_point_decides_in_a_grid(void **state)
{
	struct question q = question();

	(void)state;
	put_usual();
	q.geo = GEO_GRID;
	q.cell_m = 1000;
	q.cols = q.rows = 2;
	q.n_places = 4;
	q.n_areas = 0;
	memset(q.areas, 0, sizeof(q.areas));
	EXPECT(&q, 1, 2, 1, 1, 0, 1, 0, 1, 0, 0, 2);
}

/* Every edge of every square: west and south belong to it. */
static void
test_edges_of_squares(void **state)
{
	static const uint32_t sizes[] = { 1000, 2000, 4000, 8000, 16000 };

	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		uint32_t cell = sizes[s];
		struct question q = question();
		struct draw d = { 14 };

		q.geo = GEO_GRID;
		q.cell_m = cell;
		q.west = cell;
		q.south = 2 * cell;
		q.cols = 600000 / cell - 1;
		q.rows = 3;
		q.n_places = 3 * q.cols;
		q.n_themes = q.k = 1;
		q.n_months = 1;
		q.n_areas = 0;
		empty();
		for (unsigned i = 0; i < 250; i++) {
			uint32_t x = cell * draw_below(&d, q.cols + 3);
			uint32_t y = cell * (1 + draw_below(&d, 5));

			put(0, 0, V, "", x + cell - 1 - (i & 1), y + cell - 1);
			put(0, 0, V, "", x, y);
			put(0, 0, V, "", CHUNK_METRES_MAX - 1 - (i & 1), y);
			months[0][3 * i].id[1] = months[0][3 * i].unit[1] = 1;
			months[0][3 * i + 1].id[1] = 2;
			months[0][3 * i + 1].unit[1] = 2;
		}
		qsort(months[0], n_rows[0], sizeof(struct row), rows_compare);
		plain(&q, 1);
		(void)count(&q, 1, 400, &d);
		compare(&q);
	}
}

static void
test_records_are_seen_as_of_the_cut(void **state)
{
	struct question q = question();

	(void)state;
	empty();
	put(0, 0, V, "W01000001", -1, 0);
	months[0][0].born = 5;
	months[0][0].died = 8;
	put(0, 0, V, "W01000002", -1, 0);
	months[0][1].born = 8;
	EXPECT(&q, 4, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(&q, 5, 1, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(&q, 7, 1, 0, 0, 0, 0, 0, 0, 0);
	EXPECT(&q, 8, 0, 1, 0, 0, 0, 0, 0, 0);
}

/* One person in one month moves the answer by at most C records, whatever the
 * records are; a record of nobody is always its own unit. */
static void
test_person_month_is_bounded(void **state)
{
	struct question q = question();
	static const struct {
		uint16_t c;
		uint32_t first, third;
	} cases[] = { { 1, 2, 0 }, { 2, 3, 0 }, { 3, 3, 1 }, { 16, 3, 1 } };

	(void)state;
	empty();
	put(0, 1, ED_A, "W01000001", -1, 0); /* not asked */
	put(0, 1, ED_V, "W01000004", -1, 0); /* outside */
	put(0, 1, ED_V, "W01000001", -1, 0);
	months[0][2].died = 1; /* withdrawn: it takes nothing */
	put(0, 1, ED_V, "W01000001", -1, 0);
	put(0, 1, ED_V, "W01000001", -1, 0);
	put(0, 1, ED_V, "W01000003", -1, 0);
	put(1, 1, ED_V, "W01000001", -1, 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		q.c = cases[i].c;
		EXPECT(&q, 1, cases[i].first, 0, cases[i].third, 0, 0, 0, 0, 0);
	}
}

/* One selection feeds all themes: the record that counts as violence is the one
 * that counts as knife. */
static void
test_one_selection_feeds_all_themes(void **state)
{
	struct question q = question();

	(void)state;
	empty();
	put(0, 7, ED_V, "W01000001", -1, 0);
	put(0, 7, ED_VK, "W01000002", -1, 0);
	put(0, 8, ED_VK, "W01000002", -1, 0);
	put(0, 8, ED_V, "W01000001", -1, 0);
	EXPECT(&q, 1, 1, 1, 0, 0, 0, 1, 0, 0);
}

/* A record that has more themes than k must not move the answer further than
 * was charged. */
static void
test_a_record_counts_in_no_more_themes_than_are_charged(void **state)
{
	struct question q = question();

	(void)state;
	empty();
	put(0, 0, VK, "W01000001", -1, 0);
	put(0, 0, K, "W01000002", -1, 0);
	q.k = 1;
	EXPECT(&q, 1, 1, 0, 0, 0, 0, 1, 0, 0);
}

/* Counts that are full stay so, in each theme. */
static void
test_full_cells_stay_full(void **state)
{
	struct question q = question();
	struct tally *t;

	(void)state;
	empty();
	for (unsigned i = 0; i < 3; i++)
		put(0, 0, VK, "W01000001", -1, 0);
	assert_int_equal(
	    tally_new(&t, cells, &q, 1, areas, rules, &all_words), E_OK);
	tally_add(t, MONTH, 0, 3, UINT32_MAX - 2);
	assert_int_equal(cells[0], UINT32_MAX - 2);
	tally_month(t, MONTH);
	(void)feed(t, months[0], 2, NULL);
	assert_int_equal(cells[0], UINT32_MAX);
	assert_int_equal(cells[4], UINT32_MAX);
	(void)feed(t, months[0] + 2, 1, &months[0][1]);
	assert_int_equal(cells[0], UINT32_MAX);
	assert_int_equal(cells[4], UINT32_MAX);
	assert_int_equal(cells[1], 0);
	tally_add(t, MONTH, 0, 3, 1);
	assert_int_equal(cells[0], UINT32_MAX);
	tally_add(t, MONTH, 1, 3, UINT64_MAX);
	assert_int_equal(cells[1], UINT32_MAX);
	tally_free(t);
}

/* What a database is told, and what it counted. */
static void
test_databases_count_the_same(void **state)
{
	struct draw d = { 15 };

	(void)state;
	for (unsigned turn = 0; turn < 40; turn++) {
		struct question q = draw_question(&d);
		struct tally *t;

		q.geo = GEO_LAD;
		q.n_areas = 2;
		memcpy(q.areas[0], "W15000001", GSS);
		memcpy(q.areas[1], "W15000002", GSS);
		q.n_places = 3;
		q.c = QUERY_C_MAX;
		draw_months(&d);
		for (unsigned m = 0; m < MONTHS; m++) /* nobody is bounded */
			for (size_t i = 0; i < n_rows[m]; i++)
				memcpy(months[m][i].unit, months[m][i].id,
				    INCIDENT_KEY);
		assert_int_equal(
		    tally_new(&t, cells, &q, 3, areas, rules, &all_words),
		    E_OK);
		plain(&q, 3);
		for (unsigned m = 0; m < q.n_months; m++)
			for (size_t i = 0; i < n_rows[m]; i++) {
				const struct row *r = &months[m][i];
				int32_t place = tally_places(t)[r->area];
				uint32_t bits = tally_kinds(t)[r->kind];

				assert_int_equal(
				    bits == 0, !plain_asked(&q, r->born, r));
				if (place >= 0 && bits != 0 &&
				    plain_asked(&q, 3, r))
					tally_add(t, (uint16_t)(MONTH + m),
					    (uint32_t)place, bits, 1);
			}
		for (size_t i = 0; i < question_cells(&q); i++)
			assert_int_equal(cells[i], want[i]);
		tally_free(t);
	}
}

/* A question that does not fit the lookup gets nothing. */
static void
test_other_places_are_refused(void **state)
{
	struct question q = question();
	struct tally *t = NULL;

	(void)state;
	q.n_places = 2;
	assert_int_equal(
	    tally_new(&t, cells, &q, 1, areas, rules, &all_words), E_ARG);
	q = question();
	memcpy(q.areas[0], "W15000009", GSS);
	assert_int_equal(
	    tally_new(&t, cells, &q, 1, areas, rules, &all_words), E_NOTFOUND);
	q.geo = GEO_GRID;
	q.cell_m = 1000;
	q.cols = q.rows = 2;
	q.n_places = 5;
	assert_int_equal(
	    tally_new(&t, cells, &q, 1, areas, rules, &all_words), E_ARG);
	assert_null(t);
	tally_free(NULL);
}

/* Kinds and areas that the words lack, other parts, wrong bytes: an error or
 * some counts, inside the cells. */
static void
test_wrong_chunks_do_no_harm(void **state)
{
	const struct rows_law l = { .persons = 9,
		.percent = 50,
		.kinds = KINDS,
		.areas = COUNT(words),
		.batches = 5,
		.dead = 20,
		.points = 90,
		.metres = 9000 };
	struct question q = question();
	struct tally_words fewer = all_words;
	struct draw d = { 16 };
	struct chunk_about about;
	unsigned refused = 0;
	struct tally *t;

	(void)state;
	rows_draw(months[0], 300, &l, &d);
	chunk_write(&about, parts, months[0], 300, NULL);
	for (unsigned turn = 0; turn < 2000; turn++) {
		uint8_t *hot = exact(CHUNK_HOT), *area = exact(CHUNK_AREA);
		uint8_t *at = turn % 2 == 0 ? hot : area;
		size_t n = parts[turn % 2 == 0 ? CHUNK_HOT : CHUNK_AREA].n;

		memset(cells, 0xee, sizeof(cells));
		fewer.n_kinds = KINDS - (turn % 7 == 0);
		fewer.n_areas = COUNT(words) - (turn % 5 == 0);
		assert_int_equal(
		    tally_new(&t, cells, &q, 3, areas, rules, &fewer), E_OK);
		tally_month(t, MONTH);
		at[draw_below(&d, (uint32_t)n)] ^= (uint8_t)draw(&d);
		if (!tally_passes(t, &about)) {
			enum err e = tally_chunk(t, &about, hot,
			    parts[CHUNK_HOT].n, area, parts[CHUNK_AREA].n);

			refused += e == E_FORMAT;
			if (turn % 7 == 0 || turn % 5 == 0)
				assert_int_equal(e, E_FORMAT);
		}
		assert_int_equal(cells[question_cells(&q)], 0xeeeeeeee);
		tally_free(t);
		free(hot);
		free(area);
	}
	assert_in_range(refused, 700, 1999);
}

static void
other_month(void *ctx)
{
	tally_month(ctx, MONTH + 2);
}

static void
test_a_month_not_asked_ends_the_process(void **state)
{
	struct question q = question();
	struct tally *t;

	(void)state;
	assert_int_equal(
	    tally_new(&t, cells, &q, 1, areas, rules, &all_words), E_OK);
	assert_true(aborts(other_month, t));
	tally_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_those_of_a_plain_reading),
		cmocka_unit_test(
		    test_units_go_on_behind_chunks_that_are_passed),
		cmocka_unit_test(test_cells_stand_in_the_order_of_the_question),
		cmocka_unit_test(test_coarser_areas_are_not_placed),
		cmocka_unit_test(test_point_decides_in_a_grid),
		cmocka_unit_test(test_edges_of_squares),
		cmocka_unit_test(test_records_are_seen_as_of_the_cut),
		cmocka_unit_test(test_person_month_is_bounded),
		cmocka_unit_test(test_one_selection_feeds_all_themes),
		cmocka_unit_test(
		    test_a_record_counts_in_no_more_themes_than_are_charged),
		cmocka_unit_test(test_full_cells_stay_full),
		cmocka_unit_test(test_databases_count_the_same),
		cmocka_unit_test(test_other_places_are_refused),
		cmocka_unit_test(test_wrong_chunks_do_no_harm),
		cmocka_unit_test(test_a_month_not_asked_ends_the_process),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
