#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/columns.h"
#include "node/mapping.h"
#include "tests/unit/node/loaders_test.h"

#define HEADER                                                               \
	"Crime Ref,BCU,Date From,Time From,Date To,Time To,Created,Offence," \
	"Weapon,Knife Flag,Vic Sex,Vic Age,Premises,E,N,Victim URN,"         \
	"Victim Type"

static struct mapping *
read_text(const char *text)
{
	struct fault fault = { "" };
	struct mapping *m = NULL;

	if (mapping_read(&m, text, strlen(text), "m.yaml", &fault) != E_OK)
		fail_msg("%s", fault.text);
	return m;
}

/* The example of the documentation has every key, and is taken. */
static struct mapping *
read_example(void)
{
	size_t len;
	char *text =
	    rows_table(WARD_DATA "/../docs/examples/mapping.yaml", &len);
	struct mapping *m = read_text(text);

	free(text);
	return m;
}

static void
test_example_of_the_documentation_is_taken(void **state)
{
	struct mapping *m = read_example();
	const struct columns *c = mapping_loader(m)->own;

	(void)state;
	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++)
		if (c->column[k].names == NULL && k != COLUMNS_DETAIL)
			fail_msg("column %u is not in the example", k);
	mapping_free(m);
}

static const struct {
	const char *what, *row;
	enum report_reason why; /* dropped or noted */
	const char *code;       /* NULL: dropped */
	const char *from;
	int point, person;
	uint8_t weapon, victim, setting;
} rows[] = {
	{ "all of their words",
	    "C1,Cardiff,01-JUL-2021,00:30,01-JUL-2021,00:45,"
	    "2021-07-02T09:00:00+01:00,knife  robbery,SSI,,f,30,"
	    "NIGHT-TIME ECONOMY,3185002,1764009,V1,IP",
	    REPORT_OUTLINE, "34B", "2021-06-30T23:30:00Z", 1, 1, WEAPON_SHARP,
	    VICTIM_WOMAN, SETTING_LICENSED },
	{ "common words",
	    "C1,,01-JUL-2021,00:30,,,,8N,shotgun,,male,3,home,3185002,1764009,"
	    "V1,",
	    REPORT_HOME, "8N", "2021-06-30T23:30:00Z", 0, 1, WEAPON_FIREARM,
	    VICTIM_BOY, SETTING_DWELLING },
	{ "nothing said but when it was recorded",
	    "C1,,,,,,2021-07-01T22:30:00Z,,,confirmed,mx,,,,,V1,retail",
	    REPORT_NO_PERSON, "46", "2021-07-01T00:00:00Z", 0, 0, WEAPON_SHARP,
	    VICTIM_OTHER, SETTING_UNSTATED },
	{ "a word that no map knows",
	    "C1,,01-JUL-2021,,,,,ABH,trebuchet,,,,hmo,,,V1,", REPORT_WORD, "8N",
	    "2021-06-30T23:00:00Z", 0, 1, 0, VICTIM_OTHER, SETTING_DWELLING },
	{ "a code that nobody knows",
	    "C1,,01-JUL-2021,,,,,Mopery,,,,,hmo,,,V1,", REPORT_CODE, NULL, NULL,
	    0, 0, 0, 0, 0 },
	{ "a day in another form", "C1,,01/07/2021,,,,,ABH,,,,,hmo,,,V1,",
	    REPORT_TIME, NULL, NULL, 0, 0, 0, 0, 0 },
	{ "no day", "C1,,,,,,,ABH,,,,,hmo,,,V1,", REPORT_TIME, NULL, NULL, 0, 0,
	    0, 0, 0 },
	{ "a clock that is none",
	    "C1,,01-JUL-2021,half one,,,,ABH,,,,,hmo,,,V1,", REPORT_TIME, NULL,
	    NULL, 0, 0, 0, 0, 0 },
	{ "no metres", "C1,,01-JUL-2021,,,,,ABH,,,,,hmo,ST,ST,V1,",
	    REPORT_NUMBER, NULL, NULL, 0, 0, 0, 0, 0 },
};

static void
check_row(size_t i, const struct mapped *m)
{
	const struct incident *in = &m->rec.incident;
	char from[TIME_TEXT];

	time_text(from, in->occurred_from);
	if (strcmp(in->kind.code, rows[i].code) != 0 ||
	    strcmp(from, rows[i].from) != 0 || in->has_point != rows[i].point ||
	    in->has_person != rows[i].person ||
	    in->kind.weapon != rows[i].weapon ||
	    in->kind.victim != rows[i].victim ||
	    in->kind.setting != rows[i].setting)
		fail_msg("%s: %s %s %d %d %d %d %d", rows[i].what,
		    in->kind.code, from, in->has_point, in->has_person,
		    in->kind.weapon, in->kind.victim, in->kind.setting);
	assert_string_equal(in->feed, "Gwent Police");
	rows_check(in, rows_world());
}

static void
test_rows_are_read_as_the_mapping_says(void **state)
{
	static struct mapped m;
	struct mapping *map = read_example();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (mapped_row(&m, mapping_loader(map), HEADER, rows[i].row,
			rows_world()) != E_OK)
			fail_msg("%s", m.report.why);
		if ((m.why == REPORT_KEPT) != (rows[i].code != NULL) ||
		    (rows[i].code == NULL && m.why != rows[i].why) ||
		    (rows[i].code != NULL &&
			m.report.reasons[rows[i].why].n != 1))
			fail_msg("%s: %d", rows[i].what, m.why);
		if (rows[i].code != NULL)
			check_row(i, &m);
	}
	/* tenths of a metre */
	assert_int_equal(mapped_row(&m, mapping_loader(map), HEADER,
			     rows[0].row, rows_world()),
	    E_OK);
	assert_int_equal(m.rec.incident.east, 318500);
	assert_int_equal(m.rec.incident.north, 176400);
	mapping_free(map);
}

/* The same text is another instant, but by the wall's calendar, in UTC. */
static void
test_time_zone_is_that_of_the_file(void **state)
{
	static const char by_wall[] =
	    "source: nhs.ambulance\ntime_zone: Europe/London\ncolumns:\n"
	    "  occurred_from: { name: t }\n"
	    "  offence: { name: c, list: ambulance }\n";
	static const char by_utc[] =
	    "source: nhs.ambulance\ntime_zone: UTC\ncolumns:\n"
	    "  occurred_from: { name: t, format: YYYY-MM-DD HH:MM }\n"
	    "  offence: { name: c, list: ambulance }\n";
	static const struct {
		const char *text, *in, *from;
		uint16_t month;
	} in[] = {
		{ by_wall, "2021-06-30 23:30", "2021-06-30T22:30:00Z", 617 },
		{ by_utc, "2021-06-30 23:30", "2021-06-30T23:30:00Z", 618 },
		{ by_wall, "2021-03-28 02:00", "2021-03-28T01:00:00Z", 614 },
		{ by_utc, "2021-03-28 02:00", "2021-03-28T02:00:00Z", 614 },
		{ by_wall, "2021-10-31 02:00", "2021-10-31T02:00:00Z", 621 },
		{ by_utc, "2021-10-31 02:00", "2021-10-31T02:00:00Z", 621 },
	};
	static struct mapped m;
	char row[64], from[TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		struct mapping *map = read_text(in[i].text);

		snprintf(row, sizeof(row), "%s,Fall", in[i].in);
		assert_int_equal(mapped_row(&m, mapping_loader(map), "t,c", row,
				     rows_world()),
		    E_OK);
		assert_int_equal(m.why, REPORT_KEPT);
		time_text(from, m.rec.incident.occurred_from);
		assert_string_equal(from, in[i].from);
		assert_int_equal(m.rec.incident.month, in[i].month);
		mapping_free(map);
	}
}

#define HEAD "source: police.crime\ntime_zone: UTC\n"
#define TIME "  occurred_from: { name: t }\n"
#define CODE "  offence: { name: c, list: ho }\n"

static const struct {
	const char *what, *text, *fault;
} bad[] = {
	{ "nothing", "", "m.yaml:1:1" },
	{ "an unknown key", HEAD "colums: {}\n", "m.yaml:3:1" },
	{ "no source", "time_zone: UTC\ncolumns:\n" TIME CODE, "source" },
	{ "another source",
	    "source: nhs.gp\ntime_zone: UTC\ncolumns:\n" TIME CODE,
	    "m.yaml:1:9: source: 'nhs.gp' is no source" },
	{ "another zone",
	    "source: police.asb\ntime_zone: CET\ncolumns:\n" TIME CODE,
	    "m.yaml:2:12: time_zone: 'CET'" },
	{ "two digits of a year",
	    HEAD
	    "columns:\n  occurred_from: { name: t, format: DD/MM/YY }\n" CODE,
	    "m.yaml:4:37: format: 'DD/MM/YY' has a year of two digits" },
	{ "no time", HEAD "columns:\n" CODE, "no occurred_from" },
	{ "no offence", HEAD "columns:\n" TIME, "no offence" },
	{ "no list", HEAD "columns:\n" TIME "  offence: { name: c }\n",
	    "m.yaml:5:12: no list" },
	{ "no name", HEAD "columns:\n  id: { optional: true }\n" TIME CODE,
	    "m.yaml:4:7: write name: or names:" },
	{ "two names",
	    HEAD "columns:\n  id: { name: a, names: [ b ] }\n" TIME CODE,
	    "write name: or names:" },
	{ "a name of signs",
	    HEAD "columns:\n  id: { name: \"--\" }\n" TIME CODE,
	    "'--' is no name" },
	{ "a format of no time",
	    HEAD "columns:\n  id: { name: a, format: YYYY-MM }\n" TIME CODE,
	    "format: only of" },
	{ "a unit of no metres",
	    HEAD "columns:\n  id: { name: a, unit: m }\n" TIME CODE,
	    "unit: only of" },
	{ "another unit",
	    HEAD "columns:\n  easting: { name: a, unit: ft }\n" TIME CODE,
	    "'ft' is none" },
	{ "east alone", HEAD "columns:\n  easting: { name: a }\n" TIME CODE,
	    "easting: no northing beside it" },
	{ "a list of no offence",
	    HEAD "columns:\n  id: { name: a, list: ho }\n" TIME CODE,
	    "list: only of offence" },
	{ "a map of no words",
	    HEAD
	    "columns:\n  id: { name: a, map: [ { from: a, to: b } ] }\n" TIME
		CODE,
	    "map: not of this column" },
	{ "a word that is none",
	    HEAD "columns:\n  weapon: { name: a, map: [ { from: a, to: none }, "
		 "{ from: b, to: bow } ] }\n" TIME CODE,
	    "m.yaml:4:67: to: 'bow' is no word for it" },
	{ "a word twice",
	    HEAD "columns:\n  weapon: { name: a, map: [ { from: A, to: none }, "
		 "{ from: a, to: sharp } ] }\n" TIME CODE,
	    "map: 'a' twice" },
	{ "a detail of another list",
	    HEAD "columns:\n  detail: { name: d }\n" TIME CODE,
	    "detail: only with list: ecds" },
	{ "a person without a domain",
	    HEAD "columns:\n  person: { name: p }\n" TIME CODE,
	    "without person_domain" },
	{ "a domain without a person",
	    HEAD "person_domain: police.person\ncolumns:\n" TIME CODE,
	    "but no person column" },
	{ "a person of a source that has none",
	    "source: platform.report\ntime_zone: UTC\nperson_domain: x\n"
	    "columns:\n  person: { name: p }\n" TIME CODE,
	    "no person is told apart in platform.report" },
	{ "a domain that is none",
	    HEAD "person_domain: Police\ncolumns:\n  person: { name: p }\n" TIME
		CODE,
	    "person_domain: 'Police'" },
	{ "a default that is none",
	    HEAD "columns:\n" TIME CODE "defaults: { place_type: igloo }\n",
	    "m.yaml:6:25: place_type: 'igloo' is no word" },
	{ "a default time",
	    HEAD "columns:\n" TIME CODE "defaults: { occurred_from: now }\n",
	    "'now' cannot stand in" },
	{ "points by hearsay", HEAD "points: hearsay\ncolumns:\n" TIME CODE,
	    "'hearsay' is none" },
	{ "no number", HEAD "precision_m: near\ncolumns:\n" TIME CODE,
	    "precision_m: 'near'" },
	{ "an alias", HEAD "columns: &a\n" TIME CODE "defaults: *a\n",
	    "m.yaml:" },
};

static void
test_faults_are_named_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fault fault = { "" };
		struct mapping *m = NULL;

		if (mapping_read(&m, bad[i].text, strlen(bad[i].text), "m.yaml",
			&fault) != E_CONFIG ||
		    m != NULL || strstr(fault.text, bad[i].fault) == NULL)
			fail_msg("%s: %s", bad[i].what, fault.text);
	}
}

static void
test_file_of_records_is_refused_unread(void **state)
{
	static char text[MAPPING_MAX + 1];
	struct fault fault = { "" };
	struct mapping *m = NULL;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(
	    mapping_read(&m, text, sizeof(text), "m.yaml", &fault), E_LIMIT);
	assert_non_null(strstr(fault.text, "are these records?"));
	mapping_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_of_the_documentation_is_taken),
		cmocka_unit_test(test_rows_are_read_as_the_mapping_says),
		cmocka_unit_test(test_time_zone_is_that_of_the_file),
		cmocka_unit_test(test_faults_are_named_with_their_place),
		cmocka_unit_test(test_file_of_records_is_refused_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
