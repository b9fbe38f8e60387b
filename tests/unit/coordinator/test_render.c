/* Promises of coordinator/render: the same numbers in three forms, below zero
 * where the sum is, and names that spreadsheets read as names. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "coordinator/render.h"
#include "model/theme.h"

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

#define CELLS 4

struct one { /* a view of London's City and its neighbours as forces */
	struct query query;
	uint8_t id[QUERY_ID];
	double values[CELLS + 1], half_90[CELLS + 1], half_95[CELLS + 1];
	int64_t display[CELLS + 1];
	struct view view;
	const struct places *places;
};

static void
make(struct one *o)
{
	static const double values[CELLS + 1] = { -31, 0.456, 1234567890123, 7,
		-2 };
	static const double half[CELLS + 1] = { 20, 20.111, 20, 20, 20 };
	static const int64_t display[CELLS + 1] = { 0, 1, 1234567890120, 7, 0 };
	static const char *const areas[CELLS] = { "E23000001", "E23000034",
		"W15000002", "W15000003" };
	struct question *q;

	memset(o, 0, sizeof(*o));
	q = &o->query.q;
	q->geo = GEO_FORCE;
	q->n_areas = CELLS;
	for (size_t i = 0; i < CELLS; i++)
		memcpy(q->areas[i], areas[i], GSS);
	q->n_places = q->level_places[0] = CELLS;
	q->n_levels = 1;
	memcpy(q->areas_hash, geometry_areas_hash(g), QUERY_ID);
	q->n_themes = 2;
	q->themes[0] = THEME_ASB;
	q->themes[1] = THEME_PUBLIC_ORDER;
	q->first_month = 612;
	q->n_months = 3;
	q->slicing = SLICE_MONTH;
	memset(o->id, 0xab, sizeof(o->id));
	memcpy(o->values, values, sizeof(values));
	memcpy(o->half_95, half, sizeof(half));
	memcpy(o->display, display, sizeof(display));
	o->view = (struct view){ .query = &o->query, .id = o->id };
	o->view.cells = (struct release_cells){ .source = "police",
		.nodes = 2,
		.values = o->values,
		.half_90 = o->half_90,
		.half_95 = o->half_95,
		.display = o->display };
	assert_int_equal(geometry_places(g, &o->places, q, true), E_OK);
}

static void
test_words_select_a_view(void **state)
{
	static const struct {
		const char *theme, *slice, *level;
		enum err want;
		uint32_t t, s;
	} cases[] = {
		{ "", "", "", E_OK, 0, 0 },
		{ "asb", "2021-01", "force", E_OK, 0, 0 },
		{ "public-order", "2021-03", "", E_OK, 1, 2 },
		{ "", "total", "", E_OK, 0, 3 },
		{ "violence", "", "", E_NOTFOUND, 7, 7 },
		{ "", "2021-04", "", E_NOTFOUND, 7, 7 },
		{ "", "sum", "", E_NOTFOUND, 7, 7 },
		{ "", "to-2021-02", "", E_NOTFOUND, 7, 7 },
		{ "", "", "lad", E_NOTFOUND, 7, 7 },
	};
	struct one o;

	(void)state;
	make(&o);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o.view.theme = o.view.time = 7;
		assert_int_equal(render_select(&o.view, cases[i].theme,
				     cases[i].slice, cases[i].level),
		    cases[i].want);
		assert_int_equal(o.view.theme, cases[i].t);
		assert_int_equal(o.view.time, cases[i].s);
	}
}

static void
test_json_holds_the_numbers(void **state)
{
	struct text t = text_new(TEXT_MAX);
	struct one o;
	json_t *json, *cell;
	json_int_t display;
	double value, low, high;

	(void)state;
	make(&o);
	assert_int_equal(
	    render_select(&o.view, "public-order", "2021-02", ""), E_OK);
	render_json(&t, &o.view, o.places);
	json = json_loadb(t.p, t.len, 0, NULL);
	assert_non_null(json);
	assert_string_equal(
	    json_string_value(json_object_get(json, "slice")), "2021-02");
	assert_string_equal(
	    json_string_value(json_object_get(json, "source")), "police");
	for (size_t i = 0; i < CELLS; i++) {
		cell = json_array_get(json_object_get(json, "cells"), i);
		assert_int_equal(
		    json_unpack(cell, "{s:F,s:F,s:F,s:I}", "value", &value,
			"low", &low, "high", &high, "display", &display),
		    0);
		assert_true(fabs(value - o.values[i]) <= 0.005);
		/* rounded outwards, by less than a hundredth */
		assert_true(low <= o.values[i] - o.half_95[i] + 1e-9);
		assert_true(low > o.values[i] - o.half_95[i] - 0.01);
		assert_true(high >= o.values[i] + o.half_95[i] - 1e-9);
		assert_true(high < o.values[i] + o.half_95[i] + 0.01);
		assert_true(display == o.display[i]);
	}
	assert_int_equal(json_unpack(json, "{s:{s:F,s:F}}", "half_width_95",
			     "least", &low, "most", &high),
	    0);
	assert_true(low == 20 && fabs(high - 20.12) < 1e-9);
	cell = json_object_get(json, "not_placed");
	assert_int_equal(
	    json_integer_value(json_object_get(cell, "value")), -2);
	json_decref(json);
	text_free(&t);
}

static void
test_geojson_holds_the_same(void **state)
{
	struct text t = text_new(TEXT_MAX);
	struct one o;
	json_t *json, *f;

	(void)state;
	make(&o);
	render_geojson(&t, &o.view, o.places);
	json = json_loadb(t.p, t.len, 0, NULL);
	assert_non_null(json);
	assert_int_equal(
	    json_array_size(json_object_get(json, "features")), CELLS);
	f = json_array_get(json_object_get(json, "features"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(f, "id")), "E23000001");
	assert_true(json_is_object(json_object_get(f, "geometry")));
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(f, "properties"), "value")),
	    -31);
	json_decref(json);
	text_free(&t);
}

static void
test_csv_is_what_rfc_4180_says(void **state)
{
	struct text t = text_new(TEXT_MAX);
	struct one o;

	(void)state;
	make(&o);
	render_csv_head(&t);
	render_csv(&t, &o.view, o.places);
	text_bytes(&t, "", 1);
	assert_string_equal(t.p,
	    "theme,slice,source,level,code,name,value,low,high,display\r\n"
	    "asb,2021-01,police,force,E23000001,Metropolitan Police,"
	    "-31,-51,-11,0\r\n"
	    "asb,2021-01,police,force,E23000034,\"London, City of\","
	    "0.46,-19.66,20.57,1\r\n"
	    "asb,2021-01,police,force,W15000002,Gwent,"
	    "1234567890123,1234567890103,1234567890143,1234567890120\r\n"
	    "asb,2021-01,police,force,W15000003,South Wales,7,-13,27,7\r\n"
	    "asb,2021-01,police,force,,not placed,-2,-22,18,0\r\n");
	text_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_select_a_view),
		cmocka_unit_test(test_json_holds_the_numbers),
		cmocka_unit_test(test_geojson_holds_the_same),
		cmocka_unit_test(test_csv_is_what_rfc_4180_says),
	};

	return cmocka_run_group_tests(tests, open_data, close_data);
}
