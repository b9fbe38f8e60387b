/* Promises of loading attendances, from the file to the records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "model/query.h"
#include "tests/unit/node/loading.h"

#define ISTV                                                          \
	"ASSAULT DATE AND TIME,ASSAULT METHOD,Assault Location Type," \
	"assault_location_description,Patient pseudonym,"             \
	"SITE CODE (OF TREATMENT),Surname\n"
#define PLACES                                                          \
	"place,east,north,lsoa\nQueen Street,318500,176400,W01001842\n" \
	"Barry,,,W01001200\n"

static enum err
load_istv_text(const char *text, struct report *r)
{
	loading_write(loading.places, PLACES, strlen(PLACES));
	loading_write(loading.extract, text, strlen(text));
	return load_as((struct load_config){ .loader = load_loader("istv"),
			   .gazetteer = loading.places },
	    r);
}

static const char attendances[] =
    ISTV "2021-01-02 01:30,Fist,street,outside Queen St, AB123,7A4BV,Smith\n"
	 "2021-01-09 02:00,knife ,Home,Queen Street,AB123 ,7A4BV,Smith\n"
	 "2021-07-01 00:10,knife,wherever,Queen Street,AB124,7A4BV,Jones\n"
	 "2021-01-03,fist,street,patient's home,unknown,7A4BV,Jones\n"
	 "2021-01-04,fist,street,Barry,AB125,7A4BV,Jones\n"
	 "2021-01-05,trebuchet,street,Barry,AB125,7A4BV,Jones\n"
	 "soon,fist,street,Barry,AB125,7A4BV,Jones\n";

static void
test_attendances_are_mapped(void **state)
{
	static struct list l;
	const struct incident *street, *home, *other;
	struct report r;

	(void)state;
	assert_int_equal(load_istv_text(attendances, &r), E_OK);
	assert_int_equal(r.change.added, 5);
	assert_int_equal(r.reasons[REPORT_CODE].lines[0], 7);
	assert_int_equal(r.reasons[REPORT_TIME].lines[0], 8);
	assert_int_equal(r.reasons[REPORT_NO_PERSON].lines[0], 5);
	read_all(&l);
	street = by_month_and_area(&l, 612, "W01001842", true);
	assert_int_equal(street->east, 318500);
	assert_int_equal(street->kind.source, SOURCE_NHS_ED);
	assert_int_equal(themes(street), UINT32_C(1) << THEME_VIOLENCE);
	home = by_month_and_area(&l, 612, "W01001842", false);
	assert_int_equal(themes(home),
	    UINT32_C(1) << THEME_VIOLENCE | UINT32_C(1) << THEME_KNIFE);
	/* one patient, whatever blanks are around the pseudonym */
	assert_true(street->has_person && home->has_person);
	assert_memory_equal(street->person_key, home->person_key, INCIDENT_KEY);
	other = by_month_and_area(&l, 618, "W01001842", false);
	assert_memory_not_equal(
	    street->person_key, other->person_key, INCIDENT_KEY);
	assert_false(by_month_and_area(&l, 612, "", false)->has_person);
	(void)by_month_and_area(&l, 612, "W01001200", false);
}

static void
test_pseudonyms_that_differ_are_different_patients(void **state)
{
	static struct list l;
	struct report r;

	(void)state;
	assert_int_equal(
	    load_istv_text(ISTV "2021-01-02,fist,street,Barry,Qk9C+w==,S,x\n"
				"2021-01-02,fist,street,Barry,qk9c+w==,S,x\n"
				"2021-01-02,fist,street,Barry,Qk9C-w==,S,x\n"
				"2021-01-02,fist,street,Barry,Qk9C+w=,S,x\n",
		&r),
	    E_OK);
	read_all(&l);
	assert_int_equal(l.n, 4);
	for (size_t i = 0; i < l.n; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(
			    l.i[i].person_key, l.i[k].person_key, INCIDENT_KEY);
}

/* What stands for no patient makes no person that all of them would share. */
static void
test_words_for_nobody_are_nobody(void **state)
{
	static const char *const words[] = { "", " ", "-", "--", "?", "...",
		"Unknown", "NOT KNOWN", "not  known", "n/k", "NK", "N/A",
		"NULL", "none", "000 000 0000", "9999999999", "0",
		"00000000-0000-0000-0000-000000000000", "Anonymous", "anon",
		"Not stated", "NOT RECORDED", "n.k.", "Not applicable",
		"withheld", "Unidentified", "nil", "UNK" };
	char text[4096] = ISTV;
	struct report r;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		strcat(text, "2021-01-02,fist,street,Barry,");
		strcat(text, words[i]);
		strcat(text, ",S,x\n");
	}
	assert_int_equal(load_istv_text(text, &r), E_OK);
	assert_int_equal(
	    r.reasons[REPORT_NO_PERSON].n, sizeof(words) / sizeof(words[0]));
}

#define NAMED                                                         \
	"assault_date_and_time,assault_method,assault_location_type," \
	"assault_location_description,patient_pseudonym,"             \
	"attendance_identifier\n"
#define OTHERS "2021-01-02,fist,street,Barry,PAT1,17\n"
#define MINE "2021-01-03,fist,street,Barry,PAT2,17\n"

/* The id of PAT2's record, beside PAT1's or not; the records are spent. */
static void
id_of_mine(uint8_t out[INCIDENT_KEY], bool others)
{
	static struct list l, alone;
	struct report r;

	read_all(&l);
	assert_int_equal(l.n, others ? 2 : 1);
	memcpy(out, l.i[0].record_id, INCIDENT_KEY);
	if (!others)
		return;
	loading_forget();
	assert_int_equal(load_istv_text(NAMED OTHERS, &r), E_OK);
	read_all(&alone);
	assert_int_equal(alone.n, 1);
	for (size_t i = 0; i < l.n; i++)
		if (memcmp(l.i[i].person_key, alone.i[0].person_key,
			INCIDENT_KEY) != 0)
			memcpy(out, l.i[i].record_id, INCIDENT_KEY);
}

/* What counts of a person must not hang on what is held of others: identifiers
 * that two hospitals in one file both use would tie their patients. */
static void
test_records_of_a_person_do_not_depend_on_others(void **state)
{
	struct report r;
	uint8_t id[INCIDENT_KEY], again[INCIDENT_KEY];

	(void)state;
	assert_int_equal(load_istv_text(NAMED MINE, &r), E_OK);
	id_of_mine(id, false);
	loading_forget(); /* in one file, before it */
	assert_int_equal(load_istv_text(NAMED OTHERS MINE, &r), E_OK);
	id_of_mine(again, true);
	assert_memory_equal(id, again, INCIDENT_KEY);
	loading_forget(); /* in a file before */
	assert_int_equal(load_istv_text(NAMED OTHERS, &r), E_OK);
	assert_int_equal(load_istv_text(NAMED MINE, &r), E_OK);
	id_of_mine(again, true);
	assert_memory_equal(id, again, INCIDENT_KEY);
}

/* A home, and whatever is not known to be a place for all, has no point. */
static void
test_home_has_no_point(void **state)
{
	static const char *const types[] = { "home", "Home", "own home",
		"private dwelling", "", "not known", "STREETS", "care home" };
	char text[1024];
	static struct list l;
	struct report r;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		loading_forget();
		snprintf(text, sizeof(text),
		    "%s2021-01-02,fist,%s,Queen Street,A1,7A4BV,S\n", ISTV,
		    types[i]);
		assert_int_equal(load_istv_text(text, &r), E_OK);
		read_all(&l);
		assert_int_equal(l.n, 1);
		assert_false(l.i[0].has_point);
		assert_int_equal(l.i[0].east, 0);
		assert_string_equal(l.i[0].area, "W01001842");
	}
}

/* Nothing that names a person is in the database, in any form. */
static void
test_no_name_reaches_the_database(void **state)
{
	static const char *const words[] = { "AB 123", "AB123", "ab123",
		"AB124", "Smith", "Queen", "queen", "7A4BV", "patient" };
	char *bytes;
	size_t len;
	struct report r;

	(void)state;
	assert_int_equal(load_istv_text(attendances, &r), E_OK);
	assert_int_equal(file_read(&bytes, &len, loading.db, 1 << 24), E_OK);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(bytes, len, words[i], strlen(words[i])) != NULL)
			fail_msg("the database holds \"%s\"", words[i]);
	free(bytes);
}

/* Another key gives other ids and other people: none can be linked. */
static void
test_keys_of_two_nodes_do_not_link(void **state)
{
	static struct list one, two;
	static const uint8_t secret[32] = { 9 };
	struct report r;

	(void)state;
	assert_int_equal(load_istv_text(attendances, &r), E_OK);
	read_all(&one);
	loading_forget();
	unlink(loading.key);
	assert_int_equal(keyfile_save(loading.key, "store", secret, 32), E_OK);
	assert_int_equal(load_istv_text(attendances, &r), E_OK);
	read_all(&two);
	assert_int_equal(one.n, two.n);
	for (size_t i = 0; i < one.n; i++)
		for (size_t k = 0; k < two.n; k++) {
			assert_memory_not_equal(one.i[i].record_id,
			    two.i[k].record_id, INCIDENT_KEY);
			if (one.i[i].has_person && two.i[k].has_person)
				assert_memory_not_equal(one.i[i].person_key,
				    two.i[k].person_key, INCIDENT_KEY);
		}
}

static const struct {
	const char *what, *in, *words;
	unsigned line;
} istv_refusals[] = {
	{ "a column missing", "assault_date_and_time,assault_method\n",
	    "no column assault_location_type", 1 },
	{ "a column twice",
	    "assault_method,ASSAULT METHOD,assault_date_and_time\n",
	    "column 2 of the header", 1 },
	{ "no end of line",
	    ISTV "2021-01-02,fist,street,Barry,A1,7A4BV,S\n"
		 "2021-01-02,fist,street,Barry,A2,7A4BV,S",
	    "the last row is cut", 3 },
	{ "a street file", HEADER GOOD("a"), "no column", 1 },
};

static void
test_bad_istv_file_is_refused_whole(void **state)
{
	struct report r;

	(void)state;
	for (size_t i = 0; i < sizeof(istv_refusals) / sizeof(*istv_refusals);
	     i++) {
		if (load_istv_text(istv_refusals[i].in, &r) != E_FORMAT ||
		    r.why_line != istv_refusals[i].line)
			fail_msg("%s: line %u %s", istv_refusals[i].what,
			    (unsigned)r.why_line, r.why);
		expect_text(&r, istv_refusals[i].words);
		assert_int_equal(held(), 0);
	}
}

/* The report is JSON for programs, and holds no field of a record. */
static void
test_report_holds_no_record(void **state)
{
	struct report r;
	char *json, *text;

	(void)state;
	assert_int_equal(load_istv_text(attendances, &r), E_OK);
	assert_int_equal(report_json(&json, &r), E_OK);
	text = text_of(&r);
	assert_non_null(
	    strstr(json, "\"unknown-code\":{\"rows\":1,"
			 "\"first\":[{\"file\":\"extract.csv\",\"line\":7}]}"));
	assert_non_null(strstr(json, "\"added\":5"));
	assert_null(strstr(json, "AB12"));
	assert_null(strstr(text, "AB12"));
	assert_null(strstr(text, "trebuchet"));
	free(json);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_attendances_are_mapped),
		TEST(test_pseudonyms_that_differ_are_different_patients),
		TEST(test_words_for_nobody_are_nobody),
		TEST(test_records_of_a_person_do_not_depend_on_others),
		TEST(test_home_has_no_point),
		TEST(test_no_name_reaches_the_database),
		TEST(test_keys_of_two_nodes_do_not_link),
		TEST(test_bad_istv_file_is_refused_whole),
		TEST(test_report_holds_no_record),
	};

	return cmocka_run_group_tests(tests, loading_start, loading_stop);
}
