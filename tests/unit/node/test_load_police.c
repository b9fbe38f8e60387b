/* Promises of node/load_police: what becomes of a published row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/query.h"
#include "tests/unit/node/loading.h"

/* Figures of tests/count_street.py for the same file. */
static void
test_real_rows_are_mapped(void **state)
{
	static struct list l;
	struct report r;
	unsigned asb = 0, violence = 0, point = 0;

	(void)state;
	assert_int_equal(load_path(SAMPLE, &r), E_OK);
	assert_int_equal(r.read, 259);
	assert_int_equal(r.change.added, 259);
	assert_int_equal(r.dropped, 0);
	assert_int_equal(r.placed, 161);
	assert_int_equal(r.reasons[REPORT_NO_POINT].n, 19);
	assert_int_equal(r.reasons[REPORT_OUTSIDE].n, 74);
	assert_int_equal(r.reasons[REPORT_NO_AREA].n, 98);
	assert_int_equal(r.reasons[REPORT_REPEATED].n, 8);
	assert_int_equal(r.reasons[REPORT_NO_POINT].lines[0], 122);
	read_all(&l);
	assert_int_equal(l.n, 259);
	for (size_t i = 0; i < l.n; i++) {
		asb += l.i[i].kind.source == SOURCE_POLICE_ASB;
		violence += themes(&l.i[i]) == UINT32_C(1) << THEME_VIOLENCE;
		point += l.i[i].has_point;
		assert_false(l.i[i].has_person);
	}
	assert_int_equal(asb, 100);
	assert_int_equal(violence, 69);
	assert_int_equal(point, 166);
}

/* A row of Bridgend: its point by OSTN15, its area as published. */
static void
test_one_row_in_full(void **state)
{
	static struct list l;
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	read_all(&l);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.i[0].month, 612);
	assert_int_equal(l.i[0].kind.source, SOURCE_POLICE_CRIME);
	assert_int_equal(themes(&l.i[0]), UINT32_C(1) << THEME_ROBBERY);
	assert_string_equal(l.i[0].area, "W01000991");
	assert_int_equal(l.i[0].east, 285294);
	assert_int_equal(l.i[0].north, 194182);
}

#define ASB(feed, lsoa)                                             \
	ROW_OF(feed, "", "2021-01", "-3.658828", "51.634723", lsoa, \
	    "Anti-social behaviour")
#define NI "Police Service of Northern Ireland"
#define BTP "British Transport Police"
#define CRIME(feed, id, month) \
	ROW_OF(feed, id, month, "-3.658828", "51.634723", "W01000991", "Drugs")

/* What data/police/PROVENANCE says of the published files: how many records
 * come of it, what was noted. */
static const struct {
	const char *what, *in;
	unsigned records, repeated, no_point, outside, no_area, outline;
} quirks[] = {
	{ "rows that are alike are incidents of their own",
	    HEADER ASB("X", "W01000991") ASB("X", "W01000991")
		ASB("X", "W01000991"),
	    3, 0, 0, 0, 0, 0 },
	{ "two forces may publish rows that are alike",
	    HEADER ASB("X", "W01000991") ASB("Y", "W01000991"), 2, 0, 0, 0, 0,
	    0 },
	{ "an id comes again in another month",
	    HEADER CRIME(NI, "f0", "2021-01") CRIME(NI, "f0", "2021-02")
		CRIME(NI, "f0", "2021-03"),
	    3, 0, 0, 0, 0, 0 },
	{ "an id comes again in its month",
	    HEADER CRIME(NI, "f0", "2021-01") CRIME(NI, "f0", "2021-01"), 2, 1,
	    0, 0, 0, 0 },
	{ "an id of two forces",
	    HEADER CRIME("X", "f0", "2021-01") CRIME("Y", "f0", "2021-01"), 2,
	    0, 0, 0, 0, 0 },
	{ "Northern Ireland: a point outside OSTN15 and no LSOA",
	    HEADER ROW_OF(
		NI, "f1", "2021-01", "-6.208275", "54.712992", "", "Drugs"),
	    1, 0, 0, 1, 1, 0 },
	{ "a railway in Scotland: a point and no LSOA",
	    HEADER ROW_OF(
		BTP, "", "2021-01", "-4.730029", "56.012366", "", "Burglary"),
	    1, 0, 0, 0, 1, 0 },
	{ "a point in Wales and no LSOA: the outline",
	    HEADER ROW_OF(
		BTP, "", "2021-01", "-3.658828", "51.634723", "", "Burglary"),
	    1, 0, 0, 0, 0, 1 },
	{ "no coordinates, and no LSOA",
	    HEADER ROW("f2", "2021-01", "", "", "", "Burglary"), 1, 0, 1, 0, 1,
	    0 },
	{ "no coordinates, an LSOA",
	    HEADER ROW("f2", "2021-01", "", "", "W01000991", "Burglary"), 1, 0,
	    1, 0, 0, 0 },
	{ "ids of any length",
	    HEADER CRIME("X", "0123456789abcd", "2021-01") CRIME("X",
		"0123456789abcd0123456789abcdef0123456789abcdef0123456789abcd"
		"ef01",
		"2021-01"),
	    2, 0, 0, 0, 0, 0 },
	{ "a row of another force's LSOA stays there",
	    HEADER ROW_OF("Gwent Police", "f3", "2021-01", "-3.658828",
		"51.634723", "E01014370", "Drugs"),
	    1, 0, 0, 0, 0, 0 },
};

static void
test_quirks_of_the_published_files(void **state)
{
	struct report r;

	(void)state;
	for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++) {
		loading_forget();
		assert_int_equal(load_text(quirks[i].in, &r), E_OK);
		if (held() != quirks[i].records || r.dropped != 0 ||
		    r.reasons[REPORT_REPEATED].n != quirks[i].repeated ||
		    r.reasons[REPORT_NO_POINT].n != quirks[i].no_point ||
		    r.reasons[REPORT_OUTSIDE].n != quirks[i].outside ||
		    r.reasons[REPORT_NO_AREA].n != quirks[i].no_area ||
		    r.reasons[REPORT_OUTLINE].n != quirks[i].outline)
			fail_msg("%s", quirks[i].what);
	}
}

static const struct {
	const char *what, *in, *area, *published, *feed;
	unsigned vintage;
	bool point;
	uint8_t method;
} placed[] = {
	{ "as published", HEADER CRIME("X", "a", "2021-01"), "W01000991",
	    "W01000991", "X", 2011, true, GEO_SNAP },
	{ "published, whatever the point says",
	    HEADER ROW_OF("Gwent Police", "f3", "2021-01", "-3.658828",
		"51.634723", "E01014370", "Drugs"),
	    "E01014370", "E01014370", "Gwent Police", 2011, true, GEO_SNAP },
	{ "only published",
	    HEADER ROW("f2", "2021-01", "", "", "W01000991", "Burglary"),
	    "W01000991", "W01000991", "X Police", 2011, false, GEO_AREA },
	{ "a code of 2021 counts in that of 2011",
	    HEADER ROW("f2", "2021-01", "", "", "E01033769", "Burglary"),
	    "E01028040", "E01033769", "X Police", 2021, false, GEO_AREA },
	{ "a code that nobody knows is kept as it is, and the outline counts",
	    HEADER ROW("f2", "2021-01", "-3.658828", "51.634723", "E01999999",
		"Burglary"),
	    "W01000991", "E01999999", "X Police", 0, true, GEO_SNAP },
	{ "by its outline",
	    HEADER ROW_OF(
		BTP, "", "2021-01", "-3.658828", "51.634723", "", "Burglary"),
	    "W01000991", "", BTP, 0, true, GEO_SNAP },
	{ "in Scotland",
	    HEADER ROW_OF(
		BTP, "", "2021-01", "-4.730029", "56.012366", "", "Burglary"),
	    "", "", BTP, 0, true, GEO_SNAP },
	{ "in Northern Ireland",
	    HEADER ROW_OF(
		NI, "f1", "2021-01", "-6.208275", "54.712992", "", "Drugs"),
	    "", "", NI, 0, false, GEO_NONE },
};

static void
test_place_and_feed_are_as_published(void **state)
{
	static struct list l;
	struct report r;

	(void)state;
	for (size_t k = 0; k < sizeof(placed) / sizeof(placed[0]); k++) {
		const struct incident *i = &l.i[0];

		loading_forget();
		assert_int_equal(load_text(placed[k].in, &r), E_OK);
		read_all(&l);
		assert_int_equal(l.n, 1);
		if (strcmp(i->area, placed[k].area) != 0 ||
		    strcmp(i->published, placed[k].published) != 0 ||
		    strcmp(i->feed, placed[k].feed) != 0 ||
		    i->vintage != placed[k].vintage ||
		    i->has_point != placed[k].point ||
		    i->geo_method != placed[k].method)
			fail_msg("%s: \"%s\" \"%s\" %u %d %d", placed[k].what,
			    i->area, i->published, i->vintage, i->has_point,
			    i->geo_method);
		assert_string_equal(i->kind.codelist, "police.uk");
		assert_int_equal(i->time_precision, PRECISION_MONTH);
	}
}

/* Forces revise outcomes for months; that changes no record. */
static void
test_outcome_and_context_are_not_kept(void **state)
{
	static const char one[] =
	    HEADER "f1,2021-01,X,X,,,On or near Y,W01000991,Z,Drugs,,\n";
	static const char two[] = HEADER
	    "f1,2021-01,X,X,,,On or near Q,W01000991,Z,Drugs,Court,Note\n";
	struct report r;

	(void)state;
	assert_int_equal(load_text(one, &r), E_OK);
	assert_int_equal(load_text(two, &r), E_OK);
	assert_int_equal(r.change.held, 1);
	assert_int_equal(held(), 1);
}

/* What the memo recalls is what looking up gives, notes included. */
static void
test_memo_changes_nothing(void **state)
{
	static struct list once, twice;
	struct report one, two;

	(void)state;
	assert_int_equal(
	    load_text(HEADER GOOD("a") GOOD("b") ROW(
			  "c", "2021-01", "", "", "W01000991", "Robbery")
			  ROW("d", "2021-01", "-6.2", "54.7", "", "Robbery"),
		&one),
	    E_OK);
	read_all(&once);
	loading_forget();
	assert_int_equal(
	    load_text(
		HEADER ROW("d", "2021-01", "-6.2", "54.7", "", "Robbery") ROW(
		    "c", "2021-01", "", "", "W01000991", "Robbery") GOOD("b")
		    GOOD("a") ROW("e", "2021-01", "-6.2", "54.7", "", "Robbery")
			ROW("f", "2021-01", "", "", "W01000991", "Robbery"),
		&two),
	    E_OK);
	read_all(&twice);
	assert_int_equal(once.n, 4);
	assert_int_equal(twice.n, 6);
	for (size_t i = 0; i < once.n; i++) {
		size_t k = 0;

		while (memcmp(once.i[i].record_id, twice.i[k].record_id,
			   INCIDENT_KEY) != 0)
			k++;
		assert_memory_equal(&once.i[i], &twice.i[k], sizeof(once.i[i]));
	}
	assert_int_equal(two.reasons[REPORT_OUTSIDE].n, 2);
	assert_int_equal(two.reasons[REPORT_NO_POINT].n, 2);
	assert_int_equal(two.reasons[REPORT_OUTSIDE].lines[1], 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_real_rows_are_mapped),
		TEST(test_one_row_in_full),
		TEST(test_quirks_of_the_published_files),
		TEST(test_place_and_feed_are_as_published),
		TEST(test_outcome_and_context_are_not_kept),
		TEST(test_memo_changes_nothing),
	};

	return cmocka_run_group_tests(tests, loading_start, loading_stop);
}
