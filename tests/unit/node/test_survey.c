/*
 * Promises of node/survey: every sum is that of the records it was shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "model/query.h"
#include "node/survey.h"

#define MONTH 612
#define DAY 86400u
#define SINCE UINT64_C(1609459200) /* 2021-01-01 */

static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000004,Coed 001A,W06000003,Coed,W15000002,South,1000\n";
static const char covers[1][GSS] = { "W15000001" };

static struct areas *areas;
static struct survey *survey;

static int
set_up(void **state)
{
	size_t line;

	(void)state;
	if (random_start() != E_OK ||
	    areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK)
		return -1;
	return survey_new(&survey, MONTH, 3, areas, covers, 1) == E_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	survey_free(survey);
	areas_free(areas);
	return 0;
}

static uint8_t next_id;

static struct incident
plain(uint16_t month)
{
	struct incident i = { .record_id = { ++next_id },
		.kind = { .source = SOURCE_POLICE_CRIME,
		    .codelist = "ho",
		    .code = "8N" },
		.feed = "Gwent",
		.month = month,
		.occurred_from = SINCE,
		.occurred_to = SINCE + 60,
		.time_precision = PRECISION_DAY,
		.area = "W01000001" };

	return i;
}

static void
take(struct incident i)
{
	assert_int_equal(survey_take(survey, &i), E_OK);
}

static const struct survey_month *
seen(size_t series, unsigned month)
{
	assert_true(series < survey->n);
	return &survey->series[series].months[month];
}

static void
test_fields_are_counted(void **state)
{
	struct incident i = plain(MONTH);
	const struct survey_month *m;

	(void)state;
	take(i);
	i = plain(MONTH);
	i.has_person = i.has_point = true;
	i.recorded_at = SINCE + DAY;
	i.time_precision = PRECISION_MINUTE;
	i.kind.weapon = WEAPON_NONE;
	i.kind.victim = VICTIM_MAN;
	i.geo_method = GEO_STREET;
	i.geo_precision_m = 50;
	take(i);
	i = plain(MONTH);
	strcpy(i.area, "W06000001"); /* no LSOA, but inside */
	i.has_point = true;
	i.geo_precision_m = 501;
	i.geo_method = GEO_AREA;
	take(i);
	survey_end(survey);
	m = seen(0, 0);
	assert_int_equal(m->n, 3);
	assert_int_equal(m->fields[SURVEY_PERSON], 1);
	assert_int_equal(m->fields[SURVEY_POINT], 2);
	assert_int_equal(m->fields[SURVEY_LSOA], 2);
	assert_int_equal(m->fields[SURVEY_RECORDED], 1);
	assert_int_equal(m->fields[SURVEY_MINUTE], 1);
	assert_int_equal(m->fields[SURVEY_WEAPON], 1);
	assert_int_equal(m->fields[SURVEY_VICTIM], 1);
	assert_int_equal(m->methods[GEO_NONE], 1);
	assert_int_equal(m->methods[GEO_STREET], 1);
	assert_int_equal(m->methods[GEO_AREA], 1);
	assert_int_equal(m->reaches[SURVEY_EXACT], 0); /* it has no point */
	assert_int_equal(m->reaches[SURVEY_STREET], 1);
	assert_int_equal(m->reaches[SURVEY_WIDER], 1);
	assert_int_equal(m->outside, 0);
	assert_int_equal(m->alike, 0);
}

static void
test_series_are_of_source_and_feed_in_order(void **state)
{
	static const struct {
		uint32_t source;
		const char *feed;
	} want[] = { { SOURCE_POLICE_CRIME, "Dyfed" },
		{ SOURCE_POLICE_CRIME, "Gwent" }, { SOURCE_NHS_ED, "Gwent" } };

	(void)state;
	for (unsigned month = MONTH; month < MONTH + 3; month++)
		for (int n = 5; n > 2; n--) {
			struct incident i = plain((uint16_t)month);

			i.kind.source = want[n % 3].source;
			strcpy(i.feed, want[n % 3].feed);
			take(i);
		}
	take(plain(MONTH + 3)); /* not asked */
	survey_end(survey);
	assert_int_equal(survey->n, 3);
	for (size_t s = 0; s < 3; s++) {
		assert_int_equal(survey->series[s].source, want[s].source);
		assert_string_equal(survey->series[s].feed, want[s].feed);
		for (unsigned m = 0; m < 3; m++)
			assert_int_equal(seen(s, m)->n, 1);
	}
}

/* Of n equal records n - 1 are alike, whatever lies between them; any other
 * field makes them different, the id does not. */
static void
test_alike_is_equal_in_all_but_the_id(void **state)
{
	struct incident other;

	(void)state;
	for (int n = 0; n < 3; n++)
		take(plain(MONTH));
	other = plain(MONTH);
	strcpy(other.feed, "Dyfed");
	take(other); /* another feed */
#define DIFFERS(field)                \
	do {                          \
		other = plain(MONTH); \
		other.field++;        \
		take(other);          \
	} while (0)
	DIFFERS(occurred_from);
	DIFFERS(occurred_to);
	DIFFERS(time_precision);
	DIFFERS(recorded_at);
	DIFFERS(geo_precision_m);
	DIFFERS(geo_method);
	DIFFERS(vintage);
	DIFFERS(area[8]);
	DIFFERS(published[0]);
	DIFFERS(kind.code[0]);
	DIFFERS(kind.codelist[0]);
	DIFFERS(kind.weapon);
	DIFFERS(kind.victim);
	DIFFERS(kind.setting);
	other = plain(MONTH);
	other.has_person = true;
	take(other);
	other.person_key[0] = 1;
	take(other);
	other.has_person = false; /* the key means nothing */
	take(other);
	other = plain(MONTH);
	other.has_point = true;
	take(other);
	other.east = 1;
	take(other);
	other.has_point = false;
	take(other);
	take(plain(MONTH + 1)); /* another month */
	survey_end(survey);
	assert_int_equal(seen(1, 0)->alike, 4);
	assert_int_equal(seen(1, 1)->alike, 0);
	assert_int_equal(seen(0, 0)->alike, 0);
}

static void
test_outside_is_known_to_lie_elsewhere(void **state)
{
	static const char *const outside[] = { "W01000004", "W06000003",
		"W15000002" };
	static const char *const not [] = { "", "W01000001", "W15000001",
		"E01000001" };

	(void)state;
	for (size_t n = 0; n < 3; n++) {
		struct incident i = plain(MONTH);

		strcpy(i.area, outside[n]);
		take(i);
	}
	for (size_t n = 0; n < 4; n++) {
		struct incident i = plain(MONTH);

		strcpy(i.area, not [n]);
		take(i);
	}
	survey_end(survey);
	assert_int_equal(seen(0, 0)->outside, 3);
}

/* A delay is in the first class whose bound it lies below, and classes are a
 * quarter of a doubling wide. */
static void
test_delays_fall_into_their_class(void **state)
{
	static const uint64_t delays[] = { 0, 59, 60, 119, 120, 179, 180, 3599,
		3600, 86399, 86400, 7 * DAY, 31 * DAY, 365 * DAY, 1400 * DAY };

	(void)state;
	for (size_t n = 0; n < sizeof(delays) / sizeof(delays[0]); n++) {
		struct incident i = plain(MONTH);
		const struct survey_month *m;
		unsigned d = 0;

		i.recorded_at = i.occurred_from + delays[n];
		take(i);
		survey_end(survey);
		m = seen(0, 0);
		while (m->delays[d] == 0)
			d++;
		assert_int_equal(m->delays[d], 1);
		assert_true(delays[n] < survey_delay(d));
		if (d > 0)
			assert_true(survey_delay(d) - delays[n] <=
				    survey_delay(d) / 4 + 60);
		survey->series[0].months[0].delays[d] = 0;
	}
}

static void
test_early_is_no_delay(void **state)
{
	struct incident i = plain(MONTH);

	(void)state;
	i.recorded_at = i.occurred_from - 1;
	take(i);
	take(plain(MONTH)); /* not said: neither */
	survey_end(survey);
	assert_int_equal(seen(0, 0)->early, 1);
	for (unsigned d = 0; d < SURVEY_DELAYS; d++)
		assert_int_equal(seen(0, 0)->delays[d], 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_fields_are_counted),
		TEST(test_series_are_of_source_and_feed_in_order),
		TEST(test_alike_is_equal_in_all_but_the_id),
		TEST(test_outside_is_known_to_lie_elsewhere),
		TEST(test_delays_fall_into_their_class),
		TEST(test_early_is_no_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
