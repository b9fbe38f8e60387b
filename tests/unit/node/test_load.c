#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "model/month.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/load.h"
#include "node/store.h"

#define SAMPLE WARD_DATA "/../tests/data/street-sample.csv"
#define NOW 1700000000
#define HEADER                                                           \
	"Crime ID,Month,Reported by,Falls within,Longitude,Latitude,"    \
	"Location,LSOA code,LSOA name,Crime type,Last outcome category," \
	"Context\n"
#define ROW(id, month, lon, lat, lsoa, type)                                 \
	id "," month ",X Police,X Police," lon "," lat ",On or near Y," lsoa \
	   ",Z 001A," type ",,\n"
#define GOOD(id) \
	ROW(id, "2021-01", "-3.658828", "51.634723", "W01000991", "Robbery")

static char dir[] = "/tmp/ward-load-XXXXXX";
static char db[64], key[64], extract[64], places[64];
static enum err (*now)(void *ctx, uint64_t *utc_s);
static struct themes *rules;

static enum err
usual_now(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	*utc_s = NOW;
	return E_OK;
}

/* The rules that are shipped. */
static enum err
read_rules(void)
{
	char *text;
	size_t len, line;
	enum err e =
	    file_read(&text, &len, WARD_DATA "/rules/themes.csv", 1 << 20);

	if (e != E_OK)
		return e;
	e = themes_parse(&rules, text, len, &line);
	free(text);
	return e;
}

static int
set_up(void **state)
{
	static const uint8_t secret[32] = { 1, 2, 3 };

	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(db, sizeof(db), "%s/records.db", dir);
	snprintf(key, sizeof(key), "%s/store.key", dir);
	snprintf(extract, sizeof(extract), "%s/extract.csv", dir);
	snprintf(places, sizeof(places), "%s/places.csv", dir);
	now = usual_now;
	if (read_rules() != E_OK)
		return -1;
	return keyfile_save(key, "store", secret, 32) == E_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	char path[80];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", db, ends[i]);
		unlink(path);
	}
	unlink(db);
	unlink(key);
	unlink(extract);
	unlink(places);
	themes_free(rules);
	return rmdir(dir);
}

static void
write_to(const char *path, const void *p, size_t n)
{
	assert_int_equal(file_write(path, p, n), E_OK);
}

static enum err
load_with(enum load_kind kind, const char *path, const char *gazetteer,
    bool dry_run, struct report *r)
{
	struct load_config c = { .kind = kind,
		.path = path,
		.gazetteer = gazetteer,
		.data = WARD_DATA,
		.db = db,
		.key = key,
		.when = now,
		.dry_run = dry_run };

	return load_file(&c, r);
}

static enum err
load_path(const char *path, struct report *r)
{
	return load_with(LOAD_POLICE, path, NULL, false, r);
}

static enum err
load_bytes(const void *p, size_t n, struct report *r)
{
	write_to(extract, p, n);
	return load_path(extract, r);
}

static enum err
load_text(const char *text, struct report *r)
{
	return load_bytes(text, strlen(text), r);
}

/* Records in the database; 0 when there is none. */
static uint64_t
held(void)
{
	struct store *s;
	uint64_t n = 0;
	enum err e = store_open(&s, db, STORE_COUNT);

	if (e == E_NOTFOUND)
		return 0;
	assert_int_equal(e, E_OK);
	assert_int_equal(store_size(s, &n), E_OK);
	store_close(s);
	return n;
}

struct list {
	size_t n;
	struct incident i[400];
};

static void
add_to_list(void *ctx, const struct incident *i)
{
	struct list *l = ctx;

	assert_true(l->n < 400);
	l->i[l->n++] = *i;
}

/* All records of 2021. */
static void
read_all(struct list *l)
{
	struct store *s;

	l->n = 0;
	assert_int_equal(store_open(&s, db, STORE_COUNT), E_OK);
	assert_int_equal(
	    store_each(s, 612, 12, 7, UINT64_MAX, rules, add_to_list, l), E_OK);
	store_close(s);
}

static char *
text_of(const struct report *r)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	report_text(r, f);
	fclose(f);
	return text;
}

static void
expect_text(const struct report *r, const char *words)
{
	char *text = text_of(r);

	if (strstr(text, words) == NULL)
		fail_msg("\"%s\" is not in:\n%s", words, text);
	free(text);
}

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
		violence += l.i[i].themes == UINT32_C(1) << THEME_VIOLENCE;
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
	assert_int_equal(l.i[0].themes, UINT32_C(1) << THEME_ROBBERY);
	assert_string_equal(l.i[0].area, "W01000991");
	assert_int_equal(l.i[0].east, 285294);
	assert_int_equal(l.i[0].north, 194182);
}

static void
test_same_file_again_changes_nothing(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_path(SAMPLE, &r), E_OK);
	assert_int_equal(load_path(SAMPLE, &r), E_OK);
	assert_true(r.known);
	assert_int_equal(r.known_at, NOW);
	assert_int_equal(held(), 259);
	expect_text(&r, "this very file was loaded on 2023-11-14T22:13:20Z");
}

/* Whatever part of a file was loaded before, the whole file adds the rest:
 * rows that are alike and ids that repeat included. */
static void
test_overlap_adds_only_what_is_new(void **state)
{
	char *text;
	size_t len, lines = 0;
	struct report r;

	(void)state;
	assert_int_equal(file_read(&text, &len, SAMPLE, 1 << 20), E_OK);
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n' || lines++ % 61 != 0 || lines == 1)
			continue;
		unlink(db);
		assert_int_equal(load_bytes(text, i + 1, &r), E_OK);
		assert_int_equal(r.change.added, lines - 1);
		assert_int_equal(load_path(SAMPLE, &r), E_OK);
		assert_int_equal(r.change.held, lines - 1);
		assert_int_equal(r.change.added, 259 - (lines - 1));
		assert_int_equal(held(), 259);
	}
	assert_int_equal(lines, 260);
	free(text);
}

/* Rows in another order are the same rows. */
static void
test_order_of_rows_does_not_matter(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(
	    load_text(
		HEADER GOOD("a") GOOD("a") GOOD("") GOOD("b") GOOD(""), &r),
	    E_OK);
	assert_int_equal(r.change.added, 5);
	assert_int_equal(load_text(HEADER GOOD("") GOOD("b") GOOD("a") GOOD("")
				       GOOD("a") GOOD(""),
			     &r),
	    E_OK);
	assert_int_equal(r.change.held, 5);
	assert_int_equal(r.change.added, 1);
	assert_int_equal(held(), 6);
}

/* A corrected place or type of a record with an id is not a second record. */
static void
test_corrected_row_is_not_a_second_record(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	assert_int_equal(
	    load_text(
		HEADER ROW("a", "2021-01", "", "", "W01000992", "Robbery"), &r),
	    E_OK);
	assert_int_equal(r.change.held, 1);
	assert_int_equal(held(), 1);
}

static const char *const bad_rows[] = {
	[REPORT_FIELDS] = "a,2021-01,X,X,1,2\n",
	[REPORT_QUOTE] = "a,\"2021-01,X,X,1,2,Y,,,Robbery,,\n",
	[REPORT_TIME] = ROW("a", "2021-13", "", "", "", "Robbery"),
	[REPORT_NUMBER] = ROW("a", "2021-01", "abc", "51.6", "", "Robbery"),
	[REPORT_CODE] = ROW("a", "2021-01", "", "", "", "Heresy"),
	[REPORT_LONG] = ROW("a", "2021-01", "", "", "",
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "4567890123456789012345678901234567890123456789012345678901234567"),
};

/* One bad row never stops a load, and is named by its line. */
static void
test_bad_row_is_dropped_and_reported(void **state)
{
	char text[4096];
	struct report r;

	(void)state;
	for (size_t i = 0; i <= REPORT_LONG; i++) {
		unlink(db);
		snprintf(text, sizeof(text), "%s%s%s%s%s", HEADER, GOOD("1"),
		    GOOD("2"), bad_rows[i], GOOD("3"));
		assert_int_equal(load_text(text, &r), E_OK);
		if (r.change.added != 3 || r.dropped != 1 ||
		    r.reasons[i].n != 1 || r.reasons[i].lines[0] != 4)
			fail_msg("reason %u", (unsigned)i);
		expect_text(&r, "(extract.csv:4)");
		assert_int_equal(held(), 3);
	}
}

static const struct {
	const char *what, *in;
	const char *words;
	unsigned line;
} refusals[] = {
	{ "nothing", "", "expected: Crime ID,Month,", 1 },
	{ "another header", "Crime ID,Month\n" GOOD("a"),
	    "expected: Crime ID,Month,", 1 },
	{ "no header", GOOD("a") GOOD("b"), "expected: Crime ID,Month,", 1 },
	{ "cut in a row", HEADER GOOD("a") "b,2021-01,X", "the last row is cut",
	    3 },
	{ "cut in quotes", HEADER GOOD("a") "b,2021-01,\"X", "inside quotes",
	    3 },
	{ "more than half bad", HEADER GOOD("a") "b\nc\n", "2 of 3 rows", 0 },
	{ "Latin-1", HEADER GOOD("a") GOOD("caf\xe9"), "UTF-8", 3 },
};

/* A file that is wrong as a whole changes nothing, and says where and why. */
static void
test_bad_file_is_refused_whole(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("x") GOOD("y"), &r), E_OK);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (load_text(refusals[i].in, &r) != E_FORMAT ||
		    r.why_line != refusals[i].line)
			fail_msg("%s: line %u %s", refusals[i].what,
			    (unsigned)r.why_line, r.why);
		expect_text(&r, refusals[i].words);
		assert_int_equal(held(), 2);
	}
}

/* A copy that stopped anywhere in a row is either refused or holds whole rows
 * only: every record that it loads is one of the whole file. */
static void
test_cut_file_loads_no_false_record(void **state)
{
	static const char text[] = HEADER GOOD("a") GOOD("b")
	    ROW("c", "2021-02", "", "", "W01000991", "Drugs");
	struct report r;

	(void)state;
	for (size_t n = strlen(HEADER GOOD("a") GOOD("b")) - 4;
	     n < sizeof(text) - 1; n++) {
		bool loaded;

		unlink(db);
		loaded = load_bytes(text, n, &r) == E_OK;
		assert_int_equal(held(), loaded ? r.change.added : 0);
		assert_int_equal(r.dropped, 0);
		if (!loaded)
			continue;
		assert_int_equal(load_text(text, &r), E_OK);
		assert_int_equal(held(), 3);
	}
}

static void
test_junk_is_refused(void **state)
{
	size_t n = 1000000;
	uint8_t *junk = malloc(n);
	uint32_t x = 1;
	struct report r;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		junk[i] = (uint8_t)(x >> 24);
	}
	assert_int_equal(load_bytes(junk, n, &r), E_FORMAT);
	assert_int_equal(r.why_line, 1);
	/* the same behind a good beginning */
	memcpy(junk, HEADER GOOD("a"), strlen(HEADER GOOD("a")));
	assert_int_equal(load_bytes(junk, n, &r), E_FORMAT);
	assert_true(r.why_line >= 3);
	assert_int_equal(held(), 0);
	free(junk);
}

static void
test_zero_bytes_are_refused(void **state)
{
	static const char text[] = HEADER GOOD("a") "b,2021\0\n" GOOD("c");
	struct report r;

	(void)state;
	assert_int_equal(load_bytes(text, sizeof(text) - 1, &r), E_FORMAT);
	assert_int_equal(r.why_line, 3);
	assert_int_equal(held(), 0);
}

static void
test_dry_run_keeps_nothing(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_with(LOAD_POLICE, SAMPLE, NULL, true, &r), E_OK);
	assert_int_equal(r.change.added, 259);
	assert_false(file_there(db));
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	assert_int_equal(load_with(LOAD_POLICE, SAMPLE, NULL, true, &r), E_OK);
	assert_int_equal(r.change.added, 259);
	expect_text(&r, "tried, nothing was kept");
	assert_int_equal(held(), 1);
}

static void
test_second_load_is_told_that_one_is_under_way(void **state)
{
	struct store *s;
	uint8_t d[32] = { 1 };
	uint64_t at;
	struct report r;

	(void)state;
	assert_int_equal(store_open(&s, db, STORE_LOAD), E_OK);
	assert_int_equal(store_begin(s, d, "test", "other", &at), E_OK);
	assert_int_equal(load_path(SAMPLE, &r), E_AGAIN);
	expect_text(&r, "busy: another load");
	store_close(s);
	assert_int_equal(load_path(SAMPLE, &r), E_OK);
}

/* With another key one person would have two, and twice the bound. */
static void
test_another_store_key_is_refused(void **state)
{
	static const uint8_t first[32] = { 1, 2, 3 }, second[32] = { 1, 2, 4 };
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(keyfile_save(key, "store", second, 32), E_OK);
	assert_int_equal(load_text(HEADER GOOD("b"), &r), E_CONFIG);
	expect_text(&r, "loaded with another store.key");
	expect_text(&r, "put that one back from a backup");
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_CONFIG);
	assert_int_equal(held(), 1);
	assert_int_equal(
	    load_with(LOAD_POLICE, extract, NULL, true, &r), E_CONFIG);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(keyfile_save(key, "store", first, 32), E_OK);
	assert_int_equal(load_text(HEADER GOOD("b"), &r), E_OK);
	assert_int_equal(held(), 2);
}

/* A load that failed decides nothing. */
static void
test_a_refused_load_does_not_settle_the_key(void **state)
{
	static const uint8_t second[32] = { 9 };
	struct report r;

	(void)state;
	assert_int_equal(load_text("no header\n", &r), E_FORMAT);
	assert_int_equal(load_with(LOAD_POLICE, SAMPLE, NULL, true, &r), E_OK);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(keyfile_save(key, "store", second, 32), E_OK);
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
}

static enum err
die_before_commit(void *ctx, uint64_t *utc_s)
{
	raise(SIGKILL);
	return usual_now(ctx, utc_s);
}

static void
test_killed_before_commit_leaves_nothing(void **state)
{
	struct report r;
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	if ((child = fork()) == 0) {
		now = die_before_commit;
		_exit(load_path(SAMPLE, &r) == E_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(held(), 1);
	assert_int_equal(load_path(SAMPLE, &r), E_OK);
	assert_int_equal(r.change.added, 259);
}

static void
test_missing_files_are_named(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_path("/nowhere/x.csv", &r), E_NOTFOUND);
	expect_text(&r, "/nowhere/x.csv: no such file; check the name");
	assert_int_equal(
	    load_with(LOAD_ISTV, SAMPLE, "/nowhere/g.csv", false, &r),
	    E_NOTFOUND);
	expect_text(&r, "the gazetteer /nowhere/g.csv");
	unlink(key);
	assert_int_equal(load_path(SAMPLE, &r), E_NOTFOUND);
	expect_text(&r, "the key file");
	assert_false(file_there(db));
}

/* ISTV ------------------------------------------------------------------- */

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
	write_to(places, PLACES, strlen(PLACES));
	write_to(extract, text, strlen(text));
	return load_with(LOAD_ISTV, extract, places, false, r);
}

static const char attendances[] =
    ISTV "2021-01-02 01:30,Fist,street,outside Queen St, AB123,7A4BV,Smith\n"
	 "2021-01-09 02:00,knife ,Home,Queen Street,AB123 ,7A4BV,Smith\n"
	 "2021-07-01 00:10,knife,wherever,Queen Street,AB124,7A4BV,Jones\n"
	 "2021-01-03,fist,street,patient's home,unknown,7A4BV,Jones\n"
	 "2021-01-04,fist,street,Barry,AB125,7A4BV,Jones\n"
	 "2021-01-05,trebuchet,street,Barry,AB125,7A4BV,Jones\n"
	 "soon,fist,street,Barry,AB125,7A4BV,Jones\n";

static const struct incident *
by_month_and_area(
    const struct list *l, uint16_t month, const char *area, bool point)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->i[i].month == month && l->i[i].has_point == point &&
		    strcmp(l->i[i].area, area) == 0)
			return &l->i[i];
	fail_msg("no record of %u in %s", month, area);
	return NULL;
}

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
	assert_int_equal(street->themes, UINT32_C(1) << THEME_VIOLENCE);
	home = by_month_and_area(&l, 612, "W01001842", false);
	assert_int_equal(home->themes,
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
		"NULL", "none", "000 000 0000", "9999999999" };
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

/* The order of PAT2's record, beside PAT1's or not; the database is spent. */
static uint64_t
order_of_mine(bool others)
{
	static struct list l, alone;
	struct report r;

	read_all(&l);
	assert_int_equal(l.n, others ? 2 : 1);
	if (!others)
		return l.i[0].order;
	unlink(db);
	assert_int_equal(load_istv_text(NAMED OTHERS, &r), E_OK);
	read_all(&alone);
	assert_int_equal(alone.n, 1);
	for (size_t i = 0; i < l.n; i++)
		if (memcmp(l.i[i].person_key, alone.i[0].person_key,
			INCIDENT_KEY) != 0)
			return l.i[i].order;
	fail();
	return 0;
}

/* What counts of a person must not hang on what is held of others: identifiers
 * that two hospitals in one file both use would tie their patients. */
static void
test_records_of_a_person_do_not_depend_on_others(void **state)
{
	struct report r;
	uint64_t order;

	(void)state;
	assert_int_equal(load_istv_text(NAMED MINE, &r), E_OK);
	order = order_of_mine(false);
	unlink(db); /* in one file, before it */
	assert_int_equal(load_istv_text(NAMED OTHERS MINE, &r), E_OK);
	assert_true(order_of_mine(true) == order);
	unlink(db); /* in a file before */
	assert_int_equal(load_istv_text(NAMED OTHERS, &r), E_OK);
	assert_int_equal(load_istv_text(NAMED MINE, &r), E_OK);
	assert_true(order_of_mine(true) == order);
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
		unlink(db);
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
	assert_int_equal(file_read(&bytes, &len, db, 1 << 24), E_OK);
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
	unlink(db);
	unlink(key);
	assert_int_equal(keyfile_save(key, "store", secret, 32), E_OK);
	assert_int_equal(load_istv_text(attendances, &r), E_OK);
	read_all(&two);
	assert_int_equal(one.n, two.n);
	for (size_t i = 0; i < one.n; i++)
		for (size_t k = 0; k < two.n; k++) {
			assert_int_not_equal(one.i[i].order, two.i[k].order);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_real_rows_are_mapped),
		TEST(test_one_row_in_full),
		TEST(test_same_file_again_changes_nothing),
		TEST(test_overlap_adds_only_what_is_new),
		TEST(test_order_of_rows_does_not_matter),
		TEST(test_corrected_row_is_not_a_second_record),
		TEST(test_bad_row_is_dropped_and_reported),
		TEST(test_bad_file_is_refused_whole),
		TEST(test_cut_file_loads_no_false_record),
		TEST(test_junk_is_refused),
		TEST(test_zero_bytes_are_refused),
		TEST(test_dry_run_keeps_nothing),
		TEST(test_second_load_is_told_that_one_is_under_way),
		TEST(test_another_store_key_is_refused),
		TEST(test_a_refused_load_does_not_settle_the_key),
		TEST(test_killed_before_commit_leaves_nothing),
		TEST(test_missing_files_are_named),
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}
