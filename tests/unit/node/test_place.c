/*
 * Promises of node/place: what is published goes before what is worked out;
 * nothing is kept that is finer than its source or a home allows; every record
 * without a usable place says so.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/source.h"
#include "node/place.h"
#include "tests/unit/file_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOTES_MAX 4
#define NO_LSOA .lsoa = "", .area = ""
#define NO_TEXT .text = ""
#define LSOA(code) .lsoa = (code), .area = "", .text = ""
#define GRID(e, n)                                                       \
	.has_grid = true, .east = (e), .north = (n), .method = GEO_UPRN, \
	.precision_m = 5
#define DEGREES(y, x)                                                   \
	.has_degrees = true, .lat = (y), .lon = (x), .method = GEO_GPS, \
	.precision_m = 10

/* Cardiff: 318200, 176200 lies in W01001941 by its outline. */
#define CARDIFF GRID(318200, 176200)
#define CARDIFF_POINT true, 318200, 176200, GEO_UPRN, 5

static const char places[] = "place,east,north,lsoa\n"
			     "Queen Street,318500,176400,W01001842\n"
			     "Roath Park,,,W01001850\n"
			     "Dock Road,318200,176200,\n"
			     "Far Street,318200,176200,W01999999\n"
			     "Princes Street,325000,674000,\n";

static const struct {
	const char *what;
	uint32_t source;
	struct place_said said;
	/* what is kept */
	bool point;
	uint32_t east, north;
	uint8_t method;
	uint16_t precision_m;
	const char *area, *published;
	uint16_t vintage;
	int notes[NOTES_MAX]; /* reasons; 0 ends them (none of them is 0) */
} cases[] = {
	/* Published codes. */
	{ "a published code goes before the outline", SOURCE_POLICE_CRIME,
	    { LSOA("W01001842"), CARDIFF }, CARDIFF_POINT, "W01001842",
	    "W01001842", 2011, { 0 } },
	{ "a published code without a point", SOURCE_POLICE_CRIME,
	    { LSOA("W01001842") }, false, 0, 0, GEO_AREA, 0, "W01001842",
	    "W01001842", 2011, { REPORT_NO_POINT } },
	{ "a code of 2021 counts in that of 2011", SOURCE_POLICE_CRIME,
	    { LSOA("W01002024"), CARDIFF }, CARDIFF_POINT, "W01001945",
	    "W01002024", 2021, { REPORT_VINTAGE } },
	{ "a code nobody knows is kept, the outline counts",
	    SOURCE_POLICE_CRIME, { LSOA("S01006506"), CARDIFF }, CARDIFF_POINT,
	    "W01001941", "S01006506", 0, { REPORT_OUTLINE } },
	{ "a code of an output area is too fine to keep", SOURCE_POLICE_CRIME,
	    { LSOA("W00009101"), CARDIFF, .dwelling = true }, false, 0, 0,
	    GEO_AREA, 0, "W01001941", "", 0, { REPORT_OUTLINE, REPORT_HOME } },
	{ "a code that is none", SOURCE_POLICE_CRIME,
	    { LSOA("Cardiff 032"), CARDIFF }, CARDIFF_POINT, "W01001941", "", 0,
	    { REPORT_OUTLINE } },

	/* Points. */
	{ "a point by its outline", SOURCE_POLICE_CRIME, { LSOA(""), CARDIFF },
	    CARDIFF_POINT, "W01001941", "", 0, { REPORT_OUTLINE } },
	{ "a part of a metre is cut off", SOURCE_POLICE_CRIME,
	    { LSOA(""), GRID(318200.99, 176200.5) }, CARDIFF_POINT, "W01001941",
	    "", 0, { REPORT_OUTLINE } },
	{ "the outline before the text", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Queen Street", CARDIFF }, CARDIFF_POINT,
	    "W01001941", "", 0, { REPORT_OUTLINE } },
	{ "degrees", SOURCE_NHS_AMBULANCE,
	    { LSOA(""), DEGREES(51.479, -3.179) }, true, 318220, 176219,
	    GEO_GPS, 10, "W01001941", "", 0, { REPORT_OUTLINE } },
	{ "metres go before degrees", SOURCE_NHS_AMBULANCE,
	    { LSOA(""), .has_degrees = true, .lat = 55, CARDIFF },
	    CARDIFF_POINT, "W01001941", "", 0, { REPORT_OUTLINE } },
	{ "a point in Scotland has no area", SOURCE_POLICE_CRIME,
	    { LSOA(""), GRID(325000, 674000) }, true, 325000, 674000, GEO_UPRN,
	    5, "", "", 0, { REPORT_NO_AREA } },
	{ "a point in Scotland, text of England", SOURCE_POLICE_CRIME,
	    { NO_LSOA, .text = "Queen Street", GRID(325000, 674000) }, true,
	    325000, 674000, GEO_UPRN, 5, "", "", 0, { REPORT_NO_AREA } },

	/* Outside OSTN15: only what was stated. */
	{ "Belfast in degrees", SOURCE_POLICE_CRIME,
	    { LSOA(""), DEGREES(54.597, -5.930) }, false, 0, 0, GEO_NONE, 0, "",
	    "", 0, { REPORT_OUTSIDE, REPORT_NO_AREA } },
	{ "Belfast in metres of the National Grid", SOURCE_POLICE_CRIME,
	    { LSOA(""), GRID(146500, 528800) }, false, 0, 0, GEO_NONE, 0, "",
	    "", 0, { REPORT_OUTSIDE, REPORT_NO_AREA } },
	{ "Stranraer is no Ireland", SOURCE_POLICE_CRIME,
	    { LSOA(""), GRID(206000, 560800) }, true, 206000, 560800, GEO_UPRN,
	    5, "", "", 0, { REPORT_NO_AREA } },
	{ "Land's End is no Ireland", SOURCE_POLICE_CRIME,
	    { LSOA(""), GRID(134900, 25200) }, true, 134900, 25200, GEO_UPRN, 5,
	    "E01019005", "", 0, { REPORT_OUTLINE } },
	{ "outside, with a published code", SOURCE_POLICE_CRIME,
	    { LSOA("W01001842"), DEGREES(54.597, -5.930) }, false, 0, 0,
	    GEO_AREA, 0, "W01001842", "W01001842", 2011, { REPORT_OUTSIDE } },
	{ "outside, with a stated area", SOURCE_POLICE_CRIME,
	    { .lsoa = "", .area = "Cardiff", NO_TEXT, GRID(-1, 9) }, false, 0,
	    0, GEO_AREA, 0, "W06000015", "", 0, { REPORT_OUTSIDE } },
	{ "outside, with text", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Queen Street", GRID(700000, 9) }, false, 0, 0,
	    GEO_NONE, 0, "", "", 0, { REPORT_OUTSIDE, REPORT_NO_AREA } },
	{ "0, 0 is no point", SOURCE_POLICE_CRIME, { LSOA(""), GRID(0, 0.5) },
	    false, 0, 0, GEO_NONE, 0, "", "", 0,
	    { REPORT_OUTSIDE, REPORT_NO_AREA } },
	{ "no number", SOURCE_POLICE_CRIME, { LSOA(""), GRID(NAN, 9) }, false,
	    0, 0, GEO_NONE, 0, "", "", 0, { REPORT_OUTSIDE, REPORT_NO_AREA } },

	/* Text. */
	{ "a name as a whole", SOURCE_NHS_ED, { NO_LSOA, .text = "queen st." },
	    true, 318500, 176400, GEO_GAZETTEER, 50, "W01001842", "", 0,
	    { 0 } },
	{ "text that says more is less sure", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Queen Street, Cardiff" }, true, 318500, 176400,
	    GEO_GAZETTEER, 500, "W01001842", "", 0, { REPORT_UNSURE } },
	{ "a name without a point", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Roath Park" }, false, 0, 0, GEO_AREA, 0,
	    "W01001850", "", 0, { 0 } },
	{ "a name without an area", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Dock Road" }, true, 318200, 176200,
	    GEO_GAZETTEER, 50, "W01001941", "", 0, { 0 } },
	{ "a name with an area nobody knows", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Far Street" }, true, 318200, 176200,
	    GEO_GAZETTEER, 50, "W01001941", "", 0, { 0 } },
	{ "a name in Scotland", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Princes Street" }, true, 325000, 674000,
	    GEO_GAZETTEER, 50, "", "", 0, { REPORT_NO_AREA } },
	{ "text that names nothing", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "at home" }, false, 0, 0, GEO_NONE, 0, "", "", 0,
	    { REPORT_NO_PLACE, REPORT_NO_AREA } },
	{ "text that names nothing, in a town", SOURCE_NHS_ED,
	    { .lsoa = "", .area = "cardiff", .text = "at home" }, false, 0, 0,
	    GEO_AREA, 0, "W06000015", "", 0, { REPORT_NO_PLACE } },
	{ "a name in the area that is stated", SOURCE_NHS_ED,
	    { .lsoa = "", .area = "W15000003", .text = "Queen Street" }, true,
	    318500, 176400, GEO_GAZETTEER, 50, "W01001842", "", 0, { 0 } },
	{ "a name in another area than is stated", SOURCE_NHS_ED,
	    { .lsoa = "", .area = "Swansea", .text = "Queen Street" }, false, 0,
	    0, GEO_AREA, 0, "W06000011", "", 0, { REPORT_NO_PLACE } },

	/* Areas. */
	{ "an MSOA by name", SOURCE_POLICE_CRIME,
	    { .lsoa = "", .area = "cardiff 032", NO_TEXT }, false, 0, 0,
	    GEO_AREA, 0, "Cardiff 032", "", 0, { REPORT_NO_POINT } },
	{ "a police force area", SOURCE_POLICE_CRIME,
	    { .lsoa = "", .area = "South Wales", NO_TEXT }, false, 0, 0,
	    GEO_AREA, 0, "W15000003", "", 0, { REPORT_NO_POINT } },
	{ "a name of an authority and a force", SOURCE_POLICE_CRIME,
	    { .lsoa = "", .area = "Wiltshire", NO_TEXT }, false, 0, 0, GEO_AREA,
	    0, "E06000054", "", 0, { REPORT_NO_POINT } },
	{ "an area nobody knows", SOURCE_POLICE_CRIME,
	    { .lsoa = "", .area = "Belfast", NO_TEXT }, false, 0, 0, GEO_NONE,
	    0, "", "", 0, { REPORT_NO_POINT, REPORT_NO_AREA } },
	{ "nothing", SOURCE_POLICE_CRIME, { LSOA("") }, false, 0, 0, GEO_NONE,
	    0, "", "", 0, { REPORT_NO_POINT, REPORT_NO_AREA } },

	/* What must not be kept. */
	{ "a home has no point", SOURCE_NHS_ED,
	    { LSOA("W01001842"), CARDIFF, .dwelling = true }, false, 0, 0,
	    GEO_AREA, 0, "W01001842", "W01001842", 2011, { REPORT_HOME } },
	{ "a home by its point", SOURCE_POLICE_CRIME,
	    { LSOA(""), CARDIFF, .dwelling = true }, false, 0, 0, GEO_AREA, 0,
	    "W01001941", "", 0, { REPORT_OUTLINE, REPORT_HOME } },
	{ "a home by its name", SOURCE_NHS_ED,
	    { NO_LSOA, .text = "Queen Street", .dwelling = true }, false, 0, 0,
	    GEO_AREA, 0, "W01001842", "", 0, { REPORT_HOME } },
	{ "a home in Scotland has nothing", SOURCE_POLICE_CRIME,
	    { LSOA(""), GRID(325000, 674000), .dwelling = true }, false, 0, 0,
	    GEO_NONE, 0, "", "", 0, { REPORT_HOME, REPORT_NO_AREA } },
	{ "an exclusion keeps an MSOA", SOURCE_EDU_EXCLUSION,
	    { LSOA("W01001842"), CARDIFF }, false, 0, 0, GEO_AREA, 0,
	    "Cardiff 003", "", 0, { 0 } },
	{ "an exclusion of 2021 as well", SOURCE_EDU_EXCLUSION,
	    { LSOA("W01002024") }, false, 0, 0, GEO_AREA, 0, "Cardiff 048", "",
	    0, { REPORT_VINTAGE } },
	{ "an exclusion by its point", SOURCE_EDU_EXCLUSION,
	    { LSOA(""), CARDIFF }, false, 0, 0, GEO_AREA, 0, "Cardiff 032", "",
	    0, { REPORT_OUTLINE } },
	{ "an exclusion keeps what is coarser", SOURCE_EDU_EXCLUSION,
	    { .lsoa = "", .area = "W06000015", NO_TEXT }, false, 0, 0, GEO_AREA,
	    0, "W06000015", "", 0, { 0 } },
	{ "an exclusion in Scotland has nothing", SOURCE_EDU_EXCLUSION,
	    { LSOA("S01006506"), GRID(325000, 674000) }, false, 0, 0, GEO_NONE,
	    0, "", "", 0, { REPORT_NO_AREA } },
	{ "a report keeps a local authority", SOURCE_PLATFORM_REPORT,
	    { LSOA("W01001842") }, false, 0, 0, GEO_AREA, 0, "W06000015", "", 0,
	    { 0 } },
	{ "a report of an MSOA as well", SOURCE_PLATFORM_REPORT,
	    { .lsoa = "", .area = "Cardiff 032", NO_TEXT }, false, 0, 0,
	    GEO_AREA, 0, "W06000015", "", 0, { 0 } },
	{ "a report keeps a force", SOURCE_PLATFORM_REPORT,
	    { .lsoa = "", .area = "South Wales", NO_TEXT }, false, 0, 0,
	    GEO_AREA, 0, "W15000003", "", 0, { 0 } },
};

struct shipped {
	size_t n;
	char *bytes;
};

static struct shipped east, north, outlines;
static struct loader_world world;

static bool
open_file(struct shipped *out, const char *path)
{
	out->bytes = file_test(path, &out->n);
	return out->bytes != NULL;
}

static enum err
hand_out(void *ctx, void *buf, size_t cap, size_t *n)
{
	const char **p = ctx;

	*n = strlen(*p) < cap ? strlen(*p) : cap;
	memcpy(buf, *p, *n);
	*p += *n;
	return E_OK;
}

static int
open_world(void **state)
{
	struct shipped areas, vintage;
	const char *text = places;
	struct csv_source source = { hand_out, &text };
	struct osgb *o;
	struct areas *a;
	struct vintage *v;
	struct boundary *b;
	struct gazetteer *g;
	uint64_t row;
	size_t line;
	bool good;

	(void)state;
	if (!open_file(&east, WARD_DATA "/osgb/ostn_east") ||
	    !open_file(&north, WARD_DATA "/osgb/ostn_north") ||
	    !open_file(&outlines, WARD_DATA "/boundaries/lsoa11.bin") ||
	    !open_file(&areas, WARD_DATA "/areas/lsoa11.csv") ||
	    !open_file(&vintage, WARD_DATA "/areas/lsoa21.csv"))
		return -1;
	good =
	    osgb_new(&o, (uint8_t *)east.bytes, east.n, (uint8_t *)north.bytes,
		north.n) == E_OK &&
	    areas_parse(&a, areas.bytes, areas.n, &line) == E_OK &&
	    vintage_parse(&v, vintage.bytes, vintage.n, &line) == E_OK &&
	    boundary_parse(&b, (uint8_t *)outlines.bytes, outlines.n) == E_OK &&
	    gazetteer_read(&g, &source, &row) == E_OK;
	free(areas.bytes);
	free(vintage.bytes);
	if (!good)
		return -1;
	world = (struct loader_world){ .osgb = o,
		.areas = a,
		.gazetteer = g,
		.boundary = b,
		.vintage = v };
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	osgb_free((struct osgb *)world.osgb);
	areas_free((struct areas *)world.areas);
	gazetteer_free((struct gazetteer *)world.gazetteer);
	boundary_free((struct boundary *)world.boundary);
	vintage_free((struct vintage *)world.vintage);
	free(east.bytes);
	free(north.bytes);
	free(outlines.bytes);
	return 0;
}

/* An incident whose place fields hold what another record left. */
static struct incident
used_incident(uint32_t source)
{
	struct incident i;

	memset(&i, 0x5a, sizeof(i));
	i.has_point = true;
	i.kind.source = source;
	return i;
}

static bool
noted(const int notes[NOTES_MAX], int reason)
{
	for (size_t i = 0; i < NOTES_MAX && notes[i] != 0; i++)
		if (notes[i] == reason)
			return true;
	return false;
}

static void
test_places_are_kept_as_they_may_be(void **state)
{
	(void)state;
	for (size_t c = 0; c < COUNT(cases); c++) {
		struct incident i = used_incident(cases[c].source);
		struct report r;

		report_start(&r, "test", "test");
		place_fill(&i, &cases[c].said, &world, &r, 7);
		if (i.has_point != cases[c].point || i.east != cases[c].east ||
		    i.north != cases[c].north ||
		    i.geo_method != cases[c].method ||
		    i.geo_precision_m != cases[c].precision_m ||
		    strcmp(i.area, cases[c].area) != 0 ||
		    strcmp(i.published, cases[c].published) != 0 ||
		    i.vintage != cases[c].vintage)
			fail_msg("%s: %u, %u by %u to %u, area %s, "
				 "published %s of %u",
			    cases[c].what, i.east, i.north, i.geo_method,
			    i.geo_precision_m, i.area, i.published, i.vintage);
		for (int n = 0; n < REPORT_REASONS; n++)
			if (r.reasons[n].n != noted(cases[c].notes, n))
				fail_msg("%s: note %d %u times", cases[c].what,
				    n, (unsigned)r.reasons[n].n);
	}
}

/* Whatever is said, in every combination: what is kept is consistent, and as
 * coarse as it must be. */
static void
test_every_combination_is_consistent(void **state)
{
	static const char *const lsoas[] = { "", "W01001842", "W01002024",
		"S01006506", "x" };
	static const char *const names[] = { "", "Cardiff 032", "Swansea",
		"W15000003", "x" };
	static const char *const texts[] = { "", "Queen Street",
		"Dock Road, Cardiff", "Princes Street", "x" };
	static const double grids[][2] = { { -1, -1 }, { 318200, 176200 },
		{ 325000, 674000 }, { 146500, 528800 }, { 0, 0 } };
	const size_t n =
	    COUNT(lsoas) * COUNT(names) * COUNT(texts) * COUNT(grids) * 2 * 6;

	(void)state;
	for (size_t c = 0; c < n; c++) {
		size_t k = c / 12;
		struct place_said said = { .lsoa = lsoas[k % 5],
			.area = names[k / 5 % 5],
			.text = texts[k / 25 % 5],
			.has_grid = k / 125 > 0,
			.east = grids[k / 125][0],
			.north = grids[k / 125][1],
			.method = GEO_STREET,
			.precision_m = 50,
			.dwelling = c % 2 == 1 };
		uint32_t source = UINT32_C(1) << c / 2 % 6;
		const struct source_facts *s = source_of(source);
		struct incident i = used_incident(source);
		struct report r;

		report_start(&r, "test", "test");
		place_fill(&i, &said, &world, &r, 1);
		if (i.has_point) {
			assert_false(said.dwelling);
			assert_true(s->points);
			assert_true(i.east + i.north > 0);
			assert_in_range(i.geo_precision_m, 1, 500);
		} else {
			assert_int_equal(i.east + i.north, 0);
			assert_int_equal(i.geo_precision_m, 0);
			assert_int_equal(i.geo_method,
			    i.area[0] == '\0' ? GEO_NONE : GEO_AREA);
		}
		if (i.area[0] != '\0')
			assert_non_null(
			    areas_within(world.areas, i.area, GEO_FORCE));
		for (uint32_t g = GEO_LSOA11; g < s->finest_geo; g++) {
			assert_null(areas_within(world.areas, i.area, g));
			assert_string_equal(i.published, "");
		}
		assert_true(i.vintage == 0 || i.published[0] != '\0');
	}
}

/* Without outlines, vintages or a gazetteer the rest still holds. */
static void
test_missing_tables_leave_less_known(void **state)
{
	struct loader_world bare = { .osgb = world.osgb, .areas = world.areas };
	static const struct place_said by_point = { LSOA(""), CARDIFF };
	static const struct place_said by_code = { LSOA("W01002024") };
	static const struct place_said by_text = { NO_LSOA,
		.text = "Queen Street" };
	struct incident i = { .kind.source = SOURCE_NHS_ED };
	struct report r;

	(void)state;
	report_start(&r, "test", "test");
	place_fill(&i, &by_point, &bare, &r, 1);
	assert_true(i.has_point);
	assert_string_equal(i.area, "");
	place_fill(&i, &by_code, &bare, &r, 1);
	assert_string_equal(i.area, "");
	assert_string_equal(i.published, "W01002024");
	assert_int_equal(i.vintage, 0);
	place_fill(&i, &by_text, &bare, &r, 1);
	assert_int_equal(i.geo_method, GEO_NONE);
	assert_int_equal(r.reasons[REPORT_NO_PLACE].n, 1);
	assert_int_equal(r.reasons[REPORT_NO_AREA].n, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_are_kept_as_they_may_be),
		cmocka_unit_test(test_every_combination_is_consistent),
		cmocka_unit_test(test_missing_tables_leave_less_known),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
