/*
 * What node/records.h promises of counts, on one of its stores: by hand, then
 * random batches and questions held against the plainest model, to the record.
 *
 *	test_records_count sqlite | postgresql
 *
 * The seeds are the same for both stores, so they agree with each other.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../rng_test.h"
#include "records_model.h"
#include "records_world.h"

/* By hand ----------------------------------------------------------------- */

/* A person's records count C times a month, whatever the source, theme or place
 * they are of; the first by id are those. */
static void
test_bound_across_sources(void **state)
{
	struct incident in[40];
	struct question q = question();

	(void)state;
	for (uint32_t n = 0; n < 40; n++) {
		in[n] = of_person(record(n), 1);
		in[n].month = (uint16_t)(MONTH + n / 20);
		in[n].kind.source =
		    n % 2 == 0 ? SOURCE_POLICE_CRIME : SOURCE_NHS_ED;
		strcpy(in[n].kind.code, "assault");
		in[n].east = 300000 + 1000 * (n % 3);
	}
	(void)load(RECORDS_ADD, 1, in, 40);
	for (uint16_t c = 1; c <= QUERY_C_MAX; c++) {
		q.c = c;
		assert_int_equal(
		    counted(&q, UINT64_MAX, true), 2 * (uint64_t)c);
	}
	q.sources = SOURCE_NHS_ED;
	assert_int_equal(counted(&q, UINT64_MAX, true), 20);
}

/* Records outside the asked places or themes do not use up a person's share; a
 * record without a place does. */
static void
test_bound_after_filters(void **state)
{
	struct incident in[3] = { of_person(record(1), 1),
		of_person(record(2), 1), of_person(record(3), 1) };
	struct question q = question();

	(void)state;
	memset(in[0].record_id, 1, INCIDENT_KEY);
	memset(in[1].record_id, 2, INCIDENT_KEY);
	memset(in[2].record_id, 3, INCIDENT_KEY);
	in[0].east = 100000; /* outside */
	in[1].has_point = false;
	in[1].east = in[1].north = 0;
	(void)load(RECORDS_ADD, 1, in, 3);
	assert_int_equal(counted(&q, UINT64_MAX, true), 0);
	assert_int_equal(counted(&q, UINT64_MAX, false), 1);
	q.c = 2;
	assert_int_equal(counted(&q, UINT64_MAX, true), 1);
	in[1].month++;
	(void)load(RECORDS_ADD, 2, in, 3);
	q.c = 1;
	assert_int_equal(counted(&q, UINT64_MAX, true), 1);
	assert_int_equal(counted(&q, at(1), true), 0);
}

/* A square holds its west and south edges; so does the grid. */
static void
test_edges_of_a_grid(void **state)
{
	static const struct {
		uint32_t east, north;
		int place; /* -1: outside */
	} points[] = {
		{ 300000, 200000, 0 },
		{ 300999, 200999, 0 },
		{ 301000, 200000, 1 },
		{ 302999, 200500, 2 },
		{ 303000, 200500, -1 },
		{ 299999, 200500, -1 },
		{ 300000, 201000, 3 },
		{ 302999, 201999, 5 },
		{ 300500, 202000, -1 },
		{ 302999, 202000, -1 },
		{ 300500, 199999, -1 },
		{ 0, 0, -1 },
		{ 699999, 1249999, -1 },
	};
	struct question q = question();
	uint32_t cells[5 * 7], want[5 * 7];
	struct records *r;

	(void)state;
	for (unsigned n = 0; n < sizeof(points) / sizeof(*points); n++) {
		struct incident i = record(1);

		i.east = points[n].east;
		i.north = points[n].north;
		(void)load(RECORDS_ADD, n + 1, &i, 1);
		memset(want, 0, sizeof(want));
		if (points[n].place >= 0)
			want[1 * 7 + points[n].place] = 1; /* theft */
		assert_int_equal(
		    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
		assert_int_equal(
		    records_count(cells, r, &q, UINT64_MAX, areas, rules),
		    E_OK);
		assert_memory_equal(cells, want, sizeof(want));
		records_close(r);
	}
}

static void
test_nobody_is_not_bounded(void **state)
{
	struct incident in[30];
	struct question q = question();

	(void)state;
	for (uint32_t n = 0; n < 30; n++)
		in[n] = record(n);
	(void)load(RECORDS_ADD, 1, in, 30);
	assert_int_equal(counted(&q, UINT64_MAX, true), 30);
}

/* What is not asked for fails as records.h says, and leaves no count. */
static void
test_count_errors(void **state)
{
	struct incident i = record(1);
	struct question q = question();
	struct records *r;
	uint32_t cells[5 * 8];

	(void)state;
	(void)load(RECORDS_ADD, 1, &i, 1);
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	q.geo = GEO_LSOA11;
	q.cell_m = q.west = q.south = q.cols = q.rows = 0;
	q.n_areas = 1;
	strcpy(q.areas[0], "E23000009");
	q.n_places = 5;
	memset(cells, 0xff, sizeof(cells));
	assert_int_equal(
	    records_count(cells, r, &q, UINT64_MAX, areas, rules), E_NOTFOUND);
	assert_int_equal(cells[0], 0);
	strcpy(q.areas[0], "E23000001");
	q.n_places = 6;
	assert_int_equal(
	    records_count(cells, r, &q, UINT64_MAX, areas, rules), E_ARG);
	q.n_places = 5;
	assert_int_equal(
	    records_count(cells, r, &q, UINT64_MAX, areas, rules), E_OK);
	assert_int_equal(cells[1 * 6], 1);
	records_close(r);
}

/* At random ---------------------------------------------------------------- */

static struct quick chance;

static uint32_t
draw(uint32_t n) /* below n */
{
	uint64_t x;

	(void)quick_fill(&chance, &x, sizeof(x));
	return (uint32_t)(x % n);
}

#define POOL 500 /* records that there may be */
#define SPREAD 5 /* months */

/* Record n of the pool in one of its many states. */
static struct incident
any_record(void)
{
	static const uint32_t sources[] = { SOURCE_POLICE_CRIME,
		SOURCE_POLICE_ASB, SOURCE_NHS_ED };
	static const char *const codes[] = { "assault", "theft", "robbery",
		"other" };
	static const char *const feeds[] = { "North Police", "South Police" };
	uint32_t n = draw(POOL);
	struct incident i = record(n);

	i.month =
	    (uint16_t)(MONTH + (draw(10) == 0 ? draw(SPREAD) : n % SPREAD));
	if (n % 3 != 0)
		i = of_person(i, (uint8_t)(n % 23 + (draw(20) == 0)));
	i.kind.source = sources[n % 7 % 3];
	strcpy(i.kind.code, codes[draw(8) == 0 ? draw(4) : n % 4]);
	i.kind.weapon = n % 5 == 0 ? WEAPON_SHARP : WEAPON_UNSTATED;
	i.kind.victim = n % 4 == 1 ? VICTIM_WOMAN : VICTIM_UNSTATED;
	strcpy(i.feed, feeds[n % 11 % 2]);
	i.east = 299500 + n * 37 % 4000;
	i.north = 199500 + n * 53 % 3000;
	if (n % 6 == 0) {
		i.has_point = false;
		i.east = i.north = 0;
	}
	strcpy(i.area, area_words[(n + (draw(12) == 0)) %
				  (sizeof(area_words) / sizeof(*area_words))]);
	return i;
}

static struct question
any_question(void)
{
	struct question q = question();
	struct placing *p;

	q.sources = 1 + draw(SOURCE_ALL);
	q.n_themes = 0;
	for (size_t t = 0; t < sizeof(all_themes); t++)
		if (draw(2) == 0)
			q.themes[q.n_themes++] = all_themes[t];
	if (q.n_themes == 0)
		q.themes[q.n_themes++] = THEME_VIOLENCE;
	memset(q.themes + q.n_themes, 0, sizeof(q.themes) - q.n_themes);
	q.first_month = (uint16_t)(MONTH - 1 + draw(SPREAD));
	q.n_months = (uint16_t)(1 + draw(SPREAD));
	q.slicing = 1 + draw(2);
	q.c = (uint16_t)(1 + draw(draw(2) == 0 ? 3 : QUERY_C_MAX));
	q.k = (uint16_t)(1 + draw(q.n_themes));
	if (draw(3) == 0)
		return q;
	q.geo = GEO_LSOA11 + draw(4);
	q.cell_m = q.west = q.south = q.cols = q.rows = 0;
	q.n_areas = 0;
	if (draw(3) != 0)
		strcpy(q.areas[q.n_areas++], "E23000001");
	if (q.n_areas == 0 || draw(2) == 0)
		strcpy(q.areas[q.n_areas++], "E23000002");
	assert_int_equal(placing_new(&p, areas, q.geo,
			     (const char(*)[GSS])q.areas, q.n_areas),
	    E_OK);
	q.n_places = q.level_places[0] = placing_count(p);
	placing_free(p);
	return q;
}

static void
check_each(const struct model *m, uint64_t as_of_s)
{
	uint16_t first = (uint16_t)(MONTH + draw(SPREAD));
	uint16_t n = (uint16_t)(1 + draw(SPREAD));
	struct seen s = look(first, n, as_of_s);
	struct incident *want;

	assert_int_equal(s.n, model_each(&want, m, first, n, as_of_s));
	for (size_t i = 0; i < s.n; i++)
		assert_true(incident_same(&s.all[i], &want[i]));
	free(want);
	free(s.all);
}

static void
check_count(const struct model *m, struct records *reader, uint64_t as_of_s)
{
	struct question q = any_question();
	size_t bytes = question_cells(&q) * sizeof(uint32_t);
	uint32_t *got = malloc(bytes), *want = malloc(bytes);

	assert_true(got != NULL && want != NULL);
	assert_int_equal(
	    records_count(got, reader, &q, as_of_s, areas, rules), E_OK);
	model_count(want, m, &q, as_of_s, areas, rules);
	assert_memory_equal(got, want, bytes);
	free(got);
	free(want);
}

static void
any_batch(struct model *m, unsigned n)
{
	static struct incident puts[POOL];
	struct model_whole wholes[3];
	struct model_batch b = { .act = RECORDS_ADD, .puts = puts };
	uint32_t kind = draw(5);

	b.act = kind < 2   ? RECORDS_ADD
		: kind < 4 ? RECORDS_REPLACE
			   : RECORDS_WITHDRAW;
	b.n = draw(n == 1 || draw(4) == 0 ? POOL : 40);
	for (size_t i = 0; i < b.n; i++)
		puts[i] = any_record();
	if (b.act == RECORDS_REPLACE && draw(2) == 0)
		for (b.n_wholes = draw(3); b.wholes == NULL; b.wholes = wholes)
			for (size_t i = 0; i < b.n_wholes; i++) {
				struct incident like = any_record();

				wholes[i] = (struct model_whole){
					.source = like.kind.source,
					.first =
					    (uint16_t)(MONTH + draw(SPREAD)),
					.n = (uint16_t)draw(3)
				};
				strcpy(wholes[i].feed, like.feed);
			}
	expect(load_at(at(n), n, &b), model_batch(m, &b, at(n)));
}

static void
test_random_batches(void **state)
{
	struct records_size got, want;
	struct records *reader;

	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++) {
		struct model *m = model_new();

		chance.at = seed;
		if (seed > 1) {
			assert_int_equal(drop_store(NULL), 0);
			assert_int_equal(new_store(NULL), 0);
		}
		any_batch(m, 1);
		assert_int_equal(
		    records_open(&reader, to_count, RECORDS_COUNT, &keys),
		    E_OK);
		for (unsigned n = 2; n <= 16; n++) {
			any_batch(m, n);
			check_each(m, UINT64_MAX);
			check_each(m, at(1 + draw(n)) + draw(2));
			for (int i = 0; i < 12; i++)
				check_count(m, reader,
				    draw(2) == 0 ? UINT64_MAX
						 : at(draw(n + 1)));
		}
		records_close(reader);
		assert_int_equal(records_size(store, &got), E_OK);
		want = model_size(m);
		assert_int_equal(got.records, want.records);
		assert_int_equal(got.past, want.past);
		assert_int_equal(got.first_month, want.first_month);
		assert_int_equal(got.last_month, want.last_month);
		model_free(m);
	}
}

static int
cases(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_bound_across_sources),
		CASE(test_bound_after_filters),
		CASE(test_edges_of_a_grid),
		CASE(test_nobody_is_not_bounded),
		CASE(test_count_errors),
		CASE(test_random_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return world_main(argc, argv, cases);
}
