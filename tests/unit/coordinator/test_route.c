/* Promises of coordinator/route: the addresses there are, each in one spelling,
 * and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/route.h"

#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define R "/v1/releases/" ID

static enum err
parse(struct route *out, const char *uri)
{
	size_t len = strlen(uri);
	char *exact = malloc(len == 0 ? 1 : len); /* ASan sees overreads */
	enum err e;

	memcpy(exact, uri, len);
	e = route_parse(out, exact, len);
	free(exact);
	return e;
}

static void
test_every_address_there_is(void **state)
{
	static const struct {
		const char *uri;
		enum route_kind kind;
		enum route_format format;
		const char *theme, *slice, *source, *file, *level;
	} cases[] = {
		{ "/", ROUTE_FILE_, 0, "", "", "", "index.html", "" },
		{ "/map/index.html", ROUTE_FILE_, 0, "", "", "", "index.html",
		    "" },
		{ "/map/main.mjs", ROUTE_FILE_, 0, "", "", "", "main.mjs", "" },
		{ "/map/icon.svg", ROUTE_FILE_, 0, "", "", "", "icon.svg", "" },
		{ "/map/node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs",
		    ROUTE_FILE_, 0, "", "", "",
		    "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs",
		    "" },
		{ "/v1/health", ROUTE_HEALTH, 0, "", "", "", "", "" },
		{ "/v1/releases", ROUTE_RELEASES, 0, "", "", "", "", "" },
		{ R, ROUTE_RELEASE, 0, "", "", "", "", "" },
		{ R "/cells.json", ROUTE_CELLS, ROUTE_JSON, "", "", "", "",
		    "" },
		{ R "/cells.csv?slice=2021-01", ROUTE_CELLS, ROUTE_CSV, "",
		    "2021-01", "", "", "" },
		{ R "/cells.geojson?theme=public-order&slice=sum&source=nhs",
		    ROUTE_CELLS, ROUTE_GEOJSON, "public-order", "sum", "nhs",
		    "", "" },
		{ R "/cells.geojson?source=nhs&theme=asb", ROUTE_CELLS,
		    ROUTE_GEOJSON, "asb", "", "nhs", "", "" },
		{ R "/cells.json?level=msoa11&slice=to-2021-05", ROUTE_CELLS,
		    ROUTE_JSON, "", "to-2021-05", "", "", "msoa11" },
		{ R "/sums.json", ROUTE_SUMS, 0, "", "", "", "", "" },
		{ R "/sums.json?source=nhs", ROUTE_SUMS, 0, "", "", "nhs", "",
		    "" },
		{ "/v1/areas/forces.geojson", ROUTE_AREAS, 0, "", "", "",
		    "forces.geojson", "" },
		{ "/v1/areas/lads.geojson", ROUTE_AREAS, 0, "", "", "",
		    "lads.geojson", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route r;

		assert_int_equal(parse(&r, cases[i].uri), E_OK);
		assert_int_equal(r.kind, cases[i].kind);
		if (r.kind == ROUTE_CELLS)
			assert_int_equal(r.format, cases[i].format);
		if (r.kind == ROUTE_CELLS || r.kind == ROUTE_RELEASE ||
		    r.kind == ROUTE_SUMS)
			assert_int_equal(r.id[1], 0x11);
		assert_string_equal(r.theme, cases[i].theme);
		assert_string_equal(r.slice, cases[i].slice);
		assert_string_equal(r.source, cases[i].source);
		assert_string_equal(r.file, cases[i].file);
		assert_string_equal(
		    r.level, cases[i].level == NULL ? "" : cases[i].level);
	}
}

static void
test_nothing_else_is_an_address(void **state)
{
	static const char *const uris[] = { "", "/map", "/map/", "//",
		"/../etc/passwd", "/map/../../etc/passwd", "/map/..",
		"/map/.hidden.mjs", "/map/%2e%2e/x.mjs", "/map/main.mj%73",
		"/%41", "/map/main.mjs/", "/map/Main.mjs", "/map/main.js",
		"/map/package.json", "/map/a/main.mjs",
		"/map/node_modules/x.mjs",
		"/map/node_modules/maplibre-gl/dist/../x.mjs", "/v1", "/v1/",
		"/v1/health/", "/v1//health", "/V1/health", "/v1/releases/",
		"/v1/releases/00", R "0", R "/", R "/cells", R "/cells.xml",
		R "/sums", R "/sums.csv", R "/cells.json/", R "//cells.json",
		"/v1/areas/wards.geojson", "/v1/areas/", "http://x/v1/health",
		"v1/health", "*" };

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct route r = { .kind = 77 };

		assert_int_equal(parse(&r, uris[i]), E_NOTFOUND);
		assert_int_equal(r.kind, 77); /* untouched */
	}
	assert_int_equal(
	    route_parse(&(struct route){ 0 }, "/map/main.mjs\0", 14),
	    E_NOTFOUND);
}

static void
test_parameters_are_known_and_stand_once(void **state)
{
	static const char *const uris[] = { "/?x", "/v1/health?",
		R "?theme=asb", R "/cells.json?", R "/cells.json?theme",
		R "/cells.json?theme=", R "/cells.json?theme=asb&",
		R "/cells.json?&theme=asb", R "/cells.json?theme=a&theme=b",
		R "/cells.json?colour=red", R "/cells.json?theme=A",
		R "/cells.json?level=a&level=b", R "/sums.json?theme=asb",
		R "/cells.json?theme=a%20b", R "/cells.json?theme=a+b",
		R "/cells.json?theme=abcdefghijklmnopqrstuvwxy",
		R "/cells.json?theme=asb?slice=sum" };

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct route r;

		assert_int_equal(parse(&r, uris[i]), E_FORMAT);
	}
}

static void
test_length_is_bounded_first(void **state)
{
	char *uri = malloc(ROUTE_MAX + 1);
	struct route r;

	(void)state;
	memset(uri, '/', ROUTE_MAX + 1);
	assert_int_equal(route_parse(&r, uri, ROUTE_MAX), E_NOTFOUND);
	assert_int_equal(route_parse(&r, uri, ROUTE_MAX + 1), E_LIMIT);
	memset(uri, 'a', ROUTE_MAX);
	memcpy(uri, "/map/", 5);
	memcpy(uri + ROUTE_MAX - 4, ".mjs", 4);
	assert_int_equal(route_parse(&r, uri, ROUTE_MAX), E_NOTFOUND);
	free(uri);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_address_there_is),
		cmocka_unit_test(test_nothing_else_is_an_address),
		cmocka_unit_test(test_parameters_are_known_and_stand_once),
		cmocka_unit_test(test_length_is_bounded_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
