#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/query.h"
#include "node/columns.h"
#include "node/load_ambulance.h"
#include "node/load_asb.h"
#include "node/load_ecds.h"
#include "node/load_exclusion.h"
#include "node/load_istv.h"
#include "node/load_platform.h"
#include "node/load_rms.h"
#include "tests/unit/node/loaders_test.h"

#define RMS                                                                   \
	"crime_reference,victim_reference,victim_type,date_from,time_from,"   \
	"date_to,time_to,recorded_date,ho_code,knife_flag,weapon,victim_sex," \
	"victim_age,location_type,easting,northing,lsoa,lad_code,location"
#define ASB                                                   \
	"log_number,caller_reference,opened_at,nsir_heading," \
	"location_type,latitude,longitude,lsoa,location"
#define ECDS                                                              \
	"attendance_identifier,patient_pseudonym,arrival_date,"           \
	"arrival_time,injury_date,injury_time,injury_intent,"             \
	"injury_mechanism,place_of_injury,place_of_injury_latitude,"      \
	"place_of_injury_longitude,assault_location_description,sex,age," \
	"lsoa_of_injury,site_code_of_treatment"
#define AMBULANCE                                                \
	"cad_number,call_time,nature,patient_pseudonym,sex,age," \
	"location_type,easting,northing,location"
#define EXCLUSION "pupil_pseudonym,date,reason,type,area,lsoa,weapon"
#define PLATFORM "month,category,area,reported_sex,reported_age,platform"
#define ISTV                                                          \
	"assault_date_and_time,assault_method,assault_location_type," \
	"assault_location_description,patient_pseudonym"
#define LONG64 \
	"0123456789012345678901234567890123456789012345678901234567890123"

#define DROPPED(why) why, NULL, NULL, 0, 0, 0, 0, 0

/* Central Cardiff, in W01001939, Cardiff 032. */
#define E "318500"
#define N "176400"
#define LAT "51.480800"
#define LON "-3.174900"

static const struct {
	const char *what;
	const struct loader *loader;
	const char *header, *row;
	enum report_reason why; /* or the note that is expected */
	const char *code;       /* of a row that is kept */
	const char *area;       /* likewise; NULL: whatever */
	int point;              /* 0, 1 */
	int person;             /* 0, 1 */
	uint8_t weapon, victim, setting;
} cases[] = {
	/* recorded crime */
	{ "rms", &load_rms, RMS,
	    "C1,V1,Person,01/07/2021,00:30,01/07/2021,00:45,02/07/2021,8N,N,"
	    ",F,17,Street," E "," N ",W01001842,,",
	    REPORT_KEPT, "8N", "W01001842", 1, 1, WEAPON_UNSTATED, VICTIM_GIRL,
	    SETTING_STREET },
	{ "an offence, zeros, a knife", &load_rms, RMS,
	    "C1,V1,,2021-07-01 00:30,,,,,008/06,Y,,M,40,pub," E "," N ",,,",
	    REPORT_OUTLINE, "8/6", NULL, 1, 1, WEAPON_SHARP, VICTIM_MAN,
	    SETTING_LICENSED },
	{ "a weapon by word, no victim's sex", &load_rms, RMS,
	    "C1,V1,,2021-07-01 00:30,,,,,34b,,Machete,,,shop," E "," N
	    ",W01001842,,",
	    REPORT_KEPT, "34B", "W01001842", 1, 1, WEAPON_SHARP, VICTIM_OTHER,
	    SETTING_SHOP },
	{ "a home", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,28E,,,F,,dwelling," E "," N ",W01001842,,",
	    REPORT_HOME, "28E", "W01001842", 0, 1, 0, VICTIM_WOMAN,
	    SETTING_DWELLING },
	{ "a kind of place in no table", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,28E,,,F,,lighthouse," E "," N ",W01001842,,",
	    REPORT_HOME, "28E", "W01001842", 0, 1, 0, VICTIM_WOMAN,
	    SETTING_UNSTATED },
	{ "a kind of place that is not said", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,28E,,,F,,," E "," N ",W01001842,,",
	    REPORT_HOME, "28E", "W01001842", 0, 1, 0, VICTIM_WOMAN,
	    SETTING_UNSTATED },
	{ "a business", &load_rms, RMS,
	    "C1,TESCO,Business,2021-07-01,,,,,46,,,F,,shop," E "," N
	    ",W01001842,,",
	    REPORT_NO_PERSON, "46", "W01001842", 1, 0, 0, VICTIM_OTHER,
	    SETTING_SHOP },
	{ "nobody", &load_rms, RMS,
	    "C1,n/a,,2021-07-01,,,,,46,,,,,shop," E "," N ",W01001842,,",
	    REPORT_NO_PERSON, "46", "W01001842", 1, 0, 0, VICTIM_OTHER,
	    SETTING_SHOP },
	{ "a place in words", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,,,shop,,,,,outside Queen Street",
	    REPORT_KEPT, "46", "W01001842", 1, 1, 0, VICTIM_OTHER,
	    SETTING_SHOP },
	{ "a local authority alone", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,,,shop,,,,W06000015,", REPORT_NO_POINT,
	    "46", "W06000015", 0, 1, 0, VICTIM_OTHER, SETTING_SHOP },
	{ "Northern Ireland", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,,,shop,146000,529000,95GG01S1,,",
	    REPORT_OUTSIDE, "46", "", 0, 1, 0, VICTIM_OTHER, SETTING_SHOP },
	{ "nowhere", &load_rms, RMS, "C1,V1,,2021-07-01,,,,,46,,,,,shop,0,0,,,",
	    REPORT_OUTSIDE, "46", "", 0, 1, 0, VICTIM_OTHER, SETTING_SHOP },
	{ "an age in words", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,F,adult,shop,,,W01001842,,",
	    REPORT_WORD, "46", "W01001842", 0, 1, 0, VICTIM_WOMAN,
	    SETTING_SHOP },
	{ "a weapon in no table", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,trebuchet,,,shop,,,W01001842,,",
	    REPORT_WORD, "46", "W01001842", 0, 1, 0, VICTIM_OTHER,
	    SETTING_SHOP },
	{ "a recorded date that is none", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,yesterday,46,,,,,shop,,,W01001842,,",
	    REPORT_WORD, "46", "W01001842", 0, 1, 0, VICTIM_OTHER,
	    SETTING_SHOP },
	{ "no such code", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,999Z,,,,,shop,,,,,", DROPPED(REPORT_CODE) },
	{ "no code", &load_rms, RMS, "C1,V1,,2021-07-01,,,,,,,,,,shop,,,,,",
	    DROPPED(REPORT_CODE) },
	{ "no such day", &load_rms, RMS,
	    "C1,V1,,31/06/2021,,,,,46,,,,,shop,,,,,", DROPPED(REPORT_TIME) },
	{ "two digits of a year", &load_rms, RMS,
	    "C1,V1,,01/07/21,,,,,46,,,,,shop,,,,,", DROPPED(REPORT_TIME) },
	{ "no day", &load_rms, RMS, "C1,V1,,,,,,,46,,,,,shop,,,,,",
	    DROPPED(REPORT_TIME) },
	{ "it ends before it begins", &load_rms, RMS,
	    "C1,V1,,02/07/2021,10:00,02/07/2021,09:59,,46,,,,,shop,,,,,",
	    DROPPED(REPORT_TIME) },
	{ "it lasts a century", &load_rms, RMS,
	    "C1,V1,,02/07/2021,,02/07/2131,,,46,,,,,shop,,,,,",
	    DROPPED(REPORT_TIME) },
	{ "a time that is none", &load_rms, RMS,
	    "C1,V1,,02/07/2021,10am,,,,46,,,,,shop,,,,,",
	    DROPPED(REPORT_TIME) },
	{ "east alone", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,,,shop," E ",,,,",
	    DROPPED(REPORT_NUMBER) },
	{ "metres with a comma", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,,,shop,\"318,500\"," N ",,,",
	    DROPPED(REPORT_NUMBER) },
	{ "too long an id", &load_rms, RMS,
	    LONG64 LONG64 ",V1,,2021-07-01,,,,,46,,,,,shop,,,,,",
	    DROPPED(REPORT_LONG) },
	{ "a field too few", &load_rms, RMS,
	    "C1,V1,,2021-07-01,,,,,46,,,,,shop,,,,", DROPPED(REPORT_FIELDS) },

	/* anti-social behaviour */
	{ "asb", &load_asb, ASB,
	    "L1,,2021-10-31 01:30,Rowdy or  inconsiderate behaviour,park," LAT
	    "," LON ",W01001842,",
	    REPORT_NO_PERSON, "rowdy or inconsiderate behaviour", "W01001842",
	    1, 0, 0, 0, SETTING_STREET },
	{ "a qualifier", &load_asb, ASB,
	    "L1,p1,2021-10-31 01:30,ASB - Personal,," LAT "," LON ",W01001842,",
	    REPORT_HOME, "personal", "W01001842", 0, 1, 0, 0,
	    SETTING_UNSTATED },
	{ "Belfast", &load_asb, ASB,
	    "L1,p1,2021-10-31 01:30,Noise,park,54.597,-5.930,,", REPORT_OUTSIDE,
	    "noise", "", 0, 1, 0, 0, SETTING_STREET },
	{ "a heading of no list", &load_asb, ASB,
	    "L1,,2021-10-31 01:30,Heresy,park,,,,", DROPPED(REPORT_CODE) },
	{ "degrees past the pole", &load_asb, ASB,
	    "L1,,2021-10-31 01:30,Noise,park,551.4,-3.1,,",
	    DROPPED(REPORT_NUMBER) },

	/* emergency departments, ECDS */
	{ "ecds", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,2021-07-03,01:45,Assault,Stabbing,"
	    "Street," LAT "," LON ",Queen Street,2,16,W01001842,RWM01",
	    REPORT_KEPT, "assault: knife", "W01001842", 1, 1, 0, VICTIM_GIRL,
	    SETTING_STREET },
	{ "a mechanism that is not said", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,,,Assault,,Home,,,,1,30,W01001842,RWM01",
	    REPORT_HOME, "assault", "W01001842", 0, 1, 0, VICTIM_MAN,
	    SETTING_DWELLING },
	{ "self-harm has no mechanism here", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,,,276853009,Knife,Home,,,,1,30,,RWM01",
	    REPORT_NO_AREA, "self-harm", "", 0, 1, 0, VICTIM_MAN,
	    SETTING_DWELLING },
	{ "nobody's attendance", &load_ecds, ECDS,
	    "A1,9999999999,2021-07-03,02:10,,,accidental,fall,,,,,9,30,,RWM01",
	    REPORT_NO_PERSON, "accident", "", 0, 0, 0, VICTIM_OTHER, 0 },
	{ "an intent of no list", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,,,Magic,Knife,Home,,,,1,30,,RWM01",
	    DROPPED(REPORT_CODE) },
	{ "a mechanism of no list", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,,,Assault,Magic,Home,,,,1,30,,RWM01",
	    DROPPED(REPORT_CODE) },
	{ "no time at all", &load_ecds, ECDS,
	    "A1,P1,,,,,Assault,Knife,Home,,,,1,30,,RWM01",
	    DROPPED(REPORT_TIME) },
	{ "an injury time that is none", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,2021-02-30,,Assault,Knife,,,,,1,30,,RWM01",
	    DROPPED(REPORT_TIME) },
	{ "too long a site", &load_ecds, ECDS,
	    "A1,P1,2021-07-03,02:10,,,Assault,Knife,,,,,1,30,," LONG64,
	    DROPPED(REPORT_LONG) },

	/* ambulances */
	{ "ambulance", &load_ambulance, AMBULANCE,
	    "7,2021-03-28T02:30:00,Stabbing,P1,m,15,street," E "," N ",",
	    REPORT_OUTLINE, "stabbing", NULL, 1, 1, 0, VICTIM_BOY,
	    SETTING_STREET },
	{ "a determinant", &load_ambulance, AMBULANCE,
	    "7,2021-03-28T02:30:00Z,27-D-2-G,P1,m,,," E "," N ",", REPORT_HOME,
	    "gunshot", NULL, 0, 1, 0, VICTIM_MAN, 0 },
	{ "another", &load_ambulance, AMBULANCE,
	    "7,2021-03-28T02:30:00Z,04B01A,,,,,,,", REPORT_NO_PERSON, "assault",
	    "", 0, 0, 0, VICTIM_OTHER, 0 },
	{ "a third", &load_ambulance, AMBULANCE,
	    "7,2021-03-28T02:30:00Z,10D04,P1,,,,,,", REPORT_NO_AREA, "medical",
	    "", 0, 1, 0, VICTIM_OTHER, 0 },
	{ "no determinant", &load_ambulance, AMBULANCE,
	    "7,2021-03-28T02:30:00Z,27X,P1,,,,,,", DROPPED(REPORT_CODE) },

	/* exclusions: nothing finer than an MSOA */
	{ "exclusion", &load_exclusion, EXCLUSION,
	    "U1,2021-05-04,PA,permanent,cardiff 032,,", REPORT_KEPT, "pa",
	    "Cardiff 032", 0, 1, 0, 0, SETTING_SCHOOL },
	{ "an LSOA", &load_exclusion, EXCLUSION,
	    "U1,2021-05-04,OW,suspension,,W01001842,knife", REPORT_KEPT, "ow",
	    "Cardiff 003", 0, 1, WEAPON_SHARP, 0, SETTING_SCHOOL },
	{ "an LSOA in the column of areas", &load_exclusion, EXCLUSION,
	    "U1,04/05/2021,ow,suspension,W01001842,,", REPORT_KEPT, "ow",
	    "Cardiff 003", 0, 1, 0, 0, SETTING_SCHOOL },
	{ "no pupil", &load_exclusion, EXCLUSION,
	    ",2021-05-04,PP,permanent,W06000015,,", REPORT_NO_PERSON, "pp",
	    "W06000015", 0, 0, 0, 0, SETTING_SCHOOL },
	{ "no reason", &load_exclusion, EXCLUSION,
	    "U1,2021-05-04,,permanent,cardiff 032,,", DROPPED(REPORT_CODE) },

	/* platforms: nothing finer than a local authority */
	{ "platform", &load_platform, PLATFORM,
	    "2021-04,Sale of knives,W06000015,,,Chatter", REPORT_KEPT,
	    "sale of knives", "W06000015", 0, 0, 0, VICTIM_OTHER, 0 },
	{ "an LSOA is not kept", &load_platform, PLATFORM,
	    "2021-04-05,Stalking,W01001842,f,15,Chatter", REPORT_KEPT,
	    "stalking", "W06000015", 0, 0, 0, VICTIM_GIRL, 0 },
	{ "nor an MSOA", &load_platform, PLATFORM,
	    "2021-04-05,Stalking,Cardiff 032,f,,", REPORT_KEPT, "stalking",
	    "W06000015", 0, 0, 0, VICTIM_WOMAN, 0 },
	{ "another category", &load_platform, PLATFORM,
	    "2021-04-05,Cat pictures,W06000015,,,", DROPPED(REPORT_CODE) },

	/* ISTV, by the same tables */
	{ "istv", &load_istv, ISTV,
	    "2021-07-03 01:45,Knife,Street,Queen Street,P1", REPORT_KEPT,
	    "knife", "W01001842", 1, 1, 0, 0, SETTING_STREET },
	{ "istv at home", &load_istv, ISTV,
	    "2021-07-03 01:45,Fist,Home,Queen Street,", REPORT_HOME, "fist",
	    "W01001842", 0, 0, 0, 0, SETTING_DWELLING },
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

/* Fails unless a row that is kept is as case i says. */
static void
check_kept(size_t i, const struct mapped *m)
{
	const struct incident *in = &m->rec.incident;

	if (strcmp(in->kind.code, cases[i].code) != 0)
		fail_msg("%s: code '%s'", cases[i].what, in->kind.code);
	if (cases[i].area != NULL && strcmp(in->area, cases[i].area) != 0)
		fail_msg("%s: area '%s'", cases[i].what, in->area);
	if (in->has_point != cases[i].point)
		fail_msg("%s: point", cases[i].what);
	if (in->has_person != cases[i].person)
		fail_msg("%s: person", cases[i].what);
	if (in->kind.weapon != cases[i].weapon ||
	    in->kind.victim != cases[i].victim ||
	    in->kind.setting != cases[i].setting)
		fail_msg("%s: facts %d %d %d", cases[i].what, in->kind.weapon,
		    in->kind.victim, in->kind.setting);
	rows_check(in, rows_world());
}

static void
test_rows_are_mapped_or_dropped_with_a_reason(void **state)
{
	static struct mapped m;

	(void)state;
	for (size_t i = 0; i < CASES; i++) {
		if (mapped_row(&m, cases[i].loader, cases[i].header,
			cases[i].row, rows_world()) != E_OK)
			fail_msg("%s: %s", cases[i].what, m.report.why);
		if (cases[i].code == NULL) {
			if (m.why != cases[i].why)
				fail_msg("%s: reason %d", cases[i].what, m.why);
			continue;
		}
		if (m.why != REPORT_KEPT)
			fail_msg("%s: dropped, %d", cases[i].what, m.why);
		if (cases[i].why != REPORT_KEPT &&
		    m.report.reasons[cases[i].why].n != 1)
			fail_msg("%s: not noted", cases[i].what);
		check_kept(i, &m);
	}
}

static const struct {
	const char *what;
	const struct loader *loader;
	const char *header, *row;
	const char *from, *to, *recorded; /* "": none */
	enum precision precision;
	const char *month;
} times[] = {
	{ "minutes", &load_rms, RMS,
	    "C,V,,01/07/2021,00:30,01/07/2021,00:45,02/07/2021,46,,,,,,,,,,",
	    "2021-06-30T23:30:00Z", "2021-06-30T23:46:00Z",
	    "2021-07-01T23:00:00Z", PRECISION_HOUR, "2021-07" },
	{ "one minute", &load_rms, RMS,
	    "C,V,,01/07/2021,00:30,01/07/2021,00:30,,46,,,,,,,,,,",
	    "2021-06-30T23:30:00Z", "2021-06-30T23:31:00Z", "",
	    PRECISION_MINUTE, "2021-07" },
	{ "a night", &load_rms, RMS,
	    "C,V,,30/10/2021,22:00,31/10/2021,07:00,,46,,,,,,,,,,",
	    "2021-10-30T21:00:00Z", "2021-10-31T07:01:00Z", "", PRECISION_DAY,
	    "2021-10" },
	{ "a holiday", &load_rms, RMS,
	    "C,V,,2021-12-20,,2022-01-03,,,46,,,,,,,,,,",
	    "2021-12-20T00:00:00Z", "2022-01-04T00:00:00Z", "", PRECISION_MONTH,
	    "2021-12" },
	{ "years", &load_rms, RMS,
	    "C,V,,2001-01-01,,2003-06-30,,,17A,,,,,,,,,,",
	    "2001-01-01T00:00:00Z", "2003-06-30T23:00:00Z", "",
	    PRECISION_UNKNOWN, "2001-01" },
	{ "the day of arrival", &load_ecds, ECDS,
	    "A,P,2021-07-03,02:10,,,Assault,Knife,,,,,1,30,,RWM01",
	    "2021-07-02T23:00:00Z", "2021-07-03T23:00:00Z",
	    "2021-07-03T01:10:00Z", PRECISION_DAY, "2021-07" },
	{ "the hour that is missing", &load_ambulance, AMBULANCE,
	    "7,2021-03-28T02:30:00,Fall,P1,,,,,,", "2021-03-28T01:30:00Z",
	    "2021-03-28T01:31:00Z", "", PRECISION_MINUTE, "2021-03" },
	{ "a month", &load_platform, PLATFORM, "2021-04,Hate,,,,",
	    "2021-03-31T23:00:00Z", "2021-04-30T23:00:00Z", "", PRECISION_MONTH,
	    "2021-04" },
};

static void
test_times_are_those_on_the_wall(void **state)
{
	static struct mapped m;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const struct incident *in = &m.rec.incident;
		char from[TIME_TEXT], to[TIME_TEXT], recorded[TIME_TEXT] = "";
		char month[MONTH_TEXT];

		assert_int_equal(
		    mapped_row(&m, times[i].loader, times[i].header,
			times[i].row, rows_world()),
		    E_OK);
		if (m.why != REPORT_KEPT)
			fail_msg("%s: dropped, %d", times[i].what, m.why);
		time_text(from, in->occurred_from);
		time_text(to, in->occurred_to);
		if (in->recorded_at != 0)
			time_text(recorded, in->recorded_at);
		month_text(month, in->month);
		if (strcmp(from, times[i].from) != 0 ||
		    strcmp(to, times[i].to) != 0 ||
		    strcmp(recorded, times[i].recorded) != 0 ||
		    strcmp(month, times[i].month) != 0 ||
		    in->time_precision != times[i].precision)
			fail_msg("%s: %s %s %s %s %d", times[i].what, from, to,
			    recorded, month, in->time_precision);
	}
}

static const struct {
	const char *what, *a, *b;
	bool same;
} identities[] = {
	{ "another place and kind",
	    "C1,V1,,2021-07-01,,,,,46,,,F,,shop," E "," N ",W01001842,,",
	    "C1,V1,,2021-07-02,,,,,34B,Y,,F,,,,,,,", true },
	{ "another victim", "C1,V1,,2021-07-01,,,,,46,,,,,,,,,,",
	    "C1,V2,,2021-07-01,,,,,46,,,,,,,,,,", false },
	{ "another offence", "C1,V1,,2021-07-01,,,,,46,,,,,,,,,,",
	    "C2,V1,,2021-07-01,,,,,46,,,,,,,,,,", false },
	{ "another month", "C1,V1,,2021-07-01,,,,,46,,,,,,,,,,",
	    "C1,V1,,2021-08-01,,,,,46,,,,,,,,,,", false },
	{ "no id, the same", ",V1,,2021-07-01,,,,,46,,,,,,,,,,",
	    ",V1,,2021-07-01,,,,,46,,,,,,,,,,", true },
	{ "no id, another victim", ",V1,,2021-07-01,,,,,46,,,,,,,,,,",
	    ",V2,,2021-07-01,,,,,46,,,,,,,,,,", false },
	{ "no id, another place in words",
	    ",V1,,2021-07-01,,,,,46,,,,,,,,,,here",
	    ",V1,,2021-07-01,,,,,46,,,,,,,,,,there", false },
	{ "no id, a field's end", ",V1,,2021-07-01,,,,,46,,ab,,,,,,,,",
	    ",V1,,2021-07-01,,,,,46,,a,b,,,,,,,", false },
};

/* A correction is the same record; two people of one crime are two. */
static void
test_identity_is_what_the_source_says(void **state)
{
	static struct mapped a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]);
	     i++) {
		assert_int_equal(mapped_row(&a, &load_rms, RMS, identities[i].a,
				     rows_world()),
		    E_OK);
		assert_int_equal(mapped_row(&b, &load_rms, RMS, identities[i].b,
				     rows_world()),
		    E_OK);
		assert_int_equal(a.why, REPORT_KEPT);
		assert_int_equal(b.why, REPORT_KEPT);
		assert_int_equal(a.rec.named, identities[i].a[0] != ',');
		if ((memcmp(a.rec.base, b.rec.base, INCIDENT_KEY) == 0) !=
		    identities[i].same)
			fail_msg("%s", identities[i].what);
	}
}

/* One patient has one key at the ambulance and in the department; a feed is the
 * operator's word, or else the site. */
static void
test_people_and_feeds(void **state)
{
	static struct mapped ed, van, crime;
	struct loader_world world = *rows_world();

	(void)state;
	assert_int_equal(mapped_row(&ed, &load_ecds, ECDS,
			     "A,943 476 5919,2021-07-03,02:10,,,Assault,Knife,,"
			     ",,,1,30,,RWM01",
			     &world),
	    E_OK);
	assert_int_equal(
	    mapped_row(&van, &load_ambulance, AMBULANCE,
		"7,2021-07-03 01:30,Stabbing,9434765919,,,,,,", &world),
	    E_OK);
	assert_int_equal(
	    mapped_row(&crime, &load_rms, RMS,
		"C,9434765919,,2021-07-03,,,,,46,,,,,,,,,,", &world),
	    E_OK);
	assert_true(ed.rec.incident.has_person);
	assert_memory_equal(ed.rec.incident.person_key,
	    van.rec.incident.person_key, INCIDENT_KEY);
	assert_memory_not_equal(ed.rec.incident.person_key,
	    crime.rec.incident.person_key, INCIDENT_KEY);
	assert_string_equal(ed.rec.incident.feed, "RWM01");
	assert_string_equal(van.rec.incident.feed, "");
	world.feed = "Welsh Ambulance";
	assert_int_equal(
	    mapped_row(&van, &load_ambulance, AMBULANCE,
		"7,2021-07-03 01:30,Stabbing,9434765919,,,,,,", &world),
	    E_OK);
	assert_string_equal(van.rec.incident.feed, "Welsh Ambulance");
}

static const struct {
	const char *what;
	const struct loader *loader;
	const char *header, *why; /* NULL: taken */
} headers[] = {
	{ "in another case and order", &load_platform,
	    "LAD Code, Category ,\"Mon\"\"th\",Date", NULL },
	{ "an alias beside the name", &load_rms,
	    "crime_ref,crime_reference,date_from,ho_code", NULL },
	{ "a name twice", &load_rms, "crime_ref,Crime Ref,date_from,ho_code",
	    "column 2 of the header has the name of an earlier one" },
	{ "a column missing", &load_rms, "crime_reference,date_from",
	    "no column ho_code; needed are crime_reference, date_from, "
	    "ho_code" },
	{ "nobody asks for that", &load_exclusion, "date,reason,area",
	    "no column pupil_pseudonym" },
	{ "a name too long", &load_exclusion,
	    "date,reason,pupil_pseudonym" LONG64, "no column pupil_pseudonym" },
	{ "a quote out of place", &load_rms, "crime_ref,\"date_from\"x,ho_code",
	    "no header row" },
};

static void
test_headers_are_found_or_refused(void **state)
{
	static struct mapped m;

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		enum err e = mapped_row(&m, headers[i].loader,
		    headers[i].header, "x", rows_world());

		if ((e == E_OK) != (headers[i].why == NULL) ||
		    (headers[i].why != NULL &&
			strstr(m.report.why, headers[i].why) == NULL))
			fail_msg("%s: %s", headers[i].what, m.report.why);
	}
}

/* What words_find searches is sorted, and no table says two things. */
static void
test_tables_of_words_are_sorted(void **state)
{
	static const struct loader *const all[] = { &load_rms, &load_asb,
		&load_ecds, &load_ambulance, &load_exclusion, &load_platform,
		&load_istv };

	(void)state;
	assert_true(words_sorted(&words_weapons));
	assert_true(words_sorted(&words_settings));
	assert_true(words_sorted(&words_sexes));
	assert_true(words_sorted(&words_kinds));
	assert_true(words_sorted(&words_flags));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct columns *c = all[i]->own;

		for (unsigned k = 0; k < COLUMNS_MEANINGS; k++)
			if (c->column[k].words != NULL)
				assert_true(words_sorted(c->column[k].words));
		assert_true(all[i]->about != NULL && all[i]->needs_end);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_mapped_or_dropped_with_a_reason),
		cmocka_unit_test(test_times_are_those_on_the_wall),
		cmocka_unit_test(test_identity_is_what_the_source_says),
		cmocka_unit_test(test_people_and_feeds),
		cmocka_unit_test(test_headers_are_found_or_refused),
		cmocka_unit_test(test_tables_of_words_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
