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

#include "base/wr.h"
#include "node/store.h"

#define NOW 1700000000
#define BATCH 200 /* records */

static char dir[] = "/tmp/ward-store-XXXXXX";
static char db[64];
static struct themes *rules;

static int
set_up(void **state)
{
	static const char text[] =
	    "rules,test,1\n"
	    "theme,violence,v\ntheme,knife,k\n"
	    "list,police.uk,p\nlist,istv,i\n"
	    "rule,police.crime,police.uk,knife,,,,knife\n"
	    "rule,nhs.ed,istv,knife,,,,violence;knife\n";
	size_t line;

	(void)state;
	if (themes_parse(&rules, text, sizeof(text) - 1, &line) != E_OK)
		return -1;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(db, sizeof(db), "%s/records.db", dir);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[80];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s%s", db, ends[i]);
		unlink(path);
	}
	themes_free(rules);
	return rmdir(dir);
}

/* Record number n of a person (0: none), spread over months and orders. */
static struct incident
record(uint32_t n, uint8_t person)
{
	struct incident i = { .month = (uint16_t)(612 + n % 3),
		.has_person = person != 0,
		.order = (uint64_t)(n * UINT64_C(0x9e3779b97f4a7c15)),
		.kind.source = person != 0 ? 4 : 1,
		.area = "W01001444",
		.kind.code = "knife",
		.has_point = n % 2 == 0,
		.east = 318000 + n,
		.north = 176000 };
	struct wr w = wr_over(i.record_id, INCIDENT_KEY);

	wr_be32(&w, n * UINT32_C(2654435761));
	wr_be32(&w, n);
	memset(i.person_key, person, INCIDENT_KEY);
	return i;
}

static enum err
at_time(void *ctx, uint64_t *utc_s)
{
	*utc_s = *(const uint64_t *)ctx;
	return E_OK;
}

static enum err
commit(struct store *s, uint64_t utc_s)
{
	return store_commit(s, at_time, &utc_s, "{}");
}

static struct store *
open_to(enum store_mode mode)
{
	struct store *s = NULL;

	assert_int_equal(store_open(&s, db, mode), E_OK);
	return s;
}

/* Puts records [from, to) of five people and of nobody, as one batch. */
static void
put_batch(
    struct store *s, uint8_t digest, uint32_t from, uint32_t to, uint64_t utc_s)
{
	uint8_t d[32] = { digest };
	uint64_t before;

	assert_int_equal(store_begin(s, d, "test", "test.csv", &before), E_OK);
	for (uint32_t n = from; n < to; n++) {
		struct incident i = record(n, (uint8_t)(n % 6));
		bool fresh = false;

		assert_int_equal(store_put(s, &i, &fresh), E_OK);
	}
	assert_int_equal(commit(s, utc_s), E_OK);
}

struct seen {
	struct incident last;
	uint32_t n, with_point;
};

static void
note(void *ctx, const struct incident *i)
{
	struct seen *s = ctx;

	s->n++;
	s->with_point += i->has_point;
	s->last = *i;
}

/* Each person's records of a month lie together, in rising order. */
static void
check_clustered(void *ctx, const struct incident *i)
{
	struct seen *s = ctx;
	const struct incident *l = &s->last;
	int c;

	if (i->has_person && l->has_person && i->month == l->month) {
		c = memcmp(l->person_key, i->person_key, INCIDENT_KEY);
		assert_true(c <= 0);
		if (c == 0)
			assert_true(l->order < i->order);
	}
	assert_true(i->month >= l->month);
	assert_string_equal(i->area, "W01001444");
	if (i->has_point)
		assert_int_equal(i->north, 176000);
	s->n++;
	if (i->has_person || i->month != l->month)
		s->last = *i;
}

static void
test_records_come_clustered(void **state)
{
	struct store *s = open_to(STORE_LOAD);
	struct seen seen = { 0 };
	uint64_t n = 0;

	(void)state;
	put_batch(s, 1, 0, 600, NOW);
	assert_int_equal(
	    store_each(s, 612, 3, 7, NOW, rules, check_clustered, &seen), E_OK);
	assert_int_equal(seen.n, 600);
	assert_int_equal(store_size(s, &n), E_OK);
	assert_int_equal(n, 600);
	store_close(s);
}

static void
test_only_what_was_asked_is_read(void **state)
{
	static const struct {
		uint16_t first, n;
		uint32_t sources;
		uint64_t as_of;
		uint32_t want;
	} cases[] = {
		{ 612, 3, 7, NOW + 50, 400 },
		{ 612, 3, 7, NOW + 49, 200 }, /* the second batch is later */
		{ 612, 3, 7, NOW - 1, 0 },
		{ 612, 3, 7, UINT64_MAX, 400 },
		{ 612, 1, 7, NOW + 50, 134 },
		{ 600, 12, 7, NOW + 50, 0 },
		{ 615, 9, 7, NOW + 50, 0 },
		{ 612, 3, 1, NOW + 50, 67 },
		{ 612, 3, 2, NOW + 50, 0 },
	};
	struct store *s = open_to(STORE_LOAD);

	(void)state;
	put_batch(s, 1, 0, 200, NOW);
	put_batch(s, 2, 200, 400, NOW + 50);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = { 0 };

		assert_int_equal(
		    store_each(s, cases[i].first, cases[i].n, cases[i].sources,
			cases[i].as_of, rules, note, &seen),
		    E_OK);
		assert_int_equal(seen.n, cases[i].want);
	}
	store_close(s);
}

/* A record that is there stays as it was first loaded, whoever it is now said
 * to be about: it cannot be counted twice. */
static void
test_record_is_held_once(void **state)
{
	struct store *s = open_to(STORE_LOAD);
	struct incident a = record(1, 1), b = record(1, 2);
	uint8_t d[32] = { 9 };
	uint64_t at = 0, n = 0;
	bool fresh = false;

	(void)state;
	assert_int_equal(store_begin(s, d, "test", "a", &at), E_OK);
	assert_int_equal(store_put(s, &a, &fresh), E_OK);
	assert_true(fresh);
	assert_int_equal(store_put(s, &a, &fresh), E_OK);
	assert_false(fresh);
	assert_int_equal(store_put(s, &b, &fresh), E_OK);
	assert_false(fresh);
	assert_int_equal(commit(s, NOW), E_OK);
	assert_int_equal(store_size(s, &n), E_OK);
	assert_int_equal(n, 1);
	/* and the file is known */
	assert_int_equal(store_begin(s, d, "test", "b", &at), E_EXISTS);
	assert_int_equal(at, NOW);
	store_close(s);
}

static void
test_dropped_batch_leaves_nothing(void **state)
{
	struct store *s = open_to(STORE_LOAD);
	struct incident i = record(1, 1);
	uint8_t d[32] = { 9 };
	uint64_t at = 0, n = 7;
	bool fresh;

	(void)state;
	assert_int_equal(store_begin(s, d, "test", "a", &at), E_OK);
	assert_int_equal(store_put(s, &i, &fresh), E_OK);
	store_rollback(s);
	assert_int_equal(store_size(s, &n), E_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_begin(s, d, "test", "a", &at), E_OK);
	assert_int_equal(store_put(s, &i, &fresh), E_OK);
	store_close(s); /* with the batch open */
	s = open_to(STORE_COUNT);
	assert_int_equal(store_size(s, &n), E_OK);
	assert_int_equal(n, 0);
	store_close(s);
}

/* While one loads, a second is told so, and a reader sees the last cut. */
static void
test_second_load_is_told_to_wait(void **state)
{
	struct store *one = open_to(STORE_LOAD), *two = open_to(STORE_LOAD);
	struct store *reader;
	struct incident i = record(1000, 1);
	uint8_t d[32] = { 3 }, e[32] = { 4 };
	uint64_t at = 0, n = 0;
	bool fresh;

	(void)state;
	put_batch(one, 1, 0, 10, NOW);
	assert_int_equal(store_begin(one, d, "test", "a", &at), E_OK);
	assert_int_equal(store_put(one, &i, &fresh), E_OK);
	assert_int_equal(store_begin(two, e, "test", "b", &at), E_AGAIN);
	reader = open_to(STORE_COUNT);
	assert_int_equal(store_size(reader, &n), E_OK);
	assert_int_equal(n, 10);
	assert_int_equal(commit(one, NOW), E_OK);
	assert_int_equal(store_size(reader, &n), E_OK);
	assert_int_equal(n, 11);
	assert_int_equal(store_begin(two, e, "test", "b", &at), E_OK);
	store_close(reader);
	store_close(two);
	store_close(one);
}

/* A reader cannot write, and makes no file. */
static void
test_counting_only_reads(void **state)
{
	struct store *s = NULL;
	uint8_t d[32] = { 3 };
	uint64_t at;

	(void)state;
	assert_int_equal(store_open(&s, db, STORE_COUNT), E_NOTFOUND);
	assert_int_not_equal(access(db, F_OK), 0);
	store_close(open_to(STORE_LOAD));
	s = open_to(STORE_COUNT);
	assert_int_equal(store_begin(s, d, "test", "a", &at), E_DB);
	store_close(s);
}

static void
write_file(const void *p, size_t n)
{
	FILE *f = fopen(db, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A file of somebody else is refused and left alone. */
static void
test_foreign_file_is_left_alone(void **state)
{
	static const char text[] = "no database at all, but long enough to "
				   "be mistaken for one: ............";
	struct store *s = NULL;
	struct stat st;

	(void)state;
	write_file(text, sizeof(text));
	assert_int_equal(store_open(&s, db, STORE_LOAD), E_CONFIG);
	assert_int_equal(store_open(&s, db, STORE_COUNT), E_CONFIG);
	assert_int_equal(stat(db, &st), 0);
	assert_int_equal(st.st_size, sizeof(text));
	assert_null(s);
}

static void
test_file_is_the_owners_alone(void **state)
{
	struct stat st;
	mode_t before = umask(0);

	(void)state;
	store_close(open_to(STORE_LOAD));
	umask(before);
	assert_int_equal(stat(db, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

struct other { /* who wants to write meanwhile */
	struct store *store;
	unsigned asked;
};

static enum err
while_others_wait(void *ctx, uint64_t *utc_s)
{
	struct other *o = ctx;
	uint8_t d[32] = { 2 };
	uint64_t at, n;

	o->asked++;
	assert_int_equal(store_begin(o->store, d, "test", "b", &at), E_AGAIN);
	assert_int_equal(store_size(o->store, &n), E_OK);
	assert_int_equal(n, 0);
	*utc_s = NOW + 7;
	return E_OK;
}

static enum err
no_time(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	(void)utc_s;
	return E_CLOCK;
}

/* A batch is as of the time right before it shows: one that was asked for
 * earlier might lie before a cut under which it was not seen. */
static void
test_the_time_is_asked_last_of_all(void **state)
{
	struct store *s = open_to(STORE_LOAD);
	struct other o = { .store = open_to(STORE_LOAD) };
	struct incident i = record(1, 1);
	struct seen before = { 0 }, after = { 0 };
	uint8_t d[32] = { 1 };
	uint64_t at, n;
	bool fresh;

	(void)state;
	assert_int_equal(store_begin(s, d, "test", "a", &at), E_OK);
	assert_int_equal(store_put(s, &i, &fresh), E_OK);
	assert_int_equal(store_commit(s, no_time, NULL, "{}"), E_CLOCK);
	assert_int_equal(store_size(s, &n), E_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_begin(s, d, "test", "a", &at), E_OK);
	assert_int_equal(store_put(s, &i, &fresh), E_OK);
	assert_int_equal(store_commit(s, while_others_wait, &o, "{}"), E_OK);
	assert_int_equal(o.asked, 1);
	assert_int_equal(
	    store_each(s, 612, 3, 7, NOW + 6, rules, note, &before), E_OK);
	assert_int_equal(before.n, 0);
	assert_int_equal(
	    store_each(s, 612, 3, 7, NOW + 7, rules, note, &after), E_OK);
	assert_int_equal(after.n, 1);
	store_close(o.store);
	store_close(s);
}

/* In a child: loads a second batch and is killed before record `at` of it, or
 * after its commit. */
static void
load_and_die(uint32_t at)
{
	struct store *s;
	uint8_t d[32] = { 2 };
	uint64_t before;

	if (store_open(&s, db, STORE_LOAD) != E_OK ||
	    store_begin(s, d, "test", "b", &before) != E_OK)
		_exit(1);
	for (uint32_t n = 0; n < BATCH; n++) {
		struct incident i = record(BATCH + n, (uint8_t)(n % 6));
		bool fresh;

		if (n == at)
			raise(SIGKILL);
		if (store_put(s, &i, &fresh) != E_OK)
			_exit(2);
	}
	if (commit(s, NOW) != E_OK)
		_exit(3);
	raise(SIGKILL);
}

static void
test_killed_load_leaves_all_or_nothing(void **state)
{
	struct store *s = open_to(STORE_LOAD);
	uint64_t n;

	(void)state;
	put_batch(s, 1, 0, BATCH, NOW);
	store_close(s);
	for (uint32_t at = 0; at <= BATCH; at += BATCH / 20) {
		pid_t child = fork();
		int status;

		if (child == 0)
			load_and_die(at);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		s = open_to(STORE_COUNT);
		assert_int_equal(store_size(s, &n), E_OK);
		assert_int_equal(n, at == BATCH ? 2 * BATCH : BATCH);
		store_close(s);
	}
}

/* The same with the blow at any moment, the commit included. */
static void
test_load_killed_at_any_moment(void **state)
{
	struct store *s = open_to(STORE_LOAD);
	uint64_t n = 0;

	(void)state;
	put_batch(s, 1, 0, BATCH, NOW);
	store_close(s);
	for (useconds_t wait = 0; wait < 40000 && n != 2 * BATCH;
	     wait += 2000) {
		pid_t child = fork();
		int status;

		if (child == 0)
			load_and_die(UINT32_MAX);
		usleep(wait);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		s = open_to(STORE_COUNT);
		assert_int_equal(store_size(s, &n), E_OK);
		assert_true(n == BATCH || n == 2 * BATCH);
		store_close(s);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_time_is_asked_last_of_all),
		TEST(test_records_come_clustered),
		TEST(test_only_what_was_asked_is_read),
		TEST(test_record_is_held_once),
		TEST(test_dropped_batch_leaves_nothing),
		TEST(test_second_load_is_told_to_wait),
		TEST(test_counting_only_reads),
		TEST(test_foreign_file_is_left_alone),
		TEST(test_file_is_the_owners_alone),
		TEST(test_killed_load_leaves_all_or_nothing),
		TEST(test_load_killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
