/*
 * Promises of model/osgb: Ordnance Survey's 40 test points of OSTN15 within a
 * centimetre both ways; what has no measured shift is refused.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/osgb.h"
#include "tests/unit/file_test.h"

#define POINTS 40
#define CM 0.01
#define DEGREE_M 111320.0 /* of latitude, at most, in metres */
#define RADIANS (3.14159265358979323846 / 180)

struct point {
	double a, b;
};

static uint8_t *east_table, *north_table;
static size_t east_len, north_len;
static struct osgb *osgb;

static int
load_tables(void **state)
{
	(void)state;
	east_table =
	    (uint8_t *)file_test(WARD_DATA "/osgb/ostn_east", &east_len);
	north_table =
	    (uint8_t *)file_test(WARD_DATA "/osgb/ostn_north", &north_len);
	if (east_table == NULL || north_table == NULL)
		return -1;
	return osgb_new(&osgb, east_table, east_len, north_table, north_len) ==
		       E_OK
		   ? 0
		   : -1;
}

static int
free_tables(void **state)
{
	(void)state;
	osgb_free(osgb);
	free(east_table);
	free(north_table);
	return 0;
}

/* Two numbers of every point of a file; of its lines with "RESULT" when there
 * are any. */
static void
read_points(struct point points[POINTS], const char *name)
{
	char path[512], *text, *line, *rest;
	bool seen[POINTS] = { false };
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/osgb/OSTN15_OSGM15_Test%s.txt",
	    WARD_VECTORS, name);
	text = file_test(path, &len);
	assert_non_null(text);
	for (line = strtok_r(text, "\r\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\r\n", &rest)) {
		unsigned id;
		double a, b;

		if (sscanf(line, "TP%u,RESULT,%lf,%lf", &id, &a, &b) != 3 &&
		    (strstr(name, "Output_OSGB") != NULL ||
			sscanf(line, "TP%u,%lf,%lf", &id, &a, &b) != 3))
			continue;
		assert_in_range(id, 1, POINTS);
		points[id - 1] = (struct point){ a, b };
		assert_false(seen[id - 1]);
		seen[id - 1] = true;
	}
	for (int i = 0; i < POINTS; i++)
		assert_true(seen[i]);
	free(text);
}

static void
test_all_40_points_to_the_grid(void **state)
{
	struct point in[POINTS], want[POINTS];

	(void)state;
	read_points(in, "Input_ETRStoOSGB");
	read_points(want, "Output_ETRStoOSGB");
	for (int i = 0; i < POINTS; i++) {
		double east, north;

		if (osgb_to_grid(osgb, in[i].a, in[i].b, &east, &north) != E_OK)
			fail_msg("TP%02d is refused", i + 1);
		if (hypot(east - want[i].a, north - want[i].b) > CM)
			fail_msg("TP%02d is %.4f m off", i + 1,
			    hypot(east - want[i].a, north - want[i].b));
	}
}

static void
test_all_40_points_from_the_grid(void **state)
{
	struct point in[POINTS], want[POINTS];

	(void)state;
	read_points(in, "Input_OSGBtoETRS");
	read_points(want, "Output_OSGBtoETRS");
	for (int i = 0; i < POINTS; i++) {
		double lat, lon, off;

		if (osgb_to_wgs84(osgb, in[i].a, in[i].b, &lat, &lon) != E_OK)
			fail_msg("TP%02d is refused", i + 1);
		off = hypot((lat - want[i].a) * DEGREE_M,
		    (lon - want[i].b) * DEGREE_M * cos(lat * RADIANS));
		if (off > CM)
			fail_msg("TP%02d is %.4f m off", i + 1, off);
	}
}

/* Within a millimetre near the central meridian, within 2 cm in the corners,
 * where Ordnance Survey's series end too early. */
static void
test_there_and_back_is_the_same_point(void **state)
{
	unsigned came_back = 0;

	(void)state;
	for (double e = 500; e < 700000; e += 9973)
		for (double n = 500; n < 1250000; n += 9973) {
			double lat, lon, east, north;

			assert_int_equal(
			    osgb_to_wgs84(osgb, e, n, &lat, &lon), E_OK);
			if (osgb_to_grid(osgb, lat, lon, &east, &north) != E_OK)
				continue; /* Ireland */
			assert_true(hypot(east - e, north - n) <
				    (fabs(e - 400000) < 280000 ? 0.001 : 0.02));
			came_back++;
		}
	assert_in_range(came_back, 7000, 9000);
}

static void
test_what_has_no_shift_is_refused(void **state)
{
	static const struct {
		const char *what;
		double lat, lon;
		enum err want;
	} places[] = {
		{ "Cardiff", 51.4816, -3.1791, E_OK },
		{ "St David's Head", 51.905, -5.317, E_OK },
		{ "Skomer", 51.736, -5.296, E_OK },
		{ "Isle of Man", 54.15, -4.48, E_OK },
		{ "Mull of Galloway", 54.635, -4.857, E_OK },
		{ "Portpatrick", 54.842, -5.117, E_OK },
		{ "Mull of Kintyre", 55.31, -5.80, E_OK },
		{ "Islay", 55.63, -6.19, E_OK },
		{ "Lizard", 49.96, -5.2, E_OK },
		{ "Scilly", 49.92, -6.3, E_OK },
		{ "Belfast", 54.597, -5.93, E_RANGE },
		{ "Ballywalter", 54.54, -5.48, E_RANGE },
		{ "Dublin", 53.35, -6.26, E_RANGE },
		{ "Wicklow Head", 52.965, -6.0, E_RANGE },
		{ "Ballycastle", 55.204, -6.24, E_RANGE },
		{ "Rathlin", 55.29, -6.19, E_RANGE },
		{ "Malin Head", 55.38, -7.37, E_RANGE },
		{ "Paris", 48.8566, 2.3522, E_RANGE },
		{ "Bergen", 60.39, 5.32, E_RANGE },
		{ "the gulf of Guinea", 0, 0, E_RANGE },
		{ "no place", 91, 0, E_RANGE },
		{ "no place", NAN, 0, E_RANGE },
		{ "no place", 51, NAN, E_RANGE },
		{ "no place", INFINITY, -INFINITY, E_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		double east = 77, north = 78;
		enum err e = osgb_to_grid(
		    osgb, places[i].lat, places[i].lon, &east, &north);

		if (e != places[i].want)
			fail_msg("%s: %s", places[i].what, err_text(e));
		if (e != E_OK)
			assert_true(east == 77 && north == 78);
	}
}

static void
test_grid_points_outside_are_refused(void **state)
{
	static const double points[][2] = { { -1, 0 }, { 700000, 0 }, { 0, -1 },
		{ 0, 1250000 }, { NAN, 0 }, { 0, NAN }, { INFINITY, 0 },
		{ 1e300, 1e300 } };
	double lat = 77, lon = 78;

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		assert_int_equal(
		    osgb_to_wgs84(osgb, points[i][0], points[i][1], &lat, &lon),
		    E_RANGE);
	assert_true(lat == 77 && lon == 78);
}

static void
test_cut_tables_are_refused(void **state)
{
	struct osgb *o = NULL;

	(void)state;
	assert_int_equal(
	    osgb_new(&o, east_table, east_len - 1, north_table, north_len),
	    E_FORMAT);
	assert_int_equal(
	    osgb_new(&o, east_table, east_len, north_table, north_len + 1),
	    E_FORMAT);
	assert_null(o);
	osgb_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_40_points_to_the_grid),
		cmocka_unit_test(test_all_40_points_from_the_grid),
		cmocka_unit_test(test_there_and_back_is_the_same_point),
		cmocka_unit_test(test_what_has_no_shift_is_refused),
		cmocka_unit_test(test_grid_points_outside_are_refused),
		cmocka_unit_test(test_cut_tables_are_refused),
	};

	return cmocka_run_group_tests(tests, load_tables, free_tables);
}
