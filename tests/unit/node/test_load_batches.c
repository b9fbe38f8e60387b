/* Promises of node/load: several files, corrections, withdrawals. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "model/query.h"
#include "tests/unit/node/loading.h"

#define OF(feed, month, id) \
	ROW_OF(             \
	    feed, id, month, "-3.658828", "51.634723", "W01000991", "Robbery")
#define IN(month, id) OF("X Police", month, id)
#define JAN(id) IN("2021-01", id)
#define FEB(id) IN("2021-02", id)
#define JANUARY 612

/* Two files in one load. */
static enum err
load_two(
    const char *one, const char *two, enum records_act act, struct report *r)
{
	const char *paths[] = { loading.extract, loading.places };

	loading_write(loading.extract, one, strlen(one));
	loading_write(loading.places, two, strlen(two));
	return load_as(
	    (struct load_config){ .act = act, .paths = paths, .n_paths = 2 },
	    r);
}

static enum err
load_act(const char *text, enum records_act act, struct report *r)
{
	loading_write(loading.extract, text, strlen(text));
	return load_as((struct load_config){ .act = act }, r);
}

static void
expect_change(const struct report *r, uint64_t added, uint64_t held_already,
    uint64_t changed, uint64_t withdrawn, uint64_t unknown)
{
	const struct records_change *c = &r->change;

	if (c->added != added || c->held != held_already ||
	    c->changed != changed || c->withdrawn != withdrawn ||
	    c->unknown != unknown)
		fail_msg("%u added, %u held, %u changed, %u withdrawn, %u "
			 "unknown",
		    (unsigned)c->added, (unsigned)c->held, (unsigned)c->changed,
		    (unsigned)c->withdrawn, (unsigned)c->unknown);
}

static void
test_files_of_a_load_are_one_batch(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_two(HEADER JAN("a") JAN("b"), HEADER JAN("c"),
			     RECORDS_ADD, &r),
	    E_OK);
	assert_int_equal(r.read, 3);
	expect_change(&r, 3, 0, 0, 0, 0);
	assert_int_equal(held(), 3);
	/* one that is wrong, first or last, and none is loaded */
	assert_int_equal(
	    load_two(HEADER JAN("d"), "Crime ID\n", RECORDS_ADD, &r), E_FORMAT);
	assert_int_equal(r.why_file, 1);
	assert_int_equal(
	    load_two(HEADER JAN("d") "x", HEADER JAN("e"), RECORDS_ADD, &r),
	    E_FORMAT);
	assert_int_equal(r.why_file, 0);
	assert_int_equal(load_two(HEADER JAN("d"), HEADER JAN("e") "x\ny\n",
			     RECORDS_ADD, &r),
	    E_FORMAT);
	assert_int_equal(held(), 3);
}

/* The same files again, in that order, are known; they are not in another, nor
 * is one of them. */
static void
test_the_same_files_again_change_nothing(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(
	    load_two(HEADER JAN("a"), HEADER JAN("b"), RECORDS_ADD, &r), E_OK);
	assert_int_equal(
	    load_two(HEADER JAN("a"), HEADER JAN("b"), RECORDS_ADD, &r), E_OK);
	assert_true(r.known);
	assert_int_equal(
	    load_two(HEADER JAN("b"), HEADER JAN("a"), RECORDS_ADD, &r), E_OK);
	assert_false(r.known);
	expect_change(&r, 0, 2, 0, 0, 0);
	assert_int_equal(load_text(HEADER JAN("a"), &r), E_OK);
	expect_change(&r, 0, 1, 0, 0, 0);
	assert_int_equal(held(), 2);
}

/* A row that two files hold is one record, as when they are loaded one after
 * the other. */
static void
test_files_that_overlap_are_not_counted_twice(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(
	    load_two(HEADER JAN("a") JAN("") JAN(""),
		HEADER JAN("") JAN("a") JAN("") JAN(""), RECORDS_ADD, &r),
	    E_OK);
	assert_int_equal(r.read, 7);
	assert_int_equal(held(), 4);
}

static void
test_replacement_withdraws_what_is_missing(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER JAN("a") JAN("b") JAN("c") FEB("d")
				       OF("Y Police", "2021-01", "y"),
			     &r),
	    E_OK);
	assert_int_equal(load_act(HEADER JAN("a") ROW("b", "2021-01", "", "",
				      "W01000992", "Robbery") JAN("e"),
			     RECORDS_REPLACE, &r),
	    E_OK);
	/* c is gone; another month and another feed stay */
	expect_change(&r, 1, 1, 1, 1, 0);
	assert_int_equal(held(), 5);
}

static void
test_months_that_are_complete_may_be_empty(void **state)
{
	struct load_config c = { .act = RECORDS_REPLACE,
		.feed = "X Police",
		.sources = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB,
		.first_month = JANUARY,
		.n_months = 3 };
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER JAN("a") FEB("b") IN("2021-03", "c")
				       IN("2021-04", "d"),
			     &r),
	    E_OK);
	loading_write(
	    loading.extract, HEADER FEB("b"), strlen(HEADER FEB("b")));
	assert_int_equal(load_as(c, &r), E_OK);
	expect_change(&r, 0, 1, 0, 2, 0);
	assert_int_equal(held(), 2);
	/* said again, it is known; of another month, it is not */
	assert_int_equal(load_as(c, &r), E_OK);
	assert_true(r.known);
	c.n_months = 4;
	assert_int_equal(load_as(c, &r), E_OK);
	expect_change(&r, 0, 1, 0, 1, 0);
}

static void
test_withdrawal_takes_the_named_records(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(
	    load_text(HEADER JAN("a") JAN("b") JAN("") JAN("") FEB("b"), &r),
	    E_OK);
	assert_int_equal(
	    load_act(HEADER JAN("b") JAN("") JAN("z"), RECORDS_WITHDRAW, &r),
	    E_OK);
	expect_change(&r, 0, 0, 0, 2, 1);
	expect_text(&r, "2  withdrawn");
	expect_text(&r, "1  to be withdrawn, but not there");
	assert_int_equal(held(), 3);
	/* what was withdrawn may come again */
	assert_int_equal(load_text(HEADER JAN("b"), &r), E_OK);
	expect_change(&r, 1, 0, 0, 0, 0);
	assert_int_equal(held(), 4);
}

/* The same file with another act is another load. */
static void
test_what_is_known_depends_on_the_act(void **state)
{
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER JAN("a"), &r), E_OK);
	assert_int_equal(load_act(HEADER JAN("a"), RECORDS_WITHDRAW, &r), E_OK);
	assert_false(r.known);
	assert_int_equal(held(), 0);
	assert_int_equal(load_text(HEADER JAN("a"), &r), E_OK);
	assert_false(r.known);
	assert_int_equal(held(), 1);
}

static void
test_a_trial_says_what_would_change(void **state)
{
	struct load_config c = { .act = RECORDS_REPLACE, .dry_run = true };
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER JAN("a") JAN("b"), &r), E_OK);
	loading_write(loading.extract, HEADER JAN("b") JAN("c"),
	    strlen(HEADER JAN("b") JAN("c")));
	assert_int_equal(load_as(c, &r), E_OK);
	expect_change(&r, 1, 1, 0, 1, 0);
	expect_text(&r, "1  would be withdrawn");
	assert_int_equal(held(), 2);
}

/* A file in a frame is the same file. */
static void
test_packed_file_is_its_content(void **state)
{
	static const char text[] = HEADER JAN("a") JAN("b") JAN("");
	const char *path = loading.packed;
	char frame[1024];
	size_t n =
	    ZSTD_compress(frame, sizeof(frame), text, sizeof(text) - 1, 3);
	struct report r;

	(void)state;
	loading_write(loading.packed, frame, n);
	assert_int_equal(load_path(path, &r), E_OK);
	expect_change(&r, 3, 0, 0, 0, 0);
	assert_int_equal(load_text(text, &r), E_OK);
	expect_change(&r, 0, 3, 0, 0, 0);
	loading_write(loading.packed, frame, n - 3);
	assert_int_equal(load_path(path, &r), E_FORMAT);
	expect_text(&r, "the Zstandard file is cut; copy it again");
}

static void
test_feed_is_the_one_that_is_named(void **state)
{
	struct load_config c = { .feed = "A Police" };
	static struct list l;
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER JAN("a"), &r), E_OK);
	assert_int_equal(load_as(c, &r), E_OK);
	assert_false(r.known);
	read_all(&l);
	for (size_t i = 0; i < l.n; i++)
		assert_true(strcmp(l.i[i].feed, "A Police") == 0 ||
			    strcmp(l.i[i].feed, "X Police") == 0);
}

/* Touches the file until it is killed. */
static pid_t
touch_for_ever(const char *path)
{
	pid_t child = fork();

	if (child == 0)
		for (;;) {
			utimensat(AT_FDCWD, path, NULL, 0);
			usleep(500);
		}
	return child;
}

/* What was read must be what was hashed. */
static void
test_file_that_changes_is_refused(void **state)
{
	static const char row[] = GOOD("");
	size_t head = strlen(HEADER), n = strlen(row), rows = 40000;
	char *text = malloc(head + rows * n);
	struct report r;
	pid_t child;

	(void)state;
	memcpy(text, HEADER, head);
	for (size_t i = 0; i < rows; i++)
		memcpy(text + head + i * n, row, n);
	loading_write(loading.extract, text, head + rows * n);
	free(text);
	child = touch_for_ever(loading.extract);
	assert_int_equal(load_path(loading.extract, &r), E_FORMAT);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	expect_text(&r, "changed while it was read");
	assert_int_equal(held(), 0);
	assert_int_equal(load_path(loading.extract, &r), E_OK);
	assert_int_equal(held(), rows);
}

/* Each file has its line; a row at fault is named with the file it is in. */
static void
test_report_is_by_file(void **state)
{
	const char *paths[] = { loading.extract, loading.places };
	struct load_config c = { .loader = load_loader("police"),
		.act = RECORDS_ADD,
		.paths = paths,
		.n_paths = 2,
		.data = loading_data,
		.where = loading.db,
		.key = loading.key,
		.when = loading_now };
	struct report r;
	char *json;

	(void)state;
	loading_write(
	    loading.extract, HEADER JAN("a"), strlen(HEADER JAN("a")));
	loading_write(loading.places, HEADER JAN("b") JAN("c") "x\n",
	    strlen(HEADER JAN("b") JAN("c") "x\n"));
	assert_int_equal(load_files(&c, &r), E_OK);
	expect_text(&r, "2 files: loaded");
	expect_text(&r, "1  rows, 0 of them dropped: extract.csv");
	expect_text(&r, "3  rows, 1 of them dropped: places.csv");
	expect_text(&r, "(places.csv:4)");
	assert_int_equal(report_json(&json, &r), E_OK);
	assert_non_null(
	    strstr(json, "{\"file\":\"places.csv\",\"read\":3,\"dropped\":1}"));
	assert_non_null(strstr(json, "{\"file\":\"places.csv\",\"line\":4}"));
	free(json);
	report_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files_of_a_load_are_one_batch),
		TEST(test_the_same_files_again_change_nothing),
		TEST(test_files_that_overlap_are_not_counted_twice),
		TEST(test_replacement_withdraws_what_is_missing),
		TEST(test_months_that_are_complete_may_be_empty),
		TEST(test_withdrawal_takes_the_named_records),
		TEST(test_what_is_known_depends_on_the_act),
		TEST(test_a_trial_says_what_would_change),
		TEST(test_packed_file_is_its_content),
		TEST(test_feed_is_the_one_that_is_named),
		TEST(test_file_that_changes_is_refused),
		TEST(test_report_is_by_file),
	};

	return cmocka_run_group_tests(tests, loading_start, loading_stop);
}
