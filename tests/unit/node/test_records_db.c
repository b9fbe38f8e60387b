/*
 * What the store of records in SQLite promises beyond node/records.h: what lies
 * on the disk, that months which do not change are left alone, and that memory
 * is bounded.
 */
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

#include "../rng_test.h"
#include "node/records_db.h"
#include "records_file.h"
#include "records_model.h"
#include "records_world.h"

#define SPREAD 5 /* months */

static struct quick chance;

static uint32_t
draw(uint32_t n) /* below n */
{
	uint64_t x;

	(void)quick_fill(&chance, &x, sizeof(x));
	return (uint32_t)(x % n);
}

static void
test_file_is_the_owners_alone(void **state)
{
	mode_t before = umask(0);
	struct stat st;

	(void)state;
	records_close(store);
	assert_int_equal(unlink(to_load), 0);
	assert_int_equal(
	    records_open(&store, to_load, RECORDS_LOAD, &keys), E_OK);
	umask(before);
	assert_int_equal(stat(to_load, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_foreign_file_is_left_alone(void **state)
{
	static const char text[] = "no database at all, but long enough to "
				   "be mistaken for one: ............";
	struct records *r = NULL;
	struct stat st;
	FILE *f;

	(void)state;
	records_close(store);
	store = NULL;
	f = fopen(to_load, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, sizeof(text), f), sizeof(text));
	assert_int_equal(fclose(f), 0);
	for (int m = RECORDS_LOAD; m <= RECORDS_COUNT; m++)
		assert_int_equal(
		    records_open(&r, to_load, (enum records_mode)m, &keys),
		    E_CONFIG);
	assert_int_equal(stat(to_load, &st), 0);
	assert_int_equal(st.st_size, sizeof(text));
	assert_null(r);
}

/* Versions 1 and 2 of ours had rows in the clear; later ones are not known. */
static void
test_other_versions_are_refused(void **state)
{
	static const char *const others[] = { "PRAGMA user_version = 2",
		"PRAGMA user_version = 4",
		"PRAGMA user_version = 3; PRAGMA application_id = 7" };
	struct records *r = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		meddle(others[i]);
		assert_int_equal(
		    records_open(&r, to_load, RECORDS_LOAD, &keys), E_CONFIG);
		assert_int_equal(
		    records_open(&r, to_load, RECORDS_COUNT, &keys), E_CONFIG);
	}
	assert_null(r);
}

/* A reader cannot write, and makes no file. */
static void
test_counting_only_reads(void **state)
{
	struct records *r = NULL;
	uint64_t loaded_at;

	(void)state;
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(begin(r, RECORDS_ADD, 1, &loaded_at), E_DB);
	records_close(r);
	records_close(store);
	store = NULL;
	assert_int_equal(unlink(to_load), 0);
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_NOTFOUND);
	assert_int_not_equal(access(to_load, F_OK), 0);
}

/* A file that nothing was loaded into yet is anybody's. */
static void
test_key_is_that_of_the_first_batch(void **state)
{
	static const uint8_t secret[KEYS_STORE] = { 9 };
	struct records *r = NULL;
	struct keys others;
	uint64_t loaded_at;

	(void)state;
	keys_derive(&others, secret);
	assert_int_equal(
	    records_open(&r, to_load, RECORDS_LOAD, &others), E_OK);
	load_some(1, RECORDS_ADD, 10);
	assert_int_equal(begin(r, RECORDS_ADD, 2, &loaded_at), E_CONFIG);
	records_close(r);
	assert_int_equal(
	    records_open(&r, to_load, RECORDS_LOAD, &others), E_CONFIG);
	assert_int_equal(
	    records_open(&r, to_load, RECORDS_COUNT, &others), E_CONFIG);
}

static off_t
size_of(const char *end)
{
	char path[RECORDS_WHERE + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", to_load, end);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* Does p[n] occur in the file of that name, if it is there? */
static bool
occurs(const char *end, const void *p, size_t n)
{
	size_t len = (size_t)size_of(end);
	char path[RECORDS_WHERE + 8];
	uint8_t *all = malloc(len + 1);
	bool found;
	FILE *f;

	assert_non_null(all);
	snprintf(path, sizeof(path), "%s%s", to_load, end);
	f = fopen(path, "rb");
	assert_true(f != NULL || len == 0);
	if (f != NULL) {
		assert_int_equal(fread(all, 1, len, f), len);
		fclose(f);
	}
	found = len > 0 && memmem(all, len, p, n) != NULL;
	free(all);
	return found;
}

/* No field of a record, and no name of a batch, stands in file or log. */
static void
check_sealed(const struct incident *i)
{
	static const char *const texts[] = { "E01000001", "theft", "North",
		"conform", ".csv", "read" };
	static const char *const ends[] = { "", "-wal" };

	for (size_t e = 0; e < 2; e++) {
		for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++)
			assert_false(
			    occurs(ends[e], texts[t], strlen(texts[t])));
		assert_false(occurs(ends[e], i->record_id, INCIDENT_KEY / 2));
		assert_false(occurs(ends[e], i->person_key, INCIDENT_KEY / 2));
		assert_false(
		    occurs(ends[e], "SQLite format 3", 15) != (e == 0));
	}
}

static void
test_strings_finds_nothing(void **state)
{
	struct incident i = of_person(record(3), 0x5a);
	uint64_t loaded_at;
	struct records_change c;

	(void)state;
	load_some(1, RECORDS_ADD, 3000);
	load(RECORDS_ADD, 2, &i, 1);
	check_sealed(&i);
	/* and what is under way */
	i = of_person(record(4), 0x5b);
	assert_int_equal(begin(store, RECORDS_ADD, 3, &loaded_at), E_OK);
	assert_int_equal(records_put(store, &i), E_OK);
	assert_int_equal(records_merge(store, &c, NULL, NULL), E_OK);
	check_sealed(&i);
	records_rollback(store);
}

/* After a commit the log is empty: nothing lies there twice. */
static void
test_log_does_not_stay(void **state)
{
	struct records_size size;

	(void)state;
	load_some(1, RECORDS_ADD, 3000);
	assert_int_equal(size_of("-wal"), 0);
	assert_int_equal(records_size(store, &size), E_OK);
	assert_int_equal(size.bytes, size_of(""));
}

/* Months ------------------------------------------------------------------ */

/* How many of was[n] are not among is[m]. */
static size_t
gone(const int64_t *was, size_t n, const int64_t *is, size_t m)
{
	size_t lost = 0;

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t j = 0; j < m; j++)
			found = found || was[i] == is[j];
		lost += !found;
	}
	return lost;
}

/* What a batch does not change is not written again: not a month, and not the
 * chunks of a month before the first change. */
static void
test_only_what_changes_is_written(void **state)
{
	static const char *const tables[] = { "hot", "area", "point", "cold",
		"ids" };
	struct incident late = record(100000);
	int64_t was[16], is[16];
	size_t n;
	char sql[64];

	(void)state;
	load_some(1, RECORDS_ADD, 3000);
	for (size_t t = 0; t < 5; t++) {
		unsigned batch = 10 * (unsigned)(t + 1);

		snprintf(sql, sizeof(sql), "SELECT id FROM %s", tables[t]);
		assert_int_equal(n = ask(was, 16, sql), 3);
		load_some(batch, RECORDS_REPLACE, 3000);
		assert_int_equal(ask(is, 16, sql), 3);
		assert_int_equal(gone(was, n, is, 3), 0); /* all held */
		late.month = MONTH + 1;
		late.recorded_at++;
		load(RECORDS_ADD, batch + 1, &late, 1);
		assert_int_equal(ask(is, 16, sql), 3);
		assert_int_equal(gone(was, n, is, 3), 1);
		load(RECORDS_WITHDRAW, batch + 2, &late, 1);
	}
}

#define MANY 150000U /* of one month: three chunks */

/* The records of a month of three chunks: a quarter is of one person, who lies
 * across the end of a chunk; others are of nobody. */
static struct incident
crowded(uint32_t n)
{
	struct incident i = record(n);

	if (n % 4 == 0)
		i = of_person(i, 0x60);
	return i;
}

static void
load_crowd(unsigned batch)
{
	struct incident *puts = malloc(MANY * sizeof(*puts));

	assert_non_null(puts);
	for (uint32_t n = 0; n < MANY; n++)
		puts[n] = crowded(n);
	EXPECT(
	    load(RECORDS_ADD, batch, puts, MANY), .added = MANY, .months = 1);
	free(puts);
}

/* Bounding and order hold across the ends of chunks, and one that comes last
 * leaves the chunks before it as they are. */
static void
test_a_month_has_many_chunks(void **state)
{
	struct question q = question();
	struct incident last = of_person(record(MANY), 0xff);
	struct incident first = of_person(record(MANY + 1), 0x00);
	int64_t was[8], is[8];
	struct seen s;

	(void)state;
	load_crowd(1);
	assert_int_equal(ask(was, 8, "SELECT id FROM hot ORDER BY id"), 3);
	assert_int_equal(counted(&q, UINT64_MAX, true), MANY * 3 / 4 + 1);
	EXPECT(load(RECORDS_ADD, 2, &last, 1), .added = 1, .months = 1);
	assert_int_equal(ask(is, 8, "SELECT id FROM hot ORDER BY id"), 3);
	assert_int_equal(gone(was, 3, is, 3), 1);
	EXPECT(load(RECORDS_ADD, 3, &first, 1), .added = 1, .months = 1);
	assert_int_equal(ask(is, 8, "SELECT id FROM hot ORDER BY id"), 3);
	assert_int_equal(gone(was, 3, is, 3), 2); /* nobody's come first */
	q.c = 7;
	assert_int_equal(counted(&q, at(2), true), MANY * 3 / 4 + 7 + 1);
	assert_int_equal(counted(&q, at(3), true), MANY * 3 / 4 + 7 + 2);
	s = look(MONTH, 1, UINT64_MAX);
	assert_int_equal(s.n, MANY + 2);
	free(s.all);
}

/* Memory ------------------------------------------------------------------ */

#define POOL 1200

/* Record n of the pool in one of few states, often the same one. */
static struct incident
any_record(void)
{
	uint32_t n = draw(POOL);
	struct incident i = record(n);

	i.month = (uint16_t)(MONTH + (n + (draw(10) == 0)) % SPREAD);
	if (n % 3 != 0)
		i = of_person(i, (uint8_t)(n % 23 + (draw(20) == 0)));
	if (n % 7 == 0)
		strcpy(i.feed, "South Police");
	strcpy(i.area, area_words[(n + (draw(12) == 0)) % WORLD_AREAS]);
	return i;
}

/* Batches of more runs than can be read at once, with records twice, are what
 * the model says. */
static void
test_runs_are_merged(void **state)
{
	static const enum records_act acts[] = { RECORDS_ADD, RECORDS_REPLACE,
		RECORDS_ADD, RECORDS_WITHDRAW, RECORDS_REPLACE };
	static struct incident puts[2000];
	size_t before = records_db_memory;
	struct model *m = model_new();
	struct incident *want;
	struct seen s;

	(void)state;
	chance.at = 7;
	for (unsigned b = 1; b <= 5; b++) {
		struct model_batch batch = { .act = acts[b - 1], .puts = puts };

		/* 16 records at a time, 49 runs and more; or fewer */
		records_db_memory = b == 3 ? 1 << 14 : 1;
		batch.n = acts[b - 1] == RECORDS_WITHDRAW ? 300 : 2000;
		for (size_t i = 0; i < batch.n; i++)
			puts[i] = any_record();
		expect(
		    load_at(at(b), b, &batch), model_batch(m, &batch, at(b)));
	}
	records_db_memory = before;
	for (unsigned b = 1; b <= 5; b++) {
		s = look(MONTH, SPREAD, at(b));
		assert_int_equal(
		    s.n, model_each(&want, m, MONTH, SPREAD, at(b)));
		for (size_t i = 0; i < s.n; i++)
			assert_true(incident_same(&s.all[i], &want[i]));
		free(want);
		free(s.all);
	}
	model_free(m);
}

static int
cases(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_file_is_the_owners_alone),
		CASE(test_foreign_file_is_left_alone),
		CASE(test_other_versions_are_refused),
		CASE(test_counting_only_reads),
		CASE(test_key_is_that_of_the_first_batch),
		CASE(test_strings_finds_nothing),
		CASE(test_log_does_not_stay),
		CASE(test_only_what_changes_is_written),
		CASE(test_a_month_has_many_chunks),
		CASE(test_runs_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	char *argv[] = { "test_records_db", "sqlite", NULL };

	return world_main(2, argv, cases);
}
