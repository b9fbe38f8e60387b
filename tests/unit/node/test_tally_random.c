/*
 * Promises of node/tally: the counts are those that a plain reading of the
 * question gives, however a month is cut into chunks and whichever of them are
 * passed by.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/column.h"
#include "tests/unit/node/tally_test.h"

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

/* Most records of a month become of one kind. */
static void
make_rare(unsigned month, struct draw *d)
{
	static const uint32_t common[] = { A, UNKNOWN, ED_A };
	uint32_t kind = common[draw_below(d, COUNT(common))];

	for (size_t i = 0; i < n_rows[month]; i++)
		if (draw_below(d, 40) != 0)
			months[month][i].kind = kind;
	qsort(months[month], n_rows[month], sizeof(struct row), rows_compare);
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
			.kinds =
			    1 + draw_below(d,
				    draw_below(d, 2) == 0 ? KINDS : MANY_KINDS),
			.areas = 1 + draw_below(d, COUNT(words)),
			.batches = 1 + draw_below(d, 20),
			.dead = percents[draw_below(d, 3)],
			.points = percents[draw_below(d, 4)],
			.metres = 1 + draw_below(d, 60000)
		};

		n_rows[m] = draw_below(d, ROWS + 1);
		rows_draw(months[m], n_rows[m], &l, d);
		if (draw_below(d, 2) == 0)
			make_rare(m, d);
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
	assert_in_range(counted, 50000, UINT32_MAX);
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
		qsort(months[0], 60, sizeof(struct row), rows_compare);
		q.c = (uint16_t)(1 + draw_below(&d, 4));
		plain(&q, 1);
		passed += count(&q, 1, 5, &d);
		compare(&q);
	}
	assert_in_range(passed, 1000, UINT32_MAX);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_those_of_a_plain_reading),
		cmocka_unit_test(
		    test_units_go_on_behind_chunks_that_are_passed),
		cmocka_unit_test(test_databases_count_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
