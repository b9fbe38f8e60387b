/*
 * Promises of node/tally, one by one, on small months; and that wrong chunks do
 * no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/abort_test.h"
#include "tests/unit/node/tally_test.h"

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

/* In chunks that need no list as well, with units of one record and of more. */
static void
test_full_cells_stay_full_where_each_record_counts(void **state)
{
	struct question q = question();

	(void)state;
	q.n_themes = q.k = 1;
	for (uint8_t person = 0; person < 2; person++) {
		struct tally *t;

		empty();
		q.c = 3;
		for (unsigned i = 0; i < 3; i++)
			put(0, person, V, "W01000001", -1, 0);
		assert_int_equal(
		    tally_new(&t, cells, &q, 1, areas, rules, &all_words),
		    E_OK);
		tally_month(t, MONTH);
		tally_add(t, MONTH, 0, 1, UINT32_MAX - 5);
		assert_false(feed(t, months[0], 3, NULL));
		assert_int_equal(cells[0], UINT32_MAX - 2);
		tally_month(t, MONTH);
		assert_false(feed(t, months[0], 3, NULL));
		assert_int_equal(cells[0], UINT32_MAX);
		tally_month(t, MONTH + 1);
		assert_false(feed(t, months[0], 3, NULL));
		assert_int_equal(cells[0], UINT32_MAX);
		tally_free(t);
	}
}

#define MANY 100

/* Of a chunk of many units few count, the last one not; it goes on in the next
 * chunk, and has its own allowance there. */
static void
test_the_last_unit_of_many_goes_on(void **state)
{
	struct question q = question();

	(void)state;
	q.n_themes = q.k = 1;
	for (unsigned counts = 0; counts < MANY; counts++) {
		struct tally *t;

		empty();
		for (uint8_t person = 1; person <= MANY; person++)
			put(0, person, person - 1U == counts ? V : A,
			    "W01000001", -1, 0);
		put(0, MANY, V, "W01000002", -1, 0);
		assert_int_equal(
		    tally_new(&t, cells, &q, 1, areas, rules, &all_words),
		    E_OK);
		tally_month(t, MONTH);
		assert_false(feed(t, months[0], MANY, NULL));
		assert_false(
		    feed(t, months[0] + MANY, 1, &months[0][MANY - 1]));
		assert_int_equal(cells[0], 1);
		assert_int_equal(cells[1], counts < MANY - 1); /* C is 1 */
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
		.kinds = MANY_KINDS,
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
		fewer.n_kinds = MANY_KINDS - (turn % 7 == 0);
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

/* Numbers of lives that there are not: the last column of the hot part. */
static void
test_unknown_lives_are_refused(void **state)
{
	struct question q = question();
	struct chunk_about about;
	struct tally *t;

	(void)state;
	empty();
	for (unsigned i = 0; i < 3; i++) {
		put(0, 0, V, "W01000001", -1, 0);
		months[0][i].born = 1 + i;
	}
	chunk_write(&about, parts, months[0], 3, NULL);
	memset(parts[CHUNK_HOT].at + parts[CHUNK_HOT].n - 64, 0xff, 64);
	assert_int_equal(
	    tally_new(&t, cells, &q, 2, areas, rules, &all_words), E_OK);
	tally_month(t, MONTH);
	assert_false(tally_passes(t, &about));
	assert_int_equal(
	    tally_chunk(t, &about, parts[CHUNK_HOT].at, parts[CHUNK_HOT].n,
		parts[CHUNK_AREA].at, parts[CHUNK_AREA].n),
	    E_FORMAT);
	tally_free(t);
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
		cmocka_unit_test(
		    test_full_cells_stay_full_where_each_record_counts),
		cmocka_unit_test(test_the_last_unit_of_many_goes_on),
		cmocka_unit_test(test_other_places_are_refused),
		cmocka_unit_test(test_wrong_chunks_do_no_harm),
		cmocka_unit_test(test_unknown_lives_are_refused),
		cmocka_unit_test(test_a_month_not_asked_ends_the_process),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
