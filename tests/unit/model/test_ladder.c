/* Promises of model/ladder: levels nest, and "not placed" has its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/file.h"
#include "model/grid.h"
#include "model/ladder.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define AREAS(q) ((const char(*)[GSS])(q)->areas)

/* The shipped lookup. */
static struct areas *
shipped(void)
{
	struct areas *a = NULL;
	char *text = NULL;
	size_t len, line;

	assert_int_equal(
	    file_read(&text, &len, WARD_DATA "/areas/lsoa11.csv", 16u << 20),
	    E_OK);
	assert_int_equal(areas_parse(&a, text, len, &line), E_OK);
	free(text);
	return a;
}

/* The places of the forces on all levels above and at geo. */
static struct question
question_of(
    const struct areas *a, uint32_t geo, const char *const *forces, uint16_t n)
{
	struct question q = { .geo = geo, .n_areas = n };

	for (uint16_t i = 0; i < n; i++)
		memcpy(q.areas[i], forces[i], GSS);
	for (uint32_t g = geo; g <= GEO_FORCE; g++) {
		struct placing *p = NULL;

		assert_int_equal(
		    placing_new(&p, a, g, AREAS(&q), q.n_areas), E_OK);
		q.level_places[q.n_levels++] = placing_count(p);
		placing_free(p);
	}
	q.n_places = q.level_places[0];
	return q;
}

/* The parent of every LSOA, by the lookup itself. */
static void
test_every_area_lies_in_its_parent(void **state)
{
	static const char *const forces[] = { "W15000001", "W15000002",
		"W15000003", "W15000004" };
	struct areas *a = shipped();
	struct question q = question_of(a, GEO_LSOA11, forces, COUNT(forces));
	struct placing *p[4];
	struct ladder *l = NULL;

	(void)state;
	assert_int_equal(ladder_new(&l, &q, a), E_OK);
	assert_int_equal(l->levels, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(
		    placing_new(&p[i], a, GEO_LSOA11 + i, AREAS(&q), q.n_areas),
		    E_OK);
		assert_int_equal(l->n[i], placing_count(p[i]) + 1);
	}
	for (uint32_t i = 0; i < q.n_places; i++) {
		struct place lsoa = placing_at(p[0], i);
		uint32_t at = i;

		for (unsigned up = 1; up < 4; up++) {
			at = l->parent[up - 1][at];
			assert_int_equal(at, placing_of(p[up], lsoa.code));
		}
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(l->parent[i][l->n[i] - 1], l->n[i + 1] - 1);
	assert_null(l->parent[3]);
	for (unsigned i = 0; i < 4; i++)
		placing_free(p[i]);
	ladder_free(l);
	areas_free(a);
}

/* Every LSOA says the same of its place at g as of that place's parent. */
static void
nests(const struct areas *a, const struct question *q, uint32_t g)
{
	struct placing *lsoas = NULL, *fine = NULL, *coarse = NULL;
	uint32_t *parent;

	assert_int_equal(
	    placing_new(&lsoas, a, GEO_LSOA11, AREAS(q), q->n_areas), E_OK);
	assert_int_equal(placing_new(&fine, a, g, AREAS(q), q->n_areas), E_OK);
	assert_int_equal(
	    placing_new(&coarse, a, g + 1, AREAS(q), q->n_areas), E_OK);
	parent = calloc(placing_count(fine), sizeof(*parent));
	assert_non_null(parent);
	placing_parents(parent, fine, coarse);
	for (uint32_t i = 0; i < placing_count(lsoas); i++) {
		const char *code = placing_at(lsoas, i).code;

		assert_int_equal(
		    parent[placing_of(fine, code)], placing_of(coarse, code));
	}
	free(parent);
	placing_free(lsoas);
	placing_free(fine);
	placing_free(coarse);
}

/* No MSOA lies in two authorities, no authority in two force areas. */
static void
test_the_shipped_areas_nest(void **state)
{
	static char codes[QUERY_AREAS_MAX][GSS];
	const char *forces[QUERY_AREAS_MAX];
	struct areas *a = shipped();
	struct question q;
	uint16_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		char code[GSS];

		(void)snprintf(code, sizeof(code),
		    i < 50 ? "E230%05u" : "W150%05u", i % 50);
		if (areas_has_force(a, code))
			memcpy(codes[n++], code, GSS);
	}
	for (uint16_t i = 0; i < n; i++)
		forces[i] = codes[i];
	assert_int_equal(n, 43);
	q = question_of(a, GEO_LSOA11, forces, n);
	assert_int_equal(q.n_places, 34753);
	for (uint32_t g = GEO_LSOA11; g < GEO_FORCE; g++)
		nests(a, &q, g);
	areas_free(a);
}

static void
test_four_squares_make_one(void **state)
{
	const struct question q = { .geo = GEO_GRID,
		.cell_m = 1000,
		.west = 304000,
		.south = 176000,
		.cols = 8,
		.rows = 4,
		.n_places = 32,
		.n_levels = 3,
		.level_places = { 32, 8, 2 } };
	struct ladder *l = NULL;

	(void)state;
	assert_int_equal(ladder_new(&l, &q, NULL), E_OK);
	for (unsigned level = 0; level < 2; level++) {
		struct question fine, coarse;

		ladder_question(&fine, &q, level);
		ladder_question(&coarse, &q, level + 1);
		assert_true(grid_good(&fine) && grid_good(&coarse));
		for (uint32_t i = 0; i < fine.n_places; i++) {
			uint32_t east, north;

			grid_corner(&fine, i, &east, &north);
			assert_int_equal(l->parent[level][i],
			    grid_place(&coarse, east, north));
		}
		assert_int_equal(
		    l->parent[level][fine.n_places], coarse.n_places);
	}
	ladder_free(l);
}

static void
test_a_lie_about_places_is_refused(void **state)
{
	static const char *const forces[] = { "W15000002", "W15000003" };
	struct areas *a = shipped();
	struct question q = question_of(a, GEO_MSOA11, forces, COUNT(forces));

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct question lie = q;
		struct ladder *l = NULL;

		lie.level_places[i]--;
		assert_int_equal(ladder_new(&l, &lie, a), E_ARG);
		assert_null(l);
	}
	areas_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_area_lies_in_its_parent),
		cmocka_unit_test(test_the_shipped_areas_nest),
		cmocka_unit_test(test_four_squares_make_one),
		cmocka_unit_test(test_a_lie_about_places_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
