/* Promises of coordinator/geometry and shapes: the places of a question in the
 * order of its cells, each with the outline that was shipped for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "coordinator/geometry.h"
#include "coordinator/shapes.h"
#include "model/grid.h"

static struct geometry *g;

static int
open_data(void **state)
{
	(void)state;
	return geometry_open(&g, WARD_DATA) == E_OK ? 0 : 1;
}

static int
close_data(void **state)
{
	(void)state;
	geometry_free(g);
	return 0;
}

/* The parts of Gwent. */
static void
ask(struct question *q, uint32_t geo)
{
	struct placing *p;

	*q = (struct question){ .geo = geo, .n_areas = 1 };
	memcpy(q->areas[0], "W15000002", GSS);
	memcpy(q->areas_hash, geometry_areas_hash(g), QUERY_ID);
	assert_int_equal(placing_new(&p, geometry_areas(g), geo,
			     (const char(*)[GSS])q->areas, 1),
	    E_OK);
	q->n_places = placing_count(p);
	placing_free(p);
}

/* Place i as GeoJSON. */
static json_t *
shape_of(const struct places *p, uint32_t i)
{
	struct text t = text_new(TEXT_MAX);
	json_t *json;

	places_shape(p, i, &t);
	assert_int_equal(t.err, E_OK);
	json = json_loadb(t.p, t.len, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	text_free(&t);
	return json;
}

static const char *
type_of(json_t *shape)
{
	return json_string_value(json_object_get(shape, "type"));
}

/* The first corner of a MultiPolygon, or of a Polygon's ring. */
static void
first_corner(json_t *shape, double *lon, double *lat)
{
	json_t *at = json_object_get(shape, "coordinates");

	while (json_is_array(json_array_get(at, 0)))
		at = json_array_get(at, 0);
	*lon = json_number_value(json_array_get(at, 0));
	*lat = json_number_value(json_array_get(at, 1));
}

static uint32_t
find(const struct places *p, uint32_t n, const char *code,
    struct place_text *out)
{
	for (uint32_t i = 0; i < n; i++) {
		places_text(p, i, out);
		if (strcmp(out->code, code) == 0)
			return i;
	}
	fail_msg("no place %s", code);
	return 0;
}

static void
test_a_known_neighbourhood_has_its_outline(void **state)
{
	const struct places *p;
	struct place_text text;
	struct question q;
	json_t *shape;
	double lon, lat;
	uint32_t i;

	(void)state;
	ask(&q, GEO_LSOA11);
	assert_int_equal(geometry_places(g, &p, &q, true), E_OK);
	i = find(p, q.n_places, "W01001444", &text);
	assert_string_equal(text.name, "Blaenau Gwent 005B");
	shape = shape_of(p, i);
	assert_string_equal(type_of(shape), "MultiPolygon");
	first_corner(shape, &lon, &lat);
	assert_true(lon == -3.1438 && lat == 51.7860);
	json_decref(shape);
}

static void
test_every_level_is_drawn(void **state)
{
	static const uint32_t geos[] = { GEO_LSOA11, GEO_MSOA11, GEO_LAD,
		GEO_FORCE };
	uint32_t before = UINT32_MAX;

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		const struct places *p;
		struct question q;

		ask(&q, geos[k]);
		assert_true(q.n_places < before); /* ever coarser */
		before = q.n_places;
		assert_int_equal(geometry_places(g, &p, &q, true), E_OK);
		for (uint32_t i = 0; i < q.n_places; i++) {
			json_t *shape = shape_of(p, i);

			assert_string_equal(type_of(shape), "MultiPolygon");
			json_decref(shape);
		}
	}
	assert_int_equal(before, 1);
}

static void
test_squares_are_closed_and_meet(void **state)
{
	struct question q = { .geo = GEO_GRID,
		.cell_m = 1000,
		.west = 310000,
		.south = 170000,
		.cols = 3,
		.rows = 2,
		.n_places = 6 };
	const struct places *p;
	struct place_text text;
	json_t *a, *b, *ring_a, *ring_b;

	(void)state;
	assert_true(grid_good(&q));
	assert_int_equal(geometry_places(g, &p, &q, true), E_OK);
	places_text(p, 0, &text);
	assert_string_equal(text.code, "E0310N0170-1000");
	assert_string_equal(
	    text.name, "1 km square, 310 km east, 170 km north");
	a = shape_of(p, 0);
	b = shape_of(p, 1);
	assert_string_equal(type_of(a), "Polygon");
	ring_a = json_array_get(json_object_get(a, "coordinates"), 0);
	ring_b = json_array_get(json_object_get(b, "coordinates"), 0);
	assert_int_equal(json_array_size(ring_a), 5);
	assert_true(
	    json_equal(json_array_get(ring_a, 0), json_array_get(ring_a, 4)));
	/* the east edge of one is the west edge of the other */
	assert_true(
	    json_equal(json_array_get(ring_a, 1), json_array_get(ring_b, 0)));
	assert_true(
	    json_equal(json_array_get(ring_a, 2), json_array_get(ring_b, 3)));
	json_decref(a);
	json_decref(b);
}

static void
test_the_last_square_may_stand_over_the_edge(void **state)
{
	struct question q = { .geo = GEO_GRID,
		.cell_m = 16000,
		.west = 688000,
		.south = 1248000,
		.cols = 1,
		.rows = 1,
		.n_places = 1 };
	const struct places *p;
	json_t *shape;

	(void)state;
	/* the last square reaches over the edge of the tables */
	assert_true(grid_good(&q));
	assert_int_equal(geometry_places(g, &p, &q, true), E_OK);
	shape = shape_of(p, 0);
	assert_true(json_is_object(shape) || json_is_null(shape));
	json_decref(shape);
}

static void
test_other_areas_are_refused(void **state)
{
	const struct places *p = NULL;
	struct question q;

	(void)state;
	ask(&q, GEO_LAD);
	q.areas_hash[0] ^= 1;
	assert_int_equal(geometry_places(g, &p, &q, true), E_STATE);
	ask(&q, GEO_LAD);
	q.n_places++;
	assert_int_equal(geometry_places(g, &p, &q, false), E_STATE);
	ask(&q, GEO_LAD);
	memcpy(q.areas[0], "W15000099", GSS);
	assert_int_equal(geometry_places(g, &p, &q, false), E_NOTFOUND);
	assert_null(p);
}

static void
test_missing_data_is_said_at_the_start(void **state)
{
	struct geometry *none = NULL;

	(void)state;
	assert_int_equal(geometry_open(&none, "/tmp"), E_IO);
	assert_null(none);
}

static struct shape the_shape;

static struct shape *
want_it(void *ctx, const char *code)
{
	return strcmp(code, ctx) == 0 ? &the_shape : NULL;
}

static void
test_junk_lines_are_passed_over(void **state)
{
	static const char text[] =
	    "\n{\n{\"id\":\"\n{\"id\":\"A\"}\n"
	    "{\"id\":\"A\",\"geometry\":{\"type\":\"Polygon\","
	    "\"coordinates\":}}\n"
	    "{\"id\":\"A\",\"type\":\"Point\",\"coordinates\":[1,2]}\n"
	    "{\"id\":\"0123456789012345678901234567890123456789\"}\n"
	    "{\"id\":\"A\",\"geometry\":{\"type\":\"Polygon\","
	    "\"coordinates\":[[[1,2],[3,4],[1,2]]]}}";
	char name[] = "A";
	const struct shape_sink sink = { want_it, name };
	struct text out = text_new(TEXT_MAX);
	char *exact = malloc(sizeof(text) - 1);

	(void)state;
	the_shape.polygons = text_new(TEXT_MAX);
	for (size_t n = 0; n < sizeof(text) - 1; n++) { /* each prefix */
		memcpy(exact, text, n);
		shapes_lines(exact, n, &sink);
	}
	text_free(&the_shape.polygons);
	memcpy(exact, text, sizeof(text) - 1);
	shapes_lines(exact, sizeof(text) - 1, &sink);
	shape_write(&the_shape, &out);
	text_bytes(&out, "", 1);
	assert_string_equal(out.p, "{\"type\":\"MultiPolygon\",\"coordinates\":"
				   "[[[[1,2],[3,4],[1,2]]]]}");
	assert_int_equal(shapes_packed("junk", 4, &sink), E_FORMAT);
	assert_int_equal(shapes_packed("", 0, &sink), E_FORMAT);
	text_free(&the_shape.polygons);
	text_free(&out);
	free(exact);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_known_neighbourhood_has_its_outline),
		cmocka_unit_test(test_every_level_is_drawn),
		cmocka_unit_test(test_squares_are_closed_and_meet),
		cmocka_unit_test(test_the_last_square_may_stand_over_the_edge),
		cmocka_unit_test(test_other_areas_are_refused),
		cmocka_unit_test(test_missing_data_is_said_at_the_start),
		cmocka_unit_test(test_junk_lines_are_passed_over),
	};

	return cmocka_run_group_tests(tests, open_data, close_data);
}
