#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/theme.h"
#include "node/count.h"

#define NOW 1700000000
#define BIT(theme) (UINT32_C(1) << (theme))

/* Two forces with two LSOAs each, the first two in one local authority. */
static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000002,Aber 001B,W06000001,Aber,W15000001,North,1000\n"
    "W01000003,Bryn 001A,W06000002,Bryn,W15000001,North,1000\n"
    "W01000004,Coed 001A,W06000003,Coed,W15000002,South,1000\n";

static char dir[] = "/tmp/ward-count-XXXXXX";
static char db[64];
static struct store *store;
static struct areas *areas;
static struct themes *rules;

/* Codes as put() makes them: "c" and the themes meant, in hexadecimal. */
#define HEAD                                                           \
	"rules,test,1\ntheme,violence,v\ntheme,knife,k\ntheme,asb,a\n" \
	"list,police.uk,p\nlist,istv,i\n"
static const char today[] =
    HEAD "rule,police.crime,police.uk,c1,,,,violence\n"
	 "rule,police.crime,police.uk,c40,,,,knife\n"
	 "rule,police.crime,police.uk,c41,,,,violence;knife\n"
	 "rule,police.asb,police.uk,c2,,,,asb\n"
	 "rule,nhs.ed,istv,c1,,,,violence\n"
	 "rule,nhs.ed,istv,c2,,,,asb\n"
	 "rule,nhs.ed,istv,c41,,,,violence;knife\n";

static enum err
at_now(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	*utc_s = NOW;
	return E_OK;
}

static int
set_up(void **state)
{
	uint64_t before;
	size_t line;
	uint8_t d[32] = { 1 };

	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(db, sizeof(db), "%s/records.db", dir);
	if (areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK ||
	    themes_parse(&rules, today, sizeof(today) - 1, &line) != E_OK ||
	    store_open(&store, db, STORE_LOAD) != E_OK)
		return -1;
	return store_begin(store, d, "test", "t", &before) == E_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	char path[80];

	(void)state;
	store_close(store);
	areas_free(areas);
	themes_free(rules);
	unlink(db);
	snprintf(path, sizeof(path), "%s-wal", db);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", db);
	unlink(path);
	return rmdir(dir);
}

/* Adds a record, of a code that the rules of today give those themes; its
 * order is the order of the calls. */
static void
put(uint16_t month, uint8_t person, uint32_t source, uint32_t themes,
    const char *area, int64_t east, uint32_t north)
{
	static uint8_t n;
	struct incident i = { .month = month,
		.has_person = person != 0,
		.order = ++n,
		.kind.source = source,
		.has_point = east >= 0,
		.east = east < 0 ? 0 : (uint32_t)east,
		.north = north };
	bool fresh;

	snprintf(i.kind.code, sizeof(i.kind.code), "c%x", themes);
	i.record_id[0] = n;
	memset(i.person_key, person, INCIDENT_KEY);
	memcpy(i.area, area, strlen(area) + 1);
	assert_int_equal(store_put(store, &i, &fresh), E_OK);
	assert_true(fresh);
}

/* LSOAs of North, violence and knife, 2021-01 and 2021-02 in one slice. */
static struct question
question(void)
{
	return (struct question){ .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = 2,
		.themes = { THEME_VIOLENCE, THEME_KNIFE },
		.first_month = 612,
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
expect(const struct question *q, uint64_t as_of, const uint32_t *want, size_t n)
{
	uint32_t cells[64];

	assert_int_equal(question_cells(q), n);
	memset(cells, 0xee, sizeof(cells));
	assert_int_equal(
	    count_cells(cells, store, q, as_of, areas, rules), E_OK);
	for (size_t i = 0; i < n; i++)
		if (cells[i] != want[i])
			fail_msg("cell %u: %u, not %u", (unsigned)i, cells[i],
			    want[i]);
	assert_int_equal(cells[n], 0xeeeeeeee);
}

#define EXPECT(q, as_of, ...)                                   \
	expect((q), (as_of), (const uint32_t[]){ __VA_ARGS__ }, \
	    sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void
put_usual(void)
{
	put(612, 0, 1, BIT(THEME_VIOLENCE), "W01000001", 500, 500);
	put(612, 0, 1, BIT(THEME_VIOLENCE), "W01000001", 500, 1500);
	put(613, 0, 1, BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE), "W01000003",
	    1500, 500);
	put(613, 0, 2, BIT(THEME_ASB), "W01000003", 1500, 500); /* not asked */
	put(614, 0, 1, BIT(THEME_VIOLENCE), "W01000001", 500, 500);  /* month */
	put(612, 0, 1, BIT(THEME_VIOLENCE), "W01000004", 9500, 500); /* South */
	put(612, 0, 1, BIT(THEME_VIOLENCE), "", 500, 500);       /* no area */
	put(612, 0, 1, BIT(THEME_VIOLENCE), "E01035999", -1, 0); /* unknown */
	put(613, 0, 1, BIT(THEME_KNIFE), "W01000002", -1, 0);    /* no point */
	assert_int_equal(store_commit(store, at_now, NULL, "{}"), E_OK);
}

static void
test_cells_stand_in_the_order_of_the_question(void **state)
{
	struct question q = question();

	(void)state;
	put_usual();
	EXPECT(&q, NOW, 2, 0, 1, 2, 0, 1, 1, 0);
	q.slicing = SLICE_MONTH;
	EXPECT(&q, NOW, 2, 0, 0, 2, 0, 0, 1, 0, /* violence: Jan, Feb */
	    0, 0, 0, 0, 0, 1, 1, 0);
	q.slicing = SLICE_SUM;
	q.geo = GEO_LAD;
	q.n_places = 2;
	EXPECT(&q, NOW, 2, 1, 2, 1, 1, 0);
	q.n_areas = 2; /* both forces */
	memcpy(q.areas[1], "W15000002", GSS);
	q.geo = GEO_FORCE;
	EXPECT(&q, NOW, 3, 1, 2, 2, 0, 0);
	q.sources = SOURCE_POLICE_ASB | SOURCE_NHS_ED;
	EXPECT(&q, NOW, 0, 0, 0, 0, 0, 0);
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
	EXPECT(&q, NOW, 2, 1, 1, 0, 1, 0, 1, 0, 0, 1);
}

static void
test_records_are_seen_as_of_the_cut(void **state)
{
	struct question q = question();

	(void)state;
	put_usual();
	EXPECT(&q, NOW - 1, 0, 0, 0, 0, 0, 0, 0, 0);
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
	put(612, 1, 4, BIT(THEME_ASB), "W01000001", -1, 0);      /* not asked */
	put(612, 1, 4, BIT(THEME_VIOLENCE), "W01000004", -1, 0); /* outside */
	put(612, 1, 4, BIT(THEME_VIOLENCE), "W01000001", -1, 0);
	put(612, 1, 4, BIT(THEME_VIOLENCE), "W01000001", -1, 0);
	put(612, 1, 4, BIT(THEME_VIOLENCE), "W01000003", -1, 0);
	put(613, 1, 4, BIT(THEME_VIOLENCE), "W01000001", -1, 0);
	assert_int_equal(store_commit(store, at_now, NULL, "{}"), E_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		q.c = cases[i].c;
		EXPECT(
		    &q, NOW, cases[i].first, 0, cases[i].third, 0, 0, 0, 0, 0);
	}
}

/* One selection feeds all themes: the record that counts as violence is the one
 * that counts as knife. */
static void
test_one_selection_feeds_all_themes(void **state)
{
	struct question q = question();

	(void)state;
	put(612, 7, 4, BIT(THEME_VIOLENCE), "W01000001", -1, 0);
	put(612, 7, 4, BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE), "W01000002", -1,
	    0);
	put(612, 8, 4, BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE), "W01000002", -1,
	    0);
	put(612, 8, 4, BIT(THEME_VIOLENCE), "W01000001", -1, 0);
	assert_int_equal(store_commit(store, at_now, NULL, "{}"), E_OK);
	EXPECT(&q, NOW, 1, 1, 0, 0, 0, 1, 0, 0);
}

/* A record that has more themes than k must not move the answer further than
 * was charged. */
static void
test_a_record_counts_in_no_more_themes_than_are_charged(void **state)
{
	struct question q = question();

	(void)state;
	put(612, 0, 1, BIT(THEME_VIOLENCE) | BIT(THEME_KNIFE), "W01000001", -1,
	    0);
	put(612, 0, 1, BIT(THEME_KNIFE), "W01000002", -1, 0);
	assert_int_equal(store_commit(store, at_now, NULL, "{}"), E_OK);
	q.k = 1;
	EXPECT(&q, NOW, 1, 0, 0, 0, 0, 1, 0, 0);
}

/* A question names its rules: records that were loaded under others count as
 * these say, and those that these do not know do not count. */
static void
test_records_count_by_the_rules_of_the_question(void **state)
{
	static const char next[] =
	    HEAD "rule,police.crime,police.uk,c1,,,,knife\n"
		 "rule,police.crime,police.uk,c2,,,,violence\n"
		 "rule,nhs.ed,istv,c1,,,,violence\n";
	struct question q = question();
	size_t line;

	(void)state;
	put(612, 0, 1, BIT(THEME_VIOLENCE), "W01000001", -1, 0);
	put(612, 0, 1, BIT(THEME_ASB), "W01000002", -1, 0);
	put(612, 0, 1, BIT(THEME_KNIFE), "W01000003", -1, 0);
	put(612, 0, 4, BIT(THEME_VIOLENCE), "W01000003", -1, 0);
	assert_int_equal(store_commit(store, at_now, NULL, "{}"), E_OK);
	EXPECT(&q, NOW, 1, 0, 1, 0, 0, 0, 1, 0);
	themes_free(rules);
	assert_int_equal(
	    themes_parse(&rules, next, sizeof(next) - 1, &line), E_OK);
	EXPECT(&q, NOW, 0, 1, 1, 0, 1, 0, 0, 0);
}

/* A question that does not fit the lookup gets nothing, not a part. */
static void
test_failure_leaves_no_counts(void **state)
{
	struct question q = question();
	uint32_t cells[8];

	(void)state;
	put_usual();
	q.n_places = 2;
	memset(cells, 0xee, sizeof(cells));
	assert_int_equal(
	    count_cells(cells, store, &q, NOW, areas, rules), E_ARG);
	for (size_t i = 0; i < question_cells(&q); i++)
		assert_int_equal(cells[i], 0);
	q = question();
	memcpy(q.areas[0], "W15000009", GSS);
	assert_int_equal(
	    count_cells(cells, store, &q, NOW, areas, rules), E_NOTFOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cells_stand_in_the_order_of_the_question),
		TEST(test_point_decides_in_a_grid),
		TEST(test_records_are_seen_as_of_the_cut),
		TEST(test_person_month_is_bounded),
		TEST(test_one_selection_feeds_all_themes),
		TEST(test_a_record_counts_in_no_more_themes_than_are_charged),
		TEST(test_records_count_by_the_rules_of_the_question),
		TEST(test_failure_leaves_no_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
