/* Promises of node/load: a load is whole or not at all. */
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
#include "node/records.h"
#include "tests/unit/node/loading.h"

static enum err
try_path(const char *path, struct report *r)
{
	return load_as(
	    (struct load_config){
		.paths = &path, .n_paths = 1, .dry_run = true },
	    r);
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
		loading_forget();
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

/* A corrected place of a record with an id is not a second record, but takes
 * the place of the first. */
static void
test_corrected_row_is_not_a_second_record(void **state)
{
	static struct list l;
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	assert_int_equal(
	    load_text(
		HEADER ROW("a", "2021-01", "", "", "W01000992", "Robbery"), &r),
	    E_OK);
	assert_int_equal(r.change.changed, 1);
	assert_int_equal(r.change.added, 0);
	read_all(&l);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.i[0].area, "W01000992");
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
		loading_forget();
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

		loading_forget();
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
	assert_int_equal(try_path(SAMPLE, &r), E_OK);
	assert_int_equal(r.change.added, 259);
	assert_false(file_there(loading.db));
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	assert_int_equal(try_path(SAMPLE, &r), E_OK);
	assert_int_equal(r.change.added, 259);
	expect_text(&r, "tried, nothing was kept");
	assert_int_equal(held(), 1);
}

static void
test_second_load_is_told_that_one_is_under_way(void **state)
{
	const struct records_batch b = { .digest = { 1 },
		.act = RECORDS_ADD,
		.loader = "test",
		.name = "other" };
	static const uint8_t secret[32] = { 1, 2, 3 };
	struct records *records;
	struct keys keys;
	uint64_t at;
	struct report r;

	(void)state;
	keys_derive(&keys, secret);
	assert_int_equal(
	    records_open(&records, loading.db, RECORDS_LOAD, &keys), E_OK);
	assert_int_equal(records_begin(records, &b, &at), E_OK);
	assert_int_equal(load_path(SAMPLE, &r), E_AGAIN);
	expect_text(&r, "busy: another load");
	records_close(records);
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
	assert_int_equal(unlink(loading.key), 0);
	assert_int_equal(keyfile_save(loading.key, "store", second, 32), E_OK);
	assert_int_equal(load_text(HEADER GOOD("b"), &r), E_CONFIG);
	expect_text(&r, "loaded with another store.key");
	expect_text(&r, "put that one back from a backup");
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_CONFIG);
	assert_int_equal(try_path(loading.extract, &r), E_CONFIG);
	assert_int_equal(unlink(loading.key), 0);
	assert_int_equal(keyfile_save(loading.key, "store", first, 32), E_OK);
	assert_int_equal(held(), 1);
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
	assert_int_equal(try_path(SAMPLE, &r), E_OK);
	assert_int_equal(unlink(loading.key), 0);
	assert_int_equal(keyfile_save(loading.key, "store", second, 32), E_OK);
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
}

static enum err
die_before_commit(void *ctx, uint64_t *utc_s)
{
	raise(SIGKILL);
	return loading_now(ctx, utc_s);
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
		loading.now = die_before_commit;
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
	    load_as((struct load_config){ .loader = load_loader("istv"),
			.gazetteer = "/nowhere/g.csv" },
		&r),
	    E_NOTFOUND);
	expect_text(&r, "the gazetteer /nowhere/g.csv");
	unlink(loading.key);
	assert_int_equal(load_path(SAMPLE, &r), E_NOTFOUND);
	expect_text(&r, "the key file");
	assert_false(file_there(loading.db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, loading_start, loading_stop);
}
